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
    PlainNumbers,
    Numbers,
    Strings,
}

fn kind_of(values: &[Value]) -> Result<Keys, Box<Fault>> {
    if values.iter().all(|value| value.is_plain_number()) {
        Ok(Keys::PlainNumbers)
    } else if values.iter().all(|value| value.as_text().is_some()) {
        Ok(Keys::Strings)
    } else if values.iter().all(|value| value.is_number()) {
        Ok(Keys::Numbers)
    } else {
        Err(no_order(values))
    }
}

/// A number that orders as the double does; both zeros are the same, NaN comes last.
fn rank(double: f64) -> u64 {
    let bits = (double + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The eight bytes from a place as a number that orders as they do.
fn prefix(bytes: &[u8], from: usize) -> u64 {
    let rest = bytes.get(from..).unwrap_or_default();
    let mut first = [0; 8];
    let len = rest.len().min(8);
    first[..len].copy_from_slice(&rest[..len]);
    u64::from_be_bytes(first)
}

/// How many bytes all texts have in common at their start.
fn common_start(texts: &[Value]) -> usize {
    let mut rest = texts.iter().filter_map(|text| text.as_bytes());
    let Some(mut common) = rest.next() else { return 0 };
    for text in rest {
        if !text.starts_with(common) {
            let same = common.iter().zip(text).take_while(|(a, b)| a == b).count();
            common = &common[..same];
        }
    }
    common.len()
}

/// The places of the keys in their order; equal ones stay as they are.
fn places_in_order(keys: &[Value]) -> Result<Vec<u32>, Box<Fault>> {
    let ranked =
        |rank: &dyn Fn(Value) -> u64| -> Vec<(u64, u32)> { keys.iter().map(|&key| rank(key)).zip(0..).collect() };
    let ranked = match kind_of(keys)? {
        Keys::PlainNumbers => {
            let mut ranked = ranked(&|key| rank(key.as_double().unwrap_or(f64::NAN)));
            ranked.sort_by_key(|&(rank, _)| rank);
            ranked
        }
        Keys::Strings => {
            let common = common_start(keys);
            let bytes = |place: u32| keys[place as usize].as_bytes();
            let mut ranked = ranked(&|key| prefix(key.as_bytes().unwrap_or_default(), common));
            ranked.sort_by(|(p, a), (q, b)| p.cmp(q).then_with(|| bytes(*a).cmp(&bytes(*b))));
            ranked
        }
        Keys::Numbers => {
            let mut places: Vec<u32> = (0..).take(keys.len()).collect();
            places.sort_by(|&a, &b| compare_numbers(keys[a as usize], keys[b as usize]));
            return Ok(places);
        }
    };
    Ok(ranked.into_iter().map(|(_, place)| place).collect())
}

fn sort(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let array = args.array(0);
    // Equal numbers cannot be told apart: stability is no matter.
    if array.as_slice().iter().all(|value| value.is_small()) {
        array.rearrange(&mut vm.heap).sort_unstable_by_key(|value| value.raw_small());
        return Ok(array.value());
    }
    if array.as_slice().iter().all(|value| value.is_plain_number()) {
        array.rearrange(&mut vm.heap).sort_unstable_by_key(|value| rank(value.as_double().unwrap_or(f64::NAN)));
        return Ok(array.value());
    }
    let elements = array.to_vec();
    rearrange(vm, args, &elements, &elements)
}

fn sort_by_keys(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    rearrange(vm, args, args.array(1).as_slice(), args.array(2).as_slice())
}

/// Makes the array consist of elements in the order of their keys.
fn rearrange(vm: &mut Vm, args: Arguments, elements: &[Value], keys: &[Value]) -> Result<Value, Box<Fault>> {
    let places = places_in_order(keys)?;
    let sorted: Vec<Value> = places.into_iter().map(|place| elements[place as usize]).collect();
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
