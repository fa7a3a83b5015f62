//! One connection: its socket, and what is prepared on it.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::exchange::postgres::{Broken, Column, Event, Session};

use crate::database::failure::Failure;
use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// Bytes that one read takes at most.
const PIECE: usize = 32 << 10;
/// Reads in a row after which others have their turn, however fast the server sends.
const IN_A_ROW: u8 = 16;
/// Statements that stay prepared on a connection.
const STATEMENTS: usize = 256;

/// A statement that is prepared on a connection.
pub(super) struct Prepared {
    pub name: String,
    pub parameters: Vec<u32>,
    pub columns: Vec<Column>,
}

/// A connection.
pub(super) struct Link {
    endpoint: Endpoint,
    source: SourceId,
    pub address: SocketAddr,
    pub session: Session,
    pub statements: HashMap<Arc<str>, Rc<Prepared>>,
    pub prepared: u64,
    /// Whether a statement of the open transaction has failed.
    pub failed: bool,
    in_a_row: u8,
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        let kind = match broken {
            Broken::Malformed(_) => "protocol",
            Broken::TooLong(_) => "memory",
            Broken::Login(_) => "login",
        };
        Self::new(kind, broken.to_string())
    }
}

fn lost(error: &io::Error) -> Failure {
    Failure::new("connection", format!("the connection to the database was lost: {error}"))
}

impl Link {
    pub fn new(endpoint: Endpoint, source: SourceId, address: SocketAddr, session: Session) -> Self {
        let statements = HashMap::new();
        Self { endpoint, source, address, session, statements, prepared: 0, failed: false, in_a_row: 0 }
    }

    /// Sends what there is to send, and gives the next event, or nothing if `waiter` will be woken.
    pub fn next(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Event>, Failure> {
        loop {
            if let Some(event) = self.session.event()? {
                return Ok(Some(event));
            }
            // The session may have something to say to what it has read.
            self.send(vm, waiter)?;
            if self.in_a_row >= IN_A_ROW {
                self.in_a_row = 0;
                vm.reactor.wake_soon(waiter);
                return Ok(None);
            }
            self.in_a_row += 1;
            if !self.receive(vm, waiter)? {
                self.in_a_row = 0;
                return Ok(None);
            }
        }
    }

    /// Sends as much as goes out now.
    fn send(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<(), Failure> {
        while !self.session.output().is_empty() {
            match self.endpoint.send(self.session.output()) {
                Ok(sent) => drop(self.session.output().split_to(sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(self.source, Direction::Write);
                    vm.reactor.keep_waiting(self.source, Direction::Write, waiter);
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(lost(&error)),
            }
        }
        match self.endpoint.flush() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(self.source, Direction::Write);
                vm.reactor.keep_waiting(self.source, Direction::Write, waiter);
                Ok(())
            }
            flushed => flushed.map_err(|error| lost(&error)),
        }
    }

    /// Reads what is there; whether it was anything.
    fn receive(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool, Failure> {
        let mut piece = std::mem::take(&mut vm.scratch);
        piece.resize(PIECE, 0);
        let received = self.receive_into(vm, waiter, &mut piece);
        piece.clear();
        vm.scratch = piece;
        received
    }

    fn receive_into(&mut self, vm: &mut Vm, waiter: Waiter, piece: &mut [u8]) -> Result<bool, Failure> {
        loop {
            match self.endpoint.receive(piece) {
                Ok((0, _)) => return Err(Failure::new("connection", "the server closed the connection")),
                Ok((len, _)) => {
                    self.session.take(&piece[..len]);
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(self.source, Direction::Read);
                    vm.reactor.keep_waiting(self.source, Direction::Read, waiter);
                    return Ok(false);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(lost(&error)),
            }
        }
    }

    /// Whether the server has not ended the connection while it was not used.
    pub fn is_alive(&mut self) -> bool {
        // It may have said something about its settings, but nobody has asked it for much.
        let mut piece = [0; 4096];
        match self.endpoint.receive(&mut piece) {
            Ok((len, _)) if len > 0 && len < piece.len() => {
                self.session.take(&piece[..len]);
                true
            }
            Ok(_) => false,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        }
    }

    /// Lets go of a wait that is over.
    pub fn forget(&mut self, vm: &mut Vm, waiter: Waiter) {
        vm.reactor.forget(self.source, Direction::Read, waiter);
        vm.reactor.forget(self.source, Direction::Write, waiter);
    }

    /// A name for a further statement. Where there are many the server forgets one.
    pub fn name_statement(&mut self) -> Result<String, Failure> {
        if self.statements.len() >= STATEMENTS
            && let Some(sql) = self.statements.keys().next().cloned()
            && let Some(old) = self.statements.remove(&sql)
        {
            self.session.forget(&old.name)?;
        }
        self.prepared += 1;
        Ok(format!("s{}", self.prepared))
    }

    /// Ends the connection, and says so if that can be said at once.
    pub fn close(&mut self, vm: &mut Vm) {
        self.session.end();
        let _ = self.endpoint.send(self.session.output());
        vm.reactor.remove(self.source, &mut self.endpoint);
    }
}
