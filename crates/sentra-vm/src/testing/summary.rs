//! The figures of a whole run, and the status that they come to.

use std::time::Duration;

use super::discover::Found;
use super::launch::Outcome;
use super::verdict::Status;
use super::{FAILED, UNUSABLE};

/// How many tests ended how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    /// Not run to their end.
    pub left: usize,
    /// Files that do not compile.
    pub broken: usize,
    pub elapsed: Duration,
    /// The signal that ended the run.
    pub signal: Option<i32>,
}

impl Summary {
    pub fn of(found: &Found, outcomes: &[Option<Outcome>], elapsed: Duration, signal: Option<i32>) -> Self {
        let count = |wanted| {
            let ended = outcomes.iter().flatten();
            ended.filter(|outcome| outcome.verdict.status == wanted).count()
        };
        Self {
            passed: count(Status::Passed),
            failed: count(Status::Failed),
            skipped: count(Status::Skipped),
            left: outcomes.iter().filter(|outcome| outcome.is_none()).count(),
            broken: found.broken.len(),
            elapsed,
            signal,
        }
    }

    /// The status to exit with.
    pub fn status(&self) -> i32 {
        match self.signal {
            Some(signal) => 128 + signal,
            None if self.broken > 0 => UNUSABLE,
            None if self.failed > 0 => FAILED,
            None => 0,
        }
    }
}
