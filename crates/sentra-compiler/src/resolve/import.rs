//! Files: the program's first one, imports, exports and the names of a session.

use std::collections::{HashMap, HashSet};

use super::scope::Binding;
use super::{Resolver, Unit};
use crate::ast::{Ast, ImportPath, Name};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::{Expr, ExprKind, FunctionId, Pattern, PatternKind, Source, SourceId, Stmt, StmtKind};
use crate::ir::{Function, VariableKind};
use crate::load::SourceText;
use crate::parse::parse_source;
use crate::span::Span;

/// The longest chain of files that import each other.
const MAX_CHAIN: usize = 200;

impl Unit<'_> {
    /// Resolves a file that no other has needed yet.
    pub(super) fn file(&mut self, path: &str, text: &[u8]) -> SourceId {
        let (ast, found) = parse_source(text);
        self.parsed(path, text, &ast, found)
    }

    /// The same of a file that has been parsed.
    pub(super) fn parsed(&mut self, path: &str, text: &[u8], ast: &Ast, found: Vec<Diagnostic>) -> SourceId {
        let source = self.add_source(path, text);
        self.files.insert(path.to_owned(), source);
        self.chain.push(source);
        let damaged = found.iter().any(|diagnostic| diagnostic.code.severity() == Severity::Error);
        if damaged {
            self.broken.insert(source);
        }
        self.diagnostics.extend(found.into_iter().map(|diagnostic| Diagnostic { source, ..diagnostic }));
        let mut resolver = Resolver {
            unit: self,
            source,
            names: HashMap::new(),
            scopes: Vec::new(),
            functions: Vec::new(),
            unreached: HashSet::new(),
            reported: HashSet::new(),
            inherited: HashMap::new(),
            damaged,
        };
        resolver.main(path, ast);
        self.chain.pop();
        source
    }

    fn add_source(&mut self, path: &str, text: &[u8]) -> SourceId {
        let source = self.ir.sources.len() as SourceId;
        let main = self.ir.functions.len() as FunctionId;
        self.ir.sources.push(Source { path: path.to_owned(), main, exports: HashMap::new() });
        self.texts.push(SourceText { path: path.to_owned(), text: text.to_vec() });
        source
    }

    /// A file that could not be had, so that what it should offer raises no further complaint.
    fn missing_source(&mut self, path: &str) -> SourceId {
        let source = self.add_source(path, b"");
        self.ir.functions.push(Function { source, ..Function::default() });
        self.broken.insert(source);
        source
    }
}

impl<'a> Resolver<'_, '_, 'a> {
    fn main(&mut self, path: &str, ast: &'a Ast) {
        let id = self.new_function(path, Span::default());
        self.enter(id);
        let first = self.source == 0;
        if first && let Some(names) = self.unit.scene.session {
            names.iter().for_each(|known| self.session_name(&known.name, known.constant));
        }
        let body = self.body(&ast.body);
        let yields = first && self.unit.scene.result;
        self.leave(body, yields);
    }

    /// Whether top-level names of this file belong to a session.
    pub(super) fn in_session(&self) -> bool {
        self.source == 0 && self.unit.scene.session.is_some()
    }

    fn session_name(&mut self, name: &str, constant: bool) {
        let kind = if constant { VariableKind::Constant } else { VariableKind::Plain };
        let id = self.variable(name, kind, true);
        self.unit.ir.variables[id as usize].public = true;
        self.inherited.insert(name.to_owned(), id);
    }

    /// Loads the file of an import; nothing for a builtin module. A bare name that no builtin module has may be
    /// that of a package.
    pub(super) fn load_import(&mut self, path: &'a ImportPath) -> Option<SourceId> {
        let from = self.unit.ir.sources[self.source as usize].path.clone();
        let (ImportPath::File(name) | ImportPath::Module(name)) = path;
        if matches!(path, ImportPath::Module(_)) && !self.is_package(name, &from) {
            return None;
        }
        match self.unit.loader.load(&name.text, &from) {
            Err(reason) => {
                self.error(Code::ImportNotFound, name.span, format!("cannot import \"{}\": {reason}", name.text));
                Some(self.unit.missing_source(&name.text))
            }
            Ok((found, text)) => Some(self.loaded(name, &found, &text)),
        }
    }

    fn is_package(&self, name: &Name, from: &str) -> bool {
        let builtin = self.unit.manifest.module(&name.text).is_some();
        !builtin && self.unit.loader.dependencies(from).iter().any(|known| *known == *name.text)
    }

