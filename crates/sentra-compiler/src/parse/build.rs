//! What the grammar's actions build. Each function makes one node, checks what the grammar cannot
//! say, and keeps the tree's depth within its limit.

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

/// Expressions.
impl Builder<'_> {
    /// A literal with its sign is a literal.
    pub(crate) fn unary(&mut self, l: u32, operator: UnaryOperator, operand: Expression) -> Expression {
        let span = Span::new(l, operand.span.end);
        let kind = match (operator, &operand.kind) {
            (UnaryOperator::Negate, ExpressionKind::Integer(value)) => match value.checked_neg() {
                Some(value) => ExpressionKind::Integer(value),
                None => ExpressionKind::Float(-(*value as f64)),
            },
            (UnaryOperator::Negate, ExpressionKind::Float(value)) => {
                match literal::number(self.text(operand.span.start, operand.span.end)) {
                    literal::Number::Float(magnitude) if self.is_smallest(operand.span) && magnitude == *value => {
                        ExpressionKind::Integer(i64::MIN)
                    }
                    _ => ExpressionKind::Float(-value),
                }
            }
            _ => ExpressionKind::Unary(operator, Box::new(operand)),
        };
        self.expression(kind, span)
    }

    /// Whether the digits are those of the smallest integer, which has no positive counterpart.
    fn is_smallest(&self, span: Span) -> bool {
        let digits = self.text(span.start, span.end).iter().filter(|byte| **byte != b'_');
        digits.eq(b"9223372036854775808")
    }

    pub(crate) fn receive(&mut self, l: u32, channel: Expression) -> Expression {
        let span = Span::new(l, channel.span.end);
        self.expression(ExpressionKind::Receive(Box::new(channel)), span)
    }

    pub(crate) fn spawn(&mut self, l: u32, started: Expression) -> Expression {
        let span = Span::new(l, started.span.end);
        if !matches!(started.kind, ExpressionKind::Call { .. } | ExpressionKind::Error) {
            self.unexpected(started.span, "expected a call or a block after `spawn`");
        }
        self.expression(ExpressionKind::Spawn(Box::new(started)), span)
    }

    pub(crate) fn spawn_block(&mut self, block: Block, span: Span) -> Expression {
        let block = self.block_expression(block);
        self.expression(ExpressionKind::Spawn(Box::new(block)), span)
    }

    pub(crate) fn block_expression(&mut self, block: Block) -> Expression {
        let span = block.span;
        self.expression(ExpressionKind::Block(block), span)
    }

    /// A statement where a value is expected: a block that holds it.
    pub(crate) fn statement_value(&mut self, kind: StatementKind, span: Span) -> Expression {
        let block = self.new_block(vec![Statement { kind, span }], span);
        self.block_expression(block)
    }

    pub(crate) fn send_value(&mut self, channel: Expression, value: Expression) -> Expression {
        let span = channel.span.to(value.span);
        self.statement_value(StatementKind::Send { channel, value }, span)
    }

    pub(crate) fn ternary(&mut self, condition: Expression, then: Expression, otherwise: Expression) -> Expression {
        let span = condition.span.to(otherwise.span);
        let kind = ExpressionKind::Ternary(Box::new(condition), Box::new(then), Box::new(otherwise));
        self.expression(kind, span)
    }

    pub(crate) fn assign(&mut self, target: Expression, operator: AssignOperator, value: Expression) -> Expression {
        use ExpressionKind as E;
        let span = target.span.to(value.span);
        match target.kind {
            E::Name(_) | E::Index(..) | E::Field { access: Access::Dot, .. } | E::Error => {}
            _ => {
                let message = "this cannot be assigned to";
                let help = "only variables, elements and fields can";
                self.report(Diagnostic::new(Code::BadTarget, target.span, message).with_help(help));
                return self.expression(E::Error, span);
            }
        }
        self.expression(E::Assign { target: Box::new(target), operator, value: Box::new(value) }, span)
    }

    pub(crate) fn parenthesized(&mut self, mut inner: Expression, l: u32, r: u32) -> Expression {
        inner.span = Span::new(l, r);
        inner
    }

    pub(crate) fn call(&mut self, callee: Expression, arguments: Vec<Expression>, r: u32) -> Expression {
        let span = Span::new(callee.span.start, r);
        self.expression(ExpressionKind::Call { callee: Box::new(callee), arguments }, span)
    }

    pub(crate) fn index(&mut self, object: Expression, index: Expression, r: u32) -> Expression {
        let span = Span::new(object.span.start, r);
        self.expression(ExpressionKind::Index(Box::new(object), Box::new(index)), span)
    }

    pub(crate) fn slice(
        &mut self,
        object: Expression,
        from: Option<Expression>,
        to: Option<Expression>,
        r: u32,
    ) -> Expression {
        let span = Span::new(object.span.start, r);
        let (from, to) = (from.map(Box::new), to.map(Box::new));
        self.expression(ExpressionKind::Slice { object: Box::new(object), from, to }, span)
    }

    pub(crate) fn field(&mut self, object: Expression, name: Name, access: Access) -> Expression {
        let span = object.span.to(name.span);
        self.expression(ExpressionKind::Field { object: Box::new(object), name, access }, span)
    }

    pub(crate) fn if_expression(
        &mut self,
        condition: Expression,
        then: Block,
        otherwise: Option<Expression>,
        span: Span,
    ) -> Expression {
        let otherwise = otherwise.map(Box::new);
        self.expression(ExpressionKind::If { condition: Box::new(condition), then, otherwise }, span)
    }

    pub(crate) fn match_expression(&mut self, value: Expression, span: Span) -> Expression {
        let Some(Body::Arms(arms)) = self.bodies.pop_front() else {
            unreachable!("each match token has its arms, in order")
        };
        self.expression(ExpressionKind::Match { value: Box::new(value), arms }, span)
    }
}

