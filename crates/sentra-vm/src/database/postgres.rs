//! PostgreSQL: connections over the VM's own sockets, on its loop, that fibers borrow from a pool.
//!
//! A statement is an operation: it takes a connection out of the pool or opens one, sends, waits, and gives the
//! connection back. One that was given up in the middle is closed, and the server is told to stop its statement.
//! A transaction keeps its connection from its begin to its end.

mod ask;
mod cancel;
mod dial;
mod errors;
mod link;
mod listen;
mod parameters;
mod pool;
mod tables;
mod talk;

pub(crate) use ask::Ask;
pub(crate) use listen::{Listen, Listener, Receive};
pub(crate) use pool::{Pool, Settings};
