//! A fiber that runs while all others stand still, as a debugger wants it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::NOBODY;
use crate::clock::Instant;
use crate::fault::Fault;
use crate::fiber::State;
use crate::interpret::{self, Exit};
use crate::value::Value;
use crate::vm::Vm;

/// Runs of a cancelled fiber, so that its `finally`s end it.
const LAST_RUNS: u32 = 1_000;

impl Vm {
    /// Runs a fiber until it leaves the interpreter, for the debugger.
    pub(crate) fn interpret(&mut self, id: u32) -> Option<Exit> {
        interpret::run(self, id)
    }

    /// Calls a function in a fiber of its own and runs nothing else; a fault if it waits or takes too long.
    pub(crate) fn run_alone(&mut self, function: Value, patience: Duration) -> Result<Value, Box<Fault>> {
        let (running, preempted) = (self.scheduler.running, self.scheduler.preempted);
        let ready = std::mem::take(&mut self.scheduler.ready);
        self.interrupt.store(usize::from(self.options.smallest_slice), Ordering::Relaxed);
        let outcome = self.spawn(function, &[]).and_then(|_| {
            let id = self.scheduler.ready.pop_front().unwrap_or(NOBODY);
            self.finish_alone(id, Instant::now() + patience)
        });
        // What it woke or started comes after those that were ready before.
        let woken = std::mem::replace(&mut self.scheduler.ready, ready);
        let alive: Vec<u32> = woken.into_iter().filter(|&id| self.scheduler.fibers[id as usize].is_some()).collect();
        self.scheduler.ready.extend(alive);
        self.scheduler.running = running;
        self.scheduler.preempted = preempted;
        // Whoever wanted the interpreter to return meanwhile is looked for.
        self.interrupt.store(1, Ordering::Relaxed);
        outcome
    }

    fn finish_alone(&mut self, id: u32, latest: Instant) -> Result<Value, Box<Fault>> {
        let outcome = loop {
            self.scheduler.running = id;
            match self.run_untrapped(id) {
                None => break Err(Fault::new("error", "it has ended")),
                Some(Exit::Finished(value)) => break Ok(value),
                Some(Exit::Faulted(fault)) => break Err(fault),
                _ if self.exit_status.is_some() => break Ok(Value::NIL),
                Some(Exit::Waiting) if !self.is_ready(id) => {
                    break Err(self.give_up(id, "it waits, and everything else stands still"));
                }
                Some(_) if Instant::now() > latest => break Err(self.give_up(id, "it takes too long")),
                Some(_) => self.scheduler.ready.retain(|&ready| ready != id),
            }
        };
        self.scheduler.ready.retain(|&ready| ready != id);
        if let Some(fiber) = self.scheduler.remove(id) {
            self.heap.discount(fiber.bytes());
        }
        outcome
    }

    fn is_ready(&self, id: u32) -> bool {
        let fiber = self.scheduler.fibers[id as usize].as_deref();
        fiber.is_some_and(|fiber| matches!(fiber.state, State::Ready))
    }

    /// Cancels the fiber and runs what that runs.
    fn give_up(&mut self, id: u32, why: &str) -> Box<Fault> {
        self.scheduler.running = NOBODY;
        self.cancel(id);
        for _ in 0..LAST_RUNS {
            self.scheduler.running = id;
            let exit = self.run_untrapped(id);
            if !matches!(exit, Some(Exit::Interrupted | Exit::Waiting)) || !self.is_ready(id) {
                break;
            }
        }
        Fault::new("error", why)
    }
}
