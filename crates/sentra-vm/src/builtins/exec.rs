//! Other programs. They are started on a worker thread; their pipes and their end are waited
//! for on the event loop.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Instant;

use super::environment;
use super::fibers::moment;
use super::settings::Settings;
use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::Map;
use crate::value::Value;
use crate::vm::Vm;

mod child;
mod running;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// Bytes of output, of each kind, unless the script says otherwise.
const MOST_OUTPUT: i64 = 256 << 20;
const OPTIONS: [&str; 5] = ["stdin", "cwd", "env", "timeout", "max_output"];

builtins! { TABLE:
    "exec" in ["os"] (command: Types::STRING, args: Types::ARRAY => "[]", options: Types::MAP => "{}") -> "map",
        faults ["not_found", "permission", "not_a_directory", "timeout", "range", "memory", "io"], Process,
        "Runs a program, which no shell looks at, and waits for its end, not for that of programs it leaves behind: `{status, stdout, stderr, signal}`; one that a signal ended has its name in `signal` and 128 and its number as `status`. Options: `stdin` (nothing), `cwd`, `env` (a map that adds variables, nil removes one), `timeout` in seconds (it is killed), `max_output` (256 MiB of each kind). It is killed too, with what it has started in its process group, when the fiber is cancelled.",
        "let result = exec(\"tr\", [\"a-z\", \"A-Z\"], {stdin: \"loud\"})\nlog(result.status, result.stdout) // expect: 0 LOUD" => Native(exec);
}

/// What to start.
struct Command {
    program: Vec<u8>,
    arguments: Vec<Vec<u8>>,
    environment: Vec<(Vec<u8>, Vec<u8>)>,
    folder: Option<PathBuf>,
    has_input: bool,
}

fn exec(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let settings = Settings::new("exec", args.optional(2), &OPTIONS)?;
    let bytes = |name| -> Result<Option<Vec<u8>>> {
        Ok(settings.get(name, Types::STRING)?.and_then(Value::as_bytes).map(<[u8]>::to_vec))
    };
    let input = bytes("stdin")?;
    let program = without_nul(args.bytes(0))?;
    let changes = settings.get("env", Types::MAP)?.and_then(Value::as_map);
    for name in changes.into_iter().flat_map(Map::iter).filter_map(|(name, _)| name.as_bytes()) {
        vm.system.permissions.env(name)?;
    }
    let command = Command {
        program: vm.system.permissions.exec(&program)?,
        arguments: arguments(args)?,
        environment: variables(changes)?,
        folder: bytes("cwd")?.map(|folder| PathBuf::from(OsString::from_vec(folder))),
        has_input: input.is_some(),
    };
    let most = settings.integer("max_output", 0, i64::MAX)?.unwrap_or(MOST_OUTPUT);
    let until = match settings.number("timeout")? {
        Some(seconds) if seconds >= 0.0 => moment(seconds).map(|at| (at, seconds)),
        Some(seconds) => return Err(Fault::range(format!("a timeout is not negative, got {seconds}"))),
        None => None,
    };
    start(vm, command, input, most as u64, until)
}

fn start(
    vm: &mut Vm,
    command: Command,
    input: Option<Vec<u8>>,
    most: u64,
    until: Option<(Instant, f64)>,
) -> Result<Value> {
    let name = String::from_utf8_lossy(&command.program).into_owned();
    vm.hear_children().map_err(|error| Fault::new("io", format!("cannot run {name}: {error}")))?;
    vm.start(running::Exec::new(name, command, input.unwrap_or_default(), most, until))
}

fn without_nul(bytes: &[u8]) -> Result<Vec<u8>> {
    if bytes.contains(&0) {
        return Err(Fault::range("what a program is given has no NUL"));
    }
    Ok(bytes.to_vec())
}

fn arguments(args: Arguments) -> Result<Vec<Vec<u8>>> {
    let given = args.optional(1).and_then(Value::as_array);
    let one = |(index, value): (usize, Value)| {
        if value.is_number() {
            let mut text = Vec::new();
            crate::number::write(&mut text, value);
            return Ok(text);
        }
        match value.as_bytes() {
            Some(bytes) => without_nul(bytes),
            None => Err(Fault::type_error(format!(
                "`exec` passes strings and numbers to a program, got {} at index {index}",
                value.type_name()
            ))),
        }
    };
    given.into_iter().flat_map(|array| array.to_vec()).enumerate().map(one).collect()
}

/// The environment with these changes.
fn variables(changes: Option<Map>) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut all = environment().clone();
    for (key, value) in changes.into_iter().flat_map(Map::iter) {
        let name = key.as_bytes().filter(|name| !name.is_empty() && !name.contains(&b'=') && !name.contains(&0));
        let Some(name) = name else {
            return Err(Fault::range("a name of an environment variable is not empty and has no `=` and no NUL"));
        };
        match value.as_bytes() {
            Some(text) => drop(all.insert(name.to_vec(), without_nul(text)?)),
            None if value.is_nil() => drop(all.remove(name)),
            None => {
                let (name, got) = (String::from_utf8_lossy(name), value.type_name());
                return Err(Fault::type_error(format!(
                    "a variable of the environment is a string, got {got} for `{name}`"
                )));
            }
        }
    }
    Ok(all.into_iter().collect())
}
