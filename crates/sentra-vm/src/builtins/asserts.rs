//! Assertions: they throw an error of kind `assertion` that shows what was and what should be.

use crate::builtin::{Arguments, Types};
use crate::call;
use crate::difference;
use crate::fault::Fault;
use crate::heap::{Heap, equal};
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

use super::sequences;

const MESSAGE: Types = Types::STRING;

builtins! { TABLE:
    "assert" in ["test"] (condition: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws unless the condition is truthy.",
        "assert(1 < 2)\ntry { assert(false, \"no\") } catch e { log(e) } // expect: assertion failed: no" => Native(assert);
    "assert_true" in ["test"] (value: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws unless the value is true.",
        "try { assert_true(1) } catch e { log(e.kind) } // expect: assertion" => Native(assert_true);
    "assert_false" in ["test"] (value: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws unless the value is false.",
        "try { assert_false(nil) } catch e { log(e.kind) } // expect: assertion" => Native(assert_false);
    "assert_nil" in ["test"] (value: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws unless the value is nil.",
        "assert_nil(nil)\ntry { assert_nil(0) } catch e { log(e.kind) } // expect: assertion" => Native(assert_nil);
    "assert_not_nil" in ["test"] (value: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws if the value is nil.",
        "assert_not_nil(0)\ntry { assert_not_nil(nil) } catch e { log(e.kind) } // expect: assertion" => Native(assert_not_nil);
    "assert_equal" in ["test"] (actual: Types::ANY, expected: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws unless both are equal.",
        "try { assert_equal([1], [2]) } catch e { log(e) } // expect: assertion failed: expected [2], got [1]" => Native(assert_equal);
    "assert_not_equal" in ["test"] (actual: Types::ANY, other: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws if both are equal.",
        "try { assert_not_equal(1, 1) } catch e { log(e.kind) } // expect: assertion" => Native(assert_not_equal);
    "assert_contains" in ["test"] (value: sequences::SIZED, what: Types::ANY, message: MESSAGE => "none") -> "nil",
        faults ["assertion"], Nothing,
        "Throws unless a string contains another, an array or range an element, a map a key.",
        "try { assert_contains([1], 2) } catch e { log(e.kind) } // expect: assertion" => Native(assert_contains);
    "assert_throws" in ["test"] (f: Types::FUNCTION, part: Types::STRING => "any error") -> "any",
        faults ["assertion"], Nothing,
        "Throws unless the function does, with an error of that kind or with that text in it if given; returns what was thrown.",
        "log(assert_throws(|| 1 / 0, \"zero\")) // expect: division by zero" => Library;
}

#[cold]
fn failed(text: &str) -> Box<Fault> {
    Fault::new("assertion", format!("assertion failed: {text}"))
}

/// Fails unless it holds; the message at `index` comes first, then what is known.
fn hold(holds: bool, args: Arguments, index: usize, what: impl FnOnce() -> String) -> Result<Value, Box<Fault>> {
    if holds {
        return Ok(Value::NIL);
    }
    Err(failed(&match args.optional(index) {
        Some(_) => match what() {
            what if what.is_empty() => args.string(index).into_owned(),
            what => format!("{}: {what}", args.string(index)),
        },
        None => match what() {
            what if what.is_empty() => "the condition is not true".to_string(),
            what => what,
        },
    }))
}

/// The value as it looks inside an array, at most some hundred bytes of it; of a huge one its size.
fn shown(heap: &Heap, value: Value) -> String {
    const MOST: usize = 160;
    if value.as_bytes().is_none() && !difference::is_small(value) {
        let length = call::length(value).map(|length| length.as_number().unwrap_or_default());
        return format!("{} of {} elements", call::article(value.type_name()), length.unwrap_or_default());
    }
    let mut text = Vec::new();
    match value.as_bytes() {
        Some(bytes) => show::quote(&mut text, &bytes[..bytes.len().min(MOST)]),
        None => show::text(heap, value, &mut text),
    }
    let cut = text.len() > MOST + 2;
    text.truncate(MOST + 2);
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if cut {
        text.push('…');
    }
    text
}

fn assert(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    hold(args.value(0).is_truthy(), args, 1, String::new)
}

fn is(vm: &mut Vm, args: Arguments, wanted: Value) -> Result<Value, Box<Fault>> {
    let got = args.value(0);
    hold(got == wanted, args, 1, || format!("expected {}, got {}", shown(&vm.heap, wanted), shown(&vm.heap, got)))
}

fn assert_true(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    is(vm, args, Value::TRUE)
}

fn assert_false(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    is(vm, args, Value::FALSE)
}

fn assert_nil(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    is(vm, args, Value::NIL)
}

fn assert_not_nil(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    hold(!args.value(0).is_nil(), args, 1, || "got nil".to_string())
}

fn assert_equal(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (got, wanted) = (args.value(0), args.value(1));
    let holds = equal(&vm.heap, got, wanted);
    let held = hold(holds, args, 2, || format!("expected {}, got {}", shown(&vm.heap, wanted), shown(&vm.heap, got)));
    held.map_err(|mut fault| {
        fault.error.detail = difference::between(&vm.heap, wanted, got);
        fault
    })
}

fn assert_not_equal(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let holds = !equal(&vm.heap, args.value(0), args.value(1));
    hold(holds, args, 2, || format!("both are {}", shown(&vm.heap, args.value(0))))
}

fn assert_contains(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let holds = sequences::contains(vm, args)? == Value::TRUE;
    hold(holds, args, 2, || format!("{} is not in {}", shown(&vm.heap, args.value(1)), shown(&vm.heap, args.value(0))))
}
