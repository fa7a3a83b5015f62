//! Which builtins a run called and how their calls ended. The tests of all scripts together see by
//! it that every builtin succeeds somewhere and raises every fault that it declares. Only builds
//! with debug assertions keep it: others do not even ask.

use std::collections::BTreeSet;

use crate::builtins;
use crate::fault::Fault;
use crate::image::Function;
use crate::report;
use crate::value::Value;
use crate::vm::Vm;

/// Ends of calls: the builtin's name, and the fault's kind or nothing.
#[derive(Default)]
pub(crate) struct Record(BTreeSet<(String, Option<String>)>);

impl Record {
    /// A line each: the name, and after a space the fault's kind.
    pub fn lines(&self) -> String {
        let line = |(name, kind): &(String, Option<String>)| match kind {
            None => format!("{name}\n"),
            Some(kind) => format!("{name} {kind}\n"),
        };
        self.0.iter().map(line).collect()
    }

    fn note(&mut self, name: &str, fault: Option<&Fault>) {
        self.0.insert((name.to_string(), fault.map(|fault| report::kind(fault).to_string())));
    }
}

/// A builtin's call has ended, or waits.
#[cold]
pub(crate) fn called(vm: &mut Vm, number: u32, result: &Result<Value, Box<Fault>>) {
    let waits = matches!(result, Ok(value) if *value == Value::PENDING) && vm.exit_status.is_none();
    if waits {
        vm.fiber().calls = Some(number);
    } else if let Some(record) = &mut vm.record {
        record.note(builtins::name(number), result.as_ref().err().map(|fault| &**fault));
    }
}

/// A fiber's wait has ended, which a builtin's call may have begun.
#[cold]
pub(crate) fn resumed(vm: &mut Vm, fiber: u32, outcome: &Result<Value, Box<Fault>>) {
    let fiber = vm.scheduler.fibers.get_mut(fiber as usize).and_then(Option::as_deref_mut);
    let Some(number) = fiber.and_then(|fiber| fiber.calls.take()) else { return };
    if let Some(record) = &mut vm.record {
        record.note(builtins::name(number), outcome.as_ref().err().map(|fault| &**fault));
    }
}

/// A function of the library has returned.
#[cold]
pub(crate) fn returned(vm: &mut Vm, name: &str) {
    if let Some(record) = vm.record.as_mut().filter(|_| builtins::find(name).is_some()) {
        record.note(name, None);
    }
}

/// A fault leaves these functions, the innermost first: it is that of the builtin whose code in the
/// library raised it.
#[cold]
pub(crate) fn raised<'a>(vm: &mut Vm, functions: impl Iterator<Item = &'a Function>, fault: &Fault) {
    let library = functions.take_while(|function| function.library);
    let Some(called) = library.filter(|function| builtins::find(&function.name).is_some()).last() else { return };
    if let Some(record) = &mut vm.record {
        record.note(&called.name, Some(fault));
    }
}
