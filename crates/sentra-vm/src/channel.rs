//! Channels: values handed from fiber to fiber, in order.
//!
//! A value goes straight to a fiber that waits for one, else into the queue while there is
//! room, else its sender waits. Waits that ended in another way are skipped when met.

use std::cell::{Cell, RefCell};

use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::heap::object::Payload;
use crate::heap::{Array, Heap, Marker};
use crate::value::Value;
use crate::vm::Vm;
use crate::wait_queue::WaitQueue;

/// A channel.
pub(crate) struct Channel {
    /// Values that may lie in the queue without a receiver.
    capacity: usize,
    /// An array of the heap, so that the heap's limit holds for it too.
    queue: Array,
    closed: Cell<bool>,
    senders: RefCell<WaitQueue<Sending>>,
    receivers: RefCell<WaitQueue<Wants>>,
}

/// A value whose sender waits.
struct Sending {
    value: Value,
    wants: Wants,
}

/// How a wait at a channel ends.
#[derive(Clone, Copy)]
enum Wants {
    /// With the value received, or nil after sending.
    Value,
    /// With the next item of a loop, which looks again once the channel is closed.
    Item,
    /// As this arm of a `select`.
    Arm(u32),
}

/// What there is to receive.
enum Taken {
    Value(Value),
    Nothing,
    Closed,
}

impl Payload for Channel {
    fn type_name(&self) -> &'static str {
        "channel"
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.queue.value());
        self.senders.borrow().iter().for_each(|sending| marker.mark(sending.value));
    }
}

/// A channel whose queue takes `capacity` values.
pub(crate) fn make(heap: &mut Heap, capacity: usize) -> Value {
    let queue = heap.array_with_capacity(0);
    heap.payload(Channel {
        capacity,
        queue,
        closed: Cell::new(false),
        senders: RefCell::default(),
        receivers: RefCell::default(),
    })
}

/// Whether a value is a channel.
pub(crate) fn is_channel(value: Value) -> bool {
    of_value(value).is_some()
}

/// The channel that a value is.
#[inline]
pub(crate) fn of_value<'a>(value: Value) -> Option<&'a Channel> {
    value.as_payload()
}

fn of<'a>(value: Value) -> Result<&'a Channel, Box<Fault>> {
    match of_value(value) {
        Some(channel) => Ok(channel),
        None => Err(Fault::type_error(format!("expected a channel, got {}", value.type_name()))),
    }
}

#[cold]
fn closed() -> Box<Fault> {
    Fault::new("closed", "the channel is closed")
}

/// Sends a value; waits while there is neither a receiver nor room.
pub(crate) fn send(vm: &mut Vm, channel: Value, value: Value) -> Result<Value, Box<Fault>> {
    let state = of(channel)?;
    if offer(vm, state, value)? {
        return Ok(Value::NIL);
    }
    let pending = vm.park()?;
    wait_to_send(vm, channel, state, value, Wants::Value);
    Ok(pending)
}

/// Receives a value, waiting for one; nil once the channel is closed and empty.
pub(crate) fn receive(vm: &mut Vm, channel: Value) -> Result<Value, Box<Fault>> {
    let state = of(channel)?;
    match take(vm, state)? {
        Taken::Value(value) => Ok(value),
        Taken::Closed => Ok(Value::NIL),
        Taken::Nothing => {
            let pending = vm.park()?;
            wait_to_receive(vm, state, Wants::Value);
            Ok(pending)
        }
    }
}

/// The next value of `for v in channel`, nothing once it is closed and empty. If the fiber
/// has to wait, the wait ends with the value.
pub(crate) fn next(vm: &mut Vm, channel: &Channel) -> Result<Option<Value>, Box<Fault>> {
    match take(vm, channel)? {
        Taken::Value(value) => Ok(Some(value)),
        Taken::Closed => Ok(None),
        Taken::Nothing => {
            let pending = vm.park()?;
            wait_to_receive(vm, channel, Wants::Item);
            Ok(Some(pending))
        }
    }
}

/// What a driver finds in a channel.
pub(crate) enum Polled {
    Value(Value),
    /// Nothing yet: it will be woken.
    Nothing,
    /// Nothing more: it is closed and empty.
    Closed,
}

/// Takes a value for a driver, which is woken to ask again if there is none.
pub(crate) fn poll(vm: &mut Vm, channel: Value, driver: Waiter) -> Result<Polled, Box<Fault>> {
    let state = of(channel)?;
    Ok(match take(vm, state)? {
        Taken::Value(value) => Polled::Value(value),
        Taken::Closed => Polled::Closed,
        Taken::Nothing => {
            let mut receivers = state.receivers.borrow_mut();
            if !receivers.has(driver) {
                receivers.push(&vm.scheduler, driver, Wants::Value);
            }
            Polled::Nothing
        }
    })
}

/// Closes a channel: receivers get what is left and then nil, senders an error.
pub(crate) fn close(vm: &mut Vm, channel: Value) -> Result<(), Box<Fault>> {
    let state = of(channel)?;
    if state.closed.replace(true) {
        return Err(closed());
    }
    let (mut receivers, mut senders) = (state.receivers.take(), state.senders.take());
    while let Some((waiter, wants)) = receivers.pop() {
        if waiter.is_driver() {
            vm.reactor.wake_soon(waiter);
            continue;
        }
        let nothing = if let Wants::Item = wants { Value::PENDING } else { Value::NIL };
        let outcome = wants.outcome(&mut vm.heap, nothing);
        vm.resume(waiter, Ok(outcome));
    }
    while let Some((waiter, _)) = senders.pop() {
        vm.resume(waiter, Err(closed()));
    }
    Ok(())
}

