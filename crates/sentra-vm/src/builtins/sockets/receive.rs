//! Receiving: what there is, lines, exact amounts, datagrams.

use std::io::ErrorKind;
use std::net::SocketAddr;

use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage};

use super::Result;
use super::attempt::{self, Attempt, Failure};
use crate::builtin::Arguments;
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::heap::text::MAX_LEN;
use crate::reactor::Direction;
use crate::socket::Socket;
use crate::value::Value;
use crate::vm::Vm;

type Attempted<T> = std::result::Result<T, Failure>;

/// The longest line unless the script says otherwise.
const LINE: i64 = 64 << 10;

struct Receive {
    max: usize,
}

struct ReceiveFrom {
    max: usize,
}

struct ReceiveLine {
    max: usize,
    /// Bytes that hold no line end.
    seen: usize,
}

struct ReceiveExact {
    count: usize,
}

fn amount(builtin: &str, number: i64, least: usize) -> Result<usize> {
    let amount = usize::try_from(number).ok().filter(|amount| (least..=MAX_LEN).contains(amount));
    amount
        .ok_or_else(|| Fault::range(format!("`{builtin}` takes an amount of {least} to {MAX_LEN} bytes, got {number}")))
}

pub(in crate::builtins) fn receive(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let max = amount(Receive::FUNCTION, args.integer(1), 1)?;
    attempt::start(vm, args.value(0), args.optional(2), Receive { max })
}

pub(super) fn receive_from(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let max = amount(ReceiveFrom::FUNCTION, args.integer(1), 1)?;
    attempt::start(vm, args.value(0), args.optional(2), ReceiveFrom { max })
}

pub(super) fn receive_line(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let max = args.optional(1).and_then(Value::as_integer).unwrap_or(LINE);
    let max = amount(ReceiveLine::FUNCTION, max, 1)?;
    attempt::start(vm, args.value(0), args.optional(2), ReceiveLine { max, seen: 0 })
}

pub(super) fn receive_exact(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let count = amount(ReceiveExact::FUNCTION, args.integer(1), 0)?;
    vm.heap.reserve_text(count)?;
    attempt::start(vm, args.value(0), args.optional(2), ReceiveExact { count })
}

/// What one read brought; the bytes lie in the scratch place.
struct Arrived {
    len: usize,
    sender: Option<SocketAddr>,
    is_stream: bool,
}

/// Reads once, if there may be something; nothing if not.
#[inline]
fn read(vm: &mut Vm, number: u64, max: usize) -> Attempted<Option<Arrived>> {
    let (sockets, reactor) = (&mut vm.system.sockets, &mut vm.reactor);
    let Some((socket, scratch)) = sockets.get_with_scratch(number) else { return Ok(None) };
    if !reactor.is_ready(socket.source, Direction::Read) {
        return Ok(None);
    }
    let max = max.min(scratch.len());
    match socket.endpoint.receive(&mut scratch[..max]) {
        Ok((len, sender)) => {
            let is_stream = !socket.endpoint.is_datagram();
            // A stream that gave less than asked for has nothing more at the moment.
            if is_stream && len < max && socket.endpoint.is_exhausted_by_short_read() {
                reactor.exhausted(socket.source, Direction::Read);
            }
            socket.bytes_received += len as u64;
            if socket.answers {
                socket.last_sender = sender;
            }
            Ok(Some(Arrived { len, sender, is_stream }))
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            reactor.exhausted(socket.source, Direction::Read);
            Ok(None)
        }
        Err(error) => Err(NetError::system(Stage::Receive, error, &*socket.id).into()),
    }
}

/// Reads what there is to the bytes that wait; whether the stream goes on.
enum Filled {
    More,
    Blocked,
    Ended,
}

fn fill(vm: &mut Vm, number: u64) -> Attempted<Filled> {
    let Some(arrived) = read(vm, number, usize::MAX)? else { return Ok(Filled::Blocked) };
    if arrived.len == 0 && arrived.is_stream {
        return Ok(Filled::Ended);
    }
    vm.heap.reserve(arrived.len)?;
    vm.system.sockets.keep(number, arrived.len);
    Ok(Filled::More)
}

/// Takes bytes that wait as a text, and lets others have the rest.
fn take(vm: &mut Vm, number: u64, len: usize, used: usize) -> Attempted<Option<Value>> {
    let Some(socket) = vm.system.sockets.get(number) else { return Ok(None) };
    let text = vm.heap.checked_text(&socket.pending.bytes()[..len])?;
    socket.pending.consume(used);
    if !socket.pending.is_empty() {
        vm.reactor.wake_all(socket.source, Direction::Read);
    }
    Ok(Some(text))
}

