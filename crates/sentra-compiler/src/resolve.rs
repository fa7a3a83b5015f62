//! Names to variables, functions, builtins and modules: syntax trees to the intermediate form.
//!
//! It reports every name that means nothing and every assignment that may not be; it reads
//! imported files through the [`Loader`] and nothing else from outside.

mod capture;
mod expression;
mod function;
mod import;
mod loops;
mod name;
mod path;
mod pattern;
mod scope;
mod statement;
pub mod suggest;

use std::collections::{HashMap, HashSet};

use crate::ast::Ast;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{ExternId, FunctionId, Ir, LoopId, SourceId, VariableId};
use crate::load::{Loader, SourceText};
use crate::manifest::{Builtin, Manifest};
use crate::parse::parse_source;
use crate::span::Span;
use scope::{Entry, Scope};

/// A name that an interactive session knows from earlier input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionName {
    /// The name.
    pub name: String,
    /// Whether it may not be assigned.
    pub constant: bool,
    /// Whether it is declared as `fn name`.
    pub function: bool,
}

/// What the resolver is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scene<'s> {
    /// The names of the session, if there is one.
    pub session: Option<&'s [SessionName]>,
    /// Whether the first file's main function returns the value of its last expression.
    pub result: bool,
    /// Whether builtins that only the library may use are visible.
    pub library: bool,
    /// Whether variables may change whatever the program does.
    pub exact: bool,
    /// Why the VM lacks a builtin, if it may lack some.
    pub lacks: Option<fn(&str) -> Option<&'static str>>,
}

/// What all files have in common while they are resolved.
struct Unit<'l> {
    ir: Ir,
    loader: &'l mut dyn Loader,
    scene: Scene<'l>,
    manifest: &'static Manifest,
    /// Files by canonical path.
    files: HashMap<String, SourceId>,
    /// The files being resolved, each imported by the one before.
    chain: Vec<SourceId>,
    /// Files whose exports are not all known, because of errors in them.
    broken: HashSet<SourceId>,
    texts: Vec<SourceText>,
    diagnostics: Vec<Diagnostic>,
    /// Calls of known functions: variable, arguments, file, place.
    calls: Vec<(VariableId, usize, SourceId, Span)>,
}

/// The outcome: the program, its texts and all messages.
pub struct Resolved {
    /// The program; complete only if no message is an error.
    pub ir: Ir,
    /// The files read, by source index.
    pub texts: Vec<SourceText>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Resolves a program from its first file on.
pub fn resolve(path: &str, text: &[u8], loader: &mut dyn Loader, scene: Scene<'_>) -> Resolved {
    let (ast, found) = parse_source(text);
    resolve_parsed(path, text, (&ast, found), loader, scene)
}

/// The same of a program whose first file has been parsed: its tree, and what was found wrong with it.
pub fn resolve_parsed(
    path: &str,
    text: &[u8],
    (ast, found): (&Ast, Vec<Diagnostic>),
    loader: &mut dyn Loader,
    scene: Scene<'_>,
) -> Resolved {
    let mut unit = Unit {
        ir: Ir::default(),
        loader,
        scene,
        manifest: Manifest::get(),
        files: HashMap::new(),
        chain: Vec::new(),
        broken: HashSet::new(),
        texts: Vec::new(),
        diagnostics: Vec::new(),
        calls: Vec::new(),
    };
    unit.parsed(path, text, ast, found);
    unit.check_calls();
    capture::capture(&mut unit.ir, scene.session.is_some(), scene.exact, &mut unit.diagnostics);
    Resolved { ir: unit.ir, texts: unit.texts, diagnostics: unit.diagnostics }
}

/// Resolves one file.
struct Resolver<'u, 'l, 'a> {
    unit: &'u mut Unit<'l>,
    source: SourceId,
    /// What each visible name stands for, innermost last.
    names: HashMap<&'a str, Vec<Entry>>,
    scopes: Vec<Scope<'a>>,
    functions: Vec<Context<'a>>,
    /// `fn` declarations whose place has not been reached.
    unreached: HashSet<VariableId>,
    /// What the session brings along.
    inherited: HashMap<String, VariableId>,
    /// Unknown names already reported.
    reported: HashSet<&'a str>,
    /// Whether the file has syntax errors, so that declarations may be missing.
    damaged: bool,
}

/// A function being resolved.
struct Context<'a> {
    id: FunctionId,
    /// The scope of its parameters and outermost statements.
    scope: usize,
    /// What [`crate::ir::Function::free`] already has.
    free: HashSet<VariableId>,
    loops: Vec<Loop<'a>>,
    next_loop: LoopId,
}

/// A loop around the current place.
struct Loop<'a> {
    label: Option<&'a str>,
    id: LoopId,
}

impl Resolver<'_, '_, '_> {
    /// The number of a builtin or module in the program, reported if the VM lacks it.
    fn extern_of(&mut self, name: &str, span: Span) -> ExternId {
        if let Some(why) = self.unit.scene.lacks.and_then(|lacks| lacks(name)) {
            self.error(Code::UnknownName, span, format!("`{name}` {why}"));
        }
        self.unit.ir.extern_of(name)
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::new(code, span, message));
    }

    fn report(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.source = self.source;
        self.unit.diagnostics.push(diagnostic);
    }
}

impl Unit<'_> {
    /// The builtin of that name, if this program may use it.
    fn builtin(&self, name: &str) -> Option<&'static Builtin> {
        self.manifest.builtin(name).filter(|builtin| self.scene.library || !builtin.is_internal())
    }

    /// Warns of calls of known functions with a wrong number of arguments.
    fn check_calls(&mut self) {
        for (variable, given, source, span) in std::mem::take(&mut self.calls) {
            let known = &self.ir.variables[variable as usize];
            let Some(function) = known.lambda.filter(|_| !known.assigned) else { continue };
            let function = &self.ir.functions[function as usize];
            let most = function.rest.is_none().then_some(function.parameters.len());
            let least = function.required as usize;
            if let Some(message) = wrong_count(&known.name, given, least, most) {
                let mut warning = Diagnostic::new(Code::ArgumentCount, span, message);
                warning.source = source;
                self.diagnostics.push(warning);
            }
        }
    }
}

/// The complaint about a number of arguments, if it is wrong.
fn wrong_count(name: &str, given: usize, least: usize, most: Option<usize>) -> Option<String> {
    if given >= least && most.is_none_or(|most| given <= most) {
        return None;
    }
    let wanted = match most {
        Some(most) if most == least => format!("{least}"),
        Some(most) => format!("{least} to {most}"),
        None => format!("at least {least}"),
    };
    let plural = if wanted == "1" || wanted == "at least 1" { "" } else { "s" };
    Some(format!("`{name}` takes {wanted} argument{plural}, {given} given"))
}
