//! One instruction: eight bytes, the same in the compiler, the verifier and the VM.
//!
//! In memory every instruction has the same size, so a jump target is an index and cannot
//! land inside another instruction. On disk `encode` writes only the operands that the
//! opcode declares, as variable-length integers.

use crate::opcode::{Opcode, Operand};

/// An opcode with its operands.
///
/// `x` is a small operand, or the place where the VM remembers a field's position (a hint
/// that is never written to a file). `b` and `c` together are the wide operand
/// [`Instruction::wide`]: a constant, a function, a global, an extern or a long jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C, align(8))]
pub struct Instruction {
    /// What to do.
    pub op: Opcode,
    /// A flag or small count; a run-time hint for field access.
    pub x: u8,
    /// First operand: mostly a slot or an argument count.
    pub a: u16,
    /// Second operand: a slot or an immediate; low half of the wide operand.
    pub b: u16,
    /// Third operand: a slot, an immediate or a short jump; high half of the wide operand.
    pub c: u16,
}

const _: () = assert!(size_of::<Instruction>() == 8);

impl Instruction {
    /// An instruction without operands.
    pub const fn new(op: Opcode) -> Self {
        Self { op, x: 0, a: 0, b: 0, c: 0 }
    }

    /// An instruction with the three short operands.
    pub const fn abc(op: Opcode, a: u16, b: u16, c: u16) -> Self {
        Self { op, x: 0, a, b, c }
    }

    /// An instruction with a first operand and a wide one.
    pub const fn with_wide(op: Opcode, a: u16, wide: u32) -> Self {
        Self { op, x: 0, a, b: wide as u16, c: (wide >> 16) as u16 }
    }

    /// The wide operand, made of `b` (low half) and `c` (high half).
    #[inline(always)]
    pub const fn wide(self) -> u32 {
        self.b as u32 | (self.c as u32) << 16
    }

    /// Replaces the wide operand.
    pub const fn set_wide(&mut self, wide: u32) {
        self.b = wide as u16;
        self.c = (wide >> 16) as u16;
    }

    /// The distance of a taken jump, counted from the instruction after this one;
    /// nothing when the opcode does not jump.
    pub fn jump(self) -> Option<i32> {
        self.op.operands().iter().find_map(|operand| match operand {
            Operand::ShortJump => Some(i32::from(self.c as i16)),
            Operand::LongJump => Some(self.wide() as i32),
            _ => None,
        })
    }
}
