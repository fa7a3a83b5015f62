//! The handshake that a connection in TLS begins with.

use std::io::{self, ErrorKind};
use std::time::Instant;

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage};

use crate::fiber::Waiter;
use crate::output::Output;
use crate::reactor::{Direction, Reactor, SourceId};
use crate::vm::Vm;

/// A handshake under way.
pub(crate) struct Handshake {
    /// There until it is over.
    connection: Option<(Endpoint, SourceId)>,
    peer: String,
    until: Option<Instant>,
}

impl Handshake {
    /// Goes through the handshake of an endpoint that the reactor knows, until `until`.
    pub fn new(endpoint: Endpoint, source: SourceId, peer: String, until: Option<Instant>) -> Self {
        Self { connection: Some((endpoint, source)), peer, until }
    }

    /// Goes on: the connection, or nothing if `waiter` will be woken to go on later. After a
    /// failure the connection is gone.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<(Endpoint, SourceId)>, NetError> {
        let Some((endpoint, source)) = &mut self.connection else { return Ok(None) };
        let source = *source;
        let failure = match advance(&mut vm.reactor, endpoint, source, waiter) {
            Ok(true) => return Ok(self.connection.take()),
            Ok(false) if self.until.is_none_or(|until| Instant::now() < until) => {
                self.until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
                return Ok(None);
            }
            Ok(false) => NetError::new(Stage::Handshake, Cause::TimedOut, &*self.peer),
            Err(error) => NetError::system(Stage::Handshake, error, &*self.peer),
        };
        self.drop_connection(vm);
        Err(failure)
    }

    /// Lets go of the connection.
    pub fn abandon(mut self, vm: &mut Vm) {
        self.drop_connection(vm);
    }

    fn drop_connection(&mut self, vm: &mut Vm) {
        if let Some((mut endpoint, source)) = self.connection.take() {
            vm.reactor.remove(source, &mut endpoint);
        }
    }
}

/// Goes on with a handshake: whether it is over. If not, `waiter` is woken to go on.
pub(crate) fn advance(
    reactor: &mut Reactor,
    endpoint: &mut Endpoint,
    source: SourceId,
    waiter: Waiter,
) -> io::Result<bool> {
    reactor.forget(source, Direction::Read, waiter);
    reactor.forget(source, Direction::Write, waiter);
    match endpoint.handshake() {
        Ok(()) => {
            // What came with the end of the handshake no event tells of.
            reactor.may_be_ready(source, Direction::Read);
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            reactor.exhausted(source, Direction::Read);
            reactor.wait(source, Direction::Read, waiter);
            if endpoint.wants_write() {
                reactor.exhausted(source, Direction::Write);
                reactor.wait(source, Direction::Write, waiter);
            }
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Has a listener for TLS read its certificates again if they have changed; called before it
/// accepts. What cannot be used is told, and those from before are kept.
pub(crate) fn look_at_certificates(output: &mut Output, listener: &Endpoint) {
    let Endpoint::TlsListener(listener) = listener else { return };
    if let Some(report) = listener.server().refresh(Instant::now()) {
        output.write_error(format!("warning: {report}\n").as_bytes());
    }
}
