//! An open connection, whichever end has opened it: what arrives goes to its inbox and from there
//! to fibers that wait or to callbacks; what is sent leaves as soon as the peer takes it.

mod callbacks;
mod ending;
mod messages;
mod reading;
mod writing;

use std::time::{Duration, Instant};

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::exchange::websocket::{Stage, WebSocket};

use super::Kind;
use super::inbox::Inbox;
use super::pulse::{Finding, Pulse};
use super::server::Server;
use crate::driver::{Driven, Driver, DriverId};
use crate::heap::{Map, Marker};
use crate::reactor::{Direction, SourceId};
use crate::value::Value;
use crate::vm::Vm;
use crate::wait_queue::WaitQueue;

pub(crate) use messages::{Taken, Wants};

/// How long the peer may take to answer a close frame.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);
/// How long the script may take to answer the messages before a peer's close frame.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);
/// How long it may take to end the connection after that.
const LINGER_LIMIT: Duration = Duration::from_secs(2);

/// How far the connection below is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    /// Bytes go both ways.
    Open,
    /// This side sends nothing more, and waits for the peer's end.
    Ending,
    /// It is closed.
    Gone,
}

/// What a connection is made of.
pub(crate) struct Beginning {
    pub endpoint: Endpoint,
    pub source: SourceId,
    pub socket: WebSocket,
    pub pulse: Pulse,
    /// Its id, and the map that scripts know it by.
    pub number: u64,
    pub id: Value,
    pub info: Map,
    /// Its server, if it is a client of one.
    pub server: Option<DriverId>,
    /// What arrived after the handshake.
    pub arrived: Vec<u8>,
}

/// A connection.
pub(crate) struct Connection {
    pub id: Value,
    /// What scripts know of it.
    pub info: Map,
    number: u64,
    endpoint: Endpoint,
    source: SourceId,
    below: Below,
    socket: WebSocket,
    inbox: Inbox,
    arrived: Vec<u8>,
    pulse: Pulse,
    /// When to look at the time.
    due: Option<Instant>,
    /// Fibers that wait for a message.
    receivers: WaitQueue<Wants>,
    /// Fibers that wait for room to send.
    senders: WaitQueue<()>,
    /// Fibers that wait for the end.
    enders: WaitQueue<()>,
    server: Option<DriverId>,
    /// The callback that runs; nil if none does.
    task: Value,
    greeted: bool,
    /// The end was reported to a fiber or a callback.
    told: bool,
    /// Nobody has asked for a message since it was handed out.
    pub unread: bool,
    /// What was sent leaves before the loop waits.
    leaves_soon: bool,
    /// Pongs that the script has asked for.
    pongs: u32,
    /// Bytes that the heap knows of.
    accounted: usize,
    /// It is being closed.
    ends: bool,
    /// Messages that nobody has taken are kept when it is closed.
    kept: bool,
}

impl Connection {
    /// Takes a connection in after its handshake.
    pub fn begin(vm: &mut Vm, from: Beginning) -> DriverId {
        let number = from.number;
        let connection = Self::new(vm, from);
        let driver = vm.add_driver(connection);
        vm.system.websockets.insert(number, Kind::Connection, driver);
        driver
    }

    fn new(vm: &mut Vm, from: Beginning) -> Self {
        let Beginning { endpoint, source, socket, pulse, number, id, info, server, arrived } = from;
        vm.reactor.put_behind(source, true);
        Self {
            id,
            info,
            number,
            endpoint,
            source,
            below: Below::Open,
            socket,
            inbox: Inbox::default(),
            arrived,
            pulse,
            due: None,
            receivers: WaitQueue::default(),
            senders: WaitQueue::default(),
            enders: WaitQueue::default(),
            server,
            task: Value::NIL,
            greeted: false,
            told: false,
            unread: true,
            leaves_soon: false,
            pongs: 0,
            accounted: 0,
            ends: false,
            kept: false,
        }
    }

    /// Whether messages go both ways.
    pub fn is_open(&self) -> bool {
        self.below == Below::Open && self.socket.stage() == Stage::Open
    }

