//! Ending one direction of a connection.

use std::io::ErrorKind;

use sentra_netlib::{NetError, Stage};

use super::Result;
use super::attempt::{self, Attempt, Failure};
use crate::builtin::Arguments;
use crate::fiber::Waiter;
use crate::reactor::Direction;
use crate::value::Value;
use crate::vm::Vm;

struct Shutdown;

pub(super) fn shutdown(vm: &mut Vm, args: Arguments) -> Result<Value> {
    attempt::start(vm, args.value(0), None, Shutdown)
}

impl Attempt for Shutdown {
    const FUNCTION: &'static str = "socket_shutdown";
    const STAGE: Stage = Stage::Close;
    const DIRECTION: Direction = Direction::Write;
    const FAILURE: Value = Value::FALSE;

    fn attempt(&mut self, vm: &mut Vm, number: u64, _: Waiter) -> std::result::Result<Option<Value>, Failure> {
        let Some(socket) = vm.system.sockets.get(number) else { return Ok(None) };
        match socket.endpoint.shut_down() {
            Ok(()) => Ok(Some(Value::TRUE)),
            // The end of TLS is a record that has to be sent first.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(socket.source, Direction::Write);
                Ok(None)
            }
            Err(error) => Err(NetError::system(Stage::Close, error, &*socket.id).into()),
        }
    }
}
