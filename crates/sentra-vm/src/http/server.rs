//! A server: its listener, which is a driver, and what its connections share.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::error::kind_of;
use sentra_netlib::exchange::http::server::Limits;

use super::connection::Connection;
use super::log::Log;
use super::route::Routes;
use crate::connect;
use crate::driver::{Driven, Driver, DriverId};
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// Connections accepted in a row before others have their turn.
const IN_A_ROW: usize = 64;
/// Connections that are closed at once to make room for others.
const CLOSED_AT_ONCE: usize = 16;
/// How often deadlines are looked at, at least and at most.
const TICK: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));
/// How many of these looks the shortest of the deadlines lasts.
const TICKS: u32 = 8;

/// What a script decides about a server.
pub(crate) struct Options {
    pub limits: Limits,
    /// How long a request may take to arrive, and a response to be taken.
    pub timeout: Duration,
    /// How long a connection may be idle between requests.
    pub keep_alive: Duration,
    /// How long requests in flight may take when the server stops.
    pub drain: Duration,
    pub max_connections: usize,
    /// The least length of a body that is compressed, if any is.
    pub compress: Option<u64>,
    pub log: Option<Rc<Log>>,
    /// Forms that are longer are read as they arrive, and so much of each may be in memory.
    pub spill: usize,
}

/// Where a server is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Created,
    Running,
    /// Requests in flight are finished.
    Stopping,
    /// Whatever is left is cut off.
    Ending,
}

/// What a server's listener and connections know.
pub(crate) struct Shared {
    pub id: Box<str>,
    pub number: u64,
    pub address: SocketAddr,
    pub options: Options,
    pub routes: RefCell<Routes>,
    pub phase: Cell<Phase>,
    /// The listener.
    pub driver: Cell<Option<DriverId>>,
    /// How often deadlines have been looked at: the clock of the connections.
    pub ticks: Cell<u32>,
    tick: Duration,
    connections: RefCell<Places>,
    /// Whether the listener waits for a connection to end.
    wants_room: Cell<bool>,
}

/// The connections, each in a place of its own.
#[derive(Default)]
struct Places {
    places: Vec<Option<DriverId>>,
    vacant: Vec<u32>,
}

impl Shared {
    pub fn new(number: u64, address: SocketAddr, options: Options) -> Self {
        let shortest = options.timeout.min(options.keep_alive);
        Self {
            id: format!("http#{number} {address}").into(),
            number,
            address,
            tick: (shortest / TICKS).clamp(TICK.0, TICK.1),
            options,
            routes: RefCell::default(),
            phase: Cell::new(Phase::Created),
            driver: Cell::new(None),
            ticks: Cell::new(0),
            connections: RefCell::default(),
            wants_room: Cell::new(false),
        }
    }

    /// The look at deadlines by which `duration` has passed.
    pub fn after(&self, duration: Duration) -> u32 {
        let ticks = duration.as_nanos().div_ceil(self.tick.as_nanos().max(1)) + 1;
        self.ticks.get().saturating_add(u32::try_from(ticks).unwrap_or(u32::MAX))
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        let connections = self.connections.borrow();
        connections.places.len() - connections.vacant.len()
    }

    /// Whether no further requests are taken.
    pub fn is_stopping(&self) -> bool {
        matches!(self.phase.get(), Phase::Stopping | Phase::Ending)
    }

    fn enter(&self) -> u32 {
        let mut connections = self.connections.borrow_mut();
        connections.vacant.pop().unwrap_or_else(|| {
            connections.places.push(None);
            (connections.places.len() - 1) as u32
        })
    }

    fn name(&self, place: u32, id: DriverId) {
        self.connections.borrow_mut().places[place as usize] = Some(id);
    }

    /// A connection has ended.
    pub fn leave(&self, vm: &mut Vm, place: u32) {
        let mut connections = self.connections.borrow_mut();
        connections.places[place as usize] = None;
        connections.vacant.push(place);
        if (self.wants_room.take() || self.is_stopping())
            && let Some(driver) = self.driver.get()
        {
            vm.drive_soon(driver);
        }
    }

    /// Has the connections that fit look at themselves, up to so many.
    fn drive_those(&self, vm: &mut Vm, most: usize, fits: impl Fn(&mut Connection) -> bool) {
        let connections = self.connections.borrow();
        let all = connections.places.iter().flatten().copied();
        let chosen: Vec<DriverId> = all.filter(|&id| vm.driver(id).is_some_and(&fits)).take(most).collect();
        drop(connections);
        chosen.into_iter().for_each(|id| vm.drive_soon(id));
    }
}

/// Takes connections.
pub(crate) struct Listener {
    /// Nothing once it has been closed.
    endpoint: Option<Endpoint>,
    source: SourceId,
    server: Rc<Shared>,
    next_tick: Instant,
    /// When those that are left are cut off.
    drained: Option<Instant>,
}