/// Runs one of several sends and receives, given as triples of channel, whether it sends,
/// and value: an array of the value received and the index of the arm. If none can run it
/// gives the number of arms as index when there is a default, else it waits.
pub(crate) fn select(vm: &mut Vm, arms: &[Value], default: bool) -> Result<Value, Box<Fault>> {
    let count = arms.len() / 3;
    for arm in arms.chunks_exact(3) {
        of(arm[0])?;
    }
    let start = if count > 1 { random() as usize % count } else { 0 };
    for index in (start..count).chain(0..start) {
        if let Some(value) = try_arm(vm, &arms[index * 3..index * 3 + 3])? {
            return Ok(Wants::Arm(index as u32).outcome(&mut vm.heap, value));
        }
    }
    if default {
        let result = Wants::Arm(count as u32).outcome(&mut vm.heap, Value::NIL);
        // Who asks again and again waits for others.
        return vm.give_way(result);
    }
    let pending = vm.park()?;
    for (index, arm) in arms.chunks_exact(3).enumerate() {
        let (state, wants) = (of(arm[0])?, Wants::Arm(index as u32));
        if arm[1] == Value::TRUE {
            wait_to_send(vm, arm[0], state, arm[2], wants);
        } else {
            wait_to_receive(vm, state, wants);
        }
    }
    Ok(pending)
}

/// Runs an arm if it can run at once: what it receives, or nil.
fn try_arm(vm: &mut Vm, arm: &[Value]) -> Result<Option<Value>, Box<Fault>> {
    let state = of(arm[0])?;
    if arm[1] == Value::TRUE {
        return Ok(offer(vm, state, arm[2])?.then_some(Value::NIL));
    }
    Ok(match take(vm, state)? {
        Taken::Value(value) => Some(value),
        Taken::Closed => Some(Value::NIL),
        Taken::Nothing => None,
    })
}

/// Hands a value to a receiver or puts it into the queue; whether it could.
fn offer(vm: &mut Vm, channel: &Channel, value: Value) -> Result<bool, Box<Fault>> {
    if channel.closed.get() {
        return Err(closed());
    }
    loop {
        let Some((waiter, wants)) = channel.receivers.borrow_mut().pop() else { break };
        if !vm.scheduler.is_waiting(waiter) {
            continue;
        }
        if waiter.is_driver() {
            channel.queue.push(&mut vm.heap, value)?;
            vm.reactor.wake_soon(waiter);
            return Ok(true);
        }
        let outcome = wants.outcome(&mut vm.heap, value);
        vm.resume(waiter, Ok(outcome));
        return Ok(true);
    }
    let room = channel.queue.len() < channel.capacity;
    if room {
        channel.queue.push(&mut vm.heap, value)?;
    }
    Ok(room)
}

/// Takes the next value, and lets a waiting sender in.
fn take(vm: &mut Vm, channel: &Channel) -> Result<Taken, Box<Fault>> {
    if let Some(value) = channel.queue.shift() {
        if channel.queue.len() < channel.capacity
            && let Some(sent) = release_sender(vm, channel)
        {
            channel.queue.push(&mut vm.heap, sent)?;
        }
        return Ok(Taken::Value(value));
    }
    Ok(match release_sender(vm, channel) {
        Some(value) => Taken::Value(value),
        None if channel.closed.get() => Taken::Closed,
        None => Taken::Nothing,
    })
}

/// Ends the first sender's wait; the value that it sends.
fn release_sender(vm: &mut Vm, channel: &Channel) -> Option<Value> {
    loop {
        let (waiter, sending) = channel.senders.borrow_mut().pop()?;
        if vm.scheduler.is_waiting(waiter) {
            let outcome = sending.wants.outcome(&mut vm.heap, Value::NIL);
            vm.resume(waiter, Ok(outcome));
            return Some(sending.value);
        }
    }
}

fn wait_to_send(vm: &mut Vm, channel: Value, state: &Channel, value: Value, wants: Wants) {
    let waiter = vm.waiter();
    vm.heap.barrier(channel.address(), value);
    state.senders.borrow_mut().push(&vm.scheduler, waiter, Sending { value, wants });
}

fn wait_to_receive(vm: &mut Vm, state: &Channel, wants: Wants) {
    let waiter = vm.waiter();
    state.receivers.borrow_mut().push(&vm.scheduler, waiter, wants);
}

impl Wants {
    /// What the wait ends with when `value` was received.
    #[inline]
    fn outcome(self, heap: &mut Heap, value: Value) -> Value {
        match self {
            Self::Value | Self::Item => value,
            Self::Arm(index) => heap.array(&[value, Value::small(index as i32)]).value(),
        }
    }
}

/// A number for choosing fairly where nobody gains by guessing it.
fn random() -> u32 {
    thread_local!(static STATE: Cell<u32> = const { Cell::new(0x9E37_79B9) });
    let mut state = STATE.get();
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    STATE.set(state);
    state
}
