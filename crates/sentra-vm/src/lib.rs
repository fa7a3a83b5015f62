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

#[macro_use]
pub mod builtin;
pub mod command;
pub mod convert;
pub mod error;
pub mod fault;
pub mod heap;
pub mod help;
pub mod output;
pub mod repl;
pub mod report;
pub mod value;
pub mod vm;

pub mod builtins;
pub(crate) mod call;
pub(crate) mod capture;
pub(crate) mod channel;
pub(crate) mod children;
pub(crate) mod connect;
pub(crate) mod difference;
pub(crate) mod dns;
pub(crate) mod driver;
pub(crate) mod fetch;
pub(crate) mod fiber;
pub(crate) mod format;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod interpret;
pub(crate) mod link;
pub(crate) mod nesting;
pub(crate) mod number;
pub(crate) mod program;
pub(crate) mod reactor;
pub(crate) mod record;
pub(crate) mod scheduler;
pub(crate) mod session;
pub(crate) mod show;
pub(crate) mod signals;
pub(crate) mod socket;
pub(crate) mod stream;
pub(crate) mod task;
pub(crate) mod temporary;
pub(crate) mod testing;
pub(crate) mod timer;
pub(crate) mod wait_queue;
pub(crate) mod websocket;
pub(crate) mod worker;
pub(crate) mod workers;
