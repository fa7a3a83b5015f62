//! Operators: which instruction fits where the operands are and where the result goes.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::variable::Place;
use crate::ast::{BinaryOperator, UnaryOperator};
use crate::ir::{Block, Callee, Constant, Expr, ExprKind, StmtKind, Target, VariableId};
use crate::span::Span;

/// An operand as instructions can take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// It is in a slot.
    Slot(u16),
    /// It is a small number.
    Immediate(i16),
    /// It must be computed.
    Other,
}

/// The first opcode of an arithmetic operator; the others follow in the order
/// `SS SL SI LL LI SS_L SL_L LL_L LI_L`.
fn family(operator: BinaryOperator) -> Option<Opcode> {
    Some(match operator {
        BinaryOperator::Add => Opcode::AddSS,
        BinaryOperator::Subtract => Opcode::SubSS,
        BinaryOperator::Multiply => Opcode::MulSS,
        BinaryOperator::Divide => Opcode::DivSS,
        BinaryOperator::Remainder => Opcode::RemSS,
        _ => return None,
    })
}

const SL: u8 = 1;
const SI: u8 = 2;
const LL: u8 = 3;
const LI: u8 = 4;
const SS_L: u8 = 5;
const SL_L: u8 = 6;
const LL_L: u8 = 7;
const LI_L: u8 = 8;

const _: () =
    assert!(Opcode::AddSL as u8 == Opcode::AddSS as u8 + SL && Opcode::AddLI_L as u8 == Opcode::AddSS as u8 + LI_L);
const _: () =
    assert!(Opcode::RemSS as u8 == Opcode::AddSS as u8 + 36 && Opcode::RemLI_L as u8 == Opcode::RemSS as u8 + LI_L);

/// The opcode so many rows below another.
pub fn sibling(opcode: Opcode, offset: u8) -> Opcode {
    Opcode::from_number(opcode as u8 + offset).expect("the table continues below this row")
}

/// The operators that the left slot can stay in place for, and where their result can go.
fn left_slot(operator: BinaryOperator) -> Option<(Opcode, Option<Opcode>)> {
    match operator {
        BinaryOperator::Add => Some((Opcode::AddLS, Some(Opcode::AddLS_L))),
        BinaryOperator::Subtract => Some((Opcode::SubLS, Some(Opcode::SubLS_L))),
        BinaryOperator::Divide => Some((Opcode::DivLS, None)),
        BinaryOperator::Multiply => Some((Opcode::MulSL, Some(Opcode::MulSL_L))),
        _ => None,
    }
}

/// The forms of an operator without slots: stack and immediate.
fn stack_forms(operator: BinaryOperator) -> (Opcode, Option<Opcode>) {
    match operator {
        BinaryOperator::BitAnd => (Opcode::BitAndSS, Some(Opcode::BitAndSI)),
        BinaryOperator::BitOr => (Opcode::BitOrSS, Some(Opcode::BitOrSI)),
        BinaryOperator::BitXor => (Opcode::BitXorSS, Some(Opcode::BitXorSI)),
        BinaryOperator::ShiftLeft => (Opcode::ShlSS, Some(Opcode::ShlSI)),
        BinaryOperator::ShiftRight => (Opcode::ShrSS, Some(Opcode::ShrSI)),
        BinaryOperator::Less => (Opcode::Lt, None),
        BinaryOperator::LessEqual => (Opcode::Le, None),
        BinaryOperator::Greater => (Opcode::Gt, None),
        BinaryOperator::GreaterEqual => (Opcode::Ge, None),
        BinaryOperator::Equal => (Opcode::Eq, None),
        BinaryOperator::NotEqual => (Opcode::Ne, None),
        BinaryOperator::In => (Opcode::In, None),
        BinaryOperator::Add => (Opcode::AddSS, None),
        BinaryOperator::Subtract => (Opcode::SubSS, None),
        BinaryOperator::Multiply => (Opcode::MulSS, None),
        BinaryOperator::Divide => (Opcode::DivSS, None),
        BinaryOperator::Remainder => (Opcode::RemSS, None),
    }
}

