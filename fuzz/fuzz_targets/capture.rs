//! Any bytes are refused as a capture file, or give the same frames however they are cut.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/packet.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::capture(bytes);
});
