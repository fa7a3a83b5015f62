//! Loops: tested at the bottom, so that a turn takes one jump.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::exit::Context;
use super::label::Label;
use super::operator::Operand;
use crate::ast::BinaryOperator;
use crate::ir::{Block, Constant, Expr, ExprKind, LoopId, Pattern, PatternKind, Stmt, StmtKind, Storage, VariableId};

/// The labels of a loop.
struct Ends {
    exit: Label,
    next: Label,
}

impl Code<'_, '_> {
    /// Enters a loop whose state is on the stack.
    fn enter_loop(&mut self, id: LoopId) -> Ends {
        let ends = Ends { exit: self.label(), next: self.label() };
        let depth = self.depth;
        self.contexts.push(Context::Loop { id, depth, exit: ends.exit, next: ends.next });
        ends
    }

    /// The body, up to where `continue` goes on.
    fn loop_body(&mut self, body: &Block, ends: &Ends) {
        self.block(body);
        self.contexts.pop();
        self.bind(ends.next);
    }

    pub(super) fn while_loop(
        &mut self,
        id: LoopId,
        condition: &Expr,
        step: Option<&Expr>,
        body: &Block,
        fresh: &[VariableId],
    ) {
        let depth = self.depth;
        self.make_room(body);
        let ends = self.enter_loop(id);
        let (top, test) = (self.label(), self.label());
        let short = is_short(condition, 3);
        match short {
            true => self.jump_if(condition, false, ends.exit),
            false => self.jump_to(test),
        }
        let enters = !short || self.reachable;
        self.bind_top(top, enters);
        self.loop_body(body, &ends);
        self.step(step, fresh);
        self.bind(test);
        self.loop_test(condition, top);
        self.bind(ends.exit);
        self.pop_to(depth);
    }

    pub(super) fn endless_loop(&mut self, id: LoopId, step: Option<&Expr>, body: &Block, fresh: &[VariableId]) {
        let depth = self.depth;
        self.make_room(body);
        let ends = self.enter_loop(id);
        let top = self.label();
        self.bind_top(top, self.reachable);
        self.loop_body(body, &ends);
        self.step(step, fresh);
        self.jump_to(top);
        self.bind(ends.exit);
        self.pop_to(depth);
    }

    /// Gives the next turn its own variables and takes the step.
    fn step(&mut self, step: Option<&Expr>, fresh: &[VariableId]) {
        for &id in fresh {
            if self.variable(id).storage == Storage::Cell
                && let Some(slot) = self.emitter.slots[id as usize]
            {
                self.op_a(Opcode::GetCell, slot);
                self.op_a(Opcode::SetLocal, slot);
                self.op_a(Opcode::NewCell, slot);
            }
        }
        step.into_iter().for_each(|step| self.effect(step));
    }

    /// The test at the bottom; joined with a step of one before it.
    fn loop_test(&mut self, condition: &Expr, top: Label) {
        match self.counting(condition) {
            Some(instruction) => {
                self.code.pop();
                self.jump(instruction, top);
            }
            None => {
                self.begin(condition.span);
                self.jump_if(condition, true, top);
            }
        }
    }

    /// The instruction for `i = i + 1` and `i < n` in one, if that is what stands here.
    fn counting(&self, condition: &Expr) -> Option<Instruction> {
        let last = self.code.last().filter(|_| self.reachable && !self.wide && self.code.len() > self.barrier)?;
        let ExprKind::Binary(operator, left, right) = &condition.kind else { return None };
        let counts = last.op == Opcode::AddLI_L && last.a == last.b && last.c == 1;
        if !counts || self.operand(left) != Operand::Slot(last.a) {
            return None;
        }
        let (slot, immediate) = match operator {
            BinaryOperator::Less => (Opcode::CountLtLL, Opcode::CountLtLI),
            BinaryOperator::LessEqual => (Opcode::CountLeLL, Opcode::CountLeLI),
            _ => return None,
        };
        match self.operand(right) {
            Operand::Slot(other) => Some(Instruction::abc(slot, last.a, other, 0)),
            Operand::Immediate(limit) => Some(Instruction::abc(immediate, last.a, limit as u16, 0)),
            Operand::Other => None,
        }
    }

