//! From a fault to what catches it, by the tables of the functions on the fiber's stack.

use sentra_bytecode::{Handler, HandlerKind, Instruction};

use crate::fault::{Fault, TraceEntry};
use crate::fiber::{Fiber, Frame};
use crate::image::Function;
use crate::value::Value;
use crate::vm::Vm;

/// The calls at both ends of a deep stack that a trace names.
const INNER_CALLS: usize = 24;
const OUTER_CALLS: usize = 8;

/// Cuts the fiber back to the innermost handler and pushes what was thrown there; without a
/// handler, gives the fault back with its trace.
#[cold]
#[inline(never)]
pub(crate) fn unwind(vm: &mut Vm, fiber: &mut Fiber, mut fault: Box<Fault>) -> Result<(), Box<Fault>> {
    let found = find_handler(fiber, is_cancellation(&fault));
    if cfg!(debug_assertions) && vm.record.is_some() {
        let frames = found.as_ref().map_or(fiber.frames.len(), |(depth, _)| *depth);
        crate::record::raised(vm, positions(fiber).take(frames).map(|(function, _)| function), &fault);
    }
    if vm.debugger.is_some() && crate::debug::holds_up(vm, &fault, found.is_some()) {
        return Err(fault);
    }
    let Some((depth, handler)) = found else {
        if fault.error.stack.is_empty() {
            fault.error.stack = trace(vm, fiber);
        }
        return Err(fault);
    };
    let starved = fault.thrown.is_none() && fault.error.kind == "memory";
    let value = match fault.thrown {
        Some(value) => value,
        None => {
            if fault.error.stack.is_empty() {
                fault.error.stack = trace(vm, fiber);
            }
            vm.heap.error(Box::new(std::mem::take(&mut fault.error)))
        }
    };
    cut(fiber, depth, &handler, value);
    if starved {
        // What filled the heap may be garbage now; the handler needs some of it.
        vm.collect_now();
    } else if vm.heap.wants_collection() {
        // A heap that is too full still is found out by the next instruction that allocates.
        let _ = vm.collect();
    }
    Ok(())
}

pub(crate) fn is_cancellation(fault: &Fault) -> bool {
    fault.error.cancellation || fault.thrown.and_then(Value::as_error).is_some_and(|error| error.cancellation)
}

/// The function, and the index of the instruction under way, of each frame from the
/// innermost on.
pub(crate) fn positions(fiber: &Fiber) -> impl Iterator<Item = (&Function, u32)> {
    let (mut next, mut back) = (fiber.next, isize::from(!fiber.paused));
    fiber.frames.iter().rev().map(move |frame| {
        // SAFETY: functions live as long as the VM; `next` is an instruction of this frame's
        // function, or one past one.
        let (function, offset) = unsafe { (&*frame.function, next.offset_from((*frame.function).code)) };
        let at = (offset - back).max(0) as u32;
        (next, back) = (frame.return_to, 1);
        (function, at)
    })
}

/// The innermost handler, and how many frames lie above its own.
fn find_handler(fiber: &Fiber, cancellation: bool) -> Option<(usize, Handler)> {
    positions(fiber).enumerate().find_map(|(depth, (function, at))| {
        let fits = |handler: &&Handler| {
            (handler.start..handler.end).contains(&at) && !(cancellation && handler.kind == HandlerKind::Catch)
        };
        function.handlers.iter().find(fits).map(|handler| (depth, *handler))
    })
}

/// Where a fault would be caught.
pub(crate) fn landing(fiber: &Fiber, cancellation: bool) -> Option<*const Instruction> {
    let (depth, handler) = find_handler(fiber, cancellation)?;
    let (function, _) = positions(fiber).nth(depth)?;
    Some(function.code.wrapping_add(handler.target as usize))
}

/// Leaves `depth` frames, cuts the stack as the handler says and goes on there.
fn cut(fiber: &mut Fiber, depth: usize, handler: &Handler, value: Value) {
    for _ in 0..depth {
        if let Some(Frame { return_to, caller_base, .. }) = fiber.frames.pop() {
            fiber.next = return_to;
            fiber.base = caller_base as usize;
        }
    }
    let function = fiber.frames.last().map_or(std::ptr::null(), |frame| frame.function);
    fiber.top = fiber.base + handler.depth as usize;
    fiber.stack[fiber.top] = value;
    fiber.top += 1;
    // SAFETY: the handler belongs to this function, whose code holds its target.
    fiber.next = unsafe { (*function).code.add(handler.target as usize) };
}

/// The calls under way, innermost first, of which a deep stack keeps only those at its ends;
/// builtin library functions are left out.
pub(crate) fn trace(vm: &Vm, fiber: &Fiber) -> Vec<TraceEntry> {
    let depth = fiber.frames.len();
    let inner = positions(fiber).take(INNER_CALLS);
    let outer = outer_positions(fiber).take(OUTER_CALLS.min(depth.saturating_sub(INNER_CALLS)));
    let outer: Vec<_> = outer.collect();
    inner
        .chain(outer.into_iter().rev())
        .filter(|(function, _)| !function.library)
        .map(|(function, at)| entry(vm, function, at))
        .collect()
}

/// As `positions`, from the outermost frame on and without the innermost one.
fn outer_positions(fiber: &Fiber) -> impl Iterator<Item = (&Function, u32)> {
    fiber.frames.windows(2).map(|pair| {
        // SAFETY: as in `positions`; a frame knows where its caller goes on.
        let function = unsafe { &*pair[0].function };
        // SAFETY: as above.
        let offset = unsafe { pair[1].return_to.offset_from(function.code) };
        (function, (offset - 1).max(0) as u32)
    })
}

fn entry(vm: &Vm, function: &Function, at: u32) -> TraceEntry {
    let file = vm.sources.get(function.source as usize).map_or_else(|| "".into(), |source| source.path.clone());
    let (line, column, length) =
        function.position(at).map_or((0, 0, 0), |position| (position.line, position.column, position.length));
    TraceEntry { function: function.name.clone(), file, line, column, length }
}
