//! Steps: one instruction at a time, or a call as a whole.

use std::sync::atomic::Ordering;

use sentra_bytecode::{Flow, Opcode};

use super::Reason;
use super::code::{self, Address};
use super::frames::{statement_at, view};
use crate::fiber::{Fiber, Landing};
use crate::interpret::Exit;
use crate::interpret::unwind::{is_cancellation, landing};
use crate::vm::Vm;

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the next statement, also of what is called.
    In,
    /// To the next statement of the same function or of its caller.
    Over,
    /// Back to the caller.
    Out,
    /// To the next statement of whatever runs.
    Pause,
    /// To the first statement of the program.
    Entry,
}

/// A step under way.
pub(super) struct Plan {
    kind: Kind,
    /// Nothing for a pause: any fiber.
    fiber: Option<u32>,
    /// How deep the calls were.
    depth: usize,
    /// The source and line that it leaves, unless a caller has been reached.
    line: Option<(u32, u32)>,
    /// The statement that it leaves: coming there again is progress.
    origin: Address,
    /// Where a call that is run as a whole comes back.
    back: Option<Address>,
}

impl Plan {
    /// Whether it is this fiber's step.
    pub fn is_of(&self, id: u32) -> bool {
        self.fiber == Some(id)
    }
}

impl Vm {
    /// Starts a step.
    pub(super) fn plan(&mut self, id: u32, kind: Kind) {
        self.abandon_plan();
        let Some((origin, depth)) = self.next_of(id) else { return };
        let line = self.calls_of(id).first().map(|call| (call.source, call.line));
        self.set_plan(Plan { kind, fiber: Some(id), depth, line, origin, back: None });
    }

    /// Stops at the next statement of any fiber.
    pub(super) fn plan_pause(&mut self) {
        self.abandon_plan();
        self.set_plan(Plan {
            kind: Kind::Pause,
            fiber: None,
            depth: 0,
            line: None,
            origin: std::ptr::null(),
            back: None,
        });
    }

    /// Whether any fiber's next statement stops the program.
    pub(super) fn is_pausing(&self) -> bool {
        let plan = self.debugger.as_ref().and_then(|debugger| debugger.plan.as_ref());
        plan.is_some_and(|plan| plan.kind == Kind::Pause)
    }

    /// Stops before the first statement of a fiber.
    pub(crate) fn stop_on_entry(&mut self, id: u32) {
        self.plan(id, Kind::Entry);
    }

    fn set_plan(&mut self, plan: Plan) {
        if let Some(debugger) = &mut self.debugger {
            debugger.plan = Some(plan);
        }
    }

    /// Gives up a step.
    pub(super) fn abandon_plan(&mut self) {
        self.hold_back(None);
        if let Some(debugger) = &mut self.debugger {
            debugger.plan = None;
        }
    }

    /// Moves the trap at which a call comes back.
    fn hold_back(&mut self, to: Option<Address>) {
        let Some(debugger) = &mut self.debugger else { return };
        let Some(plan) = &mut debugger.plan else { return };
        if plan.back == to {
            return;
        }
        let before = std::mem::replace(&mut plan.back, to);
        before.into_iter().for_each(|at| debugger.traps.release(at));
        to.into_iter().for_each(|at| debugger.traps.hold(at));
    }

    /// Whether the fiber's next instruction is to run alone: the step wants it, or a trap that was heeded lies there.
    pub(super) fn wants_step(&mut self, id: u32) -> bool {
        let Some(fiber) = self.scheduler.fibers.get(id as usize).and_then(Option::as_deref) else { return false };
        let Some(debugger) = &self.debugger else { return false };
        let passes =
            debugger.traps.has(fiber.next) && fiber.outcome.is_none() && debugger.heeded.get(&id) == Some(&fiber.next);
        let plan = debugger.plan.as_ref().filter(|plan| plan.fiber.is_none_or(|planned| planned == id));
        let Some(plan) = plan else { return passes };
        let inner = match plan.kind {
            Kind::Over => plan.depth + 1,
            Kind::Out => plan.depth,
            Kind::In | Kind::Pause | Kind::Entry => return true,
        };
        if fiber.frames.len() < inner {
            return true;
        }
        let back = fiber.frames.get(inner.wrapping_sub(1)).map(|frame| frame.return_to).filter(|at| !at.is_null());
        self.hold_back(back);
        passes
    }

