//! A server's connection: a driver that reads requests, has them answered, and writes responses, one after
//! another.
//!
//! It reads no further request before the one at hand is answered, and asks for no further piece of a body
//! before the last one is sent, so a client that is faster or slower than its handlers is held up by its
//! own socket. Deadlines are ticks of the server's clock, which cost a request nothing.

mod collect;
mod receive;
mod respond;

use std::rc::Rc;
use std::sync::Arc;

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::exchange::http::server::Exchange;
use sentra_netlib::wire::http::reply::Frame;

use super::form::{Form, Keeper};
use super::log::Entry;
use super::request::Peer;
use super::response::Response;
use super::server::{Phase, Shared};
use super::service::{Answer, Source};
use super::upload::{self, Spilled};
use crate::connect;
use crate::driver::{Driven, Driver, DriverId};
use crate::heap::{Map, Marker};
use crate::reactor::SourceId;
use crate::socket::Pending;
use crate::task;
use crate::value::Value;
use crate::vm::Vm;

/// Steps in a row before others have their turn. Two answer a request that needs no fiber.
const STEPS: usize = 128;
/// No deadline.
const NEVER: u32 = u32::MAX;

/// A server's connection.
pub(crate) struct Connection {
    /// Nothing once another driver has it.
    endpoint: Option<Endpoint>,
    source: SourceId,
    server: Rc<Shared>,
    /// Its place among the server's connections.
    place: u32,
    /// The tick by which it has to have gone on.
    due: u32,
    peer: Option<Peer>,
    /// Whether it has answered a request.
    has_served: bool,
    exchange: Exchange,
    /// What has arrived and is not used up.
    input: Pending,
    /// So much of it is accounted.
    accounted: usize,
    /// What is to be sent.
    output: Output,
    work: Work,
    /// Whether the client takes gzip for the answer to the request at hand.
    takes_gzip: bool,
    /// What the access log will say of it.
    entry: Option<Box<Entry>>,
    /// Files of the request's form, which go when it has been answered.
    files: Vec<Arc<Spilled>>,
}

/// What a connection is doing.
enum Work {
    /// It waits for a request or the rest of one.
    Receiving(Arriving),
    /// A fiber answers.
    Running(Value),
    /// Something in Rust answers.
    Answering(Box<dyn Answer>),
    /// The response is being sent.
    Sending(Sending),
    /// Everything is sent and the connection's end is said; what the client still sends is passed over, so
    /// that it reads the response and not a reset. So many bytes may come.
    Lingering(usize),
}

/// A request whose body is arriving.
#[derive(Default)]
struct Arriving {
    next: Next,
    body: Vec<u8>,
    /// The form that it is, if files may go to disk.
    form: Option<Box<Form>>,
    /// Bytes since the deadline was set.
    since: usize,
}

/// What to do when the request is complete.
#[derive(Default)]
enum Next {
    /// There is no request yet.
    #[default]
    Nothing,
    Call(Value, Map),
    Ask(Box<dyn Answer>),
    Respond(Box<Response>),
}

/// A response that is being sent.
struct Sending {
    frame: Frame,
    /// Where the rest of its body comes from.
    source: Option<Box<dyn Source>>,
    /// What is still to come of a body of known length.
    left: u64,
}

/// Bytes that wait to be sent.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    sent: usize,
    /// A string of the script that comes after them, and how much of it has been sent.
    tail: Option<(Value, usize)>,
}

/// What came of going on.
enum Goes {
    On,
    Waits,
    /// The same, and nothing more is read meanwhile.
    Holds,
    Ends,
    /// The connection is another driver's.
    Away,
}

impl Connection {
    pub fn new(endpoint: Endpoint, source: SourceId, server: Rc<Shared>, place: u32) -> Self {
        let due = server.after(server.options.timeout);
        Self {
            endpoint: Some(endpoint),
            source,
            server,
            place,
            due,
            peer: None,
            has_served: false,
            exchange: Exchange::default(),
            input: Pending::default(),
            accounted: 0,
            output: Output::default(),
            work: Work::Receiving(Arriving::default()),
            takes_gzip: false,
            entry: None,
            files: Vec::new(),
        }
    }

    /// The request at hand has been answered, or its client has gone: the access log learns of it.
    fn log(&mut self, vm: &mut Vm) {
        let Some(entry) = self.entry.take() else { return };
        let address = self.peer(vm).address;
        if let Some(log) = &self.server.options.log {
            entry.end(vm, log, address.as_bytes().unwrap_or_default());
        }
    }

    /// Whether its time has come, or its server's.
    pub fn is_due(&self) -> bool {
        match self.server.phase.get() {
            Phase::Ending => true,
            Phase::Stopping if self.is_idle() || self.is_endless() => true,
            _ => self.due <= self.server.ticks.get(),
        }
    }

    /// Whether it waits for a request of which nothing has come.
    fn is_idle(&self) -> bool {
        // One that is complete may have parts that are still being written to disk.
        let has_none = matches!(self.work, Work::Receiving(Arriving { next: Next::Nothing, .. }));
        has_none && !self.exchange.is_arriving(self.input.is_empty())
    }

