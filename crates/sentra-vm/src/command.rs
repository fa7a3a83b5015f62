//! The `sentra-vm` command: reads its command line and does what it asks for. The only part of
//! this crate that ends the process.

mod bundled;
mod debug;
mod limits;
mod measure;
mod memory;
mod statistics;
mod table;
mod test;
mod workers;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use sentra_compiler::command_line::{Parsed, Request};
use sentra_compiler::compile::Debug;

use crate::bundle;
use crate::heap::collect::Stress;
use crate::help;
use crate::output::{Output, colour_wanted};
use crate::program::Program;
use crate::repl;
use crate::scheduler::Ended;
use crate::show;
use crate::value::Value;
use crate::vm::{Options, Vm};
use crate::worker;

/// The status of wrong usage and of programs that cannot start.
const UNUSABLE: i32 = 2;

/// Does what the command line says, whose first word is the name that this was started by; the status to exit with.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    let mut arguments = arguments.into_iter();
    let name = arguments.next().unwrap_or_default();
    let outcome = match bundle::own() {
        Ok(None) => match table::PROGRAM.parse(arguments) {
            Ok(Request::Print(text)) => Ok(print(&text)),
            Ok(Request::Run(parsed)) => perform(&parsed),
            Err(message) => Err(message),
        },
        Ok(Some(bundle)) => bundled::run(bundle, name, arguments),
        Err(error) => Err(format!("error: {}: {error}", name.to_string_lossy())),
    };
    let status = outcome.unwrap_or_else(|message| complain(&message));
    // A worker thread may have started one just now, for a fiber that was cancelled.
    crate::children::end_all();
    status
}

fn perform(parsed: &Parsed) -> Result<i32, String> {
    match parsed.command.name {
        "run" => match workers::count(parsed)? {
            Some(count) => {
                // What does not compile is said once.
                drop(Program::read(&parsed.operands[0], Debug::None)?);
                workers::run(parsed, count, None)
            }
            None => {
                become_worker(parsed)?;
                start(parsed, || Program::read(&parsed.operands[0], measure::information(parsed)))
            }
        },
        "eval" => start(parsed, || Program::evaluated(&parsed.text(0).unwrap_or_default())),
        "test" => test::run(parsed),
        "repl" => {
            let mut vm = vm(parsed)?;
            limits::keep_open_files(parsed)?;
            Ok(repl::run(&mut vm))
        }
        "debug" => debug::run(parsed),
        "help" => describe(parsed.text(0).as_deref()),
        other => unreachable!("the table has no command `{other}`"),
    }
}

/// Makes this process a worker if that is what it was started as.
fn become_worker(parsed: &Parsed) -> Result<(), String> {
    let (Some(number), Some(ports)) = (parsed.value("worker"), parsed.value("ports")) else { return Ok(()) };
    let number = number.to_string_lossy().parse().map_err(|_| "error: `--worker` is a number")?;
    worker::become_worker(number, ports.as_ref()).map_err(|error| format!("error: this worker cannot start: {error}"))
}

fn print(text: &str) -> i32 {
    let mut output = Output::stdout().quitting();
    output.write(text.as_bytes());
    finish_output(&mut output).unwrap_or(0)
}

/// Prints what stands in the way, in red where that is wanted.
fn complain(message: &str) -> i32 {
    let plain = message.trim_end();
    let text = match plain.strip_prefix("error: ") {
        Some(rest) if colour_wanted(std::io::stderr().is_terminal()) => format!("\x1b[1;31merror\x1b[0m: {rest}\n"),
        _ => format!("{plain}\n"),
    };
    // There is no one left to tell if even this fails.
    let _ = std::io::stderr().write_all(text.as_bytes());
    UNUSABLE
}

fn describe(name: Option<&str>) -> Result<i32, String> {
    let colour = colour_wanted(std::io::stdout().is_terminal());
    match name {
        None => Ok(print(&help::index(colour))),
        Some(name) => help::entry(name, colour).map(|text| print(&text)).map_err(|message| format!("error: {message}")),
    }
}

