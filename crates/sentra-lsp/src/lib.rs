//! Sentra's language server: what editors ask about programs while they are written.
//!
//! A document is analysed once per version; every request reads that analysis. The server runs no
//! script and knows of builtins what the compiler's manifest says.
#![forbid(unsafe_code)]

pub mod analysis;
mod diagnostics;
pub mod documents;
mod requests;
pub mod server;
mod transport;
mod uri;
