//! Values as a debugger shows them: a short line each, and what lies inside.

use sentra_bytecode::Place;

use crate::heap::{Array, Map};
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

/// Elements of a container that its line shows.
const MOST_ELEMENTS: usize = 8;
/// Bytes of a text that its line shows, and of one that is asked for.
const SHORT_TEXT: usize = 200;
const LONG_TEXT: usize = 64 << 10;

/// A variable, an element or a field.
pub(crate) struct Named {
    pub name: String,
    pub value: Value,
}

/// One line for a value, strings in quotes.
pub(crate) fn line(vm: &Vm, value: Value) -> String {
    match (value.as_array(), value.as_map()) {
        (Some(array), _) => {
            let elements = array.iter().take(MOST_ELEMENTS).map(|element| inner(vm, element));
            listed('[', elements, array.len(), ']')
        }
        (_, Some(map)) => {
            let entries =
                map.iter().take(MOST_ELEMENTS).map(|(key, value)| format!("{}: {}", bare(vm, key), inner(vm, value)));
            listed('{', entries, map.len(), '}')
        }
        _ => inner(vm, value),
    }
}

/// A value whole as far as that is reasonable, strings without quotes.
pub(crate) fn bare(vm: &Vm, value: Value) -> String {
    match value.as_bytes() {
        Some(bytes) => cut(bytes, LONG_TEXT),
        None => line(vm, value),
    }
}

fn listed(open: char, shown: impl Iterator<Item = String>, count: usize, close: char) -> String {
    let mut parts: Vec<String> = shown.collect();
    if count > parts.len() {
        parts.push(format!("… {count} in all"));
    }
    format!("{open}{}{close}", parts.join(", "))
}

/// A value within another.
fn inner(vm: &Vm, value: Value) -> String {
    if let Some(bytes) = value.as_bytes() {
        return format!("{:?}", cut(bytes, SHORT_TEXT));
    }
    match (value.as_array().map(Array::len), value.as_map().map(Map::len)) {
        (Some(0), _) => "[]".into(),
        (_, Some(0)) => "{}".into(),
        (Some(_), _) => "[…]".into(),
        (_, Some(_)) => "{…}".into(),
        _ => {
            let mut text = Vec::new();
            show::text(&vm.heap, value, &mut text);
            cut(&text, SHORT_TEXT)
        }
    }
}

fn cut(bytes: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most)]).into_owned();
    if bytes.len() > most { text + "…" } else { text }
}

/// How many elements and how many named parts a value has.
pub(crate) fn parts(value: Value) -> (usize, usize) {
    match (value.as_array(), value.as_map()) {
        (Some(array), _) => (array.len(), 0),
        (_, Some(map)) => (0, map.len()),
        _ => (0, if value.as_error().is_some() { 2 } else { 0 }),
    }
}

/// Some of what lies in a value.
pub(crate) fn inside(vm: &mut Vm, value: Value, from: usize, count: usize) -> Vec<Named> {
    if let Some(array) = value.as_array() {
        let until = array.len().min(from.saturating_add(count));
        return (from..until).filter_map(|at| Some(Named { name: at.to_string(), value: array.get(at)? })).collect();
    }
    if let Some(map) = value.as_map() {
        let entries: Vec<_> = map.iter().skip(from).take(count).collect();
        return entries.into_iter().map(|(key, value)| Named { name: bare(vm, key), value }).collect();
    }
    let Some(error) = value.as_error().cloned() else { return Vec::new() };
    let fields = [("message", error.message), ("kind", error.kind)];
    let fields = fields.map(|(name, text)| Named { name: name.into(), value: vm.heap.text(text.as_bytes()) });
    fields.into_iter().skip(from).take(count).collect()
}

/// Which variables are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Locals,
    Captures,
    Globals,
}

impl Vm {
    /// The variables that a frame sees, sorted as they are declared.
    pub(crate) fn variables_of(&mut self, id: u32, frame: usize, scope: Scope) -> Vec<Named> {
        let places = self.places_of(id, frame, scope);
        let read = places
            .into_iter()
            .filter_map(|(name, place)| Some(Named { name, value: self.read_place(id, frame, place)? }));
        read.collect()
    }

    /// Gives a variable that a frame sees a value; whether there is such a variable.
    pub(crate) fn set_variable(&mut self, id: u32, frame: usize, scope: Scope, name: &str, value: Value) -> bool {
        let places = self.places_of(id, frame, scope);
        let place = places.into_iter().find(|(known, _)| known == name).map(|(_, place)| place);
        place.is_some_and(|place| self.write_place(id, frame, place, value))
    }

    fn places_of(&self, id: u32, frame: usize, scope: Scope) -> Vec<(String, Place)> {
        let variables = match scope {
            Scope::Globals => self.globals_of(id, frame),
            Scope::Locals | Scope::Captures => self.locals_of(id, frame),
        };
        let wanted = |place: &Place| match scope {
            Scope::Locals => matches!(place, Place::Slot(_)),
            Scope::Captures => matches!(place, Place::Capture(_)),
            Scope::Globals => matches!(place, Place::Global(_)),
        };
        let found = variables.into_iter().rev().filter(|variable| wanted(&variable.place));
        found.map(|variable| (variable.name.clone(), variable.place)).collect()
    }
}
