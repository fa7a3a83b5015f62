//! Bytes written as text and back.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "hex_encode" in ["encoding"] (data: Types::STRING) -> "string",
        faults ["memory", "range"], Nothing,
        "The bytes as hexadecimal digits.",
        "log(hex_encode(\"A\\xff\")) // expect: 41ff" => Native(hex_encode);
    "hex_decode" in ["encoding"] (text: Types::STRING) -> "string",
        faults ["parse"], Nothing,
        "The bytes that hexadecimal digits stand for.",
        "log(hex_decode(\"48 69\".replace(\" \", \"\"))) // expect: Hi" => Native(hex_decode);
}

/// Hexadecimal digits, in small letters.
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

fn hex_encode(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let bytes = args.bytes(0);
    vm.heap.reserve_text(bytes.len().saturating_mul(2))?;
    Ok(vm.heap.text(&hex(bytes)))
}

fn hex_decode(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let text = args.bytes(0);
    if !text.len().is_multiple_of(2) {
        return Err(Fault::new("parse", "an odd number of hexadecimal digits"));
    }
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for (index, pair) in text.chunks_exact(2).enumerate() {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
            return Err(Fault::new("parse", format!("no hexadecimal digits at byte {}", index * 2)));
        };
        bytes.push((high * 16 + low) as u8);
    }
    vm.heap.checked_text(&bytes)
}
