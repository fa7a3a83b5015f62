//! Any instructions are refused, or end on every frame.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/filter.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::bpf(bytes);
});
