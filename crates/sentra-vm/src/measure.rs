//! What is seen of a running program: where its time goes (`--profile`), what its fibers do and wait for
//! (`--trace`), how long the event loop is kept waiting (`--stats`).
//!
//! A program that nobody measures runs as if this did not exist. In one that is, builtins are linked by numbers
//! beyond the registry, whose calls come through [`called`]; the scheduler tells when fibers begin and end to run.

pub(crate) mod flame;
mod lag;
pub(crate) mod profile;
mod timeline;

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Instant;

use crate::builtin::Capability;
use crate::fault::Fault;
use crate::fiber::Fiber;
use crate::interpret::Exit;
use crate::value::Value;
use crate::vm::Vm;
pub(crate) use lag::Lag;
use profile::Profile;
use timeline::Timeline;

/// Marks the number of a builtin whose calls are measured.
pub(crate) const MEASURED: u32 = 1 << 30;

/// Who measures a program.
#[derive(Default)]
pub(crate) struct Measure {
    pub profile: Option<Profile>,
    timeline: Option<Timeline>,
    pub lag: Option<Lag>,
    /// The builtin whose call has begun to wait.
    pending: Option<u32>,
}

impl Measure {
    /// Whether calls of builtins have to be seen.
    pub fn sees_calls(&self) -> bool {
        self.profile.is_some() || self.timeline.is_some()
    }

    /// Writes down from now on what fibers do.
    pub fn trace(&mut self, path: &Path) -> io::Result<()> {
        self.timeline = Some(Timeline::new(File::create(path)?));
        Ok(())
    }

    /// Ends the trace: whatever went wrong with it.
    pub fn end_trace(&mut self) -> io::Result<()> {
        self.timeline.take().map_or(Ok(()), Timeline::end)
    }
}

/// The number by which calls of a builtin are linked.
pub(crate) fn linked(vm: &Vm, number: u32) -> u32 {
    let sees = vm.measure.as_ref().is_some_and(|measure| measure.sees_calls());
    // Those that the interpreter does in place are found by their numbers.
    let in_place = [vm.len_number, vm.push_number, vm.floor_number].contains(&number);
    if sees && !in_place { number | MEASURED } else { number }
}

/// A builtin is called whose calls are measured.
#[cold]
#[inline(never)]
pub(crate) fn called(vm: &mut Vm, number: u32, arguments: &[Value]) -> Result<Value, Box<Fault>> {
    let number = number & !MEASURED;
    if number as usize >= vm.registry.len() {
        return Err(Fault::type_error("cannot call a value of type nil"));
    }
    let began = Instant::now();
    let result = crate::call::call_builtin(vm, number, arguments);
    let running = vm.scheduler.running;
    let Some(mut measure) = vm.measure.take() else { return result };
    let fiber = vm.scheduler.fibers.get(running as usize).and_then(Option::as_deref);
    if let (Some(profile), Some(fiber)) = (&mut measure.profile, fiber) {
        profile.note(fiber, Some(number));
    }
    let waits = matches!(&result, Ok(value) if *value == Value::PENDING);
    measure.pending = waits.then_some(number);
    let reaches = vm.registry.get(number as usize).is_some_and(|builtin| builtin.capability != Capability::Nothing);
    if let Some(timeline) = measure.timeline.as_mut().filter(|_| reaches) {
        timeline.call(running, crate::builtins::name(number), began);
    }
    vm.measure = Some(measure);
    result
}

impl Vm {
    /// A fiber begins to run.
    pub(crate) fn slice_begins(&mut self, id: u32) {
        let Some(mut measure) = self.measure.take() else { return };
        if let Some(profile) = &mut measure.profile {
            profile.note_loop();
        }
        if let Some(timeline) = &mut measure.timeline {
            timeline.resumed(id, || self.fiber_label(id));
        }
        measure.pending = None;
        self.measure = Some(measure);
    }

    /// It runs no longer, and this is why.
    pub(crate) fn slice_ends(&mut self, id: u32, exit: &Exit) {
        let Some(mut measure) = self.measure.take() else { return };
        let fiber = self.scheduler.fibers.get(id as usize).and_then(Option::as_deref);
        if let (Some(profile), Some(fiber)) = (&mut measure.profile, fiber) {
            profile.note(fiber, None);
        }
        if let Some(timeline) = &mut measure.timeline {
            let wait =
                matches!(exit, Exit::Waiting).then(|| fiber.map_or("", |fiber| waited_for(fiber, measure.pending)));
            timeline.suspended(id, wait, matches!(exit, Exit::Finished(_) | Exit::Faulted(_)));
        }
        self.measure = Some(measure);
    }

    /// The loop is about to look at events.
    pub(crate) fn look_begins(&mut self) {
        if let Some(measure) = &mut self.measure {
            measure.lag.iter_mut().for_each(Lag::look_begins);
            measure.timeline.iter_mut().for_each(Timeline::look_begins);
        }
    }

    /// It has looked at them.
    pub(crate) fn look_ends(&mut self) {
        if let Some(measure) = &mut self.measure {
            measure.lag.iter_mut().for_each(Lag::look_ends);
            measure.timeline.iter_mut().for_each(Timeline::look_ends);
        }
    }

    /// The function that a fiber started with, and where it is written.
    fn fiber_label(&self, id: u32) -> String {
        let fiber = self.scheduler.fibers.get(id as usize).and_then(Option::as_deref);
        fiber
            .and_then(|fiber| fiber.functions().find(|function| !function.library))
            .map_or_else(|| format!("fiber {id}"), |function| crate::report::function_name(self, function))
    }
}

/// What a fiber waits for, in a word: the builtin, as the program calls it, or what the language has for it.
fn waited_for(fiber: &Fiber, pending: Option<u32>) -> &str {
    use sentra_bytecode::Opcode;
    let library = fiber.functions().rev().take_while(|function| function.library);
    match (library.last(), pending) {
        (Some(function), _) if !function.name.is_empty() => &function.name,
        (_, Some(number)) => crate::builtins::name(number),
        _ => match fiber.last_opcode() {
            Some(Opcode::Send) => "send",
            Some(Opcode::Receive) => "receive",
            Some(Opcode::Select) => "select",
            _ => "for",
        },
    }
}
