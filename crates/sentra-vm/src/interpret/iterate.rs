//! Iteration: two stack slots hold what is iterated and how far it is.

use crate::call::article;
use crate::channel;
use crate::fault::Fault;
use crate::heap::Heap;
use crate::stream;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// What the next step of an iteration brings.
pub(crate) enum Next {
    /// Nothing: it is over.
    Done,
    /// An element, with its key or index, and where to go on.
    Item { key: Value, value: Value, position: Value },
    /// The fiber waits; the instruction runs again when it is resumed.
    Wait,
}

/// A position that counts in whole steps is kept as the bits of a tiny double.
fn position(count: usize) -> Value {
    Value::from_bits(count as u64)
}

/// The start of an iteration over a value; a fault if it cannot be iterated.
pub(crate) fn start(iterable: Value) -> Result<Value> {
    if let Some((from, ..)) = iterable.as_range() {
        return Ok(Value::number(from));
    }
    let fits = iterable.as_array().is_some()
        || iterable.as_map().is_some()
        || iterable.as_text().is_some()
        || channel::is_channel(iterable)
        || stream::is_stream(iterable);
    if fits {
        return Ok(position(0));
    }
    Err(Fault::type_error(format!("cannot iterate over {}", article(iterable.type_name()))))
}

/// The next element of anything but an array in a plain `for`, which the interpreter does itself.
#[inline(never)]
pub(crate) fn next(vm: &mut Vm, iterable: Value, at: Value) -> Result<Next> {
    let count = at.bits() as usize;
    if let Some(array) = iterable.as_array() {
        return Ok(array.get(count).map_or(Next::Done, |value| item(number(count), value, position(count + 1))));
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
    if let Some((_, to, inclusive)) = iterable.as_range() {
        return Ok(next_of_range(at, to, inclusive));
    }
    if stream::is_stream(iterable) {
        return Ok(match stream::next(vm, iterable)? {
            stream::Next::Item(line, value) => item(number(line), value, position(0)),
            stream::Next::End => Next::Done,
            stream::Next::Wait => Next::Wait,
        });
    }
    match channel::next(vm, iterable)? {
        Some(Value::PENDING) => Ok(Next::Wait),
        Some(value) => Ok(item(value, value, position(0))),
        None => Ok(Next::Done),
    }
}

fn item(key: Value, value: Value, position: Value) -> Next {
    Next::Item { key, value, position }
}

fn number(count: usize) -> Value {
    Value::number(count as f64)
}

fn next_of_range(at: Value, to: f64, inclusive: bool) -> Next {
    let count = at.raw_double();
    if count < to || inclusive && count == to {
        return item(at, at, Value::number(count + 1.0));
    }
    Next::Done
}

/// The character that starts at a byte: well-formed UTF-8, or a single byte that is none.
fn next_character(vm: &mut Vm, bytes: &[u8], from: usize) -> Next {
    let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) else { return Next::Done };
    let len = character_len(rest);
    let value = vm.heap.text(&rest[..len]);
    item(number(from), value, position(from + len))
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

/// For a counting loop: the number below which it runs.
pub(crate) fn range_end(heap: &mut Heap, from: Value, to: Value, inclusive: bool) -> Result<Value> {
    match (from.is_number(), to.as_integer(), to.as_number()) {
        (true, Some(to), _) if inclusive => {
            Ok(to.checked_add(1).map_or_else(|| Value::number(to as f64), |next| heap.integer(next)))
        }
        (true, None, Some(number)) if inclusive => Ok(Value::number(number.next_up())),
        (true, _, Some(_)) => Ok(to),
        _ => Err(super::access::range_of_others(from, to)),
    }
}
