//! Frames of WebSockets are the same in one piece and byte by byte.
#![no_main]

#[path = "../../crates/sentra-netlib/tests/foreign/websocket.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod websocket;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    websocket::frames(bytes);
});
