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

/// The most bytes that a level is indented by.
const DEEPEST_INDENT: usize = 16;

builtins! { TABLE:
    "json_encode" in ["json:encode", "json:stringify", "json"] (value: Types::ANY, indent: INDENT => "none") -> "string",
        faults ["range", "memory"], Nothing,
        "The value as JSON, on one line or indented by so many spaces, up to 16, or by a text of white space. Bytes of a string that are no UTF-8 become U+FFFD; a number that is not finite, a value that contains itself and more than 10000 containers within one another are errors.",
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

/// What each level is indented by; nothing if all is on one line.
fn indent(args: Arguments) -> Result<Vec<u8>, Box<Fault>> {
    let Some(indent) = args.optional(1) else { return Ok(Vec::new()) };
    let Some(text) = indent.as_bytes() else {
        let spaces = usize::try_from(args.integer(1)).ok().filter(|&spaces| spaces <= DEEPEST_INDENT);
        let wrong =
            || Fault::range(format!("JSON is indented by 0 to {DEEPEST_INDENT} spaces, got {}", args.integer(1)));
        return spaces.map(|spaces| vec![b' '; spaces]).ok_or_else(wrong);
    };
    if text.len() > DEEPEST_INDENT || !text.iter().all(|byte| b" \t\r\n".contains(byte)) {
        return Err(Fault::range(format!("JSON is indented by white space of {DEEPEST_INDENT} bytes at most")));
    }
    Ok(text.to_vec())
}

fn json_encode(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let indent = indent(args)?;
    let text = encode(&vm.heap, args.value(0), Some(indent.as_slice()).filter(|indent| !indent.is_empty()))?;
    vm.heap.checked_text(&text)
}

fn json_decode(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    decode(&mut vm.heap, args.bytes(0))
}
