//! Whatever sets cookies, what goes back is a value of a field.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/http.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod http;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    http::cookies(bytes);
});
