//! There is no system around the VM: nothing to hold, nothing to let go of, nothing to read from.

use std::time::Duration;

use sentra_compiler::compile::{self, CompileOptions, Compiled, Rejected, with_stack};
use sentra_compiler::load::NoLoader;

use crate::builtins;
use crate::fault::Fault;
use crate::heap::Marker;
use crate::interpret::iterate::Next;
use crate::value::Value;
use crate::vm::{Options, Vm};

/// Nothing.
pub(crate) struct System;

impl System {
    /// Nothing.
    pub fn new(_: &Options) -> Self {
        Self
    }

    /// It holds no values.
    pub fn trace(&self, _: &mut Marker) {}

    /// That concerns nothing here.
    pub fn fiber_ended(&mut self) {}
}

/// Compiles a source. It finds no files to import, and not every builtin.
pub(crate) fn compile(path: &str, source: &[u8], options: CompileOptions) -> Result<Compiled, Box<Rejected>> {
    let options = CompileOptions { lacks: Some(lacks), ..options };
    with_stack(|| compile::compile(path, source, &mut NoLoader, &options))
}

/// Why the VM lacks a builtin, if it does.
fn lacks(name: &str) -> Option<&'static str> {
    let is_there = builtins::find(name).is_some() || builtins::find_module(name).is_some();
    (!is_there).then_some("needs an operating system around the program: sockets, files, processes")
}

/// There is nothing to let go of.
pub(crate) fn close_lost(_: &mut Vm, timeout: Option<Duration>) -> Option<Duration> {
    timeout
}

/// No value is from outside.
pub(crate) fn is_iterable(_: Value) -> bool {
    false
}

/// No value is from outside.
pub(crate) fn next(_: &mut Vm, _: Value) -> Result<Option<Next>, Box<Fault>> {
    Ok(None)
}
