//! The code of one function while it grows: instructions, depth, reachability, positions.

use sentra_bytecode::{Flow, Handler, Instruction, Opcode};

use super::Emitter;
use super::debug::Seen;
use super::exit::Context;
use super::label::{Label, Labels};
use super::protect::Guard;
use crate::ir::{self, Constant, FunctionId};
use crate::span::Span;

/// A function being emitted.
pub struct Code<'e, 'i> {
    pub(super) emitter: &'e mut Emitter<'i>,
    pub(super) id: FunctionId,
    pub(super) function: &'i ir::Function,
    pub(super) code: Vec<Instruction>,
    pub(super) labels: Labels,
    /// Values on the stack here, arguments and variables included.
    pub(super) depth: u32,
    pub(super) deepest: u32,
    /// Whether execution can arrive here; what it cannot reach is not emitted.
    pub(super) reachable: bool,
    pub(super) spans: Vec<(u32, Span)>,
    pub(super) contexts: Vec<Context>,
    pub(super) guards: Vec<Guard>,
    /// Where the chains around the current place end.
    pub(super) chains: Vec<Label>,
    /// A left side of `+` already seen to be no text, by address.
    pub(super) plain_sum: usize,
    pub(super) handlers: Vec<Handler>,
    /// Jump instructions have long distances only.
    pub(super) wide: bool,
    /// The array of deferred calls.
    pub(super) deferred: u16,
    /// What a debugger will know.
    pub(super) seen: Seen,
    /// The instruction after the last label: what stands before it must not be merged.
    pub(super) barrier: usize,
}

impl Code<'_, '_> {
    /// The index of the next instruction.
    pub(super) fn here(&self) -> u32 {
        self.code.len() as u32
    }

    /// Appends an instruction that cannot fail.
    pub(super) fn push(&mut self, instruction: Instruction) {
        let (pops, pushes) = instruction.effect();
        self.depth = self.depth - pops + pushes;
        self.deepest = self.deepest.max(self.depth);
        if self.reachable {
            self.code.push(instruction);
            self.reachable = instruction.op.flow() != Flow::End;
        }
    }

    /// Appends an instruction that can fail, with the place to mark then.
    pub(super) fn push_at(&mut self, instruction: Instruction, span: Span) {
        self.mark(span);
        self.push(instruction);
    }

    /// The next instruction comes from this place.
    pub(super) fn mark(&mut self, span: Span) {
        if self.reachable && self.spans.last().is_none_or(|(_, last)| *last != span) {
            self.spans.push((self.here(), span));
        }
    }

    pub(super) fn op(&mut self, op: Opcode) {
        self.push(Instruction::new(op));
    }

    pub(super) fn op_a(&mut self, op: Opcode, a: u16) {
        self.push(Instruction::abc(op, a, 0, 0));
    }

    pub(super) fn op_wide(&mut self, op: Opcode, a: u16, wide: u32) {
        self.push(Instruction::with_wide(op, a, wide));
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.add()
    }

    /// Appends a jump.
    pub(super) fn jump(&mut self, instruction: Instruction, label: Label) {
        let (pops, _) = instruction.effect();
        let arriving = self.depth - pops + instruction.jump_pushes();
        self.deepest = self.deepest.max(arriving);
        if self.reachable {
            self.labels.jump(self.here(), label, arriving);
        }
        self.push(instruction);
        if instruction.op.flow() == Flow::Jump {
            self.reachable = false;
        }
    }

    pub(super) fn jump_to(&mut self, label: Label) {
        self.jump(Instruction::new(Opcode::Jump), label);
    }

    /// Puts a label here; execution arrives if it did before or if something jumped.
    pub(super) fn bind(&mut self, label: Label) {
        if let Some(depth) = self.labels.depth(label) {
            debug_assert!(!self.reachable || self.depth == depth, "ways that meet have one depth");
            self.depth = depth;
            self.reachable = true;
            self.barrier = self.code.len();
        }
        self.labels.bind(label, self.here());
    }

    /// Puts the label of a loop's top here, which later code jumps to.
    pub(super) fn bind_top(&mut self, label: Label, reachable: bool) {
        self.reachable = reachable;
        self.labels.expect(label, self.depth);
        self.labels.bind(label, self.here());
        self.barrier = self.code.len();
    }

    /// Drops values down to a depth.
    pub(super) fn pop_to(&mut self, depth: u32) {
        let before = self.dropped_last();
        match self.depth - depth {
            0 => {}
            count if before > 0 && before + count <= u32::from(u16::MAX) => {
                self.code.pop();
                self.code.push(Instruction::abc(Opcode::PopN, (before + count) as u16, 0, 0));
                self.depth = depth;
            }
            1 => self.op(Opcode::Pop),
            count => self.op_a(Opcode::PopN, count as u16),
        }
    }

    /// How many values the instruction before this place drops, if more may go with them.
    fn dropped_last(&self) -> u32 {
        match self.code.last().filter(|_| self.reachable && self.code.len() > self.barrier) {
            Some(Instruction { op: Opcode::Pop, .. }) => 1,
            Some(Instruction { op: Opcode::PopN, a, .. }) => (*a).into(),
            _ => 0,
        }
    }

    /// Keeps the top and drops what lies between it and a depth.
    pub(super) fn slide_to(&mut self, depth: u32) {
        match self.depth - depth - 1 {
            0 => {}
            count => self.op_a(Opcode::Slide, count as u16),
        }
    }

    /// The slot of the top value.
    pub(super) fn top(&self) -> u16 {
        (self.depth - 1) as u16
    }

    /// Pushes a constant.
    pub(super) fn constant(&mut self, constant: &Constant) {
        match constant {
            Constant::Nil => self.op(Opcode::Nil),
            Constant::Boolean(true) => self.op(Opcode::True),
            Constant::Boolean(false) => self.op(Opcode::False),
            Constant::Integer(value) => match i32::try_from(*value) {
                Ok(value) => self.op_wide(Opcode::Int, 0, value as u32),
                Err(_) => self.pooled(integer(*value)),
            },
            Constant::Float(value) => self.pooled(sentra_bytecode::Constant::Number(canonical(*value))),
            Constant::String(bytes) => self.pooled(sentra_bytecode::Constant::String(bytes.clone())),
        }
    }

    fn pooled(&mut self, constant: sentra_bytecode::Constant) {
        let number = self.emitter.pool.add(constant);
        self.op_wide(Opcode::Const, 0, number);
    }
}

/// An integer as the pool keeps it: a double where that is exact.
fn integer(value: i64) -> sentra_bytecode::Constant {
    match value.unsigned_abs() < 1 << 53 {
        true => sentra_bytecode::Constant::Number(value as f64),
        false => sentra_bytecode::Constant::Integer(value),
    }
}

/// Every value that is not a number is written alike.
fn canonical(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}
