//! One module for each rule of the verifier that breaks just this rule, and one beside it
//! that does not.

use sentra_bytecode::{
    Capture, Constant, Export, Extern, Function, Global, Handler, HandlerKind, Instruction, Module, Opcode, Place,
    Position, Source, Statement, Variable, verify,
};

use crate::build::*;

/// A program with code that may use slot 0 to 2, constant 0 (number), 1 and 2 (equal
/// strings), 3 (another string), 4 (keys 1 and 3), global 0, extern 0, function 1 (plain) and
/// 2 (with captures), and handlers.
fn rich(code: Vec<Instruction>) -> Module {
    let mut module = program([vec![op(Opcode::Nil), op(Opcode::Nil), op(Opcode::Nil)], code].concat());
    let text = |text: &str| Constant::String(text.as_bytes().into());
    module.constants = vec![Constant::Number(1.5), text("a"), text("a"), text("b"), Constant::Keys([1, 3].into())];
    module.globals = vec![Global { name: "g".into(), shared: false }];
    module.externs = vec![Extern { name: "log".into() }];
    let plain = Function { name: "plain".into(), code: vec![end()], ..Function::default() };
    let capturing = Function { captures: vec![Capture::Slot(1)], ..plain.clone() };
    module.functions.extend([plain, capturing]);
    module
}

fn accept(mut module: Module) -> Module {
    if let Err(error) = verify(&mut module) {
        panic!("{error}");
    }
    module
}

#[track_caller]
fn refuse(mut module: Module, expected: &str) {
    let message = verify(&mut module).expect_err(expected).to_string();
    assert!(message.contains(expected), "{message:?} does not say {expected:?}");
}

/// The code is refused with this message.
#[track_caller]
fn refuse_code(code: Vec<Instruction>, expected: &str) {
    refuse(rich([code, vec![end()]].concat()), expected);
}

fn accept_code(code: Vec<Instruction>) -> Module {
    accept(rich([code, vec![end()]].concat()))
}

/// The program of [`rich`] after a change.
fn changed(change: impl FnOnce(&mut Module)) -> Module {
    let mut module = rich(vec![end()]);
    change(&mut module);
    module
}

#[test]
fn depth_must_agree_wherever_ways_meet() {
    accept_code(vec![op(Opcode::True), jump(Opcode::JumpIfFalse, 0, 2), op(Opcode::Nil), op(Opcode::Pop)]);
    refuse_code(
        vec![op(Opcode::True), jump(Opcode::JumpIfFalse, 0, 1), op(Opcode::Nil)],
        "instruction 6 is reached with 4 and with 3 values",
    );
    refuse_code(vec![op(Opcode::Nil), jump(Opcode::Jump, 0, -2)], "is reached with 4 and with 3 values");
}

#[test]
fn pops_must_be_there() {
    accept_code(vec![wide(Opcode::PopN, 3, 0)]);
    refuse_code(vec![abc(Opcode::PopN, 4, 0, 0)], "instruction 3 (pop.n): it pops 4 values of 3");
    refuse_code(vec![abc(Opcode::Slide, 3, 0, 0)], "it pops 4 values of 3");
    refuse_code(vec![wide(Opcode::Map, 0, u32::MAX)], "it pops 4294967295 values of 3");
    refuse_code(vec![abc(Opcode::Call, 3, 0, 0)], "it pops 4 values of 3");
    refuse_code(vec![abc(Opcode::Select, 2, 0, 0)], "it pops 6 values of 3");
}

#[test]
fn slots_must_lie_below_the_depth() {
    accept_code(vec![abc(Opcode::GetLocal, 2, 0, 0)]);
    accept_code(vec![abc(Opcode::SetLocal, 2, 0, 0)]);
    refuse_code(vec![abc(Opcode::GetLocal, 3, 0, 0)], "instruction 3 (local): slot 3 is not below the depth of 3");
    refuse_code(vec![abc(Opcode::GetLocal2, 0, 3, 0)], "slot 3 is not below the depth of 3");
    refuse_code(vec![abc(Opcode::AddLL_L, 0, 1, 3)], "slot 3 is not below the depth of 3");
    refuse_code(vec![abc(Opcode::SetLocal, u16::MAX, 0, 0)], "slot 65535 is not below the depth of 3");
}

#[test]
fn loop_state_is_two_slots() {
    let pushes = jump(Opcode::ForRange, 1, 0).jump_pushes();
    let body = vec![end(); pushes as usize + 1];
    accept(rich([vec![jump(Opcode::ForRange, 1, 1), end()], body].concat()));
    refuse_code(vec![jump(Opcode::ForRange, 2, 1), end()], "slot 3 is not below the depth of 3");
}

