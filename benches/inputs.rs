//! The files that the programs of `library/` read: text, a log and JSON, the same in every run.
//!
//! They are written to a temporary folder that goes when the bench ends.

use std::fmt::Write;
use std::path::{Path, PathBuf};

const MEGABYTE: usize = 1_000_000;

/// The folder with the files.
pub struct Inputs(PathBuf);

impl Inputs {
    /// An empty folder of this process.
    pub fn new() -> std::io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("sentra-library-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The file of that name, which is made when it is first asked for.
    pub fn file(&self, name: &str) -> std::io::Result<PathBuf> {
        let path = self.0.join(name);
        if !path.exists() {
            write(&path, name)?;
        }
        Ok(path)
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        // What cannot be deleted lies in the temporary folder anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn write(path: &Path, name: &str) -> std::io::Result<()> {
    let mut numbers = Numbers(88_172_645_463_325_252);
    let bytes = match name {
        "text" => text(&mut numbers, 50 * MEGABYTE).into_bytes(),
        "log" => log(&mut numbers, 50 * MEGABYTE).into_bytes(),
        "json" => json(&mut numbers, 20 * MEGABYTE).into_bytes(),
        "bytes" => (0..100 * MEGABYTE / 8).flat_map(|_| numbers.next().to_le_bytes()).collect(),
        _ => unreachable!("programs ask for the files that are named here"),
    };
    std::fs::write(path, bytes)
}

/// Xorshift: the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Small numbers are frequent, as with words in a language.
    fn low(&mut self, limit: usize) -> usize {
        let most = self.below(limit) + 1;
        self.below(most)
    }
}

const SYLLABLES: [&str; 24] = [
    "an", "be", "co", "da", "er", "fi", "go", "ha", "in", "ju", "ka", "le", "mo", "nu", "or", "pa", "qui", "ro", "sen",
    "tra", "un", "ver", "wi", "zo",
];

fn words(numbers: &mut Numbers, count: usize) -> Vec<String> {
    (1..=count)
        .map(|n| {
            let syllables = (0..1 + n.ilog2() as usize / 4).map(|_| SYLLABLES[numbers.below(SYLLABLES.len())]);
            syllables.collect::<String>() + SYLLABLES[n % SYLLABLES.len()]
        })
        .collect()
}

/// Lines of eight to fifteen words of a vocabulary of thirty thousand.
fn text(numbers: &mut Numbers, size: usize) -> String {
    let vocabulary = words(numbers, 30_000);
    let mut text = String::with_capacity(size + 200);
    while text.len() < size {
        for _ in 0..8 + numbers.below(8) {
            text += &vocabulary[numbers.low(vocabulary.len())];
            text.push(' ');
        }
        text.pop();
        text.push('\n');
    }
    text.pop();
    text
}

/// Lines as web servers write them.
fn log(numbers: &mut Numbers, size: usize) -> String {
    const STATUSES: [u16; 8] = [200, 200, 200, 200, 304, 404, 301, 503];
    let mut log = String::with_capacity(size + 200);
    while log.len() < size {
        let (client, page) = (numbers.low(60_000), SYLLABLES[numbers.below(SYLLABLES.len())]);
        let (status, sent) = (STATUSES[numbers.below(STATUSES.len())], numbers.low(100_000));
        let (minute, second, number) = (numbers.below(60), numbers.below(60), numbers.below(5000));
        let path = if number % 4 == 0 { "api" } else { "pages" };
        let method = if number % 7 == 0 { "POST" } else { "GET" };
        let _ = writeln!(
            log,
            "10.1.{}.{} - - [12/Mar/2024:10:{minute:02}:{second:02} +0000] \"{method} /{path}/{page}/{number} HTTP/1.1\" \
             {status} {sent} \"-\" \"Mozilla/5.0\"",
            client / 250,
            client % 250
        );
    }
    log.pop();
    log
}

/// An array of records as programs exchange them.
fn json(numbers: &mut Numbers, size: usize) -> String {
    let names = words(numbers, 5000);
    let mut json = String::with_capacity(size + 500);
    let mut id = 0;
    while json.len() < size {
        let mut name = || &names[numbers.low(names.len())];
        let (first, second, street, city) = (name(), name(), name(), name());
        let (zip, load) = (numbers.below(100_000), numbers.below(100_000));
        let _ = write!(
            json,
            "{}{{\"id\": {id}, \"name\": \"{first}-{id}.example.net\", \"tags\": [\"{first}\", \"{second}\"], \
             \"active\": {}, \"load\": {load}.25, \"address\": {{\"street\": \"{street} {zip}\", \
             \"city\": \"{city} \\\"é\\\"\", \"zip\": {zip}}}, \"note\": \"none\", \"parent\": null}}",
            if id == 0 { "[" } else { ",\n " },
            id % 3 == 0,
        );
        id += 1;
    }
    json + "]"
}
