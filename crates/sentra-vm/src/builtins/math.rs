//! Mathematics. Whole numbers stay exact where the result is one that fits 64 bits.

use std::cmp::Ordering;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::Heap;
use crate::number;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "abs" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The number without its sign.",
        "log(abs(-5), abs(2.5)) // expect: 5 2.5" => Native(abs);
    "sign" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "-1, 0 or 1: on which side of 0 the number is.",
        "log(sign(-3), sign(0), sign(2)) // expect: -1 0 1" => Native(sign);
    "floor" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The greatest whole number that is not above the number.",
        "log(floor(2.7), floor(-2.1)) // expect: 2 -3" => Native(floor);
    "ceil" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The least whole number that is not below the number.",
        "log(ceil(2.1), ceil(-2.7)) // expect: 3 -2" => Native(ceil);
    "round" in ["math"] (x: Types::NUMBER, digits: Types::INTEGER => "0") -> "number",
        faults [], Nothing,
        "The nearest number with so many digits after the point, halves away from 0.",
        "log(round(2.5), round(-2.5), round(3.14159, 2)) // expect: 3 -3 3.14" => Native(round);
    "trunc" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The number without its fraction.",
        "log(trunc(-2.7)) // expect: -2" => Native(trunc);
    "sqrt" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The square root; `nan` of a negative number.",
        "log(sqrt(16)) // expect: 4" => Native(|_, args| of_one(args, f64::sqrt));
    "cbrt" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The cube root.",
        "log(cbrt(27)) // expect: 3" => Native(|_, args| of_one(args, f64::cbrt));
    "exp" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "e to a power.",
        "log(exp(0)) // expect: 1" => Native(|_, args| of_one(args, f64::exp));
    "log2" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The logarithm to base 2.",
        "log(log2(8)) // expect: 3" => Native(|_, args| of_one(args, f64::log2));
    "log10" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The logarithm to base 10.",
        "log(log10(1000)) // expect: 3" => Native(|_, args| of_one(args, f64::log10));
    "ln" in ["math", "math:log"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The natural logarithm.",
        "log(ln(e)) // expect: 1" => Native(|_, args| of_one(args, f64::ln));
    "sin" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The sine of an angle in radians.",
        "log(sin(0)) // expect: 0" => Native(|_, args| of_one(args, f64::sin));
    "cos" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The cosine of an angle in radians.",
        "log(cos(0)) // expect: 1" => Native(|_, args| of_one(args, f64::cos));
    "tan" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The tangent of an angle in radians.",
        "log(tan(0)) // expect: 0" => Native(|_, args| of_one(args, f64::tan));
    "asin" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The angle in radians whose sine it is.",
        "log(asin(0)) // expect: 0" => Native(|_, args| of_one(args, f64::asin));
    "acos" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The angle in radians whose cosine it is.",
        "log(acos(1)) // expect: 0" => Native(|_, args| of_one(args, f64::acos));
    "atan" in ["math"] (x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The angle in radians whose tangent it is.",
        "log(atan(0)) // expect: 0" => Native(|_, args| of_one(args, f64::atan));
    "pow" in ["math"] (x: Types::NUMBER, exponent: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The number to a power; exact as long as it is a whole number that fits 64 bits.",
        "log(pow(2, 10), pow(2, 62), pow(4, 0.5)) // expect: 1024 4611686018427387904 2" => Native(pow);
    "atan2" in ["math"] (y: Types::NUMBER, x: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The angle in radians of the point (x, y).",
        "log(atan2(0, 1)) // expect: 0" => Native(|_, args| of_two(args, f64::atan2));
    "hypot" in ["math"] (x: Types::NUMBER, y: Types::NUMBER) -> "number",
        faults [], Nothing,
        "The length of the vector (x, y).",
        "log(hypot(3, 4)) // expect: 5" => Native(|_, args| of_two(args, f64::hypot));
    "clamp" in ["math"] (x: Types::NUMBER, low: Types::NUMBER, high: Types::NUMBER) -> "number",
        faults ["range"], Nothing,
        "The number, or the nearer of two bounds if it is outside.",
        "log(clamp(5, 0, 3), clamp(-1, 0, 3)) // expect: 3 0" => Native(clamp);
    "is_nan" in ["math"] (x: Types::NUMBER) -> "boolean",
        faults [], Nothing,
        "Whether the number is `nan`, the result of a computation that has none.",
        "log(is_nan(sqrt(-1)), is_nan(0)) // expect: true false" => Native(is_nan);
    "is_finite" in ["math"] (x: Types::NUMBER) -> "boolean",
        faults [], Nothing,
        "Whether the number is neither infinite nor `nan`.",
        "log(is_finite(1), is_finite(1e308 * 10)) // expect: true false" => Native(is_finite);
    "pi" in ["math"] () -> "number",
        faults [], Nothing,
        "The ratio of a circle's circumference to its diameter.",
        "log(round(pi, 5)) // expect: 3.14159" => Constant(|_| Value::number(std::f64::consts::PI));
    "e" in ["math"] () -> "number",
        faults [], Nothing,
        "The base of the natural logarithm.",
        "log(round(e, 5)) // expect: 2.71828" => Constant(|_| Value::number(std::f64::consts::E));
}

fn of_one(args: Arguments, f: fn(f64) -> f64) -> Result<Value, Box<Fault>> {
    Ok(Value::number(f(args.number(0))))
}

fn of_two(args: Arguments, f: fn(f64, f64) -> f64) -> Result<Value, Box<Fault>> {
    Ok(Value::number(f(args.number(0), args.number(1))))
}

/// Rounds a double; a large integer is whole already.
#[inline]
fn rounded(args: Arguments, f: fn(f64) -> f64) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).as_double().map_or(args.value(0), |double| Value::number(f(double))))
}

