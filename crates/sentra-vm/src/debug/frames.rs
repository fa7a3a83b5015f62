//! The calls of a fiber that stands still, and the variables that each sees.

use sentra_bytecode::{Debug, Place, Statement, Variable};

use super::code::{self, Address};
use crate::fiber::Fiber;
use crate::image::Function;
use crate::interpret::access;
use crate::report::function_name;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The most frames that are shown of one stack.
const MOST_FRAMES: usize = 1_000;

/// A call under way.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Its frame, counted from the outermost.
    pub frame: usize,
    /// What runs.
    pub name: String,
    /// Its file, by index in the VM's sources.
    pub source: u32,
    /// Where it stands; 0 where that is not known.
    pub line: u32,
    pub column: u32,
}

/// A frame as the debugger reads it.
pub(super) struct View<'a> {
    pub function: &'a Function,
    /// The instruction that is next, or whose call is under way.
    pub at: u32,
    /// Whether that instruction is still to come.
    pub ahead: bool,
    base: usize,
    /// Where its values end.
    top: usize,
}

/// The frame at a height.
pub(super) fn view<'a>(fiber: &Fiber, frame: usize) -> Option<View<'a>> {
    let function = code::function(fiber.frames.get(frame)?);
    let (next, base, top, ahead) = match fiber.frames.get(frame + 1) {
        None => (fiber.next, fiber.base, fiber.top, fiber.paused),
        Some(callee) => {
            let above = fiber.frames.get(frame + 2).map_or(fiber.base, |frame| frame.caller_base as usize);
            let top = above.saturating_sub(callee.callee_slots as usize);
            (callee.return_to, callee.caller_base as usize, top, false)
        }
    };
    let at = code::index(function, next).saturating_sub(u32::from(!ahead));
    Some(View { function, at, ahead, base, top: top.min(fiber.stack.len()) })
}

impl View<'_> {
    /// Line and column of the place.
    fn position(&self) -> (u32, u32) {
        let statement =
            statement_around(&self.function.debug, self.at).map(|statement| (statement.line, statement.column));
        let position = self.function.position(self.at).map(|position| (position.line, position.column));
        let (first, second) = if self.ahead { (statement, position) } else { (position, statement) };
        first.or(second).unwrap_or_default()
    }
}

/// The statement that begins at an instruction.
pub(super) fn statement_at(debug: &Debug, at: u32) -> Option<Statement> {
    let found = debug.statements.binary_search_by_key(&at, |statement| statement.instruction).ok()?;
    Some(debug.statements[found])
}

fn statement_around(debug: &Debug, at: u32) -> Option<Statement> {
    let next = debug.statements.partition_point(|statement| statement.instruction <= at);
    debug.statements[..next].last().copied()
}

impl Vm {
    /// The fiber of this number, if it lives.
    pub(super) fn fiber_numbered(&self, id: u32) -> Option<&Fiber> {
        self.scheduler.fibers.get(id as usize)?.as_deref()
    }

    /// The calls under way in a fiber, innermost first; those within the library are left out.
    pub(crate) fn calls_of(&self, id: u32) -> Vec<Call> {
        let Some(fiber) = self.fiber_numbered(id) else { return Vec::new() };
        let views = (0..fiber.frames.len()).rev().filter_map(|frame| Some((frame, view(fiber, frame)?)));
        let shown = views.filter(|(_, view)| !view.function.library).take(MOST_FRAMES);
        shown
            .map(|(frame, view)| {
                let (line, column) = view.position();
                Call { frame, name: function_name(self, view.function), source: view.function.source, line, column }
            })
            .collect()
    }

    /// Whether a function belongs to the library.
    pub(crate) fn is_of_library(&self, function: u32) -> bool {
        code::numbered(self, function).library
    }

    /// What a fiber is called in lists: the function that it started with.
    pub(crate) fn fiber_name(&self, id: u32) -> String {
        let Some(fiber) = self.fiber_numbered(id) else { return format!("fiber {id}") };
        let functions = fiber.frames.iter().map(code::function);
        match functions.clone().find(|function| !function.library).or(functions.clone().next()) {
            Some(function) => format!("fiber {id}: {}", function_name(self, function)),
            None => format!("fiber {id}"),
        }
    }