fn pending(vm: &mut Vm, number: u64) -> &[u8] {
    vm.system.sockets.get(number).map_or(&[], |socket| socket.pending.bytes())
}

fn failure(vm: &mut Vm, number: u64, cause: Cause) -> Failure {
    let id = vm.system.sockets.get(number).map_or_else(String::new, |socket| socket.id.to_string());
    NetError::new(Stage::Receive, cause, id).into()
}

impl Attempt for Receive {
    const FUNCTION: &'static str = "socket_receive";
    const STAGE: Stage = Stage::Receive;
    const DIRECTION: Direction = Direction::Read;
    const FAILURE: Value = Value::NIL;

    fn attempt(&mut self, vm: &mut Vm, number: u64, _: Waiter) -> Attempted<Option<Value>> {
        let waiting = pending(vm, number).len().min(self.max);
        if waiting > 0 {
            return take(vm, number, waiting, waiting);
        }
        let Some(arrived) = read(vm, number, self.max)? else { return Ok(None) };
        Ok(Some(vm.heap.checked_text(vm.system.sockets.scratch(arrived.len))?))
    }
}

impl Attempt for ReceiveFrom {
    const FUNCTION: &'static str = "socket_receive_from";
    const STAGE: Stage = Stage::Receive;
    const DIRECTION: Direction = Direction::Read;
    const FAILURE: Value = Value::NIL;

    fn attempt(&mut self, vm: &mut Vm, number: u64, _: Waiter) -> Attempted<Option<Value>> {
        let waiting = pending(vm, number).len().min(self.max);
        let (data, sender) = if waiting > 0 {
            (take(vm, number, waiting, waiting)?.unwrap_or(Value::NIL), None)
        } else {
            let Some(arrived) = read(vm, number, self.max)? else { return Ok(None) };
            (vm.heap.checked_text(vm.system.sockets.scratch(arrived.len))?, arrived.sender)
        };
        let remote = |socket: &mut Socket| socket.endpoint.remote_address();
        let sender = sender.or_else(|| vm.system.sockets.get(number).and_then(remote));
        let map = vm.heap.map(3);
        map.set_text(&mut vm.heap, "data", data)?;
        super::info::set_address(vm, map, ["address", "port"], sender)?;
        Ok(Some(map.value()))
    }
}

impl Attempt for ReceiveLine {
    const FUNCTION: &'static str = "socket_receive_line";
    const STAGE: Stage = Stage::Receive;
    const DIRECTION: Direction = Direction::Read;
    const FAILURE: Value = Value::NIL;

    fn attempt(&mut self, vm: &mut Vm, number: u64, _: Waiter) -> Attempted<Option<Value>> {
        loop {
            let bytes = pending(vm, number);
            // Another fiber may have taken bytes meanwhile.
            self.seen = self.seen.min(bytes.len());
            let end = bytes[self.seen..].iter().position(|&byte| byte == b'\n').map(|at| self.seen + at);
            self.seen = bytes.len();
            let (len, used) = match end {
                Some(end) => (bytes[..end].strip_suffix(b"\r").map_or(end, <[u8]>::len), end + 1),
                None if bytes.len() > self.max => (bytes.len(), 0),
                None => match fill(vm, number)? {
                    Filled::More => continue,
                    Filled::Blocked => return Ok(None),
                    Filled::Ended if self.seen == 0 => return Err(failure(vm, number, Cause::Ended)),
                    Filled::Ended => (self.seen, self.seen),
                },
            };
            if len > self.max {
                return Err(failure(vm, number, Cause::TooLong(self.max)));
            }
            return take(vm, number, len, used);
        }
    }
}

impl Attempt for ReceiveExact {
    const FUNCTION: &'static str = "socket_receive_exact";
    const STAGE: Stage = Stage::Receive;
    const DIRECTION: Direction = Direction::Read;
    const FAILURE: Value = Value::NIL;

    fn attempt(&mut self, vm: &mut Vm, number: u64, _: Waiter) -> Attempted<Option<Value>> {
        while pending(vm, number).len() < self.count {
            match fill(vm, number)? {
                Filled::More => {}
                Filled::Blocked => return Ok(None),
                Filled::Ended => return Err(failure(vm, number, Cause::Ended)),
            }
        }
        take(vm, number, self.count, self.count)
    }
}
