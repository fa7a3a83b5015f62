//! As `verify`; an accepted module also runs, bounded in memory and turns.
#![no_main]

#[path = "../../crates/sentra-vm/tests/verified/running.rs"]
mod running;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    running::run_bytes(bytes);
});
