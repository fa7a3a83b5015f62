//! Writing: at once, or together with what follows.

use std::io::ErrorKind;
use std::rc::Rc;

use sentra_netlib::exchange::websocket::{Refused, WebSocket};

use super::{Below, Connection};
use crate::driver::DriverId;
use crate::fiber::Waiter;
use crate::reactor::Direction;
use crate::vm::Vm;
use crate::wait_queue::WaitQueue;

/// Senders wait from here on.
const HIGH: usize = 1 << 20;
/// What is held back leaves when it is this much.
const TOGETHER: usize = 64 << 10;

impl Connection {
    /// Whether something is left to be sent.
    pub(super) fn wants_output(&self) -> bool {
        self.below != Below::Gone && (!self.socket.outgoing.is_empty() || self.endpoint.wants_write())
    }

    /// Whether answers are held back to leave together: more follow soon, from the messages that wait or from the
    /// callback that has the last one.
    pub(super) fn is_corked(&self) -> bool {
        let held = self.socket.outgoing.len();
        let more_follow = !self.inbox.is_empty() || held > 0 && !self.task.is_nil();
        more_follow && self.is_open() && held < TOGETHER
    }

    /// Sends what the peer takes at the moment.
    pub(super) fn write(&mut self, vm: &mut Vm) {
        while self.wants_output() && vm.reactor.is_ready(self.source, Direction::Write) {
            let sent = match self.socket.outgoing.next() {
                [] => self.endpoint.flush().map(|()| 0),
                bytes => self.endpoint.send(bytes),
            };
            match sent {
                Ok(count) if count > 0 || self.socket.outgoing.is_empty() => self.socket.outgoing.sent(count),
                Ok(_) => return self.abort(vm),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(self.source, Direction::Write);
                }
                Err(_) => return self.abort(vm),
            }
        }
        if self.has_room() || !self.is_open() {
            wake(vm, &mut self.senders);
        }
    }

    /// Whether senders need not wait.
    pub fn has_room(&self) -> bool {
        self.socket.outgoing.len() < HIGH || self.below == Below::Gone
    }

    /// Has a fiber woken when there is room or the connection is closed.
    pub fn watch(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.senders.push(&vm.scheduler, waiter, ());
    }

    /// Has a fiber woken when the connection is closed.
    pub fn watch_end(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.enders.push(&vm.scheduler, waiter, ());
    }

    /// Sends something: now, or with what is held back.
    pub fn send(
        &mut self,
        vm: &mut Vm,
        this: DriverId,
        what: impl FnOnce(&mut WebSocket) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        if self.below != Below::Open {
            return Err(Refused::Closed);
        }
        let corked = self.is_corked();
        what(&mut self.socket)?;
        if corked && self.is_open() {
            self.leave_soon(vm, this);
        } else {
            self.write(vm);
            if self.wants_output() || !self.is_open() {
                vm.drive_soon(this);
            }
        }
        self.account(vm);
        Ok(())
    }

    /// Has what is held back leave before the loop waits.
    pub(super) fn leave_soon(&mut self, vm: &mut Vm, this: DriverId) {
        if !std::mem::replace(&mut self.leaves_soon, true) {
            vm.reactor.wake_before_wait(this);
        }
    }

    /// Sends a frame that others get too; drops a client for which `most` bytes wait already.
    pub fn send_shared(&mut self, vm: &mut Vm, this: DriverId, frame: &Rc<[u8]>, most: usize) -> Result<(), Refused> {
        let waiting = self.socket.outgoing.len();
        if waiting > 0 && waiting + frame.len() > most {
            self.drop_slow(vm, this);
            return Err(Refused::Closed);
        }
        let sent = self.send_directly(vm, frame);
        if sent == frame.len() && !self.endpoint.wants_write() {
            return Ok(());
        }
        self.send(vm, this, |socket| {
            socket.send_shared(frame)?;
            socket.outgoing.sent(sent);
            Ok(())
        })
    }

    /// Sends what nothing has to wait for without queueing it first; how much the peer has taken. What goes wrong
    /// goes wrong again when the rest is sent.
    fn send_directly(&mut self, vm: &mut Vm, bytes: &[u8]) -> usize {
        let waits = self.wants_output() || self.is_corked();
        if waits || !self.is_open() || !vm.reactor.is_ready(self.source, Direction::Write) {
            return 0;
        }
        self.endpoint.send(bytes).unwrap_or(0)
    }

    /// Asks for a pong that the script gets to see.
    pub fn ping(&mut self, vm: &mut Vm, this: DriverId, data: &[u8]) -> Result<(), Refused> {
        self.send(vm, this, |socket| socket.ping(data))?;
        self.pongs = self.pongs.saturating_add(1);
        Ok(())
    }
}

/// Wakes fibers, which look for themselves.
pub(super) fn wake(vm: &mut Vm, queue: &mut WaitQueue<()>) {
    while let Some((waiter, ())) = queue.pop() {
        vm.reactor.wake_soon(waiter);
    }
}
