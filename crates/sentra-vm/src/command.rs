//! The `sentra-vm` command: reads its command line and does what it asks for. The only part of
//! this crate that ends the process.

mod memory;
mod statistics;
mod table;
mod test;
mod workers;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use sentra_compiler::command_line::{Parsed, Request};

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

/// Does what the command line says; the status to exit with.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    match table::PROGRAM.parse(arguments) {
        Ok(Request::Print(text)) => print(&text),
        Ok(Request::Run(parsed)) => perform(&parsed).unwrap_or_else(|message| complain(&message)),
        Err(message) => complain(&message),
    }
}

fn perform(parsed: &Parsed) -> Result<i32, String> {
    match parsed.command.name {
        "run" => match workers::count(parsed)? {
            Some(count) => workers::run(parsed, count),
            None => {
                become_worker(parsed)?;
                start(parsed, || Program::read(&parsed.operands[0]))
            }
        },
        "eval" => start(parsed, || Program::evaluated(&parsed.text(0).unwrap_or_default())),
        "test" => test::run(parsed),
        "repl" => Ok(repl::run(&mut vm(parsed)?)),
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
    sentra_netlib::limits::raise_file_limit();
    let text = |flag| parsed.value(flag).map(|value: &OsString| value.to_string_lossy().into_owned());
    let max_memory = match text("max-memory") {
        Some(size) => memory::parse_size(&size)?,
        None => memory::bearable(),
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
    let options = Options {
        max_memory: Some(max_memory),
        arguments: parsed.operands.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect(),
        smallest_slice: parsed.has("fuel"),
        statistics: parsed.has("stats"),
        collect_always,
        ..Options::default()
    };
    let mut vm = Vm::new(options).map_err(|error| format!("error: the virtual machine cannot start: {error}"))?;
    vm.output = Output::stdout().quitting();
    vm.record = parsed.has("record").then(Box::default);
    Ok(vm)
}

/// Runs a program to its end.
fn start(parsed: &Parsed, program: impl FnOnce() -> Result<Program, String>) -> Result<i32, String> {
    let mut vm = vm(parsed)?;
    let program = program()?;
    vm.output.write_error(program.warnings.as_bytes());
    let main = vm.load(program.module, program.texts).map_err(|message| format!("error: {message}"))?;
    vm.handle_signals().map_err(|error| format!("error: signals cannot be handled: {error}"))?;
    let ended = match vm.spawn(main, &[]) {
        Ok(task) => vm.run(task, true),
        Err(fault) => Ended::Faulted(fault),
    };
    let status = conclude(&mut vm, ended, parsed.command.name == "eval");
    if let (Some(path), Some(record)) = (parsed.value("record"), &vm.record) {
        std::fs::write(path, record.lines()).map_err(|error| format!("error: the record: {error}"))?;
    }
    if parsed.has("stats") {
        let figures = statistics::report(&vm);
        vm.output.write_error(figures.as_bytes());
    }
    Ok(status)
}

/// Prints what is left to say; the status.
fn conclude(vm: &mut Vm, ended: Ended, shows_value: bool) -> i32 {
    let status = match ended {
        Ended::Finished(value) => {
            if shows_value && !value.is_nil() {
                print_value(vm, value);
            }
            0
        }
        Ended::Faulted(fault) => {
            vm.report_uncaught(&fault);
            1
        }
        Ended::Exited(status) => status,
    };
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
