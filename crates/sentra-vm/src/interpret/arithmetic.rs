//! Arithmetic and comparison beyond the interpreter's fast paths: large integers, text,
//! operands of wrong types.

use std::cmp::Ordering;

use crate::call::article;
use crate::fault::Fault;
use crate::heap::{self, Heap};
use crate::number::Digits;
use crate::show;
use crate::value::Value;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// An operator, for messages and for what several share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}

/// Two operands as numbers: both exact integers, or doubles.
enum Pair {
    Integers(i64, i64),
    Doubles(f64, f64),
}

fn pair(left: Value, right: Value) -> Option<Pair> {
    match (left.as_exact_integer(), right.as_exact_integer()) {
        (Some(a), Some(b)) => Some(Pair::Integers(a, b)),
        _ => Some(Pair::Doubles(left.as_number()?, right.as_number()?)),
    }
}

#[cold]
fn mismatch(left: Value, right: Value, operator: Operator) -> Box<Fault> {
    let (a, b) = (article(left.type_name()), article(right.type_name()));
    Fault::type_error(format!("`{}` cannot be used with {a} and {b}", operator.symbol()))
}

fn numbers(left: Value, right: Value, operator: Operator) -> Result<Pair> {
    pair(left, right).ok_or_else(|| mismatch(left, right, operator))
}

/// The exact integer, or the double where it does not fit 64 bits.
fn exact(heap: &mut Heap, exact: Option<i64>, double: f64) -> Value {
    match exact {
        Some(integer) => heap.integer(integer),
        None => Value::number(double),
    }
}

#[inline(never)]
pub(crate) fn add(heap: &mut Heap, left: Value, right: Value) -> Result<Value> {
    match (left.as_text(), right.as_text()) {
        (Some(text), Some(other)) => heap.concat(text, other.bytes()),
        (Some(text), None) => {
            if let Some(digits) = Digits::of_value(right) {
                return heap.concat(text, digits.as_bytes());
            }
            let mut bytes = Vec::new();
            show::text(heap, right, &mut bytes);
            heap.concat(text, &bytes)
        }
        (None, Some(other)) => {
            let mut bytes = Vec::new();
            show::text(heap, left, &mut bytes);
            bytes.extend_from_slice(other.bytes());
            heap.checked_text(&bytes)
        }
        (None, None) => match pair(left, right) {
            Some(Pair::Integers(a, b)) => Ok(exact(heap, a.checked_add(b), a as f64 + b as f64)),
            Some(Pair::Doubles(a, b)) => Ok(Value::number(a + b)),
            None => join_arrays(heap, left, right),
        },
    }
}

fn join_arrays(heap: &mut Heap, left: Value, right: Value) -> Result<Value> {
    let (Some(a), Some(b)) = (left.as_array(), right.as_array()) else {
        return Err(mismatch(left, right, Operator::Add));
    };
    heap.reserve((a.len() + b.len()) * size_of::<Value>())?;
    let joined = heap.array_with_capacity(a.len() + b.len());
    joined.extend(heap, a.as_slice())?;
    joined.extend(heap, b.as_slice())?;
    Ok(joined.value())
}

#[inline(never)]
pub(crate) fn subtract(heap: &mut Heap, left: Value, right: Value) -> Result<Value> {
    Ok(match numbers(left, right, Operator::Subtract)? {
        Pair::Integers(a, b) => exact(heap, a.checked_sub(b), a as f64 - b as f64),
        Pair::Doubles(a, b) => Value::number(a - b),
    })
}

#[inline(never)]
pub(crate) fn multiply(heap: &mut Heap, left: Value, right: Value) -> Result<Value> {
    Ok(match numbers(left, right, Operator::Multiply)? {
        Pair::Integers(a, b) => exact(heap, a.checked_mul(b), a as f64 * b as f64),
        Pair::Doubles(a, b) => Value::number(a * b),
    })
}

fn by_zero() -> Box<Fault> {
    Fault::new("division", "division by zero")
}

#[inline(never)]
pub(crate) fn divide(heap: &mut Heap, left: Value, right: Value) -> Result<Value> {
    match numbers(left, right, Operator::Divide)? {
        Pair::Integers(_, 0) => Err(by_zero()),
        Pair::Doubles(_, 0.0) => Err(by_zero()),
        Pair::Integers(a, b) if a.checked_rem(b) == Some(0) => Ok(heap.integer(a / b)),
        Pair::Integers(a, b) => Ok(Value::number(a as f64 / b as f64)),
        Pair::Doubles(a, b) => Ok(Value::number(a / b)),
    }
}

