//! What a cancellation is to the fiber itself, to those who wait for it, and to the reports.

use sentra_vm::output::Output;
use sentra_vm::vm::{Options, Vm};

/// What a program prints, reports of errors included.
fn printed(source: &str) -> String {
    let mut vm = Vm::new(Options::default()).expect("a VM starts");
    let (output, captured) = Output::capture();
    vm.output = output;
    vm.evaluate(source).expect("it runs");
    vm.output.flush();
    String::from_utf8(captured.take()).expect("it prints text")
}

#[test]
fn passes_through_finally_and_is_an_error_to_those_who_wait() {
    let source = r#"
let task = spawn { try { sleep(60000) } finally { sleep(1); log("cleaned") } }
yield()
cancel(task)
try { wait(task) } catch e { log(e.kind) }
try { wait_all([task]) } catch e { log(e.kind) }
"#;
    assert_eq!(printed(source), "cleaned\ncancelled\ncancelled\n");
}

#[test]
fn is_reported_by_nobody() {
    let source = r#"
let task = spawn { defer log("deferred"); sleep(60000) }
yield()
cancel(task)
sleep(5)
log("end")
"#;
    assert_eq!(printed(source), "deferred\nend\n");
}

#[test]
fn of_a_fiber_by_itself_comes_at_its_next_wait() {
    let source = r#"
let task = nil
task = spawn { cancel(task); log("still here"); sleep(1); log("never") }
sleep(5)
try { wait(task) } catch e { log(e.kind) }
"#;
    assert_eq!(printed(source), "still here\ncancelled\n");
}

#[test]
fn of_who_waits_with_a_timeout_reaches_what_it_waits_for() {
    let source = r#"
let outer = spawn { timeout(60, fn() { try { sleep(60000) } finally { log("inner ends") } }) }
sleep(5)
cancel(outer)
sleep(5)
log("end")
"#;
    assert_eq!(printed(source), "inner ends\nend\n");
}

#[test]
fn that_comes_again_ends_what_the_first_one_started() {
    let source = r#"
let task = spawn { try { sleep(60000) } finally { log("first"); sleep(60000); log("never") } }
yield()
cancel(task)
sleep(5)
cancel(task)
try { wait(task) } catch e { log(e.kind) }
"#;
    assert_eq!(printed(source), "first\ncancelled\n");
}

#[test]
fn leaves_a_channel_to_the_others() {
    let source = r#"
let channel = make_channel()
let first = spawn { <-channel }
let second = spawn { <-channel }
let sender = spawn { sleep(1); channel <- "value" }
yield()
cancel(first)
log(wait(second))
"#;
    assert_eq!(printed(source), "value\n");
}
