//! Entering functions: from the scheduler, and from the interpreter where its fast path
//! does not fit (optional or surplus arguments, builtins as values, a full stack).

use crate::builtin::{Arguments, Body, describe_counts};
use crate::builtins;
use crate::fault::Fault;
use crate::fiber::{Fiber, Frame};
use crate::heap::Array;
use crate::heap::object::Kind;
use crate::image::{Function, Receiver};
use crate::measure::MEASURED;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// What calling a value that is not a closure came to.
pub(crate) enum Called {
    /// A frame was pushed; the fiber's registers say where it goes on.
    Entered,
    /// A builtin gave this, maybe `PENDING`.
    Returned(Value),
}

/// What a method name means for a receiver.
pub(crate) enum Target {
    /// A library function, by number.
    Function(u32),
    /// A builtin, by number.
    Builtin(u32),
}

/// Marks a number in [`Method::builtins`](crate::image::Method) as that of a library function.
pub(crate) const LIBRARY: u32 = 1 << 31;

/// Makes a fresh fiber start with a call.
pub(crate) fn enter(vm: &mut Vm, fiber: &mut Fiber, callee: Value, arguments: &[Value]) -> Result<(), Box<Fault>> {
    if let Some(closure) = callee.as_closure() {
        push_all(vm, fiber, callee, arguments)?;
        // SAFETY: a closure's function lives as long as the VM.
        let function = unsafe { (*closure).function };
        return enter_function(vm, fiber, function, arguments.len(), 1);
    }
    if !callee.has_tag(Tag::Function) {
        return Err(not_callable(callee));
    }
    // A builtin needs some code that calls it and waits for its result.
    let mut call = vec![callee];
    call.extend_from_slice(arguments);
    let call = vm.heap.array(&call).value();
    let trampoline = vm.trampoline();
    push_all(vm, fiber, Value::NIL, &[call])?;
    enter_function(vm, fiber, trampoline, 1, 1)
}

/// Makes room on a fiber's stack, which counts as memory of the heap.
fn grow(vm: &mut Vm, fiber: &mut Fiber, base: usize, depth: usize) -> Result<(), Box<Fault>> {
    let before = fiber.bytes();
    fiber.grow(base, depth)?;
    let grown = fiber.bytes() - before;
    vm.heap.account(grown);
    if grown > 0 { vm.heap.reserve(0) } else { Ok(()) }
}

fn push_all(vm: &mut Vm, fiber: &mut Fiber, callee: Value, arguments: &[Value]) -> Result<(), Box<Fault>> {
    grow(vm, fiber, fiber.top, arguments.len() + 1)?;
    let top = fiber.top;
    fiber.stack[top] = callee;
    fiber.stack[top + 1..=top + arguments.len()].copy_from_slice(arguments);
    fiber.top += arguments.len() + 1;
    Ok(())
}

/// Pushes a frame for a function whose `count` arguments are the top of the stack, after
/// bringing them into the form that the function expects.
pub(crate) fn enter_function(
    vm: &mut Vm,
    fiber: &mut Fiber,
    function: *const Function,
    count: usize,
    callee_slots: u32,
) -> Result<(), Box<Fault>> {
    // SAFETY: functions live as long as the VM.
    let callee = unsafe { &*function };
    let first = fiber.top - count;
    grow(vm, fiber, first, callee.max_depth as usize + count + 1)?;
    arrange_arguments(vm, fiber, callee, count)?;
    let frame = Frame { return_to: fiber.next, caller_base: fiber.base as u32, callee_slots, function };
    fiber.frames.push(frame);
    fiber.base = first;
    fiber.next = callee.code;
    Ok(())
}

/// Calls a library function with the value on top of the stack and another, for an instruction
/// whose result takes the place of the first.
pub(crate) fn enter_method(vm: &mut Vm, fiber: &mut Fiber, number: u32, argument: Value) -> Result<(), Box<Fault>> {
    push_all(vm, fiber, argument, &[])?;
    let function = vm.functions[number as usize];
    enter_function(vm, fiber, function, 2, 0)
}

/// Fills in missing optional arguments and collects surplus ones.
fn arrange_arguments(vm: &mut Vm, fiber: &mut Fiber, function: &Function, count: usize) -> Result<(), Box<Fault>> {
    let (required, declared) = (function.required as usize, function.parameters as usize);
    if count < required || count > declared && !function.rest {
        return Err(wrong_count(function, count));
    }
    for _ in count..declared {
        fiber.stack[fiber.top] = Value::ABSENT;
        fiber.top += 1;
    }
    if function.rest {
        let from = fiber.top - count.saturating_sub(declared);
        let rest = vm.heap.array(&fiber.stack[from..fiber.top]).value();
        fiber.stack[from] = rest;
        fiber.top = from + 1;
    }
    Ok(())
}

