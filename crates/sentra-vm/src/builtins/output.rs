//! Output: values as text to the two streams. Where the text goes is `Vm::output`'s affair.

use crate::builtin::{Arguments, Types};
use crate::capture;
use crate::fault::Fault;
use crate::output::Output;
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

use super::json;

builtins! { TABLE:
    "log" in ["console", "io"] (; ...values: Types::ANY) -> "nil",
        faults [], Nothing,
        "Writes the values' texts, joined by a space, and a newline to standard output.",
        "log(1, \"a\", [2]) // expect: 1 a [2]" => Native(log);
    "println" in ["io"] (; ...values: Types::ANY) -> "nil",
        faults [], Nothing,
        "Writes the values' texts, joined by a space, and a newline to standard output, as `log` does.",
        "println(\"x is\", 5) // expect: x is 5" => Native(log);
    "print" in ["io"] (; ...values: Types::ANY) -> "nil",
        faults [], Nothing,
        "Writes the values' texts, joined by a space, to standard output, without a newline.",
        "print(\"a\")\nprint(\"b\", 1)\nprint(\"\\n\") // expect: ab 1" => Native(print);
    "eprint" in ["io"] (; ...values: Types::ANY) -> "nil",
        faults [], Nothing,
        "Writes the values' texts, joined by a space, to standard error, without a newline.",
        "eprint(\"a problem\\n\") // expect stderr: a problem\nlog(\"done\") // expect: done" => Native(eprint);
    "eprintln" in ["console:error", "console:warn", "io"] (; ...values: Types::ANY) -> "nil",
        faults [], Nothing,
        "Writes the values' texts, joined by a space, and a newline to standard error.",
        "eprintln(\"a problem\") // expect stderr: a problem\nlog(\"done\") // expect: done" => Native(eprintln);
    "log_json" in ["io"] (value: Types::ANY) -> "nil",
        faults ["range"], Nothing,
        "Writes the value as JSON and a newline to standard output.",
        "log_json({port: 80, open: true}) // expect: {\"port\":80,\"open\":true}" => Native(log_json);
}

/// The values' texts, joined by a space.
fn joined(vm: &Vm, args: Arguments) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    for (index, &value) in args.0.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        show::text(&vm.heap, value, &mut out);
    }
    out
}

/// Writes to standard output, or to where the running fiber's output goes.
#[inline]
fn write(vm: &mut Vm, bytes: &[u8]) -> Result<(), Box<Fault>> {
    match &vm.fiber().capture {
        None => vm.output.write(bytes),
        Some(_) => return capture::add(vm, bytes, Output::write),
    }
    Ok(())
}

/// The same for standard error.
fn write_error(vm: &mut Vm, bytes: &[u8]) -> Result<(), Box<Fault>> {
    capture::add(vm, bytes, Output::write_error)
}

fn log(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut line = joined(vm, args);
    line.push(b'\n');
    write(vm, &line)?;
    Ok(Value::NIL)
}

fn print(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let text = joined(vm, args);
    write(vm, &text)?;
    Ok(Value::NIL)
}

fn eprint(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let text = joined(vm, args);
    write_error(vm, &text)?;
    Ok(Value::NIL)
}

fn eprintln(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut line = joined(vm, args);
    line.push(b'\n');
    write_error(vm, &line)?;
    Ok(Value::NIL)
}

fn log_json(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut line = json::encode(&vm.heap, args.value(0), None)?;
    line.push(b'\n');
    write(vm, &line)?;
    Ok(Value::NIL)
}
