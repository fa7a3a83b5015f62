//! Types: asking for them and converting between them.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::number::{self, Digits, Number};
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

const CONVERTIBLE: Types = Types::NUMBER.or(Types::STRING).or(Types::BOOLEAN);

builtins! { TABLE:
    "type" in [] (value: Types::ANY) -> "string",
        faults [], Nothing,
        "The name of the value's type.",
        "log(type(1), type([])) // expect: number array" => Native(type_of);
    "str" in [] (value: Types::ANY) -> "string",
        faults [], Nothing,
        "The value as text: strings as they are, the contents of arrays and maps as in JSON.",
        "log(str([1, \"a\"]) + \"!\") // expect: [1, \"a\"]!" => Native(str);
    "number" in [] (value: CONVERTIBLE) -> "number",
        faults ["parse"], Nothing,
        "A string's number, written as in the language; true is 1, false 0.",
        "log(number(\"0x1F\"), number(\" 1.5 \")) // expect: 31 1.5" => Native(number);
    "int" in [] (value: CONVERTIBLE) -> "number",
        faults ["parse", "range"], Nothing,
        "The number, or a string's number, without its fraction.",
        "log(int(3.7), int(\"-42\")) // expect: 3 -42" => Native(int);
    "float" in [] (value: CONVERTIBLE) -> "number",
        faults ["parse"], Nothing,
        "The number, or a string's number, as a double.",
        "log(float(\"2.5\") * 2) // expect: 5" => Native(float);
    "bool" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is truthy: all but nil, false, 0 and what is empty.",
        "log(bool(\"a\"), bool([])) // expect: true false" => Native(bool);
    "is_nil" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is nil.",
        "log(is_nil(nil), is_nil(0)) // expect: true false" => Native(is_nil);
    "is_bool" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is true or false.",
        "log(is_bool(false), is_bool(nil)) // expect: true false" => Native(is_bool);
    "is_number" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is a number.",
        "log(is_number(1.5), is_number(\"1\")) // expect: true false" => Native(is_number);
    "is_string" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is a string.",
        "log(is_string(\"\"), is_string(1)) // expect: true false" => Native(is_string);
    "is_array" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is an array.",
        "log(is_array([]), is_array({})) // expect: true false" => Native(is_array);
    "is_map" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is a map.",
        "log(is_map({}), is_map([])) // expect: true false" => Native(is_map);
    "is_function" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value can be called.",
        "log(is_function(len), is_function(|x| x)) // expect: true true" => Native(is_function);
    "is_error" in [] (value: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether the value is an error that the runtime threw.",
        "try { 1 / 0 } catch e { log(is_error(e)) } // expect: true" => Native(is_error);
    "parse_int" in ["string"] (text: Types::STRING, base: Types::INTEGER => "10") -> "number",
        faults ["parse", "range"], Nothing,
        "The whole number that a string holds, with digits of a base from 2 to 36.",
        "log(parse_int(\"42\"), parse_int(\"ff\", 16)) // expect: 42 255" => Native(parse_int);
    "parse_float" in ["string"] (text: Types::STRING) -> "number",
        faults ["parse"], Nothing,
        "The number that a string holds.",
        "log(parse_float(\"-2.5e3\")) // expect: -2500" => Native(number);
    "to_i" in ["string"] (value: Types::STRING.or(Types::NUMBER)) -> "number",
        faults ["parse", "range"], Nothing,
        "The number, or a string's number, without its fraction.",
        "log(\"42\".to_i() + 1) // expect: 43" => Native(int);
    "to_f" in ["string"] (value: Types::STRING.or(Types::NUMBER)) -> "number",
        faults ["parse"], Nothing,
        "The number, or a string's number.",
        "log(\"1.5\".to_f() * 2) // expect: 3" => Native(number);
}

fn type_of(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(vm.heap.intern(args.value(0).type_name().as_bytes()))
}

fn str(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let value = args.value(0);
    if value.as_text().is_some() {
        return Ok(value);
    }
    if let Some(digits) = Digits::of_value(value) {
        return Ok(vm.heap.text(digits.as_bytes()));
    }
    let mut out = Vec::with_capacity(24);
    show::text(&vm.heap, value, &mut out);
    vm.heap.checked_text(&out)
}

/// The value as a number: a number itself, a boolean's 0 or 1, or what a string says.
fn converted(vm: &mut Vm, value: Value) -> Result<Value, Box<Fault>> {
    match value.as_bytes() {
        Some(text) => match number::parse(text) {
            Some(Number::Integer(integer)) => Ok(vm.heap.integer(integer)),
            Some(Number::Double(double)) => Ok(Value::number(double)),
            None => Err(no_number(text, "number")),
        },
        None if value.is_number() => Ok(value),
        None => Ok(Value::small(i32::from(value == Value::TRUE))),
    }
}

fn no_number(text: &[u8], what: &str) -> Box<Fault> {
    let mut shown = Vec::new();
    show::quote(&mut shown, &text[..text.len().min(60)]);
    Fault::new("parse", format!("{} is no {what}", String::from_utf8_lossy(&shown)))
}

fn number(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    converted(vm, args.value(0))
}

fn int(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let value = converted(vm, args.value(0))?;
    match value.as_double() {
        Some(double) if !double.is_finite() => Err(Fault::range("a number that is not finite has no whole part")),
        Some(double) => Ok(Value::number(double.trunc())),
        None => Ok(value),
    }
}

fn float(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let value = converted(vm, args.value(0))?;
    Ok(Value::number(value.as_number().unwrap_or(f64::NAN)))
}

fn parse_int(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let base = args.optional(1).map_or(10, |_| args.integer(1));
    if !(2..=36).contains(&base) {
        return Err(Fault::range(format!("a base is from 2 to 36, got {base}")));
    }
    match number::parse_integer(args.bytes(0), base as u32) {
        Some(Number::Integer(integer)) => Ok(vm.heap.integer(integer)),
        Some(Number::Double(double)) => Ok(Value::number(double)),
        None => Err(no_number(args.bytes(0), "whole number")),
    }
}

fn bool(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).is_truthy().into())
}

fn is_nil(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).is_nil().into())
}

fn is_bool(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Types::BOOLEAN.accept(args.value(0)).into())
}

fn is_number(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).is_number().into())
}

fn is_string(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).as_text().is_some().into())
}

fn is_array(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).as_array().is_some().into())
}

fn is_map(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).as_map().is_some().into())
}

fn is_function(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Types::FUNCTION.accept(args.value(0)).into())
}

fn is_error(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.value(0).as_error().is_some().into())
}
