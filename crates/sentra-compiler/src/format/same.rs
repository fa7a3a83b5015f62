//! Whether two sources are the same program with the same comments: token by token, but for what the
//! formatter may change.

use crate::layout::layout;
use crate::lex::{lex, literal};
use crate::token::{Token, TokenKind};

/// Whether they are.
pub(super) fn same(source: &[u8], formatted: &[u8]) -> bool {
    let (mut before, mut comments_before) = parts(source);
    let (mut after, mut comments_after) = parts(formatted);
    comments_before.sort_unstable();
    comments_after.sort_unstable();
    before.dedup_by(|next, first| next.0 == TokenKind::Terminator && first.0 == TokenKind::Terminator);
    after.dedup_by(|next, first| next.0 == TokenKind::Terminator && first.0 == TokenKind::Terminator);
    before == after && comments_before == comments_after
}

type Part<'s> = (TokenKind, std::borrow::Cow<'s, [u8]>);

/// The tokens that matter, and the comments.
fn parts(source: &[u8]) -> (Vec<Part<'_>>, Vec<&[u8]>) {
    let (all, _) = lex(source);
    let comments = all.iter().filter(|token| token.kind == TokenKind::Comment);
    let comments = comments.map(|token| trimmed(token.text(source))).collect();
    let (tokens, _) = layout(source, &all, &[]);
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(tokens.len());
    // Whether the braces that are open hold the arms of a `match`.
    let mut arms = vec![false];
    for token in tokens {
        match token.kind {
            TokenKind::MatchOpen => arms.push(true),
            kind if opens(kind) => arms.push(false),
            kind if closes(kind) => {
                arms.pop();
                parts.pop_if(|last| matches!(last.0, TokenKind::Comma | TokenKind::Terminator));
            }
            _ => {}
        }
        parts.push(part(token, source, arms.last() == Some(&true)));
    }
    parts.pop_if(|last| last.0 == TokenKind::Terminator);
    (parts, comments)
}

fn part<'s>(token: Token, source: &'s [u8], in_match: bool) -> Part<'s> {
    let text = token.text(source);
    match token.kind {
        TokenKind::Terminator => (TokenKind::Terminator, (&[][..]).into()),
        // The arms of a `match` end with either.
        TokenKind::Comma if in_match => (TokenKind::Terminator, (&[][..]).into()),
        TokenKind::String => (token.kind, literal::unescape(&text[1..text.len().max(2) - 1]).into_vec().into()),
        kind => (kind, text.into()),
    }
}

fn trimmed(text: &[u8]) -> &[u8] {
    if text.starts_with(b"/*") { text } else { text.trim_ascii_end() }
}

fn opens(kind: TokenKind) -> bool {
    use TokenKind::{BlockOpen, FormatOpen, LeftParen, LeftSquare, MapOpen, SelectOpen};
    matches!(kind, BlockOpen | FormatOpen | LeftParen | LeftSquare | MapOpen | SelectOpen)
}

fn closes(kind: TokenKind) -> bool {
    use TokenKind::{BlockClose, FormatClose, MapClose, RightParen, RightSquare};
    matches!(kind, BlockClose | FormatClose | MapClose | RightParen | RightSquare)
}
