//! What the grammar's actions build. Each function makes one node, checks what the grammar cannot
//! say, and keeps the tree's depth within its limit.

mod expression;
mod statement;

use std::collections::VecDeque;

use super::depth;
use crate::ast::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::lex::MAX_DIAGNOSTICS;
use crate::lex::literal;
use crate::span::Span;

/// What the generated parser returns.
pub(crate) enum Piece {
    Statement(Box<StatementKind>, Span),
    /// Arms of a `match`, which have been added to the builder's.
    Arms,
    /// The head of a `case`.
    Case(Box<SelectOperation>, Span),
    /// `default:`, with the place of its colon.
    Default(u32),
}

/// A block that was parsed before the piece in which it stands.
pub(crate) enum Body {
    Block(Block),
    Arms(Vec<MatchArm>),
    Cases { arms: Vec<SelectArm>, default: Option<Block> },
}

/// The parameters of a function.
#[derive(Default)]
pub(crate) struct Parameters {
    pub(crate) list: Vec<Parameter>,
    pub(crate) rest: Option<Name>,
}

/// What a `for … in` binds.
pub(crate) struct Binding {
    pub(crate) key: Option<Pattern>,
    pub(crate) value: Pattern,
}

impl Binding {
    fn name(value: Name) -> Self {
        Self { key: None, value: named(value) }
    }

    pub(crate) fn names(key: Name, value: Name) -> Self {
        Self { key: Some(named(key)), value: named(value) }
    }
}

fn named(name: Name) -> Pattern {
    Pattern { span: name.span, kind: name_kind(name) }
}

fn name_kind(name: Name) -> PatternKind {
    if &*name.text == "_" { PatternKind::Wildcard } else { PatternKind::Name(name) }
}

/// The state of building: the source, the blocks of the current piece, and what was reported.
pub(crate) struct Builder<'s> {
    pub(crate) source: &'s [u8],
    /// The current piece's blocks, in the order of the source.
    pub(crate) bodies: VecDeque<Body>,
    /// The arms that the current piece has.
    pub(crate) arms: Vec<MatchArm>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    too_deep: bool,
}

impl<'s> Builder<'s> {
    pub(crate) fn new(source: &'s [u8]) -> Self {
        Self { source, bodies: VecDeque::new(), arms: Vec::new(), diagnostics: Vec::new(), too_deep: false }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    fn unexpected(&mut self, span: Span, message: &str) {
        self.report(Diagnostic::new(Code::UnexpectedToken, span, message));
    }

    fn text(&self, l: u32, r: u32) -> &'s [u8] {
        self.source.get(l as usize..r as usize).unwrap_or_default()
    }

    /// Whether a node of this depth is refused; that is reported once.
    fn refuses(&mut self, depth: u32, span: Span) -> bool {
        if depth > MAX_DEPTH && !self.too_deep {
            self.too_deep = true;
            let start = Span::new(span.start, span.start + 1);
            self.report(Diagnostic::new(Code::TooDeep, start, "what begins here nests too deeply"));
        }
        depth > MAX_DEPTH
    }

    pub(crate) fn expression(&mut self, kind: ExpressionKind, span: Span) -> Expression {
        let depth = 1 + depth::of_parts(&kind);
        if self.refuses(depth, span) {
            return Expression { kind: ExpressionKind::Error, span, depth: 1 };
        }
        Expression { kind, span, depth }
    }

    pub(crate) fn new_block(&mut self, body: Vec<Statement>, span: Span) -> Block {
        let depth = 1 + body.iter().map(depth::of_statement).max().unwrap_or(0);
        if self.refuses(depth, span) {
            return Block { body: Vec::new(), span, depth: 1 };
        }
        Block { body, span, depth }
    }

    pub(crate) fn name(&self, l: u32, r: u32) -> Name {
        Name { text: String::from_utf8_lossy(self.text(l, r)).into(), span: Span::new(l, r) }
    }

    pub(crate) fn block(&mut self) -> Block {
        match self.bodies.pop_front() {
            Some(Body::Block(block)) => block,
            _ => unreachable!("each block token has its block, in order"),
        }
    }
}

/// Literals.
impl Builder<'_> {
    pub(crate) fn number(&mut self, l: u32, r: u32) -> Expression {
        let kind = match literal::number(self.text(l, r)) {
            literal::Number::Integer(value) => ExpressionKind::Integer(value),
            literal::Number::Float(value) => ExpressionKind::Float(value),
        };
        self.expression(kind, Span::new(l, r))
    }

    /// A string token's inside; one without closing quote goes to the token's end.
    fn inside(&self, l: u32, r: u32) -> &[u8] {
        let text = self.text(l, r);
        match text {
            [first, inside @ .., last] if first == last => inside,
            [_, inside @ ..] => inside,
            [] => text,
        }
    }

    pub(crate) fn string(&mut self, l: u32, r: u32) -> Expression {
        let value = literal::unescape(self.inside(l, r));
        self.expression(ExpressionKind::String(value), Span::new(l, r))
    }

    pub(crate) fn raw_string(&mut self, l: u32, r: u32) -> Expression {
        let value = self.inside(l, r).into();
        self.expression(ExpressionKind::String(value), Span::new(l, r))
    }

    /// A string that names something: a file or a key.
    pub(crate) fn string_name(&self, l: u32, r: u32) -> Name {
        let value = literal::unescape(self.inside(l, r));
        Name { text: String::from_utf8_lossy(&value).into(), span: Span::new(l, r) }
    }

    pub(crate) fn format_text(&self, l: u32, r: u32) -> FormatPart {
        FormatPart::Text(literal::unescape_format(self.text(l, r)))
    }

    pub(crate) fn name_expression(&mut self, name: Name) -> Expression {
        let span = name.span;
        self.expression(ExpressionKind::Name(name), span)
    }

    /// A bare key is the string of its name.
    pub(crate) fn key(&mut self, name: Name) -> Expression {
        let value = name.text.as_bytes().into();
        self.expression(ExpressionKind::String(value), name.span)
    }
}
