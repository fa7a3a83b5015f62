//! Conversations as state machines: bytes go in, what they mean comes out. No I/O, no clock.

pub mod detect;
pub mod http;
pub mod postgres;
pub mod resolver;
pub mod scan;
pub mod sweep;
pub mod tls_scan;
pub mod traceroute;
pub mod traffic;
pub mod websocket;
