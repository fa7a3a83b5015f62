//! The link that hosts are on: a socket of the event loop for whole frames.

use std::io::{self, ErrorKind};
use std::net::IpAddr;

use sentra_netlib::endpoint::packet::{PacketSocket, interfaces};
use sentra_netlib::exchange::sweep::link::{Heard, OwnSide};
use sentra_netlib::network::Network;
use sentra_netlib::random;

use super::receive_all;
use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// Room for a frame: what is looked at is at its beginning.
const FRAME: usize = 2048;
/// Room for the answers of a crowd.
const BUFFER: usize = 4 << 20;

/// This machine's side of a link, watched.
pub(super) struct LinkSide {
    socket: PacketSocket,
    source: SourceId,
    pub own: OwnSide,
    buffer: Vec<u8>,
}

/// The interface whose link has all hosts of a network, and this machine's address there.
pub(super) fn interface_of(network: &Network) -> Option<(String, IpAddr)> {
    interfaces().into_iter().filter(|interface| interface.is_up() && interface.has_arp()).find_map(|interface| {
        let own = interface.addresses.iter().find_map(|&(address, prefix)| {
            let around = Network { address, prefix: u32::from(prefix) };
            around.contains(network).then_some(address)
        })?;
        Some((interface.name, own))
    })
}

impl LinkSide {
    /// Opens an interface.
    pub fn open(vm: &mut Vm, interface: &str, ip: IpAddr) -> io::Result<Self> {
        // Where programs do not listen and connections do not begin by themselves.
        let port = 61_000 + random::number()? % 4_500;
        let mut socket = PacketSocket::open(interface, &OwnSide::filter(port))?;
        // It only loses less.
        let _ = socket.set_buffer(BUFFER);
        let mac = socket.interface().mac.ok_or(ErrorKind::Unsupported)?;
        let source = vm.reactor.add(&mut socket, false, true)?;
        let own = OwnSide::new(mac, ip, port, random::number()?);
        Ok(Self { socket, source, own, buffer: vec![0; FRAME] })
    }

    /// Sends a frame; `WouldBlock` says that it has to be tried again in a while.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        self.socket.send(frame).map(drop)
    }

    /// Hands on what has come; whether there may be more.
    pub fn receive(&mut self, mut take: impl FnMut(Heard<'_>)) -> io::Result<bool> {
        receive_all(|| {
            let (_, frame) = self.socket.receive(&mut self.buffer)?;
            self.own.read(frame).into_iter().for_each(&mut take);
            Ok(())
        })
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
