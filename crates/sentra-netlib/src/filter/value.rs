//! Values that a filter computes from a frame, and what it asks about them. Equal values are
//! one: that is how the optimiser knows what it knows already.

use std::collections::HashMap;

use crate::wire::bpf::code;
use crate::wire::bpf::compute;

/// A value among the [`Values`] of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ValueId(u32);

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Constant(u32),
    /// The length of the frame.
    Length,
    /// Bytes of the frame, `size` as in operation codes, from where `base` ends.
    Load {
        base: Option<ValueId>,
        offset: u32,
        size: u16,
    },
    /// The length of the IPv4 header at an offset.
    HeaderLength(u32),
    /// An operation by its code.
    Compute {
        operation: u16,
        left: ValueId,
        right: ValueId,
    },
    Negative(ValueId),
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    /// They have a bit in common.
    Bits,
}

/// A question about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Test {
    pub value: ValueId,
    pub comparison: Comparison,
    pub operand: ValueId,
}

/// All values of a filter.
#[derive(Default)]
pub(super) struct Values {
    known: HashMap<Value, ValueId>,
    all: Vec<Value>,
}

impl Values {
    pub fn get(&self, id: ValueId) -> Value {
        self.all[id.0 as usize]
    }

    pub fn constant_of(&self, id: ValueId) -> Option<u32> {
        match self.get(id) {
            Value::Constant(number) => Some(number),
            _ => None,
        }
    }

    fn intern(&mut self, value: Value) -> ValueId {
        *self.known.entry(value).or_insert_with(|| {
            self.all.push(value);
            ValueId((self.all.len() - 1) as u32)
        })
    }

    pub fn constant(&mut self, number: u32) -> ValueId {
        self.intern(Value::Constant(number))
    }

    pub fn length(&mut self) -> ValueId {
        self.intern(Value::Length)
    }

    pub fn header_length(&mut self, offset: u32) -> ValueId {
        self.intern(Value::HeaderLength(offset))
    }

    pub fn negative(&mut self, value: ValueId) -> ValueId {
        match self.constant_of(value) {
            Some(number) => self.constant(number.wrapping_neg()),
            None => self.intern(Value::Negative(value)),
        }
    }

    /// Bytes of the frame from `base` on. What is constant in `base` becomes part of the offset,
    /// unless the offset would then be one of the kernel's own.
    pub fn load(&mut self, base: Option<ValueId>, offset: u32, size: u16) -> ValueId {
        let (rest, constant) = match base.map(|base| self.get(base)) {
            Some(Value::Constant(number)) => (None, number),
            Some(Value::Compute { operation: code::ADD, left, right }) => match self.constant_of(right) {
                Some(number) => (Some(left), number),
                None => (base, 0),
            },
            _ => (base, 0),
        };
        match constant.checked_add(offset).filter(|&sum| sum < code::KERNEL || base.is_none()) {
            Some(offset) => self.intern(Value::Load { base: rest, offset, size }),
            None => self.intern(Value::Load { base, offset, size }),
        }
    }

    /// An operation on two values; `None` where it divides by a constant zero.
    pub fn compute(&mut self, operation: u16, left: ValueId, right: ValueId) -> Option<ValueId> {
        let (first, second) = (self.constant_of(left), self.constant_of(right));
        if let (Some(a), Some(b)) = (first, second) {
            return compute(operation, a, b).map(|number| self.constant(number));
        }
        Some(match (operation, second) {
            (code::DIV | code::MOD, Some(0)) => return None,
            (code::ADD | code::SUB | code::OR | code::XOR | code::LSH | code::RSH, Some(0)) => left,
            (code::MUL | code::DIV, Some(1)) | (code::AND, Some(u32::MAX)) => left,
            (code::LSH | code::RSH, Some(bits)) if bits > 31 => self.constant(0),
            (code::ADD | code::MUL | code::OR | code::AND | code::XOR, None) if first.is_some() => {
                return self.compute(operation, right, left);
            }
            (code::LSH, Some(2)) | (code::MUL, Some(4)) => match self.nibble(left) {
                Some(offset) => self.header_length(offset),
                None => self.intern(Value::Compute { operation, left, right }),
            },
            _ => self.intern(Value::Compute { operation, left, right }),
        })
    }

    /// The offset of a byte whose lower half is the value.
    fn nibble(&self, value: ValueId) -> Option<u32> {
        let Value::Compute { operation: code::AND, left, right } = self.get(value) else { return None };
        match (self.get(left), self.constant_of(right)?) {
            (Value::Load { base: None, offset, size: code::B }, 0xf) if offset < code::KERNEL => Some(offset),
            _ => None,
        }
    }
}

/// A test, or its answer where that does not depend on the frame; and whether it is to be
/// taken the other way round.
pub(super) enum Asked {
    Test(Test, bool),
    Constant(bool),
}

impl Values {
    /// The shortest test for a comparison.
    pub fn ask(&mut self, value: ValueId, comparison: Comparison, operand: ValueId) -> Asked {
        use Comparison::{Bits, Equal, Greater, GreaterOrEqual};
        let (left, right) = (self.constant_of(value), self.constant_of(operand));
        let asked = |value, comparison, operand, not| Asked::Test(Test { value, comparison, operand }, not);
        match (left, right, comparison) {
            (Some(a), Some(b), _) => Asked::Constant(holds(comparison, a, b)),
            (Some(_), None, Equal | Bits) => self.ask(operand, comparison, value),
            // c > v is not v >= c.
            (Some(_), None, Greater) => asked(operand, GreaterOrEqual, value, true),
            (Some(_), None, GreaterOrEqual) => asked(operand, Greater, value, true),
            (None, Some(0), GreaterOrEqual) => Asked::Constant(true),
            (None, Some(u32::MAX), Greater) | (None, Some(0), Bits) => Asked::Constant(false),
            (None, Some(wanted), Equal) => self.ask_equal(value, wanted),
            (None, Some(0), Greater) => {
                let zero = self.constant(0);
                match self.ask(value, Equal, zero) {
                    Asked::Test(test, not) => Asked::Test(test, !not),
                    Asked::Constant(holds) => Asked::Constant(!holds),
                }
            }
            _ => asked(value, comparison, operand, false),
        }
    }

    fn ask_equal(&mut self, value: ValueId, wanted: u32) -> Asked {
        if let Value::Compute { operation, left, right } = self.get(value)
            && let Some(constant) = self.constant_of(right)
        {
            let inverse = match operation {
                code::ADD => Some(code::SUB),
                code::SUB => Some(code::ADD),
                code::XOR => Some(code::XOR),
                _ => None,
            };
            if let Some(wanted) = inverse.and_then(|inverse| compute(inverse, wanted, constant)) {
                return self.ask_equal(left, wanted);
            }
            if operation == code::AND {
                if wanted & !constant != 0 || constant == 0 {
                    return Asked::Constant(wanted == 0);
                }
                if wanted == 0 || wanted == constant && constant.is_power_of_two() {
                    let test = Test { value: left, comparison: Comparison::Bits, operand: right };
                    return Asked::Test(test, wanted == 0);
                }
            }
        }
        let operand = self.constant(wanted);
        Asked::Test(Test { value, comparison: Comparison::Equal, operand }, false)
    }
}

/// Whether a comparison of two numbers holds.
pub(super) fn holds(comparison: Comparison, a: u32, b: u32) -> bool {
    match comparison {
        Comparison::Equal => a == b,
        Comparison::Greater => a > b,
        Comparison::GreaterOrEqual => a >= b,
        Comparison::Bits => a & b != 0,
    }
}
