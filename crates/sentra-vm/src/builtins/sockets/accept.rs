//! Accepting connections.

use std::io::ErrorKind;

use sentra_netlib::error::kind_of;
use sentra_netlib::{NetError, Stage};

use super::Result;
use super::attempt::{self, Attempt, Failure};
use crate::builtin::Arguments;
use crate::fiber::Waiter;
use crate::reactor::Direction;
use crate::value::Value;
use crate::vm::Vm;

struct Accept;

pub(super) fn accept(vm: &mut Vm, args: Arguments) -> Result<Value> {
    attempt::start(vm, args.value(0), args.optional(1), Accept)
}

impl Attempt for Accept {
    const FUNCTION: &'static str = "socket_accept";
    const STAGE: Stage = Stage::Accept;
    const DIRECTION: Direction = Direction::Read;
    const FAILURE: Value = Value::NIL;

    fn attempt(&mut self, vm: &mut Vm, number: u64, _: Waiter) -> std::result::Result<Option<Value>, Failure> {
        let Some(listener) = vm.sockets.get(number) else { return Ok(None) };
        if !vm.reactor.is_ready(listener.source, Direction::Read) {
            return Ok(None);
        }
        let (mut endpoint, peer) = match listener.endpoint.accept() {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(listener.source, Direction::Read);
                return Ok(None);
            }
            Err(error) if kind_of(&error) == "exhausted" => return Err(Failure::Later),
            Err(error) => return Err(NetError::system(Stage::Accept, error, &*listener.id).into()),
        };
        // Its first data has often come with it.
        match vm.reactor.add(&mut endpoint, true, true) {
            Ok(source) => Ok(Some(vm.heap.text(vm.sockets.open(endpoint, source, &peer).as_bytes()))),
            Err(error) => Err(NetError::system(Stage::Accept, error, &*listener.id).into()),
        }
    }
}
