//! Connections that are left open for the next request to the same place.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::endpoint::tls::ClientSettings;

use crate::connect::Proxy;
use crate::driver::{Driven, Driver, DriverId};
use crate::reactor::{Direction, Reactor, SourceId};
use crate::vm::Vm;

/// A connection is closed when nobody has used it for so long.
const IDLE: Duration = Duration::from_secs(90);
/// The most connections that are left open; the one that was used least lately is closed.
const MOST: usize = 256;

/// Where a connection leads, and all that makes one differ from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub host: String,
    pub port: u16,
    pub tls: Option<ClientSettings>,
    /// The proxy in between, with what it is told.
    pub proxy: Option<Proxy>,
}

/// A connection that a request may go over.
#[derive(Debug)]
pub(crate) struct Connection {
    pub endpoint: Endpoint,
    pub source: SourceId,
    /// Whether a request went over it before: the peer may be closing it at this moment.
    pub used: bool,
}

impl Connection {
    /// Closes it.
    pub fn close(mut self, reactor: &mut Reactor) {
        reactor.remove(self.source, &mut self.endpoint);
    }

    /// Whether the peer has neither closed it nor sent what nobody asked for. An event would
    /// have told unless there was none to wait for.
    fn is_quiet(&mut self, reactor: &mut Reactor) -> bool {
        if !reactor.is_ready(self.source, Direction::Read) {
            return true;
        }
        let would_block = |error: std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        let quiet = self.endpoint.receive(&mut [0]).is_err_and(would_block);
        if quiet {
            reactor.exhausted(self.source, Direction::Read);
        }
        quiet
    }
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// The connections that are left open.
#[derive(Default)]
pub(crate) struct Pool {
    /// Those to one place, the one used last at the end.
    idle: HashMap<Place, Vec<Idle>, foldhash::fast::RandomState>,
    count: usize,
    sweeper: Option<DriverId>,
}

impl Pool {
    /// A connection to that place, if one is left that still stands.
    pub fn take(&mut self, reactor: &mut Reactor, place: &Place) -> Option<Connection> {
        let left = self.idle.get_mut(place)?;
        let mut found = None;
        while let Some(Idle { mut connection, since }) = left.pop() {
            self.count -= 1;
            if since.elapsed() < IDLE && connection.is_quiet(reactor) {
                found = Some(connection);
                break;
            }
            connection.close(reactor);
        }
        if left.is_empty() {
            self.idle.remove(place);
        }
        found
    }

    fn put(&mut self, reactor: &mut Reactor, place: &Place, mut connection: Connection) {
        connection.used = true;
        if self.count >= MOST {
            self.close_oldest(reactor);
        }
        let idle = Idle { connection, since: Instant::now() };
        match self.idle.get_mut(place) {
            Some(left) => left.push(idle),
            None => drop(self.idle.insert(place.clone(), vec![idle])),
        }
        self.count += 1;
    }

    fn close_oldest(&mut self, reactor: &mut Reactor) {
        let oldest = self.idle.iter().min_by_key(|(_, left)| left.first().map(|idle| idle.since));
        let Some(place) = oldest.map(|(place, _)| place.clone()) else { return };
        let Some(left) = self.idle.get_mut(&place) else { return };
        left.remove(0).connection.close(reactor);
        self.count -= 1;
        if left.is_empty() {
            self.idle.remove(&place);
        }
    }

    /// Closes what was not used for too long and what the peer has closed; when to look again.
    fn sweep(&mut self, reactor: &mut Reactor) -> Option<Instant> {
        let mut next = None;
        let mut closed = 0;
        self.idle.retain(|_, left| {
            for Idle { mut connection, since } in std::mem::take(left) {
                if since.elapsed() < IDLE && connection.is_quiet(reactor) {
                    next = Some(next.map_or(since, |next: Instant| next.min(since)));
                    left.push(Idle { connection, since });
                } else {
                    closed += 1;
                    connection.close(reactor);
                }
            }
            !left.is_empty()
        });
        self.count -= closed;
        next.map(|since| since + IDLE)
    }
}

/// Leaves a connection open for others.
pub(crate) fn put_back(vm: &mut Vm, place: &Place, connection: Connection) {
    let (fetching, reactor) = (&mut vm.system.fetching, &mut vm.reactor);
    fetching.pool.put(reactor, place, connection);
    if vm.system.fetching.pool.sweeper.is_none() {
        let id = vm.add_driver(Sweeper);
        vm.system.fetching.pool.sweeper = Some(id);
    }
}

/// Looks after the pool from time to time. It does not keep a program going.
struct Sweeper;

impl Driver for Sweeper {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        let (fetching, reactor) = (&mut vm.system.fetching, &mut vm.reactor);
        match fetching.pool.sweep(reactor) {
            Some(at) => {
                vm.set_driver_deadline(this, Some(at));
                Driven::Waits
            }
            None => {
                vm.system.fetching.pool.sweeper = None;
                Driven::Ended
            }
        }
    }
}
