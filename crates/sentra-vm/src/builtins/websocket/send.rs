//! Sending and closing.

use std::time::{Duration, Instant};

use sentra_netlib::exchange::websocket::{Refused, WebSocket};

use super::Result;
use super::server::client_of;
use crate::builtin::Arguments;
use crate::driver::DriverId;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::connection::Connection;
use crate::websocket::failure::Failure;

/// How long a client of a server may take nothing.
const STALLED: Duration = Duration::from_secs(10);

pub(super) fn text(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let connection = connection_of(vm, args);
    send(vm, "ws_send", connection, None, |socket| socket.send_text(args.bytes(1)))
}

pub(super) fn binary(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let connection = connection_of(vm, args);
    send(vm, "ws_send_binary", connection, None, |socket| socket.send_binary(args.bytes(1)))
}

pub(super) fn text_to(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let client = client_of(vm, args);
    send(vm, "ws_server_send_to", client, Some(STALLED), |socket| socket.send_text(args.bytes(2)))
}

pub(super) fn binary_to(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let client = client_of(vm, args);
    send(vm, "ws_server_send_binary_to", client, Some(STALLED), |socket| socket.send_binary(args.bytes(2)))
}

/// The connection that the first argument names.
pub(super) fn connection_of(vm: &mut Vm, args: Arguments) -> std::result::Result<DriverId, Failure> {
    crate::websocket::connection(vm, args.value(0), "connection")
}

/// Sends a message, and waits if so much is unsent that the sender has to.
fn send(
    vm: &mut Vm,
    function: &'static str,
    connection: std::result::Result<DriverId, Failure>,
    limit: Option<Duration>,
    what: impl FnOnce(&mut WebSocket) -> std::result::Result<(), Refused>,
) -> Result<Value> {
    let sent = connection.and_then(|id| {
        let sent = vm.with_driver::<Connection, _>(id, |connection, vm| {
            connection.send(vm, id, what).map(|()| connection.has_room()).map_err(|refused| match refused {
                Refused::Closed => connection.closed(),
                other => other.into(),
            })
        });
        sent.unwrap_or(Ok(true)).map(|has_room| (id, has_room))
    });
    match sent {
        Ok((_, true)) => vm.give_way(Value::TRUE),
        Ok((id, false)) => {
            let until = limit.map(|limit| Instant::now() + limit);
            vm.start(Room { function, connection: id, until })
        }
        Err(failure) => failure.of_call(vm, function, Value::FALSE),
    }
}

/// Waits until the peer has taken enough of what was sent.
struct Room {
    function: &'static str,
    connection: DriverId,
    until: Option<Instant>,
}

impl Operation for Room {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let (id, until) = (self.connection, self.until);
        let found = vm.with_driver::<Connection, _>(id, |connection, vm| {
            if !connection.is_open() {
                return Some(Err(connection.closed()));
            }
            if connection.has_room() {
                return Some(Ok(()));
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                connection.drop_slow(vm, id);
                return Some(Err(Failure::timed_out("the client takes nothing")));
            }
            connection.watch(vm, waiter);
            None
        });
        match found.unwrap_or(Some(Err(Failure::closed(None)))) {
            None => {
                until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
                Ok(None)
            }
            Some(Ok(())) => Ok(Some(Value::TRUE)),
            Some(Err(failure)) => failure.note(vm, waiter.fiber, self.function).map(|()| Some(Value::FALSE)),
        }
    }
}

pub(super) fn ping(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let data = args.optional(1).and_then(Value::as_bytes).unwrap_or_default();
    let sent = connection_of(vm, args).and_then(|id| {
        let sent = vm.with_driver::<Connection, _>(id, |connection, vm| connection.ping(vm, id, data));
        sent.unwrap_or(Err(Refused::Closed)).map_err(Failure::from)
    });
    match sent {
        Ok(()) => Ok(Value::TRUE),
        Err(failure) => failure.of_call(vm, "ws_ping", Value::FALSE),
    }
}

/// Begins to close a connection with the code and reason among the arguments.
pub(super) fn begin_close(vm: &mut Vm, id: DriverId, args: Arguments, from: usize) -> std::result::Result<(), Failure> {
    let code = args.optional(from).and_then(Value::as_integer).unwrap_or(1000);
    let code = u16::try_from(code).map_err(|_| Failure::from(Refused::Code))?;
    let reason = args.optional(from + 1).and_then(Value::as_bytes).unwrap_or_default();
    let reason = std::str::from_utf8(reason).map_err(|_| Failure::new("encoding", "the reason is not UTF-8"))?;
    let closed = vm.with_driver::<Connection, _>(id, |connection, vm| connection.close(vm, id, code, reason));
    closed.unwrap_or(Err(Failure::closed(None)))
}

pub(super) fn close(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let begun = connection_of(vm, args).and_then(|id| begin_close(vm, id, args, 1).map(|()| id));
    match begun {
        Ok(id) => vm.start(Closing { connection: id }),
        Err(failure) => failure.of_call(vm, "ws_close", Value::FALSE),
    }
}

/// Waits for the end of a connection, which has limits of its own.
struct Closing {
    connection: DriverId,
}

impl Operation for Closing {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let waits = vm.with_driver::<Connection, _>(self.connection, |connection, vm| {
            let waits = !connection.is_gone();
            if waits {
                connection.watch_end(vm, waiter);
            }
            waits
        });
        Ok((waits != Some(true)).then_some(Value::TRUE))
    }
}
