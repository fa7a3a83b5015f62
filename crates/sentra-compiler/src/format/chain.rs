//! Chains: operands with operators between them, and an operand with calls, indices and fields
//! behind it. Operators end a line where it breaks, dots begin one.

use super::builder::Builder;
use super::doc::{Doc, Group};
use super::list::List;
use crate::token::TokenKind as T;

/// An operator with the operand to its right.
struct Link<'s> {
    level: u8,
    operator: Doc<'s>,
    /// The place to break behind the operator, with the comments there.
    gap: Doc<'s>,
    operand: Doc<'s>,
}

impl<'s> Builder<'s> {
    /// Operands with operators between them.
    pub(super) fn chain(&mut self) -> Doc<'s> {
        let first = self.unary();
        let mut links = Vec::new();
        while let Some(level) = self.level() {
            let mut comments = self.take_comments();
            let mut operator = self.token();
            if self.is(T::In) && self.lexemes[self.at - 1].kind == T::Not {
                operator = Doc::concat(vec![operator, Doc::word(" "), self.token()]);
            }
            comments.extend(self.take_comments());
            let behind = self.trailing(&mut comments, false);
            let place = if level == RANGE && comments.is_empty() { Doc::nothing() } else { Doc::line() };
            let gap = Doc::concat(vec![behind, place, self.leading(&comments, false)]);
            let operand = self.unary();
            links.push(Link { level, operator, gap, operand });
        }
        join(first, links)
    }

    /// How tightly the operator that comes next binds, if it is one.
    fn level(&self) -> Option<u8> {
        Some(match self.peek() {
            T::Coalesce => 1,
            T::OrOr | T::Or => 2,
            T::AndAnd | T::And => 3,
            T::EqualEqual | T::BangEqual => 4,
            T::Less | T::LessEqual | T::Greater | T::GreaterEqual | T::In => 5,
            T::Not if self.peek_after() == T::In => 5,
            T::Pipe => 6,
            T::Caret => 7,
            T::Ampersand => 8,
            T::ShiftLeft | T::ShiftRight => 9,
            T::DotDot | T::DotDotEqual => RANGE,
            T::Plus | T::Minus => 11,
            T::Star | T::Slash | T::Percent => 12,
            _ => return None,
        })
    }

    /// An operand with what follows it.
    pub(super) fn postfix(&mut self) -> Doc<'s> {
        let simple = self.is(T::Name);
        let first = self.primary();
        let mut links: Vec<Doc<'s>> = Vec::new();
        // The calls that begin with a dot, where a long chain breaks.
        let mut places: Vec<Place> = Vec::new();
        loop {
            match self.peek() {
                T::LeftParen => links.push(self.list(List::Arguments)),
                T::LeftSquare => links.push(self.list(List::Single)),
                T::Dot | T::QuestionDot | T::ColonColon => {
                    let calls = self.lexemes.get(self.at + 2).is_some_and(|lexeme| lexeme.kind == T::LeftParen);
                    if calls && !self.is(T::ColonColon) {
                        let mut comments = self.take_comments();
                        links.push(self.trailing(&mut comments, false));
                        let dot = self.lexeme();
                        let broken = comments.first().map_or(dot.newline_before, |comment| comment.own_line);
                        places.push(Place { link: links.len(), dot: dot.span.start, broken });
                        links.push(self.leading(&comments, false));
                    }
                    links.extend([self.token(), self.token()]);
                }
                _ => break,
            }
        }
        let breaks = places.len() > 1 || places.len() == 1 && links.iter().any(|link| link.hard);
        let Some(first_place) = places.first().filter(|_| breaks) else {
            return Doc::concat([first].into_iter().chain(links).collect());
        };
        let attached = simple && !first_place.broken && places.len() > 1 && first_place.link <= 1;
        let places = &places[usize::from(attached)..];
        let content = chained(first, links, places);
        let forced = places[0].broken || self.all_broken || self.broken.contains(&places[0].dot);
        Group { content, forced, hugs: false, target: false, bracket: Some(places[0].dot) }.doc()
    }
}

/// Where a chain of calls may break.
struct Place {
    /// The link that begins the line then.
    link: usize,
    /// Where the dot is in the source.
    dot: u32,
    /// Whether the source has a new line here.
    broken: bool,
}

/// `..` binds its operands without spaces.
const RANGE: u8 = 10;

/// Puts the links behind the operand, with places to break.
fn chained<'s>(first: Doc<'s>, links: Vec<Doc<'s>>, places: &[Place]) -> Doc<'s> {
    let mut parts = Vec::with_capacity(links.len() * 2);
    let mut places = places.iter().peekable();
    for (index, link) in links.into_iter().enumerate() {
        if places.next_if(|place| place.link == index).is_some() {
            parts.push(Doc::soft());
        }
        parts.push(link);
    }
    Doc::concat(vec![first, Doc::concat(parts).indent()])
}

/// Operators of one level break together, those that bind less tightly before the others.
fn join<'s>(first: Doc<'s>, links: Vec<Link<'s>>) -> Doc<'s> {
    let mut waiting: Vec<Operands<'s>> = Vec::new();
    let mut last = first;
    for link in links {
        while let Some(before) = waiting.pop_if(|before| before.level > link.level) {
            last = before.finish(last);
        }
        match waiting.last_mut().filter(|before| before.level == link.level) {
            Some(before) => before.push(last, link.level, link.operator, link.gap),
            None => {
                let mut operands = Operands { level: link.level, first: None, rest: Vec::new() };
                operands.push(last, link.level, link.operator, link.gap);
                waiting.push(operands);
            }
        }
        last = link.operand;
    }
    while let Some(before) = waiting.pop() {
        last = before.finish(last);
    }
    last
}

/// Operands of operators of one level, up to the last operator.
struct Operands<'s> {
    level: u8,
    first: Option<Doc<'s>>,
    rest: Vec<Doc<'s>>,
}

impl<'s> Operands<'s> {
    fn push(&mut self, operand: Doc<'s>, level: u8, operator: Doc<'s>, gap: Doc<'s>) {
        match self.first {
            None => self.first = Some(operand),
            Some(_) => self.rest.push(operand),
        }
        if level != RANGE {
            self.rest.push(Doc::word(" "));
        }
        self.rest.extend([operator, gap]);
    }

    fn finish(mut self, last: Doc<'s>) -> Doc<'s> {
        self.rest.push(last);
        let rest = Doc::concat(self.rest).indent();
        Doc::concat(self.first.into_iter().chain([rest]).collect()).group()
    }
}
