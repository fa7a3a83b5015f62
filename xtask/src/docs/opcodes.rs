//! The opcode reference, from the opcodes' own table.

use std::fmt::Write;

use sentra_bytecode::{Flow, Instruction, Opcode, Operand};

/// The opcode reference.
pub fn table() -> String {
    let mut out = String::from(
        "| No. | Mnemonic | Operands | Pops | Pushes | What it does |\n| --: | --- | --- | --- | --- | --- |\n",
    );
    for opcode in Opcode::ALL {
        let operands: Vec<_> = opcode.operands().iter().map(|operand| operand_name(*operand)).collect();
        let (pops, pushes) = effect(*opcode);
        let doc = opcode.doc().replace('|', "\\|");
        let end = if opcode.flow() == Flow::End { " Ends the function." } else { "" };
        let number = *opcode as u8;
        writeln!(
            out,
            "| {number} | `{}` | {} | {pops} | {pushes} | {doc}{end} |",
            opcode.mnemonic(),
            operands.join(", ")
        )
        .expect("a String takes any text");
    }
    out
}

fn operand_name(operand: Operand) -> &'static str {
    match operand {
        Operand::FlagX => "flag `x`",
        Operand::SlotA => "slot `a`",
        Operand::SlotB => "slot `b`",
        Operand::SlotC => "slot `c`",
        Operand::CountA => "count `a`",
        Operand::CaptureA => "capture `a`",
        Operand::ImmediateB => "number `b`",
        Operand::ImmediateC => "number `c`",
        Operand::ShortJump => "short jump",
        Operand::LongJump => "jump",
        Operand::WideInt => "number",
        Operand::WideCount => "count `n`",
        Operand::Constant => "constant",
        Operand::String => "string",
        Operand::Keys => "keys",
        Operand::Global => "global",
        Operand::Function => "function",
        Operand::Extern => "extern",
        Operand::Source => "source file",
    }
}

/// Pops and pushes; where they depend on a count, as a sum with its letter. A taken jump may
/// push something else.
fn effect(opcode: Opcode) -> (String, String) {
    let (letter, one) = if opcode.operands().contains(&Operand::WideCount) {
        ('n', Instruction::with_wide(opcode, 0, 1))
    } else {
        ('a', Instruction::abc(opcode, 1, 0, 0))
    };
    let (base_pops, pushes) = Instruction::new(opcode).effect();
    let step = one.effect().0 - base_pops;
    let jumping = Instruction::new(opcode).jump_pushes();
    let pushes = match opcode.flow() {
        Flow::Branch if jumping != pushes => format!("{pushes}, {jumping} if it jumps"),
        Flow::End => String::new(),
        _ => pushes.to_string(),
    };
    (sum(base_pops, step, letter), pushes)
}

/// `base + step × letter`, in the shortest way.
fn sum(base: u32, step: u32, letter: char) -> String {
    match (base, step) {
        (_, 0) => base.to_string(),
        (0, 1) => format!("`{letter}`"),
        (0, _) => format!("{step}`{letter}`"),
        (_, 1) => format!("`{letter}` + {base}"),
        _ => format!("{step}`{letter}` + {base}"),
    }
}