fn floor(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    rounded(args, f64::floor)
}

fn ceil(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    rounded(args, f64::ceil)
}

fn trunc(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    rounded(args, f64::trunc)
}

fn round(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let digits = args.optional(1).map_or(0, |_| args.integer(1));
    match args.value(0).as_double() {
        Some(double) if digits != 0 && double.is_finite() => Ok(Value::number(round_text(double, digits))),
        None if digits < 0 => Ok(round_integer(&mut vm.heap, args.integer(0), digits)),
        _ => rounded(args, f64::round),
    }
}

/// Rounds to tens, hundreds and so on, exactly; a double where the result does not fit 64 bits.
fn round_integer(heap: &mut Heap, integer: i64, digits: i64) -> Value {
    let exponent = u32::try_from(digits.unsigned_abs()).unwrap_or(u32::MAX);
    let Some(unit) = 10_i128.checked_pow(exponent) else { return Value::small(0) };
    let magnitude = (i128::from(integer).abs() + unit / 2) / unit * unit;
    let rounded = if integer < 0 { -magnitude } else { magnitude };
    i64::try_from(rounded).map_or(Value::number(rounded as f64), |rounded| heap.integer(rounded))
}

/// Rounds what people see, the shortest decimal text, so that 1.005 to two digits is 1.01.
fn round_text(double: f64, digits: i64) -> f64 {
    let text = format!("{:e}", double.abs());
    let Some((mantissa, exponent)) = text.split_once('e') else { return double };
    let significant: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let kept = exponent.parse::<i64>().unwrap_or(0).saturating_add(1).saturating_add(digits);
    let Ok(kept) = usize::try_from(kept) else { return 0.0 };
    let Some(&next) = significant.as_bytes().get(kept) else { return double };
    let whole = significant[..kept].parse().unwrap_or(0_u64) + u64::from(next >= b'5');
    let magnitude = format!("{whole}e{}", -digits).parse().unwrap_or(double.abs());
    if double < 0.0 { -magnitude } else { magnitude }
}

fn abs(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    match args.value(0).as_double() {
        Some(double) => Ok(Value::number(double.abs())),
        None => match args.integer(0).checked_abs() {
            Some(integer) => Ok(vm.heap.integer(integer)),
            None => Ok(Value::number(args.number(0).abs())),
        },
    }
}

fn sign(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let number = args.number(0);
    let sign = if number > 0.0 {
        1.0
    } else if number < 0.0 {
        -1.0
    } else {
        // 0 stays 0 and `nan` stays `nan`.
        number
    };
    Ok(Value::number(sign))
}

fn pow(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if let (Some(base), Some(exponent)) = (args.value(0).as_integer(), args.value(1).as_integer())
        && let Some(power) = u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent))
    {
        return Ok(vm.heap.integer(power));
    }
    of_two(args, f64::powf)
}

fn clamp(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (x, low, high) = (args.value(0), args.value(1), args.value(2));
    if !matches!(number::compare(low, high), Some(Ordering::Less | Ordering::Equal)) {
        return Err(Fault::range("the lower bound is above the upper one"));
    }
    Ok(match (number::compare(x, low), number::compare(x, high)) {
        (Some(Ordering::Less), _) => low,
        (_, Some(Ordering::Greater)) => high,
        _ => x,
    })
}

fn is_nan(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.number(0).is_nan().into())
}

fn is_finite(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.number(0).is_finite().into())
}

#[cfg(test)]
mod tests {
    use super::round_text;

    #[test]
    fn rounding_goes_by_the_decimal_text() {
        for (double, digits, expected) in [
            (1.005, 2, 1.01),
            (2.675, 2, 2.68),
            (-2.675, 2, -2.68),
            (2.674_999_999_999_999, 2, 2.67),
            (0.125, 2, 0.13),
            (9.99, 1, 10.0),
            (1234.567, -2, 1200.0),
            (1250.0, -2, 1300.0),
            (49.0, -2, 0.0),
            (50.0, -2, 100.0),
            (1e300, 5, 1e300),
            (5e-324, 400, 5e-324),
            (0.0, 3, 0.0),
            (1.5, i64::MIN, 0.0),
        ] {
            assert_eq!(round_text(double, digits), expected, "{double} to {digits} digits");
        }
    }
}
