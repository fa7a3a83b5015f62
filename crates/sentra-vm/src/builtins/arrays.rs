//! Arrays: what takes and gives them as a whole. Builtins with callbacks are in the library
//! written in Sentra; sorting is in `order`.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::object::IntegerObject;
use crate::heap::{Array, Heap, equal};
use crate::nesting::Nesting;
use crate::value::{EXACT, Value};
use crate::vm::Vm;

use super::maps::delete;
use super::sequences::place;

const NUMBER: Types = Types::NUMBER;
const ROW: Types = Types::ARRAY.or(Types::RANGE);
const LISTED: Types = Types::ARRAY.or(Types::MAP).or(Types::RANGE);

builtins! { TABLE:
    "push" in ["array"] (xs: Types::ARRAY, value: Types::ANY; ...more: Types::ANY) -> "array",
        faults ["memory", "range"], Nothing,
        "Appends values to the array and returns it.",
        "log(push([1], 2), [1].push(2, 3)) // expect: [1, 2] [1, 2, 3]" => Native(push);
    "pop" in ["array"] (xs: Types::ARRAY) -> "any",
        faults [], Nothing,
        "Takes the last element away and returns it; nil if there is none.",
        "let a = [1, 2]\nlog(pop(a), a) // expect: 2 [1]" => Native(pop);
    "shift" in ["array"] (xs: Types::ARRAY) -> "any",
        faults [], Nothing,
        "Takes the first element away and returns it; nil if there is none.",
        "let a = [1, 2]\nlog(shift(a), a) // expect: 1 [2]" => Native(shift);
    "unshift" in ["array"] (xs: Types::ARRAY, value: Types::ANY; ...more: Types::ANY) -> "array",
        faults ["memory", "range"], Nothing,
        "Puts values before the first element and returns the array.",
        "log(unshift([3], 1, 2)) // expect: [1, 2, 3]" => Native(unshift);
    "insert" in ["array"] (xs: Types::ARRAY, index: Types::INTEGER, value: Types::ANY) -> "array",
        faults ["range", "memory"], Nothing,
        "A new array with the value before the element at an index.",
        "log(insert([1, 2, 3], 1, \"x\")) // expect: [1, \"x\", 2, 3]" => Native(insert);
    "remove" in ["array", "map"] (value: Types::ARRAY.or(Types::MAP), at: Types::ANY) -> "array or boolean",
        faults ["range", "memory"], Nothing,
        "A new array without the element at an index; of a map, deletes a key and says whether it was there.",
        "log(remove([1, 2, 3], 0), {a: 1}.remove(\"a\")) // expect: [2, 3] true" => Native(remove);
    "flatten" in ["array"] (xs: Types::ARRAY, depth: Types::INTEGER => "1") -> "array",
        faults ["memory", "range"], Nothing,
        "A new array with the elements of inner arrays in their place, so many levels deep.",
        "log(flatten([1, [2, [3]]]), flatten([1, [2, [3]]], 2)) // expect: [1, 2, [3]] [1, 2, 3]" => Native(flatten);
    "unique" in ["array"] (xs: Types::ARRAY) -> "array",
        faults ["memory"], Nothing,
        "A new array with the first of all equal elements.",
        "log(unique([1, 2, 1, [3], [3]])) // expect: [1, 2, [3]]" => Native(unique);
    "zip" in ["array"] (xs: Types::ARRAY, ys: Types::ARRAY; ...more: Types::ARRAY) -> "array",
        faults ["memory"], Nothing,
        "Arrays of the first elements, the second ones and so on, as many as the shortest array has.",
        "log(zip([1, 2], [\"a\", \"b\"])) // expect: [[1, \"a\"], [2, \"b\"]]" => Native(zip);
    "enumerate" in ["array"] (xs: Types::ARRAY) -> "array",
        faults ["memory"], Nothing,
        "Pairs of index and element.",
        "log(enumerate([\"a\", \"b\"])) // expect: [[0, \"a\"], [1, \"b\"]]" => Native(enumerate);
    "sum" in ["array"] (xs: Types::ARRAY.or(Types::RANGE)) -> "number",
        faults [], Nothing,
        "The sum of the numbers.",
        "log(sum([1, 2, 3.5]), sum([])) // expect: 6.5 0" => Native(sum);
    "first" in ["array"] (xs: Types::ARRAY) -> "any",
        faults [], Nothing,
        "The first element; nil if there is none.",
        "log(first([1, 2]), first([])) // expect: 1 nil" => Native(first);
    "last" in ["array"] (xs: Types::ARRAY) -> "any",
        faults [], Nothing,
        "The last element; nil if there is none.",
        "log(last([1, 2]), last([])) // expect: 2 nil" => Native(last);
    "take" in ["array"] (xs: Types::ARRAY, count: Types::INTEGER) -> "array",
        faults ["memory"], Nothing,
        "A new array of the first elements.",
        "log(take([1, 2, 3], 2)) // expect: [1, 2]" => Native(take);
    "drop" in ["array"] (xs: Types::ARRAY, count: Types::INTEGER) -> "array",
        faults ["memory"], Nothing,
        "A new array without the first elements.",
        "log(drop([1, 2, 3], 2)) // expect: [3]" => Native(drop_first);
    "chunk" in ["array"] (xs: Types::ARRAY, size: Types::INTEGER) -> "array",
        faults ["range", "memory"], Nothing,
        "The elements in arrays of a size; the last may be shorter.",
        "log(chunk([1, 2, 3, 4, 5], 2)) // expect: [[1, 2], [3, 4], [5]]" => Native(chunk);
    "fill" in ["array"] (size: Types::ARRAY.or(Types::INTEGER), value: Types::ANY) -> "array",
        faults ["range", "memory"], Nothing,
        "A new array of so many times the value, or as long as another array.",
        "log(fill(3, 0), [1, 2].fill(\"x\")) // expect: [0, 0, 0] [\"x\", \"x\"]" => Native(fill);
    "range" in ["array"] (from: NUMBER, to: NUMBER, step: NUMBER => "1") -> "array",
        faults ["range", "memory"], Nothing,
        "The numbers from one up to, but without, another; exact if they are whole. An error if a step is too small to change a number.",
        "log(range(1, 4), range(3, 0, -1)) // expect: [1, 2, 3] [3, 2, 1]" => Native(range);
    "map" in ["array", "map"] (values: LISTED, f: Types::FUNCTION) -> "array or map",
        faults [], Nothing,
        "What the function gives for each element (and its index); of a map, a map with what it gives for each key and value.",
        "log(map([1, 2], |x| x * 2), {a: 1}.map(|k, v| v + 1)) // expect: [2, 4] {\"a\": 2}" => Library;
    "filter" in ["array", "map"] (values: LISTED, f: Types::FUNCTION) -> "array or map",
        faults [], Nothing,
        "The elements that the function is true for; of a map, the entries by key and value.",
        "log(filter([1, 2, 3], |x| x > 1), {a: 1, b: 2}.filter(|k, v| v > 1)) // expect: [2, 3] {\"b\": 2}" => Library;
    "each" in ["array", "map"] (values: LISTED, f: Types::FUNCTION) -> "array or map",
        faults [], Nothing,
        "Calls the function with each element (and its index), or with each key and value of a map; returns what it was given.",
        "each([7, 8], |x, i| log(i, x))\n// expect: 0 7\n// expect: 1 8" => Library;
    "reduce" in ["array"] (values: LISTED, f: Types::FUNCTION, start: Types::ANY => "the first element") -> "any",
        faults ["range"], Nothing,
        "Combines all elements: the function gets what it gave last and the next element.",
        "log(reduce([1, 2, 3], |sum, x| sum + x, 0)) // expect: 6" => Library;
    "flat_map" in ["array"] (values: ROW, f: Types::FUNCTION) -> "array",
        faults [], Nothing,
        "The arrays that the function gives for each element, joined.",
        "log(flat_map([1, 2], |x| [x, x])) // expect: [1, 1, 2, 2]" => Library;
    "find" in ["array"] (values: ROW, f: Types::FUNCTION) -> "any",
        faults [], Nothing,
        "The first element that the function is true for; nil if there is none.",
        "log(find([1, 5, 8], |x| x > 3), find([1], |x| x > 3)) // expect: 5 nil" => Library;
    "find_index" in ["array"] (values: ROW, f: Types::FUNCTION) -> "number",
        faults [], Nothing,
        "The index of the first element that the function is true for; -1 if there is none.",
        "log(find_index([1, 5], |x| x > 3), find_index([1], |x| x > 3)) // expect: 1 -1" => Library;
    "any" in ["array"] (values: LISTED, f: Types::FUNCTION => "being truthy") -> "boolean",
        faults [], Nothing,
        "Whether the function is true for some element.",
        "log(any([1, 2], |x| x > 1), any([0, nil])) // expect: true false" => Library;
    "all" in ["array"] (values: LISTED, f: Types::FUNCTION => "being truthy") -> "boolean",
        faults [], Nothing,
        "Whether the function is true for every element.",
        "log(all([1, 2], |x| x > 1), all([])) // expect: false true" => Library;
    "group_by" in ["array"] (values: ROW, f: Types::FUNCTION) -> "map",
        faults [], Nothing,
        "The elements in arrays by what the function gives for each.",
        "log(group_by([1, 2, 3], |x| x % 2)) // expect: {1: [1, 3], 0: [2]}" => Library;
}

