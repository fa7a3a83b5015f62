//! What a server does with its clients.

use std::time::{Duration, Instant};

use sentra_netlib::exchange::websocket as exchange;

use super::Result;
use super::send::begin_close;
use crate::builtin::Arguments;
use crate::builtins::fibers::moment;
use crate::driver::DriverId;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::connection::Connection;
use crate::websocket::failure::Failure;
use crate::websocket::server::{self, Server};

/// How long stopping waits for clients to agree.
const STOP_LIMIT: Duration = Duration::from_secs(5);

type Found<T> = std::result::Result<T, Failure>;

/// The server that the first argument names.
fn server_of(vm: &mut Vm, args: Arguments) -> Found<DriverId> {
    let id = args.value(0);
    crate::websocket::server(vm, id).ok_or_else(|| Failure::no_such("server", id))
}

/// The client that the second argument names, of the server that the first does.
pub(super) fn client_of(vm: &mut Vm, args: Arguments) -> Found<DriverId> {
    let server = server_of(vm, args)?;
    let (id, what) = (args.value(1), "client of this server");
    let client = crate::websocket::connection(vm, id, what)?;
    let is_its = vm.driver::<Connection>(client).is_some_and(|client| client.server() == Some(server));
    if is_its { Ok(client) } else { Err(Failure::no_such(what, id)) }
}

pub(super) fn accept(vm: &mut Vm, args: Arguments) -> Result<Value> {
    wait_for_client(vm, args, "ws_server_accept")
}

pub(super) fn wait_connection(vm: &mut Vm, args: Arguments) -> Result<Value> {
    wait_for_client(vm, args, "ws_server_wait_connection")
}

fn wait_for_client(vm: &mut Vm, args: Arguments, function: &'static str) -> Result<Value> {
    match server_of(vm, args) {
        Ok(server) => {
            let until = args.optional(1).and_then(Value::as_number).and_then(moment);
            vm.start(Accept { function, server, until, waits: false })
        }
        Err(failure) => failure.of_call(vm, function, Value::NIL),
    }
}

/// Waits for a client, which comes as the result.
struct Accept {
    function: &'static str,
    server: DriverId,
    until: Option<Instant>,
    waits: bool,
}

impl Operation for Accept {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        while let Some(client) = vm.driver::<Server>(self.server).and_then(Server::next_fresh) {
            if let Some(client) = vm.driver::<Connection>(client).filter(|client| client.is_worth_accepting()) {
                return Ok(Some(client.info.value()));
            }
        }
        if self.waits && self.until.is_some_and(|until| until <= Instant::now()) {
            Failure::timed_out("no client has come").note(vm, waiter.fiber, self.function)?;
            return Ok(Some(Value::NIL));
        }
        if !std::mem::replace(&mut self.waits, true) {
            let function = self.function;
            vm.with_driver::<Server, _>(self.server, |server, vm| server.await_client(vm, waiter, function));
        }
        self.until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
        Ok(None)
    }
}

pub(super) fn get_clients(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let server = match server_of(vm, args) {
        Ok(server) => server,
        Err(failure) => {
            let none = vm.heap.array(&[]).value();
            return failure.of_call(vm, "ws_server_get_clients", none);
        }
    };
    let drivers: Vec<DriverId> = vm.driver::<Server>(server).map_or_else(Vec::new, |server| server.known().collect());
    vm.heap.reserve(drivers.len() * size_of::<Value>())?;
    let ids: Vec<Value> =
        drivers.into_iter().filter_map(|client| vm.driver::<Connection>(client).map(|client| client.id)).collect();
    Ok(vm.heap.array(&ids).value())
}

pub(super) fn client(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let found = client_of(vm, args).map(|id| vm.driver::<Connection>(id).map(|client| client.info.value()));
    match found {
        Ok(info) => Ok(info.unwrap_or(Value::NIL)),
        Err(failure) => failure.of_call(vm, "ws_server_client", Value::NIL),
    }
}

pub(super) fn broadcast(vm: &mut Vm, args: Arguments) -> Result<Value> {
    send_to_all(vm, args, "ws_server_broadcast", true)
}

pub(super) fn broadcast_binary(vm: &mut Vm, args: Arguments) -> Result<Value> {
    send_to_all(vm, args, "ws_server_broadcast_binary", false)
}

fn send_to_all(vm: &mut Vm, args: Arguments, function: &'static str, is_text: bool) -> Result<Value> {
    let data = args.bytes(1);
    let checked = server_of(vm, args).and_then(|server| {
        if is_text {
            exchange::check_text(data)?;
        }
        Ok(server)
    });
    let server = match checked {
        Ok(server) => server,
        Err(failure) => return failure.of_call(vm, function, Value::FALSE),
    };
    let Some(found) = vm.driver::<Server>(server) else { return Ok(Value::FALSE) };
    let (clients, most) = (found.open().collect::<Vec<_>>(), found.rules.max_queue);
    vm.heap.reserve(data.len())?;
    let frame = exchange::shared(is_text, data);
    for id in clients {
        // One that cannot be sent to is being closed, and nobody else's business.
        let _ = vm.with_driver::<Connection, _>(id, |client, vm| client.send_shared(vm, id, &frame, most));
    }
    vm.give_way(Value::TRUE)
}

pub(super) fn on(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let server = match server_of(vm, args) {
        Ok(server) => server,
        Err(failure) => return failure.of_call(vm, "ws_server_on", Value::FALSE),
    };
    let (event, handler) = (args.string(1), args.value(2));
    let Some(found) = vm.driver::<Server>(server) else { return Ok(Value::FALSE) };
    let place = match &*event {
        "connect" => &mut found.handlers.connect,
        "message" => &mut found.handlers.message,
        "close" => &mut found.handlers.close,
        _ => {
            return Err(Fault::range(format!(
                "`ws_server_on` knows no event `{event}` (known: connect, message, close)"
            )));
        }
    };
    *place = handler;
    // What has come before is handled too.
    let clients: Vec<DriverId> = found.clients.values().map(|client| client.driver).collect();
    clients.into_iter().for_each(|client| vm.drive_soon(client));
    Ok(Value::TRUE)
}

pub(super) fn disconnect(vm: &mut Vm, args: Arguments) -> Result<Value> {
    match client_of(vm, args).and_then(|id| begin_close(vm, id, args, 2)) {
        Ok(()) => Ok(Value::TRUE),
        Err(failure) => failure.of_call(vm, "ws_server_disconnect", Value::FALSE),
    }
}

pub(super) fn stop(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let found = server_of(vm, args).and_then(|id| {
        let stops = vm.driver::<Server>(id).is_some_and(|server| server.is_stopping());
        if stops { Err(Failure::new("closed", "the server is being stopped already")) } else { Ok(id) }
    });
    match found {
        Ok(server) => {
            server::stop(vm, server);
            vm.start(Stopping { server, until: Instant::now() + STOP_LIMIT, waits: false })
        }
        Err(failure) => failure.of_call(vm, "ws_server_stop", Value::FALSE),
    }
}

/// Waits until all clients have gone; those that do not go are left.
struct Stopping {
    server: DriverId,
    until: Instant,
    waits: bool,
}

impl Operation for Stopping {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if vm.driver::<Server>(self.server).is_none() || self.until <= Instant::now() {
            return Ok(Some(Value::TRUE));
        }
        if !std::mem::replace(&mut self.waits, true) {
            vm.with_driver::<Server, _>(self.server, |server, vm| server.await_end(vm, waiter));
        }
        vm.set_deadline(waiter, self.until);
        Ok(None)
    }
}
