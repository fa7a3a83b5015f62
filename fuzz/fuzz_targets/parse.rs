//! Any bytes are parsed into a tree and diagnostics that can be shown.
#![no_main]

#[path = "../../crates/sentra-compiler/tests/support/bodies.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::parse_any(bytes);
});
