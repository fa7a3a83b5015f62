//! Scopes: which names are visible where, and the variables behind them.

use super::{Context, Resolver};
use crate::ast;
use crate::ir::{Constant, Function, FunctionId, SourceId, Storage, Variable, VariableId, VariableKind};

/// What a name stands for in one scope.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The scope, by depth.
    pub scope: usize,
    /// The function whose code the scope belongs to.
    pub function: FunctionId,
    /// Whether the declaration is still ahead: only closures may see it.
    pub pending: bool,
    /// What it stands for; nothing yet if it is ahead and no closure has used it.
    pub binding: Option<Binding>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Binding {
    /// A variable of this file, of an imported one or of the session.
    Variable(VariableId),
    /// A builtin module.
    Module(&'static str),
    /// A builtin that was imported by name.
    Builtin(&'static str),
    /// An imported file.
    File(SourceId),
}

/// A scope that is open.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    names: Vec<&'a str>,
    pub(super) declared: Vec<VariableId>,
    /// Its `fn` declarations that have not been reached, last first.
    pub(super) functions: Vec<VariableId>,
    /// The files of its imports that have not been reached, last first.
    pub(super) imports: Vec<Option<SourceId>>,
    /// The first variable that can belong to it.
    pub(super) start: VariableId,
}

impl<'a> Resolver<'_, '_, 'a> {
    pub(super) fn current(&self) -> &Context<'a> {
        self.functions.last().expect("a function is open while its code is resolved")
    }

    pub(super) fn current_mut(&mut self) -> &mut Context<'a> {
        self.functions.last_mut().expect("a function is open while its code is resolved")
    }

    pub(super) fn function_mut(&mut self) -> &mut Function {
        let id = self.current().id;
        &mut self.unit.ir.functions[id as usize]
    }

    pub(super) fn open_scope(&mut self) {
        let start = self.unit.ir.variables.len() as VariableId;
        self.scopes.push(Scope { start, ..Scope::default() });
    }

    /// Closes the innermost scope and gives the variables declared in it.
    pub(super) fn close_scope(&mut self) -> Vec<VariableId> {
        let scope = self.scopes.pop().expect("every scope is opened before it is closed");
        for name in scope.names {
            if let Some(entries) = self.names.get_mut(name) {
                entries.pop();
            }
        }
        scope.declared
    }

    /// Whether the innermost scope is the file's own.
    pub(super) fn at_top(&self) -> bool {
        self.functions.len() == 1 && self.scopes.len() == 1
    }

    /// A new variable of the current function.
    pub(super) fn variable(&mut self, name: &str, kind: VariableKind, top: bool) -> VariableId {
        let id = self.unit.ir.variables.len() as VariableId;
        self.unit.ir.variables.push(Variable {
            name: name.into(),
            function: self.current().id,
            kind,
            assigned: false,
            early: false,
            top,
            public: false,
            lambda: None,
            constant: None,
            storage: Storage::Slot,
        });
        id
    }

    /// A variable without a name.
    pub(super) fn hidden(&mut self) -> VariableId {
        self.variable("", VariableKind::Plain, false)
    }

    /// Announces a name that a statement of the innermost scope will declare.
    pub(super) fn announce(&mut self, name: &'a str) {
        let scope = self.scopes.len() - 1;
        let entry = Entry { scope, function: self.current().id, pending: true, binding: None };
        let entries = self.names.entry(name).or_default();
        if entries.last().is_none_or(|last| last.scope != scope) {
            entries.push(entry);
            self.scopes[scope].names.push(name);
        }
    }

    /// Announces every name of a pattern.
    pub(super) fn announce_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.pattern_names(pattern, &mut |resolver, name| resolver.announce(&name.text));
    }

    /// Declares a variable in the innermost scope; one that a closure already uses keeps its identity.
    pub(super) fn declare(&mut self, name: &'a str, kind: VariableKind) -> VariableId {
        let scope = self.scopes.len() - 1;
        let ahead = self.names.get(name).and_then(|entries| entries.last());
        let ahead = ahead.filter(|entry| entry.pending && entry.scope == scope).and_then(|entry| entry.binding);
        let id = match ahead {
            Some(Binding::Variable(id)) => {
                self.unit.ir.variables[id as usize].kind = kind;
                id
            }
            _ => self.variable(name, kind, self.at_top()),
        };
        self.scopes[scope].declared.push(id);
        self.bind(name, Binding::Variable(id));
        id
    }

    /// Lets a name stand for something in the innermost scope from here on.
    pub(super) fn bind(&mut self, name: &'a str, binding: Binding) {
        let scope = self.scopes.len() - 1;
        self.bind_in(scope, name, binding);
    }

    /// Lets a name stand for something in an open scope of the current function.
    pub(super) fn bind_in(&mut self, scope: usize, name: &'a str, binding: Binding) {
        let entry = Entry { scope, function: self.current().id, pending: false, binding: Some(binding) };
        let entries = self.names.entry(name).or_default();
        let place = entries.iter().rposition(|other| other.scope <= scope).map_or(0, |index| index + 1);
        match place.checked_sub(1).map(|index| &mut entries[index]) {
            Some(last) if last.scope == scope => *last = entry,
            _ => {
                entries.insert(place, entry);
                self.scopes[scope].names.push(name);
            }
        }
    }

    /// What a name stands for here; marks a variable that is declared further below.
    pub(super) fn look_up(&mut self, name: &'a str) -> Option<Binding> {
        let function = self.current().id;
        let visible = |entry: &Entry| !entry.pending || entry.function != function;
        let Some(index) = self.names.get(name).and_then(|entries| entries.iter().rposition(visible)) else {
            return self.inherited.get(name).copied().map(Binding::Variable);
        };
        let entry = self.names[name][index];
        if let Some(binding) = entry.binding {
            if entry.pending
                && let Binding::Variable(id) = binding
            {
                self.unit.ir.variables[id as usize].early = true;
            }
            return Some(binding);
        }
        let id = self.variable(name, VariableKind::Plain, entry.scope == 0);
        let variable = &mut self.unit.ir.variables[id as usize];
        variable.function = entry.function;
        variable.early = true;
        let binding = Binding::Variable(id);
        self.names.get_mut(name)?[index].binding = Some(binding);
        Some(binding)
    }

    /// Notes that the current function uses a variable.
    pub(super) fn use_variable(&mut self, id: VariableId) {
        let function = self.current().id;
        if let VariableKind::Function(declared) = self.unit.ir.variables[id as usize].kind
            && self.unreached.contains(&id)
        {
            self.unit.ir.functions[declared as usize].hoisted = true;
        }
        if self.unit.ir.variables[id as usize].function != function && self.current_mut().free.insert(id) {
            self.function_mut().free.push(id);
        }
    }

    /// The constant behind a variable, if its value is known wherever it can be read.
    pub(super) fn known(&self, id: VariableId) -> Option<&Constant> {
        let variable = &self.unit.ir.variables[id as usize];
        variable.constant.as_ref().filter(|_| variable.kind == VariableKind::Constant)
    }
}
