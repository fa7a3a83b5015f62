//! Spreads tests over threads, each of which waits for one process at a time, and hands outcomes
//! on in the order of the tests.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::launch::{Launcher, Outcome};
use super::verdict::Status;
use super::{Reporter, Settings, Test};
use crate::output::Output;

/// What a thread tells of the test with that number.
enum News {
    Started(usize),
    Ended(usize, Option<Outcome>),
}

/// What the threads share.
struct Shared<'a> {
    tests: &'a [Test],
    launcher: &'a Launcher,
    next: AtomicUsize,
    signal: &'a AtomicUsize,
    /// A test failed and no other is wanted.
    over: AtomicBool,
}

/// The signal that ended the run, if one did.
pub(super) fn signal(caught: &AtomicUsize) -> Option<i32> {
    Some(caught.load(Ordering::SeqCst) as i32).filter(|&signal| signal != 0)
}

/// Runs tests; for each its outcome, or nothing if it was not run to its end.
pub(super) fn run(
    settings: &Settings,
    tests: &[Test],
    launcher: &Launcher,
    signal: &AtomicUsize,
    reporter: &mut dyn Reporter,
    output: &mut Output,
) -> Vec<Option<Outcome>> {
    let shared = Shared { tests, launcher, next: AtomicUsize::new(0), signal, over: AtomicBool::new(false) };
    let (sender, news) = channel();
    thread::scope(|scope| {
        for _ in 0..settings.jobs.min(tests.len()) {
            let (shared, sender) = (&shared, sender.clone());
            scope.spawn(move || shared.work(&sender));
        }
        drop(sender);
        deliver(&shared, settings.fail_fast, &news, reporter, output)
    })
}

impl Shared<'_> {
    fn is_stopped(&self) -> bool {
        self.over.load(Ordering::SeqCst) || self.signal.load(Ordering::SeqCst) != 0
    }

    fn work(&self, news: &Sender<News>) {
        while !self.is_stopped() {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(test) = self.tests.get(number) else { return };
            // Whoever listens does so until the last thread has ended.
            let _ = news.send(News::Started(number));
            let outcome = self.launcher.run(test, number, &|| self.is_stopped());
            let _ = news.send(News::Ended(number, outcome));
        }
    }
}

/// Reports what the threads tell. A test that failed stops the others if `fail_fast`.
fn deliver(
    shared: &Shared,
    fail_fast: bool,
    news: &Receiver<News>,
    reporter: &mut dyn Reporter,
    output: &mut Output,
) -> Vec<Option<Outcome>> {
    let mut outcomes: Vec<Option<Outcome>> = shared.tests.iter().map(|_| None).collect();
    let (mut told, mut ended, mut failed) = (0, 0, 0);
    for news in news {
        let number = match news {
            News::Started(number) => number,
            News::Ended(number, outcome) => {
                ended += 1;
                let bad = outcome.as_ref().is_some_and(|outcome| outcome.verdict.status == Status::Failed);
                failed += usize::from(bad);
                shared.over.fetch_or(bad && fail_fast, Ordering::SeqCst);
                outcomes[number] = outcome;
                number
            }
        };
        while let Some(Some(outcome)) = outcomes.get(told) {
            reporter.test(output, &shared.tests[told], outcome);
            told += 1;
        }
        reporter.progress(output, ended, failed, &shared.tests[number]);
    }
    // Those behind one that was stopped.
    for (test, outcome) in shared.tests.iter().zip(&outcomes).skip(told) {
        outcome.iter().for_each(|outcome| reporter.test(output, test, outcome));
    }
    outcomes
}
