//! Patterns: what they match and the variables that they bind.

use std::collections::HashSet;

use super::Resolver;
use crate::ast::{self, Name};
use crate::diagnostic::Code;
use crate::ir::{Pattern, PatternKind, VariableId, VariableKind};

impl<'a> Resolver<'_, '_, 'a> {
    /// A pattern whose names become variables of the innermost scope.
    pub(super) fn binding_pattern(&mut self, pattern: &'a ast::Pattern, kind: VariableKind) -> Pattern {
        self.pattern(pattern, &mut |resolver, name| resolver.declare(&name.text, kind))
    }

    /// A pattern; `bind` says which variable a name stands for.
    pub(super) fn pattern(
        &mut self,
        pattern: &'a ast::Pattern,
        bind: &mut dyn FnMut(&mut Self, &'a Name) -> VariableId,
    ) -> Pattern {
        let kind = match &pattern.kind {
            ast::PatternKind::Wildcard => PatternKind::Wildcard,
            ast::PatternKind::Name(name) => PatternKind::Bind(bind(self, name)),
            ast::PatternKind::Literal(value) => PatternKind::Literal(self.expression(value)),
            ast::PatternKind::Range { from, to, inclusive } => {
                PatternKind::Range(self.expression(from), self.expression(to), *inclusive)
            }
            ast::PatternKind::Array { elements, .. } if elements.len() > 60_000 => {
                self.error(Code::TooLarge, pattern.span, "an array pattern has more than 60,000 elements");
                PatternKind::Wildcard
            }
            ast::PatternKind::Array { elements, rest } => {
                let elements = elements.iter().map(|element| self.pattern(element, bind)).collect();
                PatternKind::Array(elements, rest.as_ref().map(|name| bind(self, name)))
            }
            ast::PatternKind::Map(entries) => PatternKind::Map(
                entries.iter().map(|(key, value)| (key.text.clone(), self.pattern(value, bind))).collect(),
            ),
        };
        Pattern { kind, span: pattern.span }
    }

    /// Reports a name that stands twice in one pattern.
    pub(super) fn check_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.check_pattern_names(pattern, &mut HashSet::new());
    }

    pub(super) fn check_pattern_names(&mut self, pattern: &'a ast::Pattern, names: &mut HashSet<&'a str>) {
        self.pattern_names(pattern, &mut |resolver, name| resolver.check_duplicate(name, names));
    }

    /// Calls a function with every name that a pattern binds.
    pub(super) fn pattern_names(&mut self, pattern: &'a ast::Pattern, each: &mut dyn FnMut(&mut Self, &'a Name)) {
        match &pattern.kind {
            ast::PatternKind::Name(name) => each(self, name),
            ast::PatternKind::Array { elements, rest } => {
                elements.iter().for_each(|element| self.pattern_names(element, each));
                rest.iter().for_each(|rest| each(self, rest));
            }
            ast::PatternKind::Map(entries) => entries.iter().for_each(|(_, value)| self.pattern_names(value, each)),
            _ => {}
        }
    }

    pub(super) fn check_duplicate(&mut self, name: &'a Name, names: &mut HashSet<&'a str>) {
        if &*name.text != "_" && !names.insert(&name.text) {
            self.error(Code::DuplicateName, name.span, format!("`{}` is bound twice here", name.text));
        }
    }
}
