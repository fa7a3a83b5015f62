//! The way through the lexemes, and what becomes of the comments between them.

use std::collections::HashSet;

use super::doc::Doc;
use super::lexeme::{Comment, Lexeme};
use crate::token::TokenKind;

/// Makes a document of lexemes. A program without mistakes is taken for granted: whoever calls
/// compares the result with the source.
pub(super) struct Builder<'s> {
    pub source: &'s [u8],
    pub lexemes: &'s [Lexeme],
    pub comments: &'s [Comment],
    /// The next lexeme.
    pub at: usize,
    /// The first comment that has found no place yet.
    next_comment: usize,
    /// Comments that stand where a line cannot end: they go before the item that they are in.
    strayed: Vec<Comment>,
    /// The brackets that are broken, whatever the source has behind them.
    pub broken: &'s HashSet<u32>,
    /// All are.
    pub all_broken: bool,
}

impl<'s> Builder<'s> {
    pub(super) fn new(
        source: &'s [u8],
        lexemes: &'s [Lexeme],
        comments: &'s [Comment],
        broken: &'s HashSet<u32>,
        all_broken: bool,
    ) -> Self {
        Self { source, lexemes, comments, at: 0, next_comment: 0, strayed: Vec::new(), broken, all_broken }
    }

    pub(super) fn lexeme(&self) -> Lexeme {
        self.lexemes.get(self.at).copied().unwrap_or(self.lexemes[self.lexemes.len() - 1])
    }

    pub(super) fn peek(&self) -> TokenKind {
        self.lexeme().kind
    }

    pub(super) fn peek_after(&self) -> TokenKind {
        self.lexemes.get(self.at + 1).map_or(TokenKind::Terminator, |lexeme| lexeme.kind)
    }

    pub(super) fn is(&self, kind: TokenKind) -> bool {
        self.peek() == kind
    }

    pub(super) fn at_end(&self) -> bool {
        self.at + 1 >= self.lexemes.len()
    }

    pub(super) fn bytes(&self, start: u32, end: u32) -> &'s [u8] {
        &self.source[start as usize..end as usize]
    }

    pub(super) fn comment_text(&self, comment: &Comment) -> Doc<'s> {
        Doc::text(self.bytes(comment.span.start, comment.span.end))
    }

    /// The comments before the next lexeme; they are the caller's now.
    pub(super) fn take_comments(&mut self) -> Vec<Comment> {
        let (first, end) = self.lexeme().comments;
        let taken = self.comments[first.max(self.next_comment).min(end)..end].to_vec();
        self.next_comment = self.next_comment.max(end);
        taken
    }

    /// The next lexeme, with comments before it that no one has taken: those that end their
    /// line stray.
    pub(super) fn token(&mut self) -> Doc<'s> {
        let comments = self.take_comments();
        let lexeme = self.lexeme();
        self.at += 1;
        let text = self.text(lexeme);
        if comments.is_empty() {
            return text;
        }
        Doc::concat(vec![self.inline(comments), text])
    }

    /// Comments before a lexeme on its line; those that end theirs stray.
    pub(super) fn inline(&mut self, comments: Vec<Comment>) -> Doc<'s> {
        let mut parts = Vec::new();
        for comment in comments {
            if comment.line {
                self.strayed.push(comment);
            } else {
                parts.extend([self.comment_text(&comment), Doc::word(" ")]);
            }
        }
        Doc::concat(parts)
    }

    /// The next lexeme and a space.
    pub(super) fn word(&mut self) -> Doc<'s> {
        Doc::concat(vec![self.token(), Doc::word(" ")])
    }

    /// The next lexeme if it is of this kind.
    pub(super) fn token_if(&mut self, kind: TokenKind) -> Option<Doc<'s>> {
        self.is(kind).then(|| self.token())
    }

    /// A lexeme's text; strings stand in double quotes unless they hold some.
    fn text(&self, lexeme: Lexeme) -> Doc<'s> {
        let text = self.bytes(lexeme.span.start, lexeme.span.end);
        if lexeme.kind == TokenKind::String && text.len() >= 2 && text[0] == b'\'' && !text.contains(&b'"') {
            let inside = Doc::text(&text[1..text.len() - 1]);
            return Doc::concat(vec![Doc::word("\""), inside, Doc::word("\"")]);
        }
        Doc::text(text)
    }

    /// An item of a list or block, with the comments that strayed in it before it.
    pub(super) fn item(&mut self, read: impl FnOnce(&mut Self) -> Doc<'s>) -> Doc<'s> {
        let outside = std::mem::take(&mut self.strayed);
        let doc = read(self);
        let strayed = std::mem::replace(&mut self.strayed, outside);
        if strayed.is_empty() {
            return doc;
        }
        let mut parts: Vec<Doc<'s>> = Vec::new();
        for comment in strayed {
            parts.extend([self.comment_text(&comment), Doc::hard(false)]);
        }
        parts.push(doc);
        Doc::concat(parts)
    }

    /// Those comments of a gap that belong behind what has been read.
    pub(super) fn trailing(&self, comments: &mut Vec<Comment>, last: bool) -> Doc<'s> {
        let own = |comment: &Comment| comment.own_line || !(comment.last_on_line || last);
        let count = comments.iter().position(own).unwrap_or(comments.len());
        let mut parts = Vec::new();
        for comment in comments.drain(..count) {
            if comment.line {
                parts.push(Doc::suffix(self.bytes(comment.span.start, comment.span.end)));
            } else {
                parts.extend([Doc::word(" "), self.comment_text(&comment)]);
            }
        }
        Doc::concat(parts)
    }

    /// The rest of a gap's comments, before an item that follows on a line of its own.
    pub(super) fn leading(&self, comments: &[Comment], blank_before_item: bool) -> Doc<'s> {
        let mut parts = Vec::new();
        for (index, comment) in comments.iter().enumerate() {
            parts.push(self.comment_text(comment));
            let next = comments.get(index + 1);
            let follows_on_line = !comment.last_on_line;
            let blank = next.map_or(blank_before_item, |next| next.blank_before);
            parts.push(if follows_on_line { Doc::word(" ") } else { Doc::hard(blank) });
        }
        Doc::concat(parts)
    }
}
