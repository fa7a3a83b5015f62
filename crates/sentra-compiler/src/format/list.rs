//! Lists in brackets: arguments, parameters, arrays, maps, the clauses of a loop.

use super::builder::Builder;
use super::doc::{Doc, Group};
use super::lexeme::Comment;
use crate::token::TokenKind as T;

/// What the elements of a list are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// Arguments of a call.
    Arguments,
    /// Parameters of a function.
    Parameters,
    /// An array or an array pattern.
    Array,
    /// A map, a map pattern or the names of an import.
    Map,
    /// One expression, or the head of a loop: no comma may end it.
    Single,
}

/// What an element is, as far as it matters for its list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A function or a block, up to its last bracket.
    Block,
    /// It ends with a bracket.
    Bracketed,
    /// `...rest`
    Rest,
    Other,
}

/// An element with what follows it.
struct Element<'s> {
    doc: Doc<'s>,
    shape: Shape,
    /// What separates it from the next one, if there is one.
    mark: Option<Doc<'s>>,
    /// The comments behind it, and the place to break.
    after: Doc<'s>,
}

impl<'s> Builder<'s> {
    /// A list with its brackets.
    pub(super) fn list(&mut self, list: List) -> Doc<'s> {
        let opener = self.lexeme();
        let closer = closer(opener.kind);
        let open = self.token();
        let kept = list == List::Map && !self.is(closer);
        let mut forced = kept && (self.all_broken || self.broken.contains(&opener.span.start));
        let mut comments = self.take_comments();
        if self.is(closer) && comments.is_empty() {
            return Doc::concat(vec![open, self.token()]);
        }
        forced |= kept && comments.first().map_or(self.lexeme().newline_before, |comment| comment.own_line);
        // Behind the bracket on one line with what follows, such a comment would belong to that the next time.
        let ends_line = |comment: &&Comment| !comment.own_line && comment.last_on_line;
        forced |= !self.is(closer) && comments.iter().take_while(ends_line).any(|comment| !comment.line);
        let mut parts = vec![self.trailing(&mut comments, self.is(closer))];
        let (elements, left) = self.elements(list, closer, comments, &mut forced);
        if !elements.is_empty() || !left.is_empty() {
            parts.push(Doc::soft());
        }
        let empty = elements.is_empty();
        forced |= arrange(list, elements, &mut parts);
        if !left.is_empty() {
            forced = true;
            if !empty {
                parts.push(Doc::hard(left[0].blank_before));
            }
            parts.push(self.last_comments(&left));
        }
        let content = Doc::concat(vec![open, Doc::concat(parts).indent(), Doc::soft(), self.token()]);
        // An index is no part that stays open.
        let target = matches!(list, List::Array | List::Map);
        // Only what stays broken once it is tells that it broke.
        let bracket = kept.then_some(opener.span.start);
        Group { content, forced, hugs: list != List::Map, target, bracket }.doc()
    }

    /// The elements, and the comments behind the last one.
    fn elements(
        &mut self,
        list: List,
        closer: T,
        mut comments: Vec<Comment>,
        forced: &mut bool,
    ) -> (Vec<Element<'s>>, Vec<Comment>) {
        let mut elements: Vec<Element<'s>> = Vec::new();
        while !self.is(closer) && !self.at_end() {
            let start = self.at;
            *forced |= comments.iter().any(|comment| comment.last_on_line);
            let before = self.leading(&comments, self.lexeme().blank_before);
            let (doc, shape) = self.element(list);
            let mut element = Element { doc: Doc::concat(vec![before, doc]), shape, mark: None, after: Doc::nothing() };
            comments = self.separator(closer, list, &mut element);
            elements.push(element);
            if self.at == start {
                break;
            }
        }
        (elements, comments)
    }

    /// `,` or `;` with the comments round it. Those that it gives back belong to the next element.
    fn separator(&mut self, closer: T, list: List, element: &mut Element<'s>) -> Vec<Comment> {
        let mut comments = self.take_comments();
        let last = self.is(closer);
        let mut after = vec![self.trailing(&mut comments, last)];
        let kind = self.peek();
        if matches!(kind, T::Comma | T::Semicolon) {
            let mark = self.token();
            comments.extend(self.take_comments());
            let last = self.is(closer);
            after.push(self.trailing(&mut comments, last));
            element.mark = (!last || kind == T::Semicolon).then_some(mark);
            if !(last || kind == T::Semicolon && self.is(T::Semicolon)) {
                let lines = matches!(list, List::Array | List::Map);
                let blank = comments.first().map_or(self.lexeme().blank_before, |comment| comment.blank_before);
                after.push(if lines && blank { Doc::blank_line() } else { Doc::line() });
            }
        }
        element.after = Doc::concat(after);
        comments
    }

    /// One element: an expression, `key: value`, `from:to`, `name as other`, or `...rest`.
    fn element(&mut self, list: List) -> (Doc<'s>, Shape) {
        let mut shape = Shape::Other;
        let doc = self.item(|builder| {
            let mut parts = Vec::new();
            while matches!(builder.peek(), T::Let | T::Var | T::Const) {
                parts.push(builder.word());
            }
            if builder.is(T::Ellipsis) {
                parts.extend([builder.token(), builder.token()]);
                shape = Shape::Rest;
                return Doc::concat(parts);
            }
            let start = builder.at;
            if !matches!(builder.peek(), T::Colon | T::Semicolon) {
                parts.push(builder.expression());
                shape = builder.shape(start);
            }
            if builder.is(T::As) {
                parts.extend([Doc::word(" "), builder.word(), builder.token()]);
            }
            Doc::concat(parts)
        });
        if !self.is(T::Colon) {
            return (doc, shape);
        }
        let mut parts = vec![doc, self.token()];
        if list == List::Map {
            parts.push(Doc::word(" "));
        }
        if !self.is(T::RightSquare) {
            let value = self.item(Self::expression);
            parts.push(value);
        }
        (Doc::concat(parts), Shape::Other)
    }

    /// What the element from `start` up to here is.
    fn shape(&self, start: usize) -> Shape {
        let last = self.lexemes[self.at.saturating_sub(1)].kind;
        let closes = matches!(last, T::BlockClose | T::RightParen | T::RightSquare | T::MapClose);
        match self.lexemes[start].kind {
            T::Fn | T::Bar | T::Bars if closes => Shape::Block,
            T::If | T::Match | T::Spawn if last == T::BlockClose => Shape::Block,
            _ if closes => Shape::Bracketed,
            _ => Shape::Other,
        }
    }
}

