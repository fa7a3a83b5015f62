//! What can be said of a place that the parser gave up on: its words, read one after the other. A name behind
//! `fn`, `let`, `var` or `const` is taken for a declaration, any other that follows no dot for a use.

use sentra_compiler::span::Span;
use sentra_compiler::token::{Token, TokenKind};

use super::names::Kind;

/// A name in such a place.
pub(super) struct Word {
    pub span: Span,
    /// How it is declared, if it is.
    pub declares: Option<Kind>,
    /// Whether it follows a dot.
    pub is_field: bool,
}

/// The names in a place.
pub(super) fn words(tokens: &[Token], place: Span) -> Vec<Word> {
    let start = tokens.partition_point(|token| token.span.start < place.start);
    let inside = tokens[start..].iter().take_while(|token| token.span.end <= place.end);
    let mut previous = TokenKind::Newline;
    let mut found = Vec::new();
    for token in inside {
        if token.kind == TokenKind::Name {
            let declares = match previous {
                TokenKind::Fn => Some(Kind::Function),
                TokenKind::Let => Some(Kind::Let),
                TokenKind::Var => Some(Kind::Var),
                TokenKind::Const => Some(Kind::Const),
                _ => None,
            };
            let is_field = matches!(previous, TokenKind::Dot | TokenKind::QuestionDot | TokenKind::ColonColon);
            found.push(Word { span: token.span, declares, is_field });
        }
        if !matches!(token.kind, TokenKind::Space | TokenKind::Comment | TokenKind::Newline) {
            previous = token.kind;
        }
    }
    found
}
