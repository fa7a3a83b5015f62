//! Patterns that must fit: what `let`, parameters and `for` take apart.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::variable::Place;
use crate::fold;
use crate::ir::{Constant, Expr, Pattern, PatternKind, Storage, VariableId};
use crate::span::Span;

impl Code<'_, '_> {
    /// Declares the variables of a pattern with the parts of a value.
    pub(super) fn declare(&mut self, pattern: &Pattern, value: &Expr) {
        let PatternKind::Bind(id) = pattern.kind else {
            self.value(value);
            return self.take_apart(pattern);
        };
        if self.is_folded_away(id) {
            return;
        }
        match self.place(id) {
            Place::Function(_) => {}
            Place::Slot(slot) => self.compute_into(value, slot),
            _ => {
                self.value(value);
                self.settle(id);
            }
        }
    }

    /// Whether every use of a variable has been replaced by its value.
    fn is_folded_away(&self, id: VariableId) -> bool {
        let variable = self.variable(id);
        let short = match &variable.constant {
            Some(Constant::Nil | Constant::Boolean(_)) => true,
            Some(Constant::Integer(value)) => i16::try_from(*value).is_ok(),
            _ => false,
        };
        short && !variable.assigned && !variable.public && variable.storage == Storage::Slot
    }

    /// Gives the parts of the top to a pattern; what the pattern does not need goes.
    pub(super) fn take_apart(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Bind(id) => self.settle(*id),
            PatternKind::Array(..) | PatternKind::Map(_) => {
                let slot = self.top();
                self.destructure(pattern, slot);
            }
            _ => self.op(Opcode::Pop),
        }
    }

    /// Gives the parts of a slot to a pattern.
    pub(super) fn destructure(&mut self, pattern: &Pattern, slot: u16) {
        match &pattern.kind {
            PatternKind::Array(elements, rest) => {
                for (index, element) in elements.iter().enumerate() {
                    self.element(slot, index, element.span);
                    self.take_apart(element);
                }
                if let Some(rest) = rest {
                    self.rest_of(slot, elements.len(), pattern.span);
                    self.settle(*rest);
                }
            }
            PatternKind::Map(entries) => {
                for (name, value) in entries {
                    let key = self.emitter.pool.string(name.as_bytes());
                    self.push_at(Instruction::with_wide(Opcode::GetFieldL, slot, key), value.span);
                    self.take_apart(value);
                }
            }
            _ => {
                self.get_local(slot);
                self.take_apart(pattern);
            }
        }
    }

    /// Pushes an element of the array in a slot.
    pub(super) fn element(&mut self, slot: u16, index: usize, span: Span) {
        match i16::try_from(index) {
            Ok(index) => self.push_at(Instruction::abc(Opcode::GetIndexLI, slot, 0, index as u16), span),
            Err(_) => {
                self.constant(&fold::number(index as f64));
                self.push_at(Instruction::abc(Opcode::GetIndexLS, slot, 0, 0), span);
            }
        }
    }

    /// Pushes the elements of the array in a slot from an index on.
    pub(super) fn rest_of(&mut self, slot: u16, from: usize, span: Span) {
        self.get_local(slot);
        self.constant(&fold::number(from as f64));
        self.op(Opcode::Nil);
        self.push_at(Instruction::new(Opcode::Slice), span);
    }
}
