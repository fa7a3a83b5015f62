//! `match`: patterns that may fail, tried in order.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::label::Label;
use super::operator::Operand;
use super::variable::Place;
use crate::ir::{Arm, Expr, ExprKind, Pattern, PatternKind, Storage, VariableId};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It goes onto the stack.
    Value,
    /// Nobody wants it.
    Effect,
    /// The function returns it.
    Return,
}

/// Where failing tests go: one label for each depth at which one failed.
#[derive(Default)]
struct Fails(Vec<(u32, Label)>);

impl Code<'_, '_> {
    /// `match value { … }`
    pub(super) fn matching(&mut self, subject: VariableId, value: &Expr, arms: &[Arm], purpose: Use) {
        let depth = self.depth;
        let slot = self.subject(subject, value);
        let end = self.label();
        let base = self.depth;
        for arm in arms {
            self.depth = base;
            self.arm(slot, arm, purpose, base, end);
        }
        self.depth = base;
        match purpose {
            Use::Value => self.op(Opcode::Nil),
            Use::Effect => {}
            Use::Return => self.return_nil(),
        }
        self.bind(end);
        match purpose {
            Use::Value => self.slide_to(depth),
            Use::Effect | Use::Return => self.pop_to(depth),
        }
    }

    /// The slot of what is matched: its own if it is a variable that keeps its value.
    fn subject(&mut self, subject: VariableId, value: &Expr) -> u16 {
        if let (ExprKind::Variable(id), Operand::Slot(slot)) = (&value.kind, self.operand(value))
            && !self.variable(*id).assigned
        {
            return slot;
        }
        self.value(value);
        let slot = self.top();
        self.put(subject, slot);
        slot
    }

    fn arm(&mut self, slot: u16, arm: &Arm, purpose: Use, base: u32, end: Label) {
        if !self.reachable {
            return;
        }
        let mut fails = Fails::default();
        match &*arm.patterns {
            [pattern] => self.test(pattern, slot, &mut fails),
            patterns => self.alternatives(patterns, &arm.bound, slot, &mut fails),
        }
        if let Some(guard) = &arm.guard {
            let fail = self.fail(&mut fails);
            self.jump_if(guard, false, fail);
        }
        self.arm_body(&arm.body, purpose, base, end);
        self.land(fails, base);
    }

    fn arm_body(&mut self, body: &Expr, purpose: Use, base: u32, end: Label) {
        match purpose {
            Use::Value => {
                self.value(body);
                self.slide_to(base);
                self.jump_to(end);
            }
            Use::Effect => {
                self.effect(body);
                self.pop_to(base);
                self.jump_to(end);
            }
            Use::Return => self.return_value(body),
        }
    }

    /// Several patterns for one arm: their variables exist before any is tried.
    fn alternatives(&mut self, patterns: &[Pattern], bound: &[VariableId], slot: u16, fails: &mut Fails) {
        for id in bound {
            self.op(Opcode::Nil);
            self.settle(*id);
        }
        let depth = self.depth;
        let found = self.label();
        let Some((last, others)) = patterns.split_last() else { return };
        for pattern in others {
            if let (PatternKind::Literal(value), false) = (&pattern.kind, self.wide) {
                self.jump_if_equal(slot, value, found);
                continue;
            }
            let mut missed = Fails::default();
            self.test(pattern, slot, &mut missed);
            self.pop_to(depth);
            self.jump_to(found);
            self.land(missed, depth);
        }
        self.test(last, slot, fails);
        self.pop_to(depth);
        self.bind(found);
    }

    fn jump_if_equal(&mut self, slot: u16, value: &Expr, label: Label) {
        if let Operand::Immediate(number) = self.operand(value) {
            return self.jump(Instruction::abc(Opcode::JumpEqLI, slot, number as u16, 0), label);
        }
        self.value(value);
        self.jump(Instruction::abc(Opcode::JumpEqSL, slot, 0, 0), label);
    }

    /// The label for tests that fail at this depth.
    fn fail(&mut self, fails: &mut Fails) -> Label {
        if let Some((_, label)) = fails.0.iter().rev().find(|(depth, _)| *depth == self.depth) {
            return *label;
        }
        let label = self.label();
        fails.0.push((self.depth, label));
        label
    }

