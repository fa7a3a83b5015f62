//! Any text is rules, or refused at its place.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/detect.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::rules(bytes);
});
