//! What threads of the pool do: they take jobs out of the queues and do them.

use std::sync::{Arc, MutexGuard};

use super::connection::{Connection, open};
use super::queue::{Job, Queue, Running, State};
use super::run::Ran;
use crate::database::failure::Failure;
use crate::database::{Outcome, Work};

/// Changes that share one transaction, at most.
const MOST_TOGETHER: usize = 64;

impl Queue {
    /// Reads until there is nothing to be read.
    pub(super) fn serve_reads(self: Arc<Self>, connection: Option<Connection>) {
        let mut connection = match connection.map_or_else(|| open(&self.settings, true), Ok) {
            Ok(connection) => connection,
            Err(failure) => return self.cannot_read(&failure),
        };
        loop {
            let mut state = self.state();
            let Some(job) = state.reads.pop_front() else {
                state.reading -= 1;
                state.readers.push(connection);
                return self.leave(state);
            };
            begin(&mut state, &connection, &job);
            drop(state);
            let ran = connection.run(&job.work, job.room);
            self.end(&job);
            match ran {
                Ran::Ended(outcome) => job.deliver(&self.bell, outcome),
                Ran::Writes => self.pass_on(job),
            }
        }
    }

    fn cannot_read(&self, failure: &Failure) {
        let mut state = self.state();
        state.reading -= 1;
        // Other connections may be reading; only if none is left nobody will do it.
        let left = if state.reading == 0 { std::mem::take(&mut state.reads) } else { Default::default() };
        self.leave(state);
        left.into_iter().for_each(|job| job.deliver(&self.bell, Err(failure.clone())));
    }

    /// Writes until there is nothing to be written.
    pub(super) fn serve_writes(self: Arc<Self>, connection: Option<Connection>) {
        let mut connection = match connection.map_or_else(|| open(&self.settings, false), Ok) {
            Ok(connection) => connection,
            Err(failure) => return self.cannot_write(&failure),
        };
        loop {
            let mut state = self.state();
            let mut jobs = state.next_writes();
            if jobs.is_empty() {
                state.writing = false;
                state.writer = Some(connection);
                return self.leave(state);
            }
            drop(state);
            match jobs.len() {
                1 => jobs.pop().into_iter().for_each(|job| self.write(&mut connection, job)),
                _ => self.write_together(&mut connection, jobs),
            }
        }
    }

    fn cannot_write(&self, failure: &Failure) {
        let mut state = self.state();
        state.writing = false;
        let left = std::mem::take(&mut state.writes);
        self.leave(state);
        left.into_iter().for_each(|job| job.deliver(&self.bell, Err(failure.clone())));
    }

    /// A thread goes; the last one of a closed database ends its connections.
    fn leave(&self, state: MutexGuard<'_, State>) {
        if state.closed && state.is_quiet() {
            self.end_connections(state);
        }
    }

    /// Does a job, as `begin` and `end` enclose it.
    fn run(&self, connection: &mut Connection, job: &Job) -> Outcome {
        begin(&mut self.state(), connection, job);
        let ran = connection.run(&job.work, job.room);
        self.end(job);
        match ran {
            Ran::Ended(outcome) => outcome,
            Ran::Writes => Err(Failure::new("readonly", "the database was opened to be read only")),
        }
    }

    fn end(&self, job: &Job) {
        self.state().running.retain(|running| running.number != job.number);
    }

    fn write(self: &Arc<Self>, connection: &mut Connection, job: Job) {
        let outcome = self.run(connection, &job);
        match job.work {
            Work::Begin { depth: 0 } if outcome.is_ok() => self.hold(connection, &job),
            Work::End { depth: 0, .. } => self.let_go(),
            // Outside of a transaction nothing may stay open.
            _ if job.transaction.is_none() => drop(connection.roll_back()),
            _ => {}
        }
        job.deliver(&self.bell, outcome);
    }

    /// A transaction has begun, unless nobody wants it any more.
    fn hold(&self, connection: &Connection, job: &Job) {
        let mut state = self.state();
        if job.place.is_given_up() || state.closed {
            drop(state);
            let _ = connection.roll_back();
        } else {
            state.holder = Some(job.number);
        }
    }

    /// A transaction has ended: whoever still believes in it is told.
    fn let_go(&self) {
        let mut state = self.state();
        state.holder = None;
        let left = std::mem::take(&mut state.held);
        drop(state);
        left.into_iter().for_each(|job| job.deliver(&self.bell, Err(Failure::ended())));
    }

    /// Makes changes of several fibers in one transaction, which costs little more than that of one. Nobody is
    /// told before all is committed. A change that fails is undone alone; if more than that was undone, or the
    /// whole cannot be committed, each is made again by itself.
    fn write_together(self: &Arc<Self>, connection: &mut Connection, jobs: Vec<Job>) {
        if let Err(failure) = connection.own("BEGIN IMMEDIATE") {
            return jobs.into_iter().for_each(|job| job.deliver(&self.bell, Err(failure.clone())));
        }
        let outcomes: Option<Vec<Outcome>> = jobs
            .iter()
            .map(|job| Some(self.run(connection, job)).filter(|_| !connection.sql.is_autocommit()))
            .collect();
        if let Some(outcomes) = outcomes.filter(|_| connection.own("COMMIT").is_ok()) {
            return jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.deliver(&self.bell, outcome));
        }
        let _ = connection.roll_back();
        for job in jobs {
            if job.place.is_given_up() {
                job.deliver(&self.bell, Err(Failure::new("interrupted", "interrupted")));
            } else {
                self.write(connection, job);
            }
        }
    }
}

/// Says what a connection does, so that it can be interrupted.
fn begin(state: &mut State, connection: &Connection, job: &Job) {
    let interrupt = Arc::clone(&connection.interrupt);
    state.running.push(Running { number: job.number, interrupt, place: Arc::clone(&job.place) });
}

impl State {
    /// The jobs to be done next on the writing connection.
    fn next_writes(&mut self) -> Vec<Job> {
        if self.holder.is_some() {
            return self.held.pop_front().into_iter().collect();
        }
        let Some(first) = self.writes.pop_front() else { return Vec::new() };
        let mut jobs = vec![first];
        while jobs[0].is_change() && jobs.len() < MOST_TOGETHER && self.writes.front().is_some_and(Job::is_change) {
            jobs.extend(self.writes.pop_front());
        }
        jobs
    }
}
