//! Any text is a time or a fault.
#![no_main]

#[path = "../../crates/sentra-vm/tests/text/bodies.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::time_any(&mut bodies::machine(), bytes);
});
