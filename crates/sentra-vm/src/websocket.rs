//! WebSocket connections and servers: state that the event loop moves on, by id.
//!
//! A connection, whichever end opened it, is a driver (`connection`), and so are a server
//! (`server`) and a client of a server before its handshake (`arrival`). Builtins reach them by
//! their ids, which are used once in a process.

pub(crate) mod arrival;
pub(crate) mod connection;
pub(crate) mod dial;
pub(crate) mod failure;
pub(crate) mod inbox;
pub(crate) mod info;
pub(crate) mod pulse;
pub(crate) mod rules;
pub(crate) mod server;

use std::collections::{HashMap, VecDeque};

use crate::driver::DriverId;
use crate::value::Value;
use crate::vm::Vm;
use failure::Failure;

/// Bytes that one read takes at most.
const BUFFER: usize = 256 << 10;

/// So many connections that have ended are remembered.
const ENDS: usize = 256;

/// What has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `ws#…`
    Connection,
    /// `ws-server#…`
    Server,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Connection => "ws",
            Self::Server => "ws-server",
        }
    }
}

/// All connections and servers.
#[derive(Default)]
pub(crate) struct WebSockets {
    open: HashMap<u64, (Kind, DriverId), foldhash::fast::RandomState>,
    opened: u64,
    /// The latest connections that have ended, by id, and why: who asks after the end is told the same as before it.
    ended: VecDeque<(Box<[u8]>, Failure)>,
    /// Connections that were refused and are still there.
    refused: usize,
    /// Servers of routes, with the number of the HTTP server.
    routes: Vec<(u64, DriverId)>,
    /// Where reads put bytes; empty until the first read, and while a read goes on.
    buffer: Vec<u8>,
}

impl WebSockets {
    /// A number for an id, and the id.
    pub fn name(&mut self, kind: Kind, address: &str) -> (u64, String) {
        self.opened += 1;
        (self.opened, format!("{}#{} {address}", kind.prefix(), self.opened))
    }

    /// Takes a driver in under its number.
    pub fn insert(&mut self, number: u64, kind: Kind, driver: DriverId) {
        self.open.insert(number, (kind, driver));
    }

    /// Lets go of a number.
    pub fn remove(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// Remembers why a connection has ended.
    pub fn note_end(&mut self, id: Value, why: Failure) {
        self.ended.truncate(ENDS - 1);
        self.ended.push_front((id.as_bytes().unwrap_or_default().into(), why));
    }

    /// Why a connection has ended, if it is known.
    pub fn why_ended(&self, id: Value) -> Option<Failure> {
        let id = id.as_bytes()?;
        self.ended.iter().find(|(ended, _)| **ended == *id).map(|(_, why)| why.clone())
    }

    /// All servers that have not ended.
    pub fn servers(&self) -> Vec<DriverId> {
        self.open.values().filter(|(kind, _)| *kind == Kind::Server).map(|&(_, driver)| driver).collect()
    }

    /// Notes that a server is that of a route.
    pub fn add_route(&mut self, http_server: u64, server: DriverId) {
        self.routes.push((http_server, server));
    }

    /// Takes the servers of an HTTP server's routes.
    pub fn take_routes(&mut self, http_server: u64) -> Vec<DriverId> {
        let (taken, kept) = self.routes.drain(..).partition(|(owner, _)| *owner == http_server);
        self.routes = kept;
        taken.into_iter().map(|(_, server): (u64, DriverId)| server).collect()
    }

    /// The driver that an id may name; the driver knows whether it is its id.
    pub fn find(&self, kind: Kind, id: Value) -> Option<DriverId> {
        let number = id.as_bytes()?.strip_prefix(kind.prefix().as_bytes())?.strip_prefix(b"#")?;
        let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).take(19);
        let number = digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        self.open.get(&number).filter(|(found, _)| *found == kind).map(|&(_, driver)| driver)
    }

    /// The place that reads put bytes in, to be given back.
    pub fn take_buffer(&mut self) -> Vec<u8> {
        if self.buffer.is_empty() {
            return vec![0; BUFFER];
        }
        std::mem::take(&mut self.buffer)
    }

    /// Takes that place back.
    pub fn give_buffer(&mut self, buffer: Vec<u8>) {
        self.buffer = buffer;
    }
}

/// Whether an id as a script gave it is this one.
pub(crate) fn is_id(given: Value, own: Value) -> bool {
    given.as_bytes() == own.as_bytes()
}

/// The connection that an id names; else what there was with this id, called `what`.
pub(crate) fn connection(vm: &mut Vm, id: Value, what: &str) -> Result<DriverId, Failure> {
    let driver = vm.system.websockets.find(Kind::Connection, id);
    let own = driver.and_then(|driver| vm.driver::<connection::Connection>(driver)).map(|found| found.id);
    match driver.filter(|_| own.is_some_and(|own| is_id(id, own))) {
        Some(driver) => Ok(driver),
        None => Err(vm.system.websockets.why_ended(id).unwrap_or_else(|| Failure::no_such(what, id))),
    }
}

/// The server that an id names.
pub(crate) fn server(vm: &mut Vm, id: Value) -> Option<DriverId> {
    let driver = vm.system.websockets.find(Kind::Server, id)?;
    let found = vm.driver::<server::Server>(driver)?;
    is_id(id, found.id).then_some(driver)
}
