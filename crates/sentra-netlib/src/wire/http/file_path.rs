//! From the path of a request to the name of a file beneath a folder, without a way out.
//!
//! A path is decoded once, segment by segment, so that an encoded slash never separates and a
//! doubly encoded one stays what it is. What could mean something else to some part of the
//! system is refused: `.` and `..` in any spelling, NUL, backslashes, and slashes within a name.
//! That a link leads out is not seen here; the open itself must refuse it.

use std::borrow::Cow;

use crate::code::percent;

/// The longest name of a file that the system takes (`PATH_MAX`).
const LONGEST: usize = 4096;

/// Why a path names no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not well-formed: a `%` without two digits.
    Malformed,
    /// There can be no such file for this server.
    NotFound,
}

/// The name of a file or folder beneath a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePath {
    /// Its segments with slashes between them; empty for the root itself.
    pub name: Vec<u8>,
    /// Whether the path ended with a slash (or is empty): it asks for a folder.
    pub is_folder: bool,
}

/// Maps the part of a request's path behind the place where the folder is served. Names that
/// begin with a dot are not found unless `hidden` says otherwise, except for `.well-known` as
/// the first (RFC 8615). Repeated slashes count as one.
pub fn map(path: &[u8], hidden: bool) -> Result<FilePath, Refusal> {
    let mut name = Vec::with_capacity(path.len());
    for segment in path.split(|&byte| byte == b'/').filter(|segment| !segment.is_empty()) {
        let segment = decode(segment)?;
        let is_known = name.is_empty() && *segment == *b".well-known";
        if segment.starts_with(b".") && !is_known && !hidden {
            return Err(Refusal::NotFound);
        }
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(&segment);
    }
    if name.len() >= LONGEST {
        return Err(Refusal::NotFound);
    }
    Ok(FilePath { name, is_folder: path.last().is_none_or(|&last| last == b'/') })
}

/// A segment that is a name and nothing else.
fn decode(segment: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    let segment = percent::decode(segment, false).map_err(|_| Refusal::Malformed)?;
    let is_step = matches!(&*segment, b"." | b"..");
    let is_odd = segment.iter().any(|byte| matches!(byte, 0 | b'/' | b'\\'));
    if is_step || is_odd { Err(Refusal::NotFound) } else { Ok(segment) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str) -> Result<String, Refusal> {
        map(path.as_bytes(), false).map(|file| String::from_utf8_lossy(&file.name).into_owned())
    }

    #[test]
    fn names() {
        for (path, wanted) in [
            ("", ""),
            ("/", ""),
            ("a.txt", "a.txt"),
            ("/a/b.txt", "a/b.txt"),
            ("//a///b/", "a/b"),
            ("a%20b", "a b"),
            ("%C3%BC", "ü"),
            ("a..b/c...", "a..b/c..."),
            ("100%2525", "100%25"),
            ("%252e%252e/x", "%2e%2e/x"),
            (".well-known/acme-challenge/x", ".well-known/acme-challenge/x"),
        ] {
            assert_eq!(name(path).as_deref(), Ok(wanted), "{path}");
        }
        assert!(map(b"a/", false).unwrap().is_folder);
        assert!(!map(b"a", false).unwrap().is_folder);
    }

    #[test]
    fn no_way_out() {
        for path in [
            "..",
            "../etc/passwd",
            "/../etc/passwd",
            "a/../../etc/passwd",
            "./a",
            "%2e%2e/etc/passwd",
            "%2E%2e%2Fetc/passwd",
            ".%2e/etc/passwd",
            "..%2fetc%2fpasswd",
            "a%2f..%2f..%2fetc",
            "..%5cetc",
            "..\\etc\\passwd",
            "%5c%5cserver",
            "a%00.txt",
            "%00",
            "a/..",
            "a/.",
            ".git/config",
            "a/.env",
            "a/%2ehtaccess",
            "a/.well-known/x",
        ] {
            assert_eq!(name(path), Err(Refusal::NotFound), "{path}");
        }
        for path in ["%", "a%2", "%zz", "%c0%ae%c", "%u002e"] {
            assert_eq!(name(path), Err(Refusal::Malformed), "{path}");
        }
        assert_eq!(name(&"a/".repeat(3000)), Err(Refusal::NotFound));
    }

    #[test]
    fn hidden_names_on_request() {
        assert_eq!(map(b".git/config", true).unwrap().name, b".git/config");
        assert_eq!(map(b"../x", true), Err(Refusal::NotFound));
        assert_eq!(map(b"%2e%2e/x", true), Err(Refusal::NotFound));
        // An overlong encoding of a dot is two bytes like others.
        assert_eq!(map(b"%c0%ae%c0%ae/x", true).unwrap().name, b"\xc0\xae\xc0\xae/x");
    }
}
