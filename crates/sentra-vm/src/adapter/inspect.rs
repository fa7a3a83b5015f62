//! Requests about a program that stands still: threads, calls, variables, values.

use serde_json::{Value as Json, json};

use super::{Handle, Session, sources};
use crate::debug::Reason;
use crate::debug::preview::{self, Named, Scope};
use crate::value::Value;
use crate::vm::Vm;

/// Parts of a value that are given if the client names no number.
const MOST_PARTS: usize = 10_000;

impl Session {
    pub(super) fn threads(&self, vm: &Vm) -> Json {
        let fibers = vm.fiber_numbers();
        let threads: Vec<Json> =
            fibers.into_iter().map(|fiber| json!({ "id": fiber + 1, "name": vm.fiber_name(fiber) })).collect();
        json!({ "threads": threads })
    }

    /// The fiber that a request is about.
    pub(super) fn fiber_of(&self, vm: &Vm, arguments: &Json) -> Result<u32, String> {
        let thread = arguments["threadId"].as_u64().ok_or("`threadId` is missing")?;
        let fiber = thread.checked_sub(1).and_then(|fiber| u32::try_from(fiber).ok());
        fiber.filter(|fiber| vm.fiber_numbers().contains(fiber)).ok_or_else(|| format!("there is no thread {thread}"))
    }

    pub(super) fn stack_trace(&mut self, vm: &Vm, arguments: &Json) -> Result<Json, String> {
        let fiber = self.fiber_of(vm, arguments)?;
        let calls = vm.calls_of(fiber);
        let total = calls.len();
        let first = arguments["startFrame"].as_u64().unwrap_or(0) as usize;
        let count = arguments["levels"].as_u64().filter(|&levels| levels > 0).map_or(total, |levels| levels as usize);
        let mut frames = Vec::new();
        for call in calls.into_iter().skip(first).take(count) {
            self.frames.push((fiber, call.frame));
            frames.push(json!({
                "id": self.frames.len(),
                "name": call.name,
                "source": sources::described(vm, call.source),
                "line": if call.line == 0 { 0 } else { self.line(call.line) },
                "column": if call.column == 0 { 0 } else { i64::from(call.column) - 1 + self.first_column },
            }));
        }
        Ok(json!({ "stackFrames": frames, "totalFrames": total }))
    }

    fn frame(&self, arguments: &Json) -> Result<(u32, usize), String> {
        let number = arguments["frameId"].as_u64().ok_or("`frameId` is missing")?;
        let frame = (number as usize).checked_sub(1).and_then(|index| self.frames.get(index));
        frame.copied().ok_or_else(|| format!("there is no frame {number} any more"))
    }

    pub(super) fn scopes(&mut self, vm: &mut Vm, arguments: &Json) -> Result<Json, String> {
        let (fiber, frame) = self.frame(arguments)?;
        let mut scopes = Vec::new();
        for (name, scope) in [("Locals", Scope::Locals), ("Captured", Scope::Captures), ("Globals", Scope::Globals)] {
            let count = vm.variables_of(fiber, frame, scope).len();
            if count > 0 || scope == Scope::Locals {
                let reference = self.refer(Handle::Scope { fiber, frame, scope });
                let hint = if scope == Scope::Locals { "locals" } else { "" };
                let mut entry = json!({ "name": name, "variablesReference": reference, "namedVariables": count, "expensive": false });
                if !hint.is_empty() {
                    entry["presentationHint"] = json!(hint);
                }
                scopes.push(entry);
            }
        }
        Ok(json!({ "scopes": scopes }))
    }

    pub(super) fn variables(&mut self, vm: &mut Vm, arguments: &Json) -> Result<Json, String> {
        let from = arguments["start"].as_u64().unwrap_or(0) as usize;
        let count = arguments["count"].as_u64().filter(|&count| count > 0).map_or(MOST_PARTS, |count| count as usize);
        let found: Vec<Named> = match self.handle(arguments)? {
            Handle::Scope { fiber, frame, scope } => {
                vm.variables_of(fiber, frame, scope).into_iter().skip(from).take(count).collect()
            }
            Handle::Value(index) => {
                let value = shown(vm, index)?;
                let (indexed, named) = preview::parts(value);
                match arguments["filter"].as_str() {
                    Some("indexed") if indexed == 0 => Vec::new(),
                    Some("named") if named == 0 => Vec::new(),
                    _ => preview::inside(vm, value, from, count),
                }
            }
        };
        let variables: Vec<Json> = found
            .into_iter()
            .map(|named| {
                let mut variable = self.described(vm, named.value, "value");
                variable["name"] = json!(named.name);
                variable
            })
            .collect();
        Ok(json!({ "variables": variables }))
    }

