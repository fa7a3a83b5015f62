//! `sentrac fmt`: files, folders or standard input in the one style. A file is replaced whole or
//! not at all, and only if it changes; one with mistakes is reported and left as it is.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use sentra_compiler::command_line::Parsed;
use sentra_compiler::format::format;
use sentra_compiler::load::{SourceText, reason};
use sentra_compiler::render::render;
use sentra_compiler::replace;

use super::files::files;
use super::{Failure, colour, complain, complain_of, print, read};

/// Formats what the command line names; without a name, standard input.
pub(super) fn fmt(parsed: &Parsed) -> Result<(), Failure> {
    let (files, mut failed) = files(&parsed.operands);
    let mut differs = false;
    for file in &files {
        match one(file, parsed.has("check")) {
            Ok(changed) => differs |= changed,
            Err(Failure::Other(message)) => {
                complain(&message);
                failed = true;
            }
            Err(_) => failed = true,
        }
    }
    match (failed, differs && parsed.has("check")) {
        (true, _) => Err(Failure::Quiet),
        (false, true) => Err(Failure::Differs),
        (false, false) => Ok(()),
    }
}

/// Formats one file, or only says whether it would change.
fn one(file: &OsString, check: bool) -> Result<bool, Failure> {
    let (shown, text) = read(file)?;
    let formatted = match format(&text) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            complain_of(&render(&diagnostics, &[SourceText { path: shown, text }], colour()));
            return Err(Failure::Quiet);
        }
    };
    let changed = formatted != text;
    match (check, file == "-") {
        (true, _) if changed => print(format!("{shown}\n").as_bytes())?,
        (true, _) => {}
        (false, true) => print(&formatted)?,
        (false, false) if changed => rewrite(Path::new(file), &formatted)
            .map_err(|error| Failure::Other(format!("error: {shown} cannot be written: {}", reason(&error))))?,
        (false, false) => {}
    }
    Ok(changed)
}

/// Puts a new content in the place of a file's, with its permissions. A link stays a link.
fn rewrite(path: &Path, text: &[u8]) -> io::Result<()> {
    let target = path.canonicalize()?;
    let permissions = target.metadata()?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let make = |partial: &Path| {
        std::fs::write(partial, text)?;
        std::fs::set_permissions(partial, permissions)
    };
    replace::replace(&target, make, |error| error)
}
