//! Conversations over HTTP.

pub mod server;
