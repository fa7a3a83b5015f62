//! Any parts of a URL are refused, or stay the parts that they were.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/bodies.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::parts(bytes);
});
