//! The interpreter loop.
//!
//! It runs verified code and relies on what `verify` proved: every slot, capture, constant
//! and jump target lies within its bounds, and no instruction takes the stack deeper than
//! its function's `max_depth`, for which a call makes room. So the loop uses raw pointers
//! and checks nothing of that again. What verification cannot know (types) it checks.
//!
//! Fast paths stand here; whatever is rare or long is in the modules below and marked cold.
//! The loop never recurses: a call pushes a frame, a fault unwinds frames.

pub(crate) mod access;
pub(crate) mod arithmetic;
mod integers;
pub(crate) mod iterate;
mod product;
pub(crate) mod unwind;

use sentra_bytecode::{Instruction, Opcode};

use crate::call::{self, Called};
use crate::channel;
use crate::fault::Fault;
use crate::fiber::{Fiber, Frame, Landing};
use crate::heap::object::{ClosureObject, Entry};
use crate::heap::{Array, Heap, Map};
use crate::image::Function;
use crate::value::{EXACT, Tag, Value};
use crate::vm::Vm;
use arithmetic::Operator;

/// Why the interpreter returned.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The fiber's first function returned.
    Finished(Value),
    /// A fault that nothing caught.
    Faulted(Box<Fault>),
    /// The fiber waits.
    Waiting,
    /// Something outside asked for a pause; the fiber goes on where it stands.
    Interrupted,
    /// The fiber stands before an instruction that the debugger has put a trap in the place of.
    Trapped,
}

/// Runs a fiber of the VM, which is the running one, until it ends, waits or is interrupted.
pub(crate) fn run(vm: &mut Vm, id: u32) -> Option<Exit> {
    let fiber: *mut Fiber = vm.scheduler.fibers[id as usize].as_deref_mut()?;
    // SAFETY: the fiber is boxed and leaves its place only when it has ended, which the
    // scheduler decides after this; only `link` makes code, and only of verified modules.
    Some(unsafe { interpret(vm, fiber) })
}

/// An operand of an instruction: a value where it lies, or an immediate.
trait Operand {
    fn value(&self) -> Value;

    /// Its number if it is a small integer.
    fn small(&self) -> Option<i64>;

    /// Its number, or some NaN if it is neither a double nor a small integer.
    fn double(&self) -> f64;
}

impl Operand for Value {
    #[inline(always)]
    fn value(&self) -> Value {
        *self
    }

    #[inline(always)]
    fn small(&self) -> Option<i64> {
        self.as_small()
    }

    #[inline(always)]
    fn double(&self) -> f64 {
        if let Some(integer) = self.as_small() {
            return integer as f64;
        }
        // Read where it lies once more: what came with the value would come by way of a general register, which takes
        // longer; so it is volatile.
        // SAFETY: a value is 64 bits, and all of them are a double or some NaN.
        unsafe { std::ptr::from_ref(self).cast::<f64>().read_volatile() }
    }
}

/// An operand in the instruction.
struct Immediate(u16);

impl Operand for Immediate {
    #[inline(always)]
    fn value(&self) -> Value {
        Value::small(i32::from(self.0 as i16))
    }

    #[inline(always)]
    fn small(&self) -> Option<i64> {
        Some(i64::from(self.0 as i16))
    }

    #[inline(always)]
    fn double(&self) -> f64 {
        f64::from(self.0 as i16)
    }
}

/// Both operands, if they are small integers.
#[inline(always)]
fn small(left: &impl Operand, right: &impl Operand) -> Option<(i64, i64)> {
    // Asked one after the other: doubles are known by the first.
    Some((left.small()?, right.small()?))
}

/// Both operands as doubles, if they are numbers in themselves and not NaN.
#[inline(always)]
fn doubles(left: &impl Operand, right: &impl Operand) -> Option<(f64, f64)> {
    let (left, right) = (left.double(), right.double());
    // This asks about both at once.
    left.partial_cmp(&right).is_some().then_some((left, right))
}

/// The value of an array at an index given as a value, if that is an element; the value of a
/// map at a text or number, or nil.
#[inline(always)]
fn element(heap: &Heap, object: Value, index: &Value) -> Option<Value> {
    if let Some(array) = object.as_array() {
        return array.get(index.raw_index());
    }
    let entry = object.as_map()?.plain_entry(heap, *index)?;
    // SAFETY: an entry that was found is there until the map changes.
    Some(if entry.is_null() { Value::NIL } else { unsafe { (*entry).value } })
}

/// The same for an index in the instruction; a negative one is for the slow path.
#[inline(always)]
fn fixed_element(object: Value, index: u16) -> Option<Value> {
    if index as i16 >= 0 { object.as_array()?.get(index as usize) } else { None }
}

