//! The files of a package and the hash over them. What the compiler can read is all that counts: `sentra.toml` and
//! the files that end in `.sn`, outside of hidden folders.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::name::check_path;

/// A package has no more files than this.
pub const MOST_FILES: usize = 10_000;
/// All together they are no larger than this.
pub const MOST_BYTES: u64 = 64 << 20;
/// The levels of folders that a package may have.
pub const DEEPEST: usize = 32;

/// The files of a package by their paths, with `/` between names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

/// Whether a path in a package is one of those that count.
pub fn counts(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let name = parts.next().unwrap_or_default();
    (name == super::FILE.as_bytes() || name.ends_with(b".sn")) && !parts.any(is_hidden)
}

/// Whether what has this name is passed over, as editors and Git itself have it.
pub fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") && name != b"." && name != b".."
}

impl Tree {
    /// Adds a file.
    pub fn insert(&mut self, path: String, content: Vec<u8>) {
        self.files.insert(path, content);
    }

    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The hash: SHA-256 over all files in the order of their paths' bytes, of each the length of its path, the path,
    /// the length of its content and the content; lengths are eight bytes, the most significant first.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (path, content) in &self.files {
            hash.update((path.len() as u64).to_be_bytes());
            hash.update(path);
            hash.update((content.len() as u64).to_be_bytes());
            hash.update(content);
        }
        format!("sha256:{}", hex(&hash.finalize()))
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A short name for a text, of which files can be made.
pub fn short(text: &str) -> String {
    hex(&Sha256::digest(text)[..16])
}

/// Keeps count of the files of a package that somebody else has made, and refuses what no package has.
#[derive(Default)]
pub struct Intake {
    files: usize,
    bytes: u64,
    /// How each name below each folder is written, by the same in lower case.
    spelt: HashMap<String, String>,
}

impl Intake {
    /// Takes note of a file; its path as text, if it may be one.
    ///
    /// # Errors
    /// Why the package is none.
    pub fn admit(&mut self, path: &[u8], size: u64) -> Result<String, String> {
        let shown = || String::from_utf8_lossy(path).escape_debug().to_string();
        let text = std::str::from_utf8(path).map_err(|_| format!("{}: the name is not UTF-8", shown()))?;
        check_path(text).map_err(|reason| format!("{}: {reason}", shown()))?;
        if text.matches('/').count() >= DEEPEST {
            return Err(format!("{}: more than {DEEPEST} folders in each other", shown()));
        }
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size);
        if self.files > MOST_FILES {
            return Err(format!("more than {MOST_FILES} files"));
        }
        if self.bytes > MOST_BYTES {
            return Err(format!("larger than {} MiB", MOST_BYTES >> 20));
        }
        self.spell(text)?;
        Ok(text.to_owned())
    }

    /// Two names that differ only in case would be one file on some systems.
    fn spell(&mut self, path: &str) -> Result<(), String> {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for part in ends.map(|end| &path[..end]) {
            let known = self.spelt.entry(part.to_lowercase()).or_insert_with(|| part.to_owned());
            if known != part {
                return Err(format!("`{known}` and `{part}` differ only in the case of letters"));
            }
        }
        Ok(())
    }
}
