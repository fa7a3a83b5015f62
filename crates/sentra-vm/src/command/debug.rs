//! `sentra-vm debug`: a program for the prompt or an editor to run.

use std::ffi::OsString;

use sentra_compiler::command_line::Parsed;
use sentra_compiler::compile::Debug;

use super::{limits, vm_with};
use crate::adapter::{self, Launched};
use crate::program::Program;
use crate::prompt;
use crate::vm::Options;

/// Runs the program that the command line names, or that the editor does.
pub(super) fn run(parsed: &Parsed) -> Result<i32, String> {
    let file = parsed.operands.first();
    if parsed.has("dap") {
        return adapter::run(file, &|file, arguments| {
            let mut launched = launch(parsed, file)?;
            if !arguments.is_empty() {
                launched.vm.options.arguments = arguments;
            }
            launched.vm.handle_signals().map_err(|error| format!("signals cannot be handled: {error}"))?;
            limits::keep_open_files(parsed)?;
            Ok(launched)
        });
    }
    let Some(file) = file else { return Err("error: `debug` needs FILE: the program, unless `--dap` is given".into()) };
    let mut launched = launch(parsed, file)?;
    // Ctrl-C stops the program instead of ending it.
    launched.vm.handle_session_signals().map_err(|error| format!("error: signals cannot be handled: {error}"))?;
    limits::keep_open_files(parsed)?;
    Ok(prompt::run(launched))
}

fn launch(parsed: &Parsed, file: &OsString) -> Result<Launched, String> {
    let mut vm = vm_with(parsed, |options: &mut Options| options.debug = true)?;
    let program = Program::read(file, Debug::Exact)?;
    vm.output.write_error(program.warnings.as_bytes());
    let main = vm.load(program.module, program.texts).map_err(|message| format!("error: {message}"))?;
    Ok(Launched { vm, main })
}
