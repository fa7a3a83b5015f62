//! Receiving.

use std::time::{Duration, Instant};

use super::Result;
use super::send::connection_of;
use super::server::client_of;
use crate::builtin::Arguments;
use crate::builtins::fibers::moment;
use crate::driver::DriverId;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::connection::{Connection, Taken, Wants};
use crate::websocket::failure::Failure;

/// How long a server waits for the first message of a client, if not told.
const FIRST: Duration = Duration::from_secs(30);

pub(super) fn data(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let connection = connection_of(vm, args);
    start(vm, Wants::Data("ws_receive"), connection, limit(args, 1))
}

pub(super) fn message(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let connection = connection_of(vm, args);
    start(vm, Wants::Message("ws_receive_message"), connection, limit(args, 1))
}

pub(super) fn from_client(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let client = client_of(vm, args);
    let mut until = limit(args, 2);
    if let Ok(id) = client {
        let first = vm.driver::<Connection>(id).is_some_and(|client| std::mem::take(&mut client.unread));
        if args.optional(2).is_none() {
            until = Limit::At(if first { Instant::now() + FIRST } else { Instant::now() });
            if !first {
                until = Limit::Now;
            }
        }
    }
    start(vm, Wants::Data("ws_server_receive_from"), client, until)
}

/// How long to wait.
#[derive(Clone, Copy)]
enum Limit {
    Now,
    At(Instant),
    Never,
}

fn limit(args: Arguments, index: usize) -> Limit {
    args.optional(index).and_then(Value::as_number).and_then(moment).map_or(Limit::Never, Limit::At)
}

fn start(vm: &mut Vm, wants: Wants, connection: std::result::Result<DriverId, Failure>, limit: Limit) -> Result<Value> {
    let connection = match connection {
        Ok(connection) => connection,
        Err(failure) => return failure.of_call(vm, wants.function(), Value::NIL),
    };
    let result = vm.start(Receive { connection, wants, limit, waits: false })?;
    if result == Value::PENDING { Ok(result) } else { vm.give_way(result) }
}

/// Waits for a message, which comes as the result.
struct Receive {
    connection: DriverId,
    wants: Wants,
    limit: Limit,
    waits: bool,
}

impl Operation for Receive {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let (id, wants) = (self.connection, self.wants);
        let taken = vm.with_driver::<Connection, _>(id, |connection, vm| connection.take_message(vm, id, wants));
        let failure = match taken.unwrap_or_else(|| Ok(Taken::Closed(Failure::closed(None))))? {
            Taken::Value(value) => {
                self.abandon(vm, waiter);
                return Ok(Some(value));
            }
            Taken::Closed(failure) => failure,
            Taken::Nothing => match self.limit {
                Limit::Now => Failure::timed_out("no message waits"),
                // Even a limit that is over finds what has arrived: events are looked at first.
                Limit::At(until) if self.waits && until <= Instant::now() => Failure::timed_out("no message has come"),
                limit => {
                    self.wait(vm, waiter, limit);
                    return Ok(None);
                }
            },
        };
        self.abandon(vm, waiter);
        failure.note(vm, waiter.fiber, wants.function())?;
        Ok(Some(Value::NIL))
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        if std::mem::take(&mut self.waits) {
            let id = self.connection;
            vm.with_driver::<Connection, _>(id, |connection, vm| connection.forget(vm, id, waiter));
        }
    }
}

impl Receive {
    fn wait(&mut self, vm: &mut Vm, waiter: Waiter, limit: Limit) {
        let (id, wants) = (self.connection, self.wants);
        if !std::mem::replace(&mut self.waits, true) {
            vm.with_driver::<Connection, _>(id, |connection, vm| connection.await_message(vm, id, waiter, wants));
        }
        if let Limit::At(until) = limit {
            vm.set_deadline(waiter, until);
        }
    }
}
