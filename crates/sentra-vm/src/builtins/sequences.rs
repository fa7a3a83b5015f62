//! What strings, arrays, maps and ranges have in common: length, search, slices.

use memchr::memmem;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::{Array, Range, equal};
use crate::value::Value;
use crate::vm::Vm;

use super::text;

pub(super) const SIZED: Types = Types::STRING.or(Types::ARRAY).or(Types::MAP).or(Types::RANGE);
const ROW: Types = Types::STRING.or(Types::ARRAY);

builtins! { TABLE:
    "len" in ["string", "array", "map"] (value: SIZED) -> "number",
        faults [], Nothing,
        "The number of a string's bytes, or of an array's, map's or range's elements.",
        "log(len(\"abc\"), len([1, 2]), {a: 1}.len()) // expect: 3 2 1" => Native(len);
    "is_empty" in ["string", "array", "map"] (value: SIZED) -> "boolean",
        faults [], Nothing,
        "Whether the length is 0.",
        "log(is_empty(\"\"), [1].is_empty()) // expect: true false" => Native(is_empty);
    "contains" in ["string", "array"] (value: SIZED, what: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether a string contains another, an array or range an element, a map a key.",
        "log(contains(\"hello\", \"ell\"), [1, 2].contains(3)) // expect: true false" => Native(contains);
    "index_of" in ["string", "array"] (value: ROW, what: Types::ANY, from: Types::INTEGER => "0") -> "number",
        faults [], Nothing,
        "Where something stands first in a string or array, looking from an index on; -1 if nowhere.",
        "log(index_of(\"hello\", \"l\"), [5, 6].index_of(7)) // expect: 2 -1" => Native(index_of);
    "last_index_of" in ["string", "array"] (value: ROW, what: Types::ANY) -> "number",
        faults [], Nothing,
        "Where something stands last in a string or array; -1 if nowhere.",
        "log(last_index_of(\"hello\", \"l\"), [5, 6, 5].last_index_of(5)) // expect: 3 2" => Native(last_index_of);
    "slice" in ["string", "array"] (value: ROW, from: Types::INTEGER => "0", to: Types::INTEGER => "the end") -> "string or array",
        faults ["memory"], Nothing,
        "The part from one index up to another, as `value[from:to]`: negative indexes count from the end.",
        "log(slice(\"hello\", 1, 3), [1, 2, 3].slice(-2)) // expect: el [2, 3]" => Native(slice);
    "substring" in ["string"] (s: Types::STRING, from: Types::INTEGER, to: Types::INTEGER => "the end") -> "string",
        faults [], Nothing,
        "The bytes from one index up to another; negative indexes count from the end.",
        "log(substring(\"hello\", 1, 3), \"hello\".substring(2)) // expect: el llo" => Native(slice);
    "concat" in ["array", "string"] (first: ROW; ...more: Types::ANY) -> "string or array",
        faults ["memory", "range"], Nothing,
        "An array of all the arrays' elements, or a string of all the values' texts if the first is a string.",
        "log(concat([1], [2, 3]), concat(\"a\", 1)) // expect: [1, 2, 3] a1" => Native(concat);
    "repeat" in ["string", "array"] (value: ROW, times: Types::INTEGER) -> "string or array",
        faults ["range", "memory"], Nothing,
        "The string or array so many times in a row.",
        "log(repeat(\"ab\", 3), [0].repeat(2)) // expect: ababab [0, 0]" => Native(repeat);
    "reverse" in ["string", "array"] (value: ROW) -> "string or array",
        faults ["memory"], Nothing,
        "Turns an array round and returns it; for a string, a new one with its characters in reverse order.",
        "log(reverse([1, 2, 3]), reverse(\"abc\")) // expect: [3, 2, 1] cba" => Native(reverse);
    "count" in ["string", "array"] (value: SIZED, what: Types::ANY => "everything") -> "number",
        faults [], Nothing,
        "How often something is in a string or array, or how many elements a function is true for; without either the length.",
        "log(count(\"banana\", \"an\"), count([1, 2, 3], |x| x > 1)) // expect: 2 2" => Library;
    "__count" in [] (value: SIZED, what: Types::ANY) -> "number",
        faults [], Nothing,
        "`count` of a value.",
        "log(count([1, 2, 1], 1)) // expect: 2" => Native(count);
}

fn length(value: Value) -> f64 {
    if let Some(text) = value.as_text() {
        return text.len() as f64;
    }
    if let Some(array) = value.as_array() {
        return array.len() as f64;
    }
    value.as_map().map_or_else(|| value.as_range().map_or(0.0, Range::len), |map| map.len() as f64)
}

fn len(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if let Some((from, to)) = args.value(0).as_range().and_then(Range::integers)
        && let Ok(length) = i64::try_from(to - from)
    {
        return Ok(vm.heap.integer(length));
    }
    Ok(Value::number(length(args.value(0))))
}

fn is_empty(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok((length(args.value(0)) == 0.0).into())
}

/// The bytes to look for in a string: of a string only.
fn needle<'a>(what: Value) -> Result<&'a [u8], Box<Fault>> {
    what.as_bytes()
        .ok_or_else(|| Fault::type_error(format!("only a string can be in a string, got {}", what.type_name())))
}

pub(super) fn contains(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (value, what) = (args.value(0), args.value(1));
    if let Some(bytes) = value.as_bytes() {
        return Ok(memmem::find(bytes, needle(what)?).is_some().into());
    }
    if let Some(array) = value.as_array() {
        return Ok(position(vm, array, what, 0).is_some().into());
    }
    if let Some(map) = value.as_map() {
        return Ok(map.get(&vm.heap, what).is_some().into());
    }
    Ok(value.as_range().is_some_and(|range| range.contains(what)).into())
}

fn position(vm: &Vm, array: Array, what: Value, from: usize) -> Option<usize> {
    let elements = array.as_slice().get(from..)?;
    elements.iter().position(|&element| equal(&vm.heap, element, what)).map(|at| at + from)
}

fn found(at: Option<usize>) -> Result<Value, Box<Fault>> {
    Ok(at.map_or(Value::small(-1), |at| Value::number(at as f64)))
}

fn index_of(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (value, what) = (args.value(0), args.value(1));
    let from = |len| args.optional(2).map_or(0, |_| place(args.integer(2), len));
    let Some(bytes) = value.as_bytes() else {
        let array = args.array(0);
        return found(position(vm, array, what, from(array.len())));
    };
    let from = from(bytes.len());
    found(memmem::find(&bytes[from..], needle(what)?).map(|at| at + from))
}

fn last_index_of(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let what = args.value(1);
    if let Some(bytes) = args.value(0).as_bytes() {
        return found(memmem::rfind(bytes, needle(what)?));
    }
    found(args.array(0).as_slice().iter().rposition(|&element| equal(&vm.heap, element, what)))
}

/// An index into something of that length: negative ones count from the end, both clamp.
pub(super) fn place(index: i64, len: usize) -> usize {
    let from_end = if index < 0 { index.saturating_add(len as i64).max(0) } else { index };
    usize::try_from(from_end).unwrap_or(0).min(len)
}

fn slice(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let value = args.value(0);
    let bounds = |len: usize| {
        let from = args.optional(1).map_or(0, |_| place(args.integer(1), len));
        let to = args.optional(2).map_or(len, |_| place(args.integer(2), len));
        (from, to.max(from))
    };
    if let Some(text) = value.as_text() {
        let (from, to) = bounds(text.len());
        return Ok(vm.heap.slice_text(text, from, to));
    }
    let array = args.array(0);
    let (from, to) = bounds(array.len());
    vm.heap.reserve((to - from) * size_of::<Value>())?;
    Ok(vm.heap.array(&array.as_slice()[from..to]).value())
}

fn concat(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if args.value(0).as_text().is_some() {
        let mut out = Vec::new();
        for &value in args.0 {
            crate::show::text(&vm.heap, value, &mut out);
            vm.heap.reserve_text(out.len())?;
        }
        return Ok(vm.heap.text(&out));
    }
    let mut total = 0;
    for &value in args.0 {
        let array = value.as_array().ok_or_else(|| {
            Fault::type_error(format!("`concat` joins arrays with arrays, got {}", value.type_name()))
        })?;
        total += array.len();
    }
    vm.heap.reserve(total * size_of::<Value>())?;
    let joined = vm.heap.array_with_capacity(total);
    for array in args.0.iter().filter_map(|value| value.as_array()) {
        joined.extend(&mut vm.heap, array.as_slice())?;
    }
    Ok(joined.value())
}

fn repeat(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let times = usize::try_from(args.integer(1)).map_err(|_| Fault::range("cannot repeat less than 0 times"))?;
    if let Some(bytes) = args.value(0).as_bytes() {
        return vm.heap.filled_text(bytes.len().saturating_mul(times), |room| {
            fill_with(room, bytes);
            Ok(())
        });
    }
    let array = args.array(0);
    let total = array.len().saturating_mul(times);
    vm.heap.reserve(total.saturating_mul(size_of::<Value>()))?;
    let repeated = vm.heap.array_with_capacity(0);
    for _ in 0..if array.is_empty() { 0 } else { times } {
        repeated.extend(&mut vm.heap, array.as_slice())?;
    }
    Ok(repeated.value())
}

/// Fills a room with a pattern over and over, by doubling what is there.
pub(super) fn fill_with(room: &mut [u8], pattern: &[u8]) {
    let mut done = pattern.len().min(room.len());
    room[..done].copy_from_slice(&pattern[..done]);
    while done > 0 && done < room.len() {
        let more = done.min(room.len() - done);
        room.copy_within(..more, done);
        done += more;
    }
}

fn reverse(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let Some(bytes) = args.value(0).as_bytes() else {
        let array = args.array(0);
        array.rearrange(&mut vm.heap).reverse();
        return Ok(array.value());
    };
    vm.heap.reserve_text(bytes.len())?;
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let last = text::last_character(rest);
        out.extend_from_slice(last);
        rest = &rest[..rest.len() - last.len()];
    }
    Ok(vm.heap.text(&out))
}

fn count(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (value, what) = (args.value(0), args.value(1));
    let count = if let Some(bytes) = value.as_bytes() {
        let needle = needle(what)?;
        if needle.is_empty() {
            return Err(Fault::range("an empty string cannot be counted"));
        }
        memmem::find_iter(bytes, needle).count()
    } else if let Some(array) = value.as_array() {
        array.as_slice().iter().filter(|&&element| equal(&vm.heap, element, what)).count()
    } else if let Some(map) = value.as_map() {
        map.iter().filter(|&(_, element)| equal(&vm.heap, element, what)).count()
    } else {
        return contains(vm, args).map(|found| Value::small(i32::from(found == Value::TRUE)));
    };
    Ok(Value::number(count as f64))
}
