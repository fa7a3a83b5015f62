//! Whatever a service says, it is known by it or not, and an inquiry ends.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/service.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::service(bytes);
});
