//! Sending.

use std::io::ErrorKind;

use sentra_netlib::{NetError, Stage};

use super::attempt::{self, Attempt, Failure};
use super::{Result, closed, fail, note, port};
use crate::builtin::Arguments;
use crate::dns::addresses::Addresses;
use crate::fiber::{Operation, Waiter};
use crate::reactor::Direction;
use crate::value::Value;
use crate::vm::Vm;

const ZERO: Value = Value::from_bits(0);

/// Sends all of a text. The text is among the builtin's arguments and stays.
struct Send {
    data: Value,
    sent: usize,
}

pub(in crate::builtins) fn send(vm: &mut Vm, args: Arguments) -> Result<Value> {
    attempt::start(vm, args.value(0), None, Send { data: args.value(1), sent: 0 })
}

impl Attempt for Send {
    const FUNCTION: &'static str = "socket_send";
    const STAGE: Stage = Stage::Send;
    const DIRECTION: Direction = Direction::Write;
    const FAILURE: Value = ZERO;

    fn attempt(&mut self, vm: &mut Vm, number: u64, waiter: Waiter) -> std::result::Result<Option<Value>, Failure> {
        let Some(socket) = vm.system.sockets.get(number) else { return Ok(None) };
        let data = self.data.as_bytes().unwrap_or_default();
        if socket.sending.is_some_and(|other| other != waiter) {
            return Ok(None);
        }
        while self.sent < data.len() || socket.endpoint.is_datagram() {
            if !vm.reactor.is_ready(socket.source, Direction::Write) {
                socket.sending = Some(waiter);
                return Ok(None);
            }
            let rest = &data[self.sent..];
            let result = match socket.last_sender {
                Some(peer) => socket.endpoint.send_to(rest, peer),
                None => socket.endpoint.send(rest),
            };
            match result {
                Ok(sent) => {
                    self.sent += sent;
                    socket.bytes_sent += sent as u64;
                    if socket.endpoint.is_datagram() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(socket.source, Direction::Write);
                }
                Err(error) => {
                    let error = NetError::system(Stage::Send, error, &*socket.id);
                    self.give_up(vm, number, waiter);
                    return Err(error.into());
                }
            }
        }
        // TLS may have taken more than it could send.
        match socket.endpoint.flush() {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(socket.source, Direction::Write);
                socket.sending = Some(waiter);
                return Ok(None);
            }
            Err(error) => {
                let error = NetError::system(Stage::Send, error, &*socket.id);
                self.give_up(vm, number, waiter);
                return Err(error.into());
            }
        }
        self.give_up(vm, number, waiter);
        Ok(Some(Value::number(data.len() as f64)))
    }

    /// Lets the next sender in.
    fn give_up(&mut self, vm: &mut Vm, number: u64, waiter: Waiter) {
        if let Some(socket) = vm.system.sockets.get(number)
            && socket.sending == Some(waiter)
        {
            socket.sending = None;
            vm.reactor.wake_all(socket.source, Direction::Write);
        }
    }
}

/// Finds an address and sends a datagram there.
struct SendTo {
    number: u64,
    data: Value,
    host: String,
    addresses: Addresses,
}

pub(super) fn send_to(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let port = port("socket_send_to", args.integer(3))?;
    let Some(number) = vm.system.sockets.find(args.bytes(0)) else {
        return fail(vm, "socket_send_to", &closed(Stage::Send, args.value(0)), ZERO);
    };
    let host = args.string(2).into_owned();
    let addresses = Addresses::new(&host, port);
    vm.start(SendTo { number, data: args.value(1), host, addresses })
}

impl SendTo {
    fn attempt(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Value>, NetError> {
        let Some(addresses) = self.addresses.poll(vm, waiter)? else { return Ok(None) };
        let Some(socket) = vm.system.sockets.get(self.number) else {
            return Err(closed(Stage::Send, Value::NIL));
        };
        // Names may have addresses of a family that the socket does not speak.
        let family = socket.endpoint.local_address().map(|local| local.is_ipv6());
        let fitting = addresses.iter().find(|address| Some(address.is_ipv6()) == family);
        let Some(&address) = fitting.or(addresses.first()) else { return Ok(None) };
        if let Err(denied) = vm.system.permissions.connect(&self.host, address) {
            return Err(NetError::system(Stage::Send, denied.into(), address.to_string()));
        }
        let data = self.data.as_bytes().unwrap_or_default();
        match socket.endpoint.send_to(data, address) {
            Ok(sent) => {
                socket.bytes_sent += sent as u64;
                Ok(Some(Value::number(sent as f64)))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(socket.source, Direction::Write);
                vm.reactor.wait(socket.source, Direction::Write, waiter);
                Ok(None)
            }
            Err(error) => Err(NetError::system(Stage::Send, error, address.to_string())),
        }
    }
}

impl Operation for SendTo {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        match self.attempt(vm, waiter) {
            Ok(result) => Ok(result),
            Err(error) => {
                note(vm, waiter.fiber, "socket_send_to", &error)?;
                Ok(Some(ZERO))
            }
        }
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.addresses.abandon(vm);
        if let Some(socket) = vm.system.sockets.get(self.number) {
            let source = socket.source;
            vm.reactor.forget(source, Direction::Write, waiter);
        }
    }
}
