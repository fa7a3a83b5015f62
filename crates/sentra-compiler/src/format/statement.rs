//! Statements.

use super::block::Blocks;
use super::builder::Builder;
use super::doc::Doc;
use super::list::List;
use crate::token::TokenKind as T;

impl<'s> Builder<'s> {
    /// One statement, up to its end.
    pub(super) fn statement(&mut self) -> Doc<'s> {
        let mut parts = Vec::new();
        if self.is(T::Export) {
            parts.push(self.word());
        }
        if self.is(T::Name) && self.peek_after() == T::Colon {
            parts.extend([self.token(), self.word()]);
        }
        parts.push(match self.peek() {
            T::Let | T::Var | T::Const => self.variable(),
            T::While | T::Loop => self.loops(),
            T::For => self.for_loop(),
            T::Try => self.guarded(),
            T::Throw | T::Return | T::Defer | T::Break | T::Continue => self.jump(),
            T::Import => self.import(),
            T::Use => self.words(),
            T::Select => Doc::concat(vec![self.word(), self.cases()]),
            _ => self.expression(),
        });
        // Nothing is lost, whatever stands here.
        while !matches!(self.peek(), T::Terminator | T::BlockClose) {
            parts.extend([Doc::word(" "), self.token()]);
        }
        Doc::concat(parts)
    }

    fn variable(&mut self) -> Doc<'s> {
        let mut parts = vec![self.word()];
        parts.push(self.expression());
        Doc::concat(parts)
    }

    fn loops(&mut self) -> Doc<'s> {
        let mut parts = vec![self.word()];
        if !self.is(T::BlockOpen) {
            parts.push(self.expression().indent().indent());
            parts.push(Doc::word(" "));
        }
        parts.push(self.block());
        Doc::concat(parts)
    }

    /// `for` with its head in parentheses or without.
    fn for_loop(&mut self) -> Doc<'s> {
        let mut parts = vec![self.word()];
        let clauses = self.is(T::LeftParen) && self.head_in_parentheses();
        if clauses {
            parts.push(self.list(List::Single));
        } else {
            parts.push(self.unary());
            while self.is(T::Comma) {
                parts.push(self.word());
                parts.push(self.unary());
            }
            if self.is(T::In) {
                parts.extend([Doc::word(" "), self.word(), self.expression()]);
            }
        }
        parts.push(Doc::word(" "));
        parts.push(self.block());
        Doc::concat(parts)
    }

    /// Whether the parenthesis here holds the whole head of a loop.
    fn head_in_parentheses(&self) -> bool {
        let mut depth = 0u32;
        for (index, lexeme) in self.lexemes.iter().enumerate().skip(self.at) {
            match lexeme.kind {
                T::LeftParen | T::LeftSquare | T::MapOpen | T::BlockOpen | T::MatchOpen => depth += 1,
                T::RightParen | T::RightSquare | T::MapClose | T::BlockClose => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return self.lexemes.get(index + 1).is_some_and(|next| next.kind == T::BlockOpen);
            }
        }
        false
    }

    /// `try { } catch e { } finally { }`
    fn guarded(&mut self) -> Doc<'s> {
        let mut blocks = Blocks::default();
        blocks.parts.push(self.word());
        loop {
            self.one_of(&mut blocks);
            if !matches!(self.peek(), T::Catch | T::Finally) {
                return blocks.group(false);
            }
            blocks.before = self.take_comments();
            blocks.parts.extend([Doc::word(" "), self.word()]);
            if self.is(T::LeftParen) {
                blocks.parts.extend([self.list(List::Single), Doc::word(" ")]);
            } else if self.is(T::Name) {
                blocks.parts.push(self.word());
            }
            blocks.before.extend(self.take_comments());
        }
    }

    /// A keyword with a value or without.
    pub(super) fn jump(&mut self) -> Doc<'s> {
        let keyword = self.token();
        if matches!(self.peek(), T::Terminator | T::BlockClose | T::Comma) {
            return keyword;
        }
        Doc::concat(vec![keyword, Doc::word(" "), self.expression()])
    }

    fn import(&mut self) -> Doc<'s> {
        let mut parts = vec![self.token()];
        if self.is(T::MapOpen) {
            parts.extend([Doc::word(" "), self.list(List::Map)]);
        }
        while !matches!(self.peek(), T::Terminator | T::BlockClose) {
            parts.extend([Doc::word(" "), self.token()]);
        }
        Doc::concat(parts)
    }

    /// `use a::b`
    fn words(&mut self) -> Doc<'s> {
        let mut parts = vec![self.word()];
        while !matches!(self.peek(), T::Terminator | T::BlockClose) {
            parts.push(self.token());
        }
        Doc::concat(parts)
    }
}
