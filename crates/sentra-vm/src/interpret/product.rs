//! Products beyond small integers.
//!
//! Generators of numbers and hashes multiply far and take a remainder or some bits at once. An object for what lies
//! between would be garbage with the next instruction; so the instructions after such a multiplication are run here,
//! on an integer of 64 bits, as long as they work on that alone and the result is exact. What they would do in the
//! interpreter's loop is the same, and it goes on with the first that is not done here.

use sentra_bytecode::{Instruction, Opcode};

use super::arithmetic::Operator;
use crate::value::Value;
use crate::vm::Vm;

/// Where the instructions ended that were run on a product.
pub(crate) struct Outcome {
    /// What they gave.
    pub integer: i64,
    /// The last of them.
    pub ip: *const Instruction,
    /// The slot that it is for, or the stack.
    pub slot: Option<u16>,
}

/// Runs what follows a multiplication until its result is small, stored, or of no use here.
///
/// # Safety
/// `ip` is the multiplication, `base` the first slot of its function, both of verified code.
#[inline(never)]
pub(crate) unsafe fn follow(vm: &Vm, ip: *const Instruction, base: *const Value, product: i64) -> Outcome {
    let mut outcome = Outcome { integer: product, ip, slot: None };
    while outcome.slot.is_none() && Value::integer(outcome.integer).is_none() {
        // SAFETY: verified code does not end with a multiplication, nor with what a step takes.
        let Some(next) = (unsafe { step(vm, &outcome, base) }) else { break };
        outcome = next;
    }
    outcome
}

/// # Safety
/// As for `follow`.
unsafe fn step(vm: &Vm, so_far: &Outcome, base: *const Value) -> Option<Outcome> {
    use Opcode as O;
    // SAFETY: as the caller says; the slots and constants of verified instructions exist.
    unsafe {
        let mut ip = so_far.ip.add(1);
        let slot = |number: u16| *base.add(number as usize);
        let pushed = match (*ip).op {
            O::Int => Some(Value::small((*ip).wide() as i32)),
            O::Const => Some(*vm.constants.as_ptr().add((*ip).wide() as usize)),
            O::GetLocal => Some(slot((*ip).a)),
            _ => None,
        };
        if pushed.is_some() {
            ip = ip.add(1);
        }
        let Instruction { op, a, b, c, .. } = *ip;
        let operator = operator(op)?;
        let immediate = Value::small(i32::from(c as i16));
        let (right, to) = match (op, pushed) {
            (O::AddSS | O::SubSS | O::MulSS | O::RemSS, Some(pushed)) => (pushed, None),
            (O::BitAndSS | O::BitOrSS | O::BitXorSS | O::ShrSS, Some(pushed)) => (pushed, None),
            (O::AddSS_L | O::SubSS_L | O::MulSS_L | O::RemSS_L, Some(pushed)) => (pushed, Some(a)),
            (O::AddSL | O::SubSL | O::MulSL | O::RemSL | O::AddLS, None) => (slot(a), None),
            (O::AddSL_L | O::SubSL_L | O::MulSL_L | O::RemSL_L | O::AddLS_L, None) => (slot(b), Some(a)),
            (O::AddSI | O::SubSI | O::MulSI | O::RemSI, None) => (immediate, None),
            (O::BitAndSI | O::BitOrSI | O::BitXorSI | O::ShrSI, None) => (immediate, None),
            _ => return None,
        };
        let integer = compute(operator, so_far.integer, right.as_exact_integer()?)?;
        Some(Outcome { integer, ip, slot: to })
    }
}

fn operator(op: Opcode) -> Option<Operator> {
    use Opcode as O;
    Some(match op {
        O::AddSS | O::AddSS_L | O::AddSL | O::AddSL_L | O::AddSI | O::AddLS | O::AddLS_L => Operator::Add,
        O::SubSS | O::SubSS_L | O::SubSL | O::SubSL_L | O::SubSI => Operator::Subtract,
        O::MulSS | O::MulSS_L | O::MulSL | O::MulSL_L | O::MulSI => Operator::Multiply,
        O::RemSS | O::RemSS_L | O::RemSL | O::RemSL_L | O::RemSI => Operator::Remainder,
        O::BitAndSS | O::BitAndSI => Operator::And,
        O::BitOrSS | O::BitOrSI => Operator::Or,
        O::BitXorSS | O::BitXorSI => Operator::Xor,
        O::ShrSS | O::ShrSI => Operator::ShiftRight,
        _ => return None,
    })
}

/// The exact result, if it is one of 64 bits and no fault.
fn compute(operator: Operator, a: i64, b: i64) -> Option<i64> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Remainder => a.checked_rem(b),
        Operator::And => Some(a & b),
        Operator::Or => Some(a | b),
        Operator::Xor => Some(a ^ b),
        Operator::ShiftRight if (0..64).contains(&b) => Some(a >> b),
        _ => None,
    }
}
