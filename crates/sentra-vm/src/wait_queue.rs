//! Fibers that wait for one thing, in the order in which they began.
//!
//! An entry whose wait ended in another way (cancelled, timed out, another arm of a select)
//! stays until it is met or the queue is looked through, so that ending a wait costs
//! nothing. The queue is looked through each time it has doubled.

use std::collections::VecDeque;

use crate::fiber::Waiter;
use crate::scheduler::Scheduler;

/// Entries from which on a queue is looked through.
const FIRST_LOOK: u32 = 8;

/// A queue of waits with something about each.
#[derive(Debug)]
pub(crate) struct WaitQueue<T> {
    entries: VecDeque<(Waiter, T)>,
    look_at: u32,
}

impl<T> Default for WaitQueue<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), look_at: FIRST_LOOK }
    }
}

impl<T> WaitQueue<T> {
    /// Adds a wait at the end.
    pub fn push(&mut self, scheduler: &Scheduler, waiter: Waiter, about: T) {
        if self.entries.len() >= self.look_at as usize {
            self.entries.retain(|(waiter, _)| scheduler.is_waiting(*waiter));
            self.look_at = (self.entries.len() as u32).saturating_mul(2).max(FIRST_LOOK);
        }
        self.entries.push_back((waiter, about));
    }

    /// Takes the first wait. It may be over.
    #[inline]
    pub fn pop(&mut self) -> Option<(Waiter, T)> {
        self.entries.pop_front()
    }

    /// Whether this wait is in it.
    pub fn has(&self, waiter: Waiter) -> bool {
        self.entries.iter().any(|(other, _)| *other == waiter)
    }

    /// Puts a wait back that was taken and is not over.
    pub fn put_back(&mut self, waiter: Waiter, about: T) {
        self.entries.push_front((waiter, about));
    }

    /// Takes a wait out that is over.
    pub fn forget(&mut self, waiter: Waiter) {
        self.entries.retain(|(other, _)| *other != waiter);
    }

    /// Whether there is none, over or not.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What it holds about each wait.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, about)| about)
    }
}
