//! Any bytes become text and come back; any text is refused or read.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/bodies.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::codes(bytes);
});
