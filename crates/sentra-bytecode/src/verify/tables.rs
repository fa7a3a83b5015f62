//! The tables of a module and the head of a function: everything but instructions.

use std::collections::HashSet;

use super::pool::Pool;
use super::{MAX_CAPTURES, MAX_CODE, VerifyError};
use crate::module::{Export, Function, Module, Place, Source};

/// The entry file, and each file's main function and exports.
pub(super) fn check_sources(module: &Module) -> Result<(), VerifyError> {
    if module.entry as usize >= module.sources.len() {
        return Err(VerifyError::new(format!("there is no source file {} to start with", module.entry)));
    }
    for (index, source) in module.sources.iter().enumerate() {
        check_source(module, source).map_err(|what| {
            VerifyError::new(format!("source file {index} `{}`: {what}", source.path.escape_debug()))
        })?;
    }
    Ok(())
}

fn check_source(module: &Module, source: &Source) -> Result<(), String> {
    let Some(main) = module.functions.get(source.main as usize) else {
        return Err(format!("there is no function {} to run", source.main));
    };
    if main.parameters > 0 || main.rest {
        return Err(format!("its main function {} has parameters", source.main));
    }
    if !main.captures.is_empty() {
        return Err(format!("its main function {} has captures", source.main));
    }
    let mut names = HashSet::new();
    for (name, export) in &source.exports {
        if !names.insert(name) {
            return Err(format!("it exports `{}` twice", name.escape_debug()));
        }
        check_export(module, *export).map_err(|what| format!("export `{}`: {what}", name.escape_debug()))?;
    }
    Ok(())
}

fn check_export(module: &Module, export: Export) -> Result<(), String> {
    match export {
        Export::Global(index) if index as usize >= module.globals.len() => Err(format!("there is no global {index}")),
        Export::Global(_) => Ok(()),
        Export::Function(index) => match module.functions.get(index as usize) {
            None => Err(format!("there is no function {index}")),
            Some(function) if !function.captures.is_empty() => Err(format!("function {index} has captures")),
            Some(_) => Ok(()),
        },
    }
}

/// What the VM reads of a function before it runs it.
pub(super) fn check_function(function: &Function, pool: &Pool) -> Result<(), VerifyError> {
    let fail = |what: String| Err(VerifyError::new(what));
    if function.source as usize >= pool.sources {
        return fail(format!("there is no source file {}", function.source));
    }
    if function.required > function.parameters {
        return fail(format!("{} of {} parameters are required", function.required, function.parameters));
    }
    if function.captures.len() > MAX_CAPTURES {
        return fail(format!("{} captures, more than {MAX_CAPTURES}", function.captures.len()));
    }
    if function.code.is_empty() {
        return fail("it has no instructions".into());
    }
    if function.code.len() > MAX_CODE {
        return fail(format!("{} instructions, more than {MAX_CODE}", function.code.len()));
    }
    check_positions(function)?;
    check_debug(function, pool).map_err(VerifyError::new)
}

/// A debugger shows and changes what lies at these places.
fn check_debug(function: &Function, pool: &Pool) -> Result<(), String> {
    let mut next = 0;
    for (index, statement) in function.debug.statements.iter().enumerate() {
        if statement.instruction < next || statement.instruction as usize >= function.code.len() {
            return Err(format!("statement {index} does not rise within the code"));
        }
        if statement.line == 0 || statement.column == 0 {
            return Err(format!("statement {index} has a line or column of 0"));
        }
        next = statement.instruction + 1;
    }
    for variable in &function.debug.variables {
        let known = match variable.place {
            Place::Slot(_) => true,
            Place::Capture(capture) => usize::from(capture) < function.captures.len(),
            Place::Global(global) => (global as usize) < pool.globals,
            Place::Function(place) => pool.functions.get(place as usize).is_some_and(|needs| needs.captures == 0),
        };
        if !known || variable.start > variable.end || variable.end as usize > function.code.len() {
            return Err(format!("variable `{}` is nowhere", variable.name.escape_debug()));
        }
    }
    Ok(())
}

fn check_positions(function: &Function) -> Result<(), VerifyError> {
    let mut next = 0;
    for (index, position) in function.positions.iter().enumerate() {
        let placed = position.instruction >= next && (position.instruction as usize) < function.code.len();
        if !placed {
            return Err(VerifyError::new(format!("position {index} does not rise within the code")));
        }
        if position.line == 0 || position.column == 0 || position.length == 0 {
            return Err(VerifyError::new(format!("position {index} has a line, column or length of 0")));
        }
        next = position.instruction + 1;
    }
    Ok(())
}
