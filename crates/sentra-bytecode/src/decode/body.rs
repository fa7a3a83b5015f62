//! The content of each section. Counts are bounded by the bytes that remain; indices are
//! taken as they are and judged by `verify`.

use super::DecodeError;
use super::reader::Reader;
use crate::format::{EXACT, Section, constant_kind, line_step, place_kind};
use crate::instruction::Instruction;
use crate::module::{
    Capture, Constant, Debug, Export, Extern, Function, Global, Handler, HandlerKind, Module, Place, Position, Source,
    Statement, Variable,
};
use crate::opcode::{Opcode, Operand};

type Read<T> = Result<T, DecodeError>;

/// Reads a section into the module.
pub(super) fn read_section(section: Section, reader: &mut Reader<'_>, module: &mut Module) -> Read<()> {
    match section {
        Section::Constants => module.constants = reader.all(2, "constants", constant)?,
        Section::Externs => {
            module.externs =
                reader.all(1, "externs", |reader| Ok(Extern { name: reader.text("an extern's name")? }))?;
        }
        Section::Globals => module.globals = reader.all(2, "globals", global)?,
        Section::Sources => {
            module.entry = reader.narrow("the entry file")?;
            module.sources = reader.all(3, "source files", source)?;
        }
        Section::Functions => module.functions = reader.all(8, "functions", function)?,
        Section::Positions => {
            for function in &mut module.functions {
                function.positions = positions(reader)?;
            }
        }
        Section::Debug => {
            for function in &mut module.functions {
                function.debug =
                    Debug { statements: statements(reader)?, variables: reader.all(4, "variables", variable)? };
            }
        }
    }
    Ok(())
}

fn constant(reader: &mut Reader<'_>) -> Read<Constant> {
    let what = "a constant";
    match reader.byte(what)? {
        constant_kind::DOUBLE => {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(reader.take(8, what)?);
            Ok(Constant::Number(f64::from_bits(u64::from_le_bytes(bytes))))
        }
        constant_kind::WHOLE => {
            let number = reader.signed(what)?;
            if number.unsigned_abs() >= EXACT as u64 {
                return Err(reader.error(format!("{number} is too large for a whole number")));
            }
            Ok(Constant::Number(number as f64))
        }
        constant_kind::INTEGER => reader.signed(what).map(Constant::Integer),
        constant_kind::STRING => {
            let length = reader.length("a string constant")?;
            Ok(Constant::String(reader.take(length, "a string constant")?.into()))
        }
        constant_kind::KEYS => {
            let keys = reader.all(1, "keys", |reader| reader.narrow("a key"))?;
            Ok(Constant::Keys(keys.into()))
        }
        other => Err(reader.error(format!("unknown kind of constant {other}"))),
    }
}

fn global(reader: &mut Reader<'_>) -> Read<Global> {
    Ok(Global { name: reader.text("a global's name")?, shared: reader.flag("a global's flag")? })
}

fn source(reader: &mut Reader<'_>) -> Read<Source> {
    Ok(Source {
        path: reader.text("a source file's path")?,
        main: reader.narrow("a source file's main function")?,
        exports: reader.all(2, "exports", export)?,
    })
}

fn export(reader: &mut Reader<'_>) -> Read<(String, Export)> {
    let name = reader.text("an export's name")?;
    let (index, is_function) = reader.tagged("an export")?;
    Ok((name, if is_function { Export::Function(index) } else { Export::Global(index) }))
}

fn function(reader: &mut Reader<'_>) -> Read<Function> {
    let name = reader.text("a function's name")?;
    let source = reader.narrow("a function's source file")?;
    let (parameters, rest) = reader.tagged("a function's parameters")?;
    Ok(Function {
        name,
        source,
        parameters,
        rest,
        required: reader.narrow("a function's required parameters")?,
        max_depth: reader.narrow("a function's stack depth")?,
        captures: reader.all(1, "captures", capture)?,
        code: reader.all(1, "instructions", instruction)?,
        handlers: reader.all(4, "handlers", handler)?,
        positions: Vec::new(),
        debug: Debug::default(),
    })
}

fn capture(reader: &mut Reader<'_>) -> Read<Capture> {
    let (index, is_outer) = reader.tagged("a capture")?;
    Ok(if is_outer { Capture::Outer(index) } else { Capture::Slot(index) })
}

