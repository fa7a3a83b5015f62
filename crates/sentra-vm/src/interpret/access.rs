//! Elements, fields, cells, collections and text beyond the interpreter's fast paths.

use sentra_bytecode::Instruction;

use crate::call::article;
use crate::fault::Fault;
use crate::fiber::Fiber;
use crate::format;
use crate::heap::map::Map;
use crate::heap::object::{CellObject, Kind, Payload};
use crate::heap::{Heap, Marker, Range, Text};
use crate::show;
use crate::value::{Tag, Value};
use crate::vm::{Exported, Vm};

type Result<T> = std::result::Result<T, Box<Fault>>;

#[cold]
pub(crate) fn unset_global(vm: &Vm, global: u32) -> Box<Fault> {
    let name = vm.global_names.get(global as usize).map_or("", |name| name);
    Fault::new("undefined", format!("`{name}` is used before it has a value"))
}

/// What a cell holds. Hostile code may name a slot that holds no cell.
#[inline(always)]
pub(crate) fn cell_value(cell: Value) -> Result<Value> {
    if cell.has_tag(Tag::Cell) {
        // SAFETY: the tag says what the object is.
        return Ok(unsafe { (*cell.address().cast::<CellObject>()).value });
    }
    Err(no_cell())
}

/// Replaces what a cell holds.
#[inline(always)]
pub(crate) fn set_cell(vm: &mut Vm, cell: Value, value: Value) -> Result<()> {
    if !cell.has_tag(Tag::Cell) {
        return Err(no_cell());
    }
    vm.heap.barrier(cell.address(), value);
    // SAFETY: the tag says what the object is.
    unsafe { (*cell.address().cast::<CellObject>()).value = value };
    Ok(())
}

#[cold]
fn no_cell() -> Box<Fault> {
    Fault::new("bytecode", "damaged program: a captured variable was expected here")
}

/// Whether a value can be a map's key. The marks that scripts never see cannot: one of them
/// stands for removed entries.
pub(crate) fn key_of(key: Value) -> Result<Value> {
    let fits = match key.tag() {
        None | Some(Tag::Text) => true,
        Some(Tag::Immediate) => matches!(key, Value::NIL | Value::FALSE | Value::TRUE),
        _ => key.kind() == Some(Kind::Integer),
    };
    if fits {
        Ok(key)
    } else {
        Err(Fault::type_error(format!("{} cannot be a key of a map", article(key.type_name()))))
    }
}

/// The position that an index means in `len` elements: negative ones count from the end.
fn position(index: Value, len: usize, what: &str) -> Result<usize> {
    let Some(integer) = index.as_integer() else {
        let got = if index.is_number() { "a number with a fraction".into() } else { article(index.type_name()) };
        return Err(Fault::type_error(format!("the index of {what} must be an integer, got {got}")));
    };
    let at = if integer < 0 { integer.checked_add(len as i64) } else { Some(integer) };
    match at {
        Some(at) if at >= 0 && (at as usize) < len => Ok(at as usize),
        _ => Err(Fault::range(format!("index {integer} is out of range: {what} has {len} elements"))),
    }
}

#[inline(never)]
pub(crate) fn get_index(vm: &mut Vm, object: Value, index: Value) -> Result<Value> {
    if let Some(array) = object.as_array() {
        let at = position(index, array.len(), "the array")?;
        return Ok(array.get(at).unwrap_or(Value::NIL));
    }
    if let Some(map) = object.as_map() {
        return Ok(map.get(&vm.heap, key_of(index)?).unwrap_or(Value::NIL));
    }
    if let Some(text) = object.as_text() {
        let at = position(index, text.len(), "the string")?;
        return Ok(vm.heap.text(&text.bytes()[at..=at]));
    }
    if let Some(name) = index.as_text() {
        return read_field(vm, object, name);
    }
    Err(Fault::type_error(format!("{} cannot be indexed", article(object.type_name()))))
}

#[inline(never)]
pub(crate) fn set_index(vm: &mut Vm, object: Value, index: Value, value: Value) -> Result<()> {
    if let Some(array) = object.as_array() {
        let at = position(index, array.len(), "the array")?;
        array.set(&mut vm.heap, at, value);
        return Ok(());
    }
    if let Some(map) = object.as_map() {
        return map.set(&mut vm.heap, key_of(index)?, value);
    }
    let what = article(object.type_name());
    Err(Fault::type_error(format!("the elements of {what} cannot be assigned to")))
}

