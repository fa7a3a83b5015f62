//! Advice on mistakes that people bring from other languages.

use super::expected::Failure;
use crate::layout::is_keyword;
use crate::span::Span;
use crate::token::{Token, TokenKind};
use TokenKind as T;

/// What may be done about a piece that could not be parsed, if its beginning or the place of the
/// mistake tells what was meant.
pub(super) fn advise(failure: &Failure<'_>, found: Option<(TokenKind, Span)>, source: &[u8]) -> Option<String> {
    let place = found.map_or(u32::MAX, |(_, span)| span.start);
    let index = failure.tokens.partition_point(|token| token.0 < place);
    let first = word(failure, 0, source);
    if index <= 2
        && let Some(advice) = foreign_statement(first, word(failure, 1, source))
    {
        return Some(advice.into());
    }
    let previous = index.checked_sub(1).and_then(|previous| failure.tokens.get(previous));
    let adjacent = previous.is_some_and(|token| token.2 == place);
    let (kind, span) = found?;
    let declares = matches!(failure.tokens.first(), Some((_, T::Let | T::Var | T::Const, _)));
    let arrow = kind == T::Minus && matches!(failure.tokens.get(index + 1), Some((_, T::Greater, _)));
    let advice = match (previous.map(|token| token.1), kind) {
        (Some(T::Plus), T::Plus) if adjacent => "write `+= 1`",
        (Some(T::EqualEqual), T::Equal) if adjacent => "write `==`",
        (Some(T::BangEqual), T::Equal) if adjacent => "write `!=`",
        (Some(T::Less), T::Greater) if adjacent => "write `!=`",
        (_, T::Colon) if declares && index == 2 => "variables are declared without a type",
        (_, T::Comma) if declares && index == 2 => "declare each variable in a statement of its own",
        _ if arrow && failure.in_match => "an arm is written `pattern => value`",
        _ if arrow => "functions are declared without a result type",
        (Some(T::RightParen | T::Name), T::Arrow) => "a lambda is written `fn(x) => value` or `|x| value`",
        (_, T::LeftArrow) => "`<-` is one token; to compare with a negative number write `< -`",
        (_, T::If) if index > 0 => "write `condition ? value : other`",
        (_, T::Else) => "`else` follows the block of an `if`",
        (_, T::Catch | T::Finally) => "this follows the block of a `try`",
        (Some(T::Equal | T::LeftParen | T::Comma | T::Return | T::Colon), T::Block) => {
            "the entries of a map are written `key: value`"
        }
        (Some(T::Name), T::String | T::Number | T::FormatStart) if index == 1 => "a call needs parentheses",
        _ => {
            let text = String::from_utf8_lossy(Token { kind, span }.text(source)).into_owned();
            let expects_name = matches!(previous, Some((_, T::Let | T::Var | T::Const | T::Fn | T::For | T::As, _)));
            return (is_keyword(kind) && expects_name).then(|| format!("`{text}` is a reserved word"));
        }
    };
    Some(advice.into())
}

/// The text of one of the first tokens, if it is a name.
fn word<'s>(failure: &Failure<'_>, index: usize, source: &'s [u8]) -> &'s [u8] {
    match failure.tokens.get(index) {
        Some((l, T::Name, r)) => source.get(*l as usize..*r as usize).unwrap_or_default(),
        _ => b"",
    }
}

/// Statements of other languages, known by their first word.
fn foreign_statement(first: &[u8], second: &[u8]) -> Option<&'static str> {
    Some(match (first, second.is_empty()) {
        (b"function" | b"def" | b"func" | b"fun" | b"sub", false) => "a function begins with `fn`",
        (b"elif" | b"elsif" | b"elseif", _) => "write `else if`",
        (b"switch", _) => "`switch` is written `match value { pattern => … }`",
        (b"do", true) => "write `loop { … if !condition { break } }`",
        (b"foreach", _) => "write `for value in values { … }`",
        (b"class" | b"struct" | b"interface" | b"enum", false) => {
            "there are no declared types; a map holds named values"
        }
        (b"await", false) => "write `task.await()` or `wait(task)`",
        (b"new", false) => "call the constructor itself, without `new`",
        (b"async", _) => "a function is declared with `fn` alone; `spawn f()` starts it beside the caller",
        (b"require" | b"include", _) => "write `import \"file\"`",
        _ => return None,
    })
}
