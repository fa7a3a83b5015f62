//! `sentrac lint`: says of programs that compile what is probably not meant.

use std::ffi::OsString;

use sentra_compiler::command_line::Parsed;
use sentra_compiler::diagnostic::{Code, Severity};
use sentra_compiler::lint::{lint as found, rule_of};
use sentra_compiler::project::Access;
use sentra_compiler::render::{json, render};

use super::files::files;
use super::packages::access;
use super::{Failure, colour, compiled, complain, complain_of, print, read};

/// Lints what the command line names; without a name, standard input.
pub(super) fn lint(parsed: &Parsed) -> Result<(), Failure> {
    let (files, mut failed) = files(&parsed.operands);
    let mut differs = false;
    for file in &files {
        match one(file, parsed.has("json"), access(parsed)) {
            Ok(any) => differs |= any,
            Err(Failure::Other(message)) => {
                complain(&message);
                failed = true;
            }
            Err(_) => failed = true,
        }
    }
    match (failed, differs) {
        (true, _) => Err(Failure::Quiet),
        (false, true) => Err(Failure::Differs),
        (false, false) => Ok(()),
    }
}

/// Says what there is to say about one file; whether that is anything.
fn one(file: &OsString, as_json: bool, access: Access) -> Result<bool, Failure> {
    let (shown, text) = read(file)?;
    let (diagnostics, sources) = match compiled(&shown, &text, false, access) {
        Ok(compiled) => (found(&compiled.sources, &compiled.warnings), compiled.sources),
        Err(rejected) => (rejected.diagnostics, rejected.sources),
    };
    match as_json {
        true => print(json(&diagnostics, &sources).as_bytes())?,
        false => complain_of(&render(&diagnostics, &sources, colour())),
    }
    match diagnostics.iter().any(|diagnostic| diagnostic.code.severity() == Severity::Error) {
        true => Err(Failure::Quiet),
        false => Ok(!diagnostics.is_empty()),
    }
}

/// How to switch off the rule behind a code, for its explanation.
pub(super) fn how_to_allow(code: Code) -> String {
    match rule_of(code) {
        Some(rule) => format!("\n`// lint: allow({})` switches this off for a line.\n", rule.name),
        None => String::new(),
    }
}
