//! A connection to a server before it is a client: TLS, the request, and the answer.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::exchange::websocket::{Role, WebSocket};
use sentra_netlib::wire::http::request::{self, Head, Search};
use sentra_netlib::wire::websocket::handshake::{self, Refusal};

use super::connection::{Beginning, Connection};
use super::pulse::Pulse;
use super::server::Server;
use super::{Kind, info};
use crate::driver::{Driven, Driver, DriverId};
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// How long the handshake may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long a peer that was refused may take to read that.
const REST: Duration = Duration::from_secs(2);
/// So many that were refused are waited for; the others' connections are closed at once.
const REFUSED: usize = 256;
/// The longest head of a request.
const MOST: usize = 16 << 10;
/// Bytes read at once: a head is small.
const PIECE: usize = 4 << 10;

/// A connection whose handshake is not over.
pub(crate) struct Arrival {
    /// Taken when it becomes a client.
    endpoint: Option<Endpoint>,
    source: SourceId,
    /// Nothing if it is only to be refused.
    server: Option<DriverId>,
    head: Vec<u8>,
    search: Search,
    until: Instant,
    /// The answer to a request that is refused, and how much of it was sent.
    refusal: Vec<u8>,
    sent: usize,
    refused: bool,
}

/// What became of it.
enum Outcome {
    Waits,
    Ended,
}

impl Arrival {
    /// Takes a connection that was just accepted; whether there was room for it.
    pub fn begin(vm: &mut Vm, mut endpoint: Endpoint, server: DriverId) -> bool {
        // The request has often come with it.
        let Ok(source) = vm.reactor.add(&mut endpoint, true, true) else { return false };
        Self::new(endpoint, source, Some(server)).enter(vm);
        true
    }

    /// Refuses a connection that has come over an HTTP server's route.
    pub fn refuse(vm: &mut Vm, endpoint: Endpoint, source: SourceId, refusal: &Refusal) {
        let mut arrival = Self::new(endpoint, source, None);
        arrival.reject(vm, refusal);
        arrival.enter(vm);
    }

    fn new(endpoint: Endpoint, source: SourceId, server: Option<DriverId>) -> Self {
        Self {
            endpoint: Some(endpoint),
            source,
            server,
            head: Vec::new(),
            search: Search::default(),
            until: Instant::now() + LIMIT,
            refusal: Vec::new(),
            sent: 0,
            refused: false,
        }
    }

    fn enter(self, vm: &mut Vm) {
        vm.reactor.put_behind(self.source, true);
        let until = self.until;
        let id = vm.add_driver(self);
        vm.set_driver_deadline(id, Some(until));
    }

    fn has_unsent(&self) -> bool {
        self.sent < self.refusal.len() || self.endpoint.as_ref().is_some_and(Endpoint::wants_write)
    }

    /// Goes on; `WouldBlock` if it has to wait.
    fn go_on(&mut self, vm: &mut Vm) -> std::io::Result<Outcome> {
        while !self.refused {
            let Some(endpoint) = &mut self.endpoint else { return Ok(Outcome::Ended) };
            endpoint.handshake()?;
            let from = self.head.len();
            self.head.resize(from + PIECE, 0);
            let read = endpoint.receive(&mut self.head[from..]);
            self.head.truncate(from + read.as_ref().map_or(0, |(count, _)| *count));
            if read?.0 == 0 {
                return Ok(Outcome::Ended);
            }
            match self.search.find(&self.head, MOST) {
                Ok(None) => {}
                Ok(Some(len)) => return self.decide(vm, len),
                Err(wrong) => self.reject(vm, &Refusal { status: wrong.status, reason: wrong.reason.into() }),
            }
        }
        self.send_refusal(vm)
    }

    /// The head of the request is complete.
    fn decide(&mut self, vm: &mut Vm, len: usize) -> std::io::Result<Outcome> {
        let text = std::mem::take(&mut self.head);
        let Some(server) = self.server else { return Ok(Outcome::Ended) };
        let admitted = match request::parse(&text[..len]) {
            Ok(head) => admit(vm, server, &head, &text[len..], &mut self.endpoint, self.source),
            Err(wrong) => Err(Refusal { status: wrong.status, reason: wrong.reason.into() }),
        };
        match admitted {
            Ok(()) => Ok(Outcome::Ended),
            Err(refusal) => {
                self.reject(vm, &refusal);
                self.send_refusal(vm)
            }
        }
    }

