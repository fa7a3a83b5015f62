//! The compiler's command: the only part of the crate that writes files and messages.

mod table;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use sentra_bytecode::{Module, decode, encode, is_bytecode, verify};
use sentra_compiler::command_line::{Parsed, Request};
use sentra_compiler::compile::{CompileOptions, Compiled, Rejected, compile, with_stack};
use sentra_compiler::diagnostic::{Code, Severity};
use sentra_compiler::load::{FileLoader, SourceText, read_limited, read_source, reason};
use sentra_compiler::render::{json, render};

/// The status of wrong usage and of programs that do not compile.
const REFUSED: u8 = 2;

/// Does what the command line says; the status to exit with.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let outcome = match table::PROGRAM.parse(arguments) {
        Ok(Request::Print(text)) => print(text.as_bytes()),
        Ok(Request::Run(parsed)) => with_stack(|| perform(&parsed)),
        Err(message) => Err(Failure::Other(message)),
    };
    match outcome {
        Ok(()) => 0,
        Err(Failure::Quiet) => REFUSED,
        Err(Failure::Other(message)) => {
            complain(&message);
            REFUSED
        }
    }
}

/// Why a command did not succeed.
enum Failure {
    /// For this reason, still to be told.
    Other(String),
    /// The user knows already.
    Quiet,
}

fn perform(parsed: &Parsed) -> Result<(), Failure> {
    match parsed.command.name {
        "build" => build(parsed),
        "check" => check(parsed),
        "list" => list(&parsed.operands[0]),
        "explain" => explain(parsed.text(0).as_deref()),
        other => unreachable!("the table has no command `{other}`"),
    }
}

/// Prints what stands in the way, in red where that is wanted.
fn complain(message: &str) {
    let plain = message.trim_end();
    let text = match plain.strip_prefix("error: ") {
        Some(rest) if colour() => format!("\x1b[1;31merror\x1b[0m: {rest}\n"),
        _ => format!("{plain}\n"),
    };
    // There is no one left to tell if even this fails.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whether messages are coloured.
fn colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes to standard output; whoever has stopped reading needs no message.
fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Quiet),
        Err(error) => Err(Failure::Other(format!("error: standard output cannot be written: {}", reason(&error)))),
    }
}

/// The path to show and the content of a file, or of standard input for `-`.
fn read(path: &OsString) -> Result<(String, Vec<u8>), Failure> {
    let (shown, content) = match path == "-" {
        true => ("<stdin>".to_owned(), read_limited(io::stdin().lock())),
        false => (path.to_string_lossy().into_owned(), read_source(Path::new(path))),
    };
    match content {
        Ok(content) => Ok((shown, content)),
        Err(why) => Err(Failure::Other(format!("error: {shown}: {why}"))),
    }
}

fn compiled(path: &str, text: &[u8], strip: bool) -> Result<Compiled, Box<Rejected>> {
    compile(path, text, &mut FileLoader, &CompileOptions { strip, ..CompileOptions::default() })
}

/// Compiles a file and shows what there is to say about it.
fn compile_file(path: &OsString, strip: bool) -> Result<Compiled, Failure> {
    let (shown, text) = read(path)?;
    match compiled(&shown, &text, strip) {
        Ok(compiled) => {
            complain_of(&render(&compiled.warnings, &compiled.sources, colour()));
            Ok(compiled)
        }
        Err(rejected) => {
            complain_of(&render(&rejected.diagnostics, &rejected.sources, colour()));
            Err(Failure::Quiet)
        }
    }
}

fn complain_of(text: &str) {
    // Diagnostics that cannot be shown leave the exit status to tell.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn build(parsed: &Parsed) -> Result<(), Failure> {
    let source = &parsed.operands[0];
    let target = match parsed.value("output") {
        Some(path) => PathBuf::from(path),
        None if source == "-" => {
            return Err(Failure::Other("error: a program from standard input needs `--output`".to_owned()));
        }
        None => Path::new(source).with_extension("sbc"),
    };
    if target == Path::new(source) && source != "-" {
        return Err(Failure::Other(format!("error: {} would overwrite its own source", target.display())));
    }
    let module = compile_file(source, parsed.has("strip"))?.module;
    let bytes = encode(&module);
    if target == Path::new("-") {
        return print(&bytes);
    }
    write(&target, &bytes)
        .map_err(|error| Failure::Other(format!("error: {} cannot be written: {}", target.display(), reason(&error))))
}

