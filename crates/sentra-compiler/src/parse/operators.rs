//! The precedence of operators: a chain of operands becomes a tree as it is read, in linear time.

use super::build::Builder;
use crate::ast::{BinaryOperator, Expression, ExpressionKind, LogicalOperator, UnaryOperator};

/// An operator between two operands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operator {
    Logical(LogicalOperator),
    Binary(BinaryOperator),
    NotIn,
    Range { inclusive: bool },
}

impl Operator {
    /// How tightly it binds; of equals the left one comes first.
    fn level(self) -> u8 {
        use BinaryOperator as B;
        match self {
            Self::Logical(LogicalOperator::Coalesce) => 1,
            Self::Logical(LogicalOperator::Or) => 2,
            Self::Logical(LogicalOperator::And) => 3,
            Self::Binary(B::Equal | B::NotEqual) => 4,
            Self::Binary(B::Less | B::LessEqual | B::Greater | B::GreaterEqual | B::In) | Self::NotIn => 5,
            Self::Binary(B::BitOr) => 6,
            Self::Binary(B::BitXor) => 7,
            Self::Binary(B::BitAnd) => 8,
            Self::Binary(B::ShiftLeft | B::ShiftRight) => 9,
            Self::Range { .. } => 10,
            Self::Binary(B::Add | B::Subtract) => 11,
            Self::Binary(B::Multiply | B::Divide | B::Remainder) => 12,
        }
    }
}

/// Operands and operators read so far; those that wait are of rising levels.
#[derive(Debug)]
pub(crate) struct Chain {
    waiting: Vec<(Expression, Operator)>,
    last: Expression,
}

impl Chain {
    pub(crate) fn new(first: Expression) -> Self {
        Self { waiting: Vec::new(), last: first }
    }
}

impl Builder<'_> {
    pub(crate) fn push(&mut self, chain: &mut Chain, operator: Operator, operand: Expression) {
        let mut left = std::mem::replace(&mut chain.last, operand);
        while let Some((before, waiting)) = chain.waiting.pop_if(|(_, waiting)| waiting.level() >= operator.level()) {
            left = self.join(before, waiting, left);
        }
        chain.waiting.push((left, operator));
    }

    pub(crate) fn finish(&mut self, chain: Chain) -> Expression {
        let mut value = chain.last;
        for (left, operator) in chain.waiting.into_iter().rev() {
            value = self.join(left, operator, value);
        }
        value
    }

    pub(crate) fn finish_with(&mut self, mut chain: Chain, operator: Operator, last: Expression) -> Expression {
        self.push(&mut chain, operator, last);
        self.finish(chain)
    }

    fn join(&mut self, left: Expression, operator: Operator, right: Expression) -> Expression {
        let span = left.span.to(right.span);
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = match operator {
            Operator::Logical(operator) => ExpressionKind::Logical(operator, left, right),
            Operator::Binary(operator) => ExpressionKind::Binary(operator, left, right),
            Operator::Range { inclusive } => ExpressionKind::Range { from: left, to: right, inclusive },
            Operator::NotIn => {
                let inside = self.expression(ExpressionKind::Binary(BinaryOperator::In, left, right), span);
                ExpressionKind::Unary(UnaryOperator::Not, Box::new(inside))
            }
        };
        self.expression(kind, span)
    }
}
