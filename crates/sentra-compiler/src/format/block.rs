//! Blocks, the arms of a `match` and the cases of a `select`: what stands between braces, an item
//! a line.

use super::builder::Builder;
use super::doc::{Doc, Group};
use super::lexeme::Comment;
use crate::token::TokenKind as T;

/// What stands between the braces of a block.
pub(super) struct Body<'s> {
    /// With the places to break before it and behind it.
    pub inside: Doc<'s>,
    /// It cannot stand on one line, or did not.
    pub broken: bool,
    /// Its first brace, behind which it may break if there is something in it.
    pub bracket: Option<u32>,
}

/// The blocks of one `if` or `try`, which stand on one line together or not at all.
#[derive(Default)]
pub(super) struct Blocks<'s> {
    pub parts: Vec<Doc<'s>>,
    /// Comments that come first in the next block.
    pub before: Vec<Comment>,
    broken: bool,
    bracket: Option<u32>,
}

impl<'s> Blocks<'s> {
    pub(super) fn group(self, target: bool) -> Doc<'s> {
        let content = Doc::concat(self.parts);
        Group { content, forced: self.broken, hugs: false, target, bracket: self.bracket }.doc()
    }
}

impl<'s> Builder<'s> {
    /// The next of several blocks.
    pub(super) fn one_of(&mut self, blocks: &mut Blocks<'s>) {
        if self.is(T::BlockOpen) {
            let body = self.body(std::mem::take(&mut blocks.before), false, Self::statement);
            blocks.broken |= body.broken;
            blocks.bracket = blocks.bracket.or(body.bracket);
            blocks.parts.push(body.inside);
        }
    }

