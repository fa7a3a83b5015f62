//! Statements and blocks.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::exit::Exit;
use super::matching::Use;
use super::operator::Operand;
use crate::ir::{Block, Constant, Expr, ExprKind, Stmt, StmtKind, VariableKind};

impl Code<'_, '_> {
    /// A statement; what it declares stays on the stack.
    pub(super) fn statement(&mut self, stmt: &Stmt) {
        if !self.reachable {
            return;
        }
        match stmt.kind {
            StmtKind::Block(_) => {}
            StmtKind::While { ref condition, .. } => self.begin(condition.span),
            _ => self.begin(stmt.span),
        }
        match &stmt.kind {
            StmtKind::Expr(value) => self.effect(value),
            StmtKind::Let(pattern, value) => self.declare(pattern, value),
            StmtKind::Function(id) => {
                let variable = self.variable(*id);
                if let VariableKind::Function(function) = variable.kind
                    && !variable.top
                    && !self.emitter.ir.functions[function as usize].hoisted
                {
                    self.declare_function(*id, function);
                }
            }
            StmtKind::Block(block) => self.block(block),
            StmtKind::While { id, condition, step, body, fresh } => {
                self.while_loop(*id, condition, step.as_ref(), body, fresh);
            }
            StmtKind::Loop { id, step, body, fresh } => self.endless_loop(*id, step.as_ref(), body, fresh),
            StmtKind::ForRange { id, variable, from, to, inclusive, body } => {
                self.for_range(*id, *variable, (from, to, *inclusive), body);
            }
            StmtKind::ForIn { id, key, value, iterable, body } => {
                self.for_in(*id, key.as_ref(), value, iterable, body);
            }
            StmtKind::Try { body, catch, finally } => self.try_statement(body, catch.as_ref(), finally.as_ref()),
            StmtKind::Throw(value) => {
                self.value(value);
                self.push_at(Instruction::new(Opcode::Throw), stmt.span);
            }
            StmtKind::Defer(call) => self.defer(call, stmt.span),
            StmtKind::Return(Some(value)) => self.return_value(value),
            StmtKind::Return(None) => self.return_nil(),
            StmtKind::Break(id) => self.leave(Exit::Break(*id)),
            StmtKind::Continue(id) => self.leave(Exit::Continue(*id)),
            StmtKind::Import(source) => {
                self.push_at(Instruction::with_wide(Opcode::Import, 0, *source), stmt.span);
                self.op(Opcode::Pop);
            }
            StmtKind::Send(channel, value) => {
                self.value(channel);
                self.value(value);
                self.push_at(Instruction::new(Opcode::Send), stmt.span);
            }
            StmtKind::Select { arms, default } => self.select(arms, default.as_ref(), stmt.span),
        }
    }

    /// A block for its effect.
    pub(super) fn block(&mut self, block: &Block) {
        let depth = self.depth;
        self.open_block(block);
        block.body.iter().for_each(|statement| self.statement(statement));
        self.pop_to(depth);
    }

    /// A block for its value.
    pub(super) fn block_value(&mut self, block: &Block) {
        let depth = self.depth;
        self.open_block(block);
        let (value, before) = last_value(&block.body);
        before.iter().for_each(|statement| self.statement(statement));
        match value {
            Some(value) => {
                self.begin(value.span);
                self.value(value);
            }
            None => self.op(Opcode::Nil),
        }
        self.slide_to(depth);
    }

    /// Statements whose value the function returns.
    pub(super) fn return_statements(&mut self, body: &[Stmt]) {
        let (value, before) = last_value(body);
        before.iter().for_each(|statement| self.statement(statement));
        match value {
            Some(value) => {
                self.begin(value.span);
                self.return_value(value);
            }
            None => self.return_nil(),
        }
    }

    /// Returns a value; each branch of a choice returns by itself.
    pub(super) fn return_value(&mut self, value: &Expr) {
        let depth = self.depth;
        match &value.kind {
            ExprKind::Constant(Constant::Nil) => self.return_nil(),
            ExprKind::If(condition, then, otherwise) => {
                let no = self.label();
                self.jump_if(condition, false, no);
                self.return_value(then);
                self.depth = depth;
                self.bind(no);
                match otherwise {
                    Some(otherwise) => self.return_value(otherwise),
                    None => self.return_nil(),
                }
            }
            ExprKind::Block(block) => {
                self.open_block(block);
                self.return_statements(&block.body);
            }
            ExprKind::Match(subject, value, arms) => self.matching(*subject, value, arms, Use::Return),
            _ => match self.operand(value) {
                Operand::Slot(slot) if !self.in_finally() => self.op_a(Opcode::ReturnLocal, slot),
                _ => {
                    self.value(value);
                    self.return_top();
                }
            },
        }
        self.depth = depth;
    }

    pub(super) fn return_nil(&mut self) {
        if self.in_finally() {
            self.op(Opcode::Nil);
            return self.return_top();
        }
        self.op(Opcode::ReturnNil);
    }
}

/// The last expression statement and what stands before it; all of it if there is none.
fn last_value(body: &[Stmt]) -> (Option<&Expr>, &[Stmt]) {
    match body.split_last() {
        Some((Stmt { kind: StmtKind::Expr(value), .. }, before)) => (Some(value), before),
        _ => (None, body),
    }
}