    /// Whether it sends a body that may go on for ever.
    fn is_endless(&self) -> bool {
        matches!(&self.work, Work::Sending(Sending { source: Some(source), .. }) if source.is_endless())
    }

    /// Ends its keep-alive for others, if it has been idle for a while after a request; whether it does.
    pub fn give_way(&mut self) -> bool {
        let idle_for = self.server.after(self.server.options.keep_alive).saturating_sub(self.due);
        let gives_way = self.has_served && self.is_idle() && idle_for > 1;
        if gives_way {
            self.due = 0;
        }
        gives_way
    }

    /// Goes on with the handshake of TLS, if there is one. Its time is the first request's.
    fn shake_hands(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        match &mut self.endpoint {
            Some(endpoint) if endpoint.is_handshaking() => {
                match connect::advance(&mut vm.reactor, endpoint, self.source, this.waiter()) {
                    Ok(true) => Goes::On,
                    Ok(false) => Goes::Waits,
                    Err(_) => Goes::Ends,
                }
            }
            _ => Goes::On,
        }
    }

    fn go_on(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        match &mut self.work {
            Work::Receiving(_) => self.receive(vm, this),
            Work::Running(task) => {
                let task = *task;
                match task::outcome(task) {
                    Some(outcome) => self.answered(vm, outcome),
                    None => Goes::Waits,
                }
            }
            Work::Answering(answer) => match answer.poll(vm, this.waiter()) {
                Some(response) => self.respond(vm, response),
                None => Goes::Waits,
            },
            Work::Sending(_) => self.send_on(vm, this),
            Work::Lingering(_) => self.linger(vm, this),
        }
    }

    /// Its time has come: whether there is something left to do.
    fn expire(&mut self, vm: &mut Vm) -> bool {
        if self.server.phase.get() == Phase::Ending {
            if let Work::Running(task) = self.work {
                task::fiber_of(task).into_iter().for_each(|fiber| vm.cancel(fiber));
            }
            return false;
        }
        if !matches!(self.work, Work::Receiving(_)) || self.is_idle() {
            return false;
        }
        self.refuse(vm, 408, "the request took too long");
        true
    }

    /// Accounts what has arrived and waits; false if there is no memory for it.
    fn account(&mut self, vm: &mut Vm) -> bool {
        let (before, now) = (self.accounted, self.input.bytes().len());
        // A request that is being answered already is not lost for what the client sends ahead.
        let is_asked = matches!(self.work, Work::Receiving(_));
        if now > before && is_asked && vm.heap.reserve(now - before).is_err() {
            return false;
        }
        if now != before {
            self.accounted = now;
            vm.heap.account(now.saturating_sub(before));
            vm.heap.discount(before.saturating_sub(now));
        }
        true
    }

    /// Lets go of everything. A handler that is still running goes on: it does not know its client.
    fn end(&mut self, vm: &mut Vm) {
        match &mut self.work {
            Work::Receiving(Arriving { next: Next::Ask(answer), .. }) | Work::Answering(answer) => answer.abandon(vm),
            Work::Sending(Sending { source: Some(source), .. }) => source.abandon(vm),
            Work::Running(task) if !self.files.is_empty() => Keeper::begin(vm, *task, std::mem::take(&mut self.files)),
            _ => {}
        }
        upload::remove(vm, std::mem::take(&mut self.files));
        self.forget_body(vm);
        vm.heap.discount(std::mem::take(&mut self.accounted));
        self.log(vm);
        if let Some(mut endpoint) = self.endpoint.take() {
            vm.reactor.remove(self.source, &mut endpoint);
        }
        let server = Rc::clone(&self.server);
        server.leave(vm, self.place);
    }
}

impl Driver for Connection {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        if self.is_due() && !self.expire(vm) {
            self.end(vm);
            return Driven::Ended;
        }
        for _ in 0..STEPS {
            let mut goes = self.shake_hands(vm, this);
            if matches!(goes, Goes::On) {
                goes = self.flush(vm, this);
            }
            if matches!(goes, Goes::On) {
                goes = self.go_on(vm, this);
            }
            match goes {
                Goes::On => {}
                Goes::Waits | Goes::Holds if self.account(vm) => return Driven::Waits,
                Goes::Waits | Goes::Holds => {
                    self.input = Pending::default();
                    self.refuse(vm, 503, "");
                }
                Goes::Ends | Goes::Away => {
                    self.end(vm);
                    return Driven::Ended;
                }
            }
        }
        vm.drive_soon(this);
        Driven::Waits
    }

    fn trace(&self, marker: &mut Marker) {
        self.peer.into_iter().for_each(|peer| marker.mark(peer.address));
        self.output.tail.into_iter().for_each(|(text, _)| marker.mark(text));
        match &self.work {
            Work::Receiving(Arriving { next: Next::Call(handler, request), .. }) => {
                marker.mark(*handler);
                marker.mark(request.value());
            }
            Work::Receiving(Arriving { next: Next::Ask(answer), .. }) | Work::Answering(answer) => answer.trace(marker),
            Work::Running(task) => marker.mark(*task),
            Work::Sending(Sending { source: Some(source), .. }) => source.trace(marker),
            _ => {}
        }
    }
}
