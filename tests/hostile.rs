//! Hostile input: random bytes as source, damaged `.sbc` files. The answer is exit status 2 with a message,
//! quickly and in little memory; never a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use sentra::program::{self, Outcome};

const CASES: usize = 2_000;
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// In KiB.
const MEMORY_LIMIT: u64 = 100 << 10;
/// Where a `.sbc` file holds the checksum of all that follows it: after magic, version and fingerprint.
const CHECKSUM_AT: usize = 9;

/// A small generator (xorshift64*), so that a failing case can be made again from its number.
struct Random(u64);

impl Random {
    fn new(case: usize) -> Self {
        Self((case as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

fn scratch(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).expect("a scratch directory can be made");
    directory
}

/// Runs every case on all cores; the complaints, in order.
fn each_case(check: impl Fn(usize) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let complaints = Mutex::new(Vec::new());
    program::directory();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    if case >= CASES {
                        return;
                    }
                    if let Err(complaint) = check(case) {
                        complaints.lock().expect("no thread panics with the lock").push((case, complaint));
                    }
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().expect("all threads have ended");
    complaints.sort();
    let shown: Vec<String> = complaints.iter().take(10).map(|(case, text)| format!("case {case}: {text}")).collect();
    assert!(complaints.is_empty(), "{} complaints\n{}", complaints.len(), shown.join("\n"));
}

/// No panic, no hang, little memory.
fn behaved(outcome: &Outcome) -> Result<(), String> {
    let errors = outcome.errors();
    if outcome.timed_out || outcome.status.is_none() {
        return Err(format!("hung or died: {errors}"));
    }
    if errors.contains("panicked") || outcome.status == Some(101) {
        return Err(format!("panicked: {errors}"));
    }
    if outcome.peak_memory > MEMORY_LIMIT {
        return Err(format!("took {} KiB", outcome.peak_memory));
    }
    Ok(())
}

fn refused(outcome: &Outcome) -> Result<(), String> {
    behaved(outcome)?;
    match (outcome.status, outcome.stderr.is_empty()) {
        (Some(2), false) => Ok(()),
        (Some(2), true) => Err("no message".to_owned()),
        (status, _) => Err(format!("status {status:?}: {}", outcome.errors())),
    }
}

/// Bytes that are no program: some purely random, some printable, some shuffled from words of the language.
fn random_source(random: &mut Random) -> Vec<u8> {
    const WORDS: [&str; 24] = [
        "let ", "fn ", "{", "}", "(", ")", "[", "]", "match ", "=>", "if ", "\"", "f\"{", "`", "/*", "|", "..", "\n",
        "x", "1e", "<-", "select ", "import ", ",",
    ];
    let length = 1 + random.below(400);
    let style = random.below(3);
    let mut bytes = Vec::new();
    for _ in 0..length {
        match style {
            0 => bytes.push(random.next() as u8),
            1 => bytes.push(32 + random.below(95) as u8),
            _ => bytes.extend_from_slice(WORDS[random.below(WORDS.len())].as_bytes()),
        }
    }
    // A lone `$` starts no token, so that not even a lucky case is a program.
    bytes.splice(0..0, *b"$ ");
    bytes
}

#[test]
fn random_bytes_are_no_program() {
    let directory = scratch("hostile-sources");
    each_case(|case| {
        let path = directory.join(format!("{case}.sn"));
        fs::write(&path, random_source(&mut Random::new(case))).map_err(|error| error.to_string())?;
        refused(&program::run(program::sentrac().arg("check").arg(&path), b"", TIME_LIMIT))?;
        if case % 10 == 0 {
            refused(&program::run(program::sentra_vm().arg("run").arg(&path), b"", TIME_LIMIT))?;
        }
        Ok(())
    });
}

/// A program with a bit of everything that a file holds: functions, captures, handlers, constants, maps, imports of builtins.
const SAMPLE: &str = r#"
fn fib(n) { if n < 2 { return n }; return fib(n - 1) + fib(n - 2) }
fn counter() { let n = 0; return fn(step = 1, ...rest) { n += step; return [n, rest] } }
let c = counter()
let m = {name: "sample", list: [1, 2.5, nil], big: 9007199254740993}
try { c(); log(fib(10), m.name, c(2, 3)) } catch e { log(e) } finally { log("done") }
for i, x in m.list { if x == nil { continue }; log(f"{i}: {x:5}") }
log(match m { {name: "sample", list: [a, ...rest]} => a, _ => 0 }, m.list.map(|x| x ?? 0))
"#;

fn sample() -> Vec<u8> {
    let directory = scratch("hostile-sample");
    let (source, bytecode) = (directory.join("sample.sn"), directory.join("sample.sbc"));
    fs::write(&source, SAMPLE).expect("the scratch directory is writable");
    let outcome = program::run(program::sentrac().arg("build").arg(&source).arg("-o").arg(&bytecode), b"", TIME_LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    fs::read(&bytecode).expect("the build wrote the file")
}

/// Flips bits, cuts, repeats, or writes a huge count over some bytes.
fn damage(random: &mut Random, bytes: &mut Vec<u8>, from: usize) {
    let at = from + random.below(bytes.len() - from);
    match random.below(4) {
        0 => {
            for _ in 0..=random.below(4) {
                let at = from + random.below(bytes.len() - from);
                bytes[at] ^= 1 << random.below(8);
            }
        }
        1 => bytes.truncate(at),
        2 => {
            let end = (at + 5).min(bytes.len());
            bytes.splice(at..end, [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]);
        }
        _ => {
            let end = (at + 1 + random.below(40)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
    }
}

fn run_damaged(directory: &Path, case: usize, bytes: &[u8]) -> Result<Outcome, String> {
    let path = directory.join(format!("{case}.sbc"));
    fs::write(&path, bytes).map_err(|error| error.to_string())?;
    let mut command = program::sentra_vm();
    // A damaged program that is still a program may do anything; here it may not reach other files.
    command.args(["run", "--max-memory", "50M"]).arg(&path).current_dir(directory);
    Ok(program::run(&mut command, b"", TIME_LIMIT))
}

#[test]
fn damaged_bytecode_is_refused() {
    let (directory, good) = (scratch("hostile-damaged"), sample());
    each_case(|case| {
        let mut bytes = good.clone();
        damage(&mut Random::new(case), &mut bytes, 0);
        if bytes == good {
            return Ok(());
        }
        refused(&run_damaged(&directory, case, &bytes)?)
    });
}

/// With its checksum repaired a damaged file may pass as a program; then it runs like any other.
#[test]
fn damaged_bytecode_with_a_good_checksum_breaks_nothing() {
    let (directory, good) = (scratch("hostile-repaired"), sample());
    let stored = u32::from_le_bytes(good[CHECKSUM_AT..CHECKSUM_AT + 4].try_into().expect("four bytes"));
    assert_eq!(stored, crc32(&good[CHECKSUM_AT + 4..]), "the checksum does not lie where this test repairs it");
    each_case(|case| {
        let mut bytes = good.clone();
        damage(&mut Random::new(case + CASES), &mut bytes, CHECKSUM_AT + 4);
        let sum = crc32(&bytes[CHECKSUM_AT + 4..]);
        bytes[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&sum.to_le_bytes());
        let outcome = run_damaged(&directory, case, &bytes)?;
        // A flipped bit can turn a loop into an endless one, and that is a program, too.
        if outcome.timed_out && outcome.peak_memory <= MEMORY_LIMIT {
            return Ok(());
        }
        if outcome.status == Some(2) { refused(&outcome) } else { behaved(&outcome) }
    });
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = !0_u32;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[test]
fn deep_nesting_is_refused_or_compiled() {
    let directory = scratch("hostile-deep");
    for (name, open, middle, close) in [
        ("parentheses", "(", "1", ")"),
        ("brackets", "[", "", "]"),
        ("maps", "log({a: ", "1", "})"),
        ("blocks", "{", "", "}"),
        ("ifs", "if true {", "", "}"),
        ("lambdas", "|| ", "1", ""),
        ("unary", "!", "1", ""),
        ("minus", "- ", "1", ""),
        ("sums", "1 + ", "1", ""),
        ("powers of else", "if false {} else ", "{}", ""),
        ("indices", "", "x", "[0]"),
        ("calls", "", "x", "()"),
        ("fields", "", "x", ".a"),
        ("fstrings", "f\"{", "1", "}\""),
        ("comments", "/*", "", "*/"),
        ("functions", "fn f() {", "", "}"),
        ("matches", "match 1 { _ => ", "1", "}"),
        ("tries", "try {", "", "} catch {}"),
        ("spawns", "spawn ", "f()", ""),
        ("receives", "<-", "c", ""),
        ("ternaries", "1 ? 1 : ", "1", ""),
        ("assignments", "x = ", "1", ""),
    ] {
        for depth in [1_000, 100_000] {
            let source = format!("{}{middle}{}\n", open.repeat(depth), close.repeat(depth));
            let path = directory.join("deep.sn");
            fs::write(&path, source).expect("the scratch directory is writable");
            let outcome = program::run(program::sentrac().arg("check").arg(&path), b"", TIME_LIMIT);
            let errors = outcome.errors();
            assert!(
                !outcome.timed_out && matches!(outcome.status, Some(0 | 2)) && !errors.contains("panicked"),
                "{depth} {name}: {:?} {}",
                outcome.status,
                errors.chars().take(300).collect::<String>()
            );
        }
    }
}
