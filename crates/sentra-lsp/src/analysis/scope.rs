//! Scopes, and which declaration a name means: the innermost one that is visible, as the compiler has it.

use std::collections::HashMap;

use sentra_compiler::span::Span;

use super::names::{Id, Names};

/// A scope.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Where it reaches.
    pub span: Span,
    /// The scope around it.
    pub parent: Option<usize>,
    /// The scope of the function that it belongs to.
    pub function: usize,
    /// What is declared in it, in order.
    pub names: HashMap<Box<str>, Vec<Id>>,
}

impl Names {
    /// The innermost scope at a byte.
    pub fn scope_at(&self, offset: u32) -> usize {
        let holds = |scope: &Scope| scope.span.start < offset && offset <= scope.span.end;
        self.scopes.iter().rposition(holds).unwrap_or(0)
    }

    /// What a name means in a scope, at a byte.
    pub fn look_up(&self, name: &str, scope: usize, at: u32) -> Option<Id> {
        let mut next = Some(scope);
        while let Some(index) = next {
            let found = self.declared_in(index, name, scope, at);
            if found.is_some() {
                return found;
            }
            next = self.scopes[index].parent;
        }
        None
    }

    /// The declaration in `scope` that a use within `inner` means. What is declared further below is
    /// seen by functions inside only.
    pub fn declared_in(&self, scope: usize, name: &str, inner: usize, at: u32) -> Option<Id> {
        let ids = self.scopes[scope].names.get(name)?;
        let reached = ids.iter().rev().find(|id| self.declarations[**id].from <= at);
        let ahead = || ids.first().filter(|_| self.scopes[scope].function != self.scopes[inner].function);
        reached.or_else(ahead).copied()
    }
}
