//! Operations on a socket that are attempted, and again whenever the socket may be ready.

use std::time::{Duration, Instant};

use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage};

use super::{Result, closed, fail, note};
use crate::builtins::fibers::moment;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::reactor::Direction;
use crate::value::Value;
use crate::vm::Vm;

/// How long to wait before trying again what the system has no means for at the moment.
const RESPITE: Duration = Duration::from_millis(20);

/// Why an attempt gave nothing.
pub(super) enum Failure {
    /// It cannot succeed: the failure value.
    Net(NetError),
    /// It cannot succeed: a fault.
    Fault(Box<Fault>),
    /// The system lacks something; no event will say when it has it again.
    Later,
}

impl From<Box<Fault>> for Failure {
    fn from(fault: Box<Fault>) -> Self {
        Self::Fault(fault)
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        Self::Net(error)
    }
}

/// One kind of operation on one socket.
pub(super) trait Attempt: 'static {
    /// The builtin.
    const FUNCTION: &'static str;
    /// What it does.
    const STAGE: Stage;
    /// What it waits for.
    const DIRECTION: Direction;
    /// What it gives on failure.
    const FAILURE: Value;

    /// Tries: the result, or nothing if the socket is not ready. The socket is open.
    fn attempt(&mut self, vm: &mut Vm, number: u64, waiter: Waiter) -> std::result::Result<Option<Value>, Failure>;

    /// Lets go of the socket after attempts that did not finish.
    fn give_up(&mut self, _vm: &mut Vm, _number: u64, _waiter: Waiter) {}
}

/// An attempt with what all have in common.
struct Attempts<A> {
    attempt: A,
    number: u64,
    /// Its peer, for messages once it is closed.
    id: String,
    until: Option<Instant>,
    /// A timer is set for `until`.
    timed: bool,
    /// It has waited, so that events were looked at: even a timeout of zero finds what is there.
    waited: bool,
}

/// Attempts until it succeeds, fails, or so many seconds are over.
pub(super) fn start<A: Attempt>(vm: &mut Vm, id: Value, seconds: Option<Value>, attempt: A) -> Result<Value> {
    let bytes = id.as_bytes().unwrap_or_default();
    let Some(number) = vm.system.sockets.find(bytes) else {
        return fail(vm, A::FUNCTION, &closed(A::STAGE, id), A::FAILURE);
    };
    let until = seconds.and_then(Value::as_number).and_then(moment);
    let id = String::new();
    let result = vm.start(Attempts { attempt, number, id, until, timed: false, waited: false })?;
    if result == Value::PENDING { Ok(result) } else { vm.give_way(result) }
}

impl<A: Attempt> Attempts<A> {
    fn fail(&self, vm: &mut Vm, waiter: Waiter, error: &NetError) -> Result<Option<Value>> {
        note(vm, waiter.fiber, A::FUNCTION, error)?;
        Ok(Some(A::FAILURE))
    }

    fn wait(&mut self, vm: &mut Vm, waiter: Waiter, later: bool) -> Result<Option<Value>> {
        let Some(socket) = vm.system.sockets.get(self.number) else { return Ok(None) };
        let source = socket.source;
        if self.id.is_empty() {
            self.id = socket.id.to_string();
        }
        let waited = std::mem::replace(&mut self.waited, true);
        if waited && self.until.is_some_and(|until| until <= Instant::now()) {
            self.abandon(vm, waiter);
            return self.fail(vm, waiter, &NetError::new(A::STAGE, Cause::TimedOut, &*self.id));
        }
        if later {
            let retry = Instant::now() + RESPITE;
            vm.set_deadline(waiter, self.until.map_or(retry, |until| until.min(retry)));
            self.timed = false;
            return Ok(None);
        }
        vm.reactor.wait(source, A::DIRECTION, waiter);
        if let Some(until) = self.until
            && !std::mem::replace(&mut self.timed, true)
        {
            vm.set_deadline(waiter, until);
        }
        Ok(None)
    }
}

impl<A: Attempt> Operation for Attempts<A> {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if vm.system.sockets.get(self.number).is_none() {
            let error = NetError::new(A::STAGE, Cause::Closed, &*self.id);
            return self.fail(vm, waiter, &error);
        }
        match self.attempt.attempt(vm, self.number, waiter) {
            Ok(Some(value)) => Ok(Some(value)),
            Ok(None) => self.wait(vm, waiter, false),
            Err(Failure::Later) => self.wait(vm, waiter, true),
            Err(Failure::Fault(fault)) => Err(fault),
            Err(Failure::Net(error)) => self.fail(vm, waiter, &error),
        }
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        if let Some(socket) = vm.system.sockets.get(self.number) {
            let source = socket.source;
            vm.reactor.forget(source, A::DIRECTION, waiter);
        }
        self.attempt.give_up(vm, self.number, waiter);
    }
}
