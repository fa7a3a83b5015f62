//! Writes the table of who made network cards, from the registry of the IEEE as Debian's package
//! `ieee-data` ships it (public domain: the IEEE asserts no copyright in its listing).

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

const TABLE: &str = "crates/sentra-netlib/src/wire/vendor/table.deflate";
/// Blocks of 24, 28 and 36 bits, the last in two files.
const FILES: [(&str, usize); 4] = [("oui.csv", 0), ("mam.csv", 1), ("oui36.csv", 2), ("iab.csv", 2)];
/// Names of those who want none, and of those who give blocks to others.
const NOBODY: [&str; 2] = ["Private", "IEEE Registration Authority"];

/// Writes the table from the files in a folder, as `/usr/share/ieee-data`.
pub fn write(root: &Path, folder: &str) -> Result<String, String> {
    let mut prefixes: [BTreeMap<u64, String>; 3] = Default::default();
    for (file, length) in FILES {
        let path = Path::new(folder).join(file);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        for line in String::from_utf8_lossy(&bytes).lines().skip(1) {
            if let Some((prefix, name)) = assignment(line) {
                prefixes[length].insert(prefix, name);
            }
        }
    }
    let table = table(&prefixes);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(&table).and_then(|()| encoder.finish());
    let compressed = written.map_err(|error| error.to_string())?;
    let path = root.join(TABLE);
    fs::write(&path, &compressed).map_err(|error| format!("{TABLE}: {error}"))?;
    let count: usize = prefixes.iter().map(BTreeMap::len).sum();
    Ok(format!("{count} prefixes in {} bytes", compressed.len()))
}

/// `MA-L,0050C2,"Name, Inc",…`: the prefix and the name.
fn assignment(line: &str) -> Option<(u64, String)> {
    let (_, rest) = line.split_once(',')?;
    let (prefix, rest) = rest.split_once(',')?;
    let prefix = u64::from_str_radix(prefix, 16).ok()?;
    let mut name = String::new();
    let (mut quoted, mut letters) = (false, rest.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => name.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => break,
            letter => name.push(letter),
        }
    }
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty() && !NOBODY.contains(&name.as_str())).then_some((prefix, name))
}

fn table(prefixes: &[BTreeMap<u64, String>; 3]) -> Vec<u8> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    prefixes.iter().flat_map(BTreeMap::values).for_each(|name| *counts.entry(name).or_default() += 1);
    // Frequent names have short numbers.
    let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
    names.sort_by_key(|(name, count)| (usize::MAX - count, *name));
    let mut out = Vec::new();
    number(&mut out, names.len() as u64);
    for (name, _) in &names {
        number(&mut out, name.len() as u64);
        out.extend(name.as_bytes());
    }
    let numbers: BTreeMap<&str, u64> = names.iter().zip(0..).map(|((name, _), number)| (*name, number)).collect();
    for prefixes in prefixes {
        number(&mut out, prefixes.len() as u64);
        let mut last = 0;
        for (prefix, name) in prefixes {
            number(&mut out, prefix - last);
            number(&mut out, numbers[name.as_str()]);
            last = *prefix;
        }
    }
    out
}

/// Appends a number: seven bits in each byte, the lowest first.
fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
