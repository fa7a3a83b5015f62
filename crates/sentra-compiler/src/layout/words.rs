//! What layout knows of single kinds of tokens.

use crate::token::TokenKind;
use TokenKind as T;

/// Whether a statement may end after this token.
pub(super) fn can_end(kind: TokenKind) -> bool {
    is_operand_end(kind) || matches!(kind, T::BlockClose | T::Return | T::Break | T::Continue)
}

/// Whether an operand ends with this token.
fn is_operand_end(kind: TokenKind) -> bool {
    matches!(
        kind,
        T::Name
            | T::Number
            | T::String
            | T::RawString
            | T::FormatEnd
            | T::True
            | T::False
            | T::Nil
            | T::Invalid
            | T::RightParen
            | T::RightSquare
            | T::MapClose
    )
}

/// Whether an operand must follow this token, so that `{`, `|` and the like begin one.
pub(super) fn expects_operand(kind: TokenKind) -> bool {
    !is_operand_end(kind) && kind != T::BlockClose
}

/// Whether a line that begins with this token continues the one before.
pub(super) fn continues(kind: TokenKind) -> bool {
    matches!(
        kind,
        T::Dot
            | T::QuestionDot
            | T::ColonColon
            | T::AndAnd
            | T::OrOr
            | T::And
            | T::Or
            | T::Coalesce
            | T::EqualEqual
            | T::BangEqual
            | T::LessEqual
            | T::GreaterEqual
            | T::Plus
            | T::Star
            | T::Slash
            | T::Percent
            | T::Question
            | T::Colon
            | T::Else
            | T::Catch
            | T::Finally
    )
}

/// Whether the token begins a statement and can stand nowhere else, so that an unfinished line
/// before it does not swallow it.
pub(super) fn starts_statement(kind: TokenKind) -> bool {
    matches!(
        kind,
        T::Let
            | T::Var
            | T::Const
            | T::While
            | T::Loop
            | T::For
            | T::Return
            | T::Break
            | T::Continue
            | T::Throw
            | T::Defer
            | T::Try
            | T::Import
            | T::Export
    )
}

/// Whether a statement keyword on the next line shows that the line has been left unfinished.
pub(super) fn is_cut_off(previous: TokenKind) -> bool {
    !matches!(previous, T::Arrow | T::Colon | T::Export | T::LeftParen | T::Dot | T::QuestionDot | T::ColonColon)
}

/// Whether this keyword follows a block of its statement.
pub(super) fn follows_own_block(kind: TokenKind) -> bool {
    matches!(kind, T::Else | T::Catch | T::Finally)
}

/// Whether a statement that begins with these tokens ends with its block when `next` follows on the
/// same line.
pub(super) fn ends_with_block(first: TokenKind, second: TokenKind, next: TokenKind) -> bool {
    match first {
        T::BlockOpen | T::While | T::Loop | T::For | T::Try | T::Select => follows_block(next),
        T::Fn => second == T::Name && follows_block(next),
        T::If | T::Match | T::Spawn => follows_value(next),
        _ => false,
    }
}

/// Whether this token on the line where a block statement ends begins the next statement.
pub(super) fn follows_block(kind: TokenKind) -> bool {
    !is_closer(kind) && !follows_own_block(kind) && !matches!(kind, T::Semicolon | T::Comma)
}

/// The same, where the block may be part of a value.
fn follows_value(kind: TokenKind) -> bool {
    use TokenKind::{Bang, FormatStart, LeftBrace, Number, RawString, String, Tilde};
    let operator = matches!(kind, T::In | T::And | T::Or | T::Not);
    let operand = matches!(kind, Number | String | RawString | FormatStart | Bang | Tilde | LeftBrace);
    follows_block(kind) && !operator && (is_word(kind) || operand)
}

/// Whether the `{` after this keyword is always its block.
pub(super) fn takes_block(kind: TokenKind) -> bool {
    matches!(kind, T::Spawn | T::Else | T::Try | T::Catch | T::Finally | T::Loop | T::Select)
}

/// Whether the token closes a bracket in the source.
pub(super) fn is_closer(kind: TokenKind) -> bool {
    matches!(kind, T::RightParen | T::RightSquare | T::RightBrace | T::FormatClose)
}

/// Whether the token is written as a name is.
pub(super) fn is_word(kind: TokenKind) -> bool {
    kind == T::Name || is_keyword(kind)
}

/// Whether the token is a reserved word.
pub fn is_keyword(kind: TokenKind) -> bool {
    matches!(
        kind,
        T::And
            | T::Break
            | T::Catch
            | T::Const
            | T::Continue
            | T::Defer
            | T::Else
            | T::Export
            | T::False
            | T::Finally
            | T::Fn
            | T::For
            | T::If
            | T::Import
            | T::In
            | T::Let
            | T::Loop
            | T::Match
            | T::Nil
            | T::Not
            | T::Or
            | T::Return
            | T::Spawn
            | T::Throw
            | T::True
            | T::Try
            | T::Var
            | T::While
    )
}
