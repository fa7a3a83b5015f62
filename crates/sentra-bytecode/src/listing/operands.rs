//! The operands of an instruction as text.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};

use crate::instruction::Instruction;
use crate::module::{Constant, Module};
use crate::opcode::Operand;

/// The longest string constant that is shown whole, in bytes.
const STRING_WIDTH: usize = 60;
/// The most keys of a map literal that are shown.
const KEYS_SHOWN: usize = 12;

/// An instruction's operands, resolved for a listing.
pub(super) struct Operands<'a> {
    pub(super) module: &'a Module,
    pub(super) labels: &'a BTreeMap<i64, usize>,
    pub(super) index: usize,
    pub(super) instruction: &'a Instruction,
}

impl Display for Operands<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, operand) in self.instruction.op.operands().iter().enumerate() {
            if number > 0 {
                f.write_char(' ')?;
            }
            self.write_operand(f, *operand)?;
        }
        Ok(())
    }
}

impl Operands<'_> {
    fn write_operand(&self, f: &mut fmt::Formatter<'_>, operand: Operand) -> fmt::Result {
        let Instruction { x, a, b, c, .. } = *self.instruction;
        let wide = self.instruction.wide();
        match operand {
            Operand::FlagX => write!(f, "{}", if x == 0 { "no" } else { "yes" }),
            Operand::SlotA => write!(f, "s{a}"),
            Operand::SlotB => write!(f, "s{b}"),
            Operand::SlotC => write!(f, "s{c}"),
            Operand::CountA => write!(f, "{a}"),
            Operand::CaptureA => write!(f, "c{a}"),
            Operand::ImmediateB => write!(f, "{}", b as i16),
            Operand::ImmediateC => write!(f, "{}", c as i16),
            Operand::WideInt => write!(f, "{}", wide as i32),
            Operand::WideCount => write!(f, "{wide}"),
            Operand::ShortJump | Operand::LongJump => self.write_target(f),
            Operand::Constant | Operand::String | Operand::Keys => self.write_constant(f, wide),
            Operand::Global | Operand::Function | Operand::Extern | Operand::Source => {
                self.write_named(f, operand, wide)
            }
        }
    }

    fn write_target(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.index as i64 + 1 + i64::from(self.instruction.jump().unwrap_or(0));
        write!(f, "-> L{}", self.labels.get(&target).copied().unwrap_or(0))
    }

    fn write_constant(&self, f: &mut fmt::Formatter<'_>, index: u32) -> fmt::Result {
        match self.module.constants.get(index as usize) {
            Some(Constant::Number(number)) => write_number(f, *number),
            Some(Constant::Integer(integer)) => write!(f, "{integer}"),
            Some(Constant::String(bytes)) => write_string(f, bytes),
            Some(Constant::Keys(keys)) => {
                f.write_str("{")?;
                for (number, key) in keys.iter().take(KEYS_SHOWN).enumerate() {
                    f.write_str(if number == 0 { "" } else { ", " })?;
                    match self.module.constants.get(*key as usize) {
                        Some(Constant::String(bytes)) => write_string(f, bytes)?,
                        _ => write!(f, "constant {key}")?,
                    }
                }
                f.write_str(if keys.len() > KEYS_SHOWN { ", …}" } else { "}" })
            }
            None => write!(f, "constant {index}"),
        }
    }

    fn write_named(&self, f: &mut fmt::Formatter<'_>, operand: Operand, wide: u32) -> fmt::Result {
        let index = wide as usize;
        let (letter, name) = match operand {
            Operand::Global => ("g", self.module.globals.get(index).map(|global| &global.name)),
            Operand::Function => ("f", self.module.functions.get(index).map(|function| &function.name)),
            Operand::Source => ("file ", self.module.sources.get(index).map(|source| &source.path)),
            _ => ("extern ", self.module.externs.get(index).map(|builtin| &builtin.name)),
        };
        match (operand, name) {
            (Operand::Extern | Operand::Source, Some(name)) => write!(f, "{}", name.escape_debug()),
            (_, Some(name)) if !name.is_empty() => write!(f, "{letter}{wide} {}", name.escape_debug()),
            _ => write!(f, "{letter}{wide}"),
        }
    }
}

/// A number as scripts write it, large and small ones with an exponent.
fn write_number(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    let plain = number == 0.0 || (1e-6..1e21).contains(&number.abs());
    if plain { write!(f, "{number}") } else { write!(f, "{number:e}") }
}

/// A byte string in quotes, cut when it is long; bytes that are not UTF-8 in hexadecimal.
fn write_string(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let is_boundary = |end: &usize| bytes.get(*end).is_none_or(|byte| byte & 0xC0 != 0x80);
    let end = (0..=bytes.len().min(STRING_WIDTH)).rev().take(4).find(is_boundary).unwrap_or(STRING_WIDTH);
    f.write_char('"')?;
    for chunk in bytes[..end].utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\'' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    f.write_char('"')?;
    if end < bytes.len() { write!(f, "… ({} bytes)", bytes.len()) } else { Ok(()) }
}
