//! `--workers`: several processes on one port, which come back when they die and end together.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sentra::program;
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(60);

fn workers(count: &str, script: &str) -> Running {
    let path = program::root().join("tests/programs").join(script);
    Running::start(program::sentra_vm().args(["run", "--workers", count]).arg(path))
}

/// The port, once all of so many workers have said it: the same.
fn port(running: &Running, count: usize) -> u16 {
    let ports: BTreeSet<u16> = (0..count).map(|_| running.port()).collect();
    assert_eq!(ports.len(), 1, "all listen on one port: {ports:?}");
    ports.into_iter().next().expect("a port")
}

/// The body of a response, or nothing if the connection broke.
fn get(port: u16, path: &str) -> Option<String> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_string()).filter(|body| !body.is_empty())
}

/// The number and the process of the worker that answers.
fn who(port: u16) -> Option<(u32, u32)> {
    let body = get(port, "/")?;
    let (number, process) = body.trim_end().split_once(' ')?;
    Some((number.parse().ok()?, process.parse().ok()?))
}

/// Asks until an answer is as wanted.
fn ask_until(port: u16, wanted: impl Fn((u32, u32)) -> bool) -> (u32, u32) {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(answer) = who(port).filter(|&answer| wanted(answer)) {
            return answer;
        }
        assert!(Instant::now() < end, "no such answer comes");
    }
}

#[test]
fn all_workers_serve_one_port_and_end_at_a_signal() {
    let mut running = workers("3", "worker.sn");
    let port = port(&running, 3);
    for number in 1..=3 {
        ask_until(port, |(answering, _)| answering == number);
    }
    let slow = thread::spawn(move || get(port, "/slow"));
    assert_eq!(running.line(), "slow begins");
    running.signal("TERM");
    assert_eq!(slow.join().expect("it asks").as_deref(), Some("late\n"), "what is in flight is finished");
    assert_eq!(running.end().code(), Some(143));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens any more");
    assert_eq!(running.errors(), "");
}

#[test]
fn a_worker_that_is_killed_under_load_comes_back() {
    let running = workers("2", "worker.sn");
    let port = port(&running, 2);
    let (stop, answered, broken) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let counter = if who(port).is_some() { &answered } else { &broken };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..3 {
            let (number, process) = ask_until(port, |(number, _)| number == 2);
            // It is a child of a program that this test has started.
            let killed = Command::new("kill").args(["-9", &process.to_string()]).status();
            assert!(killed.is_ok_and(|status| status.success()));
            assert_eq!(running.error_line(), "warning: worker 2 was killed by SIGKILL and is started again");
            ask_until(port, |(answering, other)| answering == number && other != process);
            // Who dies again within a second has not come to life.
            thread::sleep(Duration::from_millis(1100));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let (answered, broken) = (answered.into_inner(), broken.into_inner());
    // What the killed one had taken is lost; all else is answered.
    assert!(answered > 200 && broken * 20 < answered, "{answered} answered, {broken} not");
}

#[test]
fn what_never_comes_to_life_is_given_up() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let script = folder.join("worker-that-fails.sn");
    std::fs::write(&script, "log(\"here\")\nthrow \"no\"\n").expect("the folder can be written");
    let mut command = program::sentra_vm();
    let outcome = program::run(command.args(["run", "--workers", "2"]).arg(&script), b"", LIMIT);
    assert_eq!(outcome.status, Some(1), "{}", outcome.errors());
    assert!(outcome.errors().contains("5 times in a row within a second: all workers end"), "{}", outcome.errors());
    // One that ends by itself is not started again.
    std::fs::write(&script, "log(\"worker\", worker_number())\n").expect("the folder can be written");
    let outcome = program::run(program::sentra_vm().args(["run", "--workers", "2"]).arg(&script), b"", LIMIT);
    let lines: BTreeSet<&str> =
        outcome.stdout.split(|&byte| byte == b'\n').filter_map(|line| str::from_utf8(line).ok()).collect();
    assert_eq!((outcome.status, lines), (Some(0), BTreeSet::from(["", "worker 1", "worker 2"])));
    // What does not compile is said once.
    std::fs::write(&script, "let = 1\n").expect("the folder can be written");
    let outcome = program::run(program::sentra_vm().args(["run", "--workers", "2"]).arg(&script), b"", LIMIT);
    assert_eq!((outcome.status, outcome.errors().matches("error[").count()), (Some(2), 1), "{}", outcome.errors());
}

#[test]
fn wrong_usage_is_told() {
    for (count, file) in [("0", "x.sn"), ("1025", "x.sn"), ("two", "x.sn"), ("2", "-")] {
        let outcome = program::run(program::sentra_vm().args(["run", "--workers", count, file]), b"", LIMIT);
        assert_eq!(outcome.status, Some(2), "{}", outcome.errors());
        assert!(outcome.errors().starts_with("error: `--workers` "), "{}", outcome.errors());
    }
}

#[test]
fn lines_of_workers_stay_whole() {
    let running = workers("2", "worker.sn");
    let port = port(&running, 2);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(get(port, "/talk").as_deref(), Some("said\n")));
        }
    });
    let mut seen = 0;
    while seen < 8 * 200 {
        let line = running.line();
        let first = line.chars().next().expect("a worker's number");
        assert!(line.len() == 5000 && line.chars().all(|other| other == first), "a broken line: {line:.80}");
        seen += 1;
    }
}

#[test]
fn workers_end_with_the_one_that_watches() {
    let mut running = workers("2", "worker.sn");
    let port = port(&running, 2);
    running.signal("KILL");
    let _ = running.end();
    let end = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < end, "workers outlive the process that started them");
        thread::sleep(Duration::from_millis(50));
    }
}
