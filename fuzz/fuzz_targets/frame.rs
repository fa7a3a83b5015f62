//! Any bytes are read as frames of any link, or have no headers.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/packet.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::frame(bytes);
});
