//! The debugger's part of the VM: where a program stops, what is seen of it then, and how it goes on.
//!
//! A program that is not debugged runs as if this did not exist. In one that is, the debugger puts the
//! opcode `break` where it wants to be asked; the interpreter leaves there, and the scheduler calls
//! [`Vm::run_debugged`] instead of the interpreter. Stepping uses what the interpreter has anyway: while
//! an interrupt is pending it returns at each jump and call, and a trap behind the instruction catches the rest.
//!
//! While the program stands still, the [`Controller`] has the thread: the event loop stands still too.

pub(crate) mod breakpoints;
mod code;
mod evaluate;
pub(crate) mod frames;
pub(crate) mod preview;
mod step;
mod traps;

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use crate::fault::Fault;
use crate::fiber::Fiber;
use crate::heap::Marker;
use crate::interpret::Exit;
use crate::interpret::unwind::is_cancellation;
use crate::report;
use crate::value::Value;
use crate::vm::Vm;
use breakpoints::Breakpoints;
use code::Address;
use evaluate::Expressions;
pub(crate) use step::Kind;
use step::Plan;
use traps::Traps;

/// Instructions that are stepped through between two looks at events.
const STEPS_IN_A_ROW: u32 = 1_000;

/// Who decides what becomes of a stopped program: a person at a terminal, or an editor.
pub(crate) trait Controller {
    /// The program stands still; what it is to do next.
    fn stopped(&mut self, vm: &mut Vm, stop: &Stop) -> Resume;

    /// The program runs; whether somebody wants something.
    fn attend(&mut self, vm: &mut Vm) -> Option<Wish>;

    /// Something to tell the user, such as what a log point says.
    fn tell(&mut self, vm: &mut Vm, text: &str);

    /// The program has ended.
    fn dismissed(&mut self) {}
}

/// Why and where a program stands still.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub fiber: u32,
    pub reason: Reason,
}

/// Why a program stands still.
#[derive(Clone, Debug)]
pub(crate) enum Reason {
    /// It is about to start.
    Entry,
    /// It came to breakpoints with these numbers.
    Breakpoint(Vec<u32>),
    /// The step is done.
    Step,
    /// Somebody asked for it.
    Pause,
    /// An error is under way.
    Error { message: String, kind: String, caught: bool },
}

/// How a program goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resume {
    /// To the next breakpoint.
    Continue,
    /// As far as a step goes.
    Step(Kind),
    /// To its end: it is ended as by a signal.
    Terminate,
    /// Not at all: the process ends with this status.
    Quit(i32),
}

/// What somebody wants of a running program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    Pause,
    Terminate,
    Quit(i32),
}

/// Which errors stop the program.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filters {
    pub caught: bool,
    pub uncaught: bool,
}

/// The state of debugging.
#[derive(Default)]
pub(crate) struct Debugger {
    controller: Option<Box<dyn Controller>>,
    pub breakpoints: Breakpoints,
    pub filters: Filters,
    traps: Traps,
    plan: Option<Plan>,
    /// The places that fibers stand at and that were heeded already.
    heeded: HashMap<u32, Address>,
    /// The fiber whose fault was held up and now goes on its way.
    passing: Option<u32>,
    /// Whether an expression runs, which nothing stops.
    undisturbed: bool,
    expressions: Expressions,
    /// Globals that stand for local variables in expressions.
    spares: HashMap<String, u32>,
    /// Values that the controller has shown and may ask about again.
    pub shown: Vec<Value>,
}

impl Debugger {
    /// Gives it someone who decides; without, nothing stops.
    pub fn control(&mut self, controller: Box<dyn Controller>) {
        self.controller = Some(controller);
    }

    /// Marks the values that it holds.
    pub fn trace(&self, marker: &mut Marker) {
        marker.mark_all(&self.shown);
    }
}

/// Holds up a fault on its way to a handler, if errors that are caught stop the program.
#[cold]
pub(crate) fn holds_up(vm: &mut Vm, fault: &Fault, caught: bool) -> bool {
    let running = vm.scheduler.running;
    let Some(debugger) = vm.debugger.as_mut() else { return false };
    // A step over a call that fails ends in the handler.
    vm.interrupt.store(1, Ordering::Relaxed);
    if debugger.undisturbed
        || is_cancellation(fault)
        || debugger.passing.take_if(|passing| *passing == running).is_some()
    {
        return false;
    }
    caught && debugger.filters.caught
}

impl Vm {
    /// Runs a fiber as `interpret::run` does, and stops where the debugger wants it.
    pub(crate) fn run_debugged(&mut self, id: u32) -> Option<Exit> {
        if self.begins_at_unheeded(id) {
            self.arrive(id);
        }
        for _ in 0..STEPS_IN_A_ROW {
            let steps = self.wants_step(id);
            let exit = if steps { self.step_instruction(id)? } else { self.interpret(id)? };
            match exit {
                Exit::Trapped => self.arrive(id),
                Exit::Interrupted if steps || self.wants_step(id) => self.arrive(id),
                Exit::Faulted(fault) => {
                    if let Some(fault) = self.failed(id, fault) {
                        self.fiber_ended(id);
                        return Some(Exit::Faulted(fault));
                    }
                }
                Exit::Finished(value) => {
                    self.fiber_ended(id);
                    return Some(Exit::Finished(value));
                }
                other => return Some(other),
            }
            if self.exit_status.is_some() {
                break;
            }
        }
        // The others have their turn.
        self.interrupt.store(1, Ordering::Relaxed);
        Some(Exit::Interrupted)
    }

