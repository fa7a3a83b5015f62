//! Sockets that belong to an object of the script: they are closed when nothing can reach it any more.
//!
//! The collector finds that out. It works when memory is wanted, which may be never; so once a fiber has ended
//! while there are such sockets, the loop has it run before it waits, and not so often that it shows.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::value::Value;
use crate::vm::Vm;

/// The shortest time between two collections for sockets' sake.
const SHORTEST: Duration = Duration::from_millis(20);
/// At most so small a part of the time goes into them.
const PART: u32 = 20;

/// What is known of owned sockets.
pub(crate) struct Owners {
    shared: Rc<Shared>,
    /// Whether a fiber has ended since the last collection.
    ended: bool,
    /// When the next collection may be.
    next: Instant,
}

#[derive(Default)]
struct Shared {
    count: Cell<usize>,
    dropped: RefCell<Vec<u64>>,
}

impl Default for Owners {
    fn default() -> Self {
        Self { shared: Rc::default(), ended: false, next: Instant::now() }
    }
}

impl Owners {
    /// A fiber has ended, and may have been the last that knew a socket.
    pub fn fiber_ended(&mut self) {
        self.ended |= self.shared.count.get() > 0;
    }
}

/// What an object holds in order to own a socket.
struct Owner {
    number: u64,
    shared: Rc<Shared>,
}

impl Payload for Owner {
    fn type_name(&self) -> &'static str {
        "owner"
    }

    fn trace(&self, _: &mut Marker) {}
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.count.set(self.shared.count.get() - 1);
        self.shared.dropped.borrow_mut().push(self.number);
    }
}

impl Vm {
    /// A value whose end is that of the socket.
    pub(crate) fn own_socket(&mut self, number: u64) -> Value {
        let shared = Rc::clone(&self.system.owners.shared);
        shared.count.set(shared.count.get() + 1);
        self.heap.payload(Owner { number, shared })
    }

    /// Closes sockets that nothing can reach, before the loop waits so long; how long it may wait then.
    pub(crate) fn close_unreachable(&mut self, timeout: Option<Duration>) -> Option<Duration> {
        let mut timeout = timeout;
        if self.system.owners.ended {
            let now = Instant::now();
            let waits = timeout != Some(Duration::ZERO);
            if now >= self.system.owners.next && waits || now >= self.system.owners.next + SHORTEST * PART {
                self.collect_now();
                self.system.owners.ended = false;
                self.system.owners.next = now + SHORTEST.max(now.elapsed() * PART);
            } else if waits {
                let left = self.system.owners.next.saturating_duration_since(now);
                timeout = Some(timeout.map_or(left, |timeout| timeout.min(left)));
            }
        }
        for number in self.system.owners.shared.dropped.take() {
            self.system.sockets.close(&mut self.reactor, number);
        }
        timeout
    }
}
