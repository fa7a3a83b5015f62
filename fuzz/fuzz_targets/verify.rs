//! As `decode` with a checksum that fits; an accepted module keeps what `verify` promises.
#![no_main]

#[path = "../../crates/sentra-bytecode/tests/format/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bodies::verify_any(bytes);
});
