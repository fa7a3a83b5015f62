//! Expressions.

use super::block::Blocks;
use super::builder::Builder;
use super::doc::{Doc, Group};
use super::list::List;
use crate::token::TokenKind as T;

impl<'s> Builder<'s> {
    /// A whole expression, or `channel <- value`.
    pub(super) fn expression(&mut self) -> Doc<'s> {
        let first = self.chain();
        match self.peek() {
            T::Question => self.ternary(first),
            kind if is_assignment(kind) || kind == T::LeftArrow => {
                let mut parts = vec![first, Doc::word(" "), self.word()];
                parts.push(self.expression());
                Doc::concat(parts)
            }
            _ => first,
        }
    }

    /// `c ? a : d ? b : e`, each question and answer on a line if not all fit on one.
    fn ternary(&mut self, condition: Doc<'s>) -> Doc<'s> {
        let mut parts = Vec::new();
        while self.is(T::Question) {
            parts.push(self.gap_to_break());
            parts.push(self.word());
            parts.push(self.expression());
            if !self.is(T::Colon) {
                break;
            }
            parts.push(self.gap_to_break());
            parts.push(self.word());
            parts.push(self.chain());
        }
        let parts = Doc::concat(parts);
        let forced = parts.forced;
        let mut all = vec![condition, parts.indent()];
        if is_assignment(self.peek()) {
            all.extend([Doc::word(" "), self.word(), self.expression()]);
        }
        Group { content: Doc::concat(all), forced, hugs: false, target: false, bracket: None }.doc()
    }

    /// The comments before the next lexeme, round a place to break.
    pub(super) fn gap_to_break(&mut self) -> Doc<'s> {
        let mut comments = self.take_comments();
        let behind = self.trailing(&mut comments, false);
        Doc::concat(vec![behind, Doc::line(), self.leading(&comments, false)])
    }

    /// Signs before an operand, and the operand.
    pub(super) fn unary(&mut self) -> Doc<'s> {
        let mut parts = Vec::new();
        loop {
            match self.peek() {
                T::Bang | T::Minus | T::Tilde | T::LeftArrow => parts.push(self.token()),
                T::Not | T::Spawn => parts.push(self.word()),
                _ => break,
            }
        }
        let operand = self.postfix();
        if parts.is_empty() {
            return operand;
        }
        parts.push(operand);
        Doc::concat(parts)
    }

    /// An operand without what follows it.
    pub(super) fn primary(&mut self) -> Doc<'s> {
        match self.peek() {
            T::LeftParen => self.list(List::Single),
            T::LeftSquare => self.list(List::Array),
            T::MapOpen => self.list(List::Map),
            T::Fn => self.function(),
            T::Bar | T::Bars => self.bars(),
            T::If => self.condition(),
            T::Match => self.matching(),
            T::BlockOpen => self.block(),
            // What cannot stand here stays for whoever called.
            kind if !is_operand(kind) => Doc::nothing(),
            _ => self.token(),
        }
    }

    /// `fn name(a) { }`, `fn(a) => b`
    pub(super) fn function(&mut self) -> Doc<'s> {
        let mut parts = vec![self.token()];
        if self.is(T::Name) {
            parts.extend([Doc::word(" "), self.token()]);
        }
        if self.is(T::LeftParen) {
            parts.push(self.list(List::Parameters));
        }
        parts.push(Doc::word(" "));
        if self.is(T::Arrow) {
            parts.push(self.word());
            parts.push(self.value());
        } else {
            parts.push(self.block());
        }
        Doc::concat(parts)
    }

    /// `|a, b| c`
    fn bars(&mut self) -> Doc<'s> {
        let bars = self.is(T::Bars);
        let mut parts = vec![self.token()];
        if !bars {
            while !matches!(self.peek(), T::Bar | T::Terminator) {
                let start = self.at;
                match self.peek() {
                    T::Ellipsis => parts.extend([self.token(), self.token()]),
                    T::Comma => {
                        let comments = self.take_comments();
                        parts.push(self.inline(comments));
                        let mark = self.token();
                        if !self.is(T::Bar) {
                            parts.extend([mark, Doc::word(" ")]);
                        }
                    }
                    T::Equal => parts.extend([Doc::word(" "), self.word()]),
                    _ => parts.push(self.unary()),
                }
                if self.at == start {
                    break;
                }
            }
            parts.push(self.token());
        }
        parts.push(Doc::word(" "));
        parts.push(self.value());
        Doc::concat(parts)
    }

    /// What stands after an arrow or bars: a block, an expression, or a statement that leaves.
    pub(super) fn value(&mut self) -> Doc<'s> {
        match self.peek() {
            T::BlockOpen => self.block(),
            T::Throw | T::Return | T::Break | T::Continue => self.jump(),
            _ => self.expression(),
        }
    }

    /// `if c { } else if d { } else { }`; the blocks stand on one line together or not at all.
    fn condition(&mut self) -> Doc<'s> {
        let mut blocks = Blocks::default();
        loop {
            if self.is(T::If) {
                blocks.parts.push(self.word());
                blocks.parts.push(self.expression().indent().indent());
                blocks.parts.push(Doc::word(" "));
            }
            self.one_of(&mut blocks);
            if !self.is(T::Else) {
                return blocks.group(true);
            }
            blocks.before = self.take_comments();
            blocks.parts.extend([Doc::word(" "), self.word()]);
            blocks.before.extend(self.take_comments());
        }
    }

    /// `match v { … }`
    fn matching(&mut self) -> Doc<'s> {
        let mut parts = vec![self.word(), self.expression().indent().indent(), Doc::word(" ")];
        if self.is(T::MatchOpen) {
            parts.push(self.braced(Vec::new(), true, Self::arm));
        }
        Doc::concat(parts)
    }

    /// `1, 2 if c => value`
    fn arm(&mut self) -> Doc<'s> {
        let mut parts = Vec::new();
        while !matches!(self.peek(), T::Arrow | T::If | T::Terminator | T::BlockClose) {
            let start = self.at;
            match self.peek() {
                T::Comma => parts.push(self.word()),
                _ => parts.push(self.chain()),
            }
            if self.at == start {
                break;
            }
        }
        if self.is(T::If) {
            parts.extend([Doc::word(" "), self.word(), self.expression()]);
        }
        if self.is(T::Arrow) {
            parts.extend([Doc::word(" "), self.word(), self.value()]);
        }
        Doc::concat(parts)
    }
}

fn is_assignment(kind: T) -> bool {
    use T::{CoalesceEqual, Equal, MinusEqual, PercentEqual, PlusEqual, SlashEqual, StarEqual};
    matches!(kind, Equal | PlusEqual | MinusEqual | StarEqual | SlashEqual | PercentEqual | CoalesceEqual)
}

fn is_operand(kind: T) -> bool {
    use T::{False, FormatStart, Name, Nil, Number, RawString, String, True};
    matches!(kind, Name | Number | String | RawString | FormatStart | True | False | Nil)
}
