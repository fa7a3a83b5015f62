//! Callbacks of a server: one at a time for each client, in the order in which things happened.

use super::Connection;
use crate::driver::DriverId;
use crate::task;
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::server::{Handlers, Server};

impl Connection {
    /// Starts the next callback if none runs.
    pub(super) fn call_back(&mut self, vm: &mut Vm, this: DriverId) {
        if !self.has_returned(vm) {
            return;
        }
        let Some(server) = self.server else { return };
        let Some(handlers) = vm.driver::<Server>(server).map(|server| server.handlers) else { return };
        while self.task.is_nil() && self.call_next(vm, this, handlers) {}
    }

    /// Whether no callback runs. The error of one is printed, and nothing else comes of it.
    fn has_returned(&mut self, vm: &mut Vm) -> bool {
        if self.task.is_nil() {
            return true;
        }
        let Some(outcome) = task::outcome(self.task) else { return false };
        self.task = Value::NIL;
        if let Err(fault) = outcome {
            crate::http::report(vm, &fault);
        }
        true
    }

    /// Starts the next callback; whether there was a reason for one.
    fn call_next(&mut self, vm: &mut Vm, this: DriverId, handlers: Handlers) -> bool {
        let info = self.info.value();
        if !std::mem::replace(&mut self.greeted, true) {
            self.call(vm, this, handlers.connect, &[info]);
            return true;
        }
        if handlers.connect_is_all && self.is_open() {
            // The handler of a route has returned.
            let _ = self.socket.close(1000, "");
        }
        if !handlers.message.is_nil() {
            while let Some(message) = self.inbox.pop() {
                if message.kind == crate::websocket::inbox::Kind::Pong {
                    continue;
                }
                let kind = vm.heap.text(message.kind.name().as_bytes());
                self.call(vm, this, handlers.message, &[info, message.data, kind]);
                return true;
            }
        }
        let ended = self.socket.closure().filter(|_| !self.told && !handlers.close.is_nil());
        let Some((code, reason)) = ended.map(|closure| (closure.code, closure.reason.clone())) else { return false };
        self.told = true;
        let reason = vm.heap.text(reason.as_bytes());
        self.call(vm, this, handlers.close, &[info, Value::small(i32::from(code)), reason]);
        true
    }

    /// Calls a handler in a fiber of its own.
    fn call(&mut self, vm: &mut Vm, this: DriverId, handler: Value, arguments: &[Value]) {
        if handler.is_nil() {
            return;
        }
        // What the handler does not want is left out.
        let wanted =
            crate::call::arguments_taken(vm, handler).map_or(arguments.len(), |most| most.min(arguments.len()));
        match vm.spawn(handler, &arguments[..wanted]) {
            Ok(task) => {
                task::look(vm, task, this.waiter());
                self.task = task;
            }
            Err(fault) => crate::http::report(vm, &fault),
        }
    }
}
