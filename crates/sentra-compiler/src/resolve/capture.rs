//! Where every variable lives: in a slot, in a cell that closures share, in a global, or
//! nowhere because it stands for a function without captures.
//!
//! A function needs a closure only if it uses something of an enclosing function's stack,
//! itself or through the closures that it makes or calls: the least such set is found by
//! following uses from those that certainly do.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{FunctionId, Global, Ir, Storage, VariableId};

/// The most variables that a closure can hold.
const MOST_CAPTURES: usize = 4_096;
/// A file with more top-level variables keeps them in globals: stacks are not that deep.
const MOST_TOP: usize = 20_000;

/// Fills in every variable's storage and every function's captures.
pub fn capture(ir: &mut Ir, session: bool, exact: bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut capture = Capture { ir, session, exact, users: HashMap::new(), held: HashSet::new(), found: Vec::new() };
    capture.globals();
    capture.uses();
    capture.closures();
    capture.mark_early();
    capture.storage();
    for function in &ir.functions {
        if function.captures.len() > MOST_CAPTURES {
            let message = format!("a function uses more than {MOST_CAPTURES} variables of those around it");
            let diagnostic = Diagnostic::new(Code::TooLarge, function.span, message);
            diagnostics.push(Diagnostic { source: function.source, ..diagnostic });
        }
    }
}

struct Capture<'i> {
    ir: &'i mut Ir,
    session: bool,
    /// Whether someone else may assign to any variable.
    exact: bool,
    /// Who uses a variable that stands for a function.
    users: HashMap<VariableId, Vec<FunctionId>>,
    /// Which function holds which variable.
    held: HashSet<(FunctionId, VariableId)>,
    /// Functions found to need a closure, their users still to be told.
    found: Vec<FunctionId>,
}

impl Capture<'_> {
    /// Makes globals of the top-level variables that more than their own main function uses.
    fn globals(&mut self) {
        let mut shared = HashMap::new();
        let mut wanted: Vec<VariableId> = (0..self.ir.variables.len() as VariableId).collect();
        let used: HashSet<VariableId> =
            self.ir.functions.iter().flat_map(|function| function.free.iter().copied()).collect();
        let mut top: HashMap<FunctionId, usize> = HashMap::new();
        for variable in self.ir.variables.iter().filter(|variable| variable.top) {
            *top.entry(variable.function).or_default() += 1;
        }
        wanted.retain(|id| {
            let variable = &self.ir.variables[*id as usize];
            let many = || top.get(&variable.function).is_some_and(|count| *count > MOST_TOP);
            variable.top && (variable.public || used.contains(id) || many())
        });
        for id in wanted {
            let session = self.session && self.in_first_file(id);
            let variable = &self.ir.variables[id as usize];
            if (self.is_function(id) && !session) || (!variable.public && self.inlined(id)) {
                continue;
            }
            let name = variable.name.to_string();
            let known = if session { shared.get(&name).copied() } else { None };
            let global = known.unwrap_or(self.ir.globals.len() as u32);
            if known.is_none() {
                self.ir.globals.push(Global { name: name.clone(), shared: session });
                shared.insert(name, global);
            }
            self.ir.variables[id as usize].storage = Storage::Global(global);
        }
    }

    fn in_first_file(&self, id: VariableId) -> bool {
        let function = self.ir.variables[id as usize].function;
        self.ir.functions[function as usize].source == 0
    }

    /// Whether a variable always stands for the same function.
    fn is_function(&self, id: VariableId) -> bool {
        let variable = &self.ir.variables[id as usize];
        variable.lambda.is_some() && !variable.assigned
    }

    /// Whether functions that use the variable get its literal value instead.
    fn inlined(&self, id: VariableId) -> bool {
        let variable = &self.ir.variables[id as usize];
        variable.constant.is_some() && !variable.assigned
    }

    fn is_global(&self, id: VariableId) -> bool {
        matches!(self.ir.variables[id as usize].storage, Storage::Global(_))
    }

    /// Follows each use of an enclosing function's variable.
    fn uses(&mut self) {
        for function in 0..self.ir.functions.len() as FunctionId {
            for id in std::mem::take(&mut self.ir.functions[function as usize].free) {
                if self.is_global(id) || self.inlined(id) {
                    continue;
                }
                if self.is_function(id) {
                    self.users.entry(id).or_default().push(function);
                } else {
                    self.hold(function, id);
                }
            }
        }
    }

    /// Tells the users of functions that turned out to need closures.
    fn closures(&mut self) {
        while let Some(function) = self.found.pop() {
            let Some(id) = self.ir.functions[function as usize].variable.filter(|id| self.is_function(*id)) else {
                continue;
            };
            if self.is_global(id) {
                continue;
            }
            for user in self.users.remove(&id).unwrap_or_default() {
                // A running closure can name itself without holding itself.
                if user != function {
                    self.hold(user, id);
                }
            }
        }
    }

    /// Lets a function and those between it and the variable's owner hold the variable.
    fn hold(&mut self, function: FunctionId, id: VariableId) {
        let owner = self.ir.variables[id as usize].function;
        let mut holder = Some(function);
        while let Some(current) = holder.filter(|current| *current != owner) {
            if !self.held.insert((current, id)) {
                return;
            }
            let captures = &mut self.ir.functions[current as usize].captures;
            captures.push(id);
            if captures.len() == 1 {
                self.found.push(current);
            }
            holder = self.ir.functions[current as usize].parent;
        }
    }

    /// Finds the variables that are captured before they are initialised.
    fn mark_early(&mut self) {
        for function in &self.ir.functions {
            let Some(own) = function.variable else { continue };
            for &id in &function.captures {
                let variable = &mut self.ir.variables[id as usize];
                let ahead = function.hoisted && Some(variable.function) == function.parent;
                variable.early |= id == own || (ahead && id >= function.scope_start);
            }
        }
    }

    fn storage(&mut self) {
        let captured: HashSet<VariableId> = self.held.iter().map(|(_, id)| *id).collect();
        for id in 0..self.ir.variables.len() as VariableId {
            let variable = &self.ir.variables[id as usize];
            if self.is_global(id) {
                continue;
            }
            let free = |function: FunctionId| self.ir.functions[function as usize].captures.is_empty();
            let storage = match variable.lambda {
                Some(function) if !variable.assigned && free(function) => Storage::Function(function),
                _ if captured.contains(&id) && (variable.assigned || variable.early || self.exact) => Storage::Cell,
                _ => Storage::Slot,
            };
            self.ir.variables[id as usize].storage = storage;
        }
    }
}
