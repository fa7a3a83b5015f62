//! Calls: now, in a fiber of their own, or when the function ends.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::variable::Place;
use crate::ir::{Call, Callee, ExprKind};
use crate::span::Span;

impl Code<'_, '_> {
    /// Pushes a call's result.
    pub(super) fn call(&mut self, call: &Call, span: Span) {
        let count = call.arguments.len() as u16;
        let instruction = match &call.callee {
            Callee::Builtin(id) => {
                self.arguments(call);
                Instruction::with_wide(Opcode::CallBuiltin, count, *id)
            }
            Callee::Method(object, name) => {
                self.value(object);
                self.arguments(call);
                let name = self.emitter.pool.string(name.as_bytes());
                Instruction::with_wide(Opcode::CallMethod, count, name)
            }
            Callee::Value(callee) => {
                if let ExprKind::Variable(id) = callee.kind
                    && let Place::Function(function) = self.place(id)
                {
                    self.arguments(call);
                    let place = self.emitter.place_of(function);
                    Instruction::with_wide(Opcode::CallFunc, count, place)
                } else {
                    self.value(callee);
                    self.arguments(call);
                    let op = if self.emitter.options.adapt_calls { Opcode::CallAdapt } else { Opcode::Call };
                    Instruction::abc(op, count, 0, 0)
                }
            }
        };
        self.push_at(instruction, span);
    }

    fn arguments(&mut self, call: &Call) {
        call.arguments.iter().for_each(|argument| self.value(argument));
    }

    /// Pushes what a later call will need: its callee and its arguments.
    fn prepared(&mut self, call: &Call, span: Span) {
        match &call.callee {
            Callee::Builtin(id) => self.op_wide(Opcode::Builtin, 0, *id),
            Callee::Value(callee) => self.value(callee),
            Callee::Method(object, name) => {
                self.value(object);
                let name = self.emitter.pool.string(name.as_bytes());
                self.push_at(Instruction::with_wide(Opcode::Method, 0, name), span);
            }
        }
        self.arguments(call);
    }

    /// Pushes the task of a new fiber.
    pub(super) fn spawn(&mut self, call: &Call, span: Span) {
        self.prepared(call, span);
        self.push_at(Instruction::abc(Opcode::Spawn, call.arguments.len() as u16, 0, 0), span);
    }

    /// Leaves a call for the end of the function.
    pub(super) fn defer(&mut self, call: &Call, span: Span) {
        self.prepared(call, span);
        self.op_wide(Opcode::Array, 0, call.arguments.len() as u32 + 1);
        self.op_a(Opcode::Append, self.deferred);
    }
}
