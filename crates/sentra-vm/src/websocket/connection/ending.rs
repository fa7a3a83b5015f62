//! The end of a connection, step by step: close frames both ways, then the server ends the
//! connection below, then the client (RFC 6455, section 7.1). A peer that does not play along is
//! left after a while.

use sentra_netlib::exchange::websocket::{Refused, Role, Stage};

use super::{ANSWER_LIMIT, Below, CLOSE_LIMIT, Connection, LINGER_LIMIT, writing};
use crate::driver::DriverId;
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::failure::Failure;
use crate::websocket::inbox::Inbox;
use crate::websocket::server::Server;

impl Connection {
    /// Goes on with the end, if it is being closed.
    pub(super) fn end_by_steps(&mut self, vm: &mut Vm, this: DriverId) {
        if self.is_open() {
            return;
        }
        if !std::mem::replace(&mut self.ends, true) {
            self.begin_end(vm, this);
        }
        if self.below == Below::Open {
            self.write(vm);
        }
        if self.below == Below::Open && self.socket.stage() == Stage::Closed && !self.wants_output() {
            // The client waits for the server to end the connection first.
            if self.socket.role() == Role::Server {
                let _ = self.endpoint.shut_down();
            }
            self.below = Below::Ending;
            self.set_due(vm, this, LINGER_LIMIT);
        }
        self.deliver(vm);
        self.call_back(vm, this);
        if self.below == Below::Gone {
            writing::wake(vm, &mut self.senders);
            writing::wake(vm, &mut self.enders);
        }
    }

    /// The peer sends no more messages: those before are answered first, if that does not take long.
    pub(super) fn await_answers(&mut self, vm: &mut Vm, this: DriverId) {
        if self.pulse.interval.take().is_some() || self.due.is_none() {
            self.set_due(vm, this, ANSWER_LIMIT);
        }
        self.leave_soon(vm, this);
    }

    /// From now on it counts as closed.
    fn begin_end(&mut self, vm: &mut Vm, this: DriverId) {
        self.set_due(vm, this, CLOSE_LIMIT);
        // The map takes a value for a key that it has: that needs no memory.
        let _ = self.info.set_text(&mut vm.heap, "connected", Value::FALSE);
        let server = self.server.and_then(|server| vm.driver::<Server>(server));
        let Some(server) = server else { return };
        let taken_by_script = !server.handlers.connect_is_all && server.handlers.message.is_nil();
        self.kept = taken_by_script && !self.inbox.is_empty();
        if let Some(oldest) = server.lose(self.number, this, self.kept) {
            vm.with_driver::<Self, _>(oldest, |oldest, _| oldest.kept = false);
            vm.drive_soon(oldest);
        }
    }

    /// Closes the connection below, whatever is left.
    pub(super) fn abort(&mut self, vm: &mut Vm) {
        if std::mem::replace(&mut self.below, Below::Gone) == Below::Gone {
            return;
        }
        self.socket.end();
        self.socket.outgoing.clear();
        vm.reactor.remove(self.source, &mut self.endpoint);
        // The descriptor is not to stay open for messages that nobody has taken yet.
        let _ = self.endpoint.shut_down();
    }

    /// Begins to close it for a script, which wants no more messages.
    pub fn close(&mut self, vm: &mut Vm, this: DriverId, code: u16, reason: &str) -> Result<(), Failure> {
        let sent = self.send(vm, this, |socket| socket.close(code, reason));
        if matches!(sent, Ok(()) | Err(Refused::Closed)) {
            self.let_go();
            vm.drive_soon(this);
        }
        sent.map_err(Failure::from)
    }

    /// The script wants no more messages.
    pub fn let_go(&mut self) {
        self.inbox = Inbox::default();
        (self.told, self.kept) = (true, false);
    }

    /// Drops a client that does not take what it is sent.
    pub fn drop_slow(&mut self, vm: &mut Vm, this: DriverId) {
        self.socket.outgoing.keep_begun();
        let _ = self.socket.close(1013, "too slow");
        self.write(vm);
        vm.drive_soon(this);
    }

    /// Why nothing can be sent any more.
    pub fn closed(&self) -> Failure {
        Failure::closed(self.socket.closure())
    }

    /// Whether a script has a use for it: it is open, or has left messages.
    pub fn is_worth_accepting(&self) -> bool {
        self.is_open() || !self.inbox.is_empty()
    }

    /// Whether the connection below is closed.
    pub fn is_gone(&self) -> bool {
        self.below == Below::Gone
    }

    /// Whether it is closed and nobody will ask for more.
    pub(super) fn is_over(&self) -> bool {
        let unread = !self.inbox.is_empty() && self.kept;
        let unheard = self.server.is_none() && !self.told;
        self.below == Below::Gone && self.task.is_nil() && !unread && !unheard
    }
}
