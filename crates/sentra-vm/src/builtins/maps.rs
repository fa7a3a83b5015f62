//! Maps: keys, values and entries.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::interpret::access::key_of;
use crate::value::Value;
use crate::vm::Vm;

const ROW_OR_MAP: Types = Types::MAP.or(Types::ARRAY);

builtins! { TABLE:
    "keys" in ["map"] (m: Types::MAP) -> "array",
        faults ["memory"], Nothing,
        "The keys in the order in which they were added.",
        "log(keys({b: 1, a: 2})) // expect: [\"b\", \"a\"]" => Native(keys);
    "values" in ["map"] (m: Types::MAP) -> "array",
        faults ["memory"], Nothing,
        "The values in the order in which their keys were added.",
        "log(values({b: 1, a: 2})) // expect: [1, 2]" => Native(values);
    "entries" in ["map"] (m: Types::MAP) -> "array",
        faults ["memory"], Nothing,
        "Pairs of key and value in the order in which they were added.",
        "log(entries({b: 1, a: 2})) // expect: [[\"b\", 1], [\"a\", 2]]" => Native(entries);
    "from_entries" in ["map"] (pairs: Types::ARRAY) -> "map",
        faults ["memory", "range"], Nothing,
        "The map of these pairs of key and value.",
        "log(from_entries([[\"a\", 1], [\"b\", 2]])) // expect: {\"a\": 1, \"b\": 2}" => Native(from_entries);
    "has" in ["map"] (m: Types::MAP, key: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the map has the key.",
        "log(has({a: nil}, \"a\"), {}.has(\"a\")) // expect: true false" => Native(has);
    "has_key" in ["map"] (m: Types::MAP, key: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the map has the key; the same as `has`.",
        "log({a: 1}.has_key(\"a\")) // expect: true" => Native(has);
    "get" in ["map"] (value: ROW_OR_MAP, key: Types::ANY, default: Types::ANY => "nil") -> "any",
        faults [], Nothing,
        "What belongs to a key, or the element at an index; a default if there is none.",
        "log(get({a: 1}, \"a\"), get({}, \"b\", 9), [5].get(3)) // expect: 1 9 nil" => Native(get);
    "set" in ["map"] (value: ROW_OR_MAP, key: Types::ANY, to: Types::ANY) -> "array or map",
        faults ["memory", "range"], Nothing,
        "Sets a key, or the element at an index, and returns the map or array.",
        "log(set({a: 1}, \"b\", 2)) // expect: {\"a\": 1, \"b\": 2}" => Native(set);
    "delete" in ["map"] (m: Types::MAP, key: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Removes a key; whether it was there.",
        "let m = {a: 1}\nlog(delete(m, \"a\"), delete(m, \"a\")) // expect: true false" => Native(delete);
    "merge" in ["map"] (m: Types::MAP; ...more: Types::MAP) -> "map",
        faults ["memory"], Nothing,
        "A new map with the entries of all; later ones win.",
        "log(merge({x: 1, y: 2}, {y: 3})) // expect: {\"x\": 1, \"y\": 3}" => Native(merge);
    "clear" in ["map", "array"] (value: ROW_OR_MAP) -> "array or map",
        faults [], Nothing,
        "Removes everything and returns the empty map or array.",
        "log(clear({a: 1}), clear([1, 2])) // expect: {} []" => Native(clear);
}

fn listed(heap: &mut Heap, map: Map, part: fn(Value, Value) -> Value) -> Result<Value, Box<Fault>> {
    heap.reserve(map.len() * size_of::<Value>())?;
    let list = heap.array_with_capacity(map.len());
    for (key, value) in map.iter() {
        list.push(heap, part(key, value))?;
    }
    Ok(list.value())
}

fn keys(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    listed(&mut vm.heap, args.map(0), |key, _| key)
}

fn values(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    listed(&mut vm.heap, args.map(0), |_, value| value)
}

fn entries(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let map = args.map(0);
    vm.heap.reserve(map.len() * 64)?;
    let list = vm.heap.array_with_capacity(map.len());
    for (key, value) in map.iter() {
        let pair = vm.heap.array(&[key, value]).value();
        list.push(&mut vm.heap, pair)?;
    }
    Ok(list.value())
}

fn from_entries(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let map = vm.heap.map(args.array(0).len());
    for pair in args.array(0).iter() {
        let Some(&[key, value]) = pair.as_array().map(|pair| pair.as_slice()) else {
            return Err(Fault::type_error("`from_entries` expects pairs: arrays of a key and a value"));
        };
        map.set(&mut vm.heap, key_of(key)?, value)?;
    }
    Ok(map.value())
}

fn has(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.map(0).get(&vm.heap, args.value(1)).is_some().into())
}

/// The place in an array that the second argument names, if it is inside.
fn place_in(args: Arguments) -> Result<Option<usize>, Box<Fault>> {
    let key = args.value(1);
    let index = key
        .as_integer()
        .ok_or_else(|| Fault::type_error(format!("an index is an integer, got {}", key.type_name())))?;
    let len = args.array(0).len();
    let from_start = if index < 0 { index.saturating_add(len as i64) } else { index };
    Ok(usize::try_from(from_start).ok().filter(|&at| at < len))
}

fn get(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let found = match args.value(0).as_map() {
        Some(map) => map.get(&vm.heap, args.value(1)),
        None => place_in(args)?.and_then(|at| args.array(0).get(at)),
    };
    Ok(found.unwrap_or(args.value(2)))
}

fn set(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if let Some(map) = args.value(0).as_map() {
        map.set(&mut vm.heap, key_of(args.value(1))?, args.value(2))?;
        return Ok(map.value());
    }
    let array = args.array(0);
    let at = place_in(args)?;
    let at =
        at.ok_or_else(|| Fault::range(format!("the index is out of range: the array has {} elements", array.len())))?;
    array.set(&mut vm.heap, at, args.value(2));
    Ok(array.value())
}

pub(super) fn delete(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.map(0).remove(&mut vm.heap, args.value(1)).is_some().into())
}

fn merge(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let first = args.map(0);
    let merged = if first.is_caseless() { vm.heap.caseless_map() } else { vm.heap.map(first.len()) };
    for map in args.0.iter().filter_map(|value| value.as_map()) {
        for (key, value) in map.iter() {
            merged.set(&mut vm.heap, key, value)?;
        }
    }
    Ok(merged.value())
}

fn clear(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    match args.value(0).as_map() {
        Some(map) => map.clear(&mut vm.heap),
        None => args.array(0).assign(&mut vm.heap, &[])?,
    }
    Ok(args.value(0))
}
