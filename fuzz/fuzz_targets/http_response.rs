//! A response is the same in one piece and byte by byte.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/http.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod http;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    http::response(bytes);
});
