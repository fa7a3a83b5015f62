//! Sentra's compiler: source text to a bytecode module.
//!
//! It knows no values and does no I/O; reading imported files is the caller's
//! [`Loader`](load::Loader), which for programs with packages is [`Project`](project::Project). Of the builtins it knows the names and signatures in `manifest`.
#![forbid(unsafe_code)]

pub mod ast;
pub mod command_line;
pub mod compile;
pub mod diagnostic;
mod emit;
pub mod event;
mod fold;
pub mod format;
mod ir;
pub mod layout;
pub mod lex;
pub mod lint;
pub mod load;
pub mod manifest;
pub mod package;
pub mod parse;
pub mod project;
pub mod render;
pub mod replace;
mod resolve;
pub mod span;
pub mod token;

pub use resolve::suggest::nearest;
