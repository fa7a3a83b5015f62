//! One exchange over one connection: the request goes out while the response comes in.

use std::io::{self, ErrorKind};

use sentra_netlib::exchange::http::client::{Event, Exchange};
use sentra_netlib::wire::http::response::ResponseHead;

use super::failure::Failure;
use super::pool::{Connection, Place, put_back};
use super::upload::{Body, Piece, Upload};
use crate::fiber::Waiter;
use crate::reactor::Direction;
use crate::vm::Vm;

/// Reads in a row after which others have their turn, however fast the peer sends.
const IN_A_ROW: u8 = 16;
/// Where at least so many bytes of data are ahead they are read to where they stay.
const WORTH_IT: u64 = 16 << 10;

/// How far it got.
pub(crate) enum Moved {
    /// The waiter will be woken.
    Wait,
    Head(Box<ResponseHead>),
    /// So many bytes of the body.
    Data(usize),
    End,
}

/// An exchange under way.
pub(crate) struct Transfer {
    /// There until it is over.
    connection: Option<Connection>,
    exchange: Exchange,
    out: Vec<u8>,
    sent: usize,
    upload: Upload,
    /// What has come and was not looked at, from `read` on.
    unread: Vec<u8>,
    read: usize,
    /// Reads since the loop was last left.
    in_a_row: u8,
    /// Why no more can be sent; the peer may have answered all the same.
    unsendable: Option<io::Error>,
}

impl Transfer {
    /// Begins an exchange: `head` is the request's head as it goes out.
    pub fn new(connection: Connection, head: Vec<u8>, body: &Body, exchange: Exchange) -> Self {
        Self {
            connection: Some(connection),
            exchange,
            out: head,
            sent: 0,
            upload: Upload::new(body),
            unread: Vec::new(),
            read: 0,
            in_a_row: 0,
            unsendable: None,
        }
    }

