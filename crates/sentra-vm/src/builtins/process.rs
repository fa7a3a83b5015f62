//! The program: its arguments and its end; and the fiber's last failure.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "args" in ["os"] () -> "array",
        faults [], Nothing,
        "The arguments that the program was started with.",
        "log(type(args())) // expect: array" => Native(arguments);
    "exit" in ["os"] (status: Types::INTEGER => "0") -> "never",
        faults ["range"], Nothing,
        "Ends the program with a status from 0 to 255.",
        "log(\"a\") // expect: a\nexit(0)\nlog(\"never\")" => Native(exit);
    "platform" in ["os"] () -> "string",
        faults [], Nothing,
        "The name of the operating system.",
        "log(len(platform()) > 0) // expect: true" => Native(platform);
    "last_error" in [] () -> "map or nil",
        faults [], Nothing,
        "Why the last builtin that reported a failure by its value failed, in this fiber: `{kind, message, function}`; nil if none did.",
        "log(last_error()) // expect: nil" => Native(last_error);
}

fn arguments(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let texts: Vec<Value> = vm.options.arguments.iter().map(|argument| vm.heap.text(argument.as_bytes())).collect();
    Ok(vm.heap.array(&texts).value())
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

fn last_error(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(vm.fiber().last_error)
}