    /// Looks at the time: whether the peer is still there, or took too long.
    fn heed_time(&mut self, vm: &mut Vm, this: DriverId) {
        if self.due.is_none_or(|due| Instant::now() < due) {
            return;
        }
        self.due = None;
        match self.pulse.interval {
            Some(interval) if self.is_open() && !self.socket.is_ending() => {
                if !self.wants_input() {
                    self.pulse.hear();
                }
                match self.pulse.look() {
                    Finding::Alive => {}
                    Finding::Silent => drop(self.socket.ping(b"")),
                    Finding::Dead => return self.abort(vm),
                }
                self.set_due(vm, this, interval);
            }
            _ if self.socket.is_ending() => self.socket.settle(),
            _ => self.abort(vm),
        }
    }

    fn set_due(&mut self, vm: &mut Vm, this: DriverId, after: Duration) {
        self.due = Some(Instant::now() + after);
        vm.set_driver_deadline(this, self.due);
    }

    /// Makes sure that something will wake it.
    fn wait(&mut self, vm: &mut Vm, this: DriverId) {
        if self.below == Below::Gone {
            return;
        }
        if self.wants_input() {
            if vm.reactor.is_ready(self.source, Direction::Read) {
                vm.drive_soon(this);
            } else {
                vm.reactor.keep_waiting(self.source, Direction::Read, this.waiter());
            }
        }
        if self.wants_output() && !vm.reactor.is_ready(self.source, Direction::Write) {
            vm.reactor.keep_waiting(self.source, Direction::Write, this.waiter());
        }
        // Of a server it is the listener that keeps the program going.
        let awaited = self.server.is_none() && (!self.receivers.is_empty() || self.wants_output());
        vm.reactor.put_behind(self.source, !awaited && !self.ends);
    }

    /// Tells the heap what it holds.
    fn account(&mut self, vm: &mut Vm) {
        let held = self.socket.held();
        match held.checked_sub(self.accounted) {
            Some(more) => vm.heap.account(more),
            None => vm.heap.discount(self.accounted - held),
        }
        self.accounted = held;
    }

    /// The server that it is a client of.
    pub fn server(&self) -> Option<DriverId> {
        self.server
    }

    /// It ends: nobody finds it any more.
    fn forget_it(&mut self, vm: &mut Vm) {
        vm.system.websockets.remove(self.number);
        vm.system.websockets.note_end(self.id, self.closed());
        vm.heap.discount(std::mem::take(&mut self.accounted));
        if let Some(id) = self.server
            && let Some(server) = vm.driver::<Server>(id)
        {
            server.remove(self.number);
            if server.is_stopping() {
                vm.drive_soon(id);
            }
        }
    }
}

impl Driver for Connection {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        if self.due.is_none()
            && let Some(interval) = self.pulse.interval.filter(|_| self.is_open())
        {
            self.set_due(vm, this, interval);
        }
        self.read(vm);
        self.heed_time(vm, this);
        self.deliver(vm);
        self.call_back(vm, this);
        if !self.is_corked() {
            self.write(vm);
        } else if self.wants_output() {
            self.leave_soon(vm, this);
        }
        if self.socket.is_ending() {
            self.await_answers(vm, this);
        }
        self.end_by_steps(vm, this);
        self.account(vm);
        if self.is_over() {
            self.forget_it(vm);
            return Driven::Ended;
        }
        self.wait(vm, this);
        Driven::Waits
    }

    fn before_wait(&mut self, vm: &mut Vm, this: DriverId) {
        self.leaves_soon = false;
        if self.socket.is_ending() && self.inbox.is_empty() && self.task.is_nil() {
            self.socket.settle();
            vm.drive_soon(this);
        }
        self.write(vm);
        self.account(vm);
        self.wait(vm, this);
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.id);
        marker.mark(self.info.value());
        marker.mark(self.task);
        self.inbox.trace(marker);
    }
}

impl Drop for Connection {
    /// The program ends: a peer that still listens is told.
    fn drop(&mut self) {
        if self.is_open() && self.socket.close(1001, "").is_ok() {
            while let Ok(count @ 1..) = self.endpoint.send(self.socket.outgoing.next()) {
                self.socket.outgoing.sent(count);
            }
        }
    }
}
