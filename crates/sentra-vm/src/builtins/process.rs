//! This process: its arguments, environment and end; and the fiber's last failure.

use std::collections::BTreeMap;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "args" in ["os"] () -> "array",
        faults [], Nothing,
        "The arguments that the program was started with.",
        "log(type(args())) // expect: array" => Native(arguments);
    "env" in ["os"] (name: Types::STRING => "all", default: Types::ANY => "nil") -> "string or map",
        faults [], Process,
        "An environment variable, or a default if it is not set; without a name a map of all.",
        "env_set(\"GREETING\", \"hi\")\nlog(env(\"GREETING\"), env(\"NO_SUCH_NAME\", \"none\")) // expect: hi none" => Native(env);
    "env_set" in ["os"] (name: Types::STRING, value: Types::STRING.or(Types::NIL)) -> "nil",
        faults ["range"], Process,
        "Sets an environment variable for this program and those it starts; nil removes it.",
        "env_set(\"GREETING\", \"hi\")\nenv_set(\"GREETING\", nil)\nlog(env(\"GREETING\")) // expect: nil" => Native(env_set);
    "exit" in ["os"] (status: Types::INTEGER => "0") -> "never",
        faults ["range"], Nothing,
        "Ends the program with a status from 0 to 255.",
        "log(\"a\") // expect: a\nexit(0)\nlog(\"never\")" => Native(exit);
    "platform" in ["os"] () -> "string",
        faults [], Nothing,
        "The name of the operating system.",
        "log(len(platform()) > 0) // expect: true" => Native(platform);
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
    "last_error" in [] () -> "map or nil",
        faults [], Nothing,
        "Why the last builtin that reported a failure by its value failed, in this fiber: `{kind, message, function}`; nil if none did.",
        "log(last_error()) // expect: nil" => Native(last_error);
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

fn arguments(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let texts: Vec<Value> = vm.options.arguments.iter().map(|argument| vm.heap.text(argument.as_bytes())).collect();
    Ok(vm.heap.array(&texts).value())
}

fn worker_number(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Value::number(f64::from(crate::worker::number())))
}

fn env(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if args.optional(0).is_some() {
        let found = environment().get(args.bytes(0)).map(|value| vm.heap.text(value));
        return Ok(found.unwrap_or(args.value(1)));
    }
    let all = vm.heap.map(0);
    for (name, value) in environment().iter() {
        let (name, value) = (vm.heap.text(name), vm.heap.text(value));
        all.set(&mut vm.heap, name, value)?;
    }
    Ok(all.value())
}

fn env_set(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let name = args.bytes(0);
    if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
        return Err(Fault::range("a name of an environment variable is not empty and has no `=` and no NUL"));
    }
    match args.optional(1).and_then(Value::as_bytes) {
        Some(value) if value.contains(&0) => return Err(Fault::range("a value in the environment has no NUL")),
        Some(value) => drop(environment().insert(name.to_vec(), value.to_vec())),
        None => drop(environment().remove(name)),
    }
    Ok(Value::NIL)
}

fn exit(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let status = args.optional(0).map_or(0, |_| args.integer(0));
    if !(0..=255).contains(&status) {
        return Err(Fault::range(format!("an exit status is from 0 to 255, got {status}")));
    }
    vm.exit_status = Some(status as i32);
    // The fiber waits for ever: the scheduler ends the run before anything else happens.
    vm.park()
}

fn platform(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(vm.heap.text(std::env::consts::OS.as_bytes()))
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

fn last_error(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(vm.fiber().last_error)
}
