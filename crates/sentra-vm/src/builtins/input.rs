//! Standard input, line by line. Reading waits on a worker thread; other fibers run on.

use std::io::{BufRead, Read};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

/// The longest line.
const LONGEST: u64 = 256 << 20;

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
    vm.offload(read_line, |vm, line| match line {
        Ok(Some(line)) => vm.heap.checked_text(&line),
        Ok(None) => Ok(Value::NIL),
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Err(Fault::range(format!("a line of more than {LONGEST} bytes")))
        }
        Err(error) => Err(Fault::new("io", format!("cannot read standard input: {error}"))),
    })
}

fn read_line() -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let count = std::io::stdin().lock().take(LONGEST).read_until(b'\n', &mut line)?;
    if line.pop_if(|byte| *byte == b'\n').is_some() {
        line.pop_if(|byte| *byte == b'\r');
    } else if count as u64 == LONGEST {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    Ok((count > 0).then_some(line))
}
