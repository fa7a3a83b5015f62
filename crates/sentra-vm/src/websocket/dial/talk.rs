//! One request without a body, and the head of its answer.

use std::io::ErrorKind;
use std::time::Instant;

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::error::Cause;
use sentra_netlib::exchange::http::client::{Event, Exchange};
use sentra_netlib::wire::http::response::{ResponseError, ResponseHead};
use sentra_netlib::{NetError, Stage};

use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;
use crate::websocket::failure::Failure;

/// Bytes read at once.
const PIECE: usize = 4 << 10;

/// A request on its way.
pub(super) struct Talk {
    connection: Option<(Endpoint, SourceId)>,
    request: Vec<u8>,
    sent: usize,
    exchange: Exchange,
}

/// The head of an answer, and what came after it.
pub(super) struct Answer {
    pub head: Box<ResponseHead>,
    pub rest: Vec<u8>,
}

impl Talk {
    /// Begins it; `method` is that of the request.
    pub fn new(endpoint: Endpoint, source: SourceId, method: &str, request: Vec<u8>) -> Self {
        let exchange = Exchange::new(method.as_bytes(), false);
        Self { connection: Some((endpoint, source)), request, sent: 0, exchange }
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
        let mut piece = [0; PIECE];
        let (direction, error) = loop {
            let sending = self.sent < self.request.len() || endpoint.wants_write();
            let moved = if sending {
                send(endpoint, &self.request, &mut self.sent)
            } else {
                endpoint.receive(&mut piece).map(|(count, _)| count)
            };
            match moved {
                Ok(0) if !sending => return Err(NetError::new(Stage::Receive, Cause::Ended, name(endpoint)).into()),
                Ok(_) if sending => {}
                Ok(count) => {
                    let wrong = |wrong: ResponseError| Failure::new("handshake", wrong.to_string());
                    let (used, event) = self.exchange.receive(&piece[..count]).map_err(wrong)?;
                    if let Event::Head(head) = event {
                        return Ok(Some(Answer { head, rest: piece[used..count].to_vec() }));
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

fn name(endpoint: &Endpoint) -> String {
    endpoint.remote_address().map_or_else(|| "the host".to_string(), |peer| peer.to_string())
}
