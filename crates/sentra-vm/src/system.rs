//! What a VM has of the system around it: sockets, requests, servers, captures, folders, and what it may reach.
//!
//! The core asks here for what becomes of all that while a program runs. Where there is no system, `bare/system.rs`
//! answers instead.

use std::sync::Arc;
use std::time::Duration;

use sentra_compiler::compile::{CompileOptions, Compiled, Rejected, with_stack};
use sentra_compiler::project::{Access, compile_with};

use crate::dns::Resolver;
use crate::fault::Fault;
use crate::fetch::{self, Fetching};
use crate::fiber::Landing;
use crate::heap::Marker;
use crate::http::Http;
use crate::interpret::iterate::{FIRST, Next, item};
use crate::owner::Owners;
use crate::packets::Captures;
use crate::permission::Permissions;
use crate::socket::Sockets;
use crate::stream;
use crate::temporary::Temporary;
use crate::value::Value;
use crate::vm::{Options, Vm};
use crate::websocket::WebSockets;

/// What a VM has of the system.
pub(crate) struct System {
    /// What the options allow, shared with workers.
    pub permissions: Arc<Permissions>,
    pub sockets: Sockets,
    /// Which of them belong to objects.
    pub owners: Owners,
    /// What its HTTP requests share.
    pub fetching: Fetching,
    /// HTTP servers.
    pub http: Http,
    pub websockets: WebSockets,
    /// Captures that scripts have started.
    pub captures: Captures,
    /// Finds names.
    pub resolver: Resolver,
    /// Folders that end with the VM.
    pub temporary: Temporary,
}

impl System {
    /// Nothing yet.
    pub fn new(options: &Options) -> Self {
        Self {
            permissions: Arc::new(options.permissions.clone()),
            sockets: Sockets::default(),
            owners: Owners::default(),
            fetching: Fetching::default(),
            http: Http::default(),
            websockets: WebSockets::default(),
            captures: Captures::default(),
            resolver: Resolver::default(),
            temporary: Temporary::default(),
        }
    }

    /// Marks values that are held.
    pub fn trace(&self, marker: &mut Marker) {
        self.http.trace(marker);
    }

    /// A fiber has ended.
    pub fn fiber_ended(&mut self) {
        self.owners.fiber_ended();
    }
}

/// Compiles a source; files that it imports are looked for relative to `path`, packages as they are: a program that runs
/// fetches nothing.
pub(crate) fn compile(path: &str, source: &[u8], options: CompileOptions) -> Result<Compiled, Box<Rejected>> {
    with_stack(|| compile_with(path, source, Access::LOOK, &options, &mut |_| ()))
}

/// Lets go of what nothing can reach any more, before the loop waits so long; how long it may wait then.
pub(crate) fn close_lost(vm: &mut Vm, timeout: Option<Duration>) -> Option<Duration> {
    fetch::close_dropped(vm);
    vm.close_unreachable(timeout)
}

/// Whether `for` takes its elements from outside.
pub(crate) fn is_iterable(value: Value) -> bool {
    stream::is_stream(value) || fetch::is_iterable(value)
}

/// The next element of such a value; nothing if it is none.
pub(crate) fn next(vm: &mut Vm, iterable: Value) -> Result<Option<Next>, Box<Fault>> {
    let next = if stream::is_stream(iterable) {
        stream::next(vm, iterable)?
    } else if fetch::is_iterable(iterable) {
        fetch::next(vm, iterable)?
    } else {
        return Ok(None);
    };
    Ok(Some(match next {
        stream::Next::Item(line, value) => item(Value::count(line), value, FIRST),
        stream::Next::End => Next::Done,
        stream::Next::Wait => Next::Wait(Landing::Dropped),
    }))
}
