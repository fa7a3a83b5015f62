//! Modules that are built to make a careless verifier slow: time stays linear in their size.

use std::time::{Duration, Instant};

use sentra_bytecode::{
    Capture, Constant, Export, Function, Handler, HandlerKind, Instruction, Module, Opcode, decode, encode, verify,
};

#[path = "format/build.rs"]
#[allow(dead_code, reason = "the tests of the format use the rest")]
mod build;

const MANY: usize = 60_000;
/// Generous: each of these takes milliseconds, and hours if a product of two sizes hides in it.
const PATIENCE: Duration = Duration::from_secs(20);

fn code(instruction: Instruction) -> Vec<Instruction> {
    let mut code = [instruction, build::op(Opcode::Pop)].repeat(MANY);
    code.push(build::end());
    code
}

#[track_caller]
fn assert_quick(mut module: Module) {
    let started = Instant::now();
    let mut read = decode(&encode(&module)).unwrap();
    assert!(read == module);
    assert_eq!(verify(&mut module), Ok(()));
    assert_eq!(verify(&mut read), Ok(()));
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn many_closures_of_a_function_with_many_captures() {
    let mut module = build::program(code(build::wide(Opcode::Closure, 0, 1)));
    module.functions[0].code.insert(0, build::op(Opcode::Nil));
    let captures = vec![Capture::Slot(0); MANY];
    module.functions.push(Function { captures, code: vec![build::end()], ..Function::default() });
    assert_quick(module);
}

#[test]
fn many_keys_constants_of_one_long_string() {
    let mut module = build::program(vec![build::end()]);
    module.constants = vec![Constant::String(vec![b'x'; 1 << 20].into())];
    module.constants.extend((0..MANY).map(|_| Constant::Keys([0].into())));
    assert_quick(module);
}

#[test]
fn many_handlers_within_each_other() {
    let mut module = build::program(code(build::op(Opcode::Nil)));
    let end = 2 * MANY as u32;
    let handler = |start| Handler { start, end, target: end + 1, depth: 0, kind: HandlerKind::Catch };
    module.functions[0].handlers = (0..MANY as u32).map(handler).collect();
    module.functions[0].code.push(build::op(Opcode::Throw));
    assert_quick(module);
}

#[test]
fn many_jumps_to_one_place() {
    let jumps = (0..MANY).flat_map(|index| {
        let left = 2 * (MANY - index) as i32;
        [build::op(Opcode::True), build::jump(Opcode::JumpIfTrue, 0, left - 2)]
    });
    assert_quick(build::program(jumps.chain([build::end()]).collect()));
}

#[test]
fn many_files_with_many_exports() {
    let mut module = build::program(vec![build::end()]);
    module.sources[0].exports = (0..MANY).map(|index| (index.to_string(), Export::Function(0))).collect();
    module.sources = vec![module.sources[0].clone(); 20];
    assert_quick(module);
}
