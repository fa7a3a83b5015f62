//! WebSocket as bytes (RFC 6455): the handshake's fields, the heads of frames, masks, and text
//! that is checked as it arrives.

pub mod frame;
pub mod handshake;
pub mod mask;
pub mod utf8;
