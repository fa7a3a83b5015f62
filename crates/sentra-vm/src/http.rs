//! HTTP in the VM: servers whose connections are drivers, and fibers that answer requests.
//!
//! A connection reads and parses a request, finds its route, and
//! - calls a script's handler in a fiber of its own and waits for its result (`response`), or
//! - asks a [`service`](service::Service) written in Rust for an answer, or
//! - hands itself over to a driver of another protocol ([`Upgrade`](service::Upgrade)).
//!
//! Bodies that come in pieces are [`Source`](service::Source)s: the next piece is asked for when the one before
//! has been sent. What is a message's beginning and end is decided in `sentra-netlib`.

mod compress;
pub(crate) mod connection;
pub(crate) mod events;
pub(crate) mod feed;
pub(crate) mod files;
pub(crate) mod form;
pub(crate) mod log;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod route;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod upload;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sentra_netlib::wire::http::date;

use crate::fault::Fault;
use crate::heap::Marker;
use crate::vm::Vm;

/// Bytes that one read takes at most.
const SCRATCH: usize = 64 << 10;
/// Buffers that are kept for the next response are no larger.
const KEPT: usize = 64 << 10;

/// What a VM's HTTP servers share.
#[derive(Default)]
pub(crate) struct Http {
    /// Servers by their numbers, until they have stopped.
    pub servers: BTreeMap<u64, Rc<server::Shared>>,
    pub opened: u64,
    pub keys: request::Keys,
    /// Where reads put bytes before they are understood.
    scratch: Vec<u8>,
    /// Empty buffers that were used for the last response: one for it all, one for its fields.
    output: Vec<u8>,
    fields: Vec<u8>,
    date: Date,
    /// Where files of forms go, once there are any.
    store: Option<Arc<upload::Store>>,
}

/// The current time as responses say it, and at which look at the events it was written.
#[derive(Default)]
struct Date {
    poll: u64,
    second: u64,
    text: Vec<u8>,
}

impl Http {
    pub fn trace(&self, marker: &mut Marker) {
        self.keys.trace(marker);
        self.servers.values().for_each(|server| server.routes.borrow().trace(marker));
    }

    fn take_scratch(&mut self) -> Vec<u8> {
        let scratch = std::mem::take(&mut self.scratch);
        if scratch.is_empty() { vec![0; SCRATCH] } else { scratch }
    }

    fn keep_output(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() <= KEPT && buffer.capacity() > self.output.capacity() {
            buffer.clear();
            self.output = buffer;
        }
    }

    fn keep_fields(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() <= KEPT && buffer.capacity() > self.fields.capacity() {
            buffer.clear();
            self.fields = buffer;
        }
    }

    /// The current time; it is looked at once between two looks at the events.
    fn date(&mut self, poll: u64) -> &[u8] {
        if self.date.poll != poll || self.date.text.is_empty() {
            self.date.poll = poll;
            let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            if self.date.second != second || self.date.text.is_empty() {
                self.date.second = second;
                self.date.text.clear();
                self.date.text.extend_from_slice(&date::write(second));
            }
        }
        &self.date.text
    }
}

/// Prints an error that ended a request and nothing else.
pub(crate) fn report(vm: &mut Vm, fault: &Fault) {
    let text = crate::report::uncaught(vm, fault, vm.output.colours_errors());
    vm.output.write_error(text.as_bytes());
}
