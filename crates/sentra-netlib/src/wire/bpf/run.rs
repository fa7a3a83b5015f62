//! Running a program on a frame. What lies outside of the frame cannot be read: the program
//! then ends and keeps nothing, as in the kernel. What only the kernel knows is outside too.

use super::code::*;
use super::{Instruction, Program};

impl Program {
    /// Runs the program: how many bytes of the frame to keep, none of them if it is not wanted.
    /// `length` is that on the wire, of which `frame` may be a part only.
    pub fn run(&self, frame: &[u8], length: u32) -> u32 {
        self.steps(frame, length).unwrap_or(0)
    }

    /// `None` where the frame ends too early or something is divided by zero.
    fn steps(&self, frame: &[u8], length: u32) -> Option<u32> {
        let (mut a, mut x) = (0_u32, 0_u32);
        let mut memory = [0_u32; MEMORY];
        let mut at = 0;
        loop {
            let Instruction { code, jt, jf, k } = *self.instructions.get(at)?;
            at += 1;
            match code {
                LD_H_ABS => a = half(frame, k)?,
                LD_B_ABS => a = byte(frame, k)?,
                LD_W_ABS => a = word(frame, k)?,
                JEQ_K => at += if a == k { jt } else { jf } as usize,
                JSET_K => at += if a & k != 0 { jt } else { jf } as usize,
                JGT_K => at += if a > k { jt } else { jf } as usize,
                JGE_K => at += if a >= k { jt } else { jf } as usize,
                LDX_MSH => x = (byte(frame, k)? & 0xf) << 2,
                LD_H_IND => a = half(frame, x.checked_add(k)?)?,
                LD_B_IND => a = byte(frame, x.checked_add(k)?)?,
                LD_W_IND => a = word(frame, x.checked_add(k)?)?,
                RET_K => return Some(k),
                RET_A => return Some(a),
                TAX => x = a,
                TXA => a = x,
                ST => *memory.get_mut(k as usize)? = a,
                STX => *memory.get_mut(k as usize)? = x,
                _ => match code & CLASS {
                    LD => a = load(code, k, length, &memory)?,
                    LDX => x = load(code, k, length, &memory)?,
                    ALU => a = compute(code & 0xf0, a, if code & X != 0 { x } else { k })?,
                    _ if code & !X == JMP | JA => at += k as usize,
                    _ => at += if compare(code, a, x) { jt } else { jf } as usize,
                },
            }
        }
    }
}

const LD_W_ABS: u16 = LD | W | ABS;
const LD_H_ABS: u16 = LD | H | ABS;
const LD_B_ABS: u16 = LD | B | ABS;
const LD_W_IND: u16 = LD | W | IND;
const LD_H_IND: u16 = LD | H | IND;
const LD_B_IND: u16 = LD | B | IND;
const LDX_MSH: u16 = LDX | MSH | B;
const JEQ_K: u16 = JMP | JEQ;
const JGT_K: u16 = JMP | JGT;
const JGE_K: u16 = JMP | JGE;
const JSET_K: u16 = JMP | JSET;

fn byte(frame: &[u8], at: u32) -> Option<u32> {
    frame.get(at as usize).map(|&byte| u32::from(byte))
}

fn half(frame: &[u8], at: u32) -> Option<u32> {
    let bytes = frame.get(at as usize..)?.first_chunk()?;
    Some(u32::from(u16::from_be_bytes(*bytes)))
}

fn word(frame: &[u8], at: u32) -> Option<u32> {
    frame.get(at as usize..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

fn load(code: u16, k: u32, length: u32, memory: &[u32; MEMORY]) -> Option<u32> {
    match code & 0xe0 {
        IMM => Some(k),
        LEN => Some(length),
        _ => memory.get(k as usize).copied(),
    }
}

/// An operation of arithmetic, as a program does it and as the compiler foresees it.
pub(crate) fn compute(operation: u16, a: u32, operand: u32) -> Option<u32> {
    Some(match operation {
        ADD => a.wrapping_add(operand),
        SUB => a.wrapping_sub(operand),
        MUL => a.wrapping_mul(operand),
        DIV => a.checked_div(operand)?,
        MOD => a.checked_rem(operand)?,
        OR => a | operand,
        AND => a & operand,
        XOR => a ^ operand,
        LSH => a.checked_shl(operand).unwrap_or(0),
        RSH => a.checked_shr(operand).unwrap_or(0),
        _ => a.wrapping_neg(),
    })
}

fn compare(code: u16, a: u32, operand: u32) -> bool {
    match code & 0xf0 {
        JEQ => a == operand,
        JGT => a > operand,
        JGE => a >= operand,
        _ => a & operand != 0,
    }
}