    /// Whether the peer may have closed the connection before it saw the request.
    pub fn may_be_stale(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.used) && self.exchange.is_unanswered()
    }

    /// Whether something has come that was not looked at.
    pub fn has_unread(&self) -> bool {
        self.read < self.unread.len()
    }

    /// The connection, for someone who goes on with it.
    pub fn take_connection(&mut self) -> Option<Connection> {
        self.connection.take()
    }

    /// Goes on up to the response's head.
    pub fn poll_head(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Moved, Failure> {
        self.send(vm, waiter)?;
        let mut scratch = vm.system.fetching.take_scratch();
        let moved = self.receive_head(vm, waiter, &mut scratch);
        vm.system.fetching.give_scratch(scratch);
        moved
    }

    fn receive_head(&mut self, vm: &mut Vm, waiter: Waiter, scratch: &mut [u8]) -> Result<Moved, Failure> {
        loop {
            let Some(len) = self.receive(vm, waiter, scratch)? else { return Ok(Moved::Wait) };
            if len == 0 {
                return Err(self.closed());
            }
            let (used, event) = self.exchange.receive(&scratch[..len])?;
            if let Event::Head(head) = event {
                self.unread = scratch[used..len].to_vec();
                self.read = 0;
                return Ok(Moved::Head(head));
            }
        }
    }

    /// Goes on with the body, at most up to the end of `buffer`.
    pub fn poll_body(&mut self, vm: &mut Vm, waiter: Waiter, buffer: &mut [u8]) -> Result<Moved, Failure> {
        self.send(vm, waiter)?;
        loop {
            if self.exchange.is_ended() {
                return Ok(Moved::End);
            }
            if self.has_unread() {
                let len = self.take_unread(buffer)?;
                if len > 0 {
                    return Ok(Moved::Data(len));
                }
                continue;
            }
            let ahead = self.exchange.data_ahead();
            let received = if ahead >= WORTH_IT {
                let room = usize::try_from(ahead).unwrap_or(usize::MAX).min(buffer.len());
                let received = self.receive(vm, waiter, &mut buffer[..room])?;
                if let Some(len @ 1..) = received {
                    self.exchange.receive(&buffer[..len])?;
                    return Ok(Moved::Data(len));
                }
                received
            } else {
                self.receive_unread(vm, waiter)?
            };
            match received {
                None => return Ok(Moved::Wait),
                Some(0) if self.exchange.finish().is_ok() => return Ok(Moved::End),
                Some(0) => return Err(self.closed()),
                Some(_) => {}
            }
        }
    }

    /// Takes data out of what has come: how many bytes, 0 if there are none yet.
    fn take_unread(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        let mut filled = 0;
        while self.has_unread() && filled < buffer.len() {
            let end = self.unread.len().min(self.read + buffer.len() - filled);
            let (used, event) = self.exchange.receive(&self.unread[self.read..end])?;
            self.read += used;
            match event {
                Event::Data(data) => {
                    buffer[filled..filled + data.len()].copy_from_slice(data);
                    filled += data.len();
                }
                Event::End => break,
                Event::Need | Event::Head(_) => {}
            }
        }
        Ok(filled)
    }

    fn receive_unread(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<usize>, Failure> {
        let mut scratch = vm.system.fetching.take_scratch();
        let received = self.receive(vm, waiter, &mut scratch);
        if let Ok(Some(len)) = received {
            self.unread.clear();
            self.unread.extend_from_slice(&scratch[..len]);
            self.read = 0;
        }
        vm.system.fetching.give_scratch(scratch);
        received
    }

    /// Receives what is there: nothing if that has to be waited for.
    fn receive(&mut self, vm: &mut Vm, waiter: Waiter, buffer: &mut [u8]) -> Result<Option<usize>, Failure> {
        let Some(connection) = &mut self.connection else { return Ok(Some(0)) };
        let source = connection.source;
        if self.in_a_row == IN_A_ROW {
            self.in_a_row = 0;
            vm.reactor.wake_soon(waiter);
            return Ok(None);
        }
        if vm.reactor.is_ready(source, Direction::Read) {
            self.in_a_row += 1;
            match connection.endpoint.receive(buffer) {
                Ok((len, _)) => {
                    if len < buffer.len() && connection.endpoint.is_exhausted_by_short_read() {
                        vm.reactor.exhausted(source, Direction::Read);
                    }
                    return Ok(Some(len));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => vm.reactor.exhausted(source, Direction::Read),
                Err(error) => return Err(Failure::broken(&error, "while waiting for the response")),
            }
        }
        self.in_a_row = 0;
        vm.reactor.forget(source, Direction::Read, waiter);
        vm.reactor.wait(source, Direction::Read, waiter);
        Ok(None)
    }

    /// Sends as much as fits. If nothing more can be sent, the response may tell why.
    fn send(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<(), Failure> {
        while self.send_out(vm, waiter) && !self.upload.is_ended() {
            match self.upload.next(vm, waiter)? {
                Piece::Bytes(bytes) => (self.out, self.sent) = (bytes, 0),
                Piece::Wait | Piece::End => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether everything at hand has been sent.
    fn send_out(&mut self, vm: &mut Vm, waiter: Waiter) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        let mut attempt = || -> io::Result<()> {
            while self.sent < self.out.len() {
                self.sent += connection.endpoint.send(&self.out[self.sent..])?;
            }
            connection.endpoint.flush()
        };
        match attempt() {
            Ok(()) => {
                self.out = Vec::new();
                self.sent = 0;
                return true;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let source = connection.source;
                vm.reactor.exhausted(source, Direction::Write);
                vm.reactor.forget(source, Direction::Write, waiter);
                vm.reactor.wait(source, Direction::Write, waiter);
            }
            Err(error) => {
                self.unsendable = Some(error);
                self.out = Vec::new();
                self.sent = 0;
                self.upload.abandon(vm);
            }
        }
        false
    }

    fn closed(&self) -> Failure {
        match &self.unsendable {
            Some(error) => Failure::broken(error, "while sending the request"),
            None if self.exchange.is_unanswered() => {
                Failure::Told("closed", "the server closed the connection without an answer".into())
            }
            None => Failure::Told("closed", "the server closed the connection in the middle of its response".into()),
        }
    }

    /// The exchange is over: the connection is left to others if it is fit for that.
    pub fn end(&mut self, vm: &mut Vm, place: &Place) {
        let is_fit = self.exchange.leaves_connection()
            && self.upload.is_ended()
            && self.out.is_empty()
            && self.unsendable.is_none()
            && !self.has_unread();
        match self.connection.take() {
            Some(connection) if is_fit => put_back(vm, place, connection),
            Some(connection) => connection.close(&mut vm.reactor),
            None => {}
        }
        self.upload.abandon(vm);
    }

    /// Takes back what `waiter` waits for.
    pub fn forget(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.upload.pause(vm);
        let Some(connection) = &self.connection else { return };
        vm.reactor.forget(connection.source, Direction::Read, waiter);
        vm.reactor.forget(connection.source, Direction::Write, waiter);
    }

    /// Lets go of everything.
    pub fn abandon(&mut self, vm: &mut Vm) {
        self.connection.take().into_iter().for_each(|connection| connection.close(&mut vm.reactor));
        self.upload.abandon(vm);
    }
}