/// The bounds of a slice: negative ones count from the end, all are clamped.
fn bounds(from: Value, to: Value, len: usize) -> Result<(usize, usize)> {
    let bound = |value: Value, open: usize| -> Result<usize> {
        if value.is_nil() {
            return Ok(open);
        }
        let Some(integer) = value.as_integer() else {
            return Err(Fault::type_error(format!(
                "a slice goes from integer to integer, got {}",
                article(value.type_name())
            )));
        };
        let at = if integer < 0 { integer.saturating_add(len as i64) } else { integer };
        Ok(at.clamp(0, len as i64) as usize)
    };
    let (from, to) = (bound(from, 0)?, bound(to, len)?);
    Ok((from, to.max(from)))
}

pub(crate) fn slice(vm: &mut Vm, object: Value, from: Value, to: Value) -> Result<Value> {
    if let Some(text) = object.as_text() {
        let (from, to) = bounds(from, to, text.len())?;
        return Ok(vm.heap.slice_text(text, from, to));
    }
    let Some(array) = object.as_array() else {
        return Err(Fault::type_error(format!("{} cannot be sliced", article(object.type_name()))));
    };
    let (from, to) = bounds(from, to, array.len())?;
    vm.heap.reserve((to - from) * size_of::<Value>())?;
    Ok(vm.heap.array(&array.as_slice()[from..to]).value())
}

/// `x.name`, remembering at the instruction where a map keeps that key. Absent if the prototype
/// has a method that gives what is missing.
#[inline(never)]
pub(crate) fn get_field(vm: &mut Vm, object: Value, key: Value, instruction: *mut Instruction) -> Result<Value> {
    if let Some(map) = object.as_map() {
        return Ok(match map.find(&vm.heap, key) {
            Some(at) => {
                remember(instruction, at);
                map.at(at).map_or(Value::NIL, |(_, value)| value)
            }
            // What is not there yet may be had by calling a method of the prototype.
            None if map.prototype() != 0 && vm.linked.missing(map).is_some() => Value::ABSENT,
            None => Value::NIL,
        });
    }
    let Some(name) = key.as_text() else { return Ok(Value::NIL) };
    read_field(vm, object, name)
}

fn remember(instruction: *mut Instruction, at: usize) {
    if let Ok(hint) = u8::try_from(at) {
        // SAFETY: linked code belongs to the VM and is changed only here, by its one thread;
        // the instruction is the one under way.
        unsafe { (*instruction).x = hint };
    }
}

/// Calls the prototype's method for a missing field of the map on top of the stack.
#[cold]
pub(crate) fn enter_missing(vm: &mut Vm, fiber: &mut Fiber, key: Value) -> Result<()> {
    let object = fiber.stack[fiber.top - 1];
    let Some(method) = object.as_map().and_then(|map| vm.linked.missing(map)) else { return Ok(()) };
    crate::call::enter_method(vm, fiber, method, key)
}

/// Whether a value found as a map's own field is what a call of that name means: data of an object
/// with a prototype may be named like a method.
#[inline(always)]
pub(crate) fn is_own_method(object: Value, field: Value) -> bool {
    field.has_tag(Tag::Function) || object.as_map().is_none_or(|map| map.prototype() == 0)
}

/// A field of a value that is not a map.
fn read_field(vm: &mut Vm, object: Value, name: Text) -> Result<Value> {
    if let Some(value) = other_field(vm, object, name)? {
        return Ok(value);
    }
    let text = String::from_utf8_lossy(name.bytes()).into_owned();
    let method = crate::builtins::has_method(&text, crate::call::receiver_of(object));
    let hint = if method { format!("; it has a method: `.{text}(…)`") } else { String::new() };
    Err(Fault::type_error(format!("{} has no field `{text}`{hint}", article(object.type_name()))))
}

fn other_field(vm: &mut Vm, object: Value, name: Text) -> Result<Option<Value>> {
    if object.as_error().is_some() {
        return Ok(Some(error_field(vm, object, name.bytes())?));
    }
    if let Some(module) = object.as_payload::<Module>() {
        return Ok(Some(module_member(vm, module, name)?));
    }
    if let Some(module) = object.as_payload::<BuiltinModule>() {
        return Ok(Some(builtin_member(vm, module, name)?));
    }
    if let Some(range) = object.as_range() {
        return Ok(match name.bytes() {
            b"from" | b"start" => Some(range.from),
            b"to" | b"end" => Some(range.to),
            b"inclusive" => Some(Value::boolean(range.inclusive)),
            _ => None,
        });
    }
    Ok(object.payload().and_then(|payload| payload.field(name.bytes())))
}

