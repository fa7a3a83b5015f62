//! Handshakes of WebSockets are refused, or both ends agree.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/websocket.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod websocket;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    websocket::handshake(bytes);
});
