//! Receiving requests: reading, routing, and starting what answers. Bodies are collected in `collect`.

use std::io::ErrorKind;

use sentra_netlib::exchange::http::server::Step;
use sentra_netlib::wire::http::body::Framing;
use sentra_netlib::wire::http::negotiation;
use sentra_netlib::wire::http::request::Head;

use super::{Arriving, Connection, Goes, Next, Work};
use crate::driver::DriverId;
use crate::fault::Fault;
use crate::http::form::Form;
use crate::http::log::Entry;
use crate::http::request::{self, Peer};
use crate::http::response::{Body, Response};
use crate::http::route::{Found, Target};
use crate::http::service::Handover;
use crate::reactor::Direction;
use crate::task;
use crate::vm::Vm;

/// Reads in a row before others have their turn.
const IN_A_ROW: usize = 16;
/// A body that nobody wants is read to its end if it is no longer than this, so that the connection can go on.
const PASSED_OVER: u64 = 256 << 10;
/// What a client may still send after the last response.
const LINGERING: usize = 4 << 20;

/// What a read gave.
pub(super) enum Read {
    Bytes(usize),
    Blocked,
    Ended,
}

impl Connection {
    /// Reads until a request is complete.
    pub(super) fn receive(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        if let Some(goes) = self.go_on_with_form(vm, this) {
            return goes;
        }
        if !self.input.is_empty() {
            let mut input = std::mem::take(&mut self.input);
            let (used, goes) = self.digest(vm, this, input.bytes());
            input.consume(used);
            self.input = input;
            if !matches!(goes, Goes::Waits) {
                return goes;
            }
            if !self.output.bytes.is_empty() {
                return Goes::On;
            }
        }
        let mut scratch = vm.system.http.take_scratch();
        let goes = self.read_on(vm, this, &mut scratch);
        vm.system.http.scratch = scratch;
        goes
    }

    fn read_on(&mut self, vm: &mut Vm, this: DriverId, scratch: &mut [u8]) -> Goes {
        for _ in 0..IN_A_ROW {
            let len = match self.read(vm, scratch) {
                Read::Bytes(len) => len,
                Read::Ended => return Goes::Ends,
                Read::Blocked => {
                    vm.reactor.keep_waiting(self.source, Direction::Read, this.waiter());
                    return Goes::Waits;
                }
            };
            let goes = self.arrived(vm, this, &scratch[..len]);
            if !matches!(goes, Goes::Waits) {
                return goes;
            }
            // The client waits for leave to go on.
            if !self.output.bytes.is_empty() {
                return Goes::On;
            }
        }
        vm.drive_soon(this);
        Goes::Waits
    }

    pub(super) fn read(&mut self, vm: &mut Vm, scratch: &mut [u8]) -> Read {
        let Some(endpoint) = &mut self.endpoint else { return Read::Ended };
        if !vm.reactor.is_ready(self.source, Direction::Read) {
            return Read::Blocked;
        }
        match endpoint.receive(scratch) {
            Ok((0, _)) => Read::Ended,
            Ok((len, _)) => {
                if len < scratch.len() && endpoint.is_exhausted_by_short_read() {
                    vm.reactor.exhausted(self.source, Direction::Read);
                }
                Read::Bytes(len)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(self.source, Direction::Read);
                Read::Blocked
            }
            Err(_) => Read::Ended,
        }
    }

    fn arrived(&mut self, vm: &mut Vm, this: DriverId, bytes: &[u8]) -> Goes {
        if self.is_idle() {
            self.due = self.server.after(self.server.options.timeout);
        }
        if self.input.is_empty() {
            let (used, goes) = self.digest(vm, this, bytes);
            self.input.append(&bytes[used..]);
            return goes;
        }
        self.input.append(bytes);
        let mut input = std::mem::take(&mut self.input);
        let (used, goes) = self.digest(vm, this, input.bytes());
        input.consume(used);
        self.input = input;
        goes
    }

