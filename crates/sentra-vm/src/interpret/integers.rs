//! Arithmetic of small integers, as far as the result is a small integer or a quotient: what the interpreter tries
//! first. Nothing for whatever takes more; `arithmetic` has that.

use crate::value::Value;

#[inline(always)]
pub(crate) fn add(a: i64, b: i64) -> Option<Value> {
    Value::integer(a + b)
}

#[inline(always)]
pub(crate) fn subtract(a: i64, b: i64) -> Option<Value> {
    Value::integer(a - b)
}

#[inline(always)]
pub(crate) fn multiply(a: i64, b: i64) -> Option<Value> {
    a.checked_mul(b).and_then(Value::integer)
}

/// The processor divides numbers of 32 bits faster than those of 64.
#[inline(always)]
fn of_32_bits(a: i64, b: i64) -> Option<(u32, u32)> {
    ((a | b) as u64 >> 32 == 0).then_some((a as u32, b as u32))
}

#[inline(always)]
pub(crate) fn divide(a: i64, b: i64) -> Option<Value> {
    if b == 0 {
        return None;
    }
    let (quotient, rest) = match of_32_bits(a, b) {
        Some((a, b)) => (i64::from(a / b), i64::from(a % b)),
        None => (a.wrapping_div(b), a.wrapping_rem(b)),
    };
    if rest == 0 { Value::integer(quotient) } else { Some(Value::double(a as f64 / b as f64)) }
}

#[inline(always)]
pub(crate) fn remainder(a: i64, b: i64) -> Option<Value> {
    if b == 0 {
        return None;
    }
    match of_32_bits(a, b) {
        Some((a, b)) => Value::integer((a % b).into()),
        None => Value::integer(a.wrapping_rem(b)),
    }
}

/// The same by a number that is always the same one: whether it is a power of two is well predicted, and dividing takes
/// long beside asking.
#[inline(always)]
pub(crate) fn remainder_by(a: i64, b: i64) -> Option<Value> {
    if a >= 0 && b > 0 && b & (b - 1) == 0 {
        return Value::integer(a & (b - 1));
    }
    remainder(a, b)
}

#[inline(always)]
pub(crate) fn and(a: i64, b: i64) -> Option<Value> {
    Value::integer(a & b)
}

#[inline(always)]
pub(crate) fn or(a: i64, b: i64) -> Option<Value> {
    Value::integer(a | b)
}

#[inline(always)]
pub(crate) fn xor(a: i64, b: i64) -> Option<Value> {
    Value::integer(a ^ b)
}

#[inline(always)]
pub(crate) fn shift_left(a: i64, count: i64) -> Option<Value> {
    let shifted = a.wrapping_shl(count as u32);
    if count as u64 >= 64 || shifted >> count != a {
        return None;
    }
    Value::integer(shifted)
}

#[inline(always)]
pub(crate) fn shift_right(a: i64, count: i64) -> Option<Value> {
    if count as u64 >= 64 {
        return None;
    }
    Value::integer(a >> count)
}

/// What `floor` gives for a number whose whole part is small.
#[inline(always)]
pub(crate) fn floor(value: Value) -> Option<Value> {
    if value.is_small() {
        return Some(value);
    }
    let double = value.raw_double();
    // Towards zero; of NaN, and so of all that is no double, nothing.
    let truncated = if double.is_nan() { return None } else { double as i64 };
    Value::integer(truncated.wrapping_sub(i64::from(truncated as f64 > double)))
}
