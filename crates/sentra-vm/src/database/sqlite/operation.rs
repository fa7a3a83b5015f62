//! The waits of fibers for a database.

use std::sync::Arc;
use std::time::Instant;

use super::queue::{Job, Place, Queue};
use crate::database::failure::Failure;
use crate::database::{Answer, Work};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The wait for a job, which is left to the threads at the first look.
pub(crate) struct Operate<F> {
    queue: Arc<Queue>,
    number: u64,
    transaction: Option<u64>,
    work: Option<Work>,
    place: Arc<Place>,
    /// When it is given up if it has not begun, because another's transaction goes on.
    until: Option<Instant>,
    finish: Option<F>,
}

impl<F: FnOnce(&mut Vm, Answer) -> Result<Value>> Operate<F> {
    /// Something to be done, and what is made of what comes of it.
    pub fn new(queue: &Arc<Queue>, number: u64, transaction: Option<u64>, work: Work, finish: F) -> Self {
        let (queue, place) = (Arc::clone(queue), Arc::default());
        Self { queue, number, transaction, work: Some(work), place, until: None, finish: Some(finish) }
    }

    fn begin(&mut self, vm: &mut Vm, waiter: Waiter, work: Work) -> Result<()> {
        let room = vm.heap.limit().map_or(usize::MAX, |limit| limit.saturating_sub(vm.heap.bytes()));
        let (number, transaction, place) = (self.number, self.transaction, Arc::clone(&self.place));
        let behind = self.queue.push(Job { number, work, transaction, room, waiter: Some(waiter), place })?;
        vm.reactor.workers.await_bell();
        if behind {
            let until = Instant::now() + self.queue.settings.patience;
            self.until = Some(until);
            vm.set_deadline(waiter, until);
        }
        Ok(())
    }
}

impl<F: FnOnce(&mut Vm, Answer) -> Result<Value>> Operation for Operate<F> {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if let Some(work) = self.work.take() {
            self.begin(vm, waiter, work)?;
            return Ok(None);
        }
        if let Some(outcome) = self.place.take() {
            vm.reactor.workers.give_up();
            let answer = outcome?;
            vm.scheduler.running = waiter.fiber;
            let finish = self.finish.take().expect("a result comes once");
            return finish(vm, answer).map(Some);
        }
        let late = self.until.is_some_and(|until| Instant::now() >= until);
        if late && self.queue.withdraw(self.number) {
            vm.reactor.workers.give_up();
            let message = "the database is busy: a transaction of another fiber did not end in time";
            return Err(Failure::new("busy", message).into());
        }
        Ok(None)
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        vm.reactor.workers.give_up();
        self.queue.give_up(self.number);
    }
}

/// The wait for the end of a database that is being closed.
pub(crate) struct Close {
    queue: Arc<Queue>,
    waits: bool,
}

impl Close {
    /// Closes a database.
    pub fn new(queue: &Arc<Queue>) -> Self {
        queue.close();
        Self { queue: Arc::clone(queue), waits: false }
    }
}

impl Operation for Close {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if self.queue.is_closed(waiter) {
            if self.waits {
                vm.reactor.workers.give_up();
            }
            return Ok(Some(Value::TRUE));
        }
        if !std::mem::replace(&mut self.waits, true) {
            vm.reactor.workers.await_bell();
        }
        Ok(None)
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        if self.waits {
            vm.reactor.workers.give_up();
        }
    }
}
