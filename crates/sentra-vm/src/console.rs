//! Standard input, line by line. Reading waits on a worker thread; other fibers run on.

use std::io::{self, BufRead, ErrorKind, Read};

use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

/// The longest line.
const LONGEST: u64 = 256 << 20;

/// The next line, without its end; nil when there is no more.
pub(crate) fn read(vm: &mut Vm) -> Result<Value, Box<Fault>> {
    vm.offload(read_line, |vm, line| match line {
        Ok(Some(line)) => vm.heap.checked_text(&line),
        Ok(None) => Ok(Value::NIL),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            Err(Fault::range(format!("a line of more than {LONGEST} bytes")))
        }
        Err(error) => Err(Fault::new("io", format!("cannot read standard input: {error}"))),
    })
}

fn read_line() -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let count = io::stdin().lock().take(LONGEST).read_until(b'\n', &mut line)?;
    if line.pop_if(|byte| *byte == b'\n').is_some() {
        line.pop_if(|byte| *byte == b'\r');
    } else if count as u64 == LONGEST {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok((count > 0).then_some(line))
}
