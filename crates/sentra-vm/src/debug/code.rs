//! Linked code by its addresses: what is where, and what is put in its place. The only part of the
//! debugger that touches memory of others.

use sentra_bytecode::{Capture, Instruction, Opcode};

use crate::fiber::Frame;
use crate::heap::object::ClosureObject;
use crate::image::Function;
use crate::value::Value;
use crate::vm::Vm;

/// An instruction of linked code.
pub(crate) type Address = *const Instruction;

/// What runs in a frame.
pub(super) fn function<'a>(frame: &Frame) -> &'a Function {
    // SAFETY: functions live as long as the VM, and so does the debugger that asks.
    unsafe { &*frame.function }
}

/// A linked function of the VM.
pub(super) fn numbered<'a>(vm: &Vm, number: u32) -> &'a Function {
    // SAFETY: as above.
    unsafe { &*vm.functions[number as usize] }
}

/// The index of an instruction in its function.
pub(super) fn index(function: &Function, at: Address) -> u32 {
    ((at as usize).wrapping_sub(function.code as usize) / size_of::<Instruction>()) as u32
}

/// Where an instruction of a function is.
pub(super) fn address(function: &Function, index: u32) -> Address {
    function.code.wrapping_add(index as usize)
}

/// The instruction that stands there.
pub(super) fn read(at: Address) -> Instruction {
    // SAFETY: addresses come from functions of the VM, whose instructions are never freed before it.
    unsafe { *at }
}

/// Puts an opcode into an instruction; the others of its fields stay.
pub(super) fn patch(at: Address, op: Opcode) {
    // SAFETY: as above; no interpreter runs while the debugger works, and code is the VM's own to write.
    unsafe { (*at.cast_mut()).op = op };
}

/// A captured value of a closure that runs this function.
pub(super) fn captured(closure: Value, function: &Function, index: u16) -> Option<Value> {
    capture_of(closure, function, index).map(|place| {
        // SAFETY: the place was just found in a live closure.
        unsafe { *place }
    })
}

/// Gives a captured variable that has no cell another value, for this closure alone.
pub(super) fn set_captured(vm: &mut Vm, closure: Value, function: &Function, index: u16, value: Value) {
    if let Some(place) = capture_of(closure, function, index) {
        vm.heap.barrier(closure.address(), value);
        // SAFETY: as above.
        unsafe { *place = value };
    }
}

fn capture_of(closure: Value, function: &Function, index: u16) -> Option<*mut Value> {
    let object: *mut ClosureObject = closure.as_closure()?;
    let captures: &[Capture] = &function.captures;
    // SAFETY: a value that is a closure refers to a live one, behind which as many values lie as its
    // function captures.
    unsafe {
        let fits = std::ptr::eq((*object).function, function) && usize::from(index) < captures.len();
        fits.then(|| object.add(1).cast::<Value>().add(index.into()))
    }
}
