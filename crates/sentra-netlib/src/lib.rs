//! Networking without Sentra: non-blocking endpoints, and what failed and why. Nothing here
//! knows a value, a fiber or the event loop.
#![forbid(unsafe_code)]

pub mod address;
pub mod endpoint;
pub mod error;
pub mod limits;

pub use error::{NetError, Stage};
