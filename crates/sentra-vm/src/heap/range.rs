//! Ranges of numbers: what lies in them and how they are walked. From a whole number of 64
//! bits on they are walked in exact integers, from any other in doubles.

use std::cmp::Ordering;

use super::Heap;
use crate::fault::Fault;
use crate::number::compare;
use crate::value::Value;

/// 2^63: from here on there is no next integer.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

/// `from..to` or `from..=to`; both are numbers.
#[derive(Clone, Copy)]
pub struct Range {
    /// The first number.
    pub from: Value,
    /// The end.
    pub to: Value,
    /// Whether the end is part of it.
    pub inclusive: bool,
}

impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        let same = |a, b| compare(a, b) == Some(Ordering::Equal);
        same(self.from, other.from) && same(self.to, other.to) && self.inclusive == other.inclusive
    }
}

impl Range {
    /// Where walking it starts: an exact integer if it can be one. A fault if there is no next number.
    pub fn first(self, heap: &mut Heap) -> Result<Value, Box<Fault>> {
        if let Some(integer) = self.from.as_integer() {
            return Ok(heap.integer(integer));
        }
        let from = self.from.as_double().unwrap_or(f64::NAN);
        if from + 1.0 == from && self.is_before_end(self.from) {
            return Err(Fault::range(format!("a range cannot count from {from:e}: numbers so large have no next one")));
        }
        Ok(self.from)
    }

    /// The number below which walking goes on; it ends with the largest integer at the latest.
    pub fn bound(self, heap: &mut Heap) -> Value {
        match (self.to.as_integer(), self.to.as_double()) {
            (Some(to), _) if self.inclusive => {
                to.checked_add(1).map_or(Value::double(BEYOND), |next| heap.integer(next))
            }
            (None, Some(to)) if to > BEYOND => Value::double(BEYOND),
            (None, Some(to)) if self.inclusive => Value::number(to.next_up()),
            _ => self.to,
        }
    }

    /// The number after one that was walked to, unless that is beyond the end.
    #[inline]
    pub fn after(self, heap: &mut Heap, at: Value) -> Option<Value> {
        if !self.is_before_end(at) {
            return None;
        }
        match (at.as_integer(), at.as_double()) {
            (Some(integer), _) => Some(integer.checked_add(1).map_or(Value::double(BEYOND), |next| heap.integer(next))),
            (None, Some(double)) if double < BEYOND => Some(Value::number(double + 1.0)),
            _ => None,
        }
    }

    fn is_before_end(self, number: Value) -> bool {
        match compare(number, self.to) {
            Some(Ordering::Equal) => self.inclusive,
            order => order == Some(Ordering::Less),
        }
    }

    /// Whether a number lies between its ends.
    pub fn spans(self, number: Value) -> bool {
        matches!(compare(self.from, number), Some(Ordering::Less | Ordering::Equal)) && self.is_before_end(number)
    }

    /// Whether walking it comes to a number.
    pub fn contains(self, number: Value) -> bool {
        let whole_steps = match (self.from.as_integer(), number.as_number(), self.from.as_number()) {
            (Some(_), ..) => number.as_integer().is_some(),
            (None, Some(number), Some(from)) => (number - from).fract() == 0.0,
            _ => false,
        };
        whole_steps && self.spans(number)
    }

    /// The first integer and the one after the last, if it is walked in integers that have both.
    pub fn integers(self) -> Option<(i128, i128)> {
        let from = i128::from(self.from.as_integer()?);
        let to = match (self.to.as_integer(), self.to.as_double()) {
            (Some(to), _) => i128::from(to) + i128::from(self.inclusive),
            (None, Some(to)) if to.abs() < BEYOND => to.ceil() as i128,
            _ => return None,
        };
        Some((from, to.max(from)))
    }

    /// The number of its elements.
    pub fn len(self) -> f64 {
        if let Some((from, to)) = self.integers() {
            return (to - from) as f64;
        }
        let steps = self.to.as_number().unwrap_or(0.0) - self.from.as_number().unwrap_or(0.0);
        let length = if self.inclusive { steps.floor() + 1.0 } else { steps.ceil() };
        length.max(0.0)
    }

    /// The sum of its elements, as an exact integer if it is one.
    pub fn sum(self, heap: &mut Heap) -> Value {
        if let Some((from, to)) = self.integers() {
            let sum = (to - from) * (from + to - 1) / 2;
            return i64::try_from(sum).map_or(Value::number(sum as f64), |sum| heap.integer(sum));
        }
        let len = self.len();
        if len == 0.0 {
            return Value::small(0);
        }
        let (from, last) = (self.from.as_number().unwrap_or(0.0), len - 1.0);
        Value::number(len * from + len * (last / 2.0))
    }
}
