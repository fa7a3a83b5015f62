//! Classic BPF: programs that look at one frame and say how many of its bytes to keep. The
//! kernel runs them on sockets; [`Program`] runs them here, on frames from files.

pub mod code;
mod listing;
mod run;
mod verify;

pub use listing::listing;
pub(crate) use run::compute;
pub use verify::Invalid;

/// One instruction, laid out as `struct sock_filter` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// What to do: class, size or operation, and where the operand is.
    pub code: u16,
    /// How many instructions to skip if a comparison holds.
    pub jt: u8,
    /// How many if it does not.
    pub jf: u8,
    /// The constant: an offset, an operand, a distance.
    pub k: u32,
}

/// The most instructions that a program has, here as in the kernel.
pub const MAX_INSTRUCTIONS: usize = 4096;

/// A program that has been verified: it ends on every frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    instructions: Vec<Instruction>,
}

impl Program {
    /// Takes instructions from anywhere, if they make a program.
    pub fn new(instructions: Vec<Instruction>) -> Result<Self, Invalid> {
        verify::verify(&instructions)?;
        Ok(Self { instructions })
    }

    /// The program that keeps every frame whole.
    pub fn everything() -> Self {
        Self { instructions: vec![Instruction { code: code::RET_K, jt: 0, jf: 0, k: u32::MAX }] }
    }

    /// Its instructions, such as the kernel takes.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Whether the frame is one of those that the program asks for. `length` is that on the
    /// wire, of which `frame` may be a part only.
    pub fn matches(&self, frame: &[u8], length: u32) -> bool {
        self.run(frame, length) != 0
    }
}