/// A VM as the flags want it.
fn vm(parsed: &Parsed) -> Result<Vm, String> {
    vm_with(parsed, |_| ())
}

/// The same with something added to its options.
fn vm_with(parsed: &Parsed, add: impl FnOnce(&mut Options)) -> Result<Vm, String> {
    sentra_netlib::limits::raise_file_limit();
    let text = |flag| parsed.value(flag).map(|value: &OsString| value.to_string_lossy().into_owned());
    let max_memory = match text("max-memory") {
        Some(size) => memory::parse_size(&size)?,
        None => match (parsed.has("worker"), workers::count(parsed)?) {
            (true, Some(count)) => workers::share(count),
            _ => memory::bearable(),
        },
    };
    if let Some(fuel) = text("fuel").filter(|fuel| fuel != "1") {
        return Err(format!("error: `--fuel` can only be 1, not `{fuel}`"));
    }
    let collect_always = match text("collect-always").as_deref() {
        None => None,
        Some("whole") => Some(Stress::Whole),
        Some("piece") => Some(Stress::Piece),
        Some(other) => return Err(format!("error: `--collect-always` is `whole` or `piece`, not `{other}`")),
    };
    let mut options = Options {
        max_memory: Some(max_memory),
        arguments: parsed.operands.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect(),
        smallest_slice: parsed.has("fuel"),
        statistics: parsed.has("stats"),
        collect_always,
        permissions: limits::permissions(parsed)?,
        max_fibers: limits::number(parsed, "max-fibers")?,
        ..Options::default()
    };
    add(&mut options);
    let mut vm = Vm::new(options).map_err(|error| format!("error: the virtual machine cannot start: {error}"))?;
    vm.output = Output::stdout().quitting();
    vm.record = parsed.has("record").then(Box::default);
    Ok(vm)
}

/// Runs a program to its end.
fn start(parsed: &Parsed, program: impl FnOnce() -> Result<Program, String>) -> Result<i32, String> {
    let time = limits::max_time(parsed)?;
    let mut vm = vm_with(parsed, |options| options.debug = parsed.has("profile"))?;
    measure::begin(parsed, &mut vm)?;
    let program = program()?;
    vm.output.write_error(program.warnings.as_bytes());
    let main = vm.load(program.module, program.texts).map_err(|message| format!("error: {message}"))?;
    let handled = vm.handle_signals().and_then(|()| time.map_or(Ok(()), |time| vm.limit_time(time)));
    handled.map_err(|error| format!("error: signals cannot be handled: {error}"))?;
    limits::keep_open_files(parsed)?;
    let ended = match vm.spawn(main, &[]) {
        Ok(task) => vm.run(task, true),
        Err(fault) => Ended::Faulted(fault),
    };
    let status = conclude(&mut vm, ended, parsed.command.name == "eval");
    if let (Some(path), Some(record)) = (parsed.value("record"), &vm.record) {
        std::fs::write(path, record.lines()).map_err(|error| format!("error: the record: {error}"))?;
    }
    measure::end(parsed, &mut vm)?;
    Ok(status)
}

/// Prints what is left to say; the status.
fn conclude(vm: &mut Vm, ended: Ended, shows_value: bool) -> i32 {
    if let Ended::Finished(value) = ended
        && shows_value
        && !value.is_nil()
    {
        print_value(vm, value);
    }
    let status = vm.status_of(ended);
    finish_output(&mut vm.output).unwrap_or(status)
}

fn print_value(vm: &mut Vm, value: Value) {
    let mut text = Vec::new();
    show::text(&vm.heap, value, &mut text);
    text.push(b'\n');
    vm.output.write(&text);
}

/// Writes what is buffered; a status if that or anything before could not be written.
fn finish_output(output: &mut Output) -> Option<i32> {
    output.flush();
    let failure = output.failure()?.to_string();
    output.write_error(format!("error: standard output cannot be written: {failure}\n").as_bytes());
    Some(1)
}
