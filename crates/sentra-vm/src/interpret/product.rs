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

/// Runs what follows a multiplication until its result is small, stored, or of no use here. Gives that result, and the
/// last instruction that was run.
///
/// # Safety
/// `ip` is the multiplication, `base` the first slot of its function, both of verified code.
#[inline(never)]
pub(crate) unsafe fn follow(
    vm: &Vm,
    ip: *const Instruction,
    base: *const Value,
    product: i64,
) -> (i64, *const Instruction) {
    let (mut integer, mut last) = (product, ip);
    loop {
        // SAFETY: verified code does not end with a multiplication, nor with what a step takes.
        let Some((result, ip)) = (unsafe { step(vm, last, base, integer) }) else { return (integer, last) };
        (integer, last) = (result, ip);
        // SAFETY: this instruction has just been run.
        if Value::integer(integer).is_some() || unsafe { stored(last) }.is_some() {
            return (integer, last);
        }
    }
}

/// The slot that an instruction stores its result to, which `follow` gave; nothing for the stack.
///
/// # Safety
/// The instruction is one of a function's code.
#[inline(always)]
pub(crate) unsafe fn stored(ip: *const Instruction) -> Option<u16> {
    // SAFETY: as the caller says.
    let Instruction { op, a, .. } = unsafe { *ip };
    form(op).and_then(|(.., is_stored)| is_stored.then_some(a))
}

/// # Safety
/// As for `follow`; `last` was run last.
#[inline(always)]
unsafe fn step(vm: &Vm, last: *const Instruction, base: *const Value, left: i64) -> Option<(i64, *const Instruction)> {
    // SAFETY: as the caller says; the slots and constants of verified instructions exist.
    unsafe {
        let mut ip = last.add(1);
        let slot = |number: u16| *base.add(number as usize);
        let pushed = match (*ip).op {
            Opcode::Int => Some(Value::small((*ip).wide() as i32)),
            Opcode::Const => Some(*vm.constants.as_ptr().add((*ip).wide() as usize)),
            Opcode::GetLocal => Some(slot((*ip).a)),
            _ => None,
        };
        if pushed.is_some() {
            ip = ip.add(1);
        }
        let Instruction { op, a, b, c, .. } = *ip;
        let (operator, right, _) = form(op)?;
        let right = match (right, pushed) {
            (Right::Pushed, Some(pushed)) => pushed.as_exact_integer()?,
            (Right::SlotA, None) => slot(a).as_exact_integer()?,
            (Right::SlotB, None) => slot(b).as_exact_integer()?,
            (Right::Immediate, None) => i64::from(c as i16),
            _ => return None,
        };
        Some((compute(operator, left, right)?, ip))
    }
}

/// Where the right operand of an instruction is whose left one is the product.
#[derive(Clone, Copy)]
enum Right {
    Pushed,
    SlotA,
    SlotB,
    Immediate,
}

/// What an instruction does with the top of the stack, and whether its result goes to slot `a`.
#[inline(always)]
fn form(op: Opcode) -> Option<(Operator, Right, bool)> {
    use Operator::{Add, And, Multiply, Or, Remainder, ShiftRight, Subtract, Xor};
    use Right::{Immediate, Pushed, SlotA, SlotB};
    Some(match op {
        Opcode::AddSS => (Add, Pushed, false),
        Opcode::AddSI => (Add, Immediate, false),
        Opcode::AddSL | Opcode::AddLS => (Add, SlotA, false),
        Opcode::AddSS_L => (Add, Pushed, true),
        Opcode::AddSL_L | Opcode::AddLS_L => (Add, SlotB, true),
        Opcode::SubSS => (Subtract, Pushed, false),
        Opcode::SubSI => (Subtract, Immediate, false),
        Opcode::SubSL => (Subtract, SlotA, false),
        Opcode::SubSS_L => (Subtract, Pushed, true),
        Opcode::SubSL_L => (Subtract, SlotB, true),
        Opcode::MulSS => (Multiply, Pushed, false),
        Opcode::MulSI => (Multiply, Immediate, false),
        Opcode::MulSL => (Multiply, SlotA, false),
        Opcode::MulSS_L => (Multiply, Pushed, true),
        Opcode::MulSL_L => (Multiply, SlotB, true),
        Opcode::RemSS => (Remainder, Pushed, false),
        Opcode::RemSI => (Remainder, Immediate, false),
        Opcode::RemSL => (Remainder, SlotA, false),
        Opcode::RemSS_L => (Remainder, Pushed, true),
        Opcode::RemSL_L => (Remainder, SlotB, true),
        Opcode::BitAndSS => (And, Pushed, false),
        Opcode::BitAndSI => (And, Immediate, false),
        Opcode::BitOrSS => (Or, Pushed, false),
        Opcode::BitOrSI => (Or, Immediate, false),
        Opcode::BitXorSS => (Xor, Pushed, false),
        Opcode::BitXorSI => (Xor, Immediate, false),
        Opcode::ShrSS => (ShiftRight, Pushed, false),
        Opcode::ShrSI => (ShiftRight, Immediate, false),
        _ => return None,
    })
}

/// The exact result, if it is one of 64 bits and no fault.
#[inline(always)]
fn compute(operator: Operator, a: i64, b: i64) -> Option<i64> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        // Most of such divisors are powers of two.
        Operator::Remainder if a >= 0 && b > 0 && b & (b - 1) == 0 => Some(a & (b - 1)),
        Operator::Remainder => a.checked_rem(b),
        Operator::And => Some(a & b),
        Operator::Or => Some(a | b),
        Operator::Xor => Some(a ^ b),
        Operator::ShiftRight if (0..64).contains(&b) => Some(a >> b),
        _ => None,
    }
}
