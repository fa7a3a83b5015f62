//! Who runs, who waits, who is woken.
//!
//! One fiber runs at a time, until it waits or ends. Nothing here knows what fibers wait
//! for: whoever makes a fiber wait keeps its [`Waiter`] and calls `resume` or `wake`.

mod alone;

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::capture::Capture;
use crate::clock::Instant;
use crate::driver::DriverId;
use crate::fault::Fault;
use crate::fiber::{Fiber, Operation, State, Waiter};
use crate::interpret::{self, Exit};
use crate::system;
use crate::task;
use crate::timer::Timers;
use crate::value::Value;
use crate::vm::Vm;

/// Fibers run between two looks at the event loop while others are ready.
const RUNS_BETWEEN_POLLS: u32 = 256;

/// Operations that a fiber may finish in a row before the others have their turn.
const IN_A_ROW: u32 = 64;

/// The status of a program that `Options::most_switches` ended.
const OUT_OF_TURNS: i32 = 124;

/// The number of the running fiber when none is.
const NOBODY: u32 = u32::MAX;

/// The fibers of a VM.
#[derive(Default)]
pub(crate) struct Scheduler {
    pub fibers: Vec<Option<Box<Fiber>>>,
    /// Free numbers, each with the turn that its next fiber starts from.
    vacant: Vec<(u32, u32)>,
    ready: VecDeque<u32>,
    pub timers: Timers,
    pub running: u32,
    pub count: usize,
    /// Fibers that are being cancelled, the first ones already.
    to_cancel: Vec<u32>,
    /// Whether the first ready fiber was stopped in the middle of its work.
    preempted: bool,
    /// How often a fiber was run, and how often the events were looked at.
    pub switches: u64,
    /// The run in which operations last finished without waiting, and how many of them.
    in_a_row: (u64, u32),
    pub polls: u64,
}

/// How a run of the scheduler ended.
#[derive(Debug)]
pub enum Ended {
    /// The main fiber has a result, and nothing else is left to do.
    Finished(Value),
    /// The main fiber ended by an error that nothing caught.
    Faulted(Box<Fault>),
    /// `exit(n)` was called, or a signal ended the program.
    Exited(i32),
}

impl Vm {
    /// The status of a program that has ended so; an error that nothing caught is reported.
    pub(crate) fn status_of(&mut self, ended: Ended) -> i32 {
        match ended {
            Ended::Finished(_) => 0,
            Ended::Faulted(fault) => {
                self.report_uncaught(&fault);
                1
            }
            Ended::Exited(status) => status,
        }
    }

    /// Starts a fiber that calls `callee`; its task. It runs when the others wait.
    pub fn spawn(&mut self, callee: Value, arguments: &[Value]) -> Result<Value, Box<Fault>> {
        if let Some(most) = self.options.max_fibers.filter(|&most| self.scheduler.count >= most) {
            return Err(Fault::new("exhausted", format!("the program may have {most} fibers, and has as many")));
        }
        let task = self.heap.payload(task::Task::default());
        let mut fiber = Box::new(Fiber::new(task));
        fiber.capture = self.scheduler.capture();
        self.heap.account(fiber.bytes());
        if let Err(fault) = crate::call::enter(self, &mut fiber, callee, arguments) {
            self.heap.discount(fiber.bytes());
            return Err(fault);
        }
        let id = self.scheduler.insert(fiber);
        task::set_fiber(task, id);
        self.scheduler.ready.push_back(id);
        Ok(task)
    }

    /// Names the next wait of the running fiber.
    pub fn waiter(&mut self) -> Waiter {
        let fiber = self.scheduler.running;
        Waiter { fiber, turn: self.fiber().turn }
    }

    /// Fails if the running fiber has been cancelled since it last waited.
    fn check_cancelled(&mut self) -> Result<(), Box<Fault>> {
        if std::mem::take(&mut self.fiber().cancelled) { Err(Fault::cancellation()) } else { Ok(()) }
    }