/// A new array of these elements, which were counted before memory was taken for them.
fn new_array(heap: &mut Heap, elements: &[Value]) -> Result<Value, Box<Fault>> {
    heap.reserve(size_of_val(elements))?;
    Ok(heap.array(elements).value())
}

fn push(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let array = args.array(0);
    for &value in &args.0[1..] {
        array.push(&mut vm.heap, value)?;
    }
    Ok(array.value())
}

fn pop(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.array(0).pop().unwrap_or(Value::NIL))
}

fn shift(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.array(0).shift().unwrap_or(Value::NIL))
}

fn unshift(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let array = args.array(0);
    for (index, &value) in args.0[1..].iter().enumerate() {
        array.insert(&mut vm.heap, index, value)?;
    }
    Ok(array.value())
}

/// An index into an array, negative from the end, at most `most`.
fn index(args: Arguments, most: usize) -> Result<usize, Box<Fault>> {
    let index = args.value(1).as_integer();
    let index =
        index.ok_or_else(|| Fault::type_error(format!("an index is an integer, got {}", args.value(1).type_name())))?;
    let len = args.array(0).len();
    let from_start = if index < 0 { index.saturating_add(len as i64) } else { index };
    usize::try_from(from_start)
        .ok()
        .filter(|&at| at <= most)
        .ok_or_else(|| Fault::range(format!("index {index} is out of range: the array has {len} elements")))
}

