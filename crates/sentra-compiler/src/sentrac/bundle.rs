//! `sentrac bundle`: a virtual machine and a program in one executable.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sentra_bytecode::bundle::{self, Bundle, CHECK};
use sentra_bytecode::encode;
use sentra_compiler::command_line::Parsed;
use sentra_compiler::load::reason;
use sentra_compiler::replace::replace;

use super::{Failure, compile_file, complain, unwritable};

/// What a virtual machine is called.
const MACHINE: &str = "sentra-vm";
/// No virtual machine is larger.
const MAX_MACHINE: u64 = 1 << 30;

/// Makes the executable, and has it see whether the program and its flags fit.
pub(super) fn bundle(parsed: &Parsed) -> Result<(), Failure> {
    let source = &parsed.operands[0];
    let target = target(source, parsed.value("output"))?;
    let machine = match parsed.value("vm") {
        Some(path) => PathBuf::from(path),
        None => machine().ok_or_else(|| failure("there is no `sentra-vm` beside `sentrac`; `--vm` names one"))?,
    };
    is_of_this_version(&machine)?;
    let mut executable = read(&machine)?;
    let program = encode(&compile_file(source, parsed)?.module);
    let flags = parsed.operands[1..].iter().map(|flag| flag.as_bytes());
    bundle::append(&mut executable, &program, flags);
    let unwritable = |error| unwritable(&target, &error);
    let make = |partial: &Path| {
        create(partial, &executable).map_err(unwritable)?;
        check(partial)
    };
    replace(&target, make, unwritable)
}

fn failure(message: impl std::fmt::Display) -> Failure {
    Failure::Other(format!("error: {message}"))
}

/// Where the executable goes: beside its source, without the ending, if nobody says.
fn target(source: &OsString, named: Option<&OsString>) -> Result<PathBuf, Failure> {
    let target = match named {
        Some(path) => PathBuf::from(path),
        None if source == "-" => return Err(failure("a program from standard input needs `--output`")),
        None => Path::new(source).with_extension(""),
    };
    let shown = target.display();
    if target.is_dir() {
        return Err(failure(format!("{shown} is a folder; `--output` names a file")));
    }
    if target == Path::new(source) {
        return Err(failure(format!("{shown} would overwrite its own source")));
    }
    Ok(target)
}

/// The virtual machine that belongs to this compiler: beside it, else on the path.
fn machine() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(MACHINE));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path).map(|folder| folder.join(MACHINE));
    beside.into_iter().chain(others).find(|path| path.is_file())
}

/// A virtual machine of another version may know other instructions.
fn is_of_this_version(machine: &Path) -> Result<(), Failure> {
    let shown = machine.display();
    // With a path in its name it is never looked for elsewhere.
    let path = std::path::absolute(machine).map_err(|error| failure(format!("{shown}: {}", reason(&error))))?;
    let wanted = format!("{MACHINE} {}\n", env!("CARGO_PKG_VERSION"));
    match run(&path, None, "--version")? {
        Some(output) if output.stdout == wanted.as_bytes() => Ok(()),
        Some(_) => Err(failure(format!("{shown} is not {}", wanted.trim_end()))),
        None => {
            complain(&format!("warning: {shown} is for another machine; whether it fits the program is not checked"));
            Ok(())
        }
    }
}

/// How a program ends; nothing if this machine cannot run it.
fn run(path: &Path, name: Option<&str>, argument: &str) -> Result<Option<Output>, Failure> {
    let mut command = Command::new(path);
    if let Some(name) = name {
        command.arg0(name);
    }
    match command.arg(argument).stdin(Stdio::null()).output() {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.raw_os_error() == Some(ENOEXEC) => Ok(None),
        Err(error) => Err(failure(format!("{} cannot be run: {}", path.display(), reason(&error)))),
    }
}

/// "Exec format error": a program for another machine.
const ENOEXEC: i32 = 8;

fn read(machine: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| failure(format!("{} cannot be read: {}", machine.display(), reason(&error)));
    let mut bytes = Vec::new();
    let file = File::open(machine).map_err(unreadable)?;
    file.take(MAX_MACHINE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let is_bundle = bytes.last_chunk().is_some_and(|tail| Bundle::read(tail, bytes.len() as u64).is_some());
    if is_bundle || bytes.len() as u64 > MAX_MACHINE {
        return Err(failure(format!("{} has a program already, or is no virtual machine", machine.display())));
    }
    Ok(bytes)
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o777).open(path)?;
    file.write_all(bytes)
}

/// Has the executable see whether the program and its flags fit the virtual machine.
fn check(path: &Path) -> Result<(), Failure> {
    let path = std::path::absolute(path).map_err(|error| failure(reason(&error)))?;
    match run(&path, Some(CHECK), "")? {
        Some(output) if !output.status.success() => {
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(Failure::Other(message.replace(&format!("{CHECK}: "), "")))
        }
        _ => Ok(()),
    }
}
