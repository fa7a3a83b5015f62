//! Assignments, plain and compound.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::operator::Operand;
use super::variable::Place;
use crate::ir::{Expr, Target, UpdateOperator, VariableId};
use crate::span::Span;

impl Code<'_, '_> {
    /// `target = value`; pushes the value if it is `wanted`.
    pub(super) fn assign(&mut self, target: &Target, value: &Expr, wanted: bool, span: Span) {
        match target {
            Target::Variable(id) => self.assign_variable(*id, value, wanted),
            Target::Index(object, index) if wanted => {
                let depth = self.depth;
                self.value(object);
                self.value(index);
                self.value(value);
                self.op(Opcode::Dup);
                self.push_at(Instruction::abc(Opcode::SetIndexLL, depth as u16, depth as u16 + 1, 0), span);
                self.slide_to(depth);
            }
            Target::Index(object, index) => self.assign_index(object, index, value, span),
            Target::Field(object, name) if wanted => {
                let depth = self.depth;
                let key = self.emitter.pool.string(name.as_bytes());
                self.value(object);
                self.value(value);
                self.op(Opcode::Dup);
                self.push_at(Instruction::with_wide(Opcode::SetFieldL, depth as u16, key), span);
                self.slide_to(depth);
            }
            Target::Field(object, name) => self.assign_field(object, name, value, span),
        }
    }

    fn assign_variable(&mut self, id: VariableId, value: &Expr, wanted: bool) {
        if let Place::Slot(slot) = self.place(id) {
            self.compute_into(value, slot);
            if wanted {
                self.get_local(slot);
            }
            return;
        }
        self.value(value);
        if wanted {
            self.op(Opcode::Dup);
        }
        self.store(id);
    }

    fn assign_index(&mut self, object: &Expr, index: &Expr, value: &Expr, span: Span) {
        let object_slot = self.stable_slot(object, index).and_then(|_| self.stable_slot(object, value));
        let Some(a) = object_slot else {
            self.value(object);
            self.value(index);
            self.value(value);
            return self.push_at(Instruction::new(Opcode::SetIndex), span);
        };
        let Some(b) = self.stable_slot(index, value) else {
            self.value(index);
            self.value(value);
            return self.push_at(Instruction::abc(Opcode::SetIndexLS, a, 0, 0), span);
        };
        if let Operand::Slot(c) = self.operand(value) {
            return self.push_at(Instruction::abc(Opcode::SetIndexLLL, a, b, c), span);
        }
        self.value(value);
        self.push_at(Instruction::abc(Opcode::SetIndexLL, a, b, 0), span);
    }

    fn assign_field(&mut self, object: &Expr, name: &str, value: &Expr, span: Span) {
        let key = self.emitter.pool.string(name.as_bytes());
        if let Some(slot) = self.stable_slot(object, value) {
            self.value(value);
            return self.push_at(Instruction::with_wide(Opcode::SetFieldL, slot, key), span);
        }
        self.value(object);
        self.value(value);
        self.push_at(Instruction::with_wide(Opcode::SetField, 0, key), span);
    }

    /// `target op= value`; pushes the new value if it is `wanted`.
    pub(super) fn update(&mut self, target: &Target, operator: UpdateOperator, value: &Expr, wanted: bool, span: Span) {
        let depth = self.depth;
        match target {
            Target::Variable(id) => {
                self.read(*id, span);
                self.combine(operator, value, wanted, span, |code| code.store(*id));
            }
            Target::Index(object, index) => {
                let a = self.slot_during(object, &[index, value]);
                let b = self.slot_during(index, &[value]);
                self.push_at(Instruction::abc(Opcode::GetIndexLL, a, b, 0), span);
                let store = Instruction::abc(Opcode::SetIndexLL, a, b, 0);
                self.combine(operator, value, wanted, span, |code| code.push_at(store, span));
            }
            Target::Field(object, name) => {
                let a = self.slot_during(object, &[value]);
                let key = self.emitter.pool.string(name.as_bytes());
                self.push_at(Instruction::with_wide(Opcode::GetFieldL, a, key), span);
                let store = Instruction::with_wide(Opcode::SetFieldL, a, key);
                self.combine(operator, value, wanted, span, |code| code.push_at(store, span));
            }
        }
        match wanted {
            true => self.slide_to(depth),
            false => self.pop_to(depth),
        }
    }

    /// Combines the old value on the top with the new one; `store` pops the result, which
    /// stays as well if it is `wanted`.
    fn combine(
        &mut self,
        operator: UpdateOperator,
        value: &Expr,
        wanted: bool,
        span: Span,
        store: impl FnOnce(&mut Self),
    ) {
        let end = self.label();
        let depth = self.depth;
        match operator {
            UpdateOperator::Coalesce => {
                self.jump(Instruction::new(Opcode::Coalesce), end);
                self.value(value);
            }
            UpdateOperator::Binary(operator) => self.binary_on_top(operator, value, span),
        }
        // What `??=` leaves alone arrives at the end on the stack, so the rest must too.
        let keeps = wanted || operator == UpdateOperator::Coalesce;
        if keeps {
            self.op(Opcode::Dup);
        }
        store(self);
        self.bind(end);
        if keeps && !wanted {
            self.pop_to(depth - 1);
        }
    }

    /// A slot that holds an expression's value while others are computed: its own, or a new one.
    fn slot_during(&mut self, expr: &Expr, others: &[&Expr]) -> u16 {
        let stable = others.iter().all(|other| self.stable_slot(expr, other).is_some());
        if let (true, Operand::Slot(slot)) = (stable, self.operand(expr)) {
            return slot;
        }
        self.value(expr);
        self.top()
    }
}
