//! Texts, arrays, maps, and how their parts are reached.

use std::collections::HashSet;

use sentra_bytecode::{Constant as Pooled, Instruction, Opcode};

use super::code::Code;
use super::operator::Operand;
use crate::ast::BinaryOperator;
use crate::ir::{Constant, Expr, ExprKind};
use crate::span::Span;

/// A literal pushes so many parts at a time, lest long tables need a deep stack.
const CHUNK: usize = 256;

/// Whether a value is a string whatever the program does.
fn known_text(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Constant(Constant::String(_)) | ExprKind::Text(_) | ExprKind::Format(..))
}

/// The terms of a sum, first to last.
fn terms(expr: &Expr) -> Vec<&Expr> {
    let mut terms = Vec::new();
    let mut rest = expr;
    while let ExprKind::Binary(BinaryOperator::Add, left, right) = &rest.kind {
        terms.push(&**right);
        rest = left;
    }
    terms.push(rest);
    terms.reverse();
    terms
}

impl Code<'_, '_> {
    /// Whether a sum of three terms or more is a string from its second term on, so that
    /// all its terms can be joined at once.
    pub(super) fn is_text(&mut self, expr: &Expr) -> bool {
        let ExprKind::Binary(BinaryOperator::Add, left, _) = &expr.kind else { return false };
        let seen = self.plain_sum == std::ptr::from_ref(expr) as usize;
        if !seen {
            let terms = terms(expr);
            if terms.len() > 2 && terms.len() < CHUNK && (known_text(terms[0]) || known_text(terms[1])) {
                return true;
            }
        }
        self.plain_sum = std::ptr::from_ref(&**left) as usize;
        false
    }

    /// Pushes a sum that is a text.
    pub(super) fn joined(&mut self, expr: &Expr) {
        let terms = terms(expr);
        terms.iter().for_each(|term| self.value(term));
        self.push_at(Instruction::abc(Opcode::Text, terms.len() as u16, 0, 0), expr.span);
    }

    /// `s = s + "a" + b` as one addition of a joined text, so that only `s` grows.
    pub(super) fn append_text(&mut self, expr: &Expr, slot: u16) -> bool {
        if !matches!(expr.kind, ExprKind::Binary(BinaryOperator::Add, ..)) {
            return false;
        }
        let terms = terms(expr);
        let own = self.operand(terms[0]) == Operand::Slot(slot);
        if !own || terms.len() < 3 || terms.len() >= CHUNK || !known_text(terms[1]) {
            return false;
        }
        if terms[1..].iter().any(|term| self.stable_slot(terms[0], term).is_none()) {
            return false;
        }
        terms[1..].iter().for_each(|term| self.value(term));
        self.push_at(Instruction::abc(Opcode::Text, terms.len() as u16 - 1, 0, 0), expr.span);
        self.push_at(Instruction::abc(Opcode::AddLS_L, slot, slot, 0), expr.span);
        true
    }

    /// Pushes the texts of all parts as one.
    pub(super) fn text(&mut self, parts: &[Expr]) {
        if let [part] = parts
            && known_text(part)
        {
            return self.value(part);
        }
        for (index, chunk) in parts.chunks(CHUNK).enumerate() {
            chunk.iter().for_each(|part| self.value(part));
            let count = chunk.len() + usize::from(index > 0);
            self.op_a(Opcode::Text, count as u16);
        }
        if parts.is_empty() {
            self.constant(&Constant::String(Box::default()));
        }
    }

    pub(super) fn format(&mut self, value: &Expr, spec: &str, span: Span) {
        self.value(value);
        let spec = self.emitter.pool.string(spec.as_bytes());
        self.push_at(Instruction::with_wide(Opcode::Format, 0, spec), span);
    }

    pub(super) fn array(&mut self, elements: &[Expr]) {
        let (first, rest) = elements.split_at(elements.len().min(CHUNK));
        first.iter().for_each(|element| self.value(element));
        self.op_wide(Opcode::Array, 0, first.len() as u32);
        let slot = self.top();
        for element in rest {
            self.value(element);
            self.op_a(Opcode::Append, slot);
        }
    }

    pub(super) fn map(&mut self, entries: &[(Expr, Expr)]) {
        let (first, rest) = entries.split_at(entries.len().min(CHUNK));
        match self.keys(first) {
            Some(keys) => {
                first.iter().for_each(|(_, value)| self.value(value));
                self.op_wide(Opcode::MapKeys, first.len() as u16, keys);
            }
            None => {
                for (key, value) in first {
                    self.value(key);
                    self.value(value);
                }
                let span = first.first().map_or(Span::default(), |(key, _)| key.span);
                self.push_at(Instruction::with_wide(Opcode::Map, 0, first.len() as u32), span);
            }
        }
        let slot = self.top();
        for (key, value) in rest {
            self.value(key);
            self.value(value);
            self.push_at(Instruction::abc(Opcode::SetIndexLS, slot, 0, 0), key.span);
        }
    }

    /// The keys of a map literal as one constant, if they are different strings.
    fn keys(&mut self, entries: &[(Expr, Expr)]) -> Option<u32> {
        let mut seen = HashSet::new();
        let mut keys = Vec::with_capacity(entries.len());
        for (key, _) in entries {
            let ExprKind::Constant(Constant::String(bytes)) = &key.kind else { return None };
            if !seen.insert(&**bytes) {
                return None;
            }
            keys.push(&**bytes);
        }
        let pool = &mut self.emitter.pool;
        let keys: Box<[u32]> = keys.into_iter().map(|key| pool.string(key)).collect();
        Some(pool.add(Pooled::Keys(keys)))
    }

    pub(super) fn index(&mut self, object: &Expr, index: &Expr, span: Span) {
        let instruction = match (self.operand(object), self.operand(index)) {
            (Operand::Slot(a), Operand::Slot(b)) => Instruction::abc(Opcode::GetIndexLL, a, b, 0),
            (Operand::Slot(a), Operand::Immediate(c)) => Instruction::abc(Opcode::GetIndexLI, a, 0, c as u16),
            (_, Operand::Slot(a)) => {
                self.value(object);
                Instruction::abc(Opcode::GetIndexSL, a, 0, 0)
            }
            (_, Operand::Immediate(c)) => {
                self.value(object);
                Instruction::abc(Opcode::GetIndexSI, 0, 0, c as u16)
            }
            (_, Operand::Other) => match self.stable_slot(object, index) {
                Some(slot) => {
                    self.value(index);
                    Instruction::abc(Opcode::GetIndexLS, slot, 0, 0)
                }
                None => {
                    self.value(object);
                    self.value(index);
                    Instruction::new(Opcode::GetIndex)
                }
            },
        };
        self.push_at(instruction, span);
    }

    pub(super) fn slice(&mut self, object: &Expr, from: Option<&Expr>, to: Option<&Expr>, span: Span) {
        self.value(object);
        for bound in [from, to] {
            match bound {
                Some(bound) => self.value(bound),
                None => self.op(Opcode::Nil),
            }
        }
        self.push_at(Instruction::new(Opcode::Slice), span);
    }

    pub(super) fn field(&mut self, object: &Expr, name: &str, span: Span) {
        let key = self.emitter.pool.string(name.as_bytes());
        match self.operand(object) {
            Operand::Slot(slot) => self.push_at(Instruction::with_wide(Opcode::GetFieldL, slot, key), span),
            _ => {
                self.value(object);
                self.push_at(Instruction::with_wide(Opcode::GetField, 0, key), span);
            }
        }
    }
}