/// Functions and patterns.
impl Builder<'_> {
    pub(crate) fn lambda(&mut self, parameters: Parameters, body: FunctionBody, span: Span) -> Expression {
        let Parameters { list: parameters, rest } = parameters;
        self.expression(ExpressionKind::Lambda(Box::new(Function { parameters, rest, body, span })), span)
    }

    pub(crate) fn function(
        &mut self,
        name: Name,
        parameters: Parameters,
        body: FunctionBody,
        export: bool,
        span: Span,
    ) -> Box<StatementKind> {
        let Parameters { list: parameters, rest } = parameters;
        let function = Box::new(Function { parameters, rest, body, span });
        Box::new(StatementKind::Function { name, function, export })
    }

    pub(crate) fn parameter(&mut self, pattern: Pattern, default: Option<Expression>) -> Parameter {
        self.check_binds(&pattern);
        Parameter { pattern, default }
    }

    pub(crate) fn name_pattern(&self, name: Name) -> PatternKind {
        name_kind(name)
    }

    /// Refuses the patterns that only a `match` can take.
    fn check_binds(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Name(_) => {}
            PatternKind::Literal(_) | PatternKind::Range { .. } => {
                self.unexpected(pattern.span, "expected a name, found a literal");
            }
            PatternKind::Array { elements, .. } => elements.iter().for_each(|element| self.check_binds(element)),
            PatternKind::Map(fields) => fields.iter().for_each(|(_, field)| self.check_binds(field)),
        }
    }
}

/// Statements.
impl Builder<'_> {
    pub(crate) fn variable(
        &mut self,
        declaration: Declaration,
        pattern: Pattern,
        value: Option<Expression>,
        export: bool,
    ) -> Box<StatementKind> {
        self.check_binds(&pattern);
        let needs_value = declaration == Declaration::Const || !matches!(pattern.kind, PatternKind::Name(_));
        if value.is_none() && needs_value {
            self.unexpected(pattern.span, "expected a value: `= …`");
        }
        Box::new(StatementKind::Variable { declaration, pattern, value, export })
    }

    pub(crate) fn try_statement(
        &mut self,
        body: Block,
        catch: Option<Catch>,
        finally: Option<Block>,
    ) -> Box<StatementKind> {
        if catch.is_none() && finally.is_none() {
            let end = Span::new(body.span.end.saturating_sub(1), body.span.end);
            self.unexpected(end, "expected `catch` or `finally` after the block of a `try`");
        }
        Box::new(StatementKind::Try { body, catch, finally })
    }

    pub(crate) fn defer(&mut self, call: Expression) -> Box<StatementKind> {
        if !matches!(call.kind, ExpressionKind::Call { .. } | ExpressionKind::Error) {
            self.unexpected(call.span, "expected a call after `defer`");
        }
        Box::new(StatementKind::Defer(call))
    }

    pub(crate) fn select(&mut self) -> Box<StatementKind> {
        let Some(Body::Cases { arms, default }) = self.bodies.pop_front() else {
            unreachable!("each select token has its arms, in order")
        };
        Box::new(StatementKind::Select { arms, default })
    }

    pub(crate) fn case_receive(&mut self, name: Option<Name>, operation: Expression) -> Box<SelectOperation> {
        let span = operation.span;
        let channel = match operation.kind {
            ExpressionKind::Receive(channel) => *channel,
            ExpressionKind::Error => operation,
            _ => {
                self.unexpected(span, "expected `<-channel` or `channel <- value`");
                operation
            }
        };
        Box::new(SelectOperation::Receive { name, channel })
    }

    /// Gives a loop its label.
    pub(crate) fn labelled(&self, name: Option<Name>, mut kind: Box<StatementKind>) -> Box<StatementKind> {
        use StatementKind as S;
        if let S::While { label, .. } | S::Loop { label, .. } | S::ForClauses { label, .. } | S::ForIn { label, .. } =
            &mut *kind
        {
            *label = name;
        }
        kind
    }

    pub(crate) fn for_in(&mut self, binding: Binding, iterable: Expression, body: Block) -> Box<StatementKind> {
        let Binding { key, value } = binding;
        key.iter().for_each(|key| self.check_binds(key));
        self.check_binds(&value);
        Box::new(StatementKind::ForIn { label: None, key, value, iterable, body })
    }

    /// `for (x in xs)`: what stands in the parentheses has been read as an expression.
    pub(crate) fn for_expression(&mut self, head: Expression, body: Block) -> Box<StatementKind> {
        let span = head.span;
        let message = match head.kind {
            ExpressionKind::Binary(BinaryOperator::In, value, iterable) => match value.kind {
                ExpressionKind::Name(name) => return self.for_in(Binding::name(name), *iterable, body),
                _ => "expected a name before `in`; other patterns stand there without parentheses",
            },
            ExpressionKind::Error => return Box::new(StatementKind::Error),
            _ => "expected `name in values` or three clauses with `;` between them",
        };
        self.unexpected(span, message);
        Box::new(StatementKind::Error)
    }
}
