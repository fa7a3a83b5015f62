//! Echoes: a socket of the event loop that asks for them.

use std::io;
use std::net::IpAddr;
use std::time::Instant;

use sentra_netlib::endpoint::icmp::{Heard, IcmpSocket};

use super::receive_all;
use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// The socket, watched.
pub(super) struct Echoes {
    socket: IcmpSocket,
    source: SourceId,
}

impl Echoes {
    /// A socket for the family of an address.
    pub fn open(vm: &mut Vm, host: IpAddr) -> io::Result<Self> {
        let mut socket = IcmpSocket::open(host.is_ipv4())?;
        let source = vm.reactor.add(&mut socket, false, true)?;
        Ok(Self { socket, source })
    }

    /// Asks for an echo; `WouldBlock` says that it has to be tried again in a while.
    pub fn send(&mut self, to: IpAddr, sequence: u16, payload: &[u8], hops: Option<u8>) -> io::Result<()> {
        self.socket.send(to, sequence, payload, hops)
    }

    /// Hands on what has come; whether there may be more.
    pub fn receive(&mut self, mut take: impl FnMut(Heard)) -> io::Result<bool> {
        receive_all(|| self.socket.receive().map(&mut take))
    }

    /// Has `waiter` woken when something comes, when it is time, and soon if there is more already.
    pub fn wait_until(&self, vm: &mut Vm, waiter: Waiter, at: Option<Instant>, more: bool) {
        if more {
            vm.reactor.wake_soon(waiter);
        }
        self.wait(vm, waiter);
        at.into_iter().for_each(|at| vm.set_deadline(waiter, at));
    }

    /// Has `waiter` woken when something comes.
    pub fn wait(&self, vm: &mut Vm, waiter: Waiter) {
        vm.reactor.exhausted(self.source, Direction::Read);
        vm.reactor.keep_waiting(self.source, Direction::Read, waiter);
    }

    /// Lets go of the socket.
    pub fn close(&mut self, vm: &mut Vm) {
        vm.reactor.remove(self.source, &mut self.socket);
    }
}
