//! Input comes from the embedding program, line by line; the fiber waits for it.

use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

/// The next line; nil when there is no more.
pub(crate) fn read(vm: &mut Vm) -> Result<Value, Box<Fault>> {
    vm.ask()
}
