//! Failures of `ws_*` functions: the functions give nil or false, and this is what `last_error()`
//! has to say.

use sentra_netlib::NetError;
use sentra_netlib::exchange::websocket::{Closure, Refused};

use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::value::Value;
use crate::vm::Vm;

/// Why something failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    kind: &'static str,
    message: String,
}

impl Failure {
    /// A failure with one word for programs and a sentence for people.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// There is nothing with this id, or it is closed.
    pub fn no_such(what: &str, id: Value) -> Self {
        let id = String::from_utf8_lossy(id.as_bytes().unwrap_or_default()).into_owned();
        Self::new("closed", format!("no such open {what}: \"{}\"", id.escape_debug()))
    }

    /// The time is up.
    pub fn timed_out(what: &str) -> Self {
        Self::new("timeout", format!("{what}: timed out"))
    }

    /// A connection that was closed.
    pub fn closed(closure: Option<&Closure>) -> Self {
        let Some(closure) = closure else { return Self::new("closed", "the connection is closed") };
        let who = if closure.by_peer { "by the peer" } else { "from this side" };
        let reason = if closure.reason.is_empty() { String::new() } else { format!(": {}", closure.reason) };
        Self::new("closed", format!("the connection was closed {who} with {}{reason}", closure.code))
    }

    /// Leaves the reason with a fiber.
    pub fn note(&self, vm: &mut Vm, fiber: u32, function: &str) -> Result<(), Box<Fault>> {
        crate::builtins::note(vm, fiber, function, self.kind, &self.message)
    }

    /// The failure value of the running fiber's call, after its reason was noted.
    pub fn of_call(&self, vm: &mut Vm, function: &str, value: Value) -> Result<Value, Box<Fault>> {
        let fiber = vm.scheduler.running;
        self.note(vm, fiber, function).map(|()| value)
    }

    /// Ends a wait with nil.
    pub fn end(&self, vm: &mut Vm, waiter: Waiter, function: &str) {
        let noted = self.note(vm, waiter.fiber, function);
        vm.resume(waiter, noted.map(|()| Value::NIL));
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Closed => Self::new("closed", "the connection is closed"),
            Refused::NotUtf8 => {
                Self::new("encoding", "text is sent as UTF-8, and this is not; `ws_send_binary` sends any bytes")
            }
            Refused::TooLong => Self::new("too_long", "a ping has 125 bytes at most, a reason 123"),
            Refused::Code => Self::new("range", "a close code is one of 1000 to 1003, 1007 to 1014 and 3000 to 4999"),
        }
    }
}
