//! What makes instructions a program: jumps lead forward to instructions, memory is that which
//! there is, and the last instruction returns. So a program ends after as many steps as it has
//! instructions. These are the kernel's rules.

use std::fmt;

use super::code::*;
use super::{Instruction, MAX_INSTRUCTIONS};

/// Why instructions are no program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// None, or more than there may be.
    Count(usize),
    /// There is no such operation.
    Code(usize),
    /// It leads out of the program.
    Jump(usize),
    /// There is no such word of memory.
    Memory(usize),
    /// It divides by zero.
    Division(usize),
    /// It shifts by more than the bits that there are.
    Shift(usize),
    /// The last instruction does not return.
    NoReturn,
}

impl fmt::Display for Invalid {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Count(count) => write!(to, "a program has 1 to {MAX_INSTRUCTIONS} instructions, not {count}"),
            Self::Code(at) => write!(to, "instruction {at} is none of classic BPF"),
            Self::Jump(at) => write!(to, "instruction {at} leads out of the program"),
            Self::Memory(at) => write!(to, "instruction {at} uses memory that there is not"),
            Self::Division(at) => write!(to, "instruction {at} divides by zero"),
            Self::Shift(at) => write!(to, "instruction {at} shifts by more than 31 bits"),
            Self::NoReturn => write!(to, "the last instruction does not return"),
        }
    }
}

impl std::error::Error for Invalid {}

pub(super) fn verify(program: &[Instruction]) -> Result<(), Invalid> {
    if program.is_empty() || program.len() > MAX_INSTRUCTIONS {
        return Err(Invalid::Count(program.len()));
    }
    for (at, instruction) in program.iter().enumerate() {
        check(instruction, at, program.len())?;
    }
    match program.last() {
        Some(last) if last.code & CLASS == RET => Ok(()),
        _ => Err(Invalid::NoReturn),
    }
}

fn check(instruction: &Instruction, at: usize, count: usize) -> Result<(), Invalid> {
    let Instruction { code, jt, jf, k } = *instruction;
    let memory = if k as usize >= MEMORY { Err(Invalid::Memory(at)) } else { Ok(()) };
    let known = match code & CLASS {
        LD => match code & !CLASS {
            IMM | LEN => true,
            MEM => return memory,
            mode => matches!(mode & !0x18, ABS | IND) && matches!(mode & 0x18, W | H | B),
        },
        LDX => match code & !CLASS {
            IMM | LEN => true,
            MEM => return memory,
            mode => mode == MSH | B,
        },
        ST | STX if code & !CLASS == 0 => return memory,
        ALU => return arithmetic(code, k, at),
        JMP => return jump(code, jt, jf, k, at, count),
        RET => matches!(code, RET_K | RET_A),
        MISC => matches!(code, TAX | TXA),
        _ => false,
    };
    if known { Ok(()) } else { Err(Invalid::Code(at)) }
}

fn arithmetic(code: u16, k: u32, at: usize) -> Result<(), Invalid> {
    let (operation, source) = (code & 0xf0, code & X);
    if operation > XOR || code > 0xff || operation == NEG && source != 0 {
        return Err(Invalid::Code(at));
    }
    match operation {
        DIV | MOD if source == K && k == 0 => Err(Invalid::Division(at)),
        LSH | RSH if source == K && k > 31 => Err(Invalid::Shift(at)),
        _ => Ok(()),
    }
}

fn jump(code: u16, jt: u8, jf: u8, k: u32, at: usize, count: usize) -> Result<(), Invalid> {
    let room = (count - at - 1) as u32;
    let furthest = match code & !CLASS {
        JA => k,
        rest if code < 0x100 && matches!(rest & !X, JEQ | JGT | JGE | JSET) => u32::from(jt.max(jf)),
        _ => return Err(Invalid::Code(at)),
    };
    if furthest < room { Ok(()) } else { Err(Invalid::Jump(at)) }
}
