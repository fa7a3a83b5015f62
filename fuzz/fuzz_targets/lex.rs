//! Any bytes are cut into tokens that tile the source.
#![no_main]

#[path = "../../crates/sentra-compiler/tests/support/bodies.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::lex_any(bytes);
});
