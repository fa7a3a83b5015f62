//! SIGINT and SIGTERM: pending `defer`s and `finally`s run, the status tells the signal, a second one ends at once.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use sentra::program;
use sentra::running::Running;

fn start(source: &str) -> Running {
    let running = Running::start(program::sentra_vm().args(["eval", source]));
    assert_eq!(running.line(), "ready");
    running
}

/// The status as a shell reports it: 128 and the signal's number when a signal ended the program.
fn shell_status(status: ExitStatus) -> i32 {
    status.code().or(status.signal().map(|signal| 128 + signal)).expect("a program ends in one of two ways")
}

#[test]
fn pending_defers_and_finallys_run() {
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let mut running = start(
            r#"
            fn work() {
                defer log("deferred")
                try { log("ready"); sleep(100000) } finally { log("finally") }
                log("never")
            }
            work()"#,
        );
        running.signal(signal);
        assert_eq!(shell_status(running.end()), status);
        assert_eq!(running.rest(), ["finally", "deferred"]);
        assert_eq!(running.errors(), "");
    }
}

#[test]
fn every_fiber_is_unwound() {
    let mut running = start(
        r#"
        fn wait_long(name) { defer log(name); sleep(100000) }
        for name in ["a", "b", "c"] { spawn wait_long(name) }
        sleep(1)
        log("ready")
        wait_long("main")"#,
    );
    running.signal("TERM");
    running.end();
    let mut names = running.rest();
    names.sort();
    assert_eq!(names, ["a", "b", "c", "main"]);
}

#[test]
fn deferred_calls_may_wait() {
    let mut running = start(
        r#"
        fn clean() { sleep(20); log("clean") }
        fn work() { defer clean(); log("ready"); sleep(100000) }
        work()"#,
    );
    running.signal("INT");
    assert_eq!(shell_status(running.end()), 130);
    assert_eq!(running.rest(), ["clean"]);
}

#[test]
fn an_endless_loop_is_interrupted() {
    let mut running = start(r#"defer log("left"); log("ready"); sleep(1); let n = 0; loop { n += 1 }"#);
    running.signal("INT");
    assert_eq!(shell_status(running.end()), 130);
    assert_eq!(running.rest(), ["left"]);
}

#[test]
fn catch_cannot_stop_it() {
    let mut running = start(r#"log("ready"); loop { try { sleep(100000) } catch e { log("caught") } }"#);
    running.signal("TERM");
    assert_eq!(shell_status(running.end()), 143);
    assert_eq!(running.rest(), [""; 0]);
}

#[test]
fn what_never_ends_is_cut_off() {
    let mut running =
        start(r#"fn stay() { log("staying"); sleep(100000) }; defer stay(); log("ready"); sleep(100000)"#);
    let start = Instant::now();
    running.signal("TERM");
    assert_eq!(running.line(), "staying");
    running.end();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut running =
        start(r#"fn stay() { log("staying"); sleep(100000) }; defer stay(); log("ready"); sleep(100000)"#);
    running.signal("INT");
    assert_eq!(running.line(), "staying");
    let start = Instant::now();
    running.signal("INT");
    assert_eq!(shell_status(running.end()), 130);
    // The first alone would leave it five seconds.
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn a_waiting_server_ends() {
    let mut running = start(
        r#"
        let server = socket_listen("TCP", "127.0.0.1", 0)
        defer socket_close(server)
        log("ready")
        socket_accept(server)"#,
    );
    running.signal("TERM");
    assert_eq!(shell_status(running.end()), 143);
}
