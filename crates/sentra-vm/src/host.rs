//! Functions of an embedding program that scripts can call.
//!
//! Such a function is a value of its own, kept as the receiver of one builtin, `__call_host`:
//! to the interpreter it is a bound method like any other.

use crate::builtin::{Arguments, Types, describe_counts};
use crate::builtins;
use crate::fault::Fault;
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::value::Value;
use crate::vm::Vm;

crate::builtins! { TABLE:
    "__call_host" in [] (function: Types::OBJECT; ...arguments: Types::ANY) -> "any",
        faults [], Nothing,
        "Calls a function of the embedding program.",
        "" => Native(call);
}

type Closure = dyn Fn(&mut Vm, Arguments) -> Result<Value, Box<Fault>>;

/// A registered function.
struct Host {
    name: String,
    arity: usize,
    function: std::rc::Rc<Closure>,
}

impl Payload for Host {
    fn type_name(&self) -> &'static str {
        "function"
    }

    fn trace(&self, _marker: &mut Marker) {}
}

fn call(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let Some(host) = args.value(0).as_payload::<Host>() else {
        return Err(Fault::type_error("only functions of the embedding program can be called so"));
    };
    let arguments = Arguments(&args.0[1..]);
    if arguments.len() != host.arity {
        let counts = describe_counts(host.arity, Some(host.arity));
        return Err(Fault::new("arity", format!("`{}` takes {counts}, got {}", host.name, arguments.len())));
    }
    // Counted, so that the function outlives a script that lets go of it meanwhile.
    let function = std::rc::Rc::clone(&host.function);
    function(vm, arguments)
}

impl Vm {
    /// Makes a Rust closure callable from the session's scripts by this name, with exactly `arity`
    /// arguments. It must not block: the VM's other fibers wait while it runs.
    pub fn register(
        &mut self,
        name: &str,
        arity: usize,
        function: impl Fn(&mut Vm, Arguments) -> Result<Value, Box<Fault>> + 'static,
    ) {
        let host = Host { name: name.to_string(), arity, function: std::rc::Rc::new(function) };
        let host = self.heap.payload(host);
        let number = builtins::find("__call_host").expect("the table is part of the registry");
        let function = self.heap.bound(number, host);
        self.set(name, function);
    }
}
