//! Nobody measures programs where there are neither threads nor files. What is here is what the machine calls.

use crate::fault::Fault;
use crate::interpret::Exit;
use crate::value::Value;
use crate::vm::Vm;

/// Marks the number of a builtin whose calls are measured: none is.
pub(crate) const MEASURED: u32 = 1 << 30;

/// Who measures a program: nobody.
pub(crate) enum Measure {}

/// The number by which calls of a builtin are linked.
pub(crate) fn linked(_: &Vm, number: u32) -> u32 {
    number
}

/// A number beyond the registry is called, which only damaged code does.
#[cold]
#[inline(never)]
pub(crate) fn called(_: &mut Vm, _: u32, _: &[Value]) -> Result<Value, Box<Fault>> {
    Err(Fault::type_error("cannot call a value of type nil"))
}

impl Vm {
    /// A fiber begins to run.
    pub(crate) fn slice_begins(&mut self, _: u32) {}

    /// It runs no longer.
    pub(crate) fn slice_ends(&mut self, _: u32, _: &Exit) {}

    /// The loop is about to look at events.
    pub(crate) fn look_begins(&mut self) {}

    /// It has looked at them.
    pub(crate) fn look_ends(&mut self) {}
}
