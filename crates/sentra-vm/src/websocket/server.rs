//! A server: it takes connections, knows its clients, and hands each out once.

use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::error::kind_of;
use sentra_netlib::wire::http::request::Head;

use super::arrival::{Arrival, admit};
use super::connection::Connection;
use super::failure::Failure;
use super::rules::Rules;
use crate::connect;
use crate::driver::{Driven, Driver, DriverId};
use crate::heap::Marker;
use crate::http::service::{Handover, Upgrade};
use crate::reactor::{Direction, SourceId};
use crate::value::Value;
use crate::vm::Vm;
use crate::wait_queue::WaitQueue;

/// Connections taken in a row before others have their turn.
const ACCEPTS: usize = 64;
/// Connections that may be in their handshakes; others wait in the system's queue.
const ARRIVING: usize = 4096;
/// How long to wait for descriptors when there are none.
const RESPITE: Duration = Duration::from_millis(20);
/// Clients that have gone and whose messages are kept.
const KEPT: usize = 256;

/// What is called when something happens to a client; nil where nothing is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handlers {
    pub connect: Value,
    pub message: Value,
    pub close: Value,
    /// A client is closed when the first handler has returned, as those of routes are.
    pub connect_is_all: bool,
}

impl Default for Handlers {
    fn default() -> Self {
        Self { connect: Value::NIL, message: Value::NIL, close: Value::NIL, connect_is_all: false }
    }
}

/// What a server knows about a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub driver: DriverId,
    /// It was handed out to the script.
    pub accepted: bool,
    /// It is not being closed.
    pub open: bool,
}

/// A server.
pub(crate) struct Server {
    pub id: Value,
    pub number: u64,
    pub rules: Rc<Rules>,
    pub handlers: Handlers,
    /// Where connections come from; nothing for the server of a route, or one that stops.
    listener: Option<(Endpoint, SourceId)>,
    /// Connections of the listener that are no clients yet.
    arriving: usize,
    /// Clients by their numbers, so in the order in which they came.
    pub clients: BTreeMap<u64, Client>,
    /// Clients that nobody was given yet.
    fresh: VecDeque<u64>,
    acceptors: WaitQueue<&'static str>,
    /// The script takes clients one by one, and does not know of the others.
    accepts: bool,
    stopping: bool,
    stoppers: WaitQueue<()>,
    /// Clients that are gone and have messages that nobody has taken, the oldest first.
    kept: VecDeque<DriverId>,
}

