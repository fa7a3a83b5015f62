//! What a match is replaced with: text with `$1`, `${name}`, `$name` and `$$` in it.

use super::pattern::Pattern;
use crate::fault::Fault;

enum Piece<'a> {
    Text(&'a [u8]),
    Group(usize),
}

/// A replacement, taken apart.
pub(super) struct Replacement<'a>(Vec<Piece<'a>>);

impl<'a> Replacement<'a> {
    /// Takes a replacement apart; a fault if it names a group that the pattern has not.
    pub fn parse(text: &'a [u8], pattern: &Pattern) -> Result<Self, Box<Fault>> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'$', rest) {
            pieces.push(Piece::Text(&rest[..at]));
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(b"$") {
                pieces.push(Piece::Text(b"$"));
                rest = after;
                continue;
            }
            let (name, len) = reference(rest);
            match name {
                Some(name) => pieces.push(Piece::Group(number(name, pattern)?)),
                None => pieces.push(Piece::Text(b"$")),
            }
            rest = &rest[len..];
        }
        pieces.push(Piece::Text(rest));
        pieces.retain(|piece| !matches!(piece, Piece::Text(b"")));
        Ok(Self(pieces))
    }

    /// Whether it is the same for each match.
    pub fn is_plain(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// How long what replaces the match that was captured last is.
    pub fn len(&self, pattern: &Pattern) -> usize {
        let len = |piece: &Piece| match *piece {
            Piece::Text(text) => text.len(),
            Piece::Group(number) => pattern.group(number).map_or(0, |(start, end)| end - start),
        };
        self.0.iter().map(len).sum()
    }

    /// Appends what replaces the match that was captured last.
    pub fn append(&self, pattern: &Pattern, subject: &[u8], out: &mut Vec<u8>) {
        for piece in &self.0 {
            match *piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Group(number) => {
                    let (start, end) = pattern.group(number).unwrap_or((0, 0));
                    out.extend_from_slice(&subject[start..end]);
                }
            }
        }
    }
}

/// The name or number of a group behind a `$`, and the length of how it is written. A number
/// goes as far as its digits, so that `$1st` is the first group and `st`.
fn reference(rest: &[u8]) -> (Option<&[u8]>, usize) {
    let run = |of: fn(&u8) -> bool| rest.iter().take_while(|byte| of(byte)).count();
    match rest.first() {
        Some(b'{') => match memchr::memchr(b'}', rest) {
            Some(end) => (Some(&rest[1..end]), end + 1),
            None => (None, 0),
        },
        Some(b'0'..=b'9') => {
            let len = run(u8::is_ascii_digit);
            (Some(&rest[..len]), len)
        }
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
            let len = run(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            (Some(&rest[..len]), len)
        }
        _ => (None, 0),
    }
}

fn number(name: &[u8], pattern: &Pattern) -> Result<usize, Box<Fault>> {
    let text = str::from_utf8(name).unwrap_or("");
    let count = pattern.names().count();
    let found = match text.parse::<usize>() {
        Ok(number) => (number < count).then_some(number),
        Err(_) => pattern.names().position(|known| known == Some(text)),
    };
    found.ok_or_else(|| {
        let name = String::from_utf8_lossy(&name[..name.len().min(60)]);
        Fault::new("regex", format!("the pattern has no group `{name}` (a `$` itself is written `$$`)"))
    })
}
