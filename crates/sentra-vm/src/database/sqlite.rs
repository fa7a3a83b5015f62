//! SQLite: one connection that writes, several that read, and the queues before them.
//!
//! Statements are put into queues by the loop and run by threads of the pool, each connection by one thread at
//! a time. In write-ahead mode readers and the writer do not wait for each other. A transaction owns the writing
//! connection from its begin to its end: until then the statements of others wait.

mod connection;
mod errors;
mod guard;
mod operation;
mod queue;
mod run;
mod serve;
mod tables;

pub(crate) use connection::{Settings, open};
pub(crate) use operation::{Close, Operate};
pub(crate) use queue::Queue;
