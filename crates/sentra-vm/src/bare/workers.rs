//! Without threads, what would hold up the loop elsewhere is done in place.

use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Does a job and makes the builtin's result of what it found.
    pub(crate) fn offload<R>(
        &mut self,
        job: impl FnOnce() -> R,
        finish: impl FnOnce(&mut Vm, R) -> Result<Value, Box<Fault>>,
    ) -> Result<Value, Box<Fault>> {
        let found = job();
        finish(self, found)
    }
}
