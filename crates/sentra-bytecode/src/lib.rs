//! Sentra's bytecode: the opcode table, the module format, `encode`, `decode`,
//! `verify` and the listing.
//!
//! This crate knows no source text, no values and no I/O, and depends on nothing.
#![forbid(unsafe_code)]

pub mod bundle;
mod checksum;
pub mod decode;
pub mod encode;
pub mod format;
pub mod instruction;
pub mod listing;
pub mod module;
pub mod opcode;
mod varint;
pub mod verify;

pub use decode::{DecodeError, decode};
pub use encode::encode;
pub use format::is_bytecode;
pub use instruction::Instruction;
pub use listing::list;
pub use module::{
    Capture, Constant, Debug, Export, Extern, Function, Global, Handler, HandlerKind, Module, Place, Position, Source,
    Statement, Variable,
};
pub use opcode::{Flow, Opcode, Operand};
pub use verify::{VerifyError, verify};