    /// Understands what has arrived: how much of it was used up, and `Waits` if more is needed.
    fn digest(&mut self, vm: &mut Vm, this: DriverId, bytes: &[u8]) -> (usize, Goes) {
        let mut at = 0;
        loop {
            let limits = &self.server.options.limits;
            let goes = match self.exchange.step(&bytes[at..], limits) {
                Step::Need => return (at, Goes::Waits),
                Step::Skip(used) => {
                    at += used;
                    continue;
                }
                Step::Head(head, used) => {
                    at += used;
                    self.begin(vm, &head, &bytes[at..])
                }
                Step::Body(piece, used) => {
                    at += used;
                    self.collect(vm, this, piece)
                }
                Step::Complete(used) => {
                    at += used;
                    return (at, self.complete(vm, this));
                }
                Step::Refused(refusal) => {
                    self.refuse(vm, refusal.status, refusal.reason);
                    return (at, Goes::On);
                }
            };
            if !matches!(goes, Goes::Waits) {
                return (at, goes);
            }
        }
    }

    /// Finds out what a request is for. `Waits` goes on with its body.
    fn begin(&mut self, vm: &mut Vm, head: &Head<'_>, rest: &[u8]) -> Goes {
        self.due = self.server.after(self.server.options.timeout);
        let server = std::rc::Rc::clone(&self.server);
        if server.options.log.is_some() {
            self.entry = Some(Box::new(Entry::new(head)));
        }
        if server.options.compress.is_some() {
            self.takes_gzip = head.fields.get("accept-encoding").is_some_and(negotiation::takes_gzip);
        }
        let routes = server.routes.borrow();
        let (next, wants_body) = match routes.find(head.method, head.path) {
            Found::Route(route, values) => match &route.target {
                Target::Upgrade(upgrade) => {
                    let upgrade = std::rc::Rc::clone(upgrade);
                    drop(routes);
                    return self.hand_over(vm, head, rest, &*upgrade);
                }
                Target::Service(service) => {
                    let service = std::rc::Rc::clone(service);
                    (Next::Ask(service.answer(vm, head, values.last().copied().unwrap_or_default())), false)
                }
                Target::Handler(handler) => {
                    let peer = self.peer(vm);
                    let in_tls = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.tls().is_some());
                    let scheme = if in_tls { "https" } else { "http" };
                    let (heap, http) = (&mut vm.heap, &mut vm.system.http);
                    match request::map(heap, &mut http.keys, head, (&route, &values), peer, scheme) {
                        Ok(request) => (Next::Call(*handler, request), true),
                        Err(fault) => (self.failed(vm, &fault), false),
                    }
                }
            },
            Found::OtherMethods(methods) => (Next::Respond(Box::new(other_methods(head.method, &methods))), false),
            Found::Nothing if head.method == "OPTIONS" && head.path == b"*" => {
                (Next::Respond(Box::new(Response::new(204, Body::Bytes(Vec::new())))), false)
            }
            Found::Nothing => (Next::Respond(Box::new(Response::message(404, ""))), false),
        };
        if !wants_body && !is_worth_reading(head) {
            self.exchange.abandon();
            return self.answer(vm, next);
        }
        if head.expects_continue && head.framing != Framing::None && rest.is_empty() {
            self.output.bytes.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let form = if head.framing == Framing::None || !wants_body { None } else { Form::of(head) };
        self.work = Work::Receiving(Arriving { next, form, ..Arriving::default() });
        Goes::Waits
    }

    pub(super) fn peer(&mut self, vm: &mut Vm) -> Peer {
        let endpoint = self.endpoint.as_ref();
        *self.peer.get_or_insert_with(|| {
            Peer::new(&mut vm.heap, endpoint.and_then(sentra_netlib::endpoint::Endpoint::remote_address))
        })
    }

    /// An error before a fiber could have it: most of all a lack of memory.
    pub(super) fn failed(&mut self, vm: &mut Vm, fault: &Fault) -> Next {
        crate::http::report(vm, fault);
        Next::Respond(Box::new(Response::message(503, "")))
    }

    fn hand_over(
        &mut self,
        vm: &mut Vm,
        head: &Head<'_>,
        rest: &[u8],
        upgrade: &dyn crate::http::service::Upgrade,
    ) -> Goes {
        if head.framing != Framing::None {
            self.refuse(vm, 400, "a request with a body cannot change the protocol");
            return Goes::On;
        }
        if self.entry.is_some() {
            self.peer(vm);
        }
        let Some(endpoint) = self.endpoint.take() else { return Goes::Ends };
        let handover = Handover { endpoint, source: self.source, arrived: rest.to_vec() };
        let status = upgrade.take_over(vm, head, handover);
        self.entry.iter_mut().for_each(|entry| entry.status = status);
        Goes::Away
    }

