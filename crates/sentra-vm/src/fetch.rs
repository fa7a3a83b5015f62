//! HTTP requests: what a fiber waits with while a request goes out and its response comes in.
//!
//! [`Fetch`] goes through redirects, [`acquire`] gives each exchange a connection (one that is
//! left from before, or a new one, through a proxy and in TLS if need be), [`transfer`] moves
//! bytes both ways, [`body`] undoes compression. How messages look is decided in `sentra-netlib`.

pub(crate) mod acquire;
pub(crate) mod body;
pub(crate) mod events;
pub(crate) mod failure;
mod operation;
pub(crate) mod pool;
pub(crate) mod request;
pub(crate) mod response;
mod room;
pub(crate) mod save;
pub(crate) mod stream;
pub(crate) mod transfer;
pub(crate) mod upload;

use std::cell::RefCell;
use std::rc::Rc;

use crate::fault::Fault;
use crate::stream::Next;
use crate::value::Value;
use crate::vm::Vm;

pub(crate) use operation::Fetch;

/// Bytes that one read takes at most where they are not read to where they stay.
const SCRATCH: usize = 256 << 10;

/// Where the collector leaves what only the event loop can let go of.
pub(crate) type Dropped = Rc<RefCell<Vec<Leftover>>>;

/// What is left of a body that was not read to its end.
pub(crate) struct Leftover {
    reader: Option<body::BodyReader>,
    saver: Option<save::Saver>,
}

/// What all requests of a VM share.
#[derive(Default)]
pub(crate) struct Fetching {
    pub pool: pool::Pool,
    scratch: Vec<u8>,
    /// What is left of bodies that nobody can read any more.
    pub dropped: Dropped,
}

impl Fetching {
    /// A place for bytes, to be given back.
    fn take_scratch(&mut self) -> Vec<u8> {
        let scratch = std::mem::take(&mut self.scratch);
        if scratch.is_empty() { vec![0; SCRATCH] } else { scratch }
    }

    fn give_scratch(&mut self, scratch: Vec<u8>) {
        self.scratch = scratch;
    }
}

/// Lets go of the bodies that the collector has found.
pub(crate) fn close_dropped(vm: &mut Vm) {
    if vm.system.fetching.dropped.borrow().is_empty() {
        return;
    }
    let dropped = std::mem::take(&mut *vm.system.fetching.dropped.borrow_mut());
    for Leftover { reader, saver } in dropped {
        reader.into_iter().for_each(|mut reader| reader.abandon(vm));
        saver.into_iter().for_each(|saver| saver.abandon(vm));
    }
}

/// Whether `for` takes its elements from here.
pub(crate) fn is_iterable(value: Value) -> bool {
    stream::is_body(value) || events::is_events(value)
}

/// The next element of what [`is_iterable`].
pub(crate) fn next(vm: &mut Vm, value: Value) -> Result<Next, Box<Fault>> {
    if stream::is_body(value) { stream::next(vm, value) } else { events::next(vm, value) }
}
