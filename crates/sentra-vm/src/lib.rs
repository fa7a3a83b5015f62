//! Sentra's virtual machine: values, heap, fibers, interpreter, event loop and builtins, the REPL,
//! and the API for programs that embed it.

pub mod builtin;
pub mod fault;
pub(crate) mod fiber;
pub mod heap;
pub(crate) mod image;
pub mod output;
pub(crate) mod scheduler;
pub(crate) mod timer;
pub mod value;
pub mod vm;
