//! Bodies that a script makes piece by piece: a channel, or a function that is called for them.

use super::events;
use super::service::{Piece, Source};
use crate::builtins;
use crate::channel::{self, Polled};
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::heap::Marker;
use crate::task;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// Bytes that are gathered before they are sent, if they are there at once.
const GATHERED: usize = 16 << 10;

/// Where pieces come from.
enum Kind {
    /// A channel of the script.
    Channel,
    /// A function that was called with one that sends into the channel.
    Writer { task: Value },
    /// A function that is called for each piece, until it gives nil.
    Calls { function: Value, task: Option<Value> },
}

/// A body that a script makes piece by piece.
pub(crate) struct Feed {
    kind: Kind,
    channel: Value,
    events: bool,
    /// What failed behind the pieces that are being sent.
    failed: Option<Box<Fault>>,
}

impl Feed {
    /// The pieces of a channel or function; as server-sent events if `events`.
    pub fn new(vm: &mut Vm, body: Value, events: bool) -> Result<Self, Box<Fault>> {
        if channel::is_channel(body) {
            return Ok(Self { kind: Kind::Channel, channel: body, events, failed: None });
        }
        if !body.has_tag(Tag::Function) {
            let got = body.type_name();
            let wanted = "a string, a map, an array, nil, a channel or a function";
            return Err(Fault::type_error(format!("a response's body is {wanted}, got {got}")));
        }
        if crate::call::arguments_taken(vm, body) == Some(0) {
            return Ok(Self {
                kind: Kind::Calls { function: body, task: None },
                channel: Value::NIL,
                events,
                failed: None,
            });
        }
        let channel = channel::make(&mut vm.heap, 0);
        let number = builtins::find("__channel_send").expect("the table is part of the registry");
        let write = vm.heap.bound(number, channel);
        let task = vm.spawn(body, &[write])?;
        Ok(Self { kind: Kind::Writer { task }, channel, events, failed: None })
    }

    fn add(&self, vm: &mut Vm, value: Value, out: &mut Vec<u8>) -> Result<(), Box<Fault>> {
        let Some(bytes) = value.as_bytes().filter(|_| !self.events) else {
            if self.events {
                return events::write(&vm.heap, value, out);
            }
            return Err(Fault::type_error(format!(
                "a piece of a response's body is a string, got {}",
                value.type_name()
            )));
        };
        vm.heap.reserve(out.len() + bytes.len())?;
        out.extend_from_slice(bytes);
        Ok(())
    }

    /// The next value that there is.
    fn take(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Polled, Box<Fault>> {
        match &mut self.kind {
            Kind::Channel => channel::poll(vm, self.channel, waiter),
            Kind::Writer { task } => {
                // What it has sent comes before its end.
                match channel::poll(vm, self.channel, waiter)? {
                    Polled::Nothing => Ok(ended(vm, *task, waiter)?.map_or(Polled::Nothing, |_| Polled::Closed)),
                    polled => Ok(polled),
                }
            }
            Kind::Calls { function, task } => {
                let running = match *task {
                    Some(task) => task,
                    None => *task.insert(vm.spawn(*function, &[])?),
                };
                let Some(value) = ended(vm, running, waiter)? else { return Ok(Polled::Nothing) };
                *task = None;
                Ok(if value.is_nil() { Polled::Closed } else { Polled::Value(value) })
            }
        }
    }

    fn fill(&mut self, vm: &mut Vm, waiter: Waiter, out: &mut Vec<u8>) -> Result<Piece, Box<Fault>> {
        let before = out.len();
        while out.len() - before < GATHERED {
            match self.take(vm, waiter)? {
                Polled::Value(Value::NIL) => {}
                Polled::Value(value) => self.add(vm, value, out)?,
                _ if out.len() > before => break,
                Polled::Nothing => return Ok(Piece::Wait),
                Polled::Closed => return Ok(Piece::End),
            }
        }
        Ok(Piece::Some)
    }
}

/// What a task gave, if it has ended; else its end wakes the waiter.
fn ended(vm: &mut Vm, task: Value, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
    match task::outcome(task) {
        Some(outcome) => outcome.map(Some),
        None => {
            task::look(vm, task, waiter);
            Ok(None)
        }
    }
}

impl Source for Feed {
    fn length(&self) -> Option<u64> {
        None
    }

    /// An error of the script is the end of the connection, after it was printed.
    fn next(&mut self, vm: &mut Vm, waiter: Waiter, out: &mut Vec<u8>) -> Piece {
        let before = out.len();
        let filled = self.failed.take().map_or_else(|| self.fill(vm, waiter, out), Err);
        filled.unwrap_or_else(|fault| {
            if out.len() > before {
                self.failed = Some(fault);
                return Piece::Some;
            }
            super::report(vm, &fault);
            Piece::Failed
        })
    }

    fn is_endless(&self) -> bool {
        self.events
    }

    /// Whoever sends into the channel learns that it is closed; a function is cancelled.
    fn abandon(&mut self, vm: &mut Vm) {
        let task = match self.kind {
            Kind::Channel => None,
            Kind::Writer { task } => Some(task),
            Kind::Calls { task, .. } => task,
        };
        if let Some(fiber) = task.and_then(task::fiber_of) {
            vm.cancel(fiber);
        }
        if channel::is_channel(self.channel) {
            // The script may have closed it.
            let _ = channel::close(vm, self.channel);
        }
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.channel);
        if let Some(fault) = &self.failed {
            fault.error.trace(marker);
            fault.thrown.into_iter().for_each(|value| marker.mark(value));
        }
        match self.kind {
            Kind::Channel => {}
            Kind::Writer { task } => marker.mark(task),
            Kind::Calls { function, task } => {
                marker.mark(function);
                task.into_iter().for_each(|task| marker.mark(task));
            }
        }
    }
}
