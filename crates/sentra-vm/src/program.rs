//! Programs as they come: a file of source or bytecode, standard input, or a text. The only place
//! of the VM that calls the compiler.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

use sentra_bytecode::{Module, decode, is_bytecode};
use sentra_compiler::compile::{CompileOptions, Compiled, compile};
use sentra_compiler::diagnostic::Diagnostic;
use sentra_compiler::load::{FileLoader, MAX_SOURCE, SourceText, reason};
use sentra_compiler::render;
use sentra_compiler::resolve::SessionName;

use crate::output::colour_wanted;

/// The compiler recurses as deep as a program nests.
const STACK: usize = 256 << 20;

/// A compiled program.
pub(crate) struct Program {
    pub module: Module,
    /// Source texts, by the module's sources.
    pub texts: Vec<Option<Arc<[u8]>>>,
    /// Warnings, ready to print.
    pub warnings: String,
    /// The names that a session has after it.
    pub names: Vec<SessionName>,
}

/// Why a source does not compile.
#[derive(Clone, Debug)]
pub(crate) struct Rejection {
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Vec<SourceText>,
}

impl Rejection {
    pub fn text(&self, colour: bool) -> String {
        render::render(&self.diagnostics, &self.sources, colour)
    }
}

impl Program {
    /// The program in a file, source or bytecode; `-` is standard input.
    pub fn read(path: &OsStr) -> Result<Self, String> {
        let (shown, content) = if path == "-" {
            ("<stdin>".to_string(), read_all(io::stdin().lock()))
        } else {
            (path.to_string_lossy().into_owned(), File::open(Path::new(path)).and_then(read_all))
        };
        let content = content.map_err(|error| format!("error: {shown}: {}", reason(&error)))?;
        if is_bytecode(&content) {
            return Self::decoded(&content).map_err(|error| format!("error: {shown}: {error}"));
        }
        Self::compiled(&shown, content, CompileOptions::default())
    }

    /// A program whose main function gives the value of its last expression.
    pub fn evaluated(source: &str) -> Result<Self, String> {
        let options = CompileOptions { result: true, ..CompileOptions::default() };
        Self::compiled("<eval>", source.as_bytes().to_vec(), options)
    }

    fn decoded(content: &[u8]) -> Result<Self, sentra_bytecode::DecodeError> {
        let module = decode(content)?;
        Ok(Self { module, texts: Vec::new(), warnings: String::new(), names: Vec::new() })
    }

    fn compiled(path: &str, source: Vec<u8>, options: CompileOptions) -> Result<Self, String> {
        let colour = colour_wanted(io::stderr().is_terminal());
        Self::compile(path, source, options, colour).map_err(|rejection| rejection.text(colour))
    }

    /// Compiles a source; files that it imports are looked for relative to `path`.
    pub fn compile(path: &str, source: Vec<u8>, options: CompileOptions, colour: bool) -> Result<Self, Rejection> {
        match on_large_stack(|| compile(path, &source, &mut FileLoader, &options)) {
            Ok(compiled) => Ok(Self::of(compiled, colour)),
            Err(refused) => Err(Rejection { diagnostics: refused.diagnostics, sources: refused.texts }),
        }
    }

    fn of(compiled: Compiled, colour: bool) -> Self {
        let warnings = match compiled.warnings.is_empty() {
            true => String::new(),
            false => render::render(&compiled.warnings, &compiled.texts, colour),
        };
        let texts = compiled.texts.into_iter().map(|source| Some(source.text.into())).collect();
        Self { module: compiled.module, texts, warnings, names: compiled.names }
    }
}

/// Runs something that recurses deeply; on this thread if no other can be had.
fn on_large_stack<T: Send>(work: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("sentra-compiler".into()).stack_size(STACK);
        match thread.spawn_scoped(scope, &work) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => work(),
        }
    })
}

/// Everything from a file or pipe, as long as it is no larger than a program may be.
fn read_all(from: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(MAX_SOURCE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_SOURCE {
        return Err(io::Error::other(format!("larger than {} MiB", MAX_SOURCE >> 20)));
    }
    Ok(content)
}
