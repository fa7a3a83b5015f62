//! Writes a module as a `.sbc` file. It judges nothing: what is not a valid module comes out
//! as bytes that `decode` or `verify` refuses.

use crate::format::{
    EXACT, FINGERPRINT, HEADER_BYTES, MAGIC, Section, VERSION, constant_kind, line_step, place_kind, seal,
};
use crate::instruction::Instruction;
use crate::module::{
    Capture, Constant, Debug, Export, Function, Handler, HandlerKind, Module, Place, Position, Source,
};
use crate::opcode::Operand;
use crate::varint::{write, write_signed};

/// The bytes of a `.sbc` file that holds this module.
pub fn encode(module: &Module) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_BYTES + 64);
    out.extend(MAGIC);
    out.push(VERSION);
    out.extend(FINGERPRINT.to_le_bytes());
    out.extend([0; 4]);
    for section in Section::ALL {
        if is_wanted(section, module) {
            let content = section_content(section, module);
            out.push(section as u8);
            write_bytes(&mut out, &content);
        }
    }
    seal(&mut out);
    out
}

fn is_wanted(section: Section, module: &Module) -> bool {
    match section {
        Section::Positions => module.functions.iter().any(|function| !function.positions.is_empty()),
        Section::Debug => module.functions.iter().any(|function| !function.debug.is_empty()),
        _ => true,
    }
}

fn section_content(section: Section, module: &Module) -> Vec<u8> {
    let mut out = Vec::new();
    match section {
        Section::Constants => write_all(&mut out, &module.constants, write_constant),
        Section::Externs => write_all(&mut out, &module.externs, |out, item| write_bytes(out, item.name.as_bytes())),
        Section::Globals => write_all(&mut out, &module.globals, |out, global| {
            write_bytes(out, global.name.as_bytes());
            out.push(u8::from(global.shared));
        }),
        Section::Sources => {
            write(&mut out, module.entry.into());
            write_all(&mut out, &module.sources, write_source);
        }
        Section::Functions => write_all(&mut out, &module.functions, write_function),
        Section::Positions => {
            for function in &module.functions {
                write_positions(&mut out, &function.positions);
            }
        }
        Section::Debug => module.functions.iter().for_each(|function| write_debug(&mut out, &function.debug)),
    }
    out
}

