//! Whatever a PostgreSQL server says, a session ends or goes on.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/postgres.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    foreign::postgres(bytes);
});
