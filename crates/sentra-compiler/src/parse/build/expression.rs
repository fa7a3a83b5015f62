//! The expressions that the grammar's actions build.

use super::{Body, Builder};
use crate::ast::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::lex::literal;
use crate::span::Span;

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
