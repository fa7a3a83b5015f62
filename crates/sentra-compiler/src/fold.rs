//! What is known before the program runs: constants, dead branches, logic.
//!
//! It follows the language's number rules exactly and leaves alone whatever would fault.

mod number;
mod walk;

pub use number::{binary, is_true, number, unary};
pub use walk::fold;

use crate::ir::{Constant, Expr, ExprKind};

/// The value of an expression made of literals and operators alone.
pub fn constant(expr: &Expr) -> Option<Constant> {
    match &expr.kind {
        ExprKind::Constant(constant) => Some(constant.clone()),
        ExprKind::Unary(operator, operand) => unary(*operator, &constant(operand)?),
        ExprKind::Binary(operator, left, right) => binary(*operator, &constant(left)?, &constant(right)?),
        _ => None,
    }
}