impl Server {
    pub fn new(id: Value, number: u64, rules: Rules, listener: Option<(Endpoint, SourceId)>) -> Self {
        Self {
            id,
            number,
            rules: Rc::new(rules),
            handlers: Handlers::default(),
            listener,
            arriving: 0,
            clients: BTreeMap::new(),
            fresh: VecDeque::new(),
            acceptors: WaitQueue::default(),
            accepts: false,
            stopping: false,
            stoppers: WaitQueue::default(),
            kept: VecDeque::new(),
        }
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// A client has come; the fibers that wait for one get it.
    pub fn join(&mut self, vm: &mut Vm, number: u64, driver: DriverId, info: Value) {
        let mut client = Client { driver, accepted: false, open: true };
        if self.handlers.connect.is_nil() {
            while let Some((waiter, _)) = self.acceptors.pop() {
                if vm.resume(waiter, Ok(info)) {
                    client.accepted = true;
                    break;
                }
            }
            if !client.accepted {
                self.fresh.push_back(number);
            }
        }
        self.clients.insert(number, client);
    }

    /// The next client that nobody was given yet.
    pub fn next_fresh(&mut self) -> Option<DriverId> {
        self.accepts = true;
        loop {
            let number = self.fresh.pop_front()?;
            if let Some(client) = self.clients.get_mut(&number) {
                client.accepted = true;
                return Some(client.driver);
            }
        }
    }

    /// Has a fiber get the next client that comes.
    pub fn await_client(&mut self, vm: &mut Vm, waiter: crate::fiber::Waiter, function: &'static str) {
        self.acceptors.push(&vm.scheduler, waiter, function);
    }

    /// Clients as the script knows them.
    pub fn known(&self) -> impl Iterator<Item = DriverId> {
        let all = !self.accepts;
        self.clients.values().filter(move |client| client.open && (all || client.accepted)).map(|client| client.driver)
    }

    /// All clients.
    pub fn open(&self) -> impl Iterator<Item = DriverId> {
        self.clients.values().filter(|client| client.open).map(|client| client.driver)
    }

    /// A client is being closed. If its messages are kept, the oldest of those for which that
    /// was so too may have to go.
    pub fn lose(&mut self, number: u64, driver: DriverId, keep: bool) -> Option<DriverId> {
        if let Some(client) = self.clients.get_mut(&number) {
            client.open = false;
        }
        if keep && !self.stopping {
            self.kept.push_back(driver);
        }
        (self.kept.len() > KEPT).then(|| self.kept.pop_front()).flatten()
    }

    /// A client is no more.
    pub fn remove(&mut self, number: u64) {
        self.clients.remove(&number);
    }

    /// Takes no more connections, and wakes who waits for one. The clients are left to the caller.
    pub fn stop(&mut self, vm: &mut Vm) {
        self.stopping = true;
        if let Some((mut listener, source)) = self.listener.take() {
            vm.reactor.remove(source, &mut listener);
        }
        while let Some((waiter, function)) = self.acceptors.pop() {
            if vm.scheduler.is_waiting(waiter) {
                Failure::new("closed", "the server was stopped").end(vm, waiter, function);
            }
        }
    }

    /// Has a fiber woken when the last client has gone.
    pub fn await_end(&mut self, vm: &mut Vm, waiter: crate::fiber::Waiter) {
        self.stoppers.push(&vm.scheduler, waiter, ());
    }

    /// A connection of the listener has become a client, or has gone; whether there was no room for others.
    pub fn arrived(&mut self) -> bool {
        self.arriving -= 1;
        self.arriving + 1 == ARRIVING
    }

    /// Takes connections that wait.
    fn accept(&mut self, vm: &mut Vm, this: DriverId) {
        let Some((listener, source)) = &mut self.listener else { return };
        connect::look_at_certificates(&mut vm.output, listener);
        for _ in 0..ACCEPTS {
            // The end of a handshake has it look again.
            if self.arriving >= ARRIVING {
                return vm.reactor.keep_waiting(*source, Direction::Read, this.waiter());
            }
            if !vm.reactor.is_ready(*source, Direction::Read) {
                return vm.reactor.keep_waiting(*source, Direction::Read, this.waiter());
            }
            match listener.accept() {
                Ok((endpoint, _)) => self.arriving += usize::from(Arrival::begin(vm, endpoint, this)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => vm.reactor.exhausted(*source, Direction::Read),
                Err(error) if kind_of(&error) == "exhausted" => {
                    vm.reactor.keep_waiting(*source, Direction::Read, this.waiter());
                    return vm.set_driver_deadline(this, Some(Instant::now() + RESPITE));
                }
                // One connection has failed before it was taken.
                Err(_) => {}
            }
        }
        vm.reactor.keep_waiting(*source, Direction::Read, this.waiter());
        vm.drive_soon(this);
    }
}

impl Driver for Server {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        self.accept(vm, this);
        if !self.stopping || !self.clients.is_empty() {
            return Driven::Waits;
        }
        vm.system.websockets.remove(self.number);
        while let Some((waiter, ())) = self.stoppers.pop() {
            vm.resume(waiter, Ok(Value::TRUE));
        }
        Driven::Ended
    }

    fn trace(&self, marker: &mut Marker) {
        let Handlers { connect, message, close, .. } = self.handlers;
        [self.id, connect, message, close].into_iter().for_each(|value| marker.mark(value));
    }
}

/// The server of a route of an HTTP server, which takes connections over from there.
pub(crate) struct Route(pub DriverId);

impl Upgrade for Route {
    fn take_over(&self, vm: &mut Vm, head: &Head<'_>, connection: Handover) -> u16 {
        let Handover { endpoint, source, arrived } = connection;
        let mut endpoint = Some(endpoint);
        let Err(refusal) = admit(vm, self.0, head, &arrived, &mut endpoint, source) else { return 101 };
        endpoint.into_iter().for_each(|endpoint| Arrival::refuse(vm, endpoint, source, &refusal));
        refusal.status
    }
}

/// Stops the servers of an HTTP server's routes.
pub(crate) fn stop_routes(vm: &mut Vm, http_server: u64) {
    for server in vm.system.websockets.take_routes(http_server) {
        stop(vm, server);
    }
}

/// Stops a server: it takes no more connections, and its clients are told that it goes away.
pub(crate) fn stop(vm: &mut Vm, id: DriverId) {
    let clients = vm.with_driver::<Server, _>(id, |server, vm| {
        server.stop(vm);
        server.clients.values().map(|client| client.driver).collect::<Vec<_>>()
    });
    for client in clients.into_iter().flatten() {
        vm.with_driver::<Connection, _>(client, |connection, vm| {
            // One that is being closed already only has nothing more to say.
            let _ = connection.close(vm, client, 1001, "the server is being stopped");
        });
    }
    vm.drive_soon(id);
}
