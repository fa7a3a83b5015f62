//! The second pass: what each use of a name means, which fields values have, and what is called.

use std::collections::HashMap;

use sentra_compiler::ast::{Expression, ExpressionKind, ImportPath, Name, StatementKind};
use sentra_compiler::event::Event;
use sentra_compiler::manifest::Manifest;
use sentra_compiler::span::Span;
use sentra_compiler::token::Token;

use super::super::names::{Argument, Call, Id, Import, Names, Occurrence, Target};
use super::super::recovery;
use super::declare::file_of;

/// Longer paths than this name no module.
const LONGEST_PATH: usize = 6;

struct Pass<'a> {
    source: &'a str,
    tokens: &'a [Token],
    names: &'a mut Names,
    open: Vec<usize>,
    opened: usize,
    /// Declarations by where their names begin.
    by_place: HashMap<u32, Id>,
}

pub(super) fn mean(source: &str, tokens: &[Token], events: &[Event<'_>], names: &mut Names) {
    let by_place = names.declarations.iter().enumerate().map(|(id, known)| (known.span.start, id)).collect();
    let mut pass = Pass { source, tokens, names, open: Vec::new(), opened: 0, by_place };
    for event in events {
        match event {
            Event::Open(_) => {
                pass.open.push(pass.opened);
                pass.opened += 1;
            }
            Event::Close => _ = pass.open.pop(),
            Event::Use(name) => pass.used(name),
            Event::Expression(expression) => pass.expression(expression),
            Event::Statement(statement) => match &statement.kind {
                StatementKind::Error => pass.recover(statement.span),
                kind => pass.statement(kind),
            },
            _ => {}
        }
    }
}

impl Pass<'_> {
    fn scope(&self) -> usize {
        self.open.last().copied().unwrap_or(0)
    }

    fn occurs(&mut self, span: Span, target: Target) {
        self.names.occurrences.push(Occurrence { span, target, declares: false });
    }

    fn used(&mut self, name: &Name) {
        let target = self.names.target(&name.text, self.scope(), name.span.start);
        self.occurs(name.span, target);
    }

    fn statement(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::Import { path: ImportPath::Module(module), alias: Some(_) } => self.module(module),
            StatementKind::ImportNames { path, names } => {
                if let ImportPath::Module(module) = path {
                    self.module(module);
                }
                for (name, _) in names.iter().filter(|(_, alias)| alias.is_some()) {
                    let target = imported(path, name);
                    self.occurs(name.span, target);
                }
            }
            StatementKind::Use(words) => {
                words[..words.len().saturating_sub(1)].iter().for_each(|word| self.module(word))
            }
            StatementKind::Variable { pattern, value: Some(value), .. } => {
                let made_by = self.made_by(value);
                let named = self.by_place.get(&pattern.span.start).filter(|_| made_by.is_some());
                if let Some(declaration) = named.and_then(|id| self.names.declarations.get_mut(*id)) {
                    declaration.made_by = made_by;
                }
            }
            _ => {}
        }
    }

    fn module(&mut self, name: &Name) {
        let target = Manifest::get().module(&name.text).map_or(Target::Unknown, Target::Module);
        self.occurs(name.span, target);
    }

    /// The builtin whose call gives a value.
    fn made_by(&self, value: &Expression) -> Option<&'static str> {
        let ExpressionKind::Call { callee, .. } = &value.kind else { return None };
        let target = match &callee.kind {
            ExpressionKind::Name(name) => self.names.target(&name.text, self.scope(), name.span.start),
            ExpressionKind::Field { object, name, .. } => self.member(object, name),
            _ => return None,
        };
        match target {
            Target::Builtin(name) => Some(name),
            Target::Declaration(id) => match self.names.declarations[id].import {
                Some(Import::Builtin(name)) => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Field { object, name, .. } => {
                let target = self.member(object, name);
                if let (Target::Field, ExpressionKind::Name(root)) = (&target, &object.kind) {
                    self.field_of(root, name);
                }
                self.occurs(name.span, target);
            }
            ExpressionKind::Call { callee, arguments } => {
                let callee = match &callee.kind {
                    ExpressionKind::Name(name) | ExpressionKind::Field { name, .. } => name.span,
                    _ => return,
                };
                let arguments = arguments.iter().map(argument).collect();
                self.names.calls.push(Call { callee, arguments });
            }
            ExpressionKind::Map(entries) => {
                let keys = entries.iter().filter(|(key, _)| matches!(key.kind, ExpressionKind::String(_)));
                let spans: Vec<Span> = keys.map(|(key, _)| key.span).filter(|span| self.is_bare(*span)).collect();
                spans.into_iter().for_each(|span| self.occurs(span, Target::Field));
            }
            _ => {}
        }
    }

    fn is_bare(&self, span: Span) -> bool {
        let first = self.source.as_bytes().get(span.start as usize);
        first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
    }

    /// What `object.name` means.
    fn member(&self, object: &Expression, name: &Name) -> Target {
        let Some(path) = path(object) else { return Target::Field };
        let owner = self.names.owner(&path, self.scope(), name.span.start);
        owner.map_or(Target::Field, |owner| owner.member(&name.text))
    }

    fn field_of(&mut self, root: &Name, field: &Name) {
        let Some(id) = self.names.look_up(&root.text, self.scope(), root.span.start) else { return };
        let fields = &mut self.names.declarations[id].fields;
        // What a variable has is looked at as a list: a few are enough for one.
        if fields.len() < 64 && !fields.contains(&field.text) {
            fields.push(field.text.clone());
        }
    }

    /// The names of a place that could not be parsed.
    fn recover(&mut self, place: Span) {
        for word in recovery::words(self.tokens, place) {
            let name = self.source.get(word.span.start as usize..word.span.end as usize).unwrap_or_default();
            if word.declares.is_none() {
                let target = match word.is_field {
                    true => Target::Field,
                    false => self.names.target(name, self.scope(), word.span.start),
                };
                self.occurs(word.span, target);
            }
        }
    }
}

fn imported(path: &ImportPath, name: &Name) -> Target {
    match (file_of(path), path) {
        (Some(path), _) => Target::Member { path: path.text.to_string(), name: name.text.to_string() },
        (None, ImportPath::Module(module) | ImportPath::File(module)) => {
            let builtin = Manifest::get().member(&module.text, &name.text);
            builtin.map_or(Target::Unknown, |builtin| Target::Builtin(builtin.name))
        }
    }
}

/// The words of `a.b::c`.
fn path(expression: &Expression) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut next = expression;
    while words.len() < LONGEST_PATH {
        match &next.kind {
            ExpressionKind::Name(name) => {
                words.push(&*name.text);
                words.reverse();
                return Some(words);
            }
            ExpressionKind::Field { object, name, .. } => {
                words.push(&name.text);
                next = object;
            }
            _ => return None,
        }
    }
    None
}

fn argument(argument: &Expression) -> Argument {
    use ExpressionKind::{Lambda, Map, Spawn};
    Argument { span: argument.span, speaks: matches!(argument.kind, Lambda(_) | Map(_) | Spawn(_)) }
}
