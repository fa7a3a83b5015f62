//! Conversations as state machines: bytes go in, what they mean comes out. No I/O, no clock.

pub mod http;
pub mod resolver;
pub mod websocket;
