//! Any pattern is a fault, or everything agrees on what it matches. A line's end divides pattern and subject.
#![no_main]

#[path = "../../crates/sentra-vm/tests/text/bodies.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    let (pattern, rest) = bytes.split_at(end);
    bodies::regex_any(&mut bodies::machine(), pattern, rest.get(1..).unwrap_or_default());
});
