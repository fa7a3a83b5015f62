//! What protocols look like as bytes: readers and writers. Nothing here waits, reads or sends;
//! every reader takes its bytes in pieces of any size, with the same result.

pub mod bpf;
pub mod capture;
pub mod dns;
pub mod fingerprint;
pub mod http;
pub mod packet;
pub mod postgres;
pub mod service;
pub mod tls;
pub mod vendor;
pub mod websocket;
