//! The compiler's command: the only part of the crate that writes files and messages.

mod bundle;
mod create;
mod files;
mod fmt;
mod lint;
mod packages;
mod table;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use sentra_bytecode::{Module, decode, encode, is_bytecode, verify};
use sentra_compiler::command_line::{Parsed, Request};
use sentra_compiler::compile::{CompileOptions, Compiled, Debug, Rejected, with_stack};
use sentra_compiler::diagnostic::{Code, Severity};
use sentra_compiler::load::{SourceText, read_limited, read_source, reason};
use sentra_compiler::project::{Access, compile_with};
use sentra_compiler::render::{json, render};
use sentra_compiler::replace::replace_content;

/// The status of wrong usage and of programs that do not compile.
const REFUSED: u8 = 2;
/// The status when programs compile and are not as they should be: `fmt --check`, `lint`.
const DIFFERS: u8 = 1;

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
        Err(Failure::Differs) => DIFFERS,
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
    /// Files are not as they should be, but nothing is wrong with them.
    Differs,
}

fn perform(parsed: &Parsed) -> Result<(), Failure> {
    match parsed.command.name {
        "build" => build(parsed),
        "bundle" => bundle::bundle(parsed),
        "check" => check(parsed),
        "fmt" => fmt::fmt(parsed),
        "lint" => lint::lint(parsed),
        "new" => create::create(parsed),
        "add" => packages::add(parsed),
        "remove" => packages::remove(parsed),
        "update" => packages::update(parsed),
        "fetch" => packages::fetch(parsed),
        "tree" => packages::tree(parsed),
        "list" => list(parsed),
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

/// Compiles a program; its packages are had as the flags let them be.
fn compiled(path: &str, text: &[u8], strip: bool, access: Access) -> Result<Compiled, Box<Rejected>> {
    let debug = if strip { Debug::None } else { Debug::Information };
    let options = CompileOptions { strip, debug, ..CompileOptions::default() };
    compile_with(path, text, access, &options, &mut packages::tell)
}

/// Compiles a file and shows what there is to say about it.
fn compile_file(path: &OsString, parsed: &Parsed) -> Result<Compiled, Failure> {
    let (shown, text) = read(path)?;
    match compiled(&shown, &text, parsed.has("strip"), packages::access(parsed)) {
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
    let source = &match parsed.operands.first() {
        Some(file) => file.clone(),
        None => packages::main_file()?,
    };
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
    let module = compile_file(source, parsed)?.module;
    let bytes = encode(&module);
    if target == Path::new("-") {
        return print(&bytes);
    }
    let unwritable = |error| unwritable(&target, &error);
    if target.exists() && !target.is_file() {
        return std::fs::write(&target, bytes).map_err(unwritable);
    }
    replace_content(&target, &bytes).map_err(unwritable)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Other(format!("error: {} cannot be written: {}", path.display(), reason(error)))
}

fn check(parsed: &Parsed) -> Result<(), Failure> {
    let standard_input = [OsString::from("-")];
    let files = if parsed.operands.is_empty() { &standard_input[..] } else { &parsed.operands[..] };
    let mut outcome = Ok(());
    let access = packages::access(parsed);
    for file in files {
        let (diagnostics, sources) = match read(file) {
            Err(Failure::Other(message)) => {
                complain(&message);
                outcome = Err(Failure::Quiet);
                continue;
            }
            Err(known) => return Err(known),
            Ok((shown, text)) => match compiled(&shown, &text, false, access) {
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

fn list(parsed: &Parsed) -> Result<(), Failure> {
    let path = &parsed.operands[0];
    let (shown, content) = read(path)?;
    let (module, sources) = match is_bytecode(&content) || shown.ends_with(".sbc") {
        true => {
            (decoded(&content).map_err(|error| format!("error: {shown}: {error}")).map_err(Failure::Other)?, Vec::new())
        }
        false => match compiled(&shown, &content, false, packages::access(parsed)) {
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
    let allowed = lint::how_to_allow(*code);
    print(format!("{}: {}\n\n{}\n{example}{allowed}", code.text(), code.title(), code.explanation()).as_bytes())
}
