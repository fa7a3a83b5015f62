//! Any packets are looked at within bounds.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/detect.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::frames(bytes);
});
