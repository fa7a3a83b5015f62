//! What debuggers need to know and the VM does not: where statements begin, and where variables are.

use sentra_bytecode::{Debug, Function, Place, Statement, Variable};

use super::Emitter;
use super::code::Code;
use crate::ir::{Storage, VariableId};
use crate::span::Span;

/// What was seen of a function so far.
#[derive(Default)]
pub struct Seen {
    /// First instructions of statements.
    statements: Vec<(u32, Span)>,
    variables: Vec<Life>,
}

/// A variable that has a slot.
struct Life {
    id: VariableId,
    slot: u16,
    start: u32,
    /// Nothing while it is in sight.
    end: Option<u32>,
}

impl<'i> Code<'_, 'i> {
    /// Gives a variable its slot.
    pub(super) fn put(&mut self, id: VariableId, slot: u16) {
        self.emitter.put(id, slot);
        if self.emitter.options.debug {
            self.forget(slot.into());
            self.seen.variables.push(Life { id, slot, start: self.here(), end: None });
        }
    }

    /// A statement begins here. What lies above the depth is no variable any more.
    pub(super) fn begin(&mut self, span: Span) {
        if !self.reachable || !self.emitter.options.debug {
            return;
        }
        self.forget(self.depth);
        let here = self.here();
        // Where instructions were merged, the later statement has them.
        while self.seen.statements.pop_if(|(instruction, _)| *instruction >= here).is_some() {}
        self.seen.statements.push((here, span));
    }

    fn forget(&mut self, depth: u32) {
        let here = self.here();
        let open = self.seen.variables.iter_mut().filter(|life| life.end.is_none());
        open.filter(|life| u32::from(life.slot) >= depth).for_each(|life| life.end = Some(here));
    }

    /// What is known at the function's end.
    pub(super) fn debug(&self) -> Debug {
        if !self.emitter.options.debug {
            return Debug::default();
        }
        let lines = &self.emitter.lines[self.function.source as usize];
        let end = self.here();
        let statements = self.seen.statements.iter().filter(|(instruction, _)| *instruction < end);
        let statements = statements.map(|&(instruction, span)| {
            let position = lines.position(instruction, span);
            Statement { instruction, line: position.line, column: position.column }
        });
        let captures =
            self.function.captures.iter().enumerate().map(|(index, &id)| (id, Place::Capture(index as u16), 0, end));
        let slots = self.seen.variables.iter();
        let slots =
            slots.map(|life| (life.id, Place::Slot(life.slot), life.start.min(end), life.end.unwrap_or(end).min(end)));
        let variables = captures.chain(slots).map(|(id, place, start, end)| Variable {
            name: self.variable(id).name.to_string(),
            place,
            start,
            end,
        });
        Debug { statements: statements.collect(), variables: variables.filter(is_named).collect() }
    }
}

impl Emitter<'_> {
    /// Adds the globals and the functions without captures to what the functions around them know.
    pub(super) fn name_lasting(&self, functions: &mut [Function]) {
        for variable in &self.ir.variables {
            let place = match variable.storage {
                Storage::Global(global) => Some(Place::Global(global)),
                Storage::Function(function) => self.places[function as usize].map(Place::Function),
                Storage::Slot | Storage::Cell => None,
            };
            let owner = self.places[variable.function as usize];
            let (Some(place), Some(owner)) = (place, owner) else { continue };
            let function = &mut functions[owner as usize];
            let known = Variable { name: variable.name.to_string(), place, start: 0, end: function.code.len() as u32 };
            if is_named(&known) {
                function.debug.variables.push(known);
            }
        }
    }
}

/// What the compiler makes for itself has no name, or one that no program can write.
fn is_named(variable: &Variable) -> bool {
    variable.name.starts_with(|first: char| first.is_alphabetic() || first == '_')
}
