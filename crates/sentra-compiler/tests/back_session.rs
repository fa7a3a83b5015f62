//! Sessions: top-level names are globals that later input finds by name.

use sentra_bytecode::Opcode;
use sentra_compiler::compile::{CompileOptions, Compiled, Rejected, SessionName, compile};
use sentra_compiler::load::NoLoader;

fn input(text: &str, known: &[(&str, bool)]) -> Result<Compiled, Box<Rejected>> {
    let names = known.iter().map(|(name, constant)| SessionName {
        name: name.to_string(),
        constant: *constant,
        function: false,
    });
    let options = CompileOptions { session: Some(names.collect()), ..CompileOptions::default() };
    compile("<repl>", text.as_bytes(), &mut NoLoader, &options)
}

fn names(compiled: &Compiled) -> Vec<(&str, bool)> {
    compiled.names.iter().map(|known| (&*known.name, known.constant)).collect()
}

fn main_ops(compiled: &Compiled) -> Vec<Opcode> {
    let main = compiled.module.sources[0].main as usize;
    compiled.module.functions[main].code.iter().map(|instruction| instruction.op).collect()
}

#[test]
fn declarations_become_shared_globals() {
    let compiled = input("let a = 1\nconst B = 2\nfn f() { return a }", &[]).expect("it compiles");
    assert_eq!(names(&compiled), [("f", false), ("a", false), ("B", true)]);
    assert!(compiled.module.globals.iter().all(|global| global.shared));
}

#[test]
fn earlier_names_are_known() {
    let compiled = input("a + f(1)", &[("a", false), ("f", false)]).expect("it compiles");
    assert_eq!(compiled.module.globals.len(), 2);
    assert!(main_ops(&compiled).contains(&Opcode::GetGlobal));
    assert!(input("B = 3", &[("B", true)]).is_err());
    assert!(input("c", &[("a", false)]).is_err());
    let again = input("let a = a + 1", &[("a", false)]).expect("it compiles");
    assert_eq!(names(&again), [("a", false)]);
}

#[test]
fn the_last_expression_is_the_result() {
    let compiled = input("let a = 1\na + 1", &[]).expect("it compiles");
    assert_eq!(main_ops(&compiled).last(), Some(&Opcode::Return));
    let options = CompileOptions { result: true, ..CompileOptions::default() };
    let compiled = compile("<eval>", b"1 + 2", &mut NoLoader, &options).expect("it compiles");
    assert_eq!(main_ops(&compiled), [Opcode::Int, Opcode::Return]);
}

#[test]
fn a_constant_may_be_declared_again() {
    let compiled = input("let B = 3", &[("B", true)]).expect("it compiles");
    assert_eq!(names(&compiled), [("B", false)]);
}
