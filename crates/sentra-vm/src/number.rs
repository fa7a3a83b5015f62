//! Numbers as text and back, and their order. Knows the one number type of the language:
//! doubles and exact 64-bit integers. It allocates nothing on the heap.

use std::cmp::Ordering;
use std::io::Write;

use crate::value::Value;

/// A number that was read from text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// It is whole, was written so, and fits 64 bits.
    Integer(i64),
    /// Any other.
    Double(f64),
}

/// Writes a number's text: integers plainly, doubles as the shortest text that reads back as
/// the same double, from 1e21 and below 1e-6 with an exponent.
#[inline]
pub fn write(out: &mut Vec<u8>, value: Value) {
    match (value.as_exact_integer(), value.as_double()) {
        (Some(integer), _) => write_integer(out, integer),
        (None, double) => write_double(out, double.unwrap_or(f64::NAN)),
    }
}

const PAIRS: &[u8; 200] = b"00010203040506070809101112131415161718192021222324252627282930313233343536373839\
4041424344454647484950515253545556575859606162636465666768697071727374757677787980818283848586878889\
90919293949596979899";

/// The decimal text of an integer, without an allocation.
pub struct Digits {
    bytes: [u8; 20],
    from: usize,
}

impl Digits {
    /// The text of an integer.
    pub fn of(integer: i64) -> Self {
        let mut bytes = [0_u8; 20];
        let mut at = bytes.len();
        let mut rest = integer.unsigned_abs();
        while rest >= 10 {
            let pair = (rest % 100) as usize * 2;
            rest /= 100;
            at -= 2;
            bytes[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
        }
        // What is left is one digit, or nothing of a number with an even count of them.
        if rest > 0 || at == bytes.len() {
            at -= 1;
            bytes[at] = b'0' + rest as u8;
        }
        if integer < 0 {
            at -= 1;
            bytes[at] = b'-';
        }
        Self { bytes, from: at }
    }

    /// The text of a value, if it is an integer that lies in the value itself.
    #[inline]
    pub fn of_value(value: Value) -> Option<Self> {
        if value.is_plain_number() { value.as_exact_integer().map(Self::of) } else { None }
    }

    /// The text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

/// Writes an integer in decimal.
pub fn write_integer(out: &mut Vec<u8>, integer: i64) {
    out.extend_from_slice(Digits::of(integer).as_bytes());
}

fn write_double(out: &mut Vec<u8>, double: f64) {
    let magnitude = double.abs();
    let written = if double.is_nan() {
        out.write_all(b"nan")
    } else if double.is_infinite() {
        out.write_all(if double < 0.0 { b"-inf" } else { b"inf" })
    } else if double != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        write!(out, "{double:e}")
    } else {
        write!(out, "{double}")
    };
    written.expect("a vector takes all bytes");
}

/// Reads a number as the language writes it: decimal with fraction and exponent, or
/// `0x`, `0b`, `0o`, with a sign, underscores between digits, and white space around it.
pub fn parse(text: &[u8]) -> Option<Number> {
    let text = text.trim_ascii();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let base = match digits {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'b' | b'B', ..] => 2,
        [b'0', b'o' | b'O', ..] => 8,
        _ => return parse_decimal(text, digits),
    };
    let magnitude = parse_digits(&digits[2..], base)?;
    let signed = if negative { -magnitude } else { magnitude };
    Some(i64::try_from(signed).map_or(Number::Double(signed as f64), Number::Integer))
}

/// Reads a whole number in a base from 2 to 36, without prefix.
pub fn parse_integer(text: &[u8], base: u32) -> Option<Number> {
    let text = text.trim_ascii();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if base == 10 && digits.len() > 30 && digits.iter().all(u8::is_ascii_digit) {
        return parse_decimal(text, digits);
    }
    let magnitude = parse_digits(digits, base)?;
    let signed = if negative { -magnitude } else { magnitude };
    Some(i64::try_from(signed).map_or(Number::Double(signed as f64), Number::Integer))
}

/// Digits with single underscores between them.
fn parse_digits(digits: &[u8], base: u32) -> Option<i128> {
    let mut magnitude = 0_i128;
    let mut after_digit = false;
    for &byte in digits {
        if byte == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = char::from(byte).to_digit(base)?;
        magnitude = magnitude.checked_mul(i128::from(base))?.checked_add(i128::from(digit))?;
        after_digit = true;
    }
    after_digit.then_some(magnitude)
}