/// `message`, `kind`, `file`, `line`, `stack`, `cause` of an error; others are nil.
fn error_field(vm: &mut Vm, object: Value, name: &[u8]) -> Result<Value> {
    let Some(error) = object.as_error() else { return Ok(Value::NIL) };
    let first = error.stack.first();
    match name {
        b"message" => vm.heap.checked_text(error.message.as_bytes()),
        b"kind" => vm.heap.checked_text(error.kind.as_bytes()),
        b"file" => Ok(first.map_or(Value::NIL, |entry| vm.heap.text(entry.file.as_bytes()))),
        b"line" => Ok(first.map_or(Value::NIL, |entry| Value::number(f64::from(entry.line)))),
        b"cause" => Ok(error.cause.unwrap_or(Value::NIL)),
        b"stack" => {
            let lines = vm.heap.array_with_capacity(0);
            for entry in &error.stack {
                let line = vm.heap.text(entry.to_string().as_bytes());
                lines.push(&mut vm.heap, line)?;
            }
            Ok(lines.value())
        }
        _ => Ok(Value::NIL),
    }
}

#[inline(never)]
pub(crate) fn set_field(
    vm: &mut Vm,
    object: Value,
    key: Value,
    value: Value,
    instruction: *mut Instruction,
) -> Result<()> {
    let Some(map) = object.as_map() else {
        let name = String::from_utf8_lossy(key.as_bytes().unwrap_or_default()).into_owned();
        let what = article(object.type_name());
        return Err(Fault::type_error(format!("cannot set field `{name}` of {what}: only maps have fields to set")));
    };
    if let Some(at) = map.find(&vm.heap, key) {
        remember(instruction, at);
    }
    map.set(&mut vm.heap, key, value)
}

/// A map's own field that a method call means, remembering its place.
#[inline(never)]
pub(crate) fn own_method(vm: &mut Vm, object: Value, key: Value, instruction: *mut Instruction) -> Option<Value> {
    let Some(map) = object.as_map() else { return own_field(vm, object, key) };
    let at = map.find(&vm.heap, key)?;
    remember(instruction, at);
    map.at(at).map(|(_, value)| value)
}

/// A field that wins over a method of the same name.
pub(crate) fn own_field(vm: &mut Vm, object: Value, key: Value) -> Option<Value> {
    if let Some(map) = object.as_map() {
        return map.get(&vm.heap, key);
    }
    if !object.has_tag(Tag::Object) {
        return None;
    }
    if let Some(module) = object.as_payload::<Module>() {
        return module_member(vm, module, key.as_text()?).ok();
    }
    if let Some(module) = object.as_payload::<BuiltinModule>() {
        return builtin_member(vm, module, key.as_text()?).ok();
    }
    object.payload().and_then(|payload| payload.field(key.as_bytes()?))
}

/// `x in container`.
pub(crate) fn contains(vm: &Vm, container: Value, value: Value) -> Result<bool> {
    if let Some(array) = container.as_array() {
        return Ok(array.iter().any(|element| crate::heap::equal(&vm.heap, element, value)));
    }
    if let Some(map) = container.as_map() {
        return Ok(map.find(&vm.heap, key_of(value)?).is_some());
    }
    if let Some(range) = container.as_range() {
        return Ok(range.spans(value));
    }
    match (container.as_text(), value.as_text()) {
        (Some(text), Some(part)) => Ok(crate::builtins::text::find(text.bytes(), part.bytes(), 0).is_some()),
        _ => {
            let (part, whole) = (article(value.type_name()), article(container.type_name()));
            Err(Fault::type_error(format!("`in` cannot look for {part} in {whole}")))
        }
    }
}

pub(crate) fn map_of_pairs(vm: &mut Vm, pairs: &[Value]) -> Result<Value> {
    let map = vm.heap.map(pairs.len() / 2);
    for pair in pairs.chunks_exact(2) {
        map.set(&mut vm.heap, key_of(pair[0])?, pair[1])?;
    }
    Ok(map.value())
}

/// A map literal with many keys.
pub(crate) fn map_of_many(vm: &mut Vm, keys: u32, values: &[Value]) -> Result<Value> {
    let map: Map = vm.heap.map(0);
    for (at, &value) in values.iter().enumerate() {
        let key = vm.keys[keys as usize][at];
        map.set(&mut vm.heap, key, value)?;
    }
    Ok(map.value())
}