    /// The fibers that live.
    pub(crate) fn fiber_numbers(&self) -> Vec<u32> {
        let fibers = self.scheduler.fibers.iter().enumerate();
        fibers.filter(|(_, fiber)| fiber.is_some()).map(|(id, _)| id as u32).collect()
    }

    /// The variables that a frame sees of its own and of the functions around it, the innermost first.
    pub(super) fn locals_of(&self, id: u32, frame: usize) -> Vec<&Variable> {
        let Some(view) = self.fiber_numbered(id).and_then(|fiber| view(fiber, frame)) else { return Vec::new() };
        let all = &view.function.debug.variables;
        let sighted = |variable: &&Variable| (variable.start..variable.end).contains(&view.at);
        distinct(all.iter().rev().filter(sighted).filter(|variable| !is_global(variable.place)))
    }

    /// The globals of the frame's file, and its functions.
    pub(super) fn globals_of(&self, id: u32, frame: usize) -> Vec<&Variable> {
        let Some(view) = self.fiber_numbered(id).and_then(|fiber| view(fiber, frame)) else { return Vec::new() };
        let Some(source) = self.sources.get(view.function.source as usize) else { return Vec::new() };
        let main = code::numbered(self, source.main);
        let own = view.function.debug.variables.iter().rev().filter(|_| !std::ptr::eq(main, view.function));
        distinct(own.chain(main.debug.variables.iter().rev()).filter(|variable| is_global(variable.place)))
    }

    /// What a variable of a frame holds; nothing if it is not there.
    pub(super) fn read_place(&mut self, id: u32, frame: usize, place: Place) -> Option<Value> {
        let fiber = self.fiber_numbered(id)?;
        let view = view(fiber, frame)?;
        let value = match place {
            Place::Slot(slot) => {
                let at = view.base + usize::from(slot);
                (at < view.top).then(|| fiber.stack[at])?
            }
            Place::Capture(index) => code::captured(closure(fiber, &view)?, view.function, index)?,
            Place::Global(global) => *self.globals.get(global as usize)?,
            Place::Function(number) => crate::call::function_value(self, number),
        };
        let value = access::cell_value(value).unwrap_or(value);
        Some(if value == Value::ABSENT { Value::NIL } else { value })
    }

    /// Gives a variable of a frame another value; whether it could be given one.
    pub(super) fn write_place(&mut self, id: u32, frame: usize, place: Place, value: Value) -> bool {
        let Some(view) = self.fiber_numbered(id).and_then(|fiber| view(fiber, frame)) else { return false };
        match place {
            Place::Slot(slot) => {
                let at = view.base + usize::from(slot);
                let Some(fiber) = self.scheduler.fibers[id as usize].as_deref_mut().filter(|_| at < view.top) else {
                    return false;
                };
                let held = fiber.stack[at];
                if held.has_tag(Tag::Cell) {
                    return access::set_cell(self, held, value).is_ok();
                }
                fiber.stack[at] = value;
            }
            Place::Capture(index) => {
                let Some(closure) = self.fiber_numbered(id).and_then(|fiber| closure(fiber, &view)) else {
                    return false;
                };
                match code::captured(closure, view.function, index) {
                    Some(cell) if cell.has_tag(Tag::Cell) => return access::set_cell(self, cell, value).is_ok(),
                    Some(_) => code::set_captured(self, closure, view.function, index, value),
                    None => return false,
                }
            }
            Place::Global(global) => self.globals[global as usize] = value,
            Place::Function(_) => return false,
        }
        true
    }

    /// The place of the instruction that the fiber runs next, and how deep its calls are.
    pub(super) fn next_of(&self, id: u32) -> Option<(Address, usize)> {
        let fiber = self.fiber_numbered(id)?;
        Some((fiber.next, fiber.frames.len()))
    }
}

/// The closure that runs lies beneath the first slot of its function.
fn closure(fiber: &Fiber, view: &View<'_>) -> Option<Value> {
    fiber.stack.get(view.base.checked_sub(1)?).copied()
}

fn is_global(place: Place) -> bool {
    matches!(place, Place::Global(_) | Place::Function(_))
}

/// The first of each name.
fn distinct<'a>(variables: impl Iterator<Item = &'a Variable>) -> Vec<&'a Variable> {
    let mut names = std::collections::HashSet::new();
    variables.filter(|variable| names.insert(&*variable.name)).collect()
}