#[cold]
fn wrong_count(function: &Function, count: usize) -> Box<Fault> {
    let most = (!function.rest).then_some(function.parameters as usize);
    let counts = describe_counts(function.required as usize, most);
    let name = if function.name.is_empty() { "a lambda".to_string() } else { format!("`{}`", function.name) };
    Fault::new("arity", format!("{name} takes {counts}, got {count}"))
}

/// Calls a value that is no closure, with its arguments on the stack.
pub(crate) fn call_other(vm: &mut Vm, fiber: &mut Fiber, callee: Value, count: usize) -> Result<Called, Box<Fault>> {
    if let Some(number) = callee.as_native() {
        let arguments = arguments_on_stack(fiber, count);
        return call_builtin(vm, number, arguments).map(Called::Returned);
    }
    let Some((number, receiver)) = callee.as_bound() else { return Err(not_callable(callee)) };
    // The receiver takes the callee's place, so that it becomes the first argument.
    let at = fiber.top - count - 1;
    fiber.stack[at] = receiver;
    if number & LIBRARY != 0 {
        let function = vm.functions[(number & !LIBRARY) as usize];
        enter_function(vm, fiber, function, count + 1, 0)?;
        return Ok(Called::Entered);
    }
    let arguments = arguments_on_stack(fiber, count + 1);
    call_builtin(vm, number, arguments).map(Called::Returned)
}

fn arguments_on_stack<'a>(fiber: &Fiber, count: usize) -> &'a [Value] {
    let arguments = &fiber.stack[fiber.top - count..fiber.top];
    // SAFETY: a builtin runs while its fiber stands still: the stack neither moves nor changes.
    unsafe { std::slice::from_raw_parts(arguments.as_ptr(), count) }
}

#[cold]
fn not_callable(callee: Value) -> Box<Fault> {
    Fault::type_error(format!("cannot call a value of type {}", callee.type_name()))
}

/// Checks the arguments and runs a builtin.
#[inline]
pub(crate) fn call_builtin(vm: &mut Vm, number: u32, arguments: &[Value]) -> Result<Value, Box<Fault>> {
    let result = run_builtin(vm, number, arguments);
    if cfg!(debug_assertions) && vm.record.is_some() {
        crate::record::called(vm, number, &result);
    }
    result
}

#[inline(always)]
fn run_builtin(vm: &mut Vm, number: u32, arguments: &[Value]) -> Result<Value, Box<Fault>> {
    if let Some(shortcut) = crate::builtins::SHORTCUTS.get(number as usize)
        && let Some(native) = shortcut.native
        && shortcut.fits(arguments)
    {
        return native(vm, Arguments(arguments));
    }
    call_checked(vm, number, arguments)
}

#[inline(never)]
fn call_checked(vm: &mut Vm, number: u32, arguments: &[Value]) -> Result<Value, Box<Fault>> {
    let Some(builtin) = vm.registry.get(number as usize) else { return crate::measure::called(vm, number, arguments) };
    builtin.check(arguments)?;
    match builtin.body {
        Body::Native(native) => native(vm, Arguments(arguments)),
        Body::Library | Body::Constant(_) => Err(not_callable(Value::NIL)),
    }
}

/// What `len` gives for strings, arrays and maps.
#[inline]
pub(crate) fn length(value: Value) -> Option<Value> {
    let length = match value.tag()? {
        Tag::Text => value.as_text()?.len(),
        Tag::Array => value.as_array()?.len(),
        Tag::Map => value.as_map()?.len(),
        _ => return None,
    };
    Some(Value::count(length))
}

/// A builtin as a value: a function, or what the constant is.
pub(crate) fn builtin_value(vm: &mut Vm, number: u32) -> Value {
    if let Some(&value) = vm.builtin_values.get(&number) {
        return value;
    }
    let value = match vm.registry.get(number as usize).map(|builtin| (builtin.body, vm.library.get(&number).copied())) {
        Some((Body::Constant(make), _)) => make(&mut vm.heap),
        Some((Body::Library, Some(function))) => function_value(vm, function),
        Some(_) => vm.heap.native(number),
        None => vm.heap.payload(crate::interpret::access::BuiltinModule::numbered(number)),
    };
    vm.builtin_values.insert(number, value);
    value
}

/// The one closure of a function without captures.
pub(crate) fn function_value(vm: &mut Vm, number: u32) -> Value {
    let function = vm.functions[number as usize];
    // SAFETY: functions live as long as the VM and are changed only here and in the interpreter.
    unsafe {
        if (*function).closure.is_nil() {
            (*function).closure = Value::object(Tag::Function, vm.heap.closure(function, 0).cast());
        }
        (*function).closure
    }
}