    /// A fiber stands before an instruction that somebody may be interested in.
    fn arrive(&mut self, id: u32) {
        let Some((at, _)) = self.next_of(id) else { return };
        if self.fiber_numbered(id).is_some_and(|fiber| fiber.outcome.is_some()) {
            return;
        }
        if let Some(debugger) = &mut self.debugger {
            debugger.heeded.insert(id, at);
        }
        let hits = self.hits(id, at);
        let done = self.plan_is_done(id);
        let reason = match (hits.is_empty(), done) {
            (false, _) => Reason::Breakpoint(hits),
            (true, Some(reason)) => reason,
            (true, None) => return,
        };
        self.stop(Stop { fiber: id, reason });
    }

    /// A fault has nothing to catch it, or is held up on its way; the fault if it goes no further.
    fn failed(&mut self, id: u32, fault: Box<Fault>) -> Option<Box<Fault>> {
        let catches = self.fiber_numbered(id).is_some_and(|fiber| is_caught(fiber, &fault));
        let filters = self.debugger.as_ref().map(|debugger| debugger.filters).unwrap_or_default();
        let stops = if catches { filters.caught } else { filters.uncaught && !is_cancellation(&fault) };
        if stops {
            let (message, kind) = (report::message(self, &fault), report::kind(&fault).to_owned());
            // There the collector finds what it holds.
            self.put_outcome(id, fault);
            self.stop(Stop { fiber: id, reason: Reason::Error { message, kind, caught: catches } });
        } else if catches {
            self.put_outcome(id, fault);
        } else {
            return Some(fault);
        }
        if catches {
            self.debugger.iter_mut().for_each(|debugger| debugger.passing = Some(id));
            return None;
        }
        self.scheduler.fibers[id as usize].as_mut()?.outcome.take()?.err()
    }

    /// What is noted of a fiber's place must not be taken for that of a later one with its number.
    fn fiber_ended(&mut self, id: u32) {
        let Some(debugger) = &mut self.debugger else { return };
        debugger.heeded.remove(&id);
        debugger.passing.take_if(|passing| *passing == id);
        if debugger.plan.as_ref().is_some_and(|plan| plan.is_of(id)) {
            self.abandon_plan();
        }
    }

    fn put_outcome(&mut self, id: u32, fault: Box<Fault>) {
        if let Some(fiber) = self.scheduler.fibers[id as usize].as_mut() {
            fiber.outcome = Some(Err(fault));
        }
    }

    /// Lets the controller look at the program until it says how that goes on.
    pub(crate) fn stop(&mut self, stop: Stop) {
        self.abandon_plan();
        self.output.flush();
        let Some(mut controller) = self.debugger.as_mut().and_then(|debugger| debugger.controller.take()) else {
            return;
        };
        let resume = controller.stopped(self, &stop);
        if let Some(debugger) = &mut self.debugger {
            debugger.controller = Some(controller);
            debugger.shown.clear();
        }
        match resume {
            Resume::Continue => {}
            Resume::Step(kind) => self.plan(stop.fiber, kind),
            Resume::Terminate => self.end_debugged(),
            Resume::Quit(status) => self.exit_status = Some(status),
        }
        self.interrupt.store(1, Ordering::Relaxed);
    }

    /// Ends the program as SIGTERM does; nothing stops it any more.
    fn end_debugged(&mut self) {
        self.abandon_plan();
        self.clear_breakpoints();
        if let Some(debugger) = &mut self.debugger {
            debugger.filters = Filters::default();
        }
        self.ask_to_end();
    }

    /// Does what somebody wants of the running program; called between two runs of fibers.
    pub(crate) fn heed_controller(&mut self, main: Value) {
        let Some(mut controller) = self.debugger.as_mut().and_then(|debugger| debugger.controller.take()) else {
            return;
        };
        let wish = controller.attend(self);
        if let Some(debugger) = &mut self.debugger {
            debugger.controller = Some(controller);
        }
        match wish {
            None => {}
            Some(Wish::Terminate) => self.end_debugged(),
            Some(Wish::Quit(status)) => self.exit_status = Some(status),
            Some(Wish::Pause) => self.plan_pause(),
        }
        // Where no fiber is going to run, there is nothing to wait for.
        if self.is_pausing() && !self.scheduler.has_ready() {
            let first = || self.fiber_numbers().first().copied();
            let fiber = crate::task::fiber_of(main).or_else(first);
            fiber.into_iter().for_each(|fiber| self.stop(Stop { fiber, reason: Reason::Pause }));
        }
    }

    /// Has the controller tell the user something.
    fn tell(&mut self, text: &str) {
        let Some(mut controller) = self.debugger.as_mut().and_then(|debugger| debugger.controller.take()) else {
            return;
        };
        controller.tell(self, text);
        if let Some(debugger) = &mut self.debugger {
            debugger.controller = Some(controller);
        }
    }

    /// Runs what nothing stops.
    fn undisturbed<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        let set = |vm: &mut Self, to: bool| {
            vm.debugger.as_mut().is_some_and(|debugger| std::mem::replace(&mut debugger.undisturbed, to))
        };
        let before = set(self, true);
        let result = run(self);
        set(self, before);
        result
    }

    /// Says that the program has ended.
    pub(crate) fn dismiss_controller(&mut self) {
        let controller = self.debugger.as_mut().and_then(|debugger| debugger.controller.take());
        controller.into_iter().for_each(|mut controller| controller.dismissed());
    }

    /// Runs a fiber through all traps.
    pub(crate) fn run_untrapped(&mut self, id: u32) -> Option<Exit> {
        loop {
            match self.interpret(id)? {
                Exit::Trapped => match self.step_instruction(id)? {
                    Exit::Trapped | Exit::Interrupted => {}
                    other => return Some(other),
                },
                other => return Some(other),
            }
        }
    }
}

fn is_caught(fiber: &Fiber, fault: &Fault) -> bool {
    crate::interpret::unwind::landing(fiber, is_cancellation(fault)).is_some()
}