/// Runs a fiber until it ends, waits, or is interrupted.
///
/// # Safety
/// `fiber` is the running fiber of `vm`, entered by `call::enter`, and nothing else moves or
/// frees it meanwhile; its code is verified.
// One arm per opcode: the table is the complexity.
#[allow(clippy::cognitive_complexity)]
unsafe fn interpret(vm: &mut Vm, fiber: *mut Fiber) -> Exit {
    // SAFETY: for the whole body: see the module's first paragraph. `base` and `sp` point
    // into the fiber's stack, which only `Fiber::grow` moves; after every call that may
    // grow it the registers are loaded anew.
    unsafe {
        let interrupt: *const std::sync::atomic::AtomicUsize = &raw const *vm.interrupt;
        // The builtins that loops call most are done in place.
        let (len_number, push_number, floor_number) = (vm.len_number, vm.push_number, vm.floor_number);
        // The instruction under way; jumps leave it one before their target.
        let mut ip: *const Instruction;
        let mut base: *mut Value;
        let mut sp: *mut Value;
        let mut end: *mut Value;

        macro_rules! load {
            () => {{
                let stack = (*fiber).stack.as_mut_ptr();
                ip = (*fiber).next;
                base = stack.add((*fiber).base);
                sp = stack.add((*fiber).top);
                end = stack.add((*fiber).stack.len());
            }};
        }
        macro_rules! save {
            () => {{
                let stack = (*fiber).stack.as_mut_ptr();
                (*fiber).next = ip.wrapping_add(1);
                (*fiber).base = base.offset_from(stack) as usize;
                (*fiber).top = sp.offset_from(stack) as usize;
            }};
        }
        // Leaves the loop of instructions for the one place that unwinds. The registers were saved before: what failed
        // may have moved the stack since.
        macro_rules! throw_saved {
            ($fault:expr) => {
                break $fault
            };
        }
        macro_rules! throw {
            ($fault:expr) => {{
                let fault = $fault;
                save!();
                throw_saved!(fault)
            }};
        }
        macro_rules! attempt_saved {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(fault) => throw_saved!(fault),
                }
            };
        }
        macro_rules! attempt {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(fault) => throw!(fault),
                }
            };
        }
        macro_rules! safepoint {
            () => {
                if vm.heap.wants_collection() {
                    save!();
                    if let Err(fault) = vm.collect() {
                        throw!(fault)
                    }
                }
            };
        }
        macro_rules! push {
            ($value:expr) => {{
                let value = $value;
                debug_assert!(sp < end, "a push beyond the function's depth");
                *sp = value;
                sp = sp.add(1);
            }};
        }
        macro_rules! pop {
            () => {{
                debug_assert!(sp > base, "a pop from beneath the function's slots");
                sp = sp.sub(1);
                *sp
            }};
        }
        macro_rules! top {
            () => {
                *sp.sub(1)
            };
        }
        macro_rules! slot {
            ($index:expr) => {
                *{
                    let slot = base.add($index as usize);
                    // It may be one of those that the instruction has just popped.
                    debug_assert!(slot < end, "a slot beyond the stack's end");
                    slot
                }
            };
        }
        macro_rules! capture {
            ($index:expr) => {
                *(*base.sub(1)).address().cast::<ClosureObject>().add(1).cast::<Value>().add($index as usize)
            };
        }
        macro_rules! jump {
            ($distance:expr) => {{
                ip = ip.wrapping_offset($distance as isize);
                if (*interrupt).load(std::sync::atomic::Ordering::Relaxed) != 0 {
                    save!();
                    (*fiber).paused = true;
                    return Exit::Interrupted;
                }
            }};
        }
        // What small integers do not give exactly: doubles compute and look at the result, for every value that is no
        // number is NaN.
        macro_rules! inexact {
            ($left:expr, $right:expr, $operator:tt, $name:ident, $store:expr) => {{
                let result = $left.double() $operator $right.double();
                if result.abs() < EXACT {
                    $store(Value::double(result));
                } else {
                    let result = attempt!(arithmetic::$name(&mut vm.heap, $left.value(), $right.value()));
                    $store(result);
                    safepoint!();
                }
            }};
        }
        macro_rules! arithmetic {
            ($left:expr, $right:expr, $operator:tt, $name:ident, $store:expr) => {
                if let Some((a, b)) = small(&$left, &$right)
                    && let Some(result) = integers::$name(a, b)
                {
                    $store(result);
                } else {
                    inexact!($left, $right, $operator, $name, $store);
                }
            };
        }
        // A product on top of the stack that is beyond small integers may go on as it is.
        macro_rules! multiply {
            ($left:expr, $right:expr) => {
                match small(&$left, &$right).and_then(|(a, b)| a.checked_mul(b)) {
                    Some(product) => match Value::integer(product) {
                        Some(result) => top!() = result,
                        None => {
                            let (integer, last) = product::follow(vm, ip, base, product);
                            let stored = if last == ip { None } else { product::stored(last) };
                            ip = last;
                            let result = vm.heap.integer(integer);
                            if let Some(slot) = stored {
                                sp = sp.sub(1);
                                slot!(slot) = result;
                            } else {
                                top!() = result;
                            }
                            safepoint!();
                        }
                    },
                    None => inexact!($left, $right, *, multiply, |value| top!() = value),
                }
            };
        }
        macro_rules! remainder {
            ($left:expr, $right:expr, $name:ident, $store:expr) => {{
                if let Some((a, b)) = small(&$left, &$right)
                    && let Some(result) = integers::$name(a, b)
                {
                    $store(result);
                } else {
                    let result = attempt!(arithmetic::remainder(&mut vm.heap, $left.value(), $right.value()));
                    $store(result);
                    safepoint!();
                }
            }};
        }
        macro_rules! bits {
            ($left:expr, $right:expr, $name:ident, $operator:ident) => {{
                if let Some((a, b)) = small(&$left, &$right)
                    && let Some(result) = integers::$name(a, b)
                {
                    top!() = result;
                } else {
                    let result = arithmetic::bits(&mut vm.heap, $left.value(), $right.value(), Operator::$operator);
                    top!() = attempt!(result);
                    safepoint!();
                }
            }};
        }
        macro_rules! compare {
            ($left:expr, $right:expr, $operator:tt, $name:ident) => {
                if let Some((a, b)) = small(&$left, &$right) {
                    a $operator b
                } else if let Some((a, b)) = doubles(&$left, &$right) {
                    a $operator b
                } else {
                    attempt!(arithmetic::compare($left.value(), $right.value(), Operator::$name))
                }
            };
        }
        macro_rules! equal {
            ($left:expr, $right:expr) => {
                if let Some((a, b)) = small(&$left, &$right) {
                    a == b
                } else if let Some((a, b)) = doubles(&$left, &$right) {
                    a == b
                } else {
                    arithmetic::equal(&vm.heap, $left.value(), $right.value())
                }
            };
        }
        // The same for an immediate: only numbers in themselves equal it.
        macro_rules! equal_immediate {
            ($left:expr, $right:expr) => {
                match small(&$left, &Immediate($right)) {
                    Some((a, b)) => a == b,
                    None => $left.double() == Immediate($right).double(),
                }
            };
        }
        // Adds one to slot `a` and jumps while it compares so with the limit.
        macro_rules! count {
            ($limit:expr, $operator:tt, $name:ident) => {{
                let i = ip;
                arithmetic!(slot!((*i).a), Immediate(1), +, add, |value| slot!((*i).a) = value);
                if compare!(slot!((*i).a), $limit, $operator, $name) {
                    jump!((*i).c as i16);
                }
            }};
        }
        // Enters a function whose arguments are in place.
        macro_rules! enter {
            ($function:expr, $count:expr, $callee_slots:expr) => {{
                let function: *const Function = $function;
                let count = $count as usize;
                let first = sp.sub(count);
                let frames = &mut (*fiber).frames;
                if (*function).exact as usize == count
                    && first.wrapping_add((*function).max_depth as usize) <= end
                    && frames.len() < frames.capacity()
                    && (*interrupt).load(std::sync::atomic::Ordering::Relaxed) == 0
                {
                    let caller_base = base.offset_from((*fiber).stack.as_ptr()) as u32;
                    let frame = Frame { return_to: ip.add(1), caller_base, callee_slots: $callee_slots, function };
                    let depth = frames.len();
                    frames.as_mut_ptr().add(depth).write(frame);
                    frames.set_len(depth + 1);
                    base = first;
                    ip = (*function).code;
                    continue;
                } else {
                    save!();
                    attempt_saved!(call::enter_function(vm, &mut *fiber, function, count, $callee_slots));
                    // Surplus arguments became an array.
                    if vm.heap.wants_collection() {
                        attempt_saved!(vm.collect());
                    }
                    load!();
                    if vm.is_interrupted() {
                        (*fiber).paused = true;
                        return Exit::Interrupted;
                    }
                    continue;
                }
            }};
        }
        macro_rules! leave {
            ($value:expr) => {{
                let value = $value;
                let frames = &mut (*fiber).frames;
                let depth = frames.len() - 1;
                frames.set_len(depth);
                let frame = &*frames.as_ptr().add(depth);
                if cfg!(debug_assertions) && vm.record.is_some() && (*frame.function).library {
                    crate::record::returned(vm, &(*frame.function).name);
                }
                sp = base.sub(frame.callee_slots as usize);
                *sp = value;
                sp = sp.add(1);
                ip = frame.return_to;
                if ip.is_null() {
                    return Exit::Finished(value);
                }
                base = (*fiber).stack.as_mut_ptr().add(frame.caller_base as usize);
                continue;
            }};
        }
        // Puts a builtin's result in place of its operands, or waits for it.
        macro_rules! finish {
            ($result:expr, $replaces:expr) => {{
                let replaces = $replaces as usize;
                let value = attempt!($result);
                if value == Value::PENDING {
                    save!();
                    (*fiber).replaces = replaces as u32;
                    return Exit::Waiting;
                }
                sp = sp.sub(replaces);
                push!(value);
                safepoint!();
            }};
        }
        // Gives the variables of a `for` their next values.
        macro_rules! item {
            ($i:expr, $first:expr, $second:expr, $position:expr) => {{
                let (first, second) = ($first, $second);
                slot!((*$i).a + 1) = $position;
                slot!((*$i).a + 2) = first;
                if (*$i).op == Opcode::ForNext2L {
                    slot!((*$i).a + 3) = second;
                }
            }};
        }
        // Calls the method that gives a missing field of the map on top of the stack.
        macro_rules! enter_missing {
            ($key:expr) => {{
                save!();
                attempt_saved!(access::enter_missing(vm, &mut *fiber, $key));
                load!();
                continue;
            }};
        }
        // Calls whatever lies beneath `count` arguments.
        macro_rules! call_value {
            ($count:expr) => {{
                let count = $count as usize;
                let callee = *sp.sub(count + 1);
                if let Some(closure) = callee.as_closure() {
                    enter!((*closure).function, count, 1);
                } else {
                    save!();
                    match attempt_saved!(call::call_other(vm, &mut *fiber, callee, count)) {
                        Called::Entered => {
                            load!();
                            continue;
                        }
                        Called::Returned(value) => finish!(Ok(value), count + 1),
                    }
                }
            }};
        }
        macro_rules! call_builtin {
            ($number:expr, $count:expr) => {{
                let count = $count as usize;
                save!();
                let arguments = std::slice::from_raw_parts(sp.sub(count), count);
                let result = call::call_builtin(vm, $number, arguments);
                finish!(result, count);
            }};
        }

        if let Some(outcome) = (*fiber).outcome.take() {
            load!();
            let landing = std::mem::take(&mut (*fiber).landing);
            sp = sp.sub(std::mem::take(&mut (*fiber).replaces) as usize);
            match (outcome, landing) {
                (Ok(value), Landing::Pushed) => push!(value),
                (Ok(_), Landing::Dropped) | (Ok(Value::PENDING), Landing::Item) => {}
                (Ok(pair), Landing::Spread) => {
                    access::push_pair(pair, sp);
                    sp = sp.add(2);
                }
                (Ok(value), Landing::Item) => {
                    let i = ip;
                    item!(i, value, value, iterate::FIRST);
                    ip = ip.wrapping_offset((*i).wide() as i32 as isize + 1);
                }
                (Err(fault), _) => {
                    // `next` says already which instruction the fault belongs to.
                    (*fiber).top = sp.offset_from((*fiber).stack.as_ptr()) as usize;
                    if let Err(fault) = unwind::unwind(vm, &mut *fiber, fault) {
                        return Exit::Faulted(fault);
                    }
                    load!();
                }
            }
        } else {
            load!();
        }
        (*fiber).paused = false;

        loop {
            let fault = loop {
                let i = ip;
                match (*i).op {
                    Opcode::Nil => push!(Value::NIL),
                    Opcode::True => push!(Value::TRUE),
                    Opcode::False => push!(Value::FALSE),
                    Opcode::Int => push!(Value::small((*i).wide() as i32)),
                    Opcode::Const => push!(*vm.constants.as_ptr().add((*i).wide() as usize)),
                    Opcode::Pop => sp = sp.sub(1),
                    Opcode::PopN => sp = sp.sub((*i).a as usize),
                    Opcode::Slide => {
                        let value = top!();
                        sp = sp.sub((*i).a as usize);
                        top!() = value;
                    }
                    Opcode::Dup => push!(top!()),

                    Opcode::GetLocal => push!(slot!((*i).a)),
                    Opcode::GetLocal2 => {
                        *sp = slot!((*i).a);
                        *sp.add(1) = slot!((*i).b);
                        sp = sp.add(2);
                    }
                    Opcode::SetLocal => slot!((*i).a) = pop!(),
                    Opcode::Move => slot!((*i).a) = slot!((*i).b),
                    Opcode::IntLocal => slot!((*i).a) = Value::small((*i).wide() as i32),

                    Opcode::GetGlobal => {
                        let value = *vm.globals.as_mut_ptr().add((*i).wide() as usize);
                        if value == Value::ABSENT {
                            throw!(access::unset_global(vm, (*i).wide()));
                        }
                        push!(value);
                    }
                    Opcode::SetGlobal => *vm.globals.as_mut_ptr().add((*i).wide() as usize) = pop!(),
                    Opcode::Func => {
                        let function = *vm.functions.as_ptr().add((*i).wide() as usize);
                        if (*function).closure.is_nil() {
                            let closure = vm.heap.closure(function, 0);
                            (*function).closure = Value::object(Tag::Function, closure.cast());
                        }
                        push!((*function).closure);
                    }
                    Opcode::Itself => push!(*base.sub(1)),
                    Opcode::Closure => {
                        let function = *vm.functions.as_ptr().add((*i).wide() as usize);
                        let captures = &(*function).captures;
                        let closure = vm.heap.closure(function, captures.len());
                        let first = closure.add(1).cast::<Value>();
                        for (index, capture) in captures.iter().enumerate() {
                            *first.add(index) = match *capture {
                                sentra_bytecode::Capture::Slot(slot) => slot!(slot),
                                sentra_bytecode::Capture::Outer(outer) => capture!(outer),
                            };
                        }
                        push!(Value::object(Tag::Function, closure.cast()));
                        safepoint!();
                    }
                    Opcode::Builtin => {
                        let value = call::builtin_value(vm, (*i).wide());
                        push!(value);
                    }
                    Opcode::NewCell => {
                        slot!((*i).a) = vm.heap.cell(slot!((*i).a));
                        safepoint!();
                    }
                    Opcode::GetCell => {
                        let cell = slot!((*i).a);
                        push!(attempt!(access::cell_value(cell)));
                    }
                    Opcode::SetCell => {
                        let (value, cell) = (pop!(), slot!((*i).a));
                        attempt!(access::set_cell(vm, cell, value));
                    }
                    Opcode::GetCapture => push!(capture!((*i).a)),
                    Opcode::GetCaptureCell => {
                        let cell = capture!((*i).a);
                        push!(attempt!(access::cell_value(cell)));
                    }
                    Opcode::SetCaptureCell => {
                        let (value, cell) = (pop!(), capture!((*i).a));
                        attempt!(access::set_cell(vm, cell, value));
                    }

                    Opcode::AddSS => {
                        sp = sp.sub(1);
                        arithmetic!(top!(), *sp, +, add, |value| top!() = value);
                    }
                    Opcode::AddSL => {
                        arithmetic!(top!(), slot!((*i).a), +, add, |value| top!() = value);
                    }
                    Opcode::AddSI => {
                        arithmetic!(top!(), Immediate((*i).c), +, add, |value| top!() = value);
                    }
                    Opcode::AddLL => {
                        sp = sp.add(1);
                        arithmetic!(slot!((*i).a), slot!((*i).b), +, add, |value| top!() = value);
                    }
                    Opcode::AddLI => {
                        sp = sp.add(1);
                        arithmetic!(slot!((*i).a), Immediate((*i).c), +, add, |value| top!() = value);
                    }
                    Opcode::AddSS_L => {
                        sp = sp.sub(2);
                        arithmetic!(*sp, *sp.add(1), +, add, |value| slot!((*i).a) = value);
                    }
                    Opcode::AddSL_L => {
                        sp = sp.sub(1);
                        arithmetic!(*sp, slot!((*i).b), +, add, |value| slot!((*i).a) = value);
                    }
                    Opcode::AddLL_L => {
                        arithmetic!(slot!((*i).b), slot!((*i).c), +, add, |value| slot!((*i).a) = value);
                    }
                    Opcode::AddLI_L => {
                        arithmetic!(slot!((*i).b), Immediate((*i).c), +, add, |value| slot!((*i).a) = value);
                    }
                    Opcode::SubSS => {
                        sp = sp.sub(1);
                        arithmetic!(top!(), *sp, -, subtract, |value| top!() = value);
                    }
                    Opcode::SubSL => {
                        arithmetic!(top!(), slot!((*i).a), -, subtract, |value| top!() = value);
                    }
                    Opcode::SubSI => {
                        arithmetic!(top!(), Immediate((*i).c), -, subtract, |value| top!() = value);
                    }
                    Opcode::SubLL => {
                        sp = sp.add(1);
                        arithmetic!(slot!((*i).a), slot!((*i).b), -, subtract, |value| top!() = value);
                    }
                    Opcode::SubLI => {
                        sp = sp.add(1);
                        arithmetic!(slot!((*i).a), Immediate((*i).c), -, subtract, |value| top!() = value);
                    }
                    Opcode::SubSS_L => {
                        sp = sp.sub(2);
                        arithmetic!(*sp, *sp.add(1), -, subtract, |value| slot!((*i).a) = value);
                    }
                    Opcode::SubSL_L => {
                        sp = sp.sub(1);
                        arithmetic!(*sp, slot!((*i).b), -, subtract, |value| slot!((*i).a) = value);
                    }
                    Opcode::SubLL_L => {
                        arithmetic!(slot!((*i).b), slot!((*i).c), -, subtract, |value| slot!((*i).a) = value);
                    }
                    Opcode::SubLI_L => {
                        arithmetic!(slot!((*i).b), Immediate((*i).c), -, subtract, |value| slot!((*i).a) = value);
                    }
                    Opcode::AddLS => {
                        arithmetic!(slot!((*i).a), top!(), +, add, |value| top!() = value);
                    }
                    Opcode::AddLS_L => {
                        sp = sp.sub(1);
                        arithmetic!(slot!((*i).b), *sp, +, add, |value| slot!((*i).a) = value);
                    }
                    Opcode::SubLS => {
                        arithmetic!(slot!((*i).a), top!(), -, subtract, |value| top!() = value);
                    }
                    Opcode::SubLS_L => {
                        sp = sp.sub(1);
                        arithmetic!(slot!((*i).b), *sp, -, subtract, |value| slot!((*i).a) = value);
                    }
                    Opcode::DivLS => {
                        arithmetic!(slot!((*i).a), top!(), /, divide, |value| top!() = value);
                    }
                    Opcode::MulSS => {
                        sp = sp.sub(1);
                        multiply!(top!(), *sp);
                    }
                    Opcode::MulSL => {
                        multiply!(top!(), slot!((*i).a));
                    }
                    Opcode::MulSI => {
                        multiply!(top!(), Immediate((*i).c));
                    }
                    Opcode::MulLL => {
                        sp = sp.add(1);
                        multiply!(slot!((*i).a), slot!((*i).b));
                    }
                    Opcode::MulLI => {
                        sp = sp.add(1);
                        multiply!(slot!((*i).a), Immediate((*i).c));
                    }
                    Opcode::MulSS_L => {
                        sp = sp.sub(2);
                        arithmetic!(*sp, *sp.add(1), *, multiply, |value| slot!((*i).a) = value);
                    }
                    Opcode::MulSL_L => {
                        sp = sp.sub(1);
                        arithmetic!(*sp, slot!((*i).b), *, multiply, |value| slot!((*i).a) = value);
                    }
                    Opcode::MulLL_L => {
                        arithmetic!(slot!((*i).b), slot!((*i).c), *, multiply, |value| slot!((*i).a) = value);
                    }
                    Opcode::MulLI_L => {
                        arithmetic!(slot!((*i).b), Immediate((*i).c), *, multiply, |value| slot!((*i).a) = value);
                    }
                    Opcode::DivSS => {
                        sp = sp.sub(1);
                        arithmetic!(top!(), *sp, /, divide, |value| top!() = value);
                    }
                    Opcode::DivSL => {
                        arithmetic!(top!(), slot!((*i).a), /, divide, |value| top!() = value);
                    }
                    Opcode::DivSI => {
                        arithmetic!(top!(), Immediate((*i).c), /, divide, |value| top!() = value);
                    }
                    Opcode::DivLL => {
                        sp = sp.add(1);
                        arithmetic!(slot!((*i).a), slot!((*i).b), /, divide, |value| top!() = value);
                    }
                    Opcode::DivLI => {
                        sp = sp.add(1);
                        arithmetic!(slot!((*i).a), Immediate((*i).c), /, divide, |value| top!() = value);
                    }
                    Opcode::DivSS_L => {
                        sp = sp.sub(2);
                        arithmetic!(*sp, *sp.add(1), /, divide, |value| slot!((*i).a) = value);
                    }
                    Opcode::DivSL_L => {
                        sp = sp.sub(1);
                        arithmetic!(*sp, slot!((*i).b), /, divide, |value| slot!((*i).a) = value);
                    }
                    Opcode::DivLL_L => {
                        arithmetic!(slot!((*i).b), slot!((*i).c), /, divide, |value| slot!((*i).a) = value);
                    }
                    Opcode::DivLI_L => {
                        arithmetic!(slot!((*i).b), Immediate((*i).c), /, divide, |value| slot!((*i).a) = value);
                    }
                    Opcode::RemSS => {
                        sp = sp.sub(1);
                        remainder!(top!(), *sp, remainder, |value| top!() = value);
                    }
                    Opcode::RemSL => {
                        remainder!(top!(), slot!((*i).a), remainder, |value| top!() = value);
                    }
                    Opcode::RemSI => {
                        remainder!(top!(), Immediate((*i).c), remainder_by, |value| top!() = value);
                    }
                    Opcode::RemLL => {
                        sp = sp.add(1);
                        remainder!(slot!((*i).a), slot!((*i).b), remainder, |value| top!() = value);
                    }
                    Opcode::RemLI => {
                        sp = sp.add(1);
                        remainder!(slot!((*i).a), Immediate((*i).c), remainder_by, |value| top!() = value);
                    }
                    Opcode::RemSS_L => {
                        sp = sp.sub(2);
                        remainder!(*sp, *sp.add(1), remainder, |value| slot!((*i).a) = value);
                    }
                    Opcode::RemSL_L => {
                        sp = sp.sub(1);
                        remainder!(*sp, slot!((*i).b), remainder, |value| slot!((*i).a) = value);
                    }
                    Opcode::RemLL_L => {
                        remainder!(slot!((*i).b), slot!((*i).c), remainder, |value| slot!((*i).a) = value);
                    }
                    Opcode::RemLI_L => {
                        remainder!(slot!((*i).b), Immediate((*i).c), remainder_by, |value| slot!((*i).a) = value);
                    }
                    Opcode::BitAndSS => {
                        sp = sp.sub(1);
                        bits!(top!(), *sp, and, And);
                    }
                    Opcode::BitAndSI => bits!(top!(), Immediate((*i).c), and, And),
                    Opcode::BitOrSS => {
                        sp = sp.sub(1);
                        bits!(top!(), *sp, or, Or);
                    }
                    Opcode::BitOrSI => bits!(top!(), Immediate((*i).c), or, Or),
                    Opcode::BitXorSS => {
                        sp = sp.sub(1);
                        bits!(top!(), *sp, xor, Xor);
                    }
                    Opcode::BitXorSI => bits!(top!(), Immediate((*i).c), xor, Xor),
                    Opcode::ShlSS => {
                        sp = sp.sub(1);
                        bits!(top!(), *sp, shift_left, ShiftLeft);
                    }
                    Opcode::ShlSI => bits!(top!(), Immediate((*i).c), shift_left, ShiftLeft),
                    Opcode::ShrSS => {
                        sp = sp.sub(1);
                        bits!(top!(), *sp, shift_right, ShiftRight);
                    }
                    Opcode::ShrSI => bits!(top!(), Immediate((*i).c), shift_right, ShiftRight),
                    Opcode::Neg => {
                        let value = top!();
                        let result = -value.raw_double();
                        if let Some(negative) = value.as_small().and_then(|integer| Value::integer(-integer)) {
                            top!() = negative;
                        } else if result.abs() < EXACT {
                            top!() = Value::double(result);
                        } else {
                            top!() = attempt!(arithmetic::negate(&mut vm.heap, value));
                            safepoint!();
                        }
                    }
                    Opcode::Not => top!() = Value::boolean(!top!().is_truthy()),
                    Opcode::BitNot => {
                        top!() = attempt!(arithmetic::bit_not(&mut vm.heap, top!()));
                        safepoint!();
                    }

                    Opcode::Lt => {
                        let right = pop!();
                        top!() = Value::boolean(compare!(top!(), right, <, Less));
                    }
                    Opcode::Le => {
                        let right = pop!();
                        top!() = Value::boolean(compare!(top!(), right, <=, LessEqual));
                    }
                    Opcode::Gt => {
                        let right = pop!();
                        top!() = Value::boolean(compare!(top!(), right, >, Greater));
                    }
                    Opcode::Ge => {
                        let right = pop!();
                        top!() = Value::boolean(compare!(top!(), right, >=, GreaterEqual));
                    }
                    Opcode::Eq => {
                        let right = pop!();
                        top!() = Value::boolean(equal!(top!(), right));
                    }
                    Opcode::Ne => {
                        let right = pop!();
                        top!() = Value::boolean(!equal!(top!(), right));
                    }
                    Opcode::In => {
                        let container = pop!();
                        let entry = container.as_map().and_then(|map| map.plain_entry(&vm.heap, top!()));
                        top!() = Value::boolean(match entry {
                            Some(entry) => !entry.is_null(),
                            None => attempt!(access::contains(vm, container, top!())),
                        });
                    }

                    Opcode::Jump => jump!((*i).wide() as i32),
                    Opcode::JumpIfFalse => {
                        if !pop!().is_truthy() {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::JumpIfTrue => {
                        if pop!().is_truthy() {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::JumpIfFalseLocal => {
                        if !slot!((*i).a).is_truthy() {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::JumpIfTrueLocal => {
                        if slot!((*i).a).is_truthy() {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::And => {
                        if top!().is_truthy() {
                            sp = sp.sub(1);
                        } else {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::Or => {
                        if top!().is_truthy() {
                            jump!((*i).wide() as i32);
                        } else {
                            sp = sp.sub(1);
                        }
                    }
                    Opcode::Coalesce => {
                        if top!().is_nil() {
                            sp = sp.sub(1);
                        } else {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::JumpIfNil => {
                        if top!().is_nil() {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::JumpIfGiven => {
                        if slot!((*i).a) != Value::ABSENT {
                            jump!((*i).wide() as i32);
                        }
                    }
                    Opcode::JumpLtSS => {
                        sp = sp.sub(2);
                        if compare!(*sp, *sp.add(1), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLtSS => {
                        sp = sp.sub(2);
                        if !compare!(*sp, *sp.add(1), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLeSS => {
                        sp = sp.sub(2);
                        if compare!(*sp, *sp.add(1), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLeSS => {
                        sp = sp.sub(2);
                        if !compare!(*sp, *sp.add(1), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGtSS => {
                        sp = sp.sub(2);
                        if compare!(*sp, *sp.add(1), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGtSS => {
                        sp = sp.sub(2);
                        if !compare!(*sp, *sp.add(1), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGeSS => {
                        sp = sp.sub(2);
                        if compare!(*sp, *sp.add(1), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGeSS => {
                        sp = sp.sub(2);
                        if !compare!(*sp, *sp.add(1), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpEqSS => {
                        sp = sp.sub(2);
                        if equal!(*sp, *sp.add(1)) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNeSS => {
                        sp = sp.sub(2);
                        if !equal!(*sp, *sp.add(1)) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLtSL => {
                        sp = sp.sub(1);
                        if compare!(*sp, slot!((*i).a), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLtSL => {
                        sp = sp.sub(1);
                        if !compare!(*sp, slot!((*i).a), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLeSL => {
                        sp = sp.sub(1);
                        if compare!(*sp, slot!((*i).a), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLeSL => {
                        sp = sp.sub(1);
                        if !compare!(*sp, slot!((*i).a), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGtSL => {
                        sp = sp.sub(1);
                        if compare!(*sp, slot!((*i).a), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGtSL => {
                        sp = sp.sub(1);
                        if !compare!(*sp, slot!((*i).a), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGeSL => {
                        sp = sp.sub(1);
                        if compare!(*sp, slot!((*i).a), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGeSL => {
                        sp = sp.sub(1);
                        if !compare!(*sp, slot!((*i).a), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpEqSL => {
                        sp = sp.sub(1);
                        if equal!(*sp, slot!((*i).a)) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNeSL => {
                        sp = sp.sub(1);
                        if !equal!(*sp, slot!((*i).a)) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLtSI => {
                        sp = sp.sub(1);
                        if compare!(*sp, Immediate((*i).b), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLtSI => {
                        sp = sp.sub(1);
                        if !compare!(*sp, Immediate((*i).b), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLeSI => {
                        sp = sp.sub(1);
                        if compare!(*sp, Immediate((*i).b), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLeSI => {
                        sp = sp.sub(1);
                        if !compare!(*sp, Immediate((*i).b), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGtSI => {
                        sp = sp.sub(1);
                        if compare!(*sp, Immediate((*i).b), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGtSI => {
                        sp = sp.sub(1);
                        if !compare!(*sp, Immediate((*i).b), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGeSI => {
                        sp = sp.sub(1);
                        if compare!(*sp, Immediate((*i).b), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGeSI => {
                        sp = sp.sub(1);
                        if !compare!(*sp, Immediate((*i).b), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpEqSI => {
                        sp = sp.sub(1);
                        if equal_immediate!(*sp, (*i).b) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNeSI => {
                        sp = sp.sub(1);
                        if !equal_immediate!(*sp, (*i).b) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLtLL => {
                        if compare!(slot!((*i).a), slot!((*i).b), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLtLL => {
                        if !compare!(slot!((*i).a), slot!((*i).b), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLeLL => {
                        if compare!(slot!((*i).a), slot!((*i).b), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLeLL => {
                        if !compare!(slot!((*i).a), slot!((*i).b), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGtLL => {
                        if compare!(slot!((*i).a), slot!((*i).b), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGtLL => {
                        if !compare!(slot!((*i).a), slot!((*i).b), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGeLL => {
                        if compare!(slot!((*i).a), slot!((*i).b), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGeLL => {
                        if !compare!(slot!((*i).a), slot!((*i).b), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpEqLL => {
                        if equal!(slot!((*i).a), slot!((*i).b)) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNeLL => {
                        if !equal!(slot!((*i).a), slot!((*i).b)) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLtLI => {
                        if compare!(slot!((*i).a), Immediate((*i).b), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLtLI => {
                        if !compare!(slot!((*i).a), Immediate((*i).b), <, Less) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpLeLI => {
                        if compare!(slot!((*i).a), Immediate((*i).b), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotLeLI => {
                        if !compare!(slot!((*i).a), Immediate((*i).b), <=, LessEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGtLI => {
                        if compare!(slot!((*i).a), Immediate((*i).b), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGtLI => {
                        if !compare!(slot!((*i).a), Immediate((*i).b), >, Greater) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpGeLI => {
                        if compare!(slot!((*i).a), Immediate((*i).b), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNotGeLI => {
                        if !compare!(slot!((*i).a), Immediate((*i).b), >=, GreaterEqual) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpEqLI => {
                        if equal_immediate!(slot!((*i).a), (*i).b) {
                            jump!((*i).c as i16);
                        }
                    }
                    Opcode::JumpNeLI => {
                        if !equal_immediate!(slot!((*i).a), (*i).b) {
                            jump!((*i).c as i16);
                        }
                    }

                    Opcode::Iter => {
                        let iterable = top!();
                        push!(attempt!(iterate::start(&mut vm.heap, iterable)));
                    }
                    Opcode::ForNextL | Opcode::ForNext2L => {
                        let (iterable, position) = (slot!((*i).a), slot!((*i).a + 1));
                        let index = position.bits() as usize;
                        if (*i).op == Opcode::ForNextL
                            && let Some(array) = iterable.as_array()
                        {
                            if let Some(value) = array.get(index) {
                                slot!((*i).a + 1) = Value::from_bits(index as u64 + 1);
                                slot!((*i).a + 2) = value;
                                jump!((*i).wide() as i32);
                            }
                        } else {
                            match attempt!(iterate::next(vm, iterable, position)) {
                                iterate::Next::Done => {}
                                iterate::Next::Item { key, value, position } => {
                                    let only = if iterable.has_tag(Tag::Map) { key } else { value };
                                    item!(i, if (*i).op == Opcode::ForNextL { only } else { key }, value, position);
                                    safepoint!();
                                    jump!((*i).wide() as i32);
                                }
                                iterate::Next::Wait(landing) => {
                                    save!();
                                    (*fiber).next = ip;
                                    (*fiber).paused = true;
                                    (*fiber).landing = landing;
                                    return Exit::Waiting;
                                }
                            }
                        }
                    }
                    Opcode::CountLtLL => count!(slot!((*i).b), <, Less),
                    Opcode::CountLeLL => count!(slot!((*i).b), <=, LessEqual),
                    Opcode::CountLtLI => count!(Immediate((*i).b), <, Less),
                    Opcode::CountLeLI => count!(Immediate((*i).b), <=, LessEqual),
                    Opcode::RangeIter => {
                        (*sp.sub(2), *sp.sub(1)) =
                            attempt!(iterate::bounds(&mut vm.heap, *sp.sub(2), *sp.sub(1), (*i).x != 0));
                        safepoint!();
                    }
                    Opcode::ForRange => {
                        let count = slot!((*i).a);
                        if compare!(count, slot!((*i).a + 1), <, Less) {
                            push!(count);
                            arithmetic!(count, Immediate(1), +, add, |value| slot!((*i).a) = value);
                            jump!((*i).wide() as i32);
                        }
                    }

                    Opcode::Array => {
                        let count = (*i).wide() as usize;
                        sp = sp.sub(count);
                        let array = vm.heap.array(std::slice::from_raw_parts(sp, count));
                        push!(array.value());
                        safepoint!();
                    }
                    Opcode::Map => {
                        let count = (*i).wide() as usize * 2;
                        let pairs = std::slice::from_raw_parts(sp.sub(count), count);
                        let map = attempt!(access::map_of_pairs(vm, pairs));
                        sp = sp.sub(count);
                        push!(map);
                        safepoint!();
                    }
                    Opcode::MapKeys => {
                        let count = (*i).a as usize;
                        let keys: &[Value] = &vm.keys[(*i).wide() as usize];
                        let values = std::slice::from_raw_parts(sp.sub(count), count);
                        let map = if count <= 8 {
                            vm.heap.map_with_keys(&*(keys as *const [Value]), values).value()
                        } else {
                            attempt!(access::map_of_many(vm, (*i).wide(), values))
                        };
                        sp = sp.sub(count);
                        push!(map);
                        safepoint!();
                    }
                    Opcode::Range => {
                        let to = pop!();
                        top!() = attempt!(access::range(&mut vm.heap, top!(), to, (*i).x != 0));
                        safepoint!();
                    }
                    Opcode::Append => {
                        let (value, array) = (pop!(), slot!((*i).a));
                        attempt!(access::append(vm, array, value));
                    }
                    Opcode::Text => {
                        let count = (*i).a as usize;
                        let text = attempt!(access::text(vm, std::slice::from_raw_parts(sp.sub(count), count)));
                        sp = sp.sub(count);
                        push!(text);
                        safepoint!();
                    }
                    Opcode::Format => {
                        let spec = *vm.constants.as_ptr().add((*i).wide() as usize);
                        top!() = attempt!(access::format(vm, top!(), spec));
                        safepoint!();
                    }

                    Opcode::GetIndex => {
                        sp = sp.sub(1);
                        match element(&vm.heap, top!(), &*sp) {
                            Some(value) => top!() = value,
                            None => {
                                let value = attempt!(access::get_index(vm, top!(), *sp));
                                top!() = value;
                                safepoint!();
                            }
                        }
                    }
                    Opcode::GetIndexLS => match element(&vm.heap, slot!((*i).a), &top!()) {
                        Some(value) => top!() = value,
                        None => {
                            let value = attempt!(access::get_index(vm, slot!((*i).a), top!()));
                            top!() = value;
                            safepoint!();
                        }
                    },
                    Opcode::GetIndexSL => match element(&vm.heap, top!(), &slot!((*i).a)) {
                        Some(value) => top!() = value,
                        None => {
                            let value = attempt!(access::get_index(vm, top!(), slot!((*i).a)));
                            top!() = value;
                            safepoint!();
                        }
                    },
                    Opcode::GetIndexSI => match fixed_element(top!(), (*i).c) {
                        Some(value) => top!() = value,
                        None => {
                            let value = attempt!(access::get_index(vm, top!(), Immediate((*i).c).value()));
                            top!() = value;
                            safepoint!();
                        }
                    },
                    Opcode::GetIndexLL => match element(&vm.heap, slot!((*i).a), &slot!((*i).b)) {
                        Some(value) => push!(value),
                        None => {
                            let value = attempt!(access::get_index(vm, slot!((*i).a), slot!((*i).b)));
                            push!(value);
                            safepoint!();
                        }
                    },
                    Opcode::GetIndexLI => match fixed_element(slot!((*i).a), (*i).c) {
                        Some(value) => push!(value),
                        None => {
                            let value = attempt!(access::get_index(vm, slot!((*i).a), Immediate((*i).c).value()));
                            push!(value);
                            safepoint!();
                        }
                    },
                    Opcode::SetIndex => {
                        let (object, value) = (*sp.sub(3), *sp.sub(1));
                        if !set_element(vm, object, &*sp.sub(2), value) {
                            attempt!(access::set_index(vm, object, *sp.sub(2), value));
                        }
                        sp = sp.sub(3);
                    }
                    Opcode::SetIndexLL => {
                        if !set_element(vm, slot!((*i).a), &slot!((*i).b), top!()) {
                            attempt!(access::set_index(vm, slot!((*i).a), slot!((*i).b), top!()));
                        }
                        sp = sp.sub(1);
                    }
                    Opcode::SetIndexLS => {
                        let (object, value) = (slot!((*i).a), *sp.sub(1));
                        if !set_element(vm, object, &*sp.sub(2), value) {
                            attempt!(access::set_index(vm, object, *sp.sub(2), value));
                        }
                        sp = sp.sub(2);
                    }
                    Opcode::SetIndexLLL => {
                        if !set_element(vm, slot!((*i).a), &slot!((*i).b), slot!((*i).c)) {
                            attempt!(access::set_index(vm, slot!((*i).a), slot!((*i).b), slot!((*i).c)));
                        }
                    }
                    Opcode::Slice => {
                        let (object, from, to) = (*sp.sub(3), *sp.sub(2), *sp.sub(1));
                        let slice = attempt!(access::slice(vm, object, from, to));
                        sp = sp.sub(3);
                        push!(slice);
                        safepoint!();
                    }
                    Opcode::GetField => {
                        let object = top!();
                        let key = *vm.constants.as_ptr().add((*i).wide() as usize);
                        match hinted(object, key, (*i).x) {
                            Some(entry) => top!() = (*entry).value,
                            None => {
                                let value = attempt!(access::get_field(vm, object, key, ip.cast_mut()));
                                if value == Value::ABSENT {
                                    enter_missing!(key);
                                }
                                top!() = value;
                                safepoint!();
                            }
                        }
                    }
                    Opcode::GetFieldL => {
                        let object = slot!((*i).a);
                        let key = *vm.constants.as_ptr().add((*i).wide() as usize);
                        match hinted(object, key, (*i).x) {
                            Some(entry) => push!((*entry).value),
                            None => {
                                let value = attempt!(access::get_field(vm, object, key, ip.cast_mut()));
                                if value == Value::ABSENT {
                                    push!(object);
                                    enter_missing!(key);
                                }
                                push!(value);
                                safepoint!();
                            }
                        }
                    }
                    Opcode::SetField => {
                        let (object, value) = (*sp.sub(2), *sp.sub(1));
                        let key = *vm.constants.as_ptr().add((*i).wide() as usize);
                        match hinted(object, key, (*i).x) {
                            Some(entry) => {
                                vm.heap.barrier(object.address(), value);
                                (*entry).value = value;
                            }
                            None => attempt!(access::set_field(vm, object, key, value, ip.cast_mut())),
                        }
                        sp = sp.sub(2);
                    }
                    Opcode::SetFieldL => {
                        let (object, value) = (slot!((*i).a), top!());
                        let key = *vm.constants.as_ptr().add((*i).wide() as usize);
                        match hinted(object, key, (*i).x) {
                            Some(entry) => {
                                vm.heap.barrier(object.address(), value);
                                (*entry).value = value;
                            }
                            None => attempt!(access::set_field(vm, object, key, value, ip.cast_mut())),
                        }
                        sp = sp.sub(1);
                    }

                    Opcode::Call => call_value!((*i).a),
                    Opcode::CallAdapt => {
                        let count = (*i).a as usize;
                        let callee = *sp.sub(count + 1);
                        let taken = call::arguments_taken(vm, callee).map_or(count, |most| most.min(count));
                        sp = sp.sub(count - taken);
                        call_value!(taken);
                    }
                    Opcode::CallFunc => enter!(*vm.functions.as_ptr().add((*i).wide() as usize), (*i).a, 0),
                    Opcode::CallBuiltin => {
                        let number = (*i).wide();
                        if number == len_number
                            && (*i).a == 1
                            && let Some(length) = call::length(top!())
                        {
                            top!() = length;
                        } else if number == floor_number
                            && (*i).a == 1
                            && let Some(whole) = integers::floor(top!())
                        {
                            top!() = whole;
                        } else {
                            call_builtin!(number, (*i).a);
                        }
                    }
                    Opcode::CallMethod => {
                        let count = (*i).a as usize;
                        let receiver = *sp.sub(count + 1);
                        let key = vm.methods.get_unchecked((*i).wide() as usize).key;
                        let own = match hinted(receiver, key, (*i).x) {
                            Some(entry) => Some((*entry).value),
                            None if receiver.has_tag(Tag::Map) || receiver.has_tag(Tag::Object) => {
                                access::own_method(vm, receiver, key, ip.cast_mut())
                            }
                            None => None,
                        };
                        if let Some(callee) = own.filter(|&own| access::is_own_method(receiver, own)) {
                            *sp.sub(count + 1) = callee;
                            call_value!(count);
                        } else {
                            match attempt!(call::find_method(vm, receiver, (*i).wide())) {
                                call::Target::Function(number) => {
                                    enter!(*vm.functions.as_ptr().add(number as usize), count + 1, 0);
                                }
                                call::Target::Builtin(number) => {
                                    if number == push_number
                                        && count == 1
                                        && let Some(array) = receiver.as_array()
                                    {
                                        attempt!(array.push(&mut vm.heap, top!()));
                                        sp = sp.sub(1);
                                        safepoint!();
                                    } else {
                                        call_builtin!(number, count + 1);
                                    }
                                }
                            }
                        }
                    }
                    Opcode::CallArray => {
                        let array = top!();
                        save!();
                        let count = attempt_saved!(call::spread(vm, &mut *fiber, array));
                        load!();
                        ip = ip.sub(1);
                        call_value!(count);
                    }
                    Opcode::Method => {
                        let receiver = top!();
                        top!() = attempt!(call::bind_method(vm, receiver, (*i).wide()));
                        safepoint!();
                    }
                    Opcode::Spawn => {
                        let count = (*i).a as usize;
                        save!();
                        let arguments = std::slice::from_raw_parts(sp.sub(count), count);
                        let task = attempt!(vm.spawn(*sp.sub(count + 1), arguments));
                        if (*ip.add(1)).op == Opcode::Pop {
                            crate::task::detach(task);
                        }
                        sp = sp.sub(count + 1);
                        push!(task);
                        safepoint!();
                    }
                    Opcode::Return => {
                        let value = top!();
                        leave!(value);
                    }
                    Opcode::ReturnLocal => leave!(slot!((*i).a)),
                    Opcode::ReturnNil => leave!(Value::NIL),
                    Opcode::Import => {
                        let source = &mut vm.sources[(*i).wide() as usize];
                        if std::mem::replace(&mut source.started, true) {
                            push!(Value::NIL);
                        } else {
                            let main = source.main as usize;
                            enter!(*vm.functions.as_ptr().add(main), 0, 0);
                        }
                    }
                    Opcode::ModuleValue => push!(access::module(vm, (*i).wide())),

                    Opcode::Throw => {
                        let value = pop!();
                        throw!(Fault::thrown(value));
                    }
                    Opcode::TakeLast => {
                        let last = slot!((*i).a).as_array().and_then(Array::pop);
                        push!(last.unwrap_or(Value::NIL));
                    }
                    Opcode::IsArray => {
                        let length = top!().as_array().map(Array::len);
                        let wanted = (*i).a as usize;
                        let fits = length.is_some_and(|length| length == wanted || (*i).x != 0 && length > wanted);
                        top!() = Value::boolean(fits);
                    }
                    Opcode::IsMap => top!() = Value::boolean(top!().as_map().is_some()),
                    Opcode::HasKey => {
                        let key = *vm.constants.as_ptr().add((*i).wide() as usize);
                        let has = top!().as_map().is_some_and(|map: Map| map.find(&vm.heap, key).is_some());
                        top!() = Value::boolean(has);
                    }
                    Opcode::InRange => {
                        let (value, from, to) = (*sp.sub(3), *sp.sub(2), *sp.sub(1));
                        sp = sp.sub(3);
                        push!(Value::boolean(arithmetic::lies_between(value, from, to, (*i).x != 0)));
                    }

                    Opcode::Send => {
                        save!();
                        let result = channel::send(vm, *sp.sub(2), *sp.sub(1));
                        let value = attempt!(result);
                        if value == Value::PENDING {
                            // The result of a finished send is dropped, as the instruction pushes nothing.
                            (*fiber).replaces = 2;
                            (*fiber).landing = Landing::Dropped;
                            return Exit::Waiting;
                        }
                        sp = sp.sub(2);
                    }
                    Opcode::Receive => {
                        save!();
                        let result = channel::receive(vm, top!());
                        finish!(result, 1);
                    }
                    Opcode::Select => {
                        let count = (*i).a as usize * 3;
                        save!();
                        let arms = std::slice::from_raw_parts(sp.sub(count), count);
                        let result = attempt!(channel::select(vm, arms, (*i).x != 0));
                        if result == Value::PENDING {
                            (*fiber).replaces = count as u32;
                            (*fiber).landing = Landing::Spread;
                            return Exit::Waiting;
                        }
                        sp = sp.sub(count);
                        access::push_pair(result, sp);
                        sp = sp.add(2);
                        safepoint!();
                    }
                    Opcode::Count => vm.instructions += u64::from((*i).wide()),
                    Opcode::Break => {
                        ip = ip.wrapping_sub(1);
                        save!();
                        (*fiber).paused = true;
                        return Exit::Trapped;
                    }
                }
                ip = ip.wrapping_add(1);
            };
            if let Err(fault) = unwind::unwind(vm, &mut *fiber, fault) {
                return Exit::Faulted(fault);
            }
            // A handler that faults into itself is a loop too.
            if vm.is_interrupted() {
                (*fiber).paused = true;
                return Exit::Interrupted;
            }
            load!();
        }
    }
}

/// The entry that a hint points to, if its key is the one wanted.
#[inline(always)]
unsafe fn hinted(object: Value, key: Value, hint: u8) -> Option<*mut Entry> {
    if !object.has_tag(Tag::Map) {
        return None;
    }
    // SAFETY: the tag says that it is a map; the hint is checked against its entries.
    unsafe {
        let map = object.address().cast::<crate::heap::object::MapObject>();
        if u32::from(hint) >= (*map).header.len {
            return None;
        }
        let entry = (*map).entries.add(hint as usize);
        ((*entry).key == key).then_some(entry)
    }
}

/// Stores into an array or map if the index is one of its elements or keys.
#[inline(always)]
unsafe fn set_element(vm: &mut Vm, object: Value, index: &Value, value: Value) -> bool {
    if let Some(array) = object.as_array() {
        let index = index.raw_index();
        if index >= array.len() {
            return false;
        }
        vm.heap.barrier(object.address(), value);
        // SAFETY: the index was just compared with the length.
        unsafe { *(*array.0).data.add(index) = value };
        return true;
    }
    let Some(map) = object.as_map() else { return false };
    let entry = map.plain_entry(&vm.heap, *index).unwrap_or(std::ptr::null_mut());
    if entry.is_null() {
        return false;
    }
    // SAFETY: an entry that was found is there until the map changes.
    unsafe { map.replace(&mut vm.heap, entry, value) };
    true
}
