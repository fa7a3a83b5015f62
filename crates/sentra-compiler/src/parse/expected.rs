//! Turns the generated parser's errors into words.

use std::convert::Infallible;

use lalrpop_util::ParseError;

use super::advice;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// A piece that could not be parsed.
pub(super) struct Failure<'p> {
    pub(super) error: ParseError<u32, TokenKind, Infallible>,
    pub(super) tokens: &'p [(u32, TokenKind, u32)],
    /// What ended the piece.
    pub(super) end: Token,
    pub(super) in_match: bool,
}

/// The message, and the block that is itself the mistake, if one is.
pub(super) fn diagnose(failure: &Failure<'_>, source: &[u8]) -> (Diagnostic, Option<Span>) {
    let (found, expected) = match &failure.error {
        ParseError::UnrecognizedToken { token: (l, kind, r), expected } => {
            (Some((*kind, Span::new(*l, *r))), expected.as_slice())
        }
        ParseError::UnrecognizedEof { expected, .. } => (None, expected.as_slice()),
        ParseError::ExtraToken { token: (l, kind, r) } => (Some((*kind, Span::new(*l, *r))), [].as_slice()),
        ParseError::InvalidToken { .. } | ParseError::User { .. } => (None, [].as_slice()),
    };
    let (span, name) = match found {
        Some((kind, span)) => (mark(kind, span), describe(kind, span, source)),
        None => end_of_piece(failure, source),
    };
    let message = format!("expected {}, found {name}", words(expected, failure));
    let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message);
    let diagnostic = match advice::advise(failure, found, source) {
        Some(advice) => diagnostic.with_help(advice),
        None => diagnostic,
    };
    let block = found.filter(|(kind, _)| is_body(*kind)).map(|(_, span)| span);
    (diagnostic, block)
}

fn is_body(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Block | TokenKind::MatchBody | TokenKind::SelectBody)
}

/// Of a block only its brace is marked.
fn mark(kind: TokenKind, span: Span) -> Span {
    if is_body(kind) { Span::new(span.start, span.start + 1) } else { span }
}

fn end_of_piece(failure: &Failure<'_>, source: &[u8]) -> (Span, String) {
    let last = failure.tokens.last().map_or(0, |token| token.2);
    let end = failure.end;
    if end.span.start as usize >= source.len() {
        return (Span::new(last, last), "the end of the file".into());
    }
    let between = source.get(last as usize..end.span.start as usize).unwrap_or_default();
    match end.text(source) {
        [b';'] if !between.contains(&b'\n') => (end.span, "`;`".into()),
        [b'}'] if !between.contains(&b'\n') => (end.span, "`}`".into()),
        _ => (Span::new(last, last), "the end of the line".into()),
    }
}

/// What was found, in words.
fn describe(kind: TokenKind, span: Span, source: &[u8]) -> String {
    match kind {
        TokenKind::String | TokenKind::RawString => "a string".into(),
        TokenKind::FormatStart => "an f-string".into(),
        TokenKind::FormatText => "text".into(),
        TokenKind::FormatSpec => "a format specification".into(),
        TokenKind::Block | TokenKind::MatchBody | TokenKind::SelectBody => "`{`".into(),
        _ => {
            let text = Token { kind, span }.text(source);
            format!("`{}`", String::from_utf8_lossy(&text[..text.len().min(32)]))
        }
    }
}

/// What was expected: at most three alternatives.
fn words(expected: &[String], failure: &Failure<'_>) -> String {
    let has = |name: &str| expected.iter().any(|terminal| terminal.trim_matches('"') == name);
    if let Some(kind) = kind_of_phrase(&has, failure.in_match) {
        return kind.into();
    }
    let mut words: Vec<&str> = PHRASES.iter().filter(|(name, _)| has(name)).map(|(_, words)| *words).collect();
    if words.len() > 1 || has("+=") {
        words.retain(|word| *word != "`=`");
    }
    if has("+") {
        let label = failure.tokens.first().is_some_and(|(_, kind, _)| *kind == TokenKind::Name) && has("<-");
        words.retain(|word| !(["`in`", "`(`", "`::`"].contains(word) || label && *word == "`:`"));
    }
    if words.is_empty() {
        return if failure.in_match { "a new line or `,`" } else { "an operator or a new line" }.into();
    }
    words.truncate(3);
    join(&words)
}

/// The name of what may begin here, if more than a few tokens may.
fn kind_of_phrase(has: &dyn Fn(&str) -> bool, in_match: bool) -> Option<&'static str> {
    if has("while") {
        return Some(if has("number") { "a statement" } else { "a loop" });
    }
    if has("number") {
        return Some(match (has("("), has("[")) {
            (true, _) => "an expression",
            (false, true) if in_match => "a pattern",
            (false, true) => "a name",
            (false, false) if has("name") => "a key",
            (false, false) => "a number",
        });
    }
    match (has("name"), has("let")) {
        (true, _) => Some("a name"),
        (false, true) => Some("a declaration"),
        (false, false) => None,
    }
}

/// Terminals worth naming, and their names, the most telling first.
const PHRASES: [(&str, &str); 18] = [
    ("block", "a block `{ … }`"),
    ("match body", "the arms `{ … }`"),
    ("=>", "`=>`"),
    ("=", "`=`"),
    ("in", "`in`"),
    (",", "`,`"),
    (";", "`;`"),
    (")", "`)`"),
    ("]", "`]`"),
    ("map }", "`}`"),
    ("format }", "`}`"),
    ("from", "`from`"),
    ("bar", "`|`"),
    (":", "`:`"),
    ("::", "`::`"),
    ("(", "`(`"),
    ("catch", "`catch`"),
    ("finally", "`finally`"),
];

fn join(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