impl Code<'_, '_> {
    /// How instructions can take an operand.
    pub(super) fn operand(&self, expr: &Expr) -> Operand {
        match &expr.kind {
            ExprKind::Variable(id) => match self.place(*id) {
                Place::Slot(slot) => Operand::Slot(slot),
                _ => Operand::Other,
            },
            ExprKind::Constant(Constant::Integer(value)) => {
                i16::try_from(*value).map_or(Operand::Other, Operand::Immediate)
            }
            _ => Operand::Other,
        }
    }

    /// The slot of an operand, if it stays what it is while `other` is computed.
    pub(super) fn stable_slot(&self, expr: &Expr, other: &Expr) -> Option<u16> {
        let ExprKind::Variable(id) = expr.kind else { return None };
        let Place::Slot(slot) = self.place(id) else { return None };
        (!self.variable(id).assigned || keeps(other, id, 12)).then_some(slot)
    }

    /// Pushes the result of an operator with one operand.
    pub(super) fn unary(&mut self, operator: UnaryOperator, operand: &Expr, span: Span) {
        self.value(operand);
        let op = match operator {
            UnaryOperator::Not => Opcode::Not,
            UnaryOperator::Negate => Opcode::Neg,
            UnaryOperator::BitNot => Opcode::BitNot,
        };
        self.push_at(Instruction::new(op), span);
    }

    /// Pushes the result of an operator with two operands.
    pub(super) fn binary(&mut self, operator: BinaryOperator, left: &Expr, right: &Expr, span: Span) {
        let Some(base) = family(operator) else { return self.stack_binary(operator, left, right, span) };
        let instruction = match (self.operand(left), self.operand(right)) {
            (Operand::Slot(a), Operand::Slot(b)) => Instruction::abc(sibling(base, LL), a, b, 0),
            (Operand::Slot(a), Operand::Immediate(c)) => Instruction::abc(sibling(base, LI), a, 0, c as u16),
            // Multiplication may swap its operands: both must be numbers.
            (Operand::Immediate(c), Operand::Slot(a)) if base == Opcode::MulSS => {
                Instruction::abc(Opcode::MulLI, a, 0, c as u16)
            }
            (_, Operand::Slot(a)) => {
                self.value(left);
                Instruction::abc(sibling(base, SL), a, 0, 0)
            }
            (_, Operand::Immediate(c)) => {
                self.value(left);
                Instruction::abc(sibling(base, SI), 0, 0, c as u16)
            }
            (Operand::Immediate(c), Operand::Other) if base == Opcode::MulSS => {
                self.value(right);
                Instruction::abc(Opcode::MulSI, 0, 0, c as u16)
            }
            (Operand::Slot(_), Operand::Other)
                if left_slot(operator).is_some() && self.stable_slot(left, right).is_some() =>
            {
                let slot = self.stable_slot(left, right).expect("just asked");
                self.value(right);
                Instruction::abc(left_slot(operator).expect("just asked").0, slot, 0, 0)
            }
            _ => {
                self.value(left);
                self.value(right);
                Instruction::new(base)
            }
        };
        self.push_at(instruction, span);
    }

    /// Combines the top with a value.
    pub(super) fn binary_on_top(&mut self, operator: BinaryOperator, right: &Expr, span: Span) {
        let (stack, immediate) = stack_forms(operator);
        let immediate = family(operator).map(|base| sibling(base, SI)).or(immediate);
        let instruction = match (self.operand(right), immediate, family(operator)) {
            (Operand::Immediate(c), Some(opcode), _) => Instruction::abc(opcode, 0, 0, c as u16),
            (Operand::Slot(a), _, Some(base)) => Instruction::abc(sibling(base, SL), a, 0, 0),
            _ => {
                self.value(right);
                Instruction::new(stack)
            }
        };
        self.push_at(instruction, span);
    }

