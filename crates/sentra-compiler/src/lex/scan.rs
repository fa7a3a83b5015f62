//! Tokens that no simple pattern describes: comments, strings, numbers. Each function extends the
//! token that has just begun and reports what is wrong inside it.

use crate::diagnostic::Code;
use crate::lex::{Notes, literal};
use crate::span::Span;
use crate::token::TokenKind;

type Lexer<'s> = logos::Lexer<'s, TokenKind>;

fn span(lexer: &Lexer<'_>) -> Span {
    let span = lexer.span();
    Span::new(span.start as u32, span.end as u32)
}

/// How far the line goes on.
pub(super) fn line_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())
}

/// `// …` and `# …`, without the newline.
pub(crate) fn line_comment(lexer: &mut Lexer<'_>) {
    lexer.bump(line_length(lexer.remainder()));
}

/// `/* … */`, nested.
pub(crate) fn block_comment(lexer: &mut Lexer<'_>) {
    let opener = span(lexer);
    let rest = lexer.remainder();
    let (mut depth, mut position) = (1, 0);
    while depth > 0 && position < rest.len() {
        match &rest[position..] {
            [b'*', b'/', ..] => (depth, position) = (depth - 1, position + 2),
            [b'/', b'*', ..] => (depth, position) = (depth + 1, position + 2),
            _ => position += 1,
        }
    }
    lexer.bump(position);
    if depth > 0 {
        lexer.extras.report(Code::UnterminatedComment, opener, "this comment has no closing `*/`");
    }
}

/// `"…"` and `'…'`, which may span lines. Without a closing quote it ends with its line, so that
/// the next lines are read as they were meant.
pub(crate) fn string(lexer: &mut Lexer<'_>) {
    let opener = span(lexer);
    let quote = lexer.slice()[0];
    let rest = lexer.extras.reach(lexer.remainder());
    let mut position = 0;
    let mut escapes = false;
    loop {
        match rest.get(position) {
            Some(byte) if *byte == quote => break,
            Some(b'\\') => (position, escapes) = (position + 2, true),
            Some(_) => position += 1,
            None => {
                lexer.extras.unterminated = true;
                return unterminated_string(lexer, rest);
            }
        }
    }
    if !lexer.extras.trusts(&rest[..position], &rest[position + 1..]) {
        return unterminated_string(lexer, rest);
    }
    lexer.bump(position + 1);
    if escapes {
        check_escapes(&rest[..position], opener.end, &mut lexer.extras);
    }
}

fn unterminated_string(lexer: &mut Lexer<'_>, rest: &[u8]) {
    let opener = span(lexer);
    lexer.extras.unterminated(opener, "this string has no closing quote");
    lexer.bump(line_length(rest));
}

/// `` `…` ``: what stands between the backticks.
pub(crate) fn raw_string(lexer: &mut Lexer<'_>) {
    let rest = lexer.remainder();
    match rest.iter().position(|byte| *byte == b'`') {
        Some(length) => lexer.bump(length + 1),
        None => {
            let opener = span(lexer);
            lexer.extras.unterminated(opener, "this raw string has no closing backtick");
            lexer.bump(line_length(rest));
        }
    }
}

/// Reports the unknown escapes of a string's inside, which begins at `start`.
pub(crate) fn check_escapes(text: &[u8], start: u32, notes: &mut Notes) {
    let mut position = 0;
    while let Some(offset) = text[position..].iter().position(|byte| *byte == b'\\') {
        position += offset;
        let (value, length) = literal::escape(&text[position..]);
        if value.is_none() {
            let place = Span::new(start + position as u32, start + (position + length) as u32);
            notes.report(Code::BadEscape, place, "unknown escape in a string");
        }
        position += length;
    }
}

/// A number; letters that cling to it belong to it and make it malformed.
pub(crate) fn number(lexer: &mut Lexer<'_>) {
    let text = &lexer.source()[lexer.span().start..];
    let (length, valid) = number_length(text);
    lexer.bump(length - 1);
    if !valid {
        let place = span(lexer);
        lexer.extras.report(Code::BadNumber, place, "malformed number");
    }
}

fn word_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(bytes.len())
}

fn digits_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'_').unwrap_or(bytes.len())
}

fn number_length(text: &[u8]) -> (usize, bool) {
    if let Some(radix) = literal::radix(text) {
        let length = word_length(text);
        let digits = text[2..length].iter().filter(|byte| **byte != b'_');
        let valid = digits.clone().all(|byte| (*byte as char).is_digit(radix)) && digits.count() > 0;
        return (length, valid);
    }
    let mut length = digits_length(text);
    if text.get(length) == Some(&b'.') && text.get(length + 1).is_some_and(u8::is_ascii_digit) {
        length += 1 + digits_length(&text[length + 1..]);
    }
    if matches!(text.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        if text.get(length + 1 + sign).is_some_and(u8::is_ascii_digit) {
            length += 1 + sign + digits_length(&text[length + 1 + sign..]);
        }
    }
    let clinging = word_length(&text[length..]);
    (length + clinging, clinging == 0)
}

/// The plain character for one that word processors put in its place.
pub(crate) fn plain_spelling(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{AB}' | '\u{BB}' => "\"",
        '\u{2018}' | '\u{2019}' => "'",
        '\u{2013}' | '\u{2014}' | '\u{2212}' => "-",
        '\u{A0}' | '\u{3000}' => " ",
        '\u{D7}' => "*",
        '\u{F7}' => "/",
        '\u{2264}' => "<=",
        '\u{2265}' => ">=",
        '\u{2260}' => "!=",
        _ => return None,
    })
}
