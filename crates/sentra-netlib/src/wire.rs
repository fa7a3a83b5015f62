//! What protocols look like as bytes: readers and writers. Nothing here waits, reads or sends;
//! every reader takes its bytes in pieces of any size, with the same result.

pub mod dns;
pub mod http;
pub mod websocket;
