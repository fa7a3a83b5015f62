//! Guarded code: `try`, `catch`, `finally`, and the calls that `defer` leaves for the end.

use sentra_bytecode::{Handler, HandlerKind, Instruction, Opcode};

use super::code::Code;
use super::exit::{Context, Exit};
use super::label::Label;
use crate::ir::{Block, VariableId};

/// Code whose faults a handler will see. It is left out where it drops values that the
/// handler keeps, as `break` does on its way out.
pub struct Guard {
    pub(super) depth: u32,
    kind: HandlerKind,
    start: u32,
    parts: Vec<(u32, u32)>,
}

impl Guard {
    /// Stops guarding at an instruction.
    pub(super) fn pause(&mut self, here: u32) {
        if self.start < here {
            self.parts.push((self.start, here));
        }
    }

    /// Guards on from an instruction.
    pub(super) fn resume(&mut self, here: u32) {
        self.start = here;
    }
}

/// The two slots that say how guarded code ended: a number, and the value thrown or returned.
const NORMAL: u32 = 0;
const THROWN: u32 = 1;
/// The number of the first way out other than these.
pub const FIRST_EXIT: u32 = 2;

impl Code<'_, '_> {
    fn open_guard(&mut self, kind: HandlerKind) {
        let guard = Guard { depth: self.depth, kind, start: self.here(), parts: Vec::new() };
        self.guards.push(guard);
    }

    /// Ends the guarded code; its handler starts at the instruction that comes next, which
    /// is reachable only if anything was guarded. The thrown value is on the top there.
    fn close_guard(&mut self) -> Guard {
        let mut guard = self.guards.pop().expect("guards are closed as they were opened");
        self.barrier = self.code.len();
        guard.pause(self.here());
        guard
    }

    fn start_handler(&mut self, guard: &Guard) {
        let target = self.here();
        self.reachable = !guard.parts.is_empty();
        self.barrier = self.code.len();
        self.depth = guard.depth + 1;
        self.deepest = self.deepest.max(self.depth);
        for &(start, end) in &guard.parts {
            self.handlers.push(Handler { start, end, target, depth: guard.depth as u16, kind: guard.kind });
        }
    }

    pub(super) fn try_statement(
        &mut self,
        body: &Block,
        catch: Option<&(Option<VariableId>, Block)>,
        finally: Option<&Block>,
    ) {
        let Some(finally) = finally else { return self.try_catch(body, catch) };
        let depth = self.depth;
        self.open_completion();
        self.try_catch(body, catch);
        let exits = self.close_completion();
        self.block(finally);
        self.dispatch(depth as u16, &exits);
        self.pop_to(depth);
    }

    fn try_catch(&mut self, body: &Block, catch: Option<&(Option<VariableId>, Block)>) {
        let Some((variable, handler)) = catch else { return self.block(body) };
        let depth = self.depth;
        let end = self.label();
        self.open_guard(HandlerKind::Catch);
        self.block(body);
        let guard = self.close_guard();
        self.jump_to(end);
        self.start_handler(&guard);
        match variable {
            Some(id) => self.settle(*id),
            None => self.op(Opcode::Pop),
        }
        self.block(handler);
        self.pop_to(depth);
        self.bind(end);
    }

    /// Starts code whose every way out leads through what follows.
    fn open_completion(&mut self) -> Label {
        let slot = self.depth as u16;
        self.op_wide(Opcode::Int, 0, NORMAL);
        self.op(Opcode::Nil);
        let label = self.label();
        self.contexts.push(Context::Finally { slot, label, exits: Vec::new() });
        self.open_guard(HandlerKind::Finally);
        label
    }

    /// Ends that code: what follows runs however it ended. Gives the other ways out.
    fn close_completion(&mut self) -> Vec<Exit> {
        let guard = self.close_guard();
        let Some(Context::Finally { slot, label, exits }) = self.contexts.pop() else {
            unreachable!("a completion is closed after what it contains")
        };
        self.jump_to(label);
        self.start_handler(&guard);
        self.op_a(Opcode::SetLocal, slot + 1);
        self.op_wide(Opcode::IntLocal, slot, THROWN);
        self.bind(label);
        exits
    }

    /// Goes on as the guarded code would have.
    fn dispatch(&mut self, slot: u16, exits: &[Exit]) {
        let next = self.label();
        self.jump_unless_number(slot, THROWN, next);
        self.op_a(Opcode::GetLocal, slot + 1);
        self.op(Opcode::Throw);
        self.bind(next);
        for (number, exit) in (FIRST_EXIT..).zip(exits) {
            let next = self.label();
            self.jump_unless_number(slot, number, next);
            match exit {
                Exit::Return => {
                    self.op_a(Opcode::GetLocal, slot + 1);
                    self.return_top();
                }
                other => self.leave(*other),
            }
            self.bind(next);
        }
    }

    /// Jumps unless a slot holds a number.
    pub(super) fn jump_unless_number(&mut self, slot: u16, number: u32, label: Label) {
        if self.wide || number > i16::MAX as u32 {
            self.op_a(Opcode::GetLocal, slot);
            self.op_wide(Opcode::Int, 0, number);
            self.op(Opcode::Eq);
            return self.jump(Instruction::new(Opcode::JumpIfFalse), label);
        }
        self.jump(Instruction::abc(Opcode::JumpNeLI, slot, number as u16, 0), label);
    }

    /// The body of a function that defers calls, and those calls.
    pub(super) fn deferring(&mut self) {
        self.deferred = self.depth as u16;
        self.op_wide(Opcode::Array, 0, 0);
        let slot = self.depth as u16;
        self.open_completion();
        self.function_body();
        self.depth = u32::from(slot) + 2;
        let exits = self.close_completion();
        self.run_deferred(slot);
        self.dispatch(slot, &exits);
        self.op(Opcode::ReturnNil);
    }

    /// Runs the deferred calls, last first; what one throws replaces how the function ended.
    fn run_deferred(&mut self, slot: u16) {
        let (top, done) = (self.label(), self.label());
        self.bind_top(top, self.reachable);
        self.jump(Instruction::with_wide(Opcode::JumpIfFalseLocal, self.deferred, 0), done);
        self.open_guard(HandlerKind::Finally);
        self.op_a(Opcode::TakeLast, self.deferred);
        self.op(Opcode::CallArray);
        self.op(Opcode::Pop);
        let guard = self.close_guard();
        self.jump_to(top);
        self.start_handler(&guard);
        self.op_a(Opcode::SetLocal, slot + 1);
        self.op_wide(Opcode::IntLocal, slot, THROWN);
        self.jump_to(top);
        self.bind(done);
    }
}