    /// Whether a pause finds the fiber before an instruction that was not looked at.
    pub(super) fn begins_at_unheeded(&self, id: u32) -> bool {
        let Some(debugger) = &self.debugger else { return false };
        let pauses = debugger.plan.as_ref().is_some_and(|plan| {
            matches!(plan.kind, Kind::Pause | Kind::Entry) && plan.fiber.is_none_or(|planned| planned == id)
        });
        let next = self.next_of(id).map(|(next, _)| next);
        pauses && next.is_some() && debugger.heeded.get(&id).copied() != next
    }

    /// Whether the step has come to its end, and as what that counts.
    pub(super) fn plan_is_done(&mut self, id: u32) -> Option<Reason> {
        let fiber = self.scheduler.fibers.get(id as usize)?.as_deref()?;
        let depth = fiber.frames.len();
        let view = view(fiber, depth.checked_sub(1)?)?;
        let plan = self.debugger.as_mut()?.plan.as_mut()?;
        if plan.fiber.is_some_and(|planned| planned != id) || view.function.library {
            return None;
        }
        if plan.kind == Kind::Over && depth < plan.depth {
            (plan.depth, plan.line, plan.origin) = (depth, None, std::ptr::null());
        }
        let statement = statement_at(&view.function.debug, view.at);
        let moved = || {
            let line = statement.map(|statement| (view.function.source, statement.line));
            statement.is_some() && (line != plan.line || fiber.next == plan.origin)
        };
        let done = match plan.kind {
            Kind::In => moved() || statement.is_some() && depth != plan.depth,
            Kind::Over => depth == plan.depth && moved(),
            Kind::Out => depth < plan.depth,
            Kind::Pause | Kind::Entry => statement.is_some(),
        };
        done.then_some(match plan.kind {
            Kind::In | Kind::Over | Kind::Out => Reason::Step,
            Kind::Pause => Reason::Pause,
            Kind::Entry => Reason::Entry,
        })
    }

    /// Runs one instruction, its trap lifted: gives `Trapped` or `Interrupted` when it is done.
    pub(super) fn step_instruction(&mut self, id: u32) -> Option<Exit> {
        let fiber = self.scheduler.fibers.get(id as usize)?.as_deref()?;
        let at = fiber.next;
        let debugger = self.debugger.as_mut()?;
        let runs = fiber.outcome.is_none();
        let behind = if runs { after(fiber, debugger.traps.original(at)) } else { resumed(fiber) };
        behind.iter().for_each(|&at| debugger.traps.hold(at));
        if runs {
            debugger.traps.lift(at);
            debugger.heeded.remove(&id);
        }
        self.interrupt.store(1, Ordering::Relaxed);
        let exit = self.interpret(id);
        let debugger = self.debugger.as_mut()?;
        behind.iter().for_each(|&at| debugger.traps.release(at));
        debugger.traps.restore(at);
        exit
    }
}

/// Where an instruction can end without a jump or a call, at which the interpreter returns by itself.
fn after(fiber: &Fiber, op: Opcode) -> Vec<Address> {
    let next = fiber.next.wrapping_add(1);
    match op.flow() {
        // The interpreter looks whether the task is dropped by the instruction behind.
        _ if op == Opcode::Spawn && code::read(next).op == Opcode::Pop => vec![next.wrapping_add(1)],
        Flow::Next | Flow::Branch => vec![next],
        Flow::Jump => Vec::new(),
        Flow::End => fiber.frames.last().map(|frame| frame.return_to).filter(|at| !at.is_null()).into_iter().collect(),
    }
}

/// Where a fiber goes on after its wait.
fn resumed(fiber: &Fiber) -> Vec<Address> {
    let mut places = match fiber.landing {
        // The loop's own instruction is read again as the item is taken.
        Landing::Item => {
            let next = fiber.next.wrapping_add(1);
            let jump = code::read(fiber.next).jump().unwrap_or(0);
            vec![next, next.wrapping_offset(jump as isize)]
        }
        _ => vec![fiber.next],
    };
    if let Some(Err(fault)) = &fiber.outcome {
        places.extend(landing(fiber, is_cancellation(fault)));
    }
    places
}
