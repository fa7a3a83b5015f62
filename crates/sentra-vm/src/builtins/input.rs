//! Input, line by line.

use crate::builtin::{Arguments, Types};
use crate::console;
use crate::fault::Fault;
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "input" in ["io"] (prompt: Types::ANY => "none") -> "string",
        faults ["io", "range"], Nothing,
        "Writes a prompt and reads a line from standard input, without its end; nil when there is no more.",
        "log(input()) // expect: nil" => Native(input);
    "readline" in ["io"] () -> "string",
        faults ["io", "range"], Nothing,
        "Reads a line from standard input, without its end; nil when there is no more.",
        "log(readline()) // expect: nil" => Native(input);
}

fn input(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    if let Some(prompt) = args.optional(0) {
        let mut text = Vec::new();
        show::text(&vm.heap, prompt, &mut text);
        vm.output.write(&text);
    }
    vm.output.flush();
    console::read(vm)
}