fn insert(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let array = args.array(0);
    let at = index(args, array.len())?;
    let mut elements = array.to_vec();
    elements.insert(at, args.value(2));
    new_array(&mut vm.heap, &elements)
}

fn remove(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if args.value(0).as_map().is_some() {
        return delete(vm, args);
    }
    let array = args.array(0);
    let at = match array.len() {
        0 => return Err(Fault::range("nothing can be removed from an empty array")),
        len => index(args, len - 1)?,
    };
    let mut elements = array.to_vec();
    elements.remove(at);
    new_array(&mut vm.heap, &elements)
}

fn flatten(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let depth = args.optional(1).map_or(1, |_| usize::try_from(args.integer(1)).unwrap_or(0));
    let flat = vm.heap.array_with_capacity(0);
    let mut nesting = Nesting::default();
    nesting.enter(args.value(0));
    let mut open: Vec<(Array, usize)> = vec![(args.array(0), 0)];
    while let Some((array, next)) = open.last_mut() {
        let (element, inner) = match array.get(*next) {
            Some(element) => (element, element.as_array()),
            None => {
                open.pop();
                nesting.leave();
                continue;
            }
        };
        *next += 1;
        match inner.filter(|_| open.len() <= depth) {
            Some(_) if !nesting.enter(element) => {
                return Err(Fault::range("an array that contains itself cannot be flattened"));
            }
            Some(inner) => open.push((inner, 0)),
            None => flat.push(&mut vm.heap, element)?,
        }
    }
    Ok(flat.value())
}

fn unique(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let heap = &mut vm.heap;
    let seen = heap.map(0);
    let kept = heap.array_with_capacity(0);
    let mut others: Vec<Value> = Vec::new();
    let keys = Types::STRING.or(Types::NUMBER).or(Types::BOOLEAN).or(Types::NIL);
    for &element in args.array(0).as_slice() {
        if keys.accept(element) {
            if seen.get(heap, element).is_some() {
                continue;
            }
            seen.set(heap, element, Value::TRUE)?;
        } else {
            if others.iter().any(|&other| equal(heap, other, element)) {
                continue;
            }
            others.push(element);
        }
        kept.push(heap, element)?;
    }
    Ok(kept.value())
}

fn zip(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let arrays: Vec<&[Value]> = args.0.iter().filter_map(|value| value.as_array()).map(Array::as_slice).collect();
    let len = arrays.iter().map(|array| array.len()).min().unwrap_or(0);
    vm.heap.reserve(len.saturating_mul(48 + 8 * arrays.len()))?;
    let zipped = vm.heap.array_with_capacity(len);
    for index in 0..len {
        let row: Vec<Value> = arrays.iter().map(|array| array[index]).collect();
        let row = vm.heap.array(&row).value();
        zipped.push(&mut vm.heap, row)?;
    }
    Ok(zipped.value())
}

