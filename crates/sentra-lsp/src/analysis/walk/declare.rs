//! The first pass: scopes and what is declared in them.

use std::collections::HashMap;

use sentra_compiler::ast::{
    Declaration as Keyword, Expression, ExpressionKind, Function, ImportPath, Name, Pattern, PatternKind, Statement,
    StatementKind,
};
use sentra_compiler::event::{Declared, Declares, Event};
use sentra_compiler::manifest::Manifest;
use sentra_compiler::span::Span;
use sentra_compiler::token::Token;

use super::super::names::{Declaration, Import, Kind, Names, Occurrence, Signature, Target};
use super::super::recovery;
use super::super::scope::Scope;

/// What the statement around a name says of it.
#[derive(Clone, Default)]
struct Around {
    extent: Span,
    exported: bool,
    signature: Option<Signature>,
    import: Option<Import>,
    fields: Vec<Box<str>>,
}

struct Pass<'a> {
    source: &'a str,
    tokens: &'a [Token],
    names: &'a mut Names,
    /// The scopes that are open.
    open: Vec<usize>,
    /// Whether the next scope is a function's.
    enters: bool,
    /// By where the name begins.
    around: HashMap<u32, Around>,
}

pub(super) fn declare(source: &str, tokens: &[Token], events: &[Event<'_>], names: &mut Names) {
    let mut pass = Pass { source, tokens, names, open: Vec::new(), enters: true, around: HashMap::new() };
    for event in events {
        match event {
            Event::Enter => pass.enters = true,
            Event::Open(span) => pass.scope(*span),
            Event::Close => _ = pass.open.pop(),
            Event::Statement(statement) => pass.statement(statement),
            Event::Declare(declared) => pass.declared(declared),
            _ => {}
        }
    }
}

impl Pass<'_> {
    fn scope(&mut self, span: Span) {
        let index = self.names.scopes.len();
        let parent = self.open.last().copied();
        let function = if std::mem::take(&mut self.enters) { None } else { parent };
        let function = function.map_or(index, |parent| self.names.scopes[parent].function);
        self.names.scopes.push(Scope { span, parent, function, names: HashMap::new() });
        self.open.push(index);
    }

    fn statement(&mut self, statement: &Statement) {
        let around = Around { extent: statement.span, ..Around::default() };
        match &statement.kind {
            StatementKind::Variable { pattern, value, export, .. } => {
                let mut around = Around { exported: *export, ..around };
                if let (PatternKind::Name(_), Some(value)) = (&pattern.kind, value) {
                    self.value(value, &mut around);
                }
                self.pattern(pattern, &around);
            }
            StatementKind::Function { name, function, export } => {
                let signature = Some(self.signature(function));
                self.around.insert(name.span.start, Around { exported: *export, signature, ..around });
            }
            StatementKind::Error => self.recover(statement.span),
            kind => self.imports(kind, &around),
        }
    }

    /// What a variable's first value says.
    fn value(&self, value: &Expression, around: &mut Around) {
        match &value.kind {
            ExpressionKind::Lambda(function) => around.signature = Some(self.signature(function)),
            ExpressionKind::Map(entries) => {
                let keys = entries.iter().filter_map(|(key, _)| match &key.kind {
                    ExpressionKind::String(bytes) => std::str::from_utf8(bytes).ok().map(Into::into),
                    _ => None,
                });
                around.fields = keys.collect();
            }
            _ => {}
        }
    }

    fn pattern(&mut self, pattern: &Pattern, around: &Around) {
        match &pattern.kind {
            PatternKind::Name(name) => self.note(name, around),
            PatternKind::Array { elements, rest } => {
                elements.iter().for_each(|element| self.pattern(element, around));
                rest.iter().for_each(|rest| self.note(rest, around));
            }
            PatternKind::Map(fields) => fields.iter().for_each(|(_, field)| self.pattern(field, around)),
            _ => {}
        }
    }

    fn note(&mut self, name: &Name, around: &Around) {
        self.around.insert(name.span.start, around.clone());
    }

    fn imports(&mut self, kind: &StatementKind, around: &Around) {
        let manifest = Manifest::get();
        let mut bind = |name: &Name, import: Option<Import>| {
            self.around.insert(name.span.start, Around { import, ..around.clone() });
        };
        match kind {
            StatementKind::Import { path, alias } => {
                let Some(path) = file_of(path) else {
                    let ImportPath::Module(module) = path else { return };
                    bind(alias.as_ref().unwrap_or(module), manifest.module(&module.text).map(Import::Module));
                    return;
                };
                let import = Import::File(path.text.to_string());
                match (alias, kind) {
                    (Some(alias), _) => bind(alias, Some(import)),
                    (None, StatementKind::Import { path: ImportPath::Module(name), .. }) => bind(name, Some(import)),
                    (None, _) => self.file(path, around.extent),
                }
                self.names.imports.push((path.text.to_string(), path.span));
            }
            StatementKind::ImportNames { path, names } => {
                let file = file_of(path);
                for (name, alias) in names {
                    let import = match (file, path) {
                        (Some(path), _) => {
                            Some(Import::Member { path: path.text.to_string(), name: name.text.to_string() })
                        }
                        (None, ImportPath::Module(module) | ImportPath::File(module)) => {
                            manifest.member(&module.text, &name.text).map(|builtin| Import::Builtin(builtin.name))
                        }
                    };
                    bind(alias.as_ref().unwrap_or(name), import);
                }
                self.names.imports.extend(file.map(|path| (path.text.to_string(), path.span)));
            }
            StatementKind::Use(words) => {
                let Some(last) = words.last() else { return };
                let before = words.len().checked_sub(2).map(|before| &words[before].text);
                let nested = before.and_then(|before| manifest.nested(before, &last.text));
                bind(last, nested.or_else(|| manifest.module(&last.text)).map(Import::Module));
            }
            _ => {}
        }
    }

    /// `import "lib/tools"` declares `tools`, which stands nowhere by itself.
    fn file(&mut self, path: &Name, extent: Span) {
        let word = path.text.rsplit('/').next().unwrap_or_default();
        let name = word.strip_suffix(".sn").unwrap_or(word);
        let import = Some(Import::File(path.text.to_string()));
        let around = Around { extent, import, ..Around::default() };
        self.add(name, path.span, Kind::Import, 0, &around);
    }

    fn declared(&mut self, declared: &Declared<'_>) {
        let (name, span) = (&*declared.name.text, declared.name.span);
        let kind = match declared.by {
            Declares::Variable(Keyword::Let) => Kind::Let,
            Declares::Variable(Keyword::Var) => Kind::Var,
            Declares::Variable(Keyword::Const) => Kind::Const,
            Declares::Function => Kind::Function,
            Declares::Import => Kind::Import,
            Declares::Parameter => Kind::Parameter,
            Declares::Local => Kind::Local,
        };
        let around = self.around.remove(&span.start).unwrap_or(Around { extent: span, ..Around::default() });
        let from = if matches!(kind, Kind::Let | Kind::Const) { around.extent.end } else { 0 };
        // A `var` may be declared again, and the alternatives of an arm bind the same names.
        let again = matches!(kind, Kind::Var | Kind::Local).then(|| self.known(name, kind)).flatten();
        let id = again.unwrap_or_else(|| self.add(name, span, kind, from, &around));
        if declared.is_key {
            self.names.declarations[id].is_key = true;
        }
        self.names.occurrences.push(Occurrence { span, target: Target::Declaration(id), declares: again.is_none() });
    }

    /// The declaration of the same name in the scope that a new one would belong to.
    fn known(&self, name: &str, kind: Kind) -> Option<usize> {
        let id = *self.names.scopes[self.home(kind)].names.get(name)?.last()?;
        (self.names.declarations[id].kind == kind).then_some(id)
    }

    fn home(&self, kind: Kind) -> usize {
        let scope = self.open.last().copied().unwrap_or(0);
        if kind == Kind::Var { self.names.scopes[scope].function } else { scope }
    }

    fn add(&mut self, name: &str, span: Span, kind: Kind, from: u32, around: &Around) -> usize {
        let (id, scope) = (self.names.declarations.len(), self.home(kind));
        let around = around.clone();
        self.names.declarations.push(Declaration {
            name: name.into(),
            span,
            extent: around.extent,
            kind,
            scope,
            from,
            is_key: false,
            exported: around.exported,
            signature: around.signature,
            import: around.import,
            fields: around.fields,
            made_by: None,
        });
        self.names.scopes[scope].names.entry(name.into()).or_default().push(id);
        id
    }

    /// What a place that could not be parsed declares.
    fn recover(&mut self, place: Span) {
        self.names.errors.push(place);
        for word in recovery::words(self.tokens, place) {
            let Some(kind) = word.declares else { continue };
            let name = self.source.get(word.span.start as usize..word.span.end as usize).unwrap_or_default();
            let around = Around { extent: place, ..Around::default() };
            let id = self.add(name, word.span, kind, 0, &around);
            let target = Target::Declaration(id);
            self.names.occurrences.push(Occurrence { span: word.span, target, declares: true });
        }
    }

    fn signature(&self, function: &Function) -> Signature {
        let text = |span: Span| self.source.get(span.start as usize..span.end as usize).unwrap_or_default().to_owned();
        let mut parameters: Vec<String> = Vec::new();
        for parameter in &function.parameters {
            let pattern = text(parameter.pattern.span);
            parameters.push(match &parameter.default {
                Some(default) => format!("{pattern} = {}", text(default.span)),
                None => pattern,
            });
        }
        parameters.extend(function.rest.iter().map(|rest| format!("...{}", rest.text)));
        Signature { parameters }
    }
}

/// What an import names that is no builtin module: a file, or a package.
pub(super) fn file_of(path: &ImportPath) -> Option<&Name> {
    match path {
        ImportPath::File(path) => Some(path),
        ImportPath::Module(name) if Manifest::get().module(&name.text).is_none() => Some(name),
        ImportPath::Module(_) => None,
    }
}
