//! What the library written in Sentra needs besides ordinary builtins. Scripts cannot name these.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::value::Value;
use crate::vm::Vm;

/// An argument that was not given; equal only to itself.
struct Missing;

impl Payload for Missing {
    fn type_name(&self) -> &'static str {
        "missing"
    }

    fn trace(&self, _: &mut Marker) {}
}

builtins! { TABLE:
    "__check" in [] (name: Types::STRING; ...values: Types::ANY) -> "nil",
        faults [], Nothing,
        "Throws unless the values fit the declared parameters of a builtin.",
        "try { map(1, len) } catch e { log(e.kind) } // expect: type" => Native(check);
    "__missing" in [] () -> "missing",
        faults [], Nothing,
        "The default of parameters for which nil is an argument like any other.",
        "log(count([nil, 1], nil)) // expect: 1" => Constant(|heap| heap.payload(Missing));
    "__fault" in [] (kind: Types::STRING, message: Types::STRING) -> "never",
        faults [], Nothing,
        "Throws an error of a kind.",
        "try { reduce([], max) } catch e { log(e.kind) } // expect: range" => Native(fault);
    "__assign" in [] (xs: Types::ARRAY, elements: Types::ARRAY) -> "array",
        faults ["memory"], Nothing,
        "Gives an array the elements of another and returns it.",
        "let xs = [2, 1]\nsort(xs, |a, b| a - b)\nlog(xs) // expect: [1, 2]" => Native(assign);
    "__copy" in [] (to: Types::ARRAY, place: Types::INTEGER, from: Types::ARRAY, start: Types::INTEGER, end: Types::INTEGER) -> "nil",
        faults ["range"], Nothing,
        "Copies elements over those of another array.",
        "log(sort([1, 2, 3], |a, b| a - b)) // expect: [1, 2, 3]" => Native(copy);
    "__takes" in [] (f: Types::FUNCTION) -> "number",
        faults [], Nothing,
        "How many of a callback's arguments to pass to the function.",
        "log(map([\"1\", \"2\"], parse_int)) // expect: [1, 2]" => Native(takes);
}

fn declared(args: Arguments) -> &'static crate::builtin::Builtin {
    let number = super::find(&args.string(0)).expect("the library names builtins");
    super::get(number)
}

fn check(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    declared(args).check(&args.0[1..]).map(|()| Value::NIL)
}

fn fault(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Err(Fault::new(&args.string(0), args.string(1)))
}

fn assign(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    args.array(0).assign(&mut vm.heap, args.array(1).as_slice())?;
    Ok(args.value(0))
}

fn copy(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (place, start, end) = (args.integer(1) as usize, args.integer(3) as usize, args.integer(4) as usize);
    let elements = args.array(2).as_slice().get(start..end);
    let target = args.array(0).rearrange(&mut vm.heap).get_mut(place..).and_then(|rest| rest.get_mut(..end - start));
    match (elements, target) {
        (Some(elements), Some(target)) => target.copy_from_slice(elements),
        _ => return Err(Fault::range("elements outside an array cannot be copied")),
    }
    Ok(Value::NIL)
}

/// Builtins get what they require only: a callback's further arguments (an index) would
/// mean something else to their optional parameters.
fn takes(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let f = args.value(0);
    let count = match (f.as_native(), f.as_bound()) {
        (Some(number), _) => super::get(number).required.max(1),
        (_, Some(_)) => 1,
        _ => crate::call::arguments_taken(vm, f).unwrap_or(usize::from(u8::MAX)),
    };
    Ok(Value::number(count as f64))
}