#[test]
fn elements_of_a_loop_are_stored_beside_its_state() {
    for (opcode, highest) in [(Opcode::ForNextL, 0), (Opcode::ForNext2L, 1)] {
        let code = |slot| vec![op(Opcode::Nil), jump(opcode, slot, 0)];
        accept_code(code(1 - highest));
        refuse_code(code(2 - highest), "slot 4 is not below the depth of 4");
        refuse_code(code(u16::MAX), "slot 65535 is not below the depth of 4");
    }
}

#[test]
fn depth_is_limited_and_measured() {
    let module = accept_code(vec![wide(Opcode::Array, 0, 0), op(Opcode::Pop)]);
    assert_eq!(module.functions[0].max_depth, 4);
    let parameters = |count| {
        changed(|module| {
            module.functions[1].parameters = count;
            module.functions[1].code = vec![end()];
        })
    };
    assert_eq!(accept(parameters(65_000)).functions[1].max_depth, 65_000);
    refuse(parameters(65_001), "a stack of 65001 values is deeper than 65000");
    let pushing = |count| program([vec![op(Opcode::Nil); count], vec![end()]].concat());
    assert_eq!(accept(pushing(65_000)).functions[0].max_depth, 65_000);
    refuse(pushing(65_001), "a stack of 65001 values is deeper than 65000");
}

#[test]
fn handlers_count_towards_the_deepest_stack() {
    let mut module = program(vec![op(Opcode::Nil), op(Opcode::Pop), end(), end()]);
    module.functions[0].handlers = vec![Handler { start: 0, end: 0, target: 3, depth: 9, kind: HandlerKind::Catch }];
    assert_eq!(accept(module).functions[0].max_depth, 10);
}

#[test]
fn jumps_land_in_the_code() {
    accept_code(vec![jump(Opcode::Jump, 0, 0)]);
    refuse_code(vec![jump(Opcode::Jump, 0, 1)], "instruction 3 (jump): it jumps to 5, outside the code");
    refuse_code(vec![jump(Opcode::Jump, 0, -5)], "it jumps to -1, outside the code");
    refuse_code(vec![jump(Opcode::Jump, 0, i32::MAX)], "outside the code");
    refuse_code(vec![abc(Opcode::JumpEqLL, 0, 0, i16::MIN as u16)], "outside the code");
}

#[test]
fn execution_never_runs_off_the_end() {
    refuse(program(vec![op(Opcode::Nil)]), "instruction 0 (nil): execution runs off the end of the code");
    refuse(program(vec![op(Opcode::True), jump(Opcode::JumpIfTrue, 0, -2)]), "execution runs off the end");
    accept(program(vec![jump(Opcode::Jump, 0, -1)]));
}

#[test]
fn constants_exist_and_have_the_kind() {
    accept_code(vec![wide(Opcode::Const, 0, 0), wide(Opcode::Const, 0, 1)]);
    refuse_code(vec![wide(Opcode::Const, 0, 5)], "instruction 3 (const): there is no constant 5");
    refuse_code(vec![wide(Opcode::Const, 0, 4)], "constant 4 is neither a number nor a string");
    accept_code(vec![wide(Opcode::GetField, 0, 1)]);
    refuse_code(vec![wide(Opcode::GetField, 0, 0)], "constant 0 is not a string");
    refuse_code(vec![wide(Opcode::CallMethod, 0, 4)], "constant 4 is not a string");
    refuse_code(vec![wide(Opcode::Format, 0, 9)], "there is no constant 9");
}

#[test]
fn keys_fit_their_instruction() {
    accept_code(vec![wide(Opcode::MapKeys, 2, 4)]);
    refuse_code(vec![wide(Opcode::MapKeys, 3, 4)], "constant 4 has 2 keys, the instruction 3 values");
    refuse_code(vec![wide(Opcode::MapKeys, 1, 1)], "constant 1 is not a list of keys");
}

#[test]
fn keys_are_different_strings() {
    let keys = |keys: &[u32]| changed(|module| module.constants[4] = Constant::Keys(keys.into()));
    accept(keys(&[3, 2]));
    refuse(keys(&[0]), "constant 4: key 0 is not a string constant");
    refuse(keys(&[4]), "constant 4: key 4 is not a string constant");
    refuse(keys(&[99]), "constant 4: key 99 is not a string constant");
    refuse(keys(&[3, 3]), "constant 4: key 3 occurs twice");
    refuse(keys(&[1, 3, 2]), "constant 4: key 2 occurs twice");
}

#[test]
fn numbers_have_one_form() {
    let module = accept(changed(|module| module.constants[0] = Constant::Number(f64::from_bits(u64::MAX))));
    assert_eq!(module.constants[0], Constant::Number(f64::NAN));
    accept(changed(|module| module.constants[0] = Constant::Integer(-(1 << 53))));
    refuse(
        changed(|module| module.constants[0] = Constant::Integer((1 << 53) - 1)),
        "constant 0: the integer 9007199254740991 must be a plain number",
    );
}