    fn reject(&mut self, vm: &mut Vm, refusal: &Refusal) {
        self.refusal = handshake::rejection(refusal);
        self.refused = true;
        self.until = self.until.min(Instant::now() + REST);
        vm.system.websockets.refused += 1;
        self.head = Vec::new();
    }

    /// Sends the refusal, and waits until the peer has read it and ends the connection.
    fn send_refusal(&mut self, vm: &mut Vm) -> std::io::Result<Outcome> {
        let Some(endpoint) = &mut self.endpoint else { return Ok(Outcome::Ended) };
        while self.sent < self.refusal.len() {
            self.sent += endpoint.send(&self.refusal[self.sent..])?;
        }
        endpoint.flush()?;
        if self.sent == self.refusal.len() && !self.refusal.is_empty() {
            let _ = endpoint.shut_down();
            self.refusal = Vec::new();
            self.sent = 0;
        }
        if vm.system.websockets.refused > REFUSED {
            return Ok(Outcome::Ended);
        }
        let mut buffer = vm.system.websockets.take_buffer();
        let read = endpoint.receive(&mut buffer);
        vm.system.websockets.give_buffer(buffer);
        // Bytes that still come are passed over, a piece for each event.
        if read?.0 == 0 { Ok(Outcome::Ended) } else { Ok(Outcome::Waits) }
    }
}

/// Makes a connection a client of a server, if its request is one for that. Otherwise the
/// endpoint stays where it is.
pub(crate) fn admit(
    vm: &mut Vm,
    server: DriverId,
    head: &Head<'_>,
    arrived: &[u8],
    endpoint: &mut Option<Endpoint>,
    source: SourceId,
) -> Result<(), Refusal> {
    let refusal = |reason: &str| Refusal { status: 503, reason: reason.into() };
    let found = vm.driver::<Server>(server).filter(|server| !server.is_stopping());
    let found = found.ok_or_else(|| refusal("the server is being stopped"))?;
    let (rules, clients) = (Rc::clone(&found.rules), found.open().count());
    let offer = rules.admit(head, clients)?;
    let protocol = handshake::choose(&offer, &rules.protocols);
    let peer = endpoint.as_ref().and_then(Endpoint::remote_address);
    let (number, id) = vm.system.websockets.name(Kind::Connection, &address(peer));
    let known = info::of_client(vm, &id, peer, head, protocol);
    let (id, info) = known.map_err(|_| refusal("the server is short of memory"))?;
    let Some(endpoint) = endpoint.take() else { return Ok(()) };
    let mut socket = WebSocket::new(Role::Server, rules.max_message);
    let agreement = handshake::agreement(&offer, protocol);
    socket.outgoing.append(|out| out.extend_from_slice(&agreement));
    let (pulse, arrived) = (Pulse::new(rules.ping_interval), arrived.to_vec());
    let server_id = Some(server);
    let beginning = Beginning { endpoint, source, socket, pulse, number, id, info, server: server_id, arrived };
    let driver = Connection::begin(vm, beginning);
    vm.with_driver::<Server, _>(server, |server, vm| server.join(vm, number, driver, info.value()));
    Ok(())
}

fn address(peer: Option<SocketAddr>) -> String {
    peer.map_or_else(|| "unix".to_string(), |peer| peer.to_string())
}

impl Driver for Arrival {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        let server = self.server.map(|server| vm.driver::<Server>(server).is_some_and(|server| !server.is_stopping()));
        let is_open = server.unwrap_or(true);
        let in_time = Instant::now() < self.until;
        let wait = match if is_open && in_time { self.go_on(vm) } else { Ok(Outcome::Ended) } {
            Ok(Outcome::Waits) => true,
            Ok(Outcome::Ended) => false,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let blocked = if self.has_unsent() { Direction::Write } else { Direction::Read };
                vm.reactor.exhausted(self.source, blocked);
                true
            }
            Err(_) => false,
        };
        if wait {
            let direction = if self.has_unsent() { Direction::Write } else { Direction::Read };
            if vm.reactor.is_ready(self.source, direction) {
                vm.drive_soon(this);
            } else {
                vm.reactor.keep_waiting(self.source, direction, this.waiter());
            }
            if self.refused {
                vm.set_driver_deadline(this, Some(self.until));
            }
            return Driven::Waits;
        }
        if let Some(mut endpoint) = self.endpoint.take() {
            vm.reactor.remove(self.source, &mut endpoint);
        }
        vm.system.websockets.refused -= usize::from(self.refused);
        if let Some(id) = self.server
            && vm.driver::<Server>(id).is_some_and(Server::arrived)
        {
            vm.drive_soon(id);
        }
        Driven::Ended
    }
}
