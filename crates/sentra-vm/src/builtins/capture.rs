//! What tests need besides assertions: what a function prints, and a way to say that a test cannot run here.

use std::rc::Rc;

use crate::builtin::{Arguments, Types};
use crate::capture::Capture;
use crate::fault::Fault;
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "capture_output" in ["test:capture"] (f: Types::FUNCTION) -> "string",
        faults [], Nothing,
        "Calls a function and gives what it and the fibers that it starts write to standard output and standard error until it returns. If it throws, so does this, after writing that.",
        "let text = capture_output(|| log(\"hello\"))\nlog(text.upper()) // expect: HELLO\n// expect:" => Library;
    "skip_test" in ["test:skip"] (reason: Types::STRING) -> "never",
        faults ["skipped"], Nothing,
        "Ends a test that cannot run here: `sentra-vm test` reports it as skipped, with the reason.",
        "try { skip_test(\"needs a network\") } catch e { log(e.kind, e) } // expect: skipped needs a network" => Native(skip_test);
    "__capture" in [] () -> "object",
        faults [], Nothing,
        "Starts to keep the fiber's output.",
        "log(capture_output(|| print(1))) // expect: 1" => Native(capture);
    "__captured" in [] (capture: Types::OBJECT) -> "string",
        faults ["memory"], Nothing,
        "Ends what `__capture` started and gives the output.",
        "log(capture_output(|| print(1))) // expect: 1" => Native(captured);
}

type Result<T> = std::result::Result<T, Box<Fault>>;

fn skip_test(_: &mut Vm, args: Arguments) -> Result<Value> {
    Err(Fault::new("skipped", args.string(0)))
}

/// A capture that library code holds.
struct Held(Rc<Capture>);

impl Payload for Held {
    fn type_name(&self) -> &'static str {
        "capture"
    }

    fn trace(&self, _: &mut Marker) {}
}

fn capture(vm: &mut Vm, _: Arguments) -> Result<Value> {
    let capture = Capture::start(vm);
    Ok(vm.heap.payload(Held(capture)))
}

fn captured(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let held = args.value(0).as_payload::<Held>().expect("the library passes what `__capture` gave");
    let bytes = Rc::clone(&held.0).end(vm);
    vm.heap.checked_text(&bytes)
}
