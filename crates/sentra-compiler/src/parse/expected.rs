//! Turns the generated parser's errors into words.

use std::convert::Infallible;

use lalrpop_util::ParseError;

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
    let diagnostic = match help(failure, found, source) {
        Some(help) => diagnostic.with_help(help),
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
    match end.text(source) {
        [] if end.span.start as usize >= source.len() => (Span::new(last, last), "the end of the file".into()),
        [b';'] => (end.span, "`;`".into()),
        [b'}'] => (end.span, "`}`".into()),
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
    let mut words: Vec<&str> = Vec::new();
    if has("statement") || has("while") {
        words.push("a statement");
    } else if has("number") && (has("(") || has("fn")) {
        words.push("an expression");
    } else if has("number") {
        words.push(if has("[") { "a pattern" } else if has("name") { "a key" } else { "a number" });
    } else if has("name") {
        words.push("a name");
    }
    if words.is_empty() {
        if has("block") {
            words.push("a block `{ … }`");
        }
        if has("match body") {
            words.push("the arms `{ … }`");
        }
        let plain = ["=>", "=", "in", ",", ";", ")", "]", "from", "catch", "bar", ":", "as", "while"];
        words.extend(plain.iter().filter(|name| has(name)).map(|name| quoted(name)));
    }
    if has("map }") && (words.is_empty() || has(",")) {
        words.push("`}`");
    }
    if has("format }") && words.is_empty() {
        words.push("`}`");
    }
    if words.is_empty() {
        return if failure.in_match { "a new line or `,`" } else { "an operator or a new line" }.into();
    }
    words.truncate(3);
    join(&words)
}

fn quoted(name: &str) -> &'static str {
    match name {
        "=>" => "`=>`",
        "=" => "`=`",
        "in" => "`in`",
        "," => "`,`",
        ";" => "`;`",
        ")" => "`)`",
        "]" => "`]`",
        "from" => "`from`",
        "catch" => "`catch`",
        "bar" => "`|`",
        "as" => "`as`",
        "while" => "a loop",
        _ => "`:`",
    }
}

fn join(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Advice for mistakes that people bring from other languages.
fn help(failure: &Failure<'_>, found: Option<(TokenKind, Span)>, source: &[u8]) -> Option<String> {
    let _ = (failure, found, source);
    None
}