    fn stack_binary(&mut self, operator: BinaryOperator, left: &Expr, right: &Expr, span: Span) {
        let (stack, immediate) = stack_forms(operator);
        self.value(left);
        if let (Some(immediate), Operand::Immediate(c)) = (immediate, self.operand(right)) {
            return self.push_at(Instruction::abc(immediate, 0, 0, c as u16), span);
        }
        self.value(right);
        self.push_at(Instruction::new(stack), span);
    }

    /// Computes an operator's result into a slot, if an instruction does that at once.
    pub(super) fn binary_into(
        &mut self,
        operator: BinaryOperator,
        (left, right): (&Expr, &Expr),
        target: u16,
        span: Span,
    ) -> bool {
        let Some(base) = family(operator) else { return false };
        let instruction = match (self.operand(left), self.operand(right)) {
            (Operand::Slot(b), Operand::Slot(c)) => Instruction::abc(sibling(base, LL_L), target, b, c),
            (Operand::Slot(b), Operand::Immediate(c)) => Instruction::abc(sibling(base, LI_L), target, b, c as u16),
            (Operand::Immediate(c), Operand::Slot(b)) if base == Opcode::MulSS => {
                Instruction::abc(Opcode::MulLI_L, target, b, c as u16)
            }
            (_, Operand::Slot(b)) => {
                self.value(left);
                Instruction::abc(sibling(base, SL_L), target, b, 0)
            }
            (_, Operand::Immediate(_)) => return false,
            _ => match (self.stable_slot(left, right), left_slot(operator)) {
                (Some(slot), Some((_, Some(opcode)))) => {
                    self.value(right);
                    Instruction::abc(opcode, target, slot, 0)
                }
                _ => {
                    self.value(left);
                    self.value(right);
                    Instruction::abc(sibling(base, SS_L), target, 0, 0)
                }
            },
        };
        self.push_at(instruction, span);
        true
    }
}

/// Whether evaluating an expression surely leaves a variable as it is. Looks only so deep:
/// what nests deeper counts as a change.
fn keeps(expr: &Expr, id: VariableId, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    let part = |expr: &Expr| keeps(expr, id, depth - 1);
    match &expr.kind {
        ExprKind::Constant(_)
        | ExprKind::Variable(_)
        | ExprKind::Function(_)
        | ExprKind::Builtin(_)
        | ExprKind::Module(_) => true,
        ExprKind::Unary(_, value)
        | ExprKind::Format(value, _)
        | ExprKind::Field(value, _)
        | ExprKind::Receive(value)
        | ExprKind::Chain(value)
        | ExprKind::Unless(value) => part(value),
        ExprKind::Binary(_, left, right)
        | ExprKind::Logical(_, left, right)
        | ExprKind::Range(left, right, _)
        | ExprKind::Index(left, right) => part(left) && part(right),
        ExprKind::If(condition, then, otherwise) => {
            part(condition) && part(then) && otherwise.as_ref().is_none_or(|otherwise| part(otherwise))
        }
        ExprKind::Text(parts) | ExprKind::Array(parts) => parts.len() <= 16 && parts.iter().all(part),
        ExprKind::Call(call) => {
            let callee = match &call.callee {
                Callee::Value(value) | Callee::Method(value, _) => part(value),
                Callee::Builtin(_) => true,
            };
            callee && call.arguments.len() <= 16 && call.arguments.iter().all(part)
        }
        ExprKind::Slice(object, from, to) => part(object) && from.iter().chain(to).all(|bound| part(bound)),
        ExprKind::Assign(Target::Variable(other), value) => *other != id && part(value),
        ExprKind::Block(block) => keeps_block(block, id, depth - 1),
        _ => false,
    }
}

fn keeps_block(block: &Block, id: VariableId, depth: u32) -> bool {
    let [statement] = &*block.body else { return block.body.is_empty() };
    match &statement.kind {
        StmtKind::Expr(value) => keeps(value, id, depth),
        _ => false,
    }
}