    /// Makes the running fiber wait for `resume`. The builtin returns what this gives.
    pub fn park(&mut self) -> Result<Value, Box<Fault>> {
        self.check_cancelled()?;
        self.fiber().state = State::Parked;
        Ok(Value::PENDING)
    }

    /// Makes the running fiber wait for `resume`, at most until `at`: then the result is nil.
    pub fn park_until(&mut self, at: Instant) -> Result<Value, Box<Fault>> {
        let pending = self.park()?;
        let waiter = self.waiter();
        self.set_deadline(waiter, at);
        Ok(pending)
    }

    /// Polls an operation; if it has to wait, the running fiber waits with it.
    pub fn start(&mut self, mut operation: impl Operation + 'static) -> Result<Value, Box<Fault>> {
        self.check_cancelled()?;
        let waiter = self.waiter();
        let outcome = operation.poll(self, waiter);
        if !matches!(outcome, Ok(None)) {
            // A deadline for a wait that did not come about would end a later one.
            let timer = self.fiber().timer.take();
            timer.into_iter().for_each(|key| self.scheduler.timers.remove(key));
        }
        if let Some(value) = outcome? {
            return Ok(value);
        }
        self.fiber().state = State::Polling(Box::new(operation));
        Ok(Value::PENDING)
    }

    /// Ends a wait at `at`: a parked fiber resumes with nil, an operation is polled. One
    /// deadline a wait; a further one replaces it.
    pub fn set_deadline(&mut self, waiter: Waiter, at: Instant) {
        if waiter.is_driver() {
            return self.set_driver_deadline(DriverId::of(waiter), Some(at));
        }
        let Some(fiber) = self.scheduler.waiting(waiter) else { return };
        let before = fiber.timer.take();
        before.into_iter().for_each(|key| self.scheduler.timers.remove(key));
        let key = self.scheduler.timers.add(at, waiter);
        if let Some(fiber) = self.scheduler.waiting(waiter) {
            fiber.timer = Some(key);
        }
    }

    /// Ends a wait with this result. Does nothing if the wait is over already; says whether
    /// it was not.
    pub fn resume(&mut self, waiter: Waiter, outcome: Result<Value, Box<Fault>>) -> bool {
        let Some(fiber) = self.scheduler.waiting(waiter) else { return false };
        if matches!(fiber.state, State::Ready) {
            return false;
        }
        if cfg!(debug_assertions) && self.record.is_some() {
            crate::record::resumed(self, waiter.fiber, &outcome);
        }
        let Some(fiber) = self.scheduler.waiting(waiter) else { return false };
        fiber.state = State::Ready;
        fiber.outcome = Some(outcome);
        fiber.turn = fiber.turn.wrapping_add(1);
        let timer = fiber.timer.take();
        timer.into_iter().for_each(|key| self.scheduler.timers.remove(key));
        self.scheduler.ready.push_back(waiter.fiber);
        true
    }

    /// Polls the operation that a fiber waits with, or drives a driver.
    pub fn wake(&mut self, waiter: Waiter) {
        if waiter.is_driver() {
            return self.drive(waiter);
        }
        let Some(fiber) = self.scheduler.waiting(waiter) else { return };
        let mut operation = match std::mem::replace(&mut fiber.state, State::Parked) {
            State::Polling(operation) => operation,
            other => {
                fiber.state = other;
                return;
            }
        };
        match operation.poll(self, waiter) {
            Ok(None) => {
                if let Some(fiber) = self.scheduler.waiting(waiter) {
                    fiber.state = State::Polling(operation);
                }
            }
            Ok(Some(value)) => drop(self.resume(waiter, Ok(value))),
            Err(fault) => drop(self.resume(waiter, Err(fault))),
        }
    }