fn enumerate(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let elements = args.array(0).as_slice();
    vm.heap.reserve(elements.len().saturating_mul(64))?;
    let pairs = vm.heap.array_with_capacity(elements.len());
    for (index, &element) in elements.iter().enumerate() {
        let pair = vm.heap.array(&[Value::number(index as f64), element]).value();
        pairs.push(&mut vm.heap, pair)?;
    }
    Ok(pairs.value())
}

fn sum(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if let Some(range) = args.value(0).as_range() {
        return Ok(range.sum(&mut vm.heap));
    }
    let mut exact = Some(0_i128);
    let mut double = 0.0;
    for &element in args.array(0).as_slice() {
        let number = element
            .as_number()
            .ok_or_else(|| Fault::type_error(format!("`sum` adds numbers, got {}", element.type_name())))?;
        double += number;
        exact = exact.zip(element.as_integer()).map(|(sum, integer)| sum + i128::from(integer));
    }
    match exact.and_then(|exact| i64::try_from(exact).ok()) {
        Some(integer) => Ok(vm.heap.integer(integer)),
        None => Ok(Value::number(double)),
    }
}

fn first(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.array(0).get(0).unwrap_or(Value::NIL))
}

fn last(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.array(0).as_slice().last().copied().unwrap_or(Value::NIL))
}

fn take(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let elements = args.array(0).as_slice();
    new_array(&mut vm.heap, &elements[..place(args.integer(1).max(0), elements.len())])
}

fn drop_first(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let elements = args.array(0).as_slice();
    new_array(&mut vm.heap, &elements[place(args.integer(1).max(0), elements.len())..])
}

fn chunk(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let size = usize::try_from(args.integer(1)).unwrap_or(0);
    if size == 0 {
        return Err(Fault::range("a chunk has at least 1 element"));
    }
    let chunks = vm.heap.array_with_capacity(0);
    for part in args.array(0).as_slice().chunks(size) {
        let part = new_array(&mut vm.heap, part)?;
        chunks.push(&mut vm.heap, part)?;
    }
    Ok(chunks.value())
}

fn fill(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let count = match args.value(0).as_array() {
        Some(array) => array.len(),
        None => {
            usize::try_from(args.integer(0)).map_err(|_| Fault::range("an array cannot have less than 0 elements"))?
        }
    };
    check_length(&vm.heap, count as f64)?;
    Ok(vm.heap.array(&vec![args.value(1); count]).value())
}

/// Fails if an array of so many elements would be too long or too much.
fn check_length(heap: &Heap, count: f64) -> Result<(), Box<Fault>> {
    let most = crate::heap::array::MAX_LEN;
    if count > most as f64 {
        return Err(Fault::range(format!("an array can have {most} elements at most")));
    }
    heap.reserve(count as usize * size_of::<Value>())
}

fn range(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let step = args.optional(2).unwrap_or(Value::small(1));
    if let (Some(from), Some(to), Some(step @ ..=-1 | step @ 1..)) =
        (args.value(0).as_integer(), args.value(1).as_integer(), step.as_integer())
    {
        return range_of_integers(&mut vm.heap, from, to, step);
    }
    let (from, to, step) = (args.number(0), args.number(1), step.as_number().unwrap_or(1.0));
    if step == 0.0 || !(from.is_finite() && to.is_finite() && step.is_finite()) {
        return Err(Fault::range("a range needs finite ends and a step that is not 0"));
    }
    let count = ((to - from) / step).ceil().max(0.0);
    if count > 0.0 && (from + step == from || to - step == to) {
        return Err(Fault::range(format!("a range cannot go from {from:e} to {to:e} in steps as small as {step:e}")));
    }
    check_length(&vm.heap, count)?;
    let array = vm.heap.array_with_capacity(count as usize);
    for index in 0..count as usize {
        array.push(&mut vm.heap, Value::number(from + index as f64 * step))?;
    }
    Ok(array.value())
}

fn range_of_integers(heap: &mut Heap, from: i64, to: i64, step: i64) -> Result<Value, Box<Fault>> {
    let (from, step) = (i128::from(from), i128::from(step));
    let way = i128::from(to) - from;
    let count = ((way + step - step.signum()) / step).max(0);
    check_length(heap, count as f64)?;
    if from.abs().max(i128::from(to).abs()) >= EXACT as i128 {
        heap.reserve(count as usize * (size_of::<Value>() + size_of::<IntegerObject>()))?;
    }
    let array = heap.array_with_capacity(count as usize);
    for index in 0..count {
        let number = heap.integer((from + index * step) as i64);
        array.push(heap, number)?;
    }
    Ok(array.value())
}