    /// All statements of the file.
    pub(super) fn file(&mut self) -> Doc<'s> {
        let mut parts = Vec::new();
        let mut first = true;
        loop {
            let (mut before, blank) = self.next_gap();
            let ends = self.at_end();
            if !first {
                parts.push(self.trailing(&mut before, ends));
            }
            if before.is_empty() && ends {
                break;
            }
            if !first {
                parts.push(Doc::hard(before.first().map_or(blank, |comment| comment.blank_before)));
            }
            first = false;
            if ends {
                parts.push(self.last_comments(&before));
                break;
            }
            parts.push(self.leading(&before, blank));
            parts.push(self.item(Self::statement));
        }
        Doc::concat(parts)
    }

    /// Skips the ends of statements: the comments before what follows, and whether an empty line
    /// stands right before that.
    fn next_gap(&mut self) -> (Vec<Comment>, bool) {
        while self.is(T::Terminator) && !self.at_end() {
            self.at += 1;
        }
        (self.take_comments(), self.lexeme().blank_before)
    }

    /// Comments with nothing behind them.
    pub(super) fn last_comments(&self, comments: &[Comment]) -> Doc<'s> {
        let mut parts = Vec::new();
        for (index, comment) in comments.iter().enumerate() {
            if index > 0 {
                parts.push(if comment.own_line { Doc::hard(comment.blank_before) } else { Doc::word(" ") });
            }
            parts.push(self.comment_text(comment));
        }
        Doc::concat(parts)
    }

    /// A block as a group of its own.
    pub(super) fn block(&mut self) -> Doc<'s> {
        self.braced(Vec::new(), false, Self::statement)
    }

    /// Braces with an item a line; the group keeps a break behind the first brace.
    pub(super) fn braced(
        &mut self,
        before: Vec<Comment>,
        commas: bool,
        read: impl FnMut(&mut Self) -> Doc<'s>,
    ) -> Doc<'s> {
        let body = self.body(before, commas, read);
        Group { content: body.inside, forced: body.broken, hugs: false, target: true, bracket: body.bracket }.doc()
    }

    /// A block's braces and what stands between them. `before` are comments that come first in it.
    pub(super) fn body(
        &mut self,
        before: Vec<Comment>,
        commas: bool,
        mut read: impl FnMut(&mut Self) -> Doc<'s>,
    ) -> Body<'s> {
        let bracket = self.lexeme().span.start;
        let open = self.token();
        let mut broken = self.all_broken || self.broken.contains(&bracket);
        let (mut comments, mut blank) = self.next_gap();
        if self.is(T::BlockClose) && comments.is_empty() && before.is_empty() {
            let inside = Doc::concat(vec![open, self.token()]);
            return Body { inside, broken: false, bracket: None };
        }
        broken |= comments.first().map_or(self.lexeme().newline_before, |comment| comment.own_line);
        let opening = self.trailing(&mut comments, false);
        broken |= !before.is_empty();
        comments.splice(0..0, standing(before));
        let mut parts = vec![opening];
        if !comments.is_empty() || !self.is(T::BlockClose) {
            parts.push(Doc::line());
        }
        let mut count = 0;
        while !self.is(T::BlockClose) && !self.at_end() {
            if count > 0 {
                parts.push(self.between(&comments, blank, commas));
            }
            broken |= comments.iter().any(|comment| comment.last_on_line);
            parts.push(self.leading(&comments, blank));
            let item = self.item(&mut read);
            broken |= item.forced || item.hard;
            parts.push(item);
            let behind = self.take_comments();
            self.token_if(T::Comma);
            (comments, blank) = self.next_gap();
            comments.splice(0..0, behind);
            let last = self.is(T::BlockClose);
            parts.push(self.trailing(&mut comments, last));
            count += 1;
        }
        broken |= count > 1 && !commas;
        if !comments.is_empty() {
            broken = true;
            if count > 0 {
                parts.push(Doc::hard(comments[0].blank_before));
            }
            parts.push(self.last_comments(&comments));
        }
        let inside = Doc::concat(vec![open, Doc::concat(parts).indent(), Doc::line(), self.token()]);
        Body { inside, broken, bracket: Some(bracket) }
    }

    /// What separates two items.
    fn between(&self, comments: &[Comment], blank: bool, commas: bool) -> Doc<'s> {
        let blank = comments.first().map_or(blank, |comment| comment.blank_before);
        match commas && comments.is_empty() && !blank {
            true => Doc::line_or(", "),
            false => Doc::hard(blank),
        }
    }

    /// `{ case … }`
    pub(super) fn cases(&mut self) -> Doc<'s> {
        let mut body = self.body(Vec::new(), false, Self::case);
        body.broken = true;
        Group { content: body.inside, forced: true, hugs: false, target: false, bracket: None }.doc()
    }

    /// `case …:` with its statements, on its line if there is one that stood there.
    fn case(&mut self) -> Doc<'s> {
        let mut head = vec![self.token()];
        if !self.is(T::Colon) {
            head.push(Doc::word(" "));
            if matches!(self.peek(), T::Let | T::Var | T::Const) {
                head.push(self.word());
            }
            head.push(self.expression());
        }
        let bracket = self.lexeme().span.start;
        head.push(self.token());
        let mut parts = Vec::new();
        let (mut comments, mut blank) = self.next_gap_in_case();
        let mut stands = comments.is_empty() && !self.lexeme().newline_before;
        parts.push(self.trailing(&mut comments, false));
        parts.push(Doc::line());
        let mut count = 0;
        while !matches!(self.peek(), T::Case | T::Default | T::BlockClose) && !self.at_end() {
            if count > 0 {
                parts.push(Doc::hard(comments.first().map_or(blank, |comment| comment.blank_before)));
            }
            parts.push(self.leading(&comments, blank));
            let item = self.item(Self::statement);
            parts.push(item);
            count += 1;
            let after = self.at;
            (comments, blank) = self.next_gap_in_case();
            if matches!(self.peek(), T::Case | T::Default | T::BlockClose) {
                self.at = after;
                break;
            }
            parts.push(self.trailing(&mut comments, false));
        }
        if count == 0 {
            return Doc::concat(head);
        }
        stands &= count == 1 && !self.all_broken && !self.broken.contains(&bracket);
        let content = Doc::concat(vec![Doc::concat(head), Doc::concat(parts).indent()]);
        Group { content, forced: !stands, hugs: false, target: false, bracket: Some(bracket) }.doc()
    }

    /// The same as the next gap, but comments before another case are left to that.
    fn next_gap_in_case(&mut self) -> (Vec<Comment>, bool) {
        while self.is(T::Terminator) && !self.at_end() {
            self.at += 1;
        }
        match self.peek() {
            T::Case | T::Default | T::BlockClose => (Vec::new(), false),
            _ => (self.take_comments(), self.lexeme().blank_before),
        }
    }
}

/// Comments that get lines of their own now.
fn standing(comments: Vec<Comment>) -> Vec<Comment> {
    comments.into_iter().map(|comment| Comment { own_line: true, last_on_line: true, ..comment }).collect()
}
