//! Reading: as long as there is room for messages.

use std::io::ErrorKind;

use sentra_netlib::exchange::websocket::Event;

use super::{Below, Connection};
use crate::reactor::Direction;
use crate::vm::Vm;
use crate::websocket::inbox::{Kind, Message};

/// Reads in a row before others have their turn.
const READS: usize = 4;
/// What waits to be sent before nothing more is read: answers to pings are no way to fill memory.
const UNSENT: usize = 1 << 20;

impl Connection {
    /// Whether more is to be read: to be kept, or to be passed over once it is being closed.
    pub(super) fn wants_input(&self) -> bool {
        match self.below {
            Below::Open if self.socket.is_ending() => false,
            Below::Open => !self.is_open() || !self.inbox.is_full() && self.socket.outgoing.len() < UNSENT,
            Below::Ending => true,
            Below::Gone => false,
        }
    }

    /// Reads what there is.
    pub(super) fn read(&mut self, vm: &mut Vm) {
        if !self.arrived.is_empty() && !self.socket.is_ending() {
            let mut arrived = std::mem::take(&mut self.arrived);
            self.take(vm, &mut arrived);
        }
        for _ in 0..READS {
            if !self.wants_input() || !vm.reactor.is_ready(self.source, Direction::Read) {
                return;
            }
            let mut buffer = vm.system.websockets.take_buffer();
            self.read_once(vm, &mut buffer);
            vm.system.websockets.give_buffer(buffer);
        }
    }

    fn read_once(&mut self, vm: &mut Vm, buffer: &mut [u8]) {
        match self.endpoint.receive(buffer) {
            Ok((0, _)) => self.abort(vm),
            Ok((len, _)) => {
                if len < buffer.len() && self.endpoint.is_exhausted_by_short_read() {
                    vm.reactor.exhausted(self.source, Direction::Read);
                }
                self.pulse.hear();
                self.take(vm, &mut buffer[..len]);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(self.source, Direction::Read);
            }
            Err(_) => self.abort(vm),
        }
    }

    /// Takes bytes that arrived.
    fn take(&mut self, vm: &mut Vm, bytes: &mut [u8]) {
        let mut at = 0;
        while at < bytes.len() {
            let (used, event) = self.socket.take(&mut bytes[at..]);
            at += used;
            let (kind, data) = match event {
                Event::Text(data) => (Kind::Text, data),
                Event::Binary(data) => (Kind::Binary, data),
                Event::Pong(data) if self.pongs > 0 => {
                    self.pongs -= 1;
                    (Kind::Pong, data)
                }
                Event::Ending => {
                    self.arrived = bytes[at..].to_vec();
                    break;
                }
                Event::Pong(_) | Event::None => continue,
            };
            match vm.heap.checked_text(data) {
                Ok(data) => self.inbox.push(Message { kind, data }),
                // Only the peer can be told: no call of the script's has failed.
                Err(_) => drop(self.socket.close(1011, "out of memory")),
            }
        }
        if vm.heap.reserve(self.socket.held().saturating_sub(self.accounted)).is_err() {
            let _ = self.socket.close(1011, "out of memory");
        }
        self.account(vm);
    }
}