/// The most arguments that a callee takes; nothing if there is no limit.
pub(crate) fn arguments_taken(vm: &Vm, callee: Value) -> Option<usize> {
    if let Some(closure) = callee.as_closure() {
        // SAFETY: a closure's function lives as long as the VM.
        let function = unsafe { &*(*closure).function };
        return (!function.rest).then_some(function.parameters as usize);
    }
    match (callee.as_native(), callee.as_bound()) {
        (Some(number), _) => vm.registry[number as usize].most(),
        (_, Some((number, _))) if number & LIBRARY == 0 => {
            vm.registry[number as usize].most().map(|most| most.saturating_sub(1))
        }
        _ => None,
    }
}

/// The receiver's type, as methods are found by.
#[inline]
pub(crate) fn receiver_of(value: Value) -> Receiver {
    match value.tag() {
        None => Receiver::Number,
        Some(Tag::Text) => Receiver::String,
        Some(Tag::Array) => Receiver::Array,
        Some(Tag::Map) => Receiver::Map,
        Some(Tag::Function) => Receiver::Function,
        Some(Tag::Immediate | Tag::Cell) => Receiver::Other,
        Some(Tag::Object) => receiver_of_object(value),
    }
}

fn receiver_of_object(value: Value) -> Receiver {
    match (value.kind(), value.type_name()) {
        (Some(Kind::Integer), _) => Receiver::Number,
        (Some(Kind::Range), _) => Receiver::Range,
        (Some(Kind::Error), _) => Receiver::Error,
        (_, "task") => Receiver::Task,
        (_, "channel") => Receiver::Channel,
        _ => Receiver::Other,
    }
}

/// The method of the receiver's type.
#[inline]
pub(crate) fn find_method(vm: &mut Vm, receiver: Value, method: u32) -> Result<Target, Box<Fault>> {
    if let Some(map) = receiver.as_map()
        && map.prototype() != 0
        && let Some(number) = vm.linked.method(map, vm.methods[method as usize].key)
    {
        return Ok(Target::Function(number));
    }
    let code = vm.methods[method as usize].builtins[receiver_of(receiver) as usize];
    match code {
        u32::MAX => Err(no_method(vm, receiver, method)),
        code if code & LIBRARY != 0 => Ok(Target::Function(code & !LIBRARY)),
        code => Ok(Target::Builtin(code)),
    }
}

#[cold]
fn no_method(vm: &Vm, receiver: Value, method: u32) -> Box<Fault> {
    let name = String::from_utf8_lossy(vm.methods[method as usize].key.as_bytes().unwrap_or_default()).into_owned();
    let object = receiver.as_map().and_then(|map| builtins::objects::numbered(map.prototype()));
    let own = object.and_then(|object| builtins::nearest(&name, object.methods.iter().map(|method| method.name())));
    let nearest = own.or_else(|| builtins::nearest_method(&name, receiver_of(receiver)));
    let hint = nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let what = object.map_or_else(|| article(receiver.type_name()), |object| article(object.name));
    Fault::type_error(format!("{what} has no method `{name}`{hint}"))
}

/// "a string", "an array".
pub(crate) fn article(name: &str) -> String {
    match name {
        "nil" => name.to_string(),
        _ if name.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// What a method call would call, as a value.
pub(crate) fn bind_method(vm: &mut Vm, receiver: Value, method: u32) -> Result<Value, Box<Fault>> {
    let key = vm.methods[method as usize].key;
    let own = crate::interpret::access::own_field(vm, receiver, key);
    if let Some(own) = own.filter(|&own| crate::interpret::access::is_own_method(receiver, own)) {
        return Ok(own);
    }
    let number = match find_method(vm, receiver, method)? {
        Target::Function(number) => number | LIBRARY,
        Target::Builtin(number) => number & !MEASURED,
    };
    Ok(vm.heap.bound(number, receiver))
}

/// Replaces an array of callee and arguments on the stack by its elements; the number of
/// arguments.
pub(crate) fn spread(vm: &mut Vm, fiber: &mut Fiber, array: Value) -> Result<usize, Box<Fault>> {
    let Some(array) = array.as_array().filter(|array| !array.is_empty()) else { return Err(not_callable(array)) };
    fiber.top -= 1;
    let count = Array::len(array) - 1;
    grow(vm, fiber, fiber.top, count + 2)?;
    let top = fiber.top;
    fiber.stack[top..=top + count].copy_from_slice(array.as_slice());
    fiber.top += count + 1;
    Ok(count)
}