/// Writes a file whole or not at all.
fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
    if target.exists() && !target.is_file() {
        return std::fs::write(target, bytes);
    }
    let mut partial = target.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, target));
    if written.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&partial);
    }
    written
}

fn check(parsed: &Parsed) -> Result<(), Failure> {
    let standard_input = [OsString::from("-")];
    let files = if parsed.operands.is_empty() { &standard_input[..] } else { &parsed.operands[..] };
    let mut outcome = Ok(());
    for file in files {
        let (diagnostics, sources) = match read(file) {
            Err(Failure::Other(message)) => {
                complain(&message);
                outcome = Err(Failure::Quiet);
                continue;
            }
            Err(quiet) => return Err(quiet),
            Ok((shown, text)) => match compiled(&shown, &text, false) {
                Ok(compiled) => (compiled.warnings, compiled.sources),
                Err(rejected) => (rejected.diagnostics, rejected.sources),
            },
        };
        if diagnostics.iter().any(|diagnostic| diagnostic.code.severity() == Severity::Error) {
            outcome = Err(Failure::Quiet);
        }
        match parsed.has("json") {
            true => print(json(&diagnostics, &sources).as_bytes())?,
            false => complain_of(&render(&diagnostics, &sources, colour())),
        }
    }
    outcome
}

fn list(path: &OsString) -> Result<(), Failure> {
    let (shown, content) = read(path)?;
    let (module, sources) = match is_bytecode(&content) || shown.ends_with(".sbc") {
        true => {
            (decoded(&content).map_err(|error| format!("error: {shown}: {error}")).map_err(Failure::Other)?, Vec::new())
        }
        false => match compiled(&shown, &content, false) {
            Ok(compiled) => (compiled.module, compiled.sources),
            Err(rejected) => {
                complain_of(&render(&rejected.diagnostics, &rejected.sources, colour()));
                return Err(Failure::Quiet);
            }
        },
    };
    let text = |source: u32| source_text(&module, &sources, source, path);
    print(sentra_bytecode::list(&module, &text).as_bytes())
}

fn decoded(content: &[u8]) -> Result<Module, String> {
    let mut module = decode(content).map_err(|error| error.to_string())?;
    verify(&mut module).map_err(|error| error.to_string())?;
    Ok(module)
}

/// A source's text: as compiled, else as it is found where the program was built.
fn source_text(module: &Module, sources: &[SourceText], source: u32, listed: &OsString) -> Option<String> {
    let bytes = match sources.get(source as usize) {
        Some(known) => known.text.clone(),
        None => {
            let path = Path::new(&module.sources.get(source as usize)?.path);
            let beside = Path::new(listed).with_file_name(path.file_name()?);
            read_source(path).or_else(|_| read_source(&beside)).ok()?
        }
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn explain(code: Option<&str>) -> Result<(), Failure> {
    let Some(wanted) = code else {
        let lines: Vec<String> = Code::ALL.iter().map(|code| format!("{}  {}\n", code.text(), code.title())).collect();
        return print(lines.concat().as_bytes());
    };
    let Some(code) = Code::ALL.iter().find(|code| code.text().eq_ignore_ascii_case(wanted)) else {
        return Err(Failure::Other(format!(
            "error: there is no code `{wanted}`; `sentrac explain` without a code lists all"
        )));
    };
    let example: String = code.example().lines().map(|line| format!("    {line}\n")).collect();
    let example = if example.is_empty() { String::new() } else { format!("\nFor example:\n\n{example}") };
    print(format!("{}: {}\n\n{}\n{example}", code.text(), code.title(), code.explanation()).as_bytes())
}
