//! Any bytes as the other side of a TLS handshake end it with an error.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/bodies.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::tls(bytes);
});