#[inline(never)]
pub(crate) fn remainder(heap: &mut Heap, left: Value, right: Value) -> Result<Value> {
    match numbers(left, right, Operator::Remainder)? {
        Pair::Integers(_, 0) => Err(by_zero()),
        Pair::Doubles(_, 0.0) => Err(by_zero()),
        Pair::Integers(a, b) => Ok(heap.integer(a.wrapping_rem(b))),
        Pair::Doubles(a, b) => Ok(Value::number(a % b)),
    }
}

#[inline(never)]
pub(crate) fn negate(heap: &mut Heap, value: Value) -> Result<Value> {
    match (value.as_exact_integer(), value.as_number()) {
        (Some(integer), _) => Ok(exact(heap, integer.checked_neg(), -(integer as f64))),
        (None, Some(double)) => Ok(Value::number(-double)),
        (None, None) => Err(Fault::type_error(format!("`-` cannot be used with {}", article(value.type_name())))),
    }
}

/// The integer that a bit operation works on.
fn integer(value: Value, operator: &str) -> Result<i64> {
    value.as_integer().ok_or_else(|| {
        let got = if value.is_number() { "a number with a fraction".into() } else { article(value.type_name()) };
        Fault::type_error(format!("`{operator}` takes integers, got {got}"))
    })
}

pub(crate) fn bit_not(heap: &mut Heap, value: Value) -> Result<Value> {
    let integer = integer(value, "~")?;
    Ok(heap.integer(!integer))
}

#[inline]
pub(crate) fn bits(heap: &mut Heap, left: Value, right: Value, operator: Operator) -> Result<Value> {
    let (a, b) = (integer(left, operator.symbol())?, integer(right, operator.symbol())?);
    Ok(match operator {
        Operator::And => heap.integer(a & b),
        Operator::Or => heap.integer(a | b),
        Operator::Xor => heap.integer(a ^ b),
        _ => heap.integer(shift(a, b, operator)?),
    })
}

/// Shifting by 64 and more leaves nothing but the sign.
fn shift(a: i64, by: i64, operator: Operator) -> Result<i64> {
    if by < 0 {
        return Err(Fault::range(format!("`{}` by a negative count ({by})", operator.symbol())));
    }
    Ok(match operator {
        Operator::ShiftLeft if by > 63 => 0,
        Operator::ShiftLeft => a << by,
        _ => a >> by.min(63),
    })
}

/// `<` and the like, for operands that are not two doubles in order.
#[inline(never)]
pub(crate) fn compare(left: Value, right: Value, operator: Operator) -> Result<bool> {
    let ordering = match (left.as_text(), right.as_text(), pair(left, right)) {
        (Some(a), Some(b), _) => Some(a.bytes().cmp(b.bytes())),
        (_, _, Some(Pair::Integers(a, b))) => Some(a.cmp(&b)),
        (_, _, Some(Pair::Doubles(..))) => compare_mixed(left, right),
        _ => return Err(mismatch(left, right, operator)),
    };
    Ok(match operator {
        Operator::Less => ordering == Some(Ordering::Less),
        Operator::LessEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => ordering == Some(Ordering::Greater),
        _ => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// Numbers of which at least one is no exact integer.
fn compare_mixed(left: Value, right: Value) -> Option<Ordering> {
    match (left.as_large_integer(), right.as_large_integer()) {
        (Some(integer), None) => compare_large(integer, right.as_number()?),
        (None, Some(integer)) => compare_large(integer, left.as_number()?).map(Ordering::reverse),
        _ => left.as_number()?.partial_cmp(&right.as_number()?),
    }
}

/// An integer of 2^53 or more against a double, exactly: such doubles are whole, or far smaller.
fn compare_large(integer: i64, double: f64) -> Option<Ordering> {
    let limit = i64::MAX as f64;
    if double >= limit || double < -limit || double.is_nan() {
        return 0.0.partial_cmp(&double);
    }
    Some(integer.cmp(&(double as i64)))
}

#[inline(never)]
pub(crate) fn equal(heap: &Heap, left: Value, right: Value) -> bool {
    heap::equal(heap, left, right)
}

/// Whether a number lies in a range of a `match`; other types do not.
pub(crate) fn lies_between(value: Value, from: Value, to: Value, inclusive: bool) -> bool {
    let above = compare(from, value, Operator::LessEqual).unwrap_or(false);
    let operator = if inclusive { Operator::LessEqual } else { Operator::Less };
    above && compare(value, to, operator).unwrap_or(false)
}
