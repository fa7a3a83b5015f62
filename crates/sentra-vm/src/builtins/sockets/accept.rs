//! Accepting connections. Those in TLS go through their handshakes on their own, so that none
//! holds up another, and are accepted when they are through.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::error::kind_of;
use sentra_netlib::{NetError, Stage};

use super::Result;
use super::attempt::{self, Attempt, Failure};
use crate::builtin::Arguments;
use crate::connect::{self, Handshake};
use crate::driver::{Driven, Driver, DriverId};
use crate::fiber::Waiter;
use crate::reactor::Direction;
use crate::value::Value;
use crate::vm::Vm;

/// Connections that one listener has in their handshakes or through them, until the script takes them; others wait in
/// the system's queue.
const HANDSHAKES: usize = 1024;
/// How long each may take.
const PATIENCE: Duration = Duration::from_secs(10);

type Attempted<T> = std::result::Result<T, Failure>;

struct Accept;

pub(super) fn accept(vm: &mut Vm, args: Arguments) -> Result<Value> {
    attempt::start(vm, args.value(0), args.optional(1), Accept)
}

impl Attempt for Accept {
    const FUNCTION: &'static str = "socket_accept";
    const STAGE: Stage = Stage::Accept;
    const DIRECTION: Direction = Direction::Read;
    const FAILURE: Value = Value::NIL;

    fn attempt(&mut self, vm: &mut Vm, number: u64, _: Waiter) -> Attempted<Option<Value>> {
        if vm.system.sockets.get(number).is_some_and(|listener| listener.arrivals.is_some()) {
            begin_handshakes(vm, number)?;
            let arrivals = vm.system.sockets.get(number).and_then(|listener| listener.arrivals.as_mut());
            let Some((endpoint, source, peer)) = arrivals.and_then(|arrivals| arrivals.ready.pop_front()) else {
                return Ok(None);
            };
            vm.reactor.put_behind(source, false);
            return Ok(Some(vm.heap.text(vm.system.sockets.open(endpoint, source, &peer).as_bytes())));
        }
        let Some((mut endpoint, peer)) = take(vm, number)? else { return Ok(None) };
        // Its first data has often come with it.
        match vm.reactor.add(&mut endpoint, true, true) {
            Ok(source) => Ok(Some(vm.heap.text(vm.system.sockets.open(endpoint, source, &peer).as_bytes()))),
            Err(error) => Err(failure(vm, number, error)),
        }
    }
}

fn failure(vm: &mut Vm, number: u64, error: std::io::Error) -> Failure {
    let id = vm.system.sockets.get(number).map_or_else(String::new, |listener| listener.id.to_string());
    NetError::system(Stage::Accept, error, id).into()
}

/// Takes a connection, if there is one.
fn take(vm: &mut Vm, number: u64) -> Attempted<Option<(Endpoint, String)>> {
    let (sockets, reactor) = (&mut vm.system.sockets, &mut vm.reactor);
    let Some(listener) = sockets.get(number) else { return Ok(None) };
    if !reactor.is_ready(listener.source, Direction::Read) {
        return Ok(None);
    }
    match listener.endpoint.accept() {
        Ok(accepted) => Ok(Some(accepted)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            reactor.exhausted(listener.source, Direction::Read);
            Ok(None)
        }
        Err(error) if kind_of(&error) == "exhausted" => Err(Failure::Later),
        Err(error) => Err(failure(vm, number, error)),
    }
}

/// Whether a listener for TLS has a connection that is through its handshake.
pub(super) fn has_arrivals(vm: &mut Vm, number: u64) -> bool {
    // What fails here is told to who accepts.
    let began = begin_handshakes(vm, number);
    let arrivals = vm.system.sockets.get(number).and_then(|listener| listener.arrivals.as_ref());
    matches!(began, Err(Failure::Net(_))) || arrivals.is_none_or(|arrivals| !arrivals.ready.is_empty())
}

/// Takes what connections there are and begins their handshakes.
fn begin_handshakes(vm: &mut Vm, number: u64) -> Attempted<()> {
    if let Some(listener) = vm.system.sockets.get(number) {
        connect::look_at_certificates(&mut vm.output, &listener.endpoint);
    }
    loop {
        let arrivals = vm.system.sockets.get(number).and_then(|listener| listener.arrivals.as_mut());
        if arrivals.is_none_or(|arrivals| arrivals.under_way + arrivals.ready.len() >= HANDSHAKES) {
            return Ok(());
        }
        let until = Some(Instant::now() + PATIENCE);
        let Some((mut endpoint, peer)) = take(vm, number)? else { return Ok(()) };
        let source = vm.reactor.add(&mut endpoint, true, true).map_err(|error| failure(vm, number, error))?;
        // It is the listener that keeps a program going, not a stranger.
        vm.reactor.put_behind(source, true);
        let handshake = Handshake::new(endpoint, source, peer.clone(), until);
        if let Some(arrivals) = vm.system.sockets.get(number).and_then(|listener| listener.arrivals.as_mut()) {
            arrivals.under_way += 1;
        }
        vm.add_driver(Incoming { listener: number, peer, handshake: Some(handshake) });
    }
}

/// A connection in its handshake.
struct Incoming {
    listener: u64,
    peer: String,
    handshake: Option<Handshake>,
}

impl Driver for Incoming {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        let Some(mut handshake) = self.handshake.take() else { return Driven::Ended };
        let Some(listener) = vm.system.sockets.get(self.listener) else {
            handshake.abandon(vm);
            return Driven::Ended;
        };
        let source = listener.source;
        let outcome = handshake.poll(vm, this.waiter());
        if matches!(outcome, Ok(None)) {
            self.handshake = Some(handshake);
            return Driven::Waits;
        }
        if let Some(arrivals) = vm.system.sockets.get(self.listener).and_then(|listener| listener.arrivals.as_mut()) {
            arrivals.under_way -= 1;
            match outcome {
                Ok(connection) => arrivals
                    .ready
                    .extend(connection.map(|(endpoint, source)| (endpoint, source, std::mem::take(&mut self.peer)))),
                Err(error) => {
                    arrivals.failures += 1;
                    arrivals.last_failure = error.to_string();
                }
            }
        }
        vm.reactor.wake_all(source, Direction::Read);
        Driven::Ended
    }
}
