//! An executable that brings its program with it: all arguments are the program's, the flags come from the bundle. What
//! such a process is for besides running the program, it learns from the name that it is started by: no argument and no
//! variable of the environment may change what the program is allowed.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use sentra_compiler::command_line::{Parsed, Request};

use super::{become_worker, limits, start, table, vm, workers};
use crate::bundle::Bundle;
use crate::program::Program;

/// What a process is started for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Role {
    Program,
    /// Its number, and who knows the ports.
    Worker(OsString, OsString),
    /// To see whether program and flags fit the machine, which ends it.
    Check,
}

impl Role {
    /// The name by which a worker is started.
    pub fn worker(number: u32, ports: &Path) -> OsString {
        let mut name = OsString::from(format!("sentra worker {number} "));
        name.push(ports);
        name
    }

    fn of(name: &OsStr) -> Self {
        if name == sentra_bytecode::bundle::CHECK {
            return Self::Check;
        }
        let parts: Vec<&[u8]> = name.as_bytes().splitn(4, |byte| *byte == b' ').collect();
        match parts[..] {
            [b"sentra", b"worker", number, ports] => {
                Self::Worker(OsString::from_vec(number.to_vec()), OsString::from_vec(ports.to_vec()))
            }
            _ => Self::Program,
        }
    }
}

/// Runs the program; the status.
pub(super) fn run(bundle: Bundle, name: OsString, arguments: impl Iterator<Item = OsString>) -> Result<i32, String> {
    let role = Role::of(&name);
    let mut line: Vec<OsString> = vec!["run".into()];
    if let Role::Worker(number, ports) = &role {
        line.extend(["--worker".into(), number.clone(), "--ports".into(), ports.clone()]);
    }
    line.extend(bundle.flags);
    line.extend(["--".into(), name.clone()]);
    let operands = line.len() - 1;
    line.extend(arguments);
    let expected = line.len() - operands;
    let parsed = match table::PROGRAM.parse(line)? {
        Request::Run(parsed) if parsed.operands.len() == expected => parsed,
        _ => return Err("error: a program is bundled with flags of `sentra-vm run` and nothing else".into()),
    };
    let program = || Program::decoded(&bundle.program).map_err(|error| format!("error: {}: {error}", name.display()));
    match (role, workers::count(&parsed)?) {
        (Role::Check, _) => check(&parsed, program()?),
        (Role::Program, Some(count)) => workers::run(&parsed, count, Some(bundle.executable)),
        _ => {
            become_worker(&parsed)?;
            start(&parsed, program)
        }
    }
}

/// Does all that comes before the program's first instruction.
fn check(parsed: &Parsed, program: Program) -> Result<i32, String> {
    limits::max_time(parsed)?;
    limits::number(parsed, "max-open")?;
    vm(parsed)?.load(program.module, program.texts).map_err(|message| format!("error: {message}"))?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_from_names() {
        let worker = Role::worker(3, Path::new("/tmp/a b/ports"));
        assert_eq!(Role::of(&worker), Role::Worker("3".into(), "/tmp/a b/ports".into()));
        for name in ["./app", "", "sentra", "sentra worker 3", "sentra-worker 3 x"] {
            assert_eq!(Role::of(name.as_ref()), Role::Program, "{name}");
        }
    }
}
