//! Any bytes are a `sentra.toml` or a `sentra.lock`, or are refused with messages that can be shown.
#![no_main]

#[path = "../../crates/sentra-compiler/tests/support/bodies.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::package_any(bytes);
});
