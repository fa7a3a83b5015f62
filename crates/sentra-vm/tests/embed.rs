//! The VM inside a Rust program.

use std::cell::Cell;
use std::rc::Rc;

use sentra_vm::convert::{FromValue, IntoValue};
use sentra_vm::error::Error;
use sentra_vm::fault::Fault;
use sentra_vm::output::{Captured, Output};
use sentra_vm::value::Value;
use sentra_vm::vm::{Options, Vm};

#[path = "../../../examples/embed.rs"]
mod example;

fn vm() -> (Vm, Captured) {
    let mut vm = Vm::new(Options::default()).expect("a VM starts");
    let (output, captured) = Output::capture();
    vm.output = output;
    (vm, captured)
}

fn number(value: Value) -> Option<i64> {
    i64::from_value(value)
}

#[test]
fn the_example_runs() {
    example::main().expect("it ends well");
}

#[test]
fn inputs_share_their_names() {
    let (mut vm, captured) = vm();
    vm.evaluate("let n = 1\nfn next() { n = n + 1\n return n }").expect("it runs");
    assert_eq!(number(vm.evaluate("next()\nnext()").expect("it runs")), Some(3));
    assert_eq!(number(vm.get("n").expect("it is declared")), Some(3));
    vm.set("n", Value::small(40));
    assert_eq!(number(vm.evaluate("next() + 1").expect("it runs")), Some(42));
    vm.evaluate("log(n)").expect("it runs");
    assert_eq!(captured.take(), b"41\n");
}

#[test]
fn errors_say_what_is_wrong() {
    let (mut vm, _) = vm();
    match vm.evaluate("let count = 1\ncuont + 1") {
        Err(Error::Compile { diagnostics, report }) => {
            assert_eq!(diagnostics.len(), 1);
            assert!(report.contains("did you mean `count`?"), "{report}");
        }
        other => panic!("{other:?}"),
    }
    match vm.evaluate("fn f() { throw \"no\" }\nf()") {
        Err(Error::Fault { message, report, .. }) => {
            assert_eq!(message, "no");
            assert!(report.contains("at f (<input 2>:1)"), "{report}");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(vm.evaluate("exit(4)"), Err(Error::Exit(4))));
    assert_eq!(number(vm.evaluate("1 + 1").expect("the VM goes on")), Some(2));
}

#[test]
fn a_line_that_does_not_compile_declares_nothing() {
    let (mut vm, _) = vm();
    assert!(vm.evaluate("let good = 1\nlet bad = nosuch").is_err());
    assert!(matches!(vm.evaluate("good"), Err(Error::Compile { .. })));
}

#[test]
fn constants_of_earlier_inputs_stay_constant() {
    let (mut vm, _) = vm();
    vm.evaluate("const K = 1").expect("it runs");
    assert!(matches!(vm.evaluate("K = 2"), Err(Error::Compile { .. })));
    vm.evaluate("let K = 3\nK = 4").expect("a new variable may have the name");
}

#[test]
fn closures_are_functions_of_the_script() {
    let (mut vm, _) = vm();
    let calls = Rc::new(Cell::new(0));
    let counter = Rc::clone(&calls);
    vm.register("twice", 1, move |vm, arguments| {
        counter.set(counter.get() + 1);
        let number = arguments.value(0).as_integer().ok_or_else(|| Fault::type_error("`twice` takes an integer"))?;
        Ok((number * 2).into_value(&mut vm.heap))
    });
    assert_eq!(number(vm.evaluate("twice(21)").expect("it runs")), Some(42));
    assert_eq!(number(vm.evaluate("[1, 2, 3].map(twice).sum()").expect("it runs")), Some(12));
    assert_eq!(calls.get(), 4);
    let kind = vm.evaluate(
        "try { twice(\"x\") } catch (e) { e.kind }\nlet k = nil\ntry { twice() } catch (e) { k = e.kind }\nk",
    );
    assert_eq!(String::from_value(kind.expect("it runs")).as_deref(), Some("arity"));
    assert!(matches!(vm.evaluate("twice(\"x\")"), Err(Error::Fault { kind, .. }) if kind == "type"));
}

#[test]
fn held_values_outlive_collections() {
    let (mut vm, _) = vm();
    let value = vm.evaluate("[\"kept\"]").expect("it runs");
    let held = vm.hold(value);
    vm.collect_fully();
    vm.evaluate("let garbage = []\nfor i in 0..1000 { push(garbage, \"text \" + i) }\ngarbage = nil").expect("it runs");
    vm.collect_fully();
    let first = held.value().as_array().and_then(|array| array.get(0)).expect("it is an array");
    assert_eq!(String::from_value(first).as_deref(), Some("kept"));
}

#[test]
fn functions_are_called_with_converted_arguments() {
    let (mut vm, _) = vm();
    vm.evaluate("fn join_all(words, end) => words.join(\"-\") + (end ?? \"\")").expect("it runs");
    let function = vm.get("join_all").expect("it is declared");
    let words = vec!["a", "b"].into_value(&mut vm.heap);
    let end = None::<String>.into_value(&mut vm.heap);
    let text = vm.call(function, &[words, end]).expect("it runs");
    assert_eq!(String::from_value(text).as_deref(), Some("a-b"));
    assert!(matches!(vm.call(function, &[words]), Err(Error::Fault { kind, .. }) if kind == "arity"));
}

#[test]
fn fibers_run_on_in_later_calls() {
    let (mut vm, captured) = vm();
    vm.evaluate("let t = spawn { sleep(1)\n log(\"background\")\n 7 }").expect("it runs");
    assert_eq!(number(vm.evaluate("wait(t)").expect("it runs")), Some(7));
    vm.evaluate("spawn { sleep(1)\n log(\"drained\") }").expect("it runs");
    vm.drain().expect("nothing exits");
    assert_eq!(captured.take(), b"background\ndrained\n");
}

#[test]
fn a_registered_function_does_not_wait_for_scripts() {
    let (mut vm, _) = vm();
    vm.register("nested", 1, |vm, arguments| {
        vm.collect_fully();
        let refused = vm.evaluate("1").is_err() && vm.call(arguments.value(0), &[]).is_err() && vm.drain().is_err();
        Ok(refused.into_value(&mut vm.heap))
    });
    assert_eq!(bool::from_value(vm.evaluate("nested(|| 1)").expect("it runs")), Some(true));
}

#[test]
fn a_registered_function_may_start_fibers() {
    let (mut vm, captured) = vm();
    vm.register("later", 1, |vm, arguments| vm.spawn(arguments.value(0), &[]));
    assert_eq!(number(vm.evaluate("wait(later(|| { sleep(1)\n 5 }))").expect("it runs")), Some(5));
    vm.evaluate("later(|| log(\"ran\"))").expect("it runs");
    vm.drain().expect("nothing exits");
    assert_eq!(captured.take(), b"ran\n");
}

#[test]
fn two_machines_do_not_share() {
    let ((mut one, _), (mut two, _)) = (vm(), vm());
    one.evaluate("let only = 1").expect("it runs");
    assert!(two.evaluate("only").is_err());
}
