//! Any bytes on a link are no answer to a probe, or one that can be told.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/link.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::link(bytes);
});
