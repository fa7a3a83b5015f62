//! The texts and specifications of f-strings.

use crate::diagnostic::Code;
use crate::lex::Notes;
use crate::span::Span;

/// How far the text goes: up to the closing quote or a single `{`.
pub(super) fn text_length(rest: &[u8], quote: u8) -> usize {
    let mut position = 0;
    loop {
        position += match &rest[position.min(rest.len())..] {
            [b'{', b'{', ..] => 2,
            [b'\\', ..] => 2,
            [b'{', ..] | [] => return position.min(rest.len()),
            [byte, ..] if *byte == quote => return position,
            _ => 1,
        };
    }
}

/// Reports each single `}` in a text that begins at `start`.
pub(super) fn check_braces(text: &[u8], start: u32, notes: &mut Notes) {
    let mut position = 0;
    while position < text.len() {
        position += match &text[position..] {
            [b'}', b'}', ..] | [b'\\', ..] => 2,
            [b'}', ..] => {
                let place = Span::new(start + position as u32, start + position as u32 + 1);
                notes.report(Code::BadFormat, place, "single `}` in an f-string; write `}}`");
                1
            }
            _ => 1,
        };
    }
}

/// Whether `spec` is `[[fill]align][+][#][0][width][.precision][d|x|X|b|o|e|f|%]`.
pub(super) fn is_spec(spec: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(spec) else { return false };
    let mut rest = without_alignment(text);
    for flag in ['+', '#', '0'] {
        rest = rest.strip_prefix(flag).unwrap_or(rest);
    }
    let Some(after_width) = without_number(rest) else { return false };
    let after_precision = match after_width.strip_prefix('.') {
        Some(digits) if digits.starts_with(|digit: char| digit.is_ascii_digit()) => without_number(digits),
        Some(_) => None,
        None => Some(after_width),
    };
    let kinds = ["", "d", "x", "X", "b", "o", "e", "f", "%"];
    after_precision.is_some_and(|kind| kinds.contains(&kind) && !text.is_empty())
}

fn without_alignment(text: &str) -> &str {
    let is_align = |character: Option<char>| matches!(character, Some('<' | '>' | '^'));
    let mut characters = text.chars();
    let first = characters.next();
    if is_align(characters.clone().next()) {
        characters.next();
        return characters.as_str();
    }
    if is_align(first) { characters.as_str() } else { text }
}

/// Skips digits; a number of more than four of them would pad without bounds.
fn without_number(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    (text.len() - rest.len() <= 4).then_some(rest)
}
