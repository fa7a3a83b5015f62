//! One request without a body, and the head of its answer.

use std::io::ErrorKind;
use std::time::Instant;

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::error::Cause;
use sentra_netlib::wire::websocket::answer::{self, Parsed};
use sentra_netlib::{NetError, Stage};

use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;
use crate::websocket::failure::Failure;

/// The longest head of an answer.
const MOST: usize = 64 << 10;
/// Bytes read at once.
const PIECE: usize = 4 << 10;

/// A request on its way.
pub(super) struct Talk {
    connection: Option<(Endpoint, SourceId)>,
    request: Vec<u8>,
    sent: usize,
    received: Vec<u8>,
}

/// The head of an answer, and what came after it.
pub(super) struct Answer {
    bytes: Vec<u8>,
    parsed: Parsed,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.parsed.status
    }

    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
        self.parsed.fields(&self.bytes)
    }

    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.parsed.len..]
    }
}

impl Talk {
    pub fn new(endpoint: Endpoint, source: SourceId, request: Vec<u8>) -> Self {
        Self { connection: Some((endpoint, source)), request, sent: 0, received: Vec::new() }
    }

    /// The connection, which is left to the caller.
    pub fn take(&mut self) -> Option<(Endpoint, SourceId)> {
        self.connection.take()
    }

    pub fn drop_connection(&mut self, vm: &mut Vm) {
        if let Some((mut endpoint, source)) = self.connection.take() {
            vm.reactor.remove(source, &mut endpoint);
        }
    }

    /// Goes on: the answer, or nothing if `waiter` will be woken.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter, until: Option<Instant>) -> Result<Option<Answer>, Failure> {
        let Some((endpoint, source)) = &mut self.connection else { return Ok(None) };
        let source = *source;
        vm.reactor.forget(source, Direction::Read, waiter);
        vm.reactor.forget(source, Direction::Write, waiter);
        if until.is_some_and(|until| until <= Instant::now()) {
            return Err(NetError::new(Stage::Receive, Cause::TimedOut, name(endpoint)).into());
        }
        let (direction, error) = loop {
            let sending = self.sent < self.request.len() || endpoint.wants_write();
            let moved = if sending {
                send(endpoint, &self.request, &mut self.sent)
            } else {
                receive(endpoint, &mut self.received)
            };
            match moved {
                Ok(0) if !sending => return Err(NetError::new(Stage::Receive, Cause::Ended, name(endpoint)).into()),
                Ok(_) if sending => {}
                Ok(_) => {
                    let wrong = |reason: &str| Failure::new("handshake", reason.to_string());
                    if let Some(parsed) = answer::parse(&self.received).map_err(wrong)? {
                        let bytes = std::mem::take(&mut self.received);
                        return Ok(Some(Answer { bytes, parsed }));
                    }
                    if self.received.len() > MOST {
                        return Err(wrong("the head of the answer is too long"));
                    }
                }
                Err(error) => break (if sending { Direction::Write } else { Direction::Read }, error),
            }
        };
        if error.kind() != ErrorKind::WouldBlock {
            return Err(NetError::system(Stage::Receive, error, name(endpoint)).into());
        }
        vm.reactor.exhausted(source, direction);
        vm.reactor.wait(source, direction, waiter);
        until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
        Ok(None)
    }
}

fn send(endpoint: &mut Endpoint, request: &[u8], sent: &mut usize) -> std::io::Result<usize> {
    while *sent < request.len() {
        *sent += endpoint.send(&request[*sent..])?;
    }
    endpoint.flush().map(|()| 0)
}

fn receive(endpoint: &mut Endpoint, received: &mut Vec<u8>) -> std::io::Result<usize> {
    let from = received.len();
    received.resize(from + PIECE, 0);
    let read = endpoint.receive(&mut received[from..]).map(|(count, _)| count);
    received.truncate(from + read.as_ref().unwrap_or(&0));
    read
}

fn name(endpoint: &Endpoint) -> String {
    endpoint.remote_address().map_or_else(|| "the host".to_string(), |peer| peer.to_string())
}