    /// Where failed tests meet: drops what each had pushed, down to a depth.
    fn land(&mut self, fails: Fails, depth: u32) {
        let mut fails = fails.0;
        fails.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
        for (index, (from, label)) in fails.iter().enumerate() {
            if !self.reachable {
                self.depth = *from;
            }
            self.bind(*label);
            self.pop_to(fails.get(index + 1).map_or(depth, |(next, _)| *next));
        }
        if !self.reachable {
            self.depth = depth;
        }
    }

    /// Tests the value in a slot and binds its parts; they stay on the stack.
    fn test(&mut self, pattern: &Pattern, slot: u16, fails: &mut Fails) {
        match &pattern.kind {
            PatternKind::Wildcard => {}
            PatternKind::Bind(id) => self.bind_variable(*id, slot),
            PatternKind::Literal(value) => self.test_equal(slot, value, fails),
            PatternKind::Range(from, to, inclusive) => {
                self.get_local(slot);
                self.value(from);
                self.value(to);
                let instruction = Instruction { x: u8::from(*inclusive), ..Instruction::new(Opcode::InRange) };
                self.push_at(instruction, pattern.span);
                self.fail_unless(fails);
            }
            PatternKind::Array(elements, rest) => self.test_array(pattern, elements, *rest, slot, fails),
            PatternKind::Map(entries) => {
                if entries.is_empty() {
                    self.get_local(slot);
                    self.op(Opcode::IsMap);
                    self.fail_unless(fails);
                }
                for (name, value) in entries {
                    let key = self.emitter.pool.string(name.as_bytes());
                    self.get_local(slot);
                    self.op_wide(Opcode::HasKey, 0, key);
                    self.fail_unless(fails);
                    if !matches!(value.kind, PatternKind::Wildcard) {
                        self.push_at(Instruction::with_wide(Opcode::GetFieldL, slot, key), value.span);
                        let part = self.top();
                        self.test(value, part, fails);
                    }
                }
            }
        }
    }

    fn test_array(
        &mut self,
        pattern: &Pattern,
        elements: &[Pattern],
        rest: Option<VariableId>,
        slot: u16,
        fails: &mut Fails,
    ) {
        self.get_local(slot);
        let instruction = Instruction::abc(Opcode::IsArray, elements.len() as u16, 0, 0);
        self.push(Instruction { x: u8::from(rest.is_some()), ..instruction });
        self.fail_unless(fails);
        for (index, element) in elements.iter().enumerate() {
            if !matches!(element.kind, PatternKind::Wildcard) {
                self.element(slot, index, element.span);
                let part = self.top();
                self.test(element, part, fails);
            }
        }
        if let Some(rest) = rest {
            self.rest_of(slot, elements.len(), pattern.span);
            self.settle(rest);
        }
    }

    fn fail_unless(&mut self, fails: &mut Fails) {
        self.depth -= 1;
        let fail = self.fail(fails);
        self.depth += 1;
        self.jump(Instruction::new(Opcode::JumpIfFalse), fail);
    }

    fn test_equal(&mut self, slot: u16, value: &Expr, fails: &mut Fails) {
        if let (Operand::Immediate(number), false) = (self.operand(value), self.wide) {
            let fail = self.fail(fails);
            return self.jump(Instruction::abc(Opcode::JumpNeLI, slot, number as u16, 0), fail);
        }
        if self.wide {
            self.get_local(slot);
            self.value(value);
            self.op(Opcode::Eq);
            return self.fail_unless(fails);
        }
        let fail = self.fail(fails);
        self.value(value);
        self.jump(Instruction::abc(Opcode::JumpNeSL, slot, 0, 0), fail);
    }

    /// Binds a variable to the value in a slot; one that never changes is that slot.
    fn bind_variable(&mut self, id: VariableId, slot: u16) {
        let variable = self.variable(id);
        let fresh = variable.function == self.id && self.emitter.slots[id as usize].is_none();
        if fresh && !variable.assigned && variable.storage == Storage::Slot {
            return self.put(id, slot);
        }
        self.get_local(slot);
        match self.place(id) {
            Place::Nowhere => self.settle(id),
            _ => self.store(id),
        }
    }
}