    pub(super) fn for_range(
        &mut self,
        id: LoopId,
        variable: VariableId,
        (from, to, inclusive): (&Expr, &Expr, bool),
        body: &Block,
    ) {
        let depth = self.depth;
        let plain = !self.variable(variable).assigned && self.variable(variable).storage == Storage::Slot;
        match (plain, limits(from, to, inclusive)) {
            (true, Some((first, end))) if !self.wide => self.count_to(id, variable, (first, end), body),
            (true, _) => self.count(id, variable, (from, to, inclusive), body),
            (false, _) => self.count_apart(id, variable, (from, to, inclusive), body),
        }
        self.pop_to(depth);
    }

    /// Counts from one known number to another.
    fn count_to(&mut self, id: LoopId, variable: VariableId, (first, end): (i16, i16), body: &Block) {
        if first >= end {
            return;
        }
        self.constant(&Constant::Integer(first.into()));
        self.settle(variable);
        let slot = self.top();
        self.make_room(body);
        let ends = self.enter_loop(id);
        let top = self.label();
        self.bind_top(top, self.reachable);
        self.loop_body(body, &ends);
        self.jump(Instruction::abc(Opcode::CountLtLI, slot, end as u16, 0), top);
        self.bind(ends.exit);
    }

    fn range_state(&mut self, (from, to, inclusive): (&Expr, &Expr, bool)) -> u16 {
        let slot = self.depth as u16;
        self.value(from);
        self.value(to);
        let instruction = Instruction { x: u8::from(inclusive), ..Instruction::new(Opcode::RangeIter) };
        self.push_at(instruction, from.span.to(to.span));
        slot
    }

    /// Counts in the variable itself.
    fn count(&mut self, id: LoopId, variable: VariableId, range: (&Expr, &Expr, bool), body: &Block) {
        // The last number is compared with, not counted up to: there may be none after it.
        let inclusive = range.2;
        let (branch, count, compare) = match inclusive {
            true => (Opcode::JumpNotLeLL, Opcode::CountLeLL, Opcode::Le),
            false => (Opcode::JumpNotLtLL, Opcode::CountLtLL, Opcode::Lt),
        };
        let slot = self.range_state((range.0, range.1, false));
        self.put(variable, slot);
        self.make_room(body);
        let ends = self.enter_loop(id);
        let top = self.label();
        if self.wide {
            self.push(Instruction::abc(Opcode::GetLocal2, slot, slot + 1, 0));
            self.op(compare);
            self.jump(Instruction::new(Opcode::JumpIfFalse), ends.exit);
        } else {
            self.jump(Instruction::abc(branch, slot, slot + 1, 0), ends.exit);
        }
        self.bind_top(top, self.reachable);
        self.loop_body(body, &ends);
        if self.wide {
            self.push(Instruction::abc(Opcode::AddLI_L, slot, slot, 1));
            self.push(Instruction::abc(Opcode::GetLocal2, slot, slot + 1, 0));
            self.op(compare);
            self.jump(Instruction::new(Opcode::JumpIfTrue), top);
        } else {
            self.jump(Instruction::abc(count, slot, slot + 1, 0), top);
        }
        self.bind(ends.exit);
    }

    /// Counts apart from the variable, which the body may change or share with closures.
    fn count_apart(&mut self, id: LoopId, variable: VariableId, range: (&Expr, &Expr, bool), body: &Block) {
        let slot = self.range_state(range);
        let ends = self.enter_loop(id);
        let (top, test) = (self.label(), self.label());
        let base = self.depth;
        let enters = self.reachable;
        self.jump_to(test);
        self.depth = base + 1;
        self.bind_top(top, enters);
        self.settle(variable);
        self.block(body);
        self.contexts.pop();
        self.pop_to(base);
        self.bind(ends.next);
        self.bind(test);
        self.jump(Instruction::with_wide(Opcode::ForRange, slot, 0), top);
        self.bind(ends.exit);
    }

    pub(super) fn for_in(&mut self, id: LoopId, key: Option<&Pattern>, value: &Pattern, iterable: &Expr, body: &Block) {
        let depth = self.depth;
        self.value(iterable);
        self.push_at(Instruction::new(Opcode::Iter), iterable.span);
        let patterns: Vec<_> = key.into_iter().chain([value]).collect();
        patterns.iter().for_each(|_| self.op(Opcode::Nil));
        self.make_room(body);
        let ends = self.enter_loop(id);
        let (top, test) = (self.label(), self.label());
        let base = self.depth;
        let enters = self.reachable;
        self.jump_to(test);
        self.bind_top(top, enters);
        for (pattern, slot) in patterns.iter().zip(depth as u16 + 2..) {
            self.take_slot(pattern, slot);
        }
        self.block(body);
        self.contexts.pop();
        self.pop_to(base);
        self.bind(ends.next);
        self.bind(test);
        self.mark(iterable.span);
        let op = if key.is_some() { Opcode::ForNext2L } else { Opcode::ForNextL };
        self.jump(Instruction::with_wide(op, depth as u16, 0), top);
        self.bind(ends.exit);
        self.pop_to(depth);
    }

