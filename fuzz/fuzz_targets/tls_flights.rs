//! Answers to hellos of any version of TLS are read the same however they are cut.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/tls_scan.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::flights(bytes);
});