#[cold]
pub(crate) fn range_of_others(from: Value, to: Value) -> Box<Fault> {
    let (a, b) = (article(from.type_name()), article(to.type_name()));
    Fault::type_error(format!("a range goes from number to number, got {a} and {b}"))
}

pub(crate) fn range(heap: &mut Heap, from: Value, to: Value, inclusive: bool) -> Result<Value> {
    if from.is_number() && to.is_number() {
        return Ok(heap.range(Range { from, to, inclusive }));
    }
    Err(range_of_others(from, to))
}

/// Appends to an array that the compiler made.
pub(crate) fn append(vm: &mut Vm, array: Value, value: Value) -> Result<()> {
    match array.as_array() {
        Some(array) => array.push(&mut vm.heap, value),
        None => Err(Fault::new("bytecode", "damaged program: an array was expected here")),
    }
}

/// The texts of some values, one after the other.
pub(crate) fn text(vm: &mut Vm, values: &[Value]) -> Result<Value> {
    let mut bytes = std::mem::take(&mut vm.scratch);
    bytes.clear();
    for &value in values {
        match value.as_text() {
            Some(text) => bytes.extend_from_slice(text.bytes()),
            None => show::text(&vm.heap, value, &mut bytes),
        }
    }
    let text = vm.heap.checked_text(&bytes);
    if bytes.capacity() <= 1 << 16 {
        vm.scratch = bytes;
    }
    text
}

pub(crate) fn format(vm: &mut Vm, value: Value, spec: Value) -> Result<Value> {
    format::format(&mut vm.heap, value, spec.as_bytes().unwrap_or_default())
}

/// Writes the two parts of a finished `select`.
///
/// # Safety
/// There is room for two values at `at`.
pub(crate) unsafe fn push_pair(pair: Value, at: *mut Value) {
    let part = |index| pair.as_array().and_then(|array| array.get(index)).unwrap_or(Value::NIL);
    // SAFETY: as the caller promises.
    unsafe {
        *at = part(0);
        *at.add(1) = part(1);
    }
}

/// A source file's exports as a value.
#[derive(Debug)]
pub struct Module {
    source: u32,
}

impl Payload for Module {
    fn type_name(&self) -> &'static str {
        "module"
    }

    fn trace(&self, _marker: &mut Marker) {}
}

/// A builtin module as a value. Its number follows those of the builtins.
#[derive(Debug)]
pub struct BuiltinModule {
    name: &'static str,
}

impl BuiltinModule {
    /// The module with that number, which `builtins::find_module` gave.
    pub(crate) fn numbered(number: u32) -> Self {
        Self { name: crate::builtins::MODULES[number as usize - crate::builtins::COUNT] }
    }
}

impl Payload for BuiltinModule {
    fn type_name(&self) -> &'static str {
        "module"
    }

    fn trace(&self, _marker: &mut Marker) {}
}

fn builtin_member(vm: &mut Vm, module: &BuiltinModule, name: Text) -> Result<Value> {
    let text = String::from_utf8_lossy(name.bytes()).into_owned();
    let nested = || crate::builtins::find_module(&format!("{}::{text}", module.name));
    match crate::builtins::member(module.name, &text).or_else(nested) {
        Some(number) => Ok(crate::call::builtin_value(vm, number)),
        None => Err(Fault::type_error(format!("module {} has no `{text}`", module.name))),
    }
}

/// The module value of a source file.
pub(crate) fn module(vm: &mut Vm, source: u32) -> Value {
    if vm.sources[source as usize].module.is_nil() {
        vm.sources[source as usize].module = vm.heap.payload(Module { source });
    }
    vm.sources[source as usize].module
}

fn module_member(vm: &mut Vm, module: &Module, name: Text) -> Result<Value> {
    let source = &vm.sources[module.source as usize];
    let found = source.exports.iter().find(|(key, _)| key.as_bytes() == Some(name.bytes())).map(|(_, what)| *what);
    match found {
        Some(Exported::Global(global)) if vm.globals[global as usize] == Value::ABSENT => Err(unset_global(vm, global)),
        Some(Exported::Global(global)) => Ok(vm.globals[global as usize]),
        Some(Exported::Function(function)) => Ok(crate::call::function_value(vm, function)),
        None => {
            let (path, name) = (source.path.clone(), String::from_utf8_lossy(name.bytes()).into_owned());
            Err(Fault::type_error(format!("module {path} exports no `{name}`")))
        }
    }
}
