//! `select`: waits for the first of several channel operations.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use crate::ir::{Block, SelectArm};
use crate::span::Span;

impl Code<'_, '_> {
    pub(super) fn select(&mut self, arms: &[SelectArm], default: Option<&Block>, span: Span) {
        let depth = self.depth;
        for arm in arms {
            self.value(&arm.channel);
            match &arm.value {
                Some(value) => {
                    self.op(Opcode::True);
                    self.value(value);
                }
                None => {
                    self.op(Opcode::False);
                    self.op(Opcode::Nil);
                }
            }
        }
        let instruction = Instruction::abc(Opcode::Select, arms.len() as u16, 0, 0);
        self.push_at(Instruction { x: u8::from(default.is_some()), ..instruction }, span);
        let end = self.label();
        let base = self.depth;
        for (number, arm) in arms.iter().enumerate() {
            let next = self.label();
            self.jump_unless_number(depth as u16 + 1, number as u32, next);
            if let Some(variable) = arm.variable {
                self.settle_in(variable, depth as u16);
            }
            self.block(&arm.body);
            self.jump_to(end);
            self.depth = base;
            self.bind(next);
        }
        if let Some(default) = default {
            self.block(default);
        }
        self.bind(end);
        self.pop_to(depth);
    }
}
