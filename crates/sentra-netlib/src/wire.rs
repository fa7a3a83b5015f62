//! Protocols as bytes: readers of what a peer sends and writers of what it gets. No I/O, no
//! state beyond the message; whatever is read is refused or understood, never guessed.

pub mod http;
