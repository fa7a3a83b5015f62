//! Finds paths by pattern: `*` and `?` within a name, `[a-z]` and `[!a-z]`, `**` for any
//! number of folders. Names that start with a dot fit only patterns that do.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Folders beneath one another that `**` goes into.
const DEEPEST: usize = 64;
/// Paths that are looked at before a search is given up.
const MOST: usize = 1_000_000;

/// A path so far, the next part of the pattern, and how deep `**` has gone.
type Place = (Vec<u8>, usize, usize);

/// The paths that fit, sorted; nothing if the search is too large.
pub(super) fn find(pattern: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut parts: Vec<&[u8]> = pattern.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).collect();
    parts.dedup_by(|next, part| next == part && *part == b"**");
    let start = if pattern.starts_with(b"/") { b"/".to_vec() } else { Vec::new() };
    let mut found = Vec::new();
    let mut pending: Vec<Place> = vec![(start, 0, 0)];
    let mut seen = 0;
    while let Some((path, next, depth)) = pending.pop() {
        match parts.get(next) {
            Some(part) => step(path, part, next, depth, &mut pending),
            None if path.is_empty() => {}
            None => found.push(path),
        }
        seen += 1;
        if seen + pending.len() > MOST {
            return None;
        }
    }
    found.sort();
    found.dedup();
    Some(found)
}

/// Goes one part of the pattern on from a path.
fn step(path: Vec<u8>, part: &[u8], next: usize, depth: usize, pending: &mut Vec<Place>) {
    if part == b"**" {
        if depth < DEEPEST {
            let inner = names(&path).into_iter().filter(|name| name[0] != b'.').map(|name| below(&path, &name));
            pending.extend(inner.filter(|path| is_folder(path)).map(|path| (path, next, depth + 1)));
        }
        pending.push((path, next + 1, depth));
    } else if part.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[')) {
        let shown = |name: &Vec<u8>| (name[0] != b'.' || part[0] == b'.') && fits(part, name);
        let fitting = names(&path).into_iter().filter(shown).map(|name| below(&path, &name));
        pending.extend(fitting.map(|path| (path, next + 1, depth)));
    } else {
        let path = below(&path, part);
        if as_path(&path).symlink_metadata().is_ok() {
            pending.push((path, next + 1, depth));
        }
    }
}

fn as_path(path: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(if path.is_empty() { b"." } else { path }))
}

/// A folder that is no link: `**` does not walk in circles.
fn is_folder(path: &[u8]) -> bool {
    as_path(path).symlink_metadata().is_ok_and(|found| found.is_dir())
}

/// Names in a folder; none if it cannot be read.
fn names(folder: &[u8]) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(as_path(folder)).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().into_vec()).collect()
}

fn below(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let separator: &[u8] = if folder.is_empty() || folder.ends_with(b"/") { b"" } else { b"/" };
    [folder, separator, name].concat()
}

/// Whether a name fits a pattern without `/`. Goes back to the last `*` only: linear in practice,
/// never worse than the product of both lengths.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => Some(1),
            Some(b'[') => class(&pattern[p..], name[n]),
            Some(&byte) if byte == name[n] => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => (p, n) = (p + length, n + 1),
            (None, Some((at, from))) => {
                star = Some((at, from + 1));
                (p, n) = (at + 1, from + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// The length of the class that the pattern starts with, if the byte is in it.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let from = 1 + usize::from(negated);
    let length = pattern.iter().skip(from + 1).position(|&byte| byte == b']')? + 1;
    let mut members = &pattern[from..from + length];
    let mut inside = false;
    while let [first, rest @ ..] = members {
        if let [b'-', last, after @ ..] = rest {
            inside |= (*first..=*last).contains(&byte);
            members = after;
        } else {
            inside |= *first == byte;
            members = rest;
        }
    }
    (inside != negated).then_some(from + length + 1)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt.bak", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[", "[", false),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxcxxb", false),
            ("", "a", false),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
