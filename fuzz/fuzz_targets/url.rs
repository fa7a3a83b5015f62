//! Any bytes are refused as a URL, or are one that is written as it is read.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/bodies.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::url(bytes);
});
