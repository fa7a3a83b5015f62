//! Memory: garbage does not pile up, fibers are small, limits are kept with a clear error.

use std::time::Duration;

use sentra::program::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(120);

fn evaluate(source: &str, flags: &[&str]) -> Outcome {
    program::run(program::sentra_vm().arg("run").args(flags).arg("-"), source.as_bytes(), LIMIT)
}

fn assert_output(outcome: &Outcome, wanted: &str) {
    assert_eq!((outcome.output().as_str(), outcome.status), (wanted, Some(0)), "{}", outcome.errors());
}

/// Runs a program for a second; its memory must end as flat as it was.
fn assert_flat(body: &str) {
    let source = format!("let start = monotonic_ms()\nwhile monotonic_ms() - start < 1500 {{ {body} }}\nlog(\"end\")");
    let outcome = evaluate(&source, &[]);
    assert_output(&outcome, "end\n");
    assert!(outcome.peak_memory < 60 << 10, "{} KiB: {body}", outcome.peak_memory);
}

#[test]
fn garbage_of_every_kind_stays_flat() {
    for body in [
        "for i in 0..1000 { let a = [i, i] }",
        "for i in 0..1000 { let m = {a: i, b: 'x'} }",
        "for i in 0..1000 { let s = 'text ' + i }",
        "for i in 0..1000 { let f = fn() => i }",
        "for i in 0..1000 { try { throw {n: i} } catch e { } }",
        "for i in 0..1000 { try { nil.x } catch e { } }",
        "for i in 0..1000 { let x = 1 << 62 }",
        "let rest = fn(...xs) => nil; for i in 0..1000 { rest(i, i) }",
        "for i in 0..100 { wait(spawn { i }) }",
        "for i in 0..100 { let c = make_channel(10); c <- i }",
        "let s = 'x'.repeat(1000000)",
        "let a = []; for i in 0..10000 { push(a, i) }",
        "let m = {}; for i in 0..10000 { m['k' + i] = i }",
        "let big = 9007199254740993; for i in 0..1000 { big += 1 }",
    ] {
        assert_flat(body);
    }
}

#[test]
fn cycles_are_collected() {
    assert_flat("for i in 0..100 { let a = {i: i}; let b = [a, 'x'.repeat(100)]; a.b = b; a.f = fn() => a }");
    assert_flat("let c = make_channel(1); let m = {c: c}; c <- m");
}

#[test]
fn abandoned_fibers_are_no_leak() {
    assert_flat("for i in 0..100 { let t = spawn { sleep(100000) }; sleep(0); cancel(t) }; sleep(0)");
}

#[test]
fn a_hundred_thousand_idle_fibers_are_small() {
    let source = |count: u32| {
        format!(
            "let done = make_channel()\nfor i in 0..{count} {{ spawn {{ <-done }} }}\nsleep(1)\nlog('up')\n\
             sleep(200)\nclose(done)"
        )
    };
    let (none, many) = (evaluate(&source(0), &[]), evaluate(&source(100_000), &[]));
    assert_output(&many, "up\n");
    let each = (many.peak_memory - none.peak_memory) * 1024 / 100_000;
    assert!(each <= 1024, "{each} bytes for each idle fiber");
}

#[test]
fn a_million_tasks_through_a_channel() {
    let outcome = evaluate(
        "let out = make_channel(16)\n\
         spawn { for i in 0..1000000 { spawn { out <- 1 }; if i % 100 == 0 { yield() } } }\n\
         let sum = 0\n\
         for i in 0..1000000 { sum += <-out }\n\
         log(sum)",
        &[],
    );
    assert_output(&outcome, "1000000\n");
}

#[test]
fn recursion_a_hundred_thousand_deep() {
    let outcome = evaluate("fn f(n) { if n == 0 { return 0 }; return f(n - 1) + 1 }\nlog(f(100000))", &[]);
    assert_output(&outcome, "100000\n");
    let nested = "fn f(n) { if n == 0 { return 0 }; return [n].map(|x| f(x - 1))[0] + 1 }\nlog(f(20000))";
    assert_output(&evaluate(nested, &[]), "20000\n");
}

#[test]
fn recursion_without_end_is_a_clear_error() {
    let source = "fn f(n) { if n == 0 { return 0 }; return f(n - 1) + 1 }\nlog(f(1000000))";
    let outcome = evaluate(source, &[]);
    let errors = outcome.errors();
    assert_eq!(outcome.status, Some(1), "{errors}");
    assert!(errors.contains("stack overflow"), "{errors}");
    assert!(errors.len() < 10_000, "the report of a deep trace is {} bytes long", errors.len());
}

#[test]
fn the_memory_limit_is_a_clear_error() {
    for grow in [
        "let a = []; loop { push(a, [1, 2, 3]) }",
        "let s = 'x'; loop { s = s + s }",
        "let m = {}; let i = 0; loop { m[i] = 'v' + i; i += 1 }",
        "let a = [0]; loop { a = a + a }",
        "let s = 'abcdefgh'.repeat(100000000)",
        "let a = range(0, 1000000000)",
        "let c = make_channel(1000000000); loop { c <- [1] }",
        "let a = nil; loop { let b = a; a = fn() => b }",
        "let a = nil; loop { a = [a] }",
        "fn f() { defer len([]); return f() }; f()",
        "fn f() { try { f() } finally { [0][1] } }; f()",
        "loop { spawn { sleep(100000) } }",
        "let s = pad_start('x', 1000000000)",
    ] {
        let outcome = evaluate(grow, &["--max-memory", "40M"]);
        let errors = outcome.errors();
        assert_eq!(outcome.status, Some(1), "{grow}: {:?} {errors}", outcome.status);
        assert!(
            errors.contains("memory") || errors.contains("stack overflow") || errors.contains("range"),
            "{grow}: {errors}"
        );
        assert!(outcome.peak_memory < 120 << 10, "{grow}: {} KiB", outcome.peak_memory);
    }
}

#[test]
fn the_memory_limit_can_be_caught_and_the_program_goes_on() {
    let source = "try { let a = []; loop { push(a, 'x'.repeat(1000)) } } catch e { log(e.kind) }\nlog('goes on')";
    assert_output(&evaluate(source, &["--max-memory", "40M"]), "memory\ngoes on\n");
}

#[test]
fn a_program_within_its_limit_is_not_troubled() {
    let source = "let a = []\nfor i in 0..100000 { push(a, i) }\nlog(len(a))";
    assert_output(&evaluate(source, &["--max-memory", "40M"]), "100000\n");
}

#[test]
fn what_the_process_may_take_is_a_limit_too() {
    let source = "try { fill(2000000000, 0) } catch e { log(e.kind) }\ntry { let s = 'abc'; loop { s += s } } catch e { log(e.kind) }";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -v 1500000 && exec \"$0\" run -"]).arg(program::sentra_vm().get_program());
    assert_output(&program::run(&mut shell, source.as_bytes(), LIMIT), "memory\nmemory\n");
}
