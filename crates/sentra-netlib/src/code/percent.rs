//! Percent encoding (RFC 3986, section 2), and the queries that forms make of it.

use std::borrow::Cow;

use super::{Malformed, hex};

/// Bytes that stand for themselves, as a set.
#[derive(Clone, Copy)]
pub struct Set([bool; 256]);

impl Set {
    /// Letters, digits and some further characters.
    pub const fn and(further: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            set[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut index = 0;
        while index < further.len() {
            set[further[index] as usize] = true;
            index += 1;
        }
        Self(set)
    }

    /// Whether a byte stands for itself.
    pub fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

/// What stands for itself in every component: "unreserved".
pub const COMPONENT: Set = Set::and(b"-._~");
/// What stands for itself in a path that is written already: its escapes stay.
pub const PATH: Set = Set::and(b"-._~!$&'()*+,;=:@/%");
/// What stands for itself in a query or fragment that is written already.
pub const QUERY: Set = Set::and(b"-._~!$&'()*+,;=:@/?%");

/// How long the encoded bytes are.
pub fn encoded_len(bytes: &[u8], set: &Set, plus: bool) -> usize {
    let stays = |byte: u8| set.has(byte) || plus && byte == b' ';
    bytes.iter().map(|&byte| if stays(byte) { 1 } else { 3 }).sum()
}

/// Writes every byte outside the set as `%XX`; with `plus` a space becomes `+`.
pub fn encode(bytes: &[u8], set: &Set, plus: bool, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        match byte {
            b' ' if plus => out.push(b'+'),
            _ if set.has(byte) => out.push(byte),
            _ => out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
        }
    }
}

fn escape(text: &[u8], at: usize) -> Option<u8> {
    let high = hex::digit(*text.get(at + 1)?)?;
    Some(high << 4 | hex::digit(*text.get(at + 2)?)?)
}

/// The bytes that a text stands for; with `plus` a `+` is a space. A `%` without two digits is refused.
pub fn decode(text: &[u8], plus: bool) -> Result<Cow<'_, [u8]>, Malformed> {
    decode_with(text, plus, |at| Err(Malformed::at(at, "`%` without two hexadecimal digits")))
}

/// As [`decode`] for forms: `+` is a space, and a `%` without two digits stands for itself.
pub fn decode_form(text: &[u8]) -> Cow<'_, [u8]> {
    let decoded: Result<_, std::convert::Infallible> = decode_with(text, true, |_| Ok(()));
    let Ok(decoded) = decoded;
    decoded
}

fn decode_with<E>(text: &[u8], plus: bool, mut lone: impl FnMut(usize) -> Result<(), E>) -> Result<Cow<'_, [u8]>, E> {
    let Some(first) = text.iter().position(|&byte| byte == b'%' || plus && byte == b'+') else {
        return Ok(Cow::Borrowed(text));
    };
    let mut out = Vec::with_capacity(text.len());
    out.extend(&text[..first]);
    let mut at = first;
    while let Some(&byte) = text.get(at) {
        match (byte, escape(text, at)) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 2;
            }
            (b'%', None) => {
                lone(at)?;
                out.push(byte);
            }
            (b'+', _) if plus => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    Ok(Cow::Owned(out))
}

/// The decoded names and values of a query such as `a=1&b=x+y`. Empty parts are left out.
pub fn pairs(query: &[u8]) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    query.split(|&byte| byte == b'&').filter(|part| !part.is_empty()).map(|part| {
        let split = part.iter().position(|&byte| byte == b'=');
        let (name, value) = split.map_or((part, &b""[..]), |at| (&part[..at], &part[at + 1..]));
        (decode_form(name), decode_form(value))
    })
}

/// Adds a pair to a query.
pub fn push_pair(query: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    if !query.is_empty() {
        query.push(b'&');
    }
    encode(name, &COMPONENT, true, query);
    query.push(b'=');
    encode(value, &COMPONENT, true, query);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        for plus in [false, true] {
            let mut text = Vec::new();
            encode(&all, &COMPONENT, plus, &mut text);
            assert_eq!(text.len(), encoded_len(&all, &COMPONENT, plus));
            assert!(text.is_ascii());
            assert_eq!(&*decode(&text, plus).unwrap(), all);
        }
    }

    #[test]
    fn lone_percents() {
        assert_eq!(decode(b"ab%4", false).unwrap_err().at, Some(2));
        assert_eq!(decode(b"%zz", false).unwrap_err().at, Some(0));
        assert_eq!(&*decode_form(b"100%+%41%"), b"100% A%");
        assert_eq!(&*decode(b"a+b", false).unwrap(), b"a+b");
    }

    #[test]
    fn queries() {
        let found: Vec<(String, String)> = pairs(b"a=1&b&&c=x%3Dy+z&=e")
            .map(|(name, value)| (String::from_utf8_lossy(&name).into(), String::from_utf8_lossy(&value).into()))
            .collect();
        let wanted = [("a", "1"), ("b", ""), ("c", "x=y z"), ("", "e")];
        assert_eq!(found, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
