//! Times at which fibers wake. A timer that is no longer wanted is taken out at once, so
//! that timeouts which never fire cost nothing later.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Instant;
use crate::fiber::Waiter;

/// Names a timer.
pub type Key = (Instant, u64);

/// All timers of a VM.
#[derive(Debug, Default)]
pub struct Timers {
    waiting: BTreeMap<Key, Waiter>,
    count: u64,
    /// Those of drivers among them.
    behind: usize,
}

impl Timers {
    /// Wakes `waiter` at `at`.
    pub fn add(&mut self, at: Instant, waiter: Waiter) -> Key {
        self.count += 1;
        self.behind += usize::from(waiter.is_driver());
        self.waiting.insert((at, self.count), waiter);
        (at, self.count)
    }

    /// Forgets a timer.
    pub fn remove(&mut self, key: Key) {
        let waiter = self.waiting.remove(&key);
        self.behind -= usize::from(waiter.is_some_and(Waiter::is_driver));
    }

    /// Takes the next waiter whose time has come.
    pub fn take_due(&mut self, now: Instant) -> Option<Waiter> {
        let first = self.waiting.first_entry().filter(|first| first.key().0 <= now)?;
        let waiter = first.remove();
        self.behind -= usize::from(waiter.is_driver());
        Some(waiter)
    }

    /// How long until the next one; nothing if there is none.
    pub fn until_next(&self, now: Instant) -> Option<Duration> {
        self.waiting.first_key_value().map(|((at, _), _)| at.saturating_duration_since(now))
    }

    /// Whether a program has to go on because of one: those of drivers do not count.
    pub fn are_wanted(&self) -> bool {
        self.waiting.len() > self.behind
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