fn instruction(reader: &mut Reader<'_>) -> Read<Instruction> {
    let at = reader.offset();
    let number = reader.byte("an instruction")?;
    let Some(op) = Opcode::from_number(number) else {
        return Err(DecodeError { offset: at, what: format!("unknown opcode {number}") });
    };
    let mut instruction = Instruction::new(op);
    for operand in op.operands() {
        read_operand(reader, *operand, &mut instruction)?;
    }
    Ok(instruction)
}

fn read_operand(reader: &mut Reader<'_>, operand: Operand, instruction: &mut Instruction) -> Read<()> {
    let what = "an operand";
    match operand {
        Operand::FlagX => instruction.x = reader.byte(what)?,
        Operand::SlotA | Operand::CountA | Operand::CaptureA => instruction.a = reader.narrow(what)?,
        Operand::SlotB => instruction.b = reader.narrow(what)?,
        Operand::SlotC => instruction.c = reader.narrow(what)?,
        Operand::ImmediateB => instruction.b = reader.narrow_signed::<i16>(what)? as u16,
        Operand::ImmediateC | Operand::ShortJump => instruction.c = reader.narrow_signed::<i16>(what)? as u16,
        Operand::LongJump | Operand::WideInt => instruction.set_wide(reader.narrow_signed::<i32>(what)? as u32),
        Operand::WideCount
        | Operand::Constant
        | Operand::String
        | Operand::Keys
        | Operand::Global
        | Operand::Function
        | Operand::Extern
        | Operand::Source => instruction.set_wide(reader.narrow(what)?),
    }
    Ok(())
}

fn handler(reader: &mut Reader<'_>) -> Read<Handler> {
    let start = reader.narrow("a handler's start")?;
    let end = reader.narrow("a handler's end")?;
    let target = reader.narrow("a handler's target")?;
    let (depth, is_finally) = reader.tagged("a handler's depth")?;
    let kind = if is_finally { HandlerKind::Finally } else { HandlerKind::Catch };
    Ok(Handler { start, end, target, depth, kind })
}

fn positions(reader: &mut Reader<'_>) -> Read<Vec<Position>> {
    let mut last = Position { instruction: 0, line: 0, column: 0, length: 0 };
    reader.all(3, "positions", |reader| {
        last = position(reader, last)?;
        Ok(last)
    })
}

fn position(reader: &mut Reader<'_>, last: Position) -> Read<Position> {
    let what = "a position";
    let head = reader.number(what)?;
    let instruction = step(reader, last.instruction, i64::try_from(head >> 2).unwrap_or(i64::MAX))?;
    let (line, column) = match head & 3 {
        line_step::SAME => {
            let columns = reader.signed(what)?;
            (last.line, step(reader, last.column, columns)?)
        }
        line_step::NEXT => (step(reader, last.line, 1)?, reader.narrow(what)?),
        line_step::FAR => {
            let lines = reader.signed(what)?;
            (step(reader, last.line, lines)?, reader.narrow(what)?)
        }
        _ => return Err(reader.error("unknown kind of position")),
    };
    Ok(Position { instruction, line, column, length: reader.narrow(what)? })
}

fn statements(reader: &mut Reader<'_>) -> Read<Vec<Statement>> {
    let (mut instruction, mut line) = (0, 0);
    reader.all(3, "statements", |reader| {
        let what = "a statement";
        let (instructions, lines) = (reader.narrow::<u32>(what)?, reader.signed(what)?);
        instruction = step(reader, instruction, instructions.into())?;
        line = step(reader, line, lines)?;
        Ok(Statement { instruction, line, column: reader.narrow(what)? })
    })
}

fn variable(reader: &mut Reader<'_>) -> Read<Variable> {
    let what = "a variable's place";
    let name = reader.text("a variable's name")?;
    let place = reader.number(what)?;
    let number = u32::try_from(place >> 2).map_err(|_| reader.error(format!("{what} is too large")))?;
    let short = || u16::try_from(number).map_err(|_| reader.error(format!("{what} is too large")));
    let place = match place & 3 {
        place_kind::SLOT => Place::Slot(short()?),
        place_kind::CAPTURE => Place::Capture(short()?),
        place_kind::GLOBAL => Place::Global(number),
        _ => Place::Function(number),
    };
    Ok(Variable { name, place, start: reader.narrow(what)?, end: reader.narrow(what)? })
}

fn step(reader: &Reader<'_>, from: u32, by: i64) -> Read<u32> {
    let sum = i64::from(from).checked_add(by);
    sum.and_then(|sum| u32::try_from(sum).ok()).ok_or_else(|| reader.error("a position lies outside its file"))
}
