//! One connection of a scan.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Instant;

use sentra_netlib::endpoint::{self, ConnectOptions, Endpoint};
use sentra_netlib::exchange::tls_scan::{End, Errand};

use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// Bytes read at once: a server's first flight with a chain of usual length.
const PIECE: usize = 8 << 10;

/// A connection, and what is said on it.
pub(super) struct Link {
    errand: Errand,
    endpoint: Endpoint,
    source: SourceId,
    stands: bool,
    out: Vec<u8>,
    sent: usize,
    /// When it has taken too long.
    pub until: Instant,
}

impl Link {
    /// Begins to connect. What cannot be begun is over.
    pub fn begin(vm: &mut Vm, mut errand: Errand, address: SocketAddr, until: Instant) -> Result<Self, Box<Errand>> {
        let begun = endpoint::connect(address, &ConnectOptions::default()).and_then(|mut endpoint| {
            let source = vm.reactor.add(&mut endpoint, false, false)?;
            Ok((endpoint, source))
        });
        match begun {
            Ok((endpoint, source)) => {
                Ok(Self { errand, endpoint, source, stands: false, out: Vec::new(), sent: 0, until })
            }
            Err(_) => {
                errand.talk.ended(End::Unreachable);
                Err(Box::new(errand))
            }
        }
    }

    /// On a connection that stands.
    pub fn standing(mut errand: Errand, endpoint: Endpoint, source: SourceId, until: Instant) -> Self {
        let out = errand.talk.begin();
        Self { errand, endpoint, source, stands: true, out, sent: 0, until }
    }

    /// Goes on as far as possible: how it ended, or nothing if `waiter` will be woken.
    pub fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> Option<End> {
        if !self.stands {
            if !vm.reactor.is_ready(self.source, Direction::Write) {
                return self.wait(vm, Direction::Write, waiter);
            }
            match self.endpoint.finish_connecting() {
                Ok(()) => {
                    self.stands = true;
                    self.out = self.errand.talk.begin();
                }
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    vm.reactor.exhausted(self.source, Direction::Write);
                    return self.wait(vm, Direction::Write, waiter);
                }
                Err(_) => return Some(End::Unreachable),
            }
        }
        self.talk(vm, waiter)
    }

    fn talk(&mut self, vm: &mut Vm, waiter: Waiter) -> Option<End> {
        let mut piece = [0; PIECE];
        loop {
            while self.sent < self.out.len() {
                match self.endpoint.send(&self.out[self.sent..]) {
                    Ok(count) => self.sent += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        vm.reactor.exhausted(self.source, Direction::Write);
                        self.wait(vm, Direction::Write, waiter);
                        break;
                    }
                    // The server may have answered before it closed its side.
                    Err(_) => self.sent = self.out.len(),
                }
            }
            match self.endpoint.receive(&mut piece) {
                Ok((0, _)) => return Some(End::Closed),
                Ok((count, _)) => {
                    if self.errand.talk.receive(&piece[..count], &mut self.out) {
                        return Some(End::Complete);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(self.source, Direction::Read);
                    return self.wait(vm, Direction::Read, waiter);
                }
                Err(_) => return Some(End::Closed),
            }
        }
    }

    fn wait(&self, vm: &mut Vm, direction: Direction, waiter: Waiter) -> Option<End> {
        vm.reactor.keep_waiting(self.source, direction, waiter);
        None
    }

    /// Lets go of the connection.
    pub fn end(mut self, vm: &mut Vm, end: End) -> Errand {
        vm.reactor.remove(self.source, &mut self.endpoint);
        self.errand.talk.ended(end);
        self.errand
    }
}
