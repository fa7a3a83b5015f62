//! This process: its environment, folder and numbers.

use std::collections::BTreeMap;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "env" in ["os"] (name: Types::STRING => "all", default: Types::ANY => "nil") -> "string or map",
        faults [], Process,
        "An environment variable, or a default if it is not set; without a name a map of all.",
        "env_set(\"GREETING\", \"hi\")\nlog(env(\"GREETING\"), env(\"NO_SUCH_NAME\", \"none\")) // expect: hi none" => Native(env);
    "env_set" in ["os"] (name: Types::STRING, value: Types::STRING.or(Types::NIL)) -> "nil",
        faults ["range"], Process,
        "Sets an environment variable for this program and those it starts; nil removes it.",
        "env_set(\"GREETING\", \"hi\")\nenv_set(\"GREETING\", nil)\nlog(env(\"GREETING\")) // expect: nil" => Native(env_set);
    "cwd" in ["os"] () -> "string",
        faults ["io"], Process,
        "The folder that relative paths start from.",
        "log(len(cwd()) > 0) // expect: true" => Native(cwd);
    "pid" in ["os"] () -> "number",
        faults [], Process,
        "The number of this process.",
        "log(pid() > 0) // expect: true" => Native(pid);
    "worker_number" in ["os"] () -> "number",
        faults [], Nothing,
        "The number of this process among those of `sentra-vm run --workers N`, from 1 to N; 0 if there is only this one.",
        "log(worker_number()) // expect: 0" => Native(worker_number);
}

type Environment = BTreeMap<Vec<u8>, Vec<u8>>;

/// The environment as scripts see it: the process's own may not be changed while other threads run.
static ENVIRONMENT: LazyLock<Mutex<Environment>> = LazyLock::new(|| {
    let variables = std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec()));
    Mutex::new(variables.collect())
});

/// The environment that child processes get.
pub(crate) fn environment() -> MutexGuard<'static, Environment> {
    ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn worker_number(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Value::number(f64::from(crate::worker::number())))
}

fn env(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if args.optional(0).is_some() {
        vm.system.permissions.env(args.bytes(0))?;
        let found = environment().get(args.bytes(0)).map(|value| vm.heap.text(value));
        return Ok(found.unwrap_or(args.value(1)));
    }
    vm.system.permissions.some_env()?;
    let permissions = Arc::clone(&vm.system.permissions);
    let all = vm.heap.map(0);
    for (name, value) in environment().iter().filter(|(name, _)| permissions.env(name).is_ok()) {
        let (name, value) = (vm.heap.text(name), vm.heap.text(value));
        all.set(&mut vm.heap, name, value)?;
    }
    Ok(all.value())
}

fn env_set(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let name = args.bytes(0);
    if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
        return Err(Fault::range("a name of an environment variable is not empty and has no `=` and no NUL"));
    }
    vm.system.permissions.env(name)?;
    match args.optional(1).and_then(Value::as_bytes) {
        Some(value) if value.contains(&0) => return Err(Fault::range("a value in the environment has no NUL")),
        Some(value) => drop(environment().insert(name.to_vec(), value.to_vec())),
        None => drop(environment().remove(name)),
    }
    Ok(Value::NIL)
}

fn cwd(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    match std::env::current_dir() {
        Ok(path) => Ok(vm.heap.text(path.as_os_str().as_bytes())),
        Err(error) => Err(Fault::new("io", format!("cannot tell the current folder: {error}"))),
    }
}

fn pid(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Value::number(f64::from(std::process::id())))
}
