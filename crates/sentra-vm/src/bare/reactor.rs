//! Nothing outside wakes a fiber but time and the embedding program, which drives both: [`Vm::advance`] runs fibers
//! until all of them wait and says for how long, [`Vm::answer`] brings the line that one asked for.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::driver::DriverId;
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::value::Value;
use crate::vm::Vm;

/// The status of a program that was ended from outside, as if by SIGTERM.
const ENDED: i32 = 143;

/// What may still happen.
#[derive(Default)]
pub(crate) struct Reactor {
    /// Waits to be woken at the next look at events.
    due: Vec<Waiter>,
    /// Drivers that have put something off.
    leaving: Vec<DriverId>,
    /// Fibers that wait for a line of input, first come first served.
    asking: VecDeque<Waiter>,
    pub signals: Signals,
}

/// Signals: there are none.
#[derive(Default)]
pub(crate) struct Signals;

impl Signals {
    /// No signal is ending the program.
    pub fn is_stopping(&self) -> bool {
        false
    }

    /// No signal interrupts it.
    pub fn take_interrupted(&mut self) -> bool {
        false
    }
}

impl Reactor {
    /// Nothing is going to happen.
    pub fn new() -> io::Result<Self> {
        Ok(Self::default())
    }

    /// Whether something outside may still wake a fiber.
    pub fn is_busy(&self) -> bool {
        self.is_wanted()
    }

    /// Whether a program has to go on because of that.
    pub fn is_wanted(&self) -> bool {
        !self.due.is_empty() || !self.leaving.is_empty() || !self.asking.is_empty()
    }

    /// Wakes `waiter` at the next look at events.
    pub fn wake_soon(&mut self, waiter: Waiter) {
        self.due.push(waiter);
    }

    /// Has a driver do what it has put off, before the loop waits.
    pub fn wake_before_wait(&mut self, id: DriverId) {
        self.leaving.push(id);
    }

    /// Takes those drivers.
    pub fn take_before_wait(&mut self) -> Vec<DriverId> {
        std::mem::take(&mut self.leaving)
    }
}

impl Vm {
    /// Wakes what is due. It never waits: whoever drives the VM does.
    pub(crate) fn poll_events(&mut self, _: Option<Duration>) {
        self.report_dropped();
        self.drive_before_wait();
        if !self.options.smallest_slice {
            self.interrupt.store(0, Ordering::Relaxed);
        }
        for waiter in std::mem::take(&mut self.reactor.due) {
            self.wake(waiter);
        }
    }

    /// There are no signals to heed.
    pub(crate) fn heed_signals(&mut self, _: Value) -> Option<i32> {
        None
    }

    /// Ends the program as a signal would.
    pub(crate) fn ask_to_end(&mut self) {
        self.exit_status = Some(ENDED);
    }

    /// Makes the running fiber wait for a line of input.
    pub(crate) fn ask(&mut self) -> Result<Value, Box<Fault>> {
        let waiter = self.waiter();
        let pending = self.park()?;
        self.reactor.asking.push_back(waiter);
        Ok(pending)
    }

    /// Whether a fiber waits for a line of input.
    pub fn is_asking(&mut self) -> bool {
        let scheduler = &self.scheduler;
        self.reactor.asking.retain(|&waiter| scheduler.is_waiting(waiter));
        !self.reactor.asking.is_empty()
    }

    /// Gives the line to the fiber that has waited for it the longest; nil if there is no more input. Whether one
    /// has waited.
    pub fn answer(&mut self, line: Option<&[u8]>) -> bool {
        if !self.is_asking() {
            return false;
        }
        let Some(waiter) = self.reactor.asking.pop_front() else { return false };
        let outcome = line.map_or(Ok(Value::NIL), |line| self.heap.checked_text(line));
        self.resume(waiter, outcome)
    }
}
