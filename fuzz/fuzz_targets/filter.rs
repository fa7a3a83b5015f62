//! Any text is a filter, or refused at its place.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/filter.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::filter(bytes);
});
