//! A fiber: its stack, its frames, and what it waits for.

use std::rc::Rc;

use crate::capture::Capture;
use crate::fault::Fault;
use crate::heap::Marker;
use crate::image::Function;
use crate::value::Value;
use crate::vm::Vm;
use sentra_bytecode::{Instruction, Opcode};

/// Values that fit into a fresh fiber's stack.
const FIRST_STACK: usize = 24;
/// Frames that fit into a fresh fiber.
const FIRST_FRAMES: usize = 4;
/// The most frames of one fiber.
pub const MAX_FRAMES: usize = 200_000;
/// The most values on one fiber's stack.
pub const MAX_STACK: usize = 32 << 20;

/// What a call saves of its caller, and what it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// The caller's next instruction; null beneath the fiber's first function.
    pub return_to: *const Instruction,
    /// The caller's first slot, as an index into the stack.
    pub caller_base: u32,
    /// 1 if the callee lies beneath the first slot and is dropped on return, else 0.
    pub callee_slots: u32,
    /// What runs in this frame.
    pub function: *const Function,
}

/// Identifies one wait of one fiber, or a driver. A wake-up that comes too late finds another turn and
/// does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiter {
    /// The fiber.
    pub fiber: u32,
    /// How often it had waited before.
    pub turn: u32,
}

/// A wait that is looked at again each time something may have changed.
///
/// While it waits, the arguments of the builtin that started it stay on the fiber's stack,
/// so values among them need no tracing.
pub trait Operation {
    /// Tries to finish: the result, or nothing if it has to wait on. Before it returns
    /// nothing it has made sure that something will wake `waiter`.
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>>;

    /// Lets go of what it registered, when the fiber is cancelled.
    fn abandon(&mut self, _vm: &mut Vm, _waiter: Waiter) {}

    /// Marks values that it holds and that are not among the arguments.
    fn trace(&self, _marker: &mut Marker) {}
}

/// Where a fiber stands.
pub(crate) enum State {
    /// In the ready queue, or running.
    Ready,
    /// Waits for `Vm::resume`.
    Parked,
    /// Waits for `Vm::wake`, which polls the operation.
    Polling(Box<dyn Operation>),
}

/// What becomes of the result of a finished wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Landing {
    /// It is pushed.
    #[default]
    Pushed,
    /// Nothing: the instruction that waited runs again, or pushes nothing.
    Dropped,
    /// It is a pair whose parts are pushed.
    Spread,
    /// It is the next item of the loop that waited; `PENDING` has the loop look again.
    Item,
}

/// One thread of execution of a script.
pub(crate) struct Fiber {
    pub stack: Vec<Value>,
    /// Values in use; the running interpreter keeps its own count.
    pub top: usize,
    pub frames: Vec<Frame>,
    /// The next instruction.
    pub next: *const Instruction,
    /// The first slot of the running function, as an index into the stack.
    pub base: usize,
    pub state: State,
    pub turn: u32,
    /// How many values a finished wait replaces by its result.
    pub replaces: u32,
    /// Whether it stands before `next` and not after the instruction in front of that.
    pub paused: bool,
    /// What becomes of the result of a finished wait.
    pub landing: Landing,
    /// The result of a finished wait that the interpreter has not picked up.
    pub outcome: Option<Result<Value, Box<Fault>>>,
    /// The time at which the wait ends by itself.
    pub timer: Option<crate::timer::Key>,
    /// The task that gets this fiber's result.
    pub task: Value,
    /// The last failure that a builtin reported by its value.
    pub last_error: Value,
    /// Whether it is being cancelled: its next wait fails.
    pub cancelled: bool,
    /// Where its output goes instead of the program's; fibers that it starts inherit that.
    pub capture: Option<Rc<Capture>>,
    /// The builtin whose call waits, if calls are recorded.
    pub calls: Option<u32>,
}

impl Fiber {
    pub fn new(task: Value) -> Self {
        Self {
            stack: vec![Value::NIL; FIRST_STACK],
            top: 0,
            frames: Vec::with_capacity(FIRST_FRAMES),
            next: std::ptr::null(),
            base: 0,
            state: State::Ready,
            turn: 0,
            replaces: 0,
            paused: true,
            landing: Landing::Pushed,
            outcome: None,
            timer: None,
            task,
            last_error: Value::NIL,
            cancelled: false,
            capture: None,
            calls: None,
        }
    }

    /// Makes room for `depth` values above `base` and for one more frame; fails when the stack is as deep as it may be.
    #[cold]
    #[inline(never)]
    pub fn grow(&mut self, base: usize, depth: usize) -> Result<(), Box<Fault>> {
        let needed = base + depth;
        if needed > MAX_STACK || self.frames.len() >= MAX_FRAMES {
            return Err(Fault::new("stack_overflow", format!("stack overflow: {} calls deep", self.frames.len())));
        }
        if needed > self.stack.len() {
            let larger = needed.max(self.stack.len() * 2).min(MAX_STACK);
            self.stack.resize(larger, Value::NIL);
        }
        if self.frames.len() == self.frames.capacity() {
            self.frames.reserve_exact(self.frames.len().min(MAX_FRAMES - self.frames.len()).max(1));
        }
        Ok(())
    }

    /// What its calls run, outermost first.
    pub fn functions(&self) -> impl DoubleEndedIterator<Item = &Function> {
        // SAFETY: functions live as long as the VM.
        self.frames.iter().map(|frame| unsafe { &*frame.function })
    }

    /// The instruction under way.
    pub fn last_opcode(&self) -> Option<Opcode> {
        let function = self.functions().next_back()?;
        let index = (self.next as usize).wrapping_sub(function.code as usize) / size_of::<Instruction>();
        let last = index.checked_sub(1).filter(|&last| last < function.len as usize)?;
        // SAFETY: it lies within the function's code.
        Some(unsafe { (*function.code.add(last)).op })
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.stack.capacity() * size_of::<Value>() + self.frames.capacity() * size_of::<Frame>()
    }

    /// Marks everything that it refers to.
    pub fn trace(&self, marker: &mut Marker) {
        marker.mark_all(&self.stack[..self.top]);
        marker.mark(self.task);
        marker.mark(self.last_error);
        match &self.outcome {
            Some(Ok(value)) => marker.mark(*value),
            Some(Err(fault)) => {
                fault.error.trace(marker);
                fault.thrown.into_iter().for_each(|value| marker.mark(value));
            }
            None => {}
        }
        if let State::Polling(operation) = &self.state {
            operation.trace(marker);
        }
    }
}
