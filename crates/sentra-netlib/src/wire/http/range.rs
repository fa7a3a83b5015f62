//! Parts of a resource (RFC 9110, section 14): what `Range` asks for, and what is sent.

use std::fmt::Write;

/// The most parts of one answer. A client that asks for more gets the whole.
const MOST: usize = 32;
/// Parts with less than this between them are sent as one: a part's head is not shorter.
const GAP: u64 = 80;

/// Bytes of a resource, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first byte.
    pub first: u64,
    /// The last byte, not before the first.
    pub last: u64,
}

impl Part {
    /// How many bytes.
    pub fn size(self) -> u64 {
        self.last - self.first + 1
    }
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: the field is not understood, or asks for too much at once.
    Whole,
    /// Nothing that there is: 416.
    Nothing,
    /// One part.
    One(Part),
    /// Several, in the order asked for; none overlaps another.
    Several(Vec<Part>),
}

/// Reads a `Range` field for a resource of so many bytes.
pub fn read(field: &[u8], size: u64) -> Wanted {
    let Some(list) = unit(field) else { return Wanted::Whole };
    let mut parts: Vec<Part> = Vec::new();
    let (mut seen, mut asked) = (0, 0);
    for spec in list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|spec| !spec.is_empty()) {
        let Some(part) = part(spec, size) else { return Wanted::Whole };
        seen += 1;
        asked = part.map_or(asked, |part| part.size().saturating_add(asked));
        if seen > MOST {
            return Wanted::Whole;
        }
        part.into_iter().for_each(|part| add(&mut parts, part));
    }
    match parts.as_slice() {
        [] if seen == 0 => Wanted::Whole,
        [] => Wanted::Nothing,
        [one] => Wanted::One(*one),
        // Parts that overlap would make the answer larger than the resource.
        _ if asked > size => Wanted::Whole,
        _ => Wanted::Several(parts),
    }
}

/// The list behind `bytes=`.
fn unit(field: &[u8]) -> Option<&[u8]> {
    let (unit, list) = field.split_at_checked(6)?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(list)
}

/// One part of a list: `0-499`, `500-` or `-500`. Nothing if it is malformed, `Some(None)` if
/// the resource has no such bytes.
fn part(spec: &[u8], size: u64) -> Option<Option<Part>> {
    let dash = spec.iter().position(|&byte| byte == b'-')?;
    let (first, last) = (&spec[..dash], &spec[dash + 1..]);
    if first.is_empty() {
        let count = number(last)?.min(size);
        return Some((count > 0).then(|| Part { first: size - count, last: size - 1 }));
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    Some((first < size).then(|| Part { first, last: last.min(size - 1) }))
}

/// A number of digits only; one that is too large is the largest.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let append = |number: u64, digit: &u8| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(digits.iter().fold(0, append))
}

/// Adds a part, as one with those that it overlaps or nearly touches.
fn add(parts: &mut Vec<Part>, mut new: Part) {
    let near = |one: &Part, other: &Part| {
        one.first <= other.last.saturating_add(GAP) && other.first <= one.last.saturating_add(GAP)
    };
    let mut place = parts.len();
    while let Some(at) = parts.iter().position(|part| near(part, &new)) {
        let part = parts.remove(at);
        new = Part { first: part.first.min(new.first), last: part.last.max(new.last) };
        place = place.min(at);
    }
    parts.insert(place.min(parts.len()), new);
}

/// The value of `Content-Range` for a part.
pub fn content_range(part: Part, size: u64) -> String {
    format!("bytes {}-{}/{size}", part.first, part.last)
}

/// The value of `Content-Range` for an answer without any.
pub fn unsatisfied(size: u64) -> String {
    format!("bytes */{size}")
}

/// What stands before each part of an answer of type `multipart/byteranges`, and behind the last.
pub fn framing(parts: &[Part], size: u64, media_type: &str, boundary: &str) -> (Vec<String>, String) {
    let heads = parts.iter().map(|&part| {
        let mut head = format!("\r\n--{boundary}\r\n");
        if !media_type.is_empty() {
            let _ = write!(head, "Content-Type: {media_type}\r\n");
        }
        let _ = write!(head, "Content-Range: {}\r\n\r\n", content_range(part, size));
        head
    });
    (heads.collect(), format!("\r\n--{boundary}--\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(first: u64, last: u64) -> Wanted {
        Wanted::One(Part { first, last })
    }

    #[test]
    fn single_parts() {
        for (field, wanted) in [
            ("bytes=0-0", one(0, 0)),
            ("Bytes=0-499", one(0, 499)),
            ("bytes=500-", one(500, 999)),
            ("bytes=-1", one(999, 999)),
            ("bytes=-5000", one(0, 999)),
            ("bytes=990-99999999999999999999999999", one(990, 999)),
            ("bytes= 1-2 ,", one(1, 2)),
            ("bytes=5000-, 3-4", one(3, 4)),
            ("bytes=1000-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=99999999999999999999999999-", Wanted::Nothing),
        ] {
            assert_eq!(read(field.as_bytes(), 1000), wanted, "{field}");
        }
        assert_eq!(read(b"bytes=0-", 0), Wanted::Nothing);
        assert_eq!(read(b"bytes=-5", 0), Wanted::Nothing);
        assert_eq!(read(b"bytes=0-", u64::MAX), one(0, u64::MAX - 1));
    }

    #[test]
    fn what_is_not_understood_is_ignored() {
        for field in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes=1",
            "lines=1-2",
            "bytes =1-2",
            "bytes=1 - 2",
            "bytes=--1",
            "bytes=0x1-2",
            "bytes=1-2;3-4",
        ] {
            assert_eq!(read(field.as_bytes(), 1000), Wanted::Whole, "{field}");
        }
    }

    #[test]
    fn several_parts() {
        let parts = vec![Part { first: 500, last: 599 }, Part { first: 0, last: 9 }];
        assert_eq!(read(b"bytes=500-599,0-9", 1000), Wanted::Several(parts));
        assert_eq!(read(b"bytes=0-9,10-19,15-30", 1000), one(0, 30));
        assert_eq!(read(b"bytes=0-9,900-909,5-905", 1000), one(0, 909));
        assert_eq!(read(b"bytes=0-9,50-59", 1000), one(0, 59));
        let many = |count: usize| format!("bytes={}", vec!["0-0"; count].join(","));
        assert_eq!(read(many(MOST).as_bytes(), 1000), one(0, 0));
        assert_eq!(read(many(MOST + 1).as_bytes(), 1000), Wanted::Whole);
        assert_eq!(read(b"bytes=0-,0-,0-,-1", 1000), one(0, 999));
    }

    #[test]
    fn what_stands_around_parts() {
        let parts = [Part { first: 0, last: 9 }, Part { first: 90, last: 99 }];
        let (heads, end) = framing(&parts, 100, "text/plain", "B");
        assert_eq!(heads[1], "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 90-99/100\r\n\r\n");
        assert_eq!(end, "\r\n--B--\r\n");
        assert_eq!(unsatisfied(7), "bytes */7");
    }
}