impl Listener {
    pub fn new(endpoint: Endpoint, source: SourceId, server: Rc<Shared>) -> Self {
        Self { endpoint: Some(endpoint), source, server, next_tick: Instant::now(), drained: None }
    }

    fn accept(&mut self, vm: &mut Vm, this: DriverId) {
        let Some(listener) = &mut self.endpoint else { return };
        connect::look_at_certificates(&mut vm.output, listener);
        for _ in 0..IN_A_ROW {
            if self.server.connections() >= self.server.options.max_connections {
                return self.make_room(vm);
            }
            match listener.accept() {
                Ok((endpoint, _)) => open(vm, &self.server, endpoint),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(self.source, Direction::Read);
                    return vm.reactor.keep_waiting(self.source, Direction::Read, this.waiter());
                }
                // The next look at the deadlines tries again, or the end of a connection.
                Err(error) if kind_of(&error) == "exhausted" => return self.make_room(vm),
                // The connection has failed before it was taken; the next one need not.
                Err(_) => {}
            }
        }
        vm.drive_soon(this);
    }

    /// Closes connections that have been idle for a while, and looks again when one has ended.
    fn make_room(&self, vm: &mut Vm) {
        self.server.wants_room.set(true);
        self.server.drive_those(vm, CLOSED_AT_ONCE, Connection::give_way);
    }

    /// Looks at deadlines if it is time to.
    fn tick(&mut self, vm: &mut Vm) {
        let now = Instant::now();
        if now < self.next_tick {
            return;
        }
        self.next_tick = now + self.server.tick;
        self.server.ticks.set(self.server.ticks.get() + 1);
        if self.drained.is_some_and(|drained| drained <= now) {
            self.server.phase.set(Phase::Ending);
        }
        self.server.drive_those(vm, usize::MAX, |connection| connection.is_due());
    }

    fn stop(&mut self, vm: &mut Vm) {
        if let Some(mut endpoint) = self.endpoint.take() {
            vm.reactor.remove(self.source, &mut endpoint);
            self.drained = Some(Instant::now() + self.server.options.drain);
            self.server.drive_those(vm, usize::MAX, |connection| connection.is_due());
        }
    }
}

impl Driver for Listener {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        if self.server.phase.get() == Phase::Created {
            return Driven::Waits;
        }
        self.tick(vm);
        if self.server.is_stopping() {
            self.stop(vm);
            if self.server.connections() == 0 {
                vm.system.http.servers.remove(&self.server.number);
                if let Some(log) = &self.server.options.log {
                    log.close(vm);
                }
                return Driven::Ended;
            }
        } else {
            vm.reactor.keep_waiting(self.source, Direction::Read, this.waiter());
            self.accept(vm, this);
        }
        let clock = self.server.connections() > 0 || self.server.wants_room.get();
        vm.set_driver_deadline(this, clock.then_some(self.next_tick));
        Driven::Waits
    }
}

/// Takes a connection in and drives it, since its first request has often come with it.
fn open(vm: &mut Vm, server: &Rc<Shared>, mut endpoint: Endpoint) {
    // Without room for it in the reactor it is closed again.
    let Ok(source) = vm.reactor.add(&mut endpoint, true, true) else { return };
    let place = server.enter();
    let connection = Connection::new(endpoint, source, Rc::clone(server), place);
    let id = vm.add_driver(connection);
    server.name(place, id);
}

impl Vm {
    /// The server with this id.
    pub(crate) fn http_server(&self, id: &[u8]) -> Option<Rc<Shared>> {
        let digits = id.strip_prefix(b"http#")?;
        let digits = &digits[..digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len())];
        let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        self.system.http.servers.get(&number).filter(|server| server.id.as_bytes() == id).cloned()
    }

    /// Takes a listener in, which waits until the server is started.
    pub(crate) fn open_http_server(&mut self, mut endpoint: Endpoint, options: Options) -> std::io::Result<Rc<Shared>> {
        let address = endpoint.local_address().ok_or(ErrorKind::Unsupported)?;
        let source = self.reactor.add(&mut endpoint, true, false)?;
        if let Some(log) = &options.log {
            log.start(self);
        }
        self.system.http.opened += 1;
        let server = Rc::new(Shared::new(self.system.http.opened, address, options));
        let driver = self.add_driver(Listener::new(endpoint, source, Rc::clone(&server)));
        server.driver.set(Some(driver));
        self.system.http.servers.insert(server.number, Rc::clone(&server));
        Ok(server)
    }

    /// Has a server take connections: from now on the program goes on because of it.
    pub(crate) fn start_http_server(&mut self, server: &Shared) {
        server.phase.set(Phase::Running);
        server.driver.get().into_iter().for_each(|driver| self.drive_soon(driver));
    }

    /// Has a server finish what it has begun and then end.
    pub(crate) fn stop_http_server(&mut self, server: &Shared) {
        server.phase.set(Phase::Stopping);
        server.driver.get().into_iter().for_each(|driver| self.drive_soon(driver));
        crate::websocket::server::stop_routes(self, server.number);
    }
}