#[test]
fn globals_externs_and_files_exist() {
    accept_code(vec![wide(Opcode::GetGlobal, 0, 0), wide(Opcode::Builtin, 0, 0), wide(Opcode::Import, 0, 0)]);
    refuse_code(vec![wide(Opcode::GetGlobal, 0, 1)], "instruction 3 (global): there is no global 1");
    refuse_code(vec![wide(Opcode::SetGlobal, 0, 1)], "there is no global 1");
    refuse_code(vec![wide(Opcode::CallBuiltin, 0, 1)], "there is no extern 1");
    refuse_code(vec![wide(Opcode::ModuleValue, 0, 1)], "there is no source file 1");
}

#[test]
fn flags_are_0_or_1() {
    let flag = |x| Instruction { x, ..abc(Opcode::IsArray, 2, 0, 0) };
    accept_code(vec![flag(1)]);
    refuse_code(vec![flag(2)], "instruction 3 (is.array): the flag is 2, not 0 or 1");
}

#[test]
fn functions_as_values_have_no_captures() {
    accept_code(vec![wide(Opcode::Func, 0, 1), wide(Opcode::CallFunc, 0, 1)]);
    refuse_code(vec![wide(Opcode::Func, 0, 3)], "there is no function 3");
    refuse_code(vec![wide(Opcode::Func, 0, 2)], "instruction 3 (function): function 2 has captures");
    refuse_code(vec![wide(Opcode::CallFunc, 0, 2)], "function 2 has captures");
}

#[test]
fn closures_capture_what_is_there() {
    accept_code(vec![wide(Opcode::Closure, 0, 2), wide(Opcode::Closure, 0, 1)]);
    refuse_code(
        vec![abc(Opcode::PopN, 2, 0, 0), wide(Opcode::Closure, 0, 2)],
        "instruction 4 (closure): function 2 captures slot 1, the depth is 1",
    );
    let mut module = rich(vec![wide(Opcode::Closure, 0, 2), end()]);
    module.functions[2].captures = vec![Capture::Outer(0)];
    refuse(module, "function 2 captures capture 0, which does not exist");
}

#[test]
fn captures_exist() {
    let capture =
        |index| changed(|module| module.functions[2].code = vec![abc(Opcode::GetCapture, index, 0, 0), end()]);
    accept(capture(0));
    refuse(capture(1), "function 2 `plain`: instruction 0 (capture): there is no capture 1");
    refuse_code(vec![abc(Opcode::SetCaptureCell, 0, 0, 0)], "there is no capture 0");
}

#[test]
fn only_closures_name_themselves() {
    let itself = vec![op(Opcode::Itself), end()];
    accept(changed(|module| module.functions[2].code = itself.clone()));
    refuse(
        changed(|module| module.functions[1].code = itself),
        "function 1 `plain`: instruction 0 (itself): a function without captures need not run as a closure",
    );
}

/// Pushes two values, guards what lies between, and lands on the last instruction.
fn guarded(start: u32, end: u32, target: u32, depth: u16) -> Module {
    let mut module = program(vec![
        op(Opcode::Nil),
        op(Opcode::Nil),
        op(Opcode::AddSS),
        op(Opcode::Pop),
        op(Opcode::ReturnNil),
        op(Opcode::Throw),
    ]);
    module.functions[0].handlers = vec![Handler { start, end, target, depth, kind: HandlerKind::Finally }];
    module
}

#[test]
fn handlers_guard_a_range_and_lead_into_the_code() {
    accept(guarded(0, 6, 5, 0));
    accept(guarded(2, 2, 5, 7));
    refuse(guarded(3, 2, 5, 0), "handler 0: it guards 3 to 2 of 6 instructions");
    refuse(guarded(0, 7, 5, 0), "handler 0: it guards 0 to 7 of 6 instructions");
    refuse(guarded(0, 1, 6, 0), "handler 0: it leads to 6, outside the code");
}

#[test]
fn handlers_find_their_slots_again() {
    accept(guarded(1, 2, 5, 1));
    refuse(
        guarded(0, 2, 5, 1),
        "instruction 0 (nil): it leaves only 0 values, but handler 0 that guards it has depth 1",
    );
    // The depth before the addition is 2, but it pops both.
    refuse(guarded(2, 3, 5, 1), "instruction 2 (add): it leaves only 0 values, but handler 0");
    refuse(guarded(0, 2, 4, 0), "instruction 4 is reached with 0 and with 1 values");
    refuse(guarded(0, 0, 5, 65_000), "handler 0: a stack of 65001 values");
}

