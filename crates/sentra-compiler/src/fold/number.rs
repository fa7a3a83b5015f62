//! Operators on constants: 64-bit integers while they fit, doubles beyond.

use crate::ast::{BinaryOperator, UnaryOperator};
use crate::ir::Constant;

/// Doubles hold every integer below this.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Folded strings stay below this, so that a short program cannot make huge constants.
const LONGEST: usize = 1 << 16;

/// A number as a constant: an integer if it is one that a double holds exactly.
pub fn number(value: f64) -> Constant {
    let integral = value.fract() == 0.0 && value.abs() < EXACT;
    match integral && !(value == 0.0 && value.is_sign_negative()) {
        true => Constant::Integer(value as i64),
        false => Constant::Float(value),
    }
}

/// Whether a condition holds.
pub fn is_true(constant: &Constant) -> bool {
    match constant {
        Constant::Nil => false,
        Constant::Boolean(value) => *value,
        Constant::Integer(value) => *value != 0,
        Constant::Float(value) => *value != 0.0,
        Constant::String(bytes) => !bytes.is_empty(),
    }
}

/// The result of an operator with one operand, unless it would fault.
pub fn unary(operator: UnaryOperator, operand: &Constant) -> Option<Constant> {
    Some(match (operator, operand) {
        (UnaryOperator::Not, operand) => Constant::Boolean(!is_true(operand)),
        (UnaryOperator::Negate, Constant::Integer(value)) => match value.checked_neg() {
            Some(value) => Constant::Integer(value),
            None => number(-(*value as f64)),
        },
        (UnaryOperator::Negate, Constant::Float(value)) => Constant::Float(-value),
        (UnaryOperator::BitNot, Constant::Integer(value)) => Constant::Integer(!value),
        _ => return None,
    })
}

/// The result of an operator with two operands, unless it would fault.
pub fn binary(operator: BinaryOperator, left: &Constant, right: &Constant) -> Option<Constant> {
    use Constant::{Float, Integer, String};
    match (left, right) {
        (Integer(left), Integer(right)) => integers(operator, *left, *right),
        (Integer(left), Float(right)) => doubles(operator, exact(*left)?, *right),
        (Float(left), Integer(right)) => doubles(operator, *left, exact(*right)?),
        (Float(left), Float(right)) => doubles(operator, *left, *right),
        (String(left), String(right)) => strings(operator, left, right),
        (String(left), Integer(right)) if operator == BinaryOperator::Add => joined(left, right.to_string().as_bytes()),
        (Integer(left), String(right)) if operator == BinaryOperator::Add => joined(left.to_string().as_bytes(), right),
        _ => None,
    }
}

/// The integer as a double, if that loses nothing.
fn exact(value: i64) -> Option<f64> {
    (value.unsigned_abs() < EXACT as u64).then_some(value as f64)
}

fn integers(operator: BinaryOperator, left: i64, right: i64) -> Option<Constant> {
    let wide = |exact: Option<i64>, rounded: f64| exact.map_or_else(|| Constant::Float(rounded), Constant::Integer);
    let (a, b) = (left as f64, right as f64);
    Some(match operator {
        BinaryOperator::Add => wide(left.checked_add(right), a + b),
        BinaryOperator::Subtract => wide(left.checked_sub(right), a - b),
        BinaryOperator::Multiply => wide(left.checked_mul(right), a * b),
        BinaryOperator::Divide | BinaryOperator::Remainder if right == 0 => return None,
        BinaryOperator::Divide => match left.checked_rem(right) {
            Some(0) => wide(left.checked_div(right), a / b),
            _ => number(a / b),
        },
        BinaryOperator::Remainder => Constant::Integer(left.wrapping_rem(right)),
        BinaryOperator::BitAnd => Constant::Integer(left & right),
        BinaryOperator::BitOr => Constant::Integer(left | right),
        BinaryOperator::BitXor => Constant::Integer(left ^ right),
        BinaryOperator::ShiftLeft if (0..64).contains(&right) => Constant::Integer(left << right),
        BinaryOperator::ShiftRight if (0..64).contains(&right) => Constant::Integer(left >> right),
        _ => Constant::Boolean(compare(operator, left.cmp(&right))?),
    })
}

fn doubles(operator: BinaryOperator, left: f64, right: f64) -> Option<Constant> {
    let value = match operator {
        BinaryOperator::Add => left + right,
        BinaryOperator::Subtract => left - right,
        BinaryOperator::Multiply => left * right,
        BinaryOperator::Divide if right != 0.0 => left / right,
        BinaryOperator::Remainder if right != 0.0 => left % right,
        _ => return Some(Constant::Boolean(compare(operator, left.partial_cmp(&right)?)?)),
    };
    Some(number(value))
}

fn strings(operator: BinaryOperator, left: &[u8], right: &[u8]) -> Option<Constant> {
    match operator {
        BinaryOperator::Add => joined(left, right),
        _ => Some(Constant::Boolean(compare(operator, left.cmp(right))?)),
    }
}

fn joined(left: &[u8], right: &[u8]) -> Option<Constant> {
    (left.len() + right.len() <= LONGEST).then(|| Constant::String([left, right].concat().into()))
}

fn compare(operator: BinaryOperator, order: std::cmp::Ordering) -> Option<bool> {
    Some(match operator {
        BinaryOperator::Less => order.is_lt(),
        BinaryOperator::LessEqual => order.is_le(),
        BinaryOperator::Greater => order.is_gt(),
        BinaryOperator::GreaterEqual => order.is_ge(),
        BinaryOperator::Equal => order.is_eq(),
        BinaryOperator::NotEqual => order.is_ne(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> Constant {
        Constant::Integer(value)
    }

    #[test]
    fn integers_stay_exact_while_they_fit() {
        let sum = binary(BinaryOperator::Add, &int(i64::MAX - 1), &int(1));
        assert_eq!(sum, Some(int(i64::MAX)));
        let beyond = binary(BinaryOperator::Add, &int(i64::MAX), &int(1));
        assert_eq!(beyond, Some(Constant::Float(9_223_372_036_854_775_808.0)));
    }

    #[test]
    fn division_is_exact_or_a_fraction() {
        assert_eq!(binary(BinaryOperator::Divide, &int(6), &int(2)), Some(int(3)));
        assert_eq!(binary(BinaryOperator::Divide, &int(7), &int(2)), Some(Constant::Float(3.5)));
        assert_eq!(binary(BinaryOperator::Divide, &int(1), &int(0)), None);
        assert_eq!(
            binary(BinaryOperator::Divide, &int(i64::MIN), &int(-1)),
            Some(Constant::Float(9_223_372_036_854_775_808.0))
        );
        assert_eq!(binary(BinaryOperator::Remainder, &int(-7), &int(3)), Some(int(-1)));
    }

    #[test]
    fn nothing_that_faults_is_folded() {
        assert_eq!(binary(BinaryOperator::Less, &int(1), &Constant::String((*b"a").into())), None);
        assert_eq!(unary(UnaryOperator::Negate, &Constant::Nil), None);
        assert_eq!(binary(BinaryOperator::ShiftLeft, &int(1), &int(64)), None);
    }
}
