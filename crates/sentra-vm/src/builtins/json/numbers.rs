//! Numbers of JSON text: integers of 64 bits exactly, others as the nearest double.

use super::decode::{Decoder, Result};
use crate::value::{EXACT, Value};

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// So many digits fit 64 bits, whatever they are.
const DIGITS: usize = 19;

impl Decoder<'_> {
    #[inline]
    pub(super) fn number(&mut self) -> Result<Value> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        let first = self.at;
        let mut mantissa = 0;
        let digits = self.digits(&mut mantissa);
        if digits == 0 || digits > 1 && self.bytes[first] == b'0' {
            return Err(self.bad_number(start));
        }
        if matches!(self.bytes.get(self.at), Some(b'.' | b'e' | b'E')) {
            return self.fraction(start, mantissa, digits);
        }
        if digits < DIGITS {
            let magnitude = mantissa as i64;
            return Ok(self.heap.integer(if first > start { -magnitude } else { magnitude }));
        }
        let text = self.text_from(start);
        match text.parse() {
            Ok(integer) => Ok(self.heap.integer(integer)),
            Err(_) => self.nearest(start),
        }
    }

    /// Adds the digits that follow to a number; how many there are.
    #[inline]
    fn digits(&mut self, number: &mut u64) -> usize {
        let from = self.at;
        while let Some(digit) = self.bytes.get(self.at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10)
        {
            *number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        self.at - from
    }

    /// The rest of a number that has a fraction or an exponent.
    fn fraction(&mut self, start: usize, mut mantissa: u64, mut digits: usize) -> Result<Value> {
        let mut power = 0_i64;
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            let count = self.digits(&mut mantissa);
            if count == 0 {
                return Err(self.bad_number(start));
            }
            digits += count;
            power = -(count as i64);
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            let negative = self.bytes.get(self.at) == Some(&b'-');
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            let mut exponent = 0;
            let count = self.digits(&mut exponent);
            if count == 0 {
                return Err(self.bad_number(start));
            }
            // One of more digits has long left the powers that are exact.
            let exponent = if count < DIGITS { exponent as i64 } else { i64::MAX / 2 };
            power += if negative { -exponent } else { exponent };
        }
        // Two exact numbers and one operation: its result is the nearest double.
        if digits <= DIGITS && mantissa < EXACT as u64 && power.unsigned_abs() < POWERS.len() as u64 {
            let factor = POWERS[power.unsigned_abs() as usize];
            let double = if power < 0 { mantissa as f64 / factor } else { mantissa as f64 * factor };
            return Ok(Value::number(if self.bytes[start] == b'-' { -double } else { double }));
        }
        self.nearest(start)
    }

    fn text_from(&self, start: usize) -> &str {
        std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default()
    }

    #[cold]
    fn nearest(&mut self, start: usize) -> Result<Value> {
        match self.text_from(start).parse::<f64>() {
            Ok(double) if double.is_finite() => Ok(Value::number(double)),
            _ => {
                self.at = start;
                Err(self.wrong("a number beyond all doubles"))
            }
        }
    }

    #[cold]
    fn bad_number(&mut self, start: usize) -> Box<crate::fault::Fault> {
        self.at = start;
        self.wrong("a number that JSON does not write so")
    }
}