    /// Gives what the loop has put into a slot to a pattern.
    fn take_slot(&mut self, pattern: &Pattern, slot: u16) {
        match &pattern.kind {
            PatternKind::Bind(id) => self.settle_in(*id, slot),
            PatternKind::Wildcard => {}
            _ => self.destructure(pattern, slot),
        }
    }
}

impl Code<'_, '_> {
    /// Makes slots before the loop for the variables of its body, if instructions compute all
    /// their values right into slots: then no turn has anything to drop.
    fn make_room(&mut self, body: &Block) {
        let declarations =
            || body.body.iter().filter(|stmt| matches!(stmt.kind, StmtKind::Let(..) | StmtKind::Function(_)));
        let count = declarations().count();
        if count == 0 || count > 8 || !declarations().all(|stmt| self.is_computed_in_place(stmt)) {
            return;
        }
        for stmt in declarations() {
            if let StmtKind::Let(Pattern { kind: PatternKind::Bind(id), .. }, _) = stmt.kind {
                self.op(Opcode::Nil);
                self.settle(id);
            }
        }
    }

    fn is_computed_in_place(&self, stmt: &Stmt) -> bool {
        let StmtKind::Let(Pattern { kind: PatternKind::Bind(id), .. }, value) = &stmt.kind else { return false };
        let variable = self.variable(*id);
        if variable.storage != Storage::Slot || self.emitter.slots[*id as usize].is_some() {
            return false;
        }
        match &value.kind {
            ExprKind::Constant(Constant::Integer(value)) => variable.assigned && i32::try_from(*value).is_ok(),
            ExprKind::Binary(operator, left, right) => {
                let arithmetic = matches!(
                    operator,
                    BinaryOperator::Subtract
                        | BinaryOperator::Multiply
                        | BinaryOperator::Divide
                        | BinaryOperator::Remainder
                ) || (*operator == BinaryOperator::Add && !is_sum(left));
                arithmetic && (self.is_slot(left) || !matches!(right.kind, ExprKind::Constant(_)))
            }
            _ => false,
        }
    }

    /// Whether a value will be in a slot when it is needed.
    fn is_slot(&self, expr: &Expr) -> bool {
        let ExprKind::Variable(id) = expr.kind else { return false };
        let variable = self.variable(id);
        variable.function == self.id && variable.storage == Storage::Slot
    }
}

/// Whether a value is itself the result of `+`, so that it might be a long text.
fn is_sum(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary(BinaryOperator::Add, left, _) => {
            !matches!(left.kind, ExprKind::Binary(BinaryOperator::Multiply, ..))
        }
        _ => false,
    }
}

/// Both ends of a range, the last one left out, if instructions can hold them.
fn limits(from: &Expr, to: &Expr, inclusive: bool) -> Option<(i16, i16)> {
    let (ExprKind::Constant(Constant::Integer(from)), ExprKind::Constant(Constant::Integer(to))) =
        (&from.kind, &to.kind)
    else {
        return None;
    };
    let end = to.checked_add(i64::from(inclusive))?;
    Some((i16::try_from(*from).ok()?, i16::try_from(end).ok()?))
}

/// Whether a condition is so short that it may stand at the loop's entry and at its end.
fn is_short(expr: &Expr, depth: u32) -> bool {
    let part = |expr: &Expr| depth > 0 && is_short(expr, depth - 1);
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Variable(_) => true,
        ExprKind::Unary(_, value) | ExprKind::Field(value, _) => part(value),
        ExprKind::Binary(_, left, right) | ExprKind::Logical(_, left, right) | ExprKind::Index(left, right) => {
            part(left) && part(right)
        }
        ExprKind::Call(call) => {
            matches!(call.callee, crate::ir::Callee::Builtin(_))
                && call.arguments.len() <= 2
                && call.arguments.iter().all(part)
        }
        _ => false,
    }
}
