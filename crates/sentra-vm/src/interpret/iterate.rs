//! Iteration: two stack slots hold what is iterated and how far it is.

use crate::call::article;
use crate::channel;
use crate::fault::Fault;
use crate::fiber::Landing;
use crate::heap::{Heap, Range};
use crate::system;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// What the next step of an iteration brings.
pub(crate) enum Next {
    /// Nothing: it is over.
    Done,
    /// An element, with its key or index, and where to go on.
    Item { key: Value, value: Value, position: Value },
    /// The fiber waits, and goes on with the item or by looking again.
    Wait(Landing),
}

/// The position of what keeps its own, and the first of what does not.
pub(crate) const FIRST: Value = Value::from_bits(0);

/// A position that counts in whole steps is kept as the bits of a tiny double.
fn position(count: usize) -> Value {
    Value::from_bits(count as u64)
}

/// The start of an iteration over a value; a fault if it cannot be iterated.
pub(crate) fn start(heap: &mut Heap, iterable: Value) -> Result<Value> {
    if let Some(range) = iterable.as_range() {
        return range.first(heap);
    }
    let fits = iterable.as_array().is_some()
        || iterable.as_map().is_some()
        || iterable.as_text().is_some()
        || channel::is_channel(iterable)
        || system::is_iterable(iterable);
    if fits {
        return Ok(FIRST);
    }
    Err(not_iterable(iterable))
}

/// The next element of anything but an array in a plain `for`, which the interpreter does itself.
#[inline(never)]
pub(crate) fn next(vm: &mut Vm, iterable: Value, at: Value) -> Result<Next> {
    if let Some(channel) = channel::of_value(iterable) {
        return Ok(match channel::next(vm, channel)? {
            Some(Value::PENDING) => Next::Wait(Landing::Item),
            Some(value) => item(value, value, FIRST),
            None => Next::Done,
        });
    }
    let count = at.bits() as usize;
    if let Some(array) = iterable.as_array() {
        return Ok(array.get(count).map_or(Next::Done, |value| item(Value::count(count), value, position(count + 1))));
    }
    if let Some(map) = iterable.as_map() {
        return Ok(match map.next_from(count) {
            Some((found, key, value)) => item(key, value, position(found + 1)),
            None => Next::Done,
        });
    }
    if let Some(text) = iterable.as_text() {
        return Ok(next_character(vm, text.bytes(), count));
    }
    if let Some(range) = iterable.as_range() {
        return Ok(range.after(&mut vm.heap, at).map_or(Next::Done, |next| item(at, at, next)));
    }
    system::next(vm, iterable)?.ok_or_else(|| not_iterable(iterable))
}

#[cold]
fn not_iterable(value: Value) -> Box<Fault> {
    Fault::type_error(format!("cannot iterate over {}", article(value.type_name())))
}

pub(crate) fn item(key: Value, value: Value, position: Value) -> Next {
    Next::Item { key, value, position }
}

/// The character that starts at a byte: well-formed UTF-8, or a single byte that is none.
fn next_character(vm: &mut Vm, bytes: &[u8], from: usize) -> Next {
    let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) else { return Next::Done };
    let len = character_len(rest);
    let value = vm.heap.text(&rest[..len]);
    item(Value::count(from), value, position(from + len))
}

/// The length of the first character of some bytes; 1 for a byte that starts none.
pub(crate) fn character_len(bytes: &[u8]) -> usize {
    let len = match bytes[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return 1,
    };
    let whole = bytes.get(..len).is_some_and(|character| std::str::from_utf8(character).is_ok());
    if whole { len } else { 1 }
}

/// For a counting loop: its first number and the one below which it runs.
pub(crate) fn bounds(heap: &mut Heap, from: Value, to: Value, inclusive: bool) -> Result<(Value, Value)> {
    if !from.is_number() || !to.is_number() {
        return Err(super::access::range_of_others(from, to));
    }
    let range = Range { from, to, inclusive };
    Ok((range.first(heap)?, range.bound(heap)))
}
