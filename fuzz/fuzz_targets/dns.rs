//! Any bytes are refused as a DNS reply, or can be shown.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/dns.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::dns(bytes);
});
