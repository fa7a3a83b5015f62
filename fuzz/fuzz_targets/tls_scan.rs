//! A scan ends, whatever the server says.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/tls_scan.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::scan(bytes);
});