    pub(super) fn set_variable(&mut self, vm: &mut Vm, arguments: &Json) -> Result<Json, String> {
        let handle = self.handle(arguments)?;
        let name = arguments["name"].as_str().ok_or("`name` is missing")?;
        let text = arguments["value"].as_str().ok_or("`value` is missing")?;
        let (fiber, frame) = match handle {
            Handle::Scope { fiber, frame, .. } => (fiber, frame),
            Handle::Value(_) => self.present_frame(vm)?,
        };
        let value = vm.evaluate_at(fiber, frame, text)?;
        match handle {
            Handle::Scope { scope, .. } => {
                if !vm.set_variable(fiber, frame, scope, name, value) {
                    return Err(format!("`{name}` cannot be changed"));
                }
            }
            Handle::Value(index) => set_part(vm, shown(vm, index)?, name, value)?,
        }
        Ok(self.described(vm, value, "value"))
    }

    pub(super) fn evaluate(&mut self, vm: &mut Vm, arguments: &Json) -> Result<Json, String> {
        let text = arguments["expression"].as_str().ok_or("`expression` is missing")?;
        let (fiber, frame) = match arguments["frameId"].is_null() {
            true => self.present_frame(vm)?,
            false => self.frame(arguments)?,
        };
        let value = vm.evaluate_at(fiber, frame, text)?;
        Ok(self.described(vm, value, "result"))
    }

    /// The innermost frame of the fiber that stopped.
    fn present_frame(&self, vm: &Vm) -> Result<(u32, usize), String> {
        let fiber = self.stopped.as_ref().map(|stop| stop.fiber).ok_or("the program does not stand still")?;
        let call = vm.calls_of(fiber).into_iter().next().ok_or("nothing is being called")?;
        Ok((fiber, call.frame))
    }

    pub(super) fn exception_info(&self) -> Result<Json, String> {
        match self.stopped.as_ref().map(|stop| &stop.reason) {
            Some(Reason::Error { message, kind, caught }) => Ok(json!({
                "exceptionId": if kind.is_empty() { "thrown" } else { kind },
                "description": message,
                "breakMode": if *caught { "always" } else { "unhandled" },
            })),
            _ => Err("the program has not stopped for an error".into()),
        }
    }

    /// A value for the client, its line under this name.
    fn described(&mut self, vm: &mut Vm, value: Value, name: &str) -> Json {
        let (indexed, named) = preview::parts(value);
        let mut reference = 0;
        if indexed + named > 0
            && let Some(debugger) = &mut vm.debugger
        {
            debugger.shown.push(value);
            let index = debugger.shown.len() - 1;
            reference = self.refer(Handle::Value(index));
        }
        let mut described = json!({ "type": value.type_name(), "variablesReference": reference });
        described[name] = json!(preview::line(vm, value));
        if indexed > 0 {
            described["indexedVariables"] = json!(indexed);
        }
        if named > 0 {
            described["namedVariables"] = json!(named);
        }
        described
    }

    fn refer(&mut self, handle: Handle) -> usize {
        self.handles.push(handle);
        self.handles.len()
    }

    fn handle(&self, arguments: &Json) -> Result<Handle, String> {
        let reference = arguments["variablesReference"].as_u64().ok_or("`variablesReference` is missing")?;
        let handle = (reference as usize).checked_sub(1).and_then(|index| self.handles.get(index));
        handle.copied().ok_or_else(|| format!("there is no reference {reference} any more"))
    }
}

fn shown(vm: &Vm, index: usize) -> Result<Value, String> {
    let value = vm.debugger.as_ref().and_then(|debugger| debugger.shown.get(index).copied());
    value.ok_or_else(|| "the value is gone".into())
}

/// Replaces an element of an array or map.
fn set_part(vm: &mut Vm, container: Value, name: &str, value: Value) -> Result<(), String> {
    if let Some(array) = container.as_array() {
        let index = name.parse().ok().filter(|&index: &usize| index < array.len());
        array.set(&mut vm.heap, index.ok_or_else(|| format!("the array has no element {name}"))?, value);
        return Ok(());
    }
    let Some(map) = container.as_map() else { return Err("only elements of arrays and maps can be set".into()) };
    let key = map.iter().map(|(key, _)| key).find(|&key| preview::bare(vm, key) == name);
    let key = key.ok_or_else(|| format!("the map has no key {name}"))?;
    map.set(&mut vm.heap, key, value).map_err(|fault| fault.error.message)
}
