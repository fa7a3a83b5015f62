//! The queues before a database's connections, which the loop fills and threads of the pool empty.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::InterruptHandle;

use super::connection::{Connection, Settings};
use crate::database::failure::Failure;
use crate::database::{Outcome, Wanted, Work};
use crate::fiber::Waiter;
use crate::workers::Bell;

/// Statements that are known to write, at most.
const MOST_KNOWN: usize = 4096;

/// Something to be done for a fiber.
pub(crate) struct Job {
    /// No other job of this database has it; a transaction has that of the job that began it.
    pub number: u64,
    pub work: Work,
    /// The transaction that it belongs to.
    pub transaction: Option<u64>,
    /// Bytes that its result may take.
    pub room: usize,
    /// Who waits for it, if anybody does.
    pub waiter: Option<Waiter>,
    pub place: Arc<Place>,
}

/// Where a job's result is left.
#[derive(Default)]
pub(crate) struct Place {
    outcome: Mutex<Option<Outcome>>,
    given_up: AtomicBool,
}

impl Place {
    /// The result, once it is there.
    pub fn take(&self) -> Option<Outcome> {
        lock(&self.outcome).take()
    }

    /// Whether nobody wants it any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }
}

impl Job {
    /// Leaves the result and wakes who waits for it.
    pub(super) fn deliver(self, bell: &Bell, outcome: Outcome) {
        *lock(&self.place.outcome) = Some(outcome);
        self.waiter.into_iter().for_each(|waiter| bell.ring(waiter));
    }

    /// Whether it may share a transaction with others that came with it: it is one change, and undone by itself
    /// if it fails.
    pub(super) fn is_change(&self) -> bool {
        match &self.work {
            Work::Insert { .. } | Work::Update { .. } | Work::Delete { .. } => true,
            Work::Statement { sql, .. } => {
                let verb = sql.split_ascii_whitespace().next().unwrap_or_default();
                ["insert", "update", "delete"].iter().any(|known| verb.eq_ignore_ascii_case(known))
            }
            _ => false,
        }
    }
}

/// What a database is to the loop and to threads.
pub(crate) struct Queue {
    pub(super) settings: Settings,
    pub(super) bell: Bell,
    state: Mutex<State>,
}

/// What a thread does at this moment.
pub(super) struct Running {
    pub number: u64,
    pub interrupt: Arc<InterruptHandle>,
    pub place: Arc<Place>,
}

