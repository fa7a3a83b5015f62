//! Compilation takes time in proportion to the program.

use std::fmt::Write;
use std::time::Duration;

use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::load::NoLoader;

#[path = "support/processor.rs"]
mod processor;

use processor::processor_time;

/// A program with so many functions that all call each other in turn.
fn program(functions: usize) -> String {
    let mut text = String::new();
    for number in 0..functions {
        let next = (number + 1) % functions;
        let body = "let total = a\n  for n in 0..10 { if n % 2 == 0 { total += n } else { total -= 1 } }\n  \
                    let items = [a, total, { key: total }]\n  let add = |x| x + total + items[0]";
        writeln!(text, "fn work_{number}(a) {{\n  {body}\n  return work_{next}(add(a))\n}}")
            .expect("a string takes text");
    }
    text + "log(work_0(1))\n"
}

fn time(text: &str) -> Duration {
    let start = processor_time();
    compile("program.sn", text.as_bytes(), &mut NoLoader, &CompileOptions::default()).expect("the program compiles");
    processor_time() - start
}

#[test]
fn twice_the_program_takes_about_twice_the_time() {
    with_stack(|| {
        let (small, large) = (program(300), program(2_400));
        let fastest = |text: &str| (0..3).map(|_| time(text)).min().expect("three runs");
        let (once, eightfold) = (fastest(&small), fastest(&large));
        assert!(eightfold < once * 24, "{once:?} for 300 functions, {eightfold:?} for 2,400");
    });
}
