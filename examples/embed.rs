//! A Rust program that embeds Sentra: it evaluates source text, calls a script's function, offers
//! one of its own to scripts, and ends in a REPL if started with `--repl`.
//!
//! Run it with `cargo run --example embed`.

use sentra_vm::convert::{FromValue, IntoValue};
use sentra_vm::error::Error;
use sentra_vm::fault::Fault;
use sentra_vm::vm::{Options, Vm};

/// Ports that this program allows scripts to know.
const PORTS: &[(&str, i64)] = &[("http", 80), ("https", 443), ("ssh", 22)];

/// Does all of it.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut vm = Vm::new(Options::default())?;

    // Source text goes in, the value of its last expression comes out.
    let sum = vm.evaluate("let xs = [1, 2, 3]\nxs.map(|x| x * x).sum()")?;
    println!("sum of squares: {}", i64::from_value(sum).ok_or("not a number")?);

    // A Rust closure that scripts call by name. What it returns as a fault, they can catch.
    vm.register("port_of", 1, |vm, arguments| {
        let name = arguments.value(0).as_bytes().ok_or_else(|| Fault::type_error("`port_of` takes a name"))?;
        let port = PORTS.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, port)| *port);
        Ok(port.into_value(&mut vm.heap))
    });
    vm.evaluate("fn describe(name) {\n    let port = port_of(name)\n    return port == nil ? f\"{name} is unknown\" : f\"{name} is on port {port}\"\n}")?;

    // A function of the script, called from Rust. The handle keeps it while scripts run.
    let describe = vm.get("describe").ok_or("the script declares `describe`")?;
    let describe = vm.hold(describe);
    for name in ["ssh", "gopher"] {
        let argument = name.into_value(&mut vm.heap);
        let text = vm.call(describe.value(), &[argument])?;
        println!("{}", String::from_value(text).ok_or("not a string")?);
    }

    // An error that the script does not catch comes back with its report.
    match vm.evaluate("port_of(22)") {
        Err(Error::Fault { message, kind, .. }) => println!("refused: {message} ({kind})"),
        other => println!("unexpected: {other:?}"),
    }

    // Fibers that scripts started run whenever the VM does; `drain` waits for them.
    vm.evaluate("spawn { sleep(10); log(\"a fiber has ended\") }")?;
    vm.drain()?;

    if std::env::args().any(|argument| argument == "--repl") {
        std::process::exit(sentra_vm::repl::run(&mut vm));
    }
    Ok(())
}