    /// A timer fired.
    fn expire(&mut self, waiter: Waiter) {
        if waiter.is_driver() {
            return self.expire_driver(waiter);
        }
        let Some(fiber) = self.scheduler.waiting(waiter) else { return };
        fiber.timer = None;
        match fiber.state {
            State::Polling(_) => self.wake(waiter),
            State::Parked => drop(self.resume(waiter, Ok(Value::NIL))),
            State::Ready => {}
        }
    }

    /// Cancels a fiber: its wait ends with a fault that only `finally` and `defer` see. One
    /// that does not wait gets the fault as it goes on or at its next wait. What it runs
    /// then may wait as usual, until it is cancelled again.
    pub fn cancel(&mut self, id: u32) {
        // Letting go of a wait may cancel another fiber, and so on without end: no recursion.
        self.scheduler.to_cancel.push(id);
        if self.scheduler.to_cancel.len() > 1 {
            return;
        }
        let mut next = 0;
        while let Some(&id) = self.scheduler.to_cancel.get(next) {
            self.cancel_one(id);
            next += 1;
        }
        self.scheduler.to_cancel.clear();
    }

    fn cancel_one(&mut self, id: u32) {
        let is_running = id == self.scheduler.running;
        let Some(fiber) = self.scheduler.fibers.get_mut(id as usize).and_then(Option::as_deref_mut) else { return };
        let waiter = Waiter { fiber: id, turn: fiber.turn };
        match std::mem::replace(&mut fiber.state, State::Parked) {
            State::Ready => {
                fiber.state = State::Ready;
                if is_running || fiber.outcome.is_some() {
                    fiber.cancelled = true;
                } else {
                    fiber.outcome = Some(Err(Fault::cancellation()));
                }
                return;
            }
            State::Parked => {}
            State::Polling(mut operation) => operation.abandon(self, waiter),
        }
        self.resume(waiter, Err(Fault::cancellation()));
    }

    /// Cancels every fiber.
    pub(crate) fn cancel_all(&mut self) {
        (0..self.scheduler.fibers.len()).for_each(|id| self.cancel(id as u32));
    }

    /// Puts the running fiber behind all that are ready.
    pub fn yield_now(&mut self) -> Result<Value, Box<Fault>> {
        self.check_cancelled()?;
        self.resume_later(Value::NIL)
    }

    /// Gives the result of an operation that did not have to wait. A fiber that finishes many
    /// of them in a row keeps the others waiting: it gets the result after they have run and
    /// the events were looked at.
    #[inline]
    pub(crate) fn give_way(&mut self, result: Value) -> Result<Value, Box<Fault>> {
        let Scheduler { switches, in_a_row, .. } = &mut self.scheduler;
        if in_a_row.0 != *switches {
            *in_a_row = (*switches, 0);
        }
        in_a_row.1 += 1;
        if in_a_row.1 < IN_A_ROW {
            return Ok(result);
        }
        self.interrupt.store(1, Ordering::Relaxed);
        self.resume_later(result)
    }

    /// Puts the running fiber behind all that are ready; the builtin's result is there already.
    fn resume_later(&mut self, result: Value) -> Result<Value, Box<Fault>> {
        self.fiber().state = State::Parked;
        let waiter = self.waiter();
        self.resume(waiter, Ok(result));
        Ok(Value::PENDING)
    }

    /// Runs until the fiber of `main` has ended and, if `drain`, until nothing is left to do.
    pub fn run(&mut self, main: Value, drain: bool) -> Ended {
        assert!(!self.scheduler.is_running(), "a builtin waits for fibers by parking its own");
        // Once its fiber has ended, nothing else keeps the task.
        let held = self.hold(main);
        let ended = self.run_fibers(main, drain);
        drop(held);
        if drain {
            self.report_unobserved();
        }
        ended
    }

    fn run_fibers(&mut self, main: Value, drain: bool) -> Ended {
        loop {
            if let Some(ended) = self.run_until_all_wait(main, drain, |_| false) {
                return ended;
            }
            self.wait_for_events();
        }
    }

