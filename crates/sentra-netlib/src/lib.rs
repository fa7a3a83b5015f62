//! Networking without Sentra: non-blocking endpoints and what failed and why, addresses, and
//! the codes, digests and tokens that protocols carry. Nothing here knows a value, a fiber or
//! the event loop.
//!
//! Without the feature `system` there is only what works on text and bytes: addresses and networks,
//! URLs, codes and digests.
#![deny(unsafe_code)]

pub mod address;
#[cfg(feature = "system")]
pub mod certificate;
pub mod code;
pub mod digest;
#[cfg(feature = "system")]
pub mod endpoint;
#[cfg(feature = "system")]
pub mod error;
#[cfg(feature = "system")]
pub mod exchange;
#[cfg(feature = "system")]
pub mod filter;
#[cfg(feature = "system")]
pub mod folder;
#[cfg(feature = "system")]
pub mod limits;
pub mod network;
#[cfg(feature = "system")]
pub mod password;
#[cfg(feature = "system")]
pub mod random;
#[cfg(feature = "system")]
pub mod token;
#[cfg(feature = "system")]
pub mod trace;
pub mod url;
#[cfg(feature = "system")]
pub mod wire;

pub use code::Malformed;
#[cfg(feature = "system")]
pub use error::{NetError, Stage};
