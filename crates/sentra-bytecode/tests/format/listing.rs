//! The listing of a small program, whole.

use sentra_bytecode::{
    Capture, Constant, Export, Extern, Function, Global, Handler, HandlerKind, Module, Opcode, Position, Source, list,
    verify,
};

use crate::build::*;

fn at(instruction: u32, line: u32) -> Position {
    Position { instruction, line, column: 1, length: 1 }
}

fn sample() -> Module {
    let mut module = program(vec![
        wide(Opcode::Const, 0, 0),
        abc(Opcode::JumpNotLtLI, 0, 3, 2),
        wide(Opcode::Closure, 0, 1),
        op(Opcode::Pop),
        wide(Opcode::Const, 0, 1),
        wide(Opcode::CallBuiltin, 1, 0),
        wide(Opcode::SetGlobal, 0, 0),
        end(),
        op(Opcode::Throw),
    ]);
    module.constants = vec![Constant::Number(0.5), Constant::String((*b"it's\n\xFF").into())];
    module.externs = vec![Extern { name: "log".into() }];
    module.globals = vec![Global { name: "answer".into(), shared: false }];
    module.sources[0].exports = vec![("answer".into(), Export::Global(0))];
    let main = &mut module.functions[0];
    main.handlers = vec![Handler { start: 4, end: 7, target: 8, depth: 1, kind: HandlerKind::Catch }];
    main.positions = vec![at(0, 1), at(1, 2), at(5, 3)];
    module.functions.push(Function {
        parameters: 2,
        required: 1,
        rest: true,
        captures: vec![Capture::Slot(0)],
        code: vec![abc(Opcode::AddLI, 1, 0, 0xFFFF), op(Opcode::Return)],
        positions: vec![at(0, 9)],
        ..Function::default()
    });
    verify(&mut module).unwrap();
    module
}

const EXPECTED: &str = r#"file main.sn (f0, the program starts here)
  export answer = g0

function f0 main.sn: stack 2
  catch 4 to 6 at depth 1 -> L2
  ; 1: let x = 0.5
      0  const             0.5
  ; 2: if x < 3 {
      1  jump.not.lt.li    s0 3 -> L1
      2  closure           f1
      3  pop
  ; 3: }
L1:
      4  const             "it's\n\xff"
      5  call.builtin      1 log
      6  global.set        g0 answer
      7  return.nil
L2:
      8  throw

function f1 lambda: 1 to 2 parameters, rest, stack 4
  capture 0 = slot 0 outside
  ; line 9
      0  add.li            s1 -1
      1  return
"#;

#[test]
fn listing_resolves_operands_and_shows_source_lines() {
    let source = "let x = 0.5\nif x < 3 {\n}\n";
    let listing = list(&sample(), &|index| (index == 0).then(|| source.to_owned()));
    assert_eq!(listing, EXPECTED);
}

#[test]
fn listing_of_an_invalid_module_shows_bare_numbers() {
    let mut module =
        program(vec![wide(Opcode::Const, 0, 99), wide(Opcode::CallFunc, 1, 98), jump(Opcode::Jump, 0, 50)]);
    module.sources = vec![Source { path: "\u{1b}[31m".into(), main: 97, ..Source::default() }];
    let listing = list(&module, &|_| None);
    assert!(listing.contains("constant 99") && listing.contains("f98") && !listing.contains('\u{1b}'), "{listing}");
}
