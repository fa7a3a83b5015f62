//! Exchanges of HTTP/1: a request one way, its response the other way.

pub mod client;
pub mod proxy;
pub mod redirect;
pub mod server;
