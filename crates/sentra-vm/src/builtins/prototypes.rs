//! What all modules written in Sentra need besides ordinary builtins, and the member of `async` that is none.

use crate::builtin::{Arguments, Types};
use crate::builtins::objects;
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "async::timeout" in ["async:timeout"] (ms: Types::NUMBER, f: Types::FUNCTION) -> "any",
        faults ["timeout"], Nothing,
        "Calls a function and gives its result; after so many milliseconds it is cancelled, and an error thrown.",
        "try { async::timeout(10, || sleep(1000)) } catch e { log(e.kind) } // expect: timeout" => Library;
    "__object" in [] (prototype: Types::STRING, fields: Types::MAP) -> "map",
        faults [], Nothing,
        "Gives a map the methods of a prototype, and returns it.",
        "let request = http::get(\"http://127.0.0.1:1/\")\nlog(request.timeout(5000) == request) // expect: true" => Native(object);
    "__raise" in [] (function: Types::STRING) -> "never",
        faults [], Nothing,
        "Throws what `last_error` says.",
        "try { net::TcpStream::connect(\"127.0.0.1:1\") } catch e { log(e.kind) } // expect: connection_refused" => Native(raise);
    "__settings" in [] (function: Types::STRING, given: Types::MAP => "{}", defaults: Types::MAP => "{}") -> "map",
        faults ["range", "type"], Nothing,
        "The options that were given over the defaults; throws for what is unknown or of another type.",
        "try { cache::connect(\"redis://127.0.0.1:1\", {ttl: 5}) } catch e { log(e.kind) } // expect: range" => Library;
}

type Result<T> = std::result::Result<T, Box<Fault>>;

fn object(_: &mut Vm, args: Arguments) -> Result<Value> {
    let number = objects::number(&args.string(0)).expect("the library names prototypes");
    args.map(1).set_prototype(number);
    Ok(args.value(1))
}

fn raise(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let last = vm.fiber().last_error.as_map();
    let part = |name: &[u8]| {
        let text = last.and_then(|map| map.get_text(name));
        text.and_then(|text| Some(String::from_utf8_lossy(text.as_bytes()?).into_owned()))
    };
    let (kind, message) = (part(b"kind"), part(b"message"));
    let function = args.string(0);
    Err(Fault::new(
        &kind.unwrap_or_else(|| "io".into()),
        message.unwrap_or_else(|| format!("`{function}` failed for an unknown reason")),
    ))
}
