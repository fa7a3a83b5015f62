//! Sentra's bytecode: the opcode table, the module format, `encode`, `decode`,
//! `verify` and the listing.
//!
//! This crate knows no source text, no values and no I/O, and depends on nothing.
#![forbid(unsafe_code)]

pub mod instruction;
pub mod module;
pub mod opcode;

pub use instruction::Instruction;
pub use module::{Capture, Constant, Export, Extern, Function, Global, Handler, HandlerKind, Module, Position, Source};
pub use opcode::{Flow, Opcode, Operand};
