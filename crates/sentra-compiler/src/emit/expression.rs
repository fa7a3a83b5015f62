//! Expressions: onto the stack, into a slot, or for their effect alone.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::matching::Use;
use super::operator::Operand;
use crate::ast::LogicalOperator;
use crate::ir::{Constant, Expr, ExprKind};

impl Code<'_, '_> {
    /// Pushes an expression's value.
    pub(super) fn value(&mut self, expr: &Expr) {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Constant(constant) => self.constant(constant),
            ExprKind::Variable(id) => self.read(*id, span),
            ExprKind::Function(id) => self.function_value(*id),
            ExprKind::Builtin(id) => self.op_wide(Opcode::Builtin, 0, *id),
            ExprKind::Module(id) => self.op_wide(Opcode::ModuleValue, 0, *id),
            ExprKind::Unary(operator, operand) => self.unary(*operator, operand, span),
            ExprKind::Binary(operator, left, right) => match self.is_text(expr) {
                true => self.joined(expr),
                false => self.binary(*operator, left, right, span),
            },
            ExprKind::Logical(operator, left, right) => self.logical(*operator, left, right),
            ExprKind::If(condition, then, otherwise) => self.choice(condition, then, otherwise.as_deref()),
            ExprKind::Block(block) => self.block_value(block),
            ExprKind::Match(subject, value, arms) => self.matching(*subject, value, arms, Use::Value),
            ExprKind::Text(parts) => self.text(parts),
            ExprKind::Format(value, spec) => self.format(value, spec, span),
            ExprKind::Array(elements) => self.array(elements),
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Range(from, to, inclusive) => {
                self.value(from);
                self.value(to);
                self.push_at(Instruction { x: u8::from(*inclusive), ..Instruction::new(Opcode::Range) }, span);
            }
            ExprKind::Assign(target, value) => self.assign(target, value, true, span),
            ExprKind::Update(target, operator, value) => self.update(target, *operator, value, true, span),
            ExprKind::Index(object, index) => self.index(object, index, span),
            ExprKind::Slice(object, from, to) => self.slice(object, from.as_deref(), to.as_deref(), span),
            ExprKind::Field(object, name) => self.field(object, name, span),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Spawn(call) => self.spawn(call, span),
            ExprKind::Receive(channel) => {
                self.value(channel);
                self.push_at(Instruction::new(Opcode::Receive), span);
            }
            ExprKind::Chain(value) => self.chain(value),
            ExprKind::Unless(value) => self.unless(value),
        }
    }

    /// Evaluates an expression whose value nobody wants.
    pub(super) fn effect(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Constant(_) | ExprKind::Function(_) => {}
            ExprKind::Assign(target, value) => self.assign(target, value, false, expr.span),
            ExprKind::Update(target, operator, value) => self.update(target, *operator, value, false, expr.span),
            ExprKind::If(condition, then, otherwise) => self.branch(condition, then, otherwise.as_deref()),
            ExprKind::Block(block) => self.block(block),
            ExprKind::Match(subject, value, arms) => self.matching(*subject, value, arms, Use::Effect),
            ExprKind::Logical(operator @ (LogicalOperator::And | LogicalOperator::Or), left, right) => {
                let end = self.label();
                self.jump_if(left, *operator == LogicalOperator::Or, end);
                self.effect(right);
                self.bind(end);
            }
            _ => {
                self.value(expr);
                self.op(Opcode::Pop);
            }
        }
    }

    /// Computes an expression into a slot.
    pub(super) fn compute_into(&mut self, expr: &Expr, slot: u16) {
        match &expr.kind {
            ExprKind::Constant(Constant::Integer(value)) if i32::try_from(*value).is_ok() => {
                self.op_wide(Opcode::IntLocal, slot, *value as i32 as u32);
            }
            ExprKind::Variable(_) if matches!(self.operand(expr), Operand::Slot(_)) => {
                let Operand::Slot(from) = self.operand(expr) else { return };
                if from != slot {
                    self.push(Instruction::abc(Opcode::Move, slot, from, 0));
                }
            }
            ExprKind::Binary(operator, left, right) => {
                if self.append_text(expr, slot) {
                    return;
                }
                if self.is_text(expr) || !self.binary_into(*operator, (left, right), slot, expr.span) {
                    self.value(expr);
                    self.op_a(Opcode::SetLocal, slot);
                }
            }
            ExprKind::If(condition, then, Some(otherwise)) => {
                let (no, end) = (self.label(), self.label());
                self.jump_if(condition, false, no);
                self.compute_into(then, slot);
                self.jump_to(end);
                self.bind(no);
                self.compute_into(otherwise, slot);
                self.bind(end);
            }
            _ => {
                self.value(expr);
                self.op_a(Opcode::SetLocal, slot);
            }
        }
    }

    fn logical(&mut self, operator: LogicalOperator, left: &Expr, right: &Expr) {
        let end = self.label();
        self.value(left);
        let op = match operator {
            LogicalOperator::And => Opcode::And,
            LogicalOperator::Or => Opcode::Or,
            LogicalOperator::Coalesce => Opcode::Coalesce,
        };
        self.jump(Instruction::new(op), end);
        self.value(right);
        self.bind(end);
    }

    /// `if` for its value.
    fn choice(&mut self, condition: &Expr, then: &Expr, otherwise: Option<&Expr>) {
        let (no, end) = (self.label(), self.label());
        let depth = self.depth;
        self.jump_if(condition, false, no);
        self.value(then);
        self.jump_to(end);
        self.depth = depth;
        self.bind(no);
        match otherwise {
            Some(otherwise) => self.value(otherwise),
            None => self.op(Opcode::Nil),
        }
        self.bind(end);
    }

    /// `if` for its effect.
    fn branch(&mut self, condition: &Expr, then: &Expr, otherwise: Option<&Expr>) {
        if let (Some(label), None) = (self.plain_exit(then), otherwise) {
            return self.jump_if(condition, true, label);
        }
        let no = self.label();
        self.jump_if(condition, false, no);
        self.effect(then);
        let Some(otherwise) = otherwise else { return self.bind(no) };
        let end = self.label();
        self.jump_to(end);
        self.bind(no);
        self.effect(otherwise);
        self.bind(end);
    }

    /// A chain that `?.` may leave with nil.
    fn chain(&mut self, value: &Expr) {
        let end = self.label();
        self.chains.push(end);
        self.value(value);
        self.chains.pop();
        self.bind(end);
    }

    fn unless(&mut self, value: &Expr) {
        self.value(value);
        let end = *self.chains.last().expect("`?.` stands in a chain");
        self.jump(Instruction::new(Opcode::JumpIfNil), end);
    }
}
