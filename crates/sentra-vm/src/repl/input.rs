//! Where lines come from: the protocol between the thread that reads and the session, and the
//! reader for pipes. It evaluates nothing.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use sentra_compiler::layout::pending::is_pending;

use super::candidates::Query;
use crate::vm::Vm;

/// A completion that takes longer than this is of no use.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the reading thread has for the session.
pub(super) enum Event {
    /// Whole input.
    Line(String),
    /// There is no more.
    End,
    /// What may stand at a place; the answer goes into the channel.
    Candidates(Query, Sender<Vec<String>>),
}

/// The reading thread's way to the session.
pub(super) struct Link {
    events: Sender<Event>,
    gate: Receiver<()>,
    caller: Caller,
}

/// Makes the session look at its events.
#[derive(Clone)]
pub(super) struct Caller {
    alarm: Arc<dyn Fn() + Send + Sync>,
    interrupt: Arc<AtomicUsize>,
}

impl Caller {
    fn call(&self) {
        self.interrupt.store(1, Ordering::Relaxed);
        (self.alarm)();
    }
}

/// Asks the session what may stand at a place.
pub(super) struct Inquirer {
    events: Sender<Event>,
    caller: Caller,
}

impl Link {
    pub fn new(vm: &Vm, events: Sender<Event>, gate: Receiver<()>) -> Self {
        let alarm = Arc::new(vm.reactor.workers.alarm());
        Self { events, gate, caller: Caller { alarm, interrupt: Arc::clone(&vm.interrupt) } }
    }

    /// Hands input over and waits until the session has dealt with it; false if the session is over.
    pub fn submit(&self, line: String) -> bool {
        let sent = self.events.send(Event::Line(line)).is_ok();
        self.caller.call();
        sent && self.gate.recv().is_ok()
    }

    /// Says that there is no more input.
    pub fn end(&self) {
        // If the session is over already, it need not know.
        let _ = self.events.send(Event::End);
        self.caller.call();
    }

    pub fn inquirer(&self) -> Inquirer {
        Inquirer { events: self.events.clone(), caller: self.caller.clone() }
    }
}

impl Inquirer {
    /// What the session knows; nothing if it is busy.
    pub fn ask(&self, query: Query) -> Vec<String> {
        let (reply, answer) = channel();
        if self.events.send(Event::Candidates(query, reply)).is_err() {
            return Vec::new();
        }
        self.caller.call();
        answer.recv_timeout(PATIENCE).unwrap_or_default()
    }
}

/// Reads standard input, which is no terminal, on a thread.
pub(super) fn start(link: Link) {
    spawn(move || {
        read_pipe(&link);
        link.end();
    });
}

/// Starts the reading thread.
pub(super) fn spawn(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("sentra-input".into());
    thread.spawn(work).expect("a session needs one thread more");
}

fn read_pipe(link: &Link) {
    let mut pending = String::new();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        // Locked line by line: the session may read standard input too.
        let read = io::stdin().lock().read_until(b'\n', &mut bytes);
        let ended = !matches!(read, Ok(count) if count > 0);
        pending.push_str(&String::from_utf8_lossy(&bytes));
        if pending.trim().is_empty() {
            pending.clear();
        } else if (ended || !is_pending(pending.as_bytes())) && !link.submit(std::mem::take(&mut pending)) {
            return;
        }
        if ended {
            return;
        }
    }
}
