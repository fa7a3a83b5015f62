//! Text to expression, and what is wrong with a text that is none.

use std::ops::Range;

use lalrpop_util::{ParseError, lalrpop_mod};

use super::ast::{Address, Expression, Shape, TooDeep};
use super::lex::{Lexer, Mistake, Token};

lalrpop_mod!(
    #[allow(clippy::all, missing_docs, unused, unreachable_pub)]
    #[rustfmt::skip]
    grammar,
    "/filter/grammar.rs"
);

type Failed = ParseError<usize, Token, Mistake>;

/// Reads a filter. An empty one asks for nothing in particular.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, Mistake> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    grammar::FilterParser::new().parse(Lexer::new(text)).map(Some).map_err(|failed| mistake(text, failed))
}

pub(super) fn made(shape: Shape, start: usize, end: usize) -> Result<Expression, Failed> {
    Expression::new(shape, start, end)
        .map_err(|TooDeep(place)| ParseError::User { error: Mistake::new(place, "this is nested too deep") })
}

pub(super) fn masked(address: Address, mask: Address, place: Range<usize>) -> Result<Address, Failed> {
    match (address, mask) {
        (Address::V4 { number, bits, prefix: None }, Address::V4 { number: mask, bits: mask_bits, prefix: None }) => {
            Ok(Address::Masked { number, bits, mask, mask_bits })
        }
        _ => Err(ParseError::User {
            error: Mistake::new(place, "only IPv4 networks have a mask, such as `255.255.0.0`"),
        }),
    }
}

fn mistake(text: &str, failed: Failed) -> Mistake {
    let (place, found, expected) = match failed {
        ParseError::User { error } => return error,
        ParseError::InvalidToken { location } => (location..location + 1, String::new(), vec![]),
        ParseError::UnrecognizedEof { expected, .. } => {
            let end = text.trim_end().len();
            (end..end + 1, "the end".to_string(), expected)
        }
        ParseError::UnrecognizedToken { token: (start, _, end), expected } => {
            (start..end, format!("`{}`", &text[start..end]), expected)
        }
        ParseError::ExtraToken { token: (start, _, end) } => (start..end, format!("`{}`", &text[start..end]), vec![]),
    };
    let before = text[..place.start].split_whitespace().next_back();
    let after = before.map(|word| format!(" after `{}`", last_word(word))).unwrap_or_default();
    let mut message = format!("expected {}{after}, found {found}", wanted(&expected));
    if place.start < text.len()
        && is_word_of_protocol(&text[place.clone()])
        && expected.iter().any(|one| one == "\"name\"")
    {
        message += &format!(" (the name of the protocol is written `\\{}`)", &text[place.clone()]);
    }
    Mistake::new(place, message)
}

fn is_word_of_protocol(word: &str) -> bool {
    matches!(super::words::token(word), Some(Token::Protocol(_)))
}

/// The last word or sign of what stands between two spaces.
fn last_word(text: &str) -> &str {
    let start = text.rfind(['(', '[', '!']).map_or(0, |at| at + 1);
    if start < text.len() { &text[start..] } else { &text[text.len() - 1..] }
}

/// What could have stood there, in a few words.
fn wanted(expected: &[String]) -> String {
    let has = |name: &str| expected.iter().any(|one| one.trim_matches('"') == name);
    if has("less") {
        return "a condition such as `host 10.0.0.1` or `tcp`".into();
    }
    if has("len") {
        return "a number or bytes such as `ip[8]`".into();
    }
    if has("name") {
        let port = if has("host") { "`host`, `net`, `port`, " } else { "" };
        return format!("{port}a number, a name or an address");
    }
    let mut choices: Vec<&str> = vec![];
    for (name, words) in [
        ("and", "`and`"),
        ("or", "`or`"),
        ("comparison", "a comparison such as `= 1`"),
        (")", "`)`"),
        ("]", "`]`"),
        (":", "`:`"),
        ("number", "a number"),
        ("address", "an address"),
        ("host", "`host`"),
        ("port", "`port`"),
        ("src", "`src`"),
        ("dst", "`dst`"),
    ] {
        if has(name) {
            choices.push(words);
        }
    }
    match choices.split_last() {
        None => "the end".into(),
        Some((last, [])) => last.to_string(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
