//! Conditions as jumps: no boolean is made only to be tested.

use sentra_bytecode::{Instruction, Opcode};

use super::code::Code;
use super::label::Label;
use super::operator::{Operand, sibling};
use super::variable::Place;
use crate::ast::{BinaryOperator, LogicalOperator, UnaryOperator};
use crate::fold::is_true;
use crate::ir::{Expr, ExprKind};
use crate::span::Span;

/// The row of a comparison among `Lt NotLt Le NotLe Gt NotGt Ge NotGe Eq Ne`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Row(u8);

const SL: u8 = 10;
const SI: u8 = 20;
const LL: u8 = 30;
const LI: u8 = 40;

const _: () = assert!(Opcode::JumpNeSS as u8 == Opcode::JumpLtSS as u8 + 9);
const _: () = assert!(Opcode::JumpLtLL as u8 == Opcode::JumpLtSS as u8 + LL);
const _: () = assert!(Opcode::JumpNeLI as u8 == Opcode::JumpLtSS as u8 + LI + 9);

impl Row {
    fn of(operator: BinaryOperator) -> Option<Self> {
        Some(Self(match operator {
            BinaryOperator::Less => 0,
            BinaryOperator::LessEqual => 2,
            BinaryOperator::Greater => 4,
            BinaryOperator::GreaterEqual => 6,
            BinaryOperator::Equal => 8,
            BinaryOperator::NotEqual => 9,
            _ => return None,
        }))
    }

    /// The comparison that holds exactly when this one does not.
    fn negated(self) -> Self {
        Self(self.0 ^ 1)
    }

    /// The comparison that says the same of swapped operands.
    fn swapped(self) -> Self {
        match self.0 {
            0..=3 => Self(self.0 + 4),
            4..=7 => Self(self.0 - 4),
            equality => Self(equality),
        }
    }

    fn opcode(self, form: u8) -> Opcode {
        sibling(Opcode::JumpLtSS, form + self.0)
    }
}

impl Code<'_, '_> {
    /// Goes to a label if the condition is `wanted`, else on to the next instruction.
    pub(super) fn jump_if(&mut self, condition: &Expr, wanted: bool, label: Label) {
        match &condition.kind {
            ExprKind::Constant(value) => {
                if is_true(value) == wanted {
                    self.jump_to(label);
                }
            }
            ExprKind::Unary(UnaryOperator::Not, operand) => self.jump_if(operand, !wanted, label),
            ExprKind::Logical(LogicalOperator::And, left, right) => self.jump_if_both(left, right, wanted, label),
            ExprKind::Logical(LogicalOperator::Or, left, right) => self.jump_if_either(left, right, wanted, label),
            ExprKind::Binary(operator, left, right) => match Row::of(*operator) {
                Some(row) if !self.wide => {
                    let row = if wanted { row } else { row.negated() };
                    self.jump_comparing(row, left, right, label, condition.span);
                }
                _ => self.jump_testing(condition, wanted, label),
            },
            _ => self.jump_testing(condition, wanted, label),
        }
    }

    fn jump_if_both(&mut self, left: &Expr, right: &Expr, wanted: bool, label: Label) {
        if !wanted {
            self.jump_if(left, false, label);
            self.jump_if(right, false, label);
            return;
        }
        let not = self.label();
        self.jump_if(left, false, not);
        self.jump_if(right, true, label);
        self.bind(not);
    }

    fn jump_if_either(&mut self, left: &Expr, right: &Expr, wanted: bool, label: Label) {
        if wanted {
            self.jump_if(left, true, label);
            self.jump_if(right, true, label);
            return;
        }
        let holds = self.label();
        self.jump_if(left, true, holds);
        self.jump_if(right, false, label);
        self.bind(holds);
    }

    fn jump_comparing(&mut self, row: Row, left: &Expr, right: &Expr, label: Label, span: Span) {
        let instruction = match (self.operand(left), self.operand(right)) {
            (Operand::Slot(a), Operand::Slot(b)) => Instruction::abc(row.opcode(LL), a, b, 0),
            (Operand::Slot(a), Operand::Immediate(b)) => Instruction::abc(row.opcode(LI), a, b as u16, 0),
            (Operand::Immediate(b), Operand::Slot(a)) => Instruction::abc(row.swapped().opcode(LI), a, b as u16, 0),
            (_, Operand::Slot(a)) => {
                self.value(left);
                Instruction::abc(row.opcode(SL), a, 0, 0)
            }
            (_, Operand::Immediate(b)) => {
                self.value(left);
                Instruction::abc(row.opcode(SI), 0, b as u16, 0)
            }
            (Operand::Immediate(b), Operand::Other) => {
                self.value(right);
                Instruction::abc(row.swapped().opcode(SI), 0, b as u16, 0)
            }
            (Operand::Slot(_), Operand::Other) if self.stable_slot(left, right).is_some() => {
                let slot = self.stable_slot(left, right).expect("just asked");
                self.value(right);
                Instruction::abc(row.swapped().opcode(SL), slot, 0, 0)
            }
            _ => {
                self.value(left);
                self.value(right);
                Instruction::new(row.opcode(0))
            }
        };
        self.mark(span);
        self.jump(instruction, label);
    }

    fn jump_testing(&mut self, condition: &Expr, wanted: bool, label: Label) {
        if let ExprKind::Variable(id) = condition.kind
            && let Place::Slot(slot) = self.place(id)
        {
            let op = if wanted { Opcode::JumpIfTrueLocal } else { Opcode::JumpIfFalseLocal };
            return self.jump(Instruction::with_wide(op, slot, 0), label);
        }
        self.value(condition);
        self.jump(Instruction::new(if wanted { Opcode::JumpIfTrue } else { Opcode::JumpIfFalse }), label);
    }
}
