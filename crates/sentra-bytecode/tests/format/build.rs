//! Small modules for the tests to change.

use sentra_bytecode::{Function, Instruction, Module, Opcode, Source};

/// A program whose main function runs this code.
pub fn program(code: Vec<Instruction>) -> Module {
    Module {
        functions: vec![Function { name: "main.sn".into(), code, ..Function::default() }],
        sources: vec![Source { path: "main.sn".into(), ..Source::default() }],
        ..Module::default()
    }
}

/// An instruction without operands.
pub fn op(opcode: Opcode) -> Instruction {
    Instruction::new(opcode)
}

/// An instruction with short operands.
pub fn abc(opcode: Opcode, a: u16, b: u16, c: u16) -> Instruction {
    Instruction::abc(opcode, a, b, c)
}

/// An instruction with a short and a wide operand.
pub fn wide(opcode: Opcode, a: u16, wide: u32) -> Instruction {
    Instruction::with_wide(opcode, a, wide)
}

/// An instruction with a long jump.
pub fn jump(opcode: Opcode, a: u16, distance: i32) -> Instruction {
    Instruction::with_wide(opcode, a, distance as u32)
}

/// `Return` of nothing.
pub fn end() -> Instruction {
    op(Opcode::ReturnNil)
}
