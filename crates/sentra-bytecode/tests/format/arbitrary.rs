//! Modules that the format can express, most of them invalid.

use sentra_bytecode::{
    Capture, Constant, Debug, Export, Extern, Function, Global, Handler, HandlerKind, Instruction, Module, Opcode,
    Operand, Place, Position, Source, Statement, Variable,
};

use crate::random::Random;

pub fn module(random: &mut Random) -> Module {
    Module {
        constants: random.list(20, constant),
        functions: random.list(6, function),
        globals: random.list(5, |random| Global { name: random.text(), shared: random.once_in(2) }),
        externs: random.list(5, |random| Extern { name: random.text() }),
        sources: random.list(3, source),
        entry: random.sized() as u32,
    }
}

fn constant(random: &mut Random) -> Constant {
    match random.below(5) {
        0 => Constant::Number(f64::from_bits(random.next())),
        1 => Constant::Number([0.0, -0.0, 1.0, -7.0, 9_007_199_254_740_992.0, f64::NAN][random.below(6)]),
        2 => Constant::Integer(random.sized() as i64),
        3 => Constant::String(random.list(30, |random| random.next() as u8).into()),
        _ => Constant::Keys(random.list(5, |random| random.sized() as u32).into()),
    }
}

fn source(random: &mut Random) -> Source {
    Source {
        path: random.text(),
        main: random.sized() as u32,
        exports: random.list(4, |random| {
            let index = random.sized() as u32;
            (random.text(), if random.once_in(2) { Export::Global(index) } else { Export::Function(index) })
        }),
    }
}

fn function(random: &mut Random) -> Function {
    Function {
        name: random.text(),
        source: random.sized() as u32,
        parameters: random.sized() as u16,
        required: random.sized() as u16,
        rest: random.once_in(2),
        captures: random.list(4, |random| match random.below(2) {
            0 => Capture::Slot(random.sized() as u16),
            _ => Capture::Outer(random.sized() as u16),
        }),
        max_depth: random.sized() as u16,
        code: random.list(40, instruction),
        handlers: random.list(4, handler),
        positions: positions(random),
        debug: debug(random),
    }
}

/// Any opcode with any operands; only fields that it declares are set.
fn instruction(random: &mut Random) -> Instruction {
    let mut instruction = Instruction::new(Opcode::ALL[random.below(Opcode::ALL.len())]);
    for operand in instruction.op.operands() {
        match operand {
            Operand::FlagX => instruction.x = random.next() as u8,
            Operand::SlotA | Operand::CountA | Operand::CaptureA => instruction.a = random.sized() as u16,
            Operand::SlotB | Operand::ImmediateB => instruction.b = random.sized() as u16,
            Operand::SlotC | Operand::ImmediateC | Operand::ShortJump => instruction.c = random.sized() as u16,
            _ => instruction.set_wide(random.sized() as u32),
        }
    }
    instruction
}

fn handler(random: &mut Random) -> Handler {
    Handler {
        start: random.sized() as u32,
        end: random.sized() as u32,
        target: random.sized() as u32,
        depth: random.sized() as u16,
        kind: if random.once_in(2) { HandlerKind::Catch } else { HandlerKind::Finally },
    }
}

fn positions(random: &mut Random) -> Vec<Position> {
    let mut instruction = 0;
    random.list(20, |random| {
        instruction += random.below(5) as u32;
        Position {
            instruction,
            line: if random.once_in(3) { random.sized() as u32 } else { random.below(4) as u32 },
            column: random.sized() as u32,
            length: random.sized() as u32,
        }
    })
}

fn debug(random: &mut Random) -> Debug {
    let mut instruction = 0;
    Debug {
        statements: random.list(10, |random| {
            instruction += random.below(5) as u32;
            Statement { instruction, line: random.sized() as u32, column: random.sized() as u32 }
        }),
        variables: random.list(6, |random| Variable {
            name: random.text(),
            place: match random.below(4) {
                0 => Place::Slot(random.sized() as u16),
                1 => Place::Capture(random.sized() as u16),
                2 => Place::Global(random.next() as u32),
                _ => Place::Function(random.sized() as u32),
            },
            start: random.sized() as u32,
            end: random.sized() as u32,
        }),
    }
}