    /// Runs fibers until nothing is left to do, or until all of them wait; looks at events while some are ready, and
    /// asks then whether it is to return all the same.
    #[inline]
    pub(crate) fn run_until_all_wait(
        &mut self,
        main: Value,
        drain: bool,
        mut is_enough: impl FnMut(&Self) -> bool,
    ) -> Option<Ended> {
        let mut since_poll = 0;
        loop {
            if self.debugger.is_some() {
                self.heed_controller(main);
            }
            if let Some(status) = self.exit_status.take().or_else(|| self.heed_signals(main)) {
                return Some(Ended::Exited(status));
            }
            if !self.reactor.signals.is_stopping() {
                match task::outcome(main) {
                    Some(Err(fault)) => return Some(Ended::Faulted(fault)),
                    Some(Ok(value)) if !drain || self.is_idle() => return Some(Ended::Finished(value)),
                    _ => {}
                }
            }
            if !self.scheduler.ready.is_empty() {
                since_poll += self.run_ready(RUNS_BETWEEN_POLLS - since_poll);
                if since_poll >= RUNS_BETWEEN_POLLS || self.is_interrupted() {
                    since_poll = 0;
                    self.heed_events(Some(Duration::ZERO));
                    if is_enough(self) {
                        return None;
                    }
                }
            } else if self.is_stuck() {
                self.report_deadlock(main);
            } else {
                return None;
            }
        }
    }

    /// Runs up to `most` fibers that are ready, until something happens that is more than
    /// a switch; how many ran.
    fn run_ready(&mut self, most: u32) -> u32 {
        for runs in 0..most {
            let Some(id) = self.scheduler.ready.pop_front() else { return runs };
            let waits = self.run_fiber(id);
            if !waits || self.exit_status.is_some() || self.is_interrupted() {
                return runs + 1;
            }
        }
        most
    }

    /// Runs fibers and heeds events until `done`, which is asked before each look at the events;
    /// the status if the program is to end. An interrupt cancels the fiber that is running.
    pub(crate) fn run_until(&mut self, mut done: impl FnMut(&mut Vm) -> bool) -> Option<i32> {
        loop {
            for _ in 0..RUNS_BETWEEN_POLLS {
                let Some(id) = self.scheduler.ready.pop_front() else { break };
                self.run_fiber(id);
                if self.is_interrupted() {
                    break;
                }
            }
            if self.exit_status.is_some() {
                return self.exit_status.take();
            }
            if done(self) {
                return None;
            }
            self.wait_for_events();
            if self.reactor.signals.take_interrupted()
                && let Some(busy) = self.scheduler.preempted()
            {
                self.cancel(busy);
            }
        }
    }

    /// Whether nothing is left that could make a fiber run, other than what happens in the background.
    pub(crate) fn is_idle(&self) -> bool {
        self.scheduler.ready.is_empty() && !self.scheduler.timers.are_wanted() && !self.reactor.is_wanted()
    }

    fn is_stuck(&self) -> bool {
        self.scheduler.timers.is_empty() && !self.reactor.is_busy()
    }

    /// The main fiber waits for something that only other fibers could bring, and they wait too.
    fn report_deadlock(&mut self, main: Value) {
        let Some(id) = task::fiber_of(main) else { return };
        let Some(turn) = self.scheduler.fibers[id as usize].as_ref().map(|fiber| fiber.turn) else { return };
        let fault = Fault::new("deadlock", "deadlock: every fiber waits for another");
        self.resume(Waiter { fiber: id, turn }, Err(fault));
    }

    fn wait_for_events(&mut self) {
        let timeout = if self.scheduler.ready.is_empty() {
            self.scheduler.timers.until_next(Instant::now())
        } else {
            Some(Duration::ZERO)
        };
        self.heed_events(timeout);
    }

