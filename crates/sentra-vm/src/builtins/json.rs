//! JSON (RFC 8259): values to text and back, exactly or not at all.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

mod decode;
mod encode;
mod memory;
mod numbers;
mod scan;

pub(crate) use decode::{Origin, decode, decode_from};
pub(crate) use encode::encode;
pub(crate) use memory::Memory;

const INDENT: Types = Types::INTEGER.or(Types::STRING);

builtins! { TABLE:
    "json_encode" in ["json:encode", "json:stringify", "json"] (value: Types::ANY, indent: INDENT => "none") -> "string",
        faults ["range", "memory"], Nothing,
        "The value as JSON, on one line or indented by so many spaces or by a text. Bytes of a string that are no UTF-8 become U+FFFD; a number that is not finite, a value that contains itself and more than 10000 containers within one another are errors.",
        "log(json_encode({a: [1, nil], b: \"x\"})) // expect: {\"a\":[1,null],\"b\":\"x\"}" => Native(json_encode);
    "to_json" in ["json"] (value: Types::ANY, indent: INDENT => "none") -> "string",
        faults ["range", "memory"], Nothing,
        "The value as JSON; the same as `json_encode`.",
        "log(to_json([1, true])) // expect: [1,true]" => Native(json_encode);
    "json" in ["json"] (value: Types::ANY, indent: INDENT => "none") -> "string",
        faults ["range", "memory"], Nothing,
        "The value as JSON; the same as `json_encode`.",
        "log(json({port: 80})) // expect: {\"port\":80}" => Native(json_encode);
    "json_decode" in ["json:decode", "json:parse", "json"] (text: Types::STRING) -> "any",
        faults ["json", "memory"], Nothing,
        "The value that a JSON text stands for; an error names line and column. Integers of 64 bits are exact, the last of equal keys wins, half of a surrogate pair becomes U+FFFD; bytes that are no UTF-8 and more than 10000 arrays and objects within one another are refused.",
        "log(json_decode(\"[1, {\\\"a\\\": null}]\")) // expect: [1, {\"a\": nil}]" => Native(json_decode);
    "parse_json" in ["json"] (text: Types::STRING) -> "any",
        faults ["json", "memory"], Nothing,
        "The value that a JSON text stands for; the same as `json_decode`.",
        "try { parse_json(\"[1,\") } catch e { log(e.kind) } // expect: json" => Native(json_decode);
}

fn json_encode(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let indent = match args.optional(1) {
        None => None,
        Some(text) if text.as_text().is_some() => Some(args.bytes(1).to_vec()),
        Some(_) => Some(vec![b' '; args.integer(1).clamp(0, 100) as usize]),
    };
    let text = encode(&vm.heap, args.value(0), indent.as_deref().filter(|indent| !indent.is_empty()))?;
    vm.heap.checked_text(&text)
}

fn json_decode(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    decode(&mut vm.heap, args.bytes(0))
}