/// `text` with its sign, `digits` without.
fn parse_decimal(text: &[u8], digits: &[u8]) -> Option<Number> {
    let starts = digits.first().is_some_and(|&byte| byte.is_ascii_digit() || byte == b'.');
    let plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-' | b'_');
    if !starts || !digits.iter().all(plain) || !underscores_separate(digits) {
        return None;
    }
    let text: Vec<u8> = text.iter().copied().filter(|&byte| byte != b'_').collect();
    let text = std::str::from_utf8(&text).ok()?;
    // Whole numbers beyond 64 bits become doubles.
    text.parse().map(Number::Integer).or_else(|_| text.parse().map(Number::Double)).ok()
}

fn underscores_separate(digits: &[u8]) -> bool {
    let is_digit = |at: usize| digits.get(at).is_some_and(u8::is_ascii_digit);
    (0..digits.len()).all(|at| digits[at] != b'_' || at > 0 && is_digit(at - 1) && is_digit(at + 1))
}

/// The order of two numbers, exact also where one of them is a large integer; nothing if
/// one is not a number at all (`nan` or another type).
pub fn compare(left: Value, right: Value) -> Option<Ordering> {
    match (left.as_double(), right.as_double()) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        (Some(a), None) => compare_with_integer(a, right.as_large_integer()?),
        (None, Some(b)) => compare_with_integer(b, left.as_large_integer()?).map(Ordering::reverse),
        (None, None) => Some(left.as_large_integer()?.cmp(&right.as_large_integer()?)),
    }
}

fn compare_with_integer(double: f64, integer: i64) -> Option<Ordering> {
    match double.partial_cmp(&(integer as f64))? {
        // Equal after rounding: as integers of any size they may still differ.
        Ordering::Equal => Some((double as i128).cmp(&i128::from(integer))),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(double: f64) -> String {
        let mut out = Vec::new();
        write(&mut out, Value::number(double));
        String::from_utf8(out).expect("numbers are ASCII")
    }

    #[test]
    fn doubles_are_written_as_the_language_says() {
        for (double, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (7.0, "7"),
            (-120.0, "-120"),
            (1e20, "100000000000000000000"),
            (1e21, "1e21"),
            (0.000001, "0.000001"),
            (0.0000001, "1e-7"),
            (-2.5e-10, "-2.5e-10"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (9007199254740991.0, "9007199254740991"),
        ] {
            assert_eq!(text(double), expected);
        }
    }

    #[test]
    fn integers_of_every_length_are_written_right() {
        let mut integer = 1_i64;
        while let Some(next) = integer.checked_mul(7) {
            for sample in [integer, -integer, integer - 1] {
                let mut out = Vec::new();
                write_integer(&mut out, sample);
                assert_eq!(String::from_utf8_lossy(&out), sample.to_string());
            }
            integer = next;
        }
        let mut out = Vec::new();
        write_integer(&mut out, i64::MIN);
        assert_eq!(out, i64::MIN.to_string().as_bytes());
    }

    #[test]
    fn text_is_read_as_the_language_writes_numbers() {
        for (text, expected) in [
            ("42", Some(Number::Integer(42))),
            (" -7\n", Some(Number::Integer(-7))),
            ("+3", Some(Number::Integer(3))),
            ("1_000", Some(Number::Integer(1000))),
            ("-1_000", Some(Number::Integer(-1000))),
            ("0xFF", Some(Number::Integer(255))),
            ("-0b101", Some(Number::Integer(-5))),
            ("1.5e3", Some(Number::Double(1500.0))),
            (".5", Some(Number::Double(0.5))),
            ("9223372036854775808", Some(Number::Double(9223372036854775808.0))),
            ("", None),
            ("-", None),
            ("abc", None),
            ("inf", None),
            ("nan", None),
            ("1_", None),
            ("0x", None),
            ("1e", None),
            ("1 2", None),
            ("--1", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn digits_in_other_bases() {
        assert_eq!(parse_integer(b"ff", 16), Some(Number::Integer(255)));
        assert_eq!(parse_integer(b"-z", 36), Some(Number::Integer(-35)));
        assert_eq!(parse_integer(b"12", 2), None);
        assert_eq!(parse_integer(b"1.5", 10), None);
    }
}
