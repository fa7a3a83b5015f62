//! The whole way from source text to a verified module.

use sentra_bytecode::{Module, verify};

use crate::ast::Ast;
use crate::diagnostic::{Diagnostic, Severity};
use crate::emit::{EmitOptions, emit};
use crate::fold::fold;
use crate::ir::{Ir, Storage, VariableKind};
use crate::load::{Loader, SourceText};
pub use crate::resolve::SessionName;
use crate::resolve::{Scene, resolve, resolve_parsed};

/// How a program is compiled.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// The names that an interactive session knows. With it, top-level variables and
    /// functions are globals shared by name.
    pub session: Option<Vec<SessionName>>,
    /// The main function returns the value of its last expression statement, as it always
    /// does in a session.
    pub result: bool,
    /// Library code: calls of function values pass no more arguments than those take.
    pub library: bool,
    /// No positions: traces will not name lines.
    pub strip: bool,
    /// What debuggers want.
    pub debug: Debug,
    /// Says why the VM that will run the program lacks a builtin, if it may lack some: "needs …".
    pub lacks: Option<fn(&str) -> Option<&'static str>>,
}

/// What a debugger will be able to do with a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Debug {
    /// Nothing is known of statements and variables.
    #[default]
    None,
    /// It knows where statements begin and where variables are; the code is the same.
    Information,
    /// Moreover every variable keeps a place of its own, whatever is known of its value: whoever
    /// changes it there changes it everywhere.
    Exact,
}

/// A program that compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The verified module.
    pub module: Module,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// The texts of its files, by source index.
    pub sources: Vec<SourceText>,
    /// The names that a session knows afterwards and did not before, or knows otherwise now.
    pub names: Vec<SessionName>,
}

/// A program that did not compile.
#[derive(Debug)]
pub struct Rejected {
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts of its files, by source index.
    pub sources: Vec<SourceText>,
}

/// Compiles a program with everything that it imports. It may need much stack for deeply
/// nested source: see [`with_stack`].
pub fn compile(
    path: &str,
    text: &[u8],
    loader: &mut dyn Loader,
    options: &CompileOptions,
) -> Result<Compiled, Box<Rejected>> {
    let session = options.session.as_deref();
    let exact = options.debug == Debug::Exact;
    let scene = Scene {
        session,
        result: options.result || session.is_some(),
        library: options.library,
        exact,
        lacks: options.lacks,
    };
    let mut resolved = resolve(path, text, loader, scene);
    sort(&mut resolved.diagnostics);
    if resolved.diagnostics.iter().any(|diagnostic| diagnostic.code.severity() == Severity::Error) {
        return Err(Box::new(Rejected { diagnostics: resolved.diagnostics, sources: resolved.texts }));
    }
    fold(&mut resolved.ir);
    let names = session_names(&resolved.ir);
    let options =
        EmitOptions { adapt_calls: options.library, strip: options.strip, debug: options.debug != Debug::None };
    let mut module = match emit(&resolved.ir, &resolved.texts, options) {
        Ok(module) => module,
        Err(diagnostics) => return Err(Box::new(Rejected { diagnostics, sources: resolved.texts })),
    };
    if let Err(error) = verify(&mut module) {
        unreachable!("the compiler emits only code that verifies: {error}");
    }
    Ok(Compiled { module, warnings: resolved.diagnostics, sources: resolved.texts, names })
}

/// What is wrong with a program, and the texts of its files by source index: as [`compile`] says it, but for what is
/// too large for the bytecode, since none is made. `parsed` is what the parser gave for the text.
pub fn check(
    path: &str,
    text: &[u8],
    parsed: (&Ast, Vec<Diagnostic>),
    loader: &mut dyn Loader,
) -> (Vec<Diagnostic>, Vec<SourceText>) {
    let mut resolved = resolve_parsed(path, text, parsed, loader, Scene::default());
    sort(&mut resolved.diagnostics);
    (resolved.diagnostics, resolved.texts)
}

/// Runs a job on a thread with enough stack for the deepest program that the parser lets through.
#[cfg(not(target_family = "wasm"))]
pub fn with_stack<R: Send>(job: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, job);
        let thread = thread.expect("the system grants one more thread");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Runs a job where there are no threads: whoever links the program gives it enough stack.
#[cfg(target_family = "wasm")]
pub fn with_stack<R>(job: impl FnOnce() -> R) -> R {
    job()
}

/// The top-level names of the first file that a session keeps.
fn session_names(ir: &Ir) -> Vec<SessionName> {
    let mut kinds = vec![VariableKind::Plain; ir.globals.len()];
    for variable in &ir.variables {
        if let Storage::Global(global) = variable.storage {
            kinds[global as usize] = variable.kind;
        }
    }
    let shared = ir.globals.iter().zip(kinds).filter(|(global, _)| global.shared);
    shared
        .map(|(global, kind)| SessionName {
            name: global.name.clone(),
            constant: kind == VariableKind::Constant,
            function: matches!(kind, VariableKind::Function(_)),
        })
        .collect()
}

/// By file and place, each message once.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.source, diagnostic.span.start, diagnostic.span.end));
    diagnostics.dedup();
}