#[test]
fn handlers_ignore_what_cannot_be_reached() {
    let mut module = program(vec![end(), op(Opcode::Pop), op(Opcode::Throw)]);
    module.functions[0].handlers = vec![Handler { start: 1, end: 2, target: 2, depth: 3, kind: HandlerKind::Catch }];
    accept(module);
}

#[test]
fn unreachable_code_and_undeclared_fields_are_cleared() {
    let untidy = Instruction { x: 9, a: 9, ..wide(Opcode::Int, 0, 5) };
    let module = accept(program(vec![untidy, op(Opcode::Return), wide(Opcode::Const, 0, 77), op(Opcode::Pop)]));
    assert_eq!(module.functions[0].code, [wide(Opcode::Int, 0, 5), op(Opcode::Return), end(), end()]);
}

#[test]
fn the_program_has_a_file_to_start_with() {
    refuse(changed(|module| module.entry = 1), "there is no source file 1 to start with");
    refuse(changed(|module| module.sources.clear()), "there is no source file 0 to start with");
    refuse(changed(|module| module.sources.resize(70_000, Source::default())), "70000 source files, more than 65536");
}

#[test]
fn main_functions_can_be_called_with_nothing() {
    let main = |index| changed(|module| module.sources[0].main = index);
    accept(main(1));
    refuse(main(3), "source file 0 `main.sn`: there is no function 3 to run");
    refuse(main(2), "its main function 2 has captures");
    refuse(changed(|module| module.functions[0].rest = true), "its main function 0 has parameters");
    refuse(changed(|module| module.functions[0].parameters = 1), "its main function 0 has parameters");
}

#[test]
fn exports_exist_once() {
    let exports = |exports: &[(&str, Export)]| {
        changed(|module| {
            let named = exports.iter().map(|(name, export)| ((*name).to_owned(), *export));
            module.sources[0].exports = named.collect();
        })
    };
    accept(exports(&[("g", Export::Global(0)), ("f", Export::Function(1))]));
    refuse(exports(&[("g", Export::Global(1))]), "export `g`: there is no global 1");
    refuse(exports(&[("f", Export::Function(3))]), "export `f`: there is no function 3");
    refuse(exports(&[("f", Export::Function(2))]), "export `f`: function 2 has captures");
    refuse(exports(&[("g", Export::Global(0)), ("g", Export::Global(0))]), "it exports `g` twice");
}

#[test]
fn function_heads_are_sound() {
    refuse(changed(|module| module.functions[1].source = 1), "function 1 `plain`: there is no source file 1");
    refuse(changed(|module| module.functions[1].required = 1), "1 of 0 parameters are required");
    refuse(changed(|module| module.functions[1].code.clear()), "it has no instructions");
    let captures = vec![Capture::Slot(0); 65_537];
    refuse(changed(|module| module.functions[2].captures = captures), "65537 captures, more than 65536");
}

#[test]
fn positions_rise_within_the_code() {
    let at = |instruction, line| Position { instruction, line, column: 1, length: 1 };
    let positions = |list: Vec<Position>| changed(|module| module.functions[0].positions = list);
    accept(positions(vec![at(0, 1), at(3, 1)]));
    refuse(positions(vec![at(1, 1), at(1, 1)]), "position 1 does not rise within the code");
    refuse(positions(vec![at(4, 1)]), "position 0 does not rise within the code");
    refuse(positions(vec![at(0, 0)]), "position 0 has a line, column or length of 0");
}

#[test]
fn no_instruction_is_of_the_virtual_machine_alone() {
    refuse_code(vec![op(Opcode::Break)], "only the virtual machine");
    refuse_code(vec![wide(Opcode::Count, 0, 1)], "only the virtual machine");
}

#[test]
fn what_debuggers_are_told_lies_in_the_module() {
    let statement = |instruction, line| Statement { instruction, line, column: 1 };
    let told = |statements: Vec<Statement>| changed(|module| module.functions[0].debug.statements = statements);
    accept(told(vec![statement(0, 1), statement(3, 1)]));
    refuse(told(vec![statement(4, 1)]), "statement 0 does not rise within the code");
    refuse(told(vec![statement(1, 1), statement(1, 2)]), "statement 1 does not rise within the code");
    refuse(told(vec![statement(0, 0)]), "a line or column of 0");
    let named = |place, end| {
        let variable = Variable { name: "v".into(), place, start: 0, end };
        changed(|module| module.functions[0].debug.variables = vec![variable])
    };
    accept(named(Place::Slot(7), 4));
    accept(named(Place::Global(0), 0));
    accept(named(Place::Function(1), 4));
    for (place, end) in [
        (Place::Slot(0), 5),
        (Place::Capture(0), 1),
        (Place::Global(1), 1),
        (Place::Function(2), 1),
        (Place::Function(3), 1),
    ] {
        refuse(named(place, end), "variable `v` is nowhere");
    }
}
