//! Waiting for one of several sockets.

use std::time::Instant;

use sentra_netlib::endpoint::{self, Endpoint};
use sentra_netlib::{NetError, Stage};

use super::{Result, accept, closed, fail};
use crate::builtin::Arguments;
use crate::builtins::fibers::moment;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::reactor::Direction;
use crate::value::Value;
use crate::vm::Vm;

const FUNCTION: &str = "socket_select";

/// A wait for one of several sockets. Their ids are among the builtin's arguments; those of
/// the copy here may be changed by no one.
struct Select {
    ids: Vec<Value>,
    numbers: Vec<u64>,
    until: Option<Instant>,
    waiting: bool,
}

pub(super) fn select(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let ids = args.array(0).to_vec();
    let mut numbers = Vec::with_capacity(ids.len());
    for (index, &id) in ids.iter().enumerate() {
        let Some(bytes) = id.as_bytes() else {
            let got = id.type_name();
            return Err(Fault::type_error(format!("`{FUNCTION}` expects an array of ids, got {got} at index {index}")));
        };
        match vm.system.sockets.find(bytes) {
            Some(number) => numbers.push(number),
            None => return fail(vm, FUNCTION, &closed(Stage::Receive, id), Value::NIL),
        }
    }
    let until = args.optional(1).and_then(Value::as_number).and_then(moment);
    vm.start(Select { ids, numbers, until, waiting: false })
}

impl Select {
    /// The ids of sockets that have something. A closed one has its failure.
    fn ready(&self, vm: &mut Vm) -> Result<Vec<Value>> {
        let mut candidates = Vec::new();
        let mut ready = vec![false; self.ids.len()];
        for (index, &number) in self.numbers.iter().enumerate() {
            match vm.system.sockets.get(number) {
                None => ready[index] = true,
                Some(socket) if !socket.pending.is_empty() => ready[index] = true,
                Some(socket) if socket.arrivals.is_some() => ready[index] = accept::has_arrivals(vm, number),
                Some(socket) if socket.endpoint.tls().is_some() => ready[index] = self.is_readable(vm, number),
                Some(socket) if vm.reactor.is_ready(socket.source, Direction::Read) => candidates.push(index),
                Some(_) => {}
            }
        }
        let endpoints = candidates.iter().filter_map(|&index| vm.system.sockets.look_at(self.numbers[index]));
        let found = endpoint::readable(endpoints.map(|socket| &socket.endpoint));
        let found = found
            .map_err(|error| Fault::new("exhausted", NetError::system(Stage::Receive, error, "sockets").to_string()))?;
        for (&index, has_something) in candidates.iter().zip(found) {
            ready[index] = has_something;
            if !has_something && let Some(socket) = vm.system.sockets.get(self.numbers[index]) {
                vm.reactor.exhausted(socket.source, Direction::Read);
            }
        }
        Ok(self.ids.iter().zip(ready).filter(|(_, ready)| *ready).map(|(&id, _)| id).collect())
    }

    /// Whether a connection in TLS has something, which only its records can tell.
    fn is_readable(&self, vm: &mut Vm, number: u64) -> bool {
        let (sockets, reactor) = (&mut vm.system.sockets, &mut vm.reactor);
        let Some(socket) = sockets.get(number) else { return true };
        let Endpoint::Tls(stream) = &mut socket.endpoint else { return true };
        if !reactor.is_ready(socket.source, Direction::Read) {
            return false;
        }
        let is_readable = stream.is_readable();
        if !is_readable {
            reactor.exhausted(socket.source, Direction::Read);
        }
        is_readable
    }

    fn forget(&self, vm: &mut Vm, waiter: Waiter) {
        for &number in &self.numbers {
            if let Some(socket) = vm.system.sockets.get(number) {
                let source = socket.source;
                vm.reactor.forget(source, Direction::Read, waiter);
            }
        }
    }
}

impl Operation for Select {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let ready = self.ready(vm)?;
        // Only waiting looks at events: even a timeout of zero finds what is there.
        let late = self.waiting && self.until.is_some_and(|until| until <= Instant::now());
        if self.waiting {
            self.forget(vm, waiter);
        }
        if !ready.is_empty() || late {
            return Ok(Some(vm.heap.array(&ready).value()));
        }
        for &number in &self.numbers {
            if let Some(socket) = vm.system.sockets.get(number) {
                let source = socket.source;
                vm.reactor.wait(source, Direction::Read, waiter);
            }
        }
        if let Some(until) = self.until
            && !self.waiting
        {
            vm.set_deadline(waiter, until);
        }
        self.waiting = true;
        Ok(None)
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.forget(vm, waiter);
    }

    fn trace(&self, marker: &mut crate::heap::Marker) {
        marker.mark_all(&self.ids);
    }
}
