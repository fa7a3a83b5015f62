//! Variables: where they are, reading them, writing them, giving them their place.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use crate::ir::{Block, FunctionId, Storage, Variable, VariableId};
use crate::span::Span;

/// Where the running function finds a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In its own slot.
    Slot(u16),
    /// In the cell in its own slot.
    Cell(u16),
    /// Among the values that the closure holds.
    Capture(u16),
    /// In a cell that the closure holds.
    CaptureCell(u16),
    /// In a global.
    Global(u32),
    /// It is a function without captures.
    Function(FunctionId),
    /// It is the running closure.
    Itself,
    /// It was declared where execution never arrives.
    Nowhere,
}

impl<'i> Code<'_, 'i> {
    pub(super) fn variable(&self, id: VariableId) -> &'i Variable {
        &self.emitter.ir.variables[id as usize]
    }

    /// Where a variable is.
    pub(super) fn place(&self, id: VariableId) -> Place {
        let variable = self.variable(id);
        let cell = match variable.storage {
            Storage::Global(global) => return Place::Global(global),
            Storage::Function(function) => return Place::Function(function),
            Storage::Cell => true,
            Storage::Slot => false,
        };
        if variable.function == self.id {
            return match (self.emitter.slots[id as usize], cell) {
                (Some(slot), true) => Place::Cell(slot),
                (Some(slot), false) => Place::Slot(slot),
                (None, _) => Place::Nowhere,
            };
        }
        match (self.function.captures.iter().position(|held| *held == id), cell) {
            (Some(index), true) => Place::CaptureCell(index as u16),
            (Some(index), false) => Place::Capture(index as u16),
            (None, _) if self.function.variable == Some(id) => Place::Itself,
            (None, _) => Place::Nowhere,
        }
    }

    /// Pushes a variable's value.
    pub(super) fn read(&mut self, id: VariableId, span: Span) {
        match self.place(id) {
            Place::Slot(slot) => self.get_local(slot),
            Place::Cell(slot) => self.op_a(Opcode::GetCell, slot),
            Place::Capture(index) => self.op_a(Opcode::GetCapture, index),
            Place::CaptureCell(index) => self.op_a(Opcode::GetCaptureCell, index),
            Place::Global(global) => self.push_at(Instruction::with_wide(Opcode::GetGlobal, 0, global), span),
            Place::Function(function) => self.function_value(function),
            Place::Itself => self.op(Opcode::Itself),
            Place::Nowhere => self.op(Opcode::Nil),
        }
    }

    /// Pushes a slot; two in a row are one instruction, unless the second is what the first pushed.
    pub(super) fn get_local(&mut self, slot: u16) {
        let merge = self.reachable && self.code.len() > self.barrier && u32::from(slot) + 1 < self.depth;
        if let Some(last) = self.code.last_mut().filter(|last| merge && last.op == Opcode::GetLocal) {
            *last = Instruction::abc(Opcode::GetLocal2, last.a, slot, 0);
            self.depth += 1;
            self.deepest = self.deepest.max(self.depth);
            return;
        }
        self.op_a(Opcode::GetLocal, slot);
    }

    /// Pops the top into a variable.
    pub(super) fn store(&mut self, id: VariableId) {
        match self.place(id) {
            Place::Slot(slot) => self.op_a(Opcode::SetLocal, slot),
            Place::Cell(slot) => self.op_a(Opcode::SetCell, slot),
            Place::CaptureCell(index) => self.op_a(Opcode::SetCaptureCell, index),
            Place::Global(global) => self.op_wide(Opcode::SetGlobal, 0, global),
            Place::Capture(_) | Place::Function(_) | Place::Itself | Place::Nowhere => self.op(Opcode::Pop),
        }
    }

    /// Makes the top the place of a variable declared here, or moves it to its place.
    pub(super) fn settle(&mut self, id: VariableId) {
        let here = self.variable(id).function == self.id;
        let open = here && self.emitter.slots[id as usize].is_none();
        if open && matches!(self.variable(id).storage, Storage::Slot | Storage::Cell) {
            let slot = self.top();
            self.put(id, slot);
            self.cell_if_shared(id);
        } else {
            self.store(id);
        }
    }

    /// Gives a variable the place of a value that is already in a slot.
    pub(super) fn settle_in(&mut self, id: VariableId, slot: u16) {
        self.put(id, slot);
        match self.variable(id).storage {
            Storage::Slot => {}
            Storage::Cell => self.op_a(Opcode::NewCell, slot),
            Storage::Global(_) | Storage::Function(_) => {
                self.get_local(slot);
                self.store(id);
            }
        }
    }

    /// Wraps a variable's slot into a cell if closures share it.
    pub(super) fn cell_if_shared(&mut self, id: VariableId) {
        if let Place::Cell(slot) = self.place(id) {
            self.op_a(Opcode::NewCell, slot);
        }
    }

    /// Starts a block: makes cells for what its functions use early, then those functions.
    pub(super) fn open_block(&mut self, block: &Block) {
        for &id in &block.declared {
            let variable = self.variable(id);
            if variable.early && variable.storage == Storage::Cell && self.emitter.slots[id as usize].is_none() {
                self.op(Opcode::Nil);
                self.settle(id);
            }
        }
        for &id in &block.declared {
            if let crate::ir::VariableKind::Function(function) = self.variable(id).kind
                && (self.emitter.ir.functions[function as usize].hoisted || self.variable(id).top)
            {
                self.declare_function(id, function);
            }
        }
    }

    /// Makes the closure of `fn name` and puts it in its place.
    pub(super) fn declare_function(&mut self, id: VariableId, function: FunctionId) {
        if matches!(self.variable(id).storage, Storage::Function(_)) {
            return;
        }
        self.function_value(function);
        self.settle(id);
    }

    /// Pushes a function's value.
    pub(super) fn function_value(&mut self, id: FunctionId) {
        if !self.reachable {
            self.op(Opcode::Nil);
            return;
        }
        let op = match self.emitter.ir.functions[id as usize].captures.is_empty() {
            true => Opcode::Func,
            false => Opcode::Closure,
        };
        let place = self.emitter.place_of(id);
        self.op_wide(op, 0, place);
    }
}
