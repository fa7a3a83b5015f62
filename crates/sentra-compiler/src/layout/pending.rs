//! Whether input that someone types line by line needs more lines. Knows brackets, raw strings and
//! operators; whether the rest is right it does not ask.

use super::{brackets, words};
use crate::diagnostic::Code;
use crate::lex::lex_significant;
use crate::token::TokenKind;

/// Whether a bracket, block, comment or raw string is still open, or the last line ends in an
/// operator. Input that no further line can mend is not pending: it has to be reported.
pub fn is_pending(source: &[u8]) -> bool {
    let (tokens, found) = lex_significant(source);
    let open = |code| found.iter().find(|diagnostic| diagnostic.code == code);
    if open(Code::UnterminatedComment).is_some() {
        return true;
    }
    if let Some(string) = open(Code::UnterminatedString) {
        return source.get(string.span.start as usize) == Some(&b'`');
    }
    // An f-string whose value has not ended is one last token without meaning.
    if open(Code::Unclosed).is_some() && tokens.last().is_some_and(|token| token.kind == TokenKind::Invalid) {
        return true;
    }
    // Too many open brackets are an error of their own.
    let Ok(brackets) = brackets::pair(source, &tokens, &found) else { return false };
    if brackets.is_beyond_mending() {
        return false;
    }
    let last = tokens.iter().rev().find(|token| token.kind != TokenKind::Newline);
    let dangling = last.is_some_and(|token| !may_end(token.kind));
    brackets.has_unclosed() || dangling && found.is_empty()
}

/// Before layout, braces and `;` have kinds of their own, and keywords may be names after all.
fn may_end(kind: TokenKind) -> bool {
    use TokenKind::{RightBrace, Semicolon};
    matches!(kind, RightBrace | Semicolon) || words::can_end(kind) || words::is_word(kind)
}

#[cfg(test)]
mod tests {
    use super::is_pending;

    #[test]
    fn open_brackets_and_blocks_want_more() {
        for source in ["log(1,", "fn f() {", "let m = {a: [1", "if a {\n log(1)", "`raw", "/* what", "1 +", "x ="] {
            assert!(is_pending(source.as_bytes()), "{source}");
        }
    }

    #[test]
    fn whole_statements_and_hopeless_ones_do_not() {
        let whole = ["", "log(1)", "let x = {a: 1}", "fn f() { return 1 }", "f\"{x}\"", "x;", "return", "1 # +"];
        for source in whole.iter().chain(&["\"abc", "log(\"abc)", "(1]", "}", "{ (1] "]) {
            assert!(!is_pending(source.as_bytes()), "{source}");
        }
    }
}
