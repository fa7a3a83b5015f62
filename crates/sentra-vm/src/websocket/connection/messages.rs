//! Messages on their way from the inbox to fibers.

use super::{Below, Connection};
use crate::driver::DriverId;
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::failure::Failure;
use crate::websocket::inbox::{Kind, Message};

/// What a fiber wants of the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// Its data; pongs are passed over. The name is that of the builtin.
    Data(&'static str),
    /// A map that says what it is; the end counts as one.
    Message(&'static str),
}

impl Wants {
    pub fn function(self) -> &'static str {
        match self {
            Self::Data(name) | Self::Message(name) => name,
        }
    }
}

/// What a fiber that wants a message gets.
pub(crate) enum Taken {
    Value(Value),
    /// There is none yet.
    Nothing,
    /// There will be none.
    Closed(Failure),
}

impl Connection {
    /// Takes the next message.
    pub fn take_message(&mut self, vm: &mut Vm, this: DriverId, wants: Wants) -> Result<Taken, Box<Fault>> {
        let was_full = self.inbox.is_full();
        let taken = self.next_message(vm, wants)?;
        if was_full || self.is_over() {
            vm.drive_soon(this);
        }
        Ok(taken)
    }

    fn next_message(&mut self, vm: &mut Vm, wants: Wants) -> Result<Taken, Box<Fault>> {
        while let Some(message) = self.inbox.pop() {
            match wants {
                Wants::Data(_) if message.kind == Kind::Pong => {}
                Wants::Data(_) => return Ok(Taken::Value(message.data)),
                Wants::Message(_) => return describe(vm, message).map(Taken::Value),
            }
        }
        if self.below == Below::Open && self.socket.closure().is_none() {
            return Ok(Taken::Nothing);
        }
        let told = std::mem::replace(&mut self.told, true);
        match (wants, self.socket.closure()) {
            (Wants::Message(_), Some(closure)) if !told => {
                let (code, reason) = (closure.code, vm.heap.text(closure.reason.as_bytes()));
                let kind = vm.heap.text(b"close");
                let map = vm.heap.map(4);
                map.set_text(&mut vm.heap, "type", kind)?;
                map.set_text(&mut vm.heap, "data", Value::NIL)?;
                map.set_text(&mut vm.heap, "code", Value::small(i32::from(code)))?;
                map.set_text(&mut vm.heap, "reason", reason)?;
                Ok(Taken::Value(map.value()))
            }
            (_, closure) => Ok(Taken::Closed(Failure::closed(closure))),
        }
    }

    /// Has a fiber get the next message that arrives.
    pub fn await_message(&mut self, vm: &mut Vm, this: DriverId, waiter: Waiter, wants: Wants) {
        self.receivers.push(&vm.scheduler, waiter, wants);
        self.wait(vm, this);
    }

    /// A fiber waits no longer.
    pub fn forget(&mut self, vm: &mut Vm, this: DriverId, waiter: Waiter) {
        self.receivers.forget(waiter);
        self.wait(vm, this);
    }

    /// Gives messages to the fibers that wait.
    pub(super) fn deliver(&mut self, vm: &mut Vm) {
        while let Some((waiter, wants)) = self.receivers.pop() {
            if !vm.scheduler.is_waiting(waiter) {
                continue;
            }
            match self.next_message(vm, wants) {
                Ok(Taken::Value(value)) => drop(vm.resume(waiter, Ok(value))),
                Ok(Taken::Closed(failure)) => failure.end(vm, waiter, wants.function()),
                Ok(Taken::Nothing) => return self.receivers.put_back(waiter, wants),
                Err(fault) => drop(vm.resume(waiter, Err(fault))),
            }
        }
    }
}

fn describe(vm: &mut Vm, message: Message) -> Result<Value, Box<Fault>> {
    let kind = vm.heap.text(message.kind.name().as_bytes());
    let map = vm.heap.map(4);
    map.set_text(&mut vm.heap, "type", kind)?;
    map.set_text(&mut vm.heap, "data", message.data)?;
    map.set_text(&mut vm.heap, "code", Value::NIL)?;
    map.set_text(&mut vm.heap, "reason", Value::NIL)?;
    Ok(map.value())
}
