//! Text within HTML: its five dangerous characters, and the references that stand for characters.

use std::collections::HashMap;
use std::sync::OnceLock;

use entities::ENTITIES;

/// The longest name of a character.
const MOST_NAME: usize = 32;
/// The shortest.
const LEAST_NAME: usize = 2;

/// What a character is written as, if not as itself.
fn escaped(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        b'"' => b"&quot;",
        b'\'' => b"&#39;",
        _ => return None,
    })
}

/// How long the escaped text is.
pub fn escaped_len(text: &[u8]) -> usize {
    text.iter().map(|&byte| escaped(byte).map_or(1, <[u8]>::len)).sum()
}

/// The text as it can stand between tags and within quoted attributes.
pub fn escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(escaped_len(text));
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| escaped(byte).is_some()) {
        out.extend(&rest[..at]);
        out.extend(escaped(rest[at]).unwrap_or_default());
        rest = &rest[at + 1..];
    }
    out.extend(rest);
    out
}

/// The text with every reference, such as `&amp;`, `&#39;` or `&#x27;`, replaced by its
/// character. What is no reference stays; as in browsers, numbers and a hundred old names need
/// no semicolon.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == b'&') {
        out.extend(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some(length) => rest = &rest[length.push(&mut out)..],
            None => {
                out.push(b'&');
                rest = &rest[1..];
            }
        }
    }
    out.extend(rest);
    out
}

/// A reference: its length in the text and what it stands for.
enum Reference {
    Named(usize, &'static str),
    Numbered(usize, char),
}

impl Reference {
    /// Writes what it stands for; its length in the text.
    fn push(self, out: &mut Vec<u8>) -> usize {
        match self {
            Self::Named(length, text) => {
                out.extend(text.as_bytes());
                length
            }
            Self::Numbered(length, character) => {
                out.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
                length
            }
        }
    }
}

/// The reference that a text starts with.
fn reference(text: &[u8]) -> Option<Reference> {
    if text.get(1) == Some(&b'#') {
        return numbered(text);
    }
    let len = text[1..].iter().take(MOST_NAME).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let end = 1 + len + usize::from(text.get(1 + len) == Some(&b';'));
    (1 + LEAST_NAME..=end).rev().find_map(|end| {
        let found = names().get(&text[..end])?;
        Some(Reference::Named(end, found))
    })
}

/// What names stand for; a name is written with its `&`, and its `;` if it needs one.
fn names() -> &'static HashMap<&'static [u8], &'static str> {
    static NAMES: OnceLock<HashMap<&[u8], &str>> = OnceLock::new();
    NAMES.get_or_init(|| ENTITIES.iter().map(|entity| (entity.entity.as_bytes(), entity.characters)).collect())
}

/// `&#65;` or `&#x41;`; the semicolon may be missing, as browsers allow.
fn numbered(text: &[u8]) -> Option<Reference> {
    let (radix, start) = if matches!(text.get(2), Some(b'x' | b'X')) { (16, 3) } else { (10, 2) };
    let digits = text[start..].iter().take_while(|&&byte| char::from(byte).is_digit(radix)).count();
    if digits == 0 {
        return None;
    }
    let value = text[start..start + digits]
        .iter()
        .filter_map(|&byte| char::from(byte).to_digit(radix))
        .fold(0_u32, |value, digit| value.saturating_mul(radix).saturating_add(digit));
    let end = start + digits;
    Some(Reference::Numbered(end + usize::from(text.get(end) == Some(&b';')), character(value)))
}

/// The character of a number as HTML has it: 128 to 159 are those of windows-1252.
fn character(number: u32) -> char {
    const WINDOWS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match number {
        0x80..=0x9F => WINDOWS[number as usize - 0x80],
        0 => char::REPLACEMENT_CHARACTER,
        _ => char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        String::from_utf8(unescape(text.as_bytes())).unwrap()
    }

    #[test]
    fn there_and_back() {
        let text = b"<a href=\"x\" title='y'>R&D \xff</a>";
        let escaped = escape(text);
        assert_eq!(escaped, b"&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;R&amp;D \xff&lt;/a&gt;");
        assert_eq!(escaped.len(), escaped_len(text));
        assert_eq!(unescape(&escaped), text);
    }

    #[test]
    fn references() {
        assert_eq!(plain("&euro;&Auml;&#8364;&#x20AC;&#x1F600;&NotEqualTilde;"), "€Ä€€😀≂̸");
        assert_eq!(plain("&amp;lt; &nosuch; & &; &# &#; &#x; &#xg; &"), "&lt; &nosuch; & &; &# &#; &#x; &#xg; &");
        assert_eq!(plain("&#0;&#xD800;&#99999999999;&#150;&#65"), "\u{fffd}\u{fffd}\u{fffd}–A");
        assert_eq!(plain("&lt&ampx&copyright;&notit;&notin;"), "<&x©right;¬it;∉");
        assert!(names().keys().all(|name| (LEAST_NAME + 1..=MOST_NAME + 2).contains(&name.len())));
    }
}
