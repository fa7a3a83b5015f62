//! Programs as they come: a file of source or bytecode, standard input, or a text. Calls the
//! compiler; nothing here runs.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

use sentra_bytecode::{Module, decode, is_bytecode};
use sentra_compiler::compile::{CompileOptions, Compiled, Debug, Rejected, SessionName};
use sentra_compiler::load::{MAX_SOURCE, reason};
use sentra_compiler::render;

use crate::output::colour_wanted;
use crate::system;

/// A compiled program.
pub(crate) struct Program {
    pub module: Module,
    /// Source texts, by the module's sources.
    pub texts: Vec<Option<Arc<[u8]>>>,
    /// Warnings, ready to print.
    pub warnings: String,
    /// The names that it adds to a session.
    pub names: Vec<SessionName>,
}

impl Program {
    /// The program in a file, source or bytecode; `-` is standard input.
    pub fn read(path: &OsStr, debug: Debug) -> Result<Self, String> {
        let (shown, content) = if path == "-" {
            ("<stdin>".to_string(), read_all(io::stdin().lock()))
        } else {
            (path.to_string_lossy().into_owned(), File::open(Path::new(path)).and_then(read_all))
        };
        let content = content.map_err(|error| format!("error: {shown}: {}", reason(&error)))?;
        if is_bytecode(&content) || Path::new(path).extension().is_some_and(|extension| extension == "sbc") {
            return Self::decoded(&content).map_err(|error| format!("error: {shown}: {error}"));
        }
        Self::compiled(&shown, content, CompileOptions { debug, ..CompileOptions::default() })
    }

    /// A program whose main function gives the value of its last expression.
    pub fn evaluated(source: &str) -> Result<Self, String> {
        let options = CompileOptions { result: true, ..CompileOptions::default() };
        Self::compiled("<eval>", source.as_bytes().to_vec(), options)
    }

    /// A program in bytecode.
    pub fn decoded(content: &[u8]) -> Result<Self, sentra_bytecode::DecodeError> {
        let module = decode(content)?;
        Ok(Self { module, texts: Vec::new(), warnings: String::new(), names: Vec::new() })
    }

    fn compiled(path: &str, source: Vec<u8>, options: CompileOptions) -> Result<Self, String> {
        let colour = colour_wanted(io::stderr().is_terminal());
        Self::compile(path, source, options, colour).map_err(|rejected| text_of(&rejected, colour))
    }

    /// Compiles a source; files that it imports are looked for relative to `path`, packages as they are: a program
    /// that runs fetches nothing.
    pub fn compile(path: &str, source: Vec<u8>, options: CompileOptions, colour: bool) -> Result<Self, Box<Rejected>> {
        let compiled = system::compile(path, &source, options)?;
        Ok(Self::of(compiled, colour))
    }

    fn of(compiled: Compiled, colour: bool) -> Self {
        let warnings = match compiled.warnings.is_empty() {
            true => String::new(),
            false => render::render(&compiled.warnings, &compiled.sources, colour),
        };
        let texts = compiled.sources.into_iter().map(|source| Some(source.text.into())).collect();
        Self { module: compiled.module, texts, warnings, names: compiled.names }
    }
}

/// The diagnostics as people read them.
pub(crate) fn text_of(rejected: &Rejected, colour: bool) -> String {
    render::render(&rejected.diagnostics, &rejected.sources, colour)
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
