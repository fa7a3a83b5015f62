//! Any bytes are refused, or are a module that is written and read again unchanged.
#![no_main]

#[path = "../../crates/sentra-bytecode/tests/format/bodies.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::decode_any(bytes);
});
