//! Output that a script keeps for itself: what a function and the fibers that it starts write, to
//! both streams, until it is over. Then theirs goes where it went before.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::fault::Fault;
use crate::output::Output;
use crate::vm::Vm;

/// An output that is being kept.
#[derive(Default)]
pub(crate) struct Capture {
    bytes: RefCell<Vec<u8>>,
    over: Cell<bool>,
    /// Where output goes once this is over.
    outer: Option<Rc<Capture>>,
}

impl Capture {
    /// Starts to keep the running fiber's output.
    pub fn start(vm: &mut Vm) -> Rc<Self> {
        let fiber = vm.fiber();
        let capture = Rc::new(Self { outer: fiber.capture.take(), ..Self::default() });
        fiber.capture = Some(Rc::clone(&capture));
        capture
    }

    /// Ends it: what was written.
    pub fn end(self: &Rc<Self>, vm: &mut Vm) -> Vec<u8> {
        self.over.set(true);
        vm.fiber().capture.clone_from(&self.outer);
        self.bytes.take()
    }
}

/// Writes the running fiber's output: `write` does it if nobody keeps it.
pub(crate) fn add(vm: &mut Vm, bytes: &[u8], write: fn(&mut Output, &[u8])) -> Result<(), Box<Fault>> {
    let mut capture = vm.fiber().capture.clone();
    while let Some(over) = capture.as_ref().filter(|capture| capture.over.get()) {
        capture = over.outer.clone();
    }
    let Some(capture) = capture else {
        write(&mut vm.output, bytes);
        return Ok(());
    };
    let mut kept = capture.bytes.borrow_mut();
    vm.heap.reserve(kept.len() + bytes.len())?;
    kept.extend_from_slice(bytes);
    Ok(())
}