    fn loaded(&mut self, name: &'a Name, path: &str, text: &[u8]) -> SourceId {
        let Some(&known) = self.unit.files.get(path) else {
            if self.unit.chain.len() < MAX_CHAIN {
                return self.unit.file(path, text);
            }
            self.error(Code::TooDeep, name.span, format!("more than {MAX_CHAIN} files import each other in a chain"));
            return self.unit.missing_source(path);
        };
        if let Some(start) = self.unit.chain.iter().position(|open| *open == known) {
            let path_of = |source: &SourceId| self.unit.ir.sources[*source as usize].path.clone();
            let mut chain: Vec<String> = self.unit.chain[start..].iter().map(path_of).collect();
            chain.push(path_of(&known));
            self.error(Code::ImportCycle, name.span, format!("files import each other: {}", chain.join(" → ")));
            return self.unit.missing_source(path);
        }
        known
    }

    /// Binds the alias of `import "path" as alias` or `import module as alias`.
    pub(super) fn bind_import(&mut self, path: &'a ImportPath, alias: Option<&'a Name>, source: Option<SourceId>) {
        let word = alias.map_or_else(|| default_alias(path), |alias| &alias.text);
        let binding = match (path, source) {
            (_, Some(source)) => Binding::File(source),
            (ImportPath::Module(name), _) => match self.unit.manifest.module(&name.text) {
                Some(module) => Binding::Module(module),
                None => {
                    self.unknown_module(name);
                    Binding::File(self.unit.missing_source(&name.text))
                }
            },
            _ => return,
        };
        if !word.is_empty() {
            self.bind(word, binding);
        }
    }

    pub(super) fn unknown_module(&mut self, name: &Name) {
        let packages = self.unit.loader.dependencies(&self.unit.ir.sources[self.source as usize].path);
        let known =
            self.unit.manifest.modules().map(|name| -> &str { name }).chain(packages.iter().map(String::as_str));
        let nearest = super::suggest::nearest(&name.text, known);
        let kind = if packages.is_empty() { "builtin module" } else { "builtin module or dependency" };
        let mut diagnostic =
            Diagnostic::new(Code::UnknownModule, name.span, format!("there is no {kind} `{}`", name.text));
        diagnostic.help = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
        self.report(diagnostic);
    }

    /// Binds the names of `import { a, b as c } from "path"`.
    pub(super) fn bind_imported(
        &mut self,
        path: &'a ImportPath,
        names: &'a [(Name, Option<Name>)],
        source: Option<SourceId>,
    ) {
        let mut seen = HashSet::new();
        for (name, alias) in names {
            let bound = alias.as_ref().unwrap_or(name);
            self.check_duplicate(bound, &mut seen);
            let binding = match (path, source) {
                (_, Some(source)) => self.exported(source, name).map(Binding::Variable),
                (ImportPath::Module(module), _) => self.imported_builtin(module, name),
                _ => None,
            };
            let binding = binding.unwrap_or_else(|| Binding::Variable(self.hidden()));
            self.bind(&bound.text, binding);
        }
    }

    /// The builtin that `import { name } from module` takes.
    fn imported_builtin(&mut self, module: &'a Name, name: &'a Name) -> Option<Binding> {
        let Some(known) = self.unit.manifest.module(&module.text) else {
            self.unknown_module(module);
            return None;
        };
        self.builtin_member(known, name).map(|builtin| Binding::Builtin(builtin.name))
    }

    /// The statements that an import stands for: it runs the file; a session keeps the names.
    pub(super) fn import_statement(&mut self, source: Option<SourceId>, span: Span, names: Vec<&'a str>) -> Vec<Stmt> {
        let mut statements = Vec::new();
        statements.extend(source.map(|source| Stmt { kind: StmtKind::Import(source), span }));
        if self.in_session() && self.at_top() {
            for name in names {
                statements.extend(self.keep_import(name, span));
            }
        }
        statements
    }

    /// Turns an imported name into a variable of the session.
    fn keep_import(&mut self, name: &'a str, span: Span) -> Option<Stmt> {
        let value = match self.look_up(name)? {
            Binding::Variable(id) => self.read(id),
            Binding::Module(name) | Binding::Builtin(name) => ExprKind::Builtin(self.extern_of(name, span)),
            Binding::File(source) => ExprKind::Module(source),
        };
        let id = self.declare(name, VariableKind::Constant);
        self.unit.ir.variables[id as usize].public = true;
        let pattern = Pattern { kind: PatternKind::Bind(id), span };
        Some(Stmt { kind: StmtKind::Let(pattern, Expr::new(value, span)), span })
    }
}

/// The last word of an import's path.
pub(super) fn default_alias(path: &ImportPath) -> &str {
    match path {
        ImportPath::Module(name) => &name.text,
        ImportPath::File(name) => {
            let word = name.text.rsplit('/').next().unwrap_or("");
            word.strip_suffix(".sn").unwrap_or(word)
        }
    }
}