#[derive(Default)]
pub(super) struct State {
    pub reads: VecDeque<Job>,
    pub writes: VecDeque<Job>,
    /// Those of the open transaction.
    pub held: VecDeque<Job>,
    /// The transaction that owns the writing connection.
    pub holder: Option<u64>,
    pub writer: Option<Connection>,
    pub writing: bool,
    pub readers: Vec<Connection>,
    pub reading: usize,
    pub running: Vec<Running>,
    /// Statements whose text is known to write.
    pub known: HashSet<Arc<str>>,
    /// Whether no more jobs are taken.
    pub closed: bool,
    /// Whether the connections have ended too.
    pub ended: bool,
    pub closers: Vec<Waiter>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a thread could panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    /// The queues before a database that was opened.
    pub fn new(settings: Settings, bell: Bell, writer: Connection) -> Self {
        let state = State { writer: Some(writer), ..State::default() };
        Self { settings, bell, state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Adds a job; whether it has to wait for the end of another's transaction.
    pub fn push(self: &Arc<Self>, job: Job) -> Result<bool, Failure> {
        let mut state = self.state();
        if state.closed {
            return Err(Failure::closed());
        }
        if job.transaction.is_none() && self.reads(&state, &job.work) {
            state.reads.push_back(job);
            self.start_reader(&mut state);
            return Ok(false);
        }
        let behind = match job.transaction {
            Some(number) if state.holder == Some(number) => {
                state.held.push_back(job);
                false
            }
            Some(_) => return Err(Failure::ended()),
            None => {
                let begins = |job: &Job| matches!(job.work, Work::Begin { .. });
                let behind = state.holder.is_some() || state.writes.iter().any(begins);
                state.writes.push_back(job);
                behind
            }
        };
        self.start_writer(&mut state);
        Ok(behind)
    }

    /// Whether a connection that reads may try it. One in memory has a single connection.
    fn reads(&self, state: &State, work: &Work) -> bool {
        self.settings.path.is_some()
            && match work {
                Work::Find { .. } | Work::Count { .. } => true,
                Work::Statement { sql, wanted, .. } => *wanted == Wanted::Rows && !state.known.contains(sql),
                _ => false,
            }
    }

    fn start_reader(self: &Arc<Self>, state: &mut State) {
        if state.reading < self.settings.readers {
            state.reading += 1;
            let (queue, connection) = (Arc::clone(self), state.readers.pop());
            self.bell.leave_to(move || queue.serve_reads(connection));
        }
    }

    /// Has a thread begin to write, if none does and there is something to be done.
    pub(super) fn start_writer(self: &Arc<Self>, state: &mut State) {
        if !state.writing && state.has_writes() {
            state.writing = true;
            let (queue, connection) = (Arc::clone(self), state.writer.take());
            self.bell.leave_to(move || queue.serve_writes(connection));
        }
    }

    /// Passes a statement on that turned out to write.
    pub(super) fn pass_on(self: &Arc<Self>, job: Job) {
        let mut state = self.state();
        if let Work::Statement { sql, .. } = &job.work {
            if state.known.len() >= MOST_KNOWN {
                state.known.clear();
            }
            state.known.insert(Arc::clone(sql));
        }
        if state.closed {
            drop(state);
            return job.deliver(&self.bell, Err(Failure::closed()));
        }
        state.writes.push_back(job);
        self.start_writer(&mut state);
    }

    /// Takes a job back that has not begun; whether it was so.
    pub fn withdraw(&self, number: u64) -> bool {
        let mut state = self.state();
        let State { reads, writes, held, .. } = &mut *state;
        [reads, writes, held].into_iter().any(|jobs| {
            let at = jobs.iter().position(|job| job.number == number);
            at.and_then(|at| jobs.remove(at)).is_some()
        })
    }

    /// Has a job end, whose result nobody wants any more. A transaction that it has begun ends too.
    pub fn give_up(self: &Arc<Self>, number: u64) {
        if self.withdraw(number) {
            return;
        }
        let mut state = self.state();
        if let Some(running) = state.running.iter().find(|running| running.number == number) {
            running.place.given_up.store(true, Ordering::Relaxed);
            // It is still running: the lock is taken to say that it has ended.
            running.interrupt.interrupt();
        } else if state.holder == Some(number) {
            self.roll_back(&mut state, number);
        }
    }

    /// Ends a transaction without waiting for it.
    pub fn abandon(self: &Arc<Self>, transaction: u64) {
        let mut state = self.state();
        if state.holder == Some(transaction) {
            self.roll_back(&mut state, transaction);
        }
    }

    fn roll_back(self: &Arc<Self>, state: &mut State, transaction: u64) {
        // The end of its connection ends it too.
        if state.closed {
            return;
        }
        let work = Work::End { depth: 0, commit: false };
        let place = Arc::default();
        state.held.push_front(Job { number: 0, work, transaction: Some(transaction), room: 0, waiter: None, place });
        self.start_writer(state);
    }

    /// Takes no more jobs; those that run are interrupted, those that wait fail.
    pub fn close(self: &Arc<Self>) {
        let mut state = self.state();
        if std::mem::replace(&mut state.closed, true) {
            return;
        }
        let State { reads, writes, held, .. } = &mut *state;
        let left: Vec<Job> = [reads, writes, held].into_iter().flat_map(std::mem::take).collect();
        state.running.iter().for_each(|running| running.interrupt.interrupt());
        if state.is_quiet() {
            let queue = Arc::clone(self);
            self.bell.leave_to(move || queue.end_connections(queue.state()));
        }
        drop(state);
        left.into_iter().for_each(|job| job.deliver(&self.bell, Err(Failure::closed())));
    }

    /// Ends the connections of a closed database that no thread uses any more, and tells those who wait for it.
    pub(super) fn end_connections(&self, mut state: MutexGuard<'_, State>) {
        let (readers, writer) = (std::mem::take(&mut state.readers), state.writer.take());
        drop(state);
        // The last to close writes the log back into the file, which those that read cannot.
        drop(readers);
        drop(writer);
        let mut state = self.state();
        state.ended = true;
        let closers = std::mem::take(&mut state.closers);
        drop(state);
        closers.into_iter().for_each(|waiter| self.bell.ring(waiter));
    }

    /// Whether a database that was closed has no connection left; else the waiter is woken once it is so.
    pub fn is_closed(&self, waiter: Waiter) -> bool {
        let mut state = self.state();
        if !state.ended {
            state.closers.push(waiter);
        }
        state.ended
    }
}

impl State {
    /// Whether no thread is at work.
    pub fn is_quiet(&self) -> bool {
        !self.writing && self.reading == 0
    }

    fn has_writes(&self) -> bool {
        if self.holder.is_some() { !self.held.is_empty() } else { !self.writes.is_empty() }
    }
}
