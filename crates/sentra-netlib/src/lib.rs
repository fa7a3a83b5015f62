//! Networking without Sentra: non-blocking endpoints and what failed and why, addresses, and
//! the codes, digests and tokens that protocols carry. Nothing here knows a value, a fiber or
//! the event loop.
#![forbid(unsafe_code)]

pub mod address;
pub mod certificate;
pub mod code;
pub mod digest;
pub mod endpoint;
pub mod error;
pub mod exchange;
pub mod folder;
pub mod limits;
pub mod network;
pub mod password;
pub mod token;
pub mod url;
pub mod wire;

pub use code::Malformed;
pub use error::{NetError, Stage};