    pub(crate) fn heed_events(&mut self, timeout: Option<Duration>) {
        self.scheduler.polls += 1;
        self.output.flush();
        let timeout = system::close_lost(self, timeout);
        self.look_begins();
        self.poll_events(timeout);
        self.look_ends();
        let now = Instant::now();
        while let Some(waiter) = self.scheduler.timers.take_due(now) {
            self.expire(waiter);
        }
    }

    /// Runs a fiber; whether it waits now.
    fn run_fiber(&mut self, id: u32) -> bool {
        self.scheduler.running = id;
        self.scheduler.preempted = false;
        self.scheduler.switches += 1;
        if self.options.most_switches.is_some_and(|most| self.scheduler.switches > most) {
            self.exit_status = Some(OUT_OF_TURNS);
        }
        let Some(exit) = self.run_slice(id) else { return false };
        self.scheduler.running = NOBODY;
        match exit {
            Exit::Waiting => return true,
            Exit::Interrupted | Exit::Trapped => {
                self.scheduler.ready.push_front(id);
                self.scheduler.preempted = true;
            }
            Exit::Finished(value) => self.finish(id, Ok(value)),
            Exit::Faulted(fault) => self.finish(id, Err(fault)),
        }
        false
    }

    /// Runs a fiber, under the eyes of whoever debugs or measures the program.
    #[inline]
    fn run_slice(&mut self, id: u32) -> Option<Exit> {
        if self.debugger.is_none() && self.measure.is_none() {
            return interpret::run(self, id);
        }
        self.slice_begins(id);
        let exit = if self.debugger.is_none() { interpret::run(self, id) } else { self.run_debugged(id) };
        exit.iter().for_each(|exit| self.slice_ends(id, exit));
        exit
    }

    fn finish(&mut self, id: u32, outcome: Result<Value, Box<Fault>>) {
        if let Some(fiber) = self.scheduler.remove(id) {
            self.heap.discount(fiber.bytes());
            self.system.fiber_ended();
            task::complete(self, fiber.task, outcome);
        }
    }
}

impl Scheduler {
    /// No fibers.
    pub fn new() -> Self {
        Self { running: NOBODY, ..Self::default() }
    }

    /// Whether a fiber runs right now: whoever asks is a builtin.
    pub fn is_running(&self) -> bool {
        self.running != NOBODY
    }

    /// Whether fibers are ready to run.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Where the running fiber's output goes instead of the program's.
    fn capture(&self) -> Option<Rc<Capture>> {
        self.fibers.get(self.running as usize)?.as_ref()?.capture.clone()
    }

    /// The fiber that was stopped in the middle of its work, if one was.
    pub fn preempted(&self) -> Option<u32> {
        self.ready.front().copied().filter(|_| self.preempted)
    }

    fn insert(&mut self, mut fiber: Box<Fiber>) -> u32 {
        self.count += 1;
        if let Some((id, turn)) = self.vacant.pop() {
            fiber.turn = turn;
            self.fibers[id as usize] = Some(fiber);
            return id;
        }
        self.fibers.push(Some(fiber));
        (self.fibers.len() - 1) as u32
    }

    fn remove(&mut self, id: u32) -> Option<Box<Fiber>> {
        let fiber = self.fibers[id as usize].take()?;
        self.count -= 1;
        self.vacant.push((id, fiber.turn.wrapping_add(1)));
        Some(fiber)
    }

    /// Whether the fiber is still in that wait; of drivers it is not known, they look for themselves.
    #[inline]
    pub fn is_waiting(&self, waiter: Waiter) -> bool {
        if waiter.is_driver() {
            return true;
        }
        let fiber = self.fibers.get(waiter.fiber as usize).and_then(Option::as_deref);
        fiber.is_some_and(|fiber| fiber.turn == waiter.turn)
    }

    /// The fiber, if it is still in that wait.
    fn waiting(&mut self, waiter: Waiter) -> Option<&mut Fiber> {
        let fiber = self.fibers.get_mut(waiter.fiber as usize)?.as_deref_mut()?;
        (fiber.turn == waiter.turn).then_some(fiber)
    }
}