    pub(super) fn complete(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        if let Some(goes) = self.complete_form(vm, this) {
            return goes;
        }
        let Work::Receiving(arriving) = &mut self.work else { return Goes::Waits };
        let (mut next, body) = (std::mem::take(&mut arriving.next), std::mem::take(&mut arriving.body));
        let form = arriving.form.take();
        vm.heap.discount(body.len());
        if let Next::Call(handler, request) = next {
            let given = form.as_ref().map_or(Ok(Vec::new()), |form| form.give_to(vm, request));
            form.into_iter().for_each(|form| form.abandon(vm));
            let called = given.and_then(|files| {
                self.files = files;
                self.call(vm, this, (handler, request), &body)
            });
            match called {
                Ok(()) => return Goes::On,
                Err(fault) => next = self.failed(vm, &fault),
            }
        }
        self.answer(vm, next)
    }

    /// Has a fiber answer.
    fn call(
        &mut self,
        vm: &mut Vm,
        this: DriverId,
        (handler, request): (crate::value::Value, crate::heap::Map),
        body: &[u8],
    ) -> Result<(), Box<Fault>> {
        if !body.is_empty() {
            let (heap, http) = (&mut vm.heap, &mut vm.system.http);
            request::set_body(heap, &http.keys, request, body)?;
        }
        let task = vm.spawn(handler, &[request.value()])?;
        task::look(vm, task, this.waiter());
        self.due = super::NEVER;
        self.work = Work::Running(task);
        Ok(())
    }

    pub(super) fn answer(&mut self, vm: &mut Vm, next: Next) -> Goes {
        match next {
            Next::Nothing | Next::Call(..) => Goes::Ends,
            Next::Respond(response) => self.respond(vm, *response),
            Next::Ask(answer) => {
                self.due = super::NEVER;
                self.work = Work::Answering(answer);
                Goes::On
            }
        }
    }

    /// Answers a request that cannot be understood or has come too late; the connection ends with it.
    pub(super) fn refuse(&mut self, vm: &mut Vm, status: u16, reason: &str) {
        self.forget_body(vm);
        self.exchange.abandon();
        self.respond(vm, Response::message(status, reason));
    }

    /// Begins to pass over what the client still sends.
    pub(super) fn begin_to_linger(&mut self) {
        self.due = self.server.after(self.server.options.timeout.min(std::time::Duration::from_secs(2)));
        self.work = Work::Lingering(LINGERING);
        if let Some(endpoint) = &mut self.endpoint {
            // It fails if the client has gone, as the next read will tell.
            let _ = endpoint.shut_down();
        }
    }

    pub(super) fn linger(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        let mut scratch = vm.system.http.take_scratch();
        let read = self.read(vm, &mut scratch);
        vm.system.http.scratch = scratch;
        let Work::Lingering(left) = &mut self.work else { return Goes::Ends };
        match read {
            Read::Bytes(len) if len < *left => {
                *left -= len;
                Goes::On
            }
            Read::Bytes(_) | Read::Ended => Goes::Ends,
            Read::Blocked => {
                vm.reactor.keep_waiting(self.source, Direction::Read, this.waiter());
                Goes::Waits
            }
        }
    }
}

fn is_worth_reading(head: &Head<'_>) -> bool {
    match head.framing {
        Framing::None => true,
        Framing::Length(length) => length <= PASSED_OVER && !head.expects_continue,
        Framing::Chunked | Framing::UntilClose => false,
    }
}

fn other_methods(method: &str, allowed: &[Box<str>]) -> Response {
    let mut response = match method {
        "OPTIONS" => Response::new(204, Body::Bytes(Vec::new())),
        _ => Response::message(405, ""),
    };
    for part in ["Allow: ", &allowed.join(", "), "\r\n"] {
        response.fields.extend_from_slice(part.as_bytes());
    }
    response
}