/// Puts the elements one after the other. Whether the list has to break for one of them.
fn arrange<'s>(list: List, elements: Vec<Element<'s>>, parts: &mut Vec<Doc<'s>>) -> bool {
    let chosen = chosen(list, &elements);
    let count = elements.len();
    let mut forced = false;
    for (index, element) in elements.into_iter().enumerate() {
        let stays = chosen == Some(index);
        forced |= !stays && element.doc.forced && list != List::Single;
        parts.push(if stays { element.doc } else { element.doc.sealed() });
        let comma = index + 1 == count && element.shape != Shape::Rest && list != List::Single;
        match element.mark {
            Some(mark) => parts.push(mark),
            None if comma => parts.push(Doc::if_broken(",")),
            None => {}
        }
        parts.push(element.after);
    }
    forced
}

/// The element that may stay open while the list stands round it on one line: the only one that ends
/// with a block, else the last if it ends with a bracket.
fn chosen(list: List, elements: &[Element<'_>]) -> Option<usize> {
    let only = elements.len() == 1;
    let mut blocks = elements.iter().enumerate().filter(|(_, element)| element.shape == Shape::Block);
    match (list, blocks.next(), blocks.next()) {
        (List::Map, ..) | (_, Some(_), Some(_)) => None,
        (List::Array, ..) if !only => None,
        (_, Some((index, _)), None) => Some(index),
        _ => elements.len().checked_sub(1).filter(|last| elements[*last].shape == Shape::Bracketed),
    }
}

fn closer(opener: T) -> T {
    match opener {
        T::LeftParen => T::RightParen,
        T::LeftSquare => T::RightSquare,
        _ => T::MapClose,
    }
}
