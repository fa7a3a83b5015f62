//! Sentra's virtual machine: values, heap, fibers, interpreter, event loop and builtins, the REPL,
//! and the API for programs that embed it.
//!
//! ```
//! use sentra_vm::convert::{FromValue, IntoValue};
//! use sentra_vm::vm::{Options, Vm};
//!
//! let mut vm = Vm::new(Options::default())?;
//! vm.register("answer", 0, |vm, _arguments| Ok(42_i64.into_value(&mut vm.heap)));
//! let value = vm.evaluate("fn half(n) => n / 2\nhalf(answer())")?;
//! assert_eq!(i64::from_value(value), Some(21));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`value::Value`] belongs to its VM and is good until that VM runs again; [`vm::Vm::hold`]
//! keeps it longer. `examples/embed.rs` in the repository shows more.
//!
//! Without the feature `system` the VM needs no operating system: there are no sockets, files,
//! processes and threads, nor the builtins that use them. The modules in `bare/` stand where the
//! machine meets the system otherwise; the program that embeds the VM drives its clock and its input.

// The core serves what uses the system too; without that, some of it has nothing to do.
#![cfg_attr(not(feature = "system"), allow(dead_code, unused_imports))]

#[cfg(feature = "system")]
pub(crate) mod adapter;
#[cfg(not(feature = "system"))]
pub mod advance;
#[macro_use]
pub mod builtin;
pub mod clock;
#[cfg(feature = "system")]
pub mod command;
pub mod convert;
pub mod error;
pub mod fault;
pub mod heap;
pub mod help;
pub mod output;
#[cfg(feature = "system")]
pub mod permission;
#[cfg(feature = "system")]
pub mod repl;
pub mod report;
pub mod value;
pub mod vm;

pub mod builtins;
#[cfg(feature = "system")]
pub(crate) mod bundle;
pub(crate) mod call;
pub(crate) mod capture;
pub(crate) mod channel;
#[cfg(feature = "system")]
pub(crate) mod children;
#[cfg(feature = "system")]
pub(crate) mod connect;
#[cfg_attr(not(feature = "system"), path = "bare/console.rs")]
pub(crate) mod console;
#[cfg(feature = "system")]
pub(crate) mod database;
pub(crate) mod debug;
pub(crate) mod difference;
#[cfg(feature = "system")]
pub(crate) mod discovery;
#[cfg(feature = "system")]
pub(crate) mod dns;
pub(crate) mod driver;
#[cfg(feature = "system")]
pub(crate) mod fetch;
pub(crate) mod fiber;
pub(crate) mod format;
pub(crate) mod host;
#[cfg(feature = "system")]
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod interpret;
pub(crate) mod library;
pub(crate) mod link;
#[cfg_attr(not(feature = "system"), path = "bare/measure.rs")]
pub(crate) mod measure;
pub(crate) mod nesting;
pub(crate) mod number;
#[cfg(feature = "system")]
pub(crate) mod owner;
#[cfg(feature = "system")]
pub(crate) mod packets;
pub(crate) mod program;
#[cfg(feature = "system")]
pub(crate) mod prompt;
#[cfg_attr(not(feature = "system"), path = "bare/reactor.rs")]
pub(crate) mod reactor;
pub(crate) mod record;
#[cfg(feature = "system")]
pub(crate) mod scan;
pub(crate) mod scheduler;
pub(crate) mod session;
pub(crate) mod show;
#[cfg(feature = "system")]
pub(crate) mod signals;
#[cfg(feature = "system")]
pub(crate) mod socket;
#[cfg(feature = "system")]
pub(crate) mod stream;
#[cfg_attr(not(feature = "system"), path = "bare/system.rs")]
pub(crate) mod system;
pub(crate) mod task;
#[cfg(feature = "system")]
pub(crate) mod temporary;
#[cfg(feature = "system")]
pub(crate) mod testing;
pub(crate) mod timer;
#[cfg(feature = "system")]
mod tls_scan;
pub(crate) mod wait_queue;
#[cfg(feature = "system")]
pub(crate) mod websocket;
#[cfg(feature = "system")]
pub(crate) mod worker;
#[cfg_attr(not(feature = "system"), path = "bare/workers.rs")]
pub(crate) mod workers;