fn write_all<T>(out: &mut Vec<u8>, items: &[T], mut write_item: impl FnMut(&mut Vec<u8>, &T)) {
    write(out, items.len() as u64);
    for item in items {
        write_item(out, item);
    }
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn write_constant(out: &mut Vec<u8>, constant: &Constant) {
    match constant {
        Constant::Number(number) if is_whole(*number) => {
            out.push(constant_kind::WHOLE);
            write_signed(out, *number as i64);
        }
        Constant::Number(number) => {
            out.push(constant_kind::DOUBLE);
            out.extend(number.to_bits().to_le_bytes());
        }
        Constant::Integer(integer) => {
            out.push(constant_kind::INTEGER);
            write_signed(out, *integer);
        }
        Constant::String(bytes) => {
            out.push(constant_kind::STRING);
            write_bytes(out, bytes);
        }
        Constant::Keys(keys) => {
            out.push(constant_kind::KEYS);
            write_all(out, keys, |out, key| write(out, u64::from(*key)));
        }
    }
}

/// Whether a double can be written as a whole number without losing a bit (-0.0 cannot).
fn is_whole(number: f64) -> bool {
    number.abs() < EXACT && (number as i64 as f64).to_bits() == number.to_bits()
}

fn write_source(out: &mut Vec<u8>, source: &Source) {
    write_bytes(out, source.path.as_bytes());
    write(out, source.main.into());
    write_all(out, &source.exports, |out, (name, export)| {
        write_bytes(out, name.as_bytes());
        let (index, kind) = match *export {
            Export::Global(index) => (index, 0),
            Export::Function(index) => (index, 1),
        };
        write_tagged(out, index.into(), kind);
    });
}

/// A number and one bit.
fn write_tagged(out: &mut Vec<u8>, number: u64, tag: u64) {
    write(out, number << 1 | tag);
}

fn write_function(out: &mut Vec<u8>, function: &Function) {
    write_bytes(out, function.name.as_bytes());
    write(out, function.source.into());
    write_tagged(out, function.parameters.into(), function.rest.into());
    write(out, function.required.into());
    write(out, function.max_depth.into());
    write_all(out, &function.captures, |out, capture| match *capture {
        Capture::Slot(slot) => write_tagged(out, slot.into(), 0),
        Capture::Outer(index) => write_tagged(out, index.into(), 1),
    });
    write_all(out, &function.code, write_instruction);
    write_all(out, &function.handlers, write_handler);
}

fn write_instruction(out: &mut Vec<u8>, instruction: &Instruction) {
    out.push(instruction.op as u8);
    for operand in instruction.op.operands() {
        match operand {
            Operand::FlagX => out.push(instruction.x),
            Operand::SlotA | Operand::CountA | Operand::CaptureA => write(out, instruction.a.into()),
            Operand::SlotB => write(out, instruction.b.into()),
            Operand::SlotC => write(out, instruction.c.into()),
            Operand::ImmediateB => write_signed(out, i64::from(instruction.b as i16)),
            Operand::ImmediateC | Operand::ShortJump => write_signed(out, i64::from(instruction.c as i16)),
            Operand::LongJump | Operand::WideInt => write_signed(out, i64::from(instruction.wide() as i32)),
            Operand::WideCount
            | Operand::Constant
            | Operand::String
            | Operand::Keys
            | Operand::Global
            | Operand::Function
            | Operand::Extern
            | Operand::Source => write(out, instruction.wide().into()),
        }
    }
}

fn write_handler(out: &mut Vec<u8>, handler: &Handler) {
    write(out, handler.start.into());
    write(out, handler.end.into());
    write(out, handler.target.into());
    let kind = match handler.kind {
        HandlerKind::Catch => 0,
        HandlerKind::Finally => 1,
    };
    write_tagged(out, handler.depth.into(), kind);
}

fn write_positions(out: &mut Vec<u8>, positions: &[Position]) {
    write(out, positions.len() as u64);
    let mut last = Position { instruction: 0, line: 0, column: 0, length: 0 };
    for position in positions {
        let instructions = u64::from(position.instruction.wrapping_sub(last.instruction)) << 2;
        match i64::from(position.line) - i64::from(last.line) {
            0 => {
                write(out, instructions | line_step::SAME);
                write_signed(out, i64::from(position.column) - i64::from(last.column));
            }
            1 => {
                write(out, instructions | line_step::NEXT);
                write(out, position.column.into());
            }
            lines => {
                write(out, instructions | line_step::FAR);
                write_signed(out, lines);
                write(out, position.column.into());
            }
        }
        write(out, position.length.into());
        last = *position;
    }
}

fn write_debug(out: &mut Vec<u8>, debug: &Debug) {
    let (mut instruction, mut line) = (0, 0);
    write_all(out, &debug.statements, |out, statement| {
        write(out, statement.instruction.wrapping_sub(instruction).into());
        write_signed(out, i64::from(statement.line) - i64::from(line));
        write(out, statement.column.into());
        (instruction, line) = (statement.instruction, statement.line);
    });
    write_all(out, &debug.variables, |out, variable| {
        write_bytes(out, variable.name.as_bytes());
        let (number, kind) = match variable.place {
            Place::Slot(slot) => (slot.into(), place_kind::SLOT),
            Place::Capture(capture) => (capture.into(), place_kind::CAPTURE),
            Place::Global(global) => (global, place_kind::GLOBAL),
            Place::Function(function) => (function, place_kind::FUNCTION),
        };
        write(out, u64::from(number) << 2 | kind);
        write(out, variable.start.into());
        write(out, variable.end.into());
    });
}
