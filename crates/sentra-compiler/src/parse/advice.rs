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
    let block = found.is_some_and(|(kind, _)| kind == T::Block);
    if (index <= 2 || block)
        && let Some(advice) = foreign_statement(word(failure, 0, source), word(failure, 1, source))
    {
        return Some(advice.into());
    }
    let (kind, span) = found?;
    let previous = index.checked_sub(1).and_then(|previous| failure.tokens.get(previous));
    let text = Token { kind, span }.text(source);
    let advice = of_operators(failure, index)
        .or_else(|| of_words(word(failure, index.wrapping_sub(1), source), text))
        .or_else(|| of_declarations(failure, index, kind))
        .or_else(|| of_place(failure, index, kind));
    let expects_name = matches!(previous, Some((_, T::Let | T::Var | T::Const | T::Fn | T::For | T::As, _)));
    let reserved = || format!("`{}` is a reserved word", String::from_utf8_lossy(text));
    advice.map(str::to_owned).or_else(|| (is_keyword(kind) && expects_name).then(reserved))
}

/// Operators of other languages: two tokens without space between, the second at fault.
fn of_operators(failure: &Failure<'_>, index: usize) -> Option<&'static str> {
    let (_, kind, _) = *failure.tokens.get(index)?;
    let (_, previous, end) = *failure.tokens.get(index.checked_sub(1)?)?;
    let arrow = matches!((previous, kind), (T::Minus, T::Greater));
    let arrow = arrow || kind == T::Minus && matches!(failure.tokens.get(index + 1), Some((_, T::Greater, _)));
    if arrow {
        return Some(match failure.tokens.first() {
            _ if failure.in_match => "an arm is written `pattern => value`",
            Some((_, T::Fn | T::Export, _)) => "functions are declared without a result type",
            _ => "a lambda is written `fn(x) => value` or `|x| value`",
        });
    }
    let adjacent = failure.tokens.get(index).is_some_and(|token| token.0 == end);
    Some(match (previous, kind) {
        _ if !adjacent => return None,
        (T::Plus, T::Plus) => "write `+= 1`",
        (T::EqualEqual, T::Equal) => "write `==`",
        (T::BangEqual, T::Equal) | (T::Less, T::Greater) => "write `!=`",
        (T::Star, T::Star) => "write `pow(a, b)`",
        (T::Colon, T::Equal) => "`let name = value` declares a variable",
        _ => return None,
    })
}

/// Words of other languages in the middle of a statement: the one before the mistake, and its text.
fn of_words(previous: &[u8], found: &[u8]) -> Option<&'static str> {
    Some(match (previous, found) {
        (b"new", _) => "call the constructor itself, without `new`",
        (b"await", _) => "write `task.await()` or `wait(task)`",
        (b"lambda", _) => "a lambda is written `fn(x) => value` or `|x| value`",
        (_, b"except" | b"rescue") => "write `catch e { … }`",
        (_, b"of") => "write `for value in values { … }`",
        _ => return None,
    })
}

fn of_declarations(failure: &Failure<'_>, index: usize, kind: TokenKind) -> Option<&'static str> {
    let first = failure.tokens.first()?.1;
    Some(match (first, kind) {
        (T::Let | T::Var | T::Const, T::Colon) if index == 2 => "variables are declared without a type",
        (T::Let | T::Var | T::Const, T::Comma) if index == 2 => "declare each variable in a statement of its own",
        (T::Fn, T::Colon) => "parameters are declared without a type",
        (T::For, T::Equal) => "write `for (let i = 0; i < n; i += 1) { … }`",
        (T::Import, T::Name) => "write `import { name } from module` or `import module as name`",
        _ => return None,
    })
}

/// What the tokens before and at the mistake tell.
fn of_place(failure: &Failure<'_>, index: usize, kind: TokenKind) -> Option<&'static str> {
    let previous = index.checked_sub(1).and_then(|previous| failure.tokens.get(previous)).map(|token| token.1);
    Some(match (previous, kind) {
        (Some(T::Name), _) if failure.in_match && index == 1 => "an arm is written `pattern => value`",
        (Some(T::RightParen | T::Name), T::Arrow) => "a lambda is written `fn(x) => value` or `|x| value`",
        (_, T::LeftArrow) => "`<-` is one token; to compare with a negative number write `< -`",
        (_, T::If) if index > 0 => "write `condition ? value : other`",
        (_, T::Else) => "`else` follows the block of an `if`",
        (_, T::Catch | T::Finally) => "this follows the block of a `try`",
        (Some(T::Equal | T::LeftParen | T::Comma | T::Return | T::Colon), T::Block) => {
            "the entries of a map are written `key: value`"
        }
        (Some(T::Name), T::Comma | T::MapClose) if is_first_key(failure, index) => {
            "the entries of a map are written `key: value`"
        }
        (Some(T::Dot), T::String) => "strings are joined with `+`",
        (Some(T::Name), T::String | T::Number | T::FormatStart) if index == 1 => "a call needs parentheses",
        _ => return None,
    })
}

/// Whether the token before is the first word of a map, or one that follows a comma.
fn is_first_key(failure: &Failure<'_>, index: usize) -> bool {
    let before = index.checked_sub(2).and_then(|before| failure.tokens.get(before));
    matches!(before, Some((_, T::MapOpen, _)))
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
        (b"local", false) => "write `let`",
        (b"unless", _) => "write `if !condition { … }`",
        (b"from", false) => "write `import { name } from module`",
        (b"async", _) => "a function is declared with `fn` alone; `spawn f()` starts it beside the caller",
        (b"require" | b"include", _) => "write `import \"file\"`",
        _ => return None,
    })
}
