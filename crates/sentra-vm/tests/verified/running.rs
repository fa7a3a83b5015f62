//! Runs a module that nobody trusts, bounded in memory and turns. The fuzz target runs the same.

use sentra_bytecode::format::seal;
use sentra_bytecode::{Constant, Module, decode};
use sentra_vm::builtin::Capability;
use sentra_vm::builtins;
use sentra_vm::heap::collect::Stress;
use sentra_vm::output::Output;
use sentra_vm::vm::{Options, Vm};

/// Bytes that a program's values may take.
const MEMORY: usize = 2 << 20;
/// How often fibers may run.
const TURNS: u64 = 1500;

/// Whether a program may call a builtin of this name here: it reaches nothing outside, and
/// neither waits for time to pass nor for input.
pub fn is_harmless(name: &str) -> bool {
    const WAITING: [&str; 12] = [
        "sleep",
        "after",
        "every",
        "timeout",
        "rate_limiter",
        "retry",
        "input",
        "read_line",
        "read_all",
        "__wait_within",
        "flush",
        "parallel",
    ];
    let known = builtins::find(name).map(builtins::get);
    known.is_none_or(|builtin| builtin.capability == Capability::Nothing) && !WAITING.contains(&name)
}

/// Whether that holds for everything that the module names.
fn names_only_harmless(module: &Module) -> bool {
    let names = module.constants.iter().filter_map(|constant| match constant {
        Constant::String(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    });
    names.chain(module.externs.iter().map(|builtin| builtin.name.as_str())).all(is_harmless)
}

/// Loads and runs a module, in the smallest slices or at a stretch; whether it was accepted.
pub fn run(module: Module, sliced: bool, stress: Option<Stress>) -> bool {
    let options = Options {
        max_memory: Some(MEMORY),
        smallest_slice: sliced,
        most_switches: Some(TURNS),
        collect_always: stress,
        ..Options::default()
    };
    let mut vm = Vm::new(options).expect("descriptors can be had");
    (vm.output, _) = Output::capture();
    let Ok(main) = vm.load(module, Vec::new()) else { return false };
    if let Ok(task) = vm.spawn(main, &[]) {
        let ended = vm.run(task, true);
        // Whatever it was, it can be shown.
        assert!(!format!("{ended:?}").is_empty());
    }
    vm.collect_fully();
    true
}

/// As [`run`], for the bytes of a file, whose checksum is put right.
#[allow(dead_code, reason = "one of the users makes modules")]
pub fn run_bytes(bytes: &[u8]) -> bool {
    let mut sealed = bytes.to_vec();
    seal(&mut sealed);
    match decode(&sealed) {
        Ok(module) if names_only_harmless(&module) => run(module, true, Some(Stress::Piece)),
        _ => false,
    }
}
