//! What is known at a place of a filter, from the tests on every way to it.

use super::value::{Comparison, Test, Value, ValueId, Values, holds};
use crate::wire::bpf::compute;

/// How many facts are kept. Long lists of addresses would take their square of time.
const KEPT: usize = 64;

/// Tests whose answers are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    known: Vec<(Test, bool)>,
}

impl Facts {
    /// These and another one. What a value is is kept for longer than what it is not.
    pub fn with(&self, test: Test, answer: bool) -> Self {
        let mut known = Vec::with_capacity(KEPT + 1);
        known.extend_from_slice(&self.known);
        known.push((test, answer));
        if known.len() > KEPT {
            known.remove(known.iter().position(|(_, answer)| !answer).unwrap_or(0));
        }
        Self { known }
    }

    /// Keeps what is known on another way too.
    pub fn keep_common(&mut self, others: &Self) {
        self.known.retain(|fact| others.known.contains(fact));
    }

    /// The answer to a test, if it is known.
    pub fn answer(&self, test: Test, values: &Values) -> Option<bool> {
        let operand = values.constant_of(test.operand);
        if let (Some(number), Some(operand)) = (self.number(test.value, values), operand) {
            return Some(holds(test.comparison, number, operand));
        }
        self.known.iter().rev().find_map(|&(fact, answer)| match fact == test {
            true => Some(answer),
            false if fact.value == test.value => {
                implied(fact.comparison, answer, values.constant_of(fact.operand)?, test.comparison, operand?)
            }
            false => None,
        })
    }

    /// What a value is, where that is known.
    fn number(&self, value: ValueId, values: &Values) -> Option<u32> {
        if let Value::Constant(number) = values.get(value) {
            return Some(number);
        }
        let own = self
            .known
            .iter()
            .find(|(fact, answer)| *answer && fact.value == value && fact.comparison == Comparison::Equal);
        if let Some(number) = own.and_then(|(fact, _)| values.constant_of(fact.operand)) {
            return Some(number);
        }
        match values.get(value) {
            Value::Compute { operation, left, right } => {
                let right = values.constant_of(right)?;
                self.number(left, values).and_then(|left| compute(operation, left, right))
            }
            _ => None,
        }
    }
}

/// The answer to a comparison with `b` by the answer to another with `a`.
fn implied(known: Comparison, answer: bool, a: u32, asked: Comparison, b: u32) -> Option<bool> {
    use Comparison::{Bits, Equal, Greater, GreaterOrEqual};
    // The least and the most that the value may be.
    let (least, most) = match (known, answer) {
        (Greater, true) => (a.checked_add(1)?, u32::MAX),
        (Greater, false) => (0, a),
        (GreaterOrEqual, true) => (a, u32::MAX),
        (GreaterOrEqual, false) => (0, a.checked_sub(1)?),
        (Bits, true) if asked == Equal && a & b == 0 => return Some(false),
        (Bits, false) if asked == Equal && a & b != 0 => return Some(false),
        (Bits, false) if asked == Bits && b & !a == 0 => return Some(false),
        _ => return None,
    };
    match asked {
        Equal if b < least || b > most => Some(false),
        Greater if least > b => Some(true),
        Greater if most <= b => Some(false),
        GreaterOrEqual if least >= b => Some(true),
        GreaterOrEqual if most < b => Some(false),
        _ => None,
    }
}
