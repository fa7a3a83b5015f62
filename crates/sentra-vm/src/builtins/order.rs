//! Order: numbers with numbers, strings with strings, by bytes. Sorting is stable.

use std::cmp::Ordering;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::number;
use crate::value::Value;
use crate::vm::Vm;

const ORDERED: Types = Types::NUMBER.or(Types::STRING);

builtins! { TABLE:
    "sort" in ["array"] (xs: Types::ARRAY, compare: Types::FUNCTION => "by value") -> "array",
        faults [], Nothing,
        "Sorts the array and returns it: numbers or strings by value, or by a function that gives for two elements a number below, at or above 0, or whether the first comes before.",
        "log(sort([3, 1, 2]), sort([3, 1, 2], |a, b| b - a)) // expect: [1, 2, 3] [3, 2, 1]" => Library;
    "sort_by" in ["array"] (xs: Types::ARRAY, key: Types::FUNCTION) -> "array",
        faults [], Nothing,
        "Sorts the array by what the function gives for each element, and returns it.",
        "log(sort_by([\"ccc\", \"a\", \"bb\"], len)) // expect: [\"a\", \"bb\", \"ccc\"]" => Library;
    "min" in ["math", "array"] (first: ORDERED.or(Types::ARRAY); ...more: ORDERED) -> "any",
        faults [], Nothing,
        "The least of the values, or of an array's elements; nil of an empty array.",
        "log(min(4, 2, 9), min([3, 1, 2])) // expect: 2 1" => Native(min);
    "max" in ["math", "array"] (first: ORDERED.or(Types::ARRAY); ...more: ORDERED) -> "any",
        faults [], Nothing,
        "The greatest of the values, or of an array's elements; nil of an empty array.",
        "log(max(4, 2, 9), max([3, 1, 2])) // expect: 9 3" => Native(max);
    "__sort" in [] (xs: Types::ARRAY) -> "array",
        faults [], Nothing,
        "Sorts an array by value.",
        "log(sort([\"b\", \"a\"])) // expect: [\"a\", \"b\"]" => Native(sort);
    "__sort_by_keys" in [] (xs: Types::ARRAY, elements: Types::ARRAY, keys: Types::ARRAY) -> "array",
        faults [], Nothing,
        "Puts the elements into the array in the order of their keys.",
        "log(sort_by([2, 1], |x| x)) // expect: [1, 2]" => Native(sort_by_keys);
}

/// The order of two values; nothing if they have none.
fn compare(left: Value, right: Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (left.as_bytes(), right.as_bytes()) {
        return Some(a.cmp(b));
    }
    (left.is_number() && right.is_number()).then(|| compare_numbers(left, right))
}

/// The order of two numbers; what is not a number comes last.
fn compare_numbers(left: Value, right: Value) -> Ordering {
    let is_nan = |value: Value| value.as_double().is_some_and(f64::is_nan);
    number::compare(left, right).unwrap_or_else(|| is_nan(left).cmp(&is_nan(right)))
}

#[cold]
fn no_order(values: &[Value]) -> Box<Fault> {
    let first = values[0].type_name();
    let other = values.iter().map(|value| value.type_name()).find(|&name| name != first).unwrap_or(first);
    Fault::type_error(format!(
        "only numbers with numbers and strings with strings have an order, got {first} and {other}"
    ))
}

/// What the values all are.
enum Keys {
    Doubles,
    Numbers,
    Strings,
}

fn kind_of(values: &[Value]) -> Result<Keys, Box<Fault>> {
    if values.iter().all(|value| value.is_double()) {
        Ok(Keys::Doubles)
    } else if values.iter().all(|value| value.as_text().is_some()) {
        Ok(Keys::Strings)
    } else if values.iter().all(|value| value.is_number()) {
        Ok(Keys::Numbers)
    } else {
        Err(no_order(values))
    }
}

/// The first eight bytes as a number that orders as they do.
fn prefix(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    let len = bytes.len().min(8);
    first[..len].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(first)
}

fn sort(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let array = args.array(0);
    let kind = kind_of(array.as_slice())?;
    let elements = array.rearrange(&mut vm.heap);
    match kind {
        // Equal doubles cannot be told apart: stability is no matter. NaN is positive and so comes last.
        Keys::Doubles => elements.sort_unstable_by(|a, b| a.raw_double().total_cmp(&b.raw_double())),
        Keys::Numbers => elements.sort_by(|&a, &b| compare_numbers(a, b)),
        Keys::Strings => {
            let mut keyed: Vec<(u64, Value)> = Vec::with_capacity(elements.len());
            keyed.extend(elements.iter().map(|&text| (prefix(text.as_bytes().unwrap_or_default()), text)));
            keyed.sort_by(|(p, a), (q, b)| p.cmp(q).then_with(|| a.as_bytes().cmp(&b.as_bytes())));
            elements.iter_mut().zip(keyed).for_each(|(place, (_, text))| *place = text);
        }
    }
    Ok(array.value())
}

fn sort_by_keys(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (elements, keys) = (args.array(1).as_slice(), args.array(2).as_slice());
    let mut pairs: Vec<(Value, Value)> = keys.iter().copied().zip(elements.iter().copied()).collect();
    match kind_of(keys)? {
        Keys::Doubles | Keys::Numbers => pairs.sort_by(|(a, _), (b, _)| compare_numbers(*a, *b)),
        Keys::Strings => pairs.sort_by(|(a, _), (b, _)| a.as_bytes().cmp(&b.as_bytes())),
    }
    let sorted: Vec<Value> = pairs.into_iter().map(|(_, element)| element).collect();
    args.array(0).assign(&mut vm.heap, &sorted)?;
    Ok(args.value(0))
}

/// The value that every other is on this side of.
fn extreme(args: Arguments, side: Ordering) -> Result<Value, Box<Fault>> {
    let values = match args.value(0).as_array() {
        Some(array) if args.len() == 1 => array.as_slice(),
        _ => args.0,
    };
    let Some((&first, rest)) = values.split_first() else { return Ok(Value::NIL) };
    if !ORDERED.accept(first) {
        return Err(no_order(values));
    }
    let mut best = first;
    for &value in rest {
        if compare(value, best).ok_or_else(|| no_order(values))? == side {
            best = value;
        }
    }
    Ok(best)
}

fn min(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    extreme(args, Ordering::Less)
}

fn max(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    extreme(args, Ordering::Greater)
}
