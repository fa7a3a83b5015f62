//! What goes wrong around a server: clients that vanish, memory and descriptors that end, handlers that hang.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sentra::program;
use sentra::python;
use sentra::raw_http;
use sentra::running::Running;

use super::{LIMIT, ask, server, text};

/// The server under a limit that the shell sets.
fn limited(limit: &str, options: &str) -> (Running, u16) {
    let vm = program::sentra_vm();
    let script = program::root().join("tests/programs/http_server.sn");
    let line = format!("{limit}; exec {} run {options} {} 127.0.0.1 2", vm.get_program().display(), script.display());
    let server = Running::start(Command::new("sh").arg("-c").arg(line));
    let port = server.port();
    (server, port)
}

#[test]
fn clients_that_reset_at_any_point_disturb_no_one() {
    let (mut server, port) = server();
    let mut resets = Command::new("python3");
    let resets = program::run(resets.arg(python::peer("http_resets.py")).arg(port.to_string()), b"", LIMIT);
    assert_eq!((resets.output().as_str(), resets.status), ("done\n", Some(0)), "{}", resets.errors());
    assert_eq!(text(&ask(port, "GET /")), "GET 0");
    assert_eq!(ask(port, "POST /stop").status, 200);
    assert!(server.end().success());
    // A client that goes away is nobody's error.
    assert_eq!(server.errors(), "");
}

#[test]
fn a_handler_that_hangs_keeps_no_other_waiting() {
    let (mut server, port) = server();
    let mut hanging: Vec<TcpStream> = (0..50).map(|_| raw_http::connect(port)).collect();
    for stream in &mut hanging {
        stream.write_all(b"GET /backend HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
    }
    let begun = Instant::now();
    (0..50).for_each(|_| assert_eq!(ask(port, "GET /").status, 200));
    assert!(begun.elapsed() < Duration::from_secs(20));
    drop(hanging);
    server.signal("TERM");
    assert_eq!(server.end().code(), Some(143));
}

#[test]
fn a_handler_that_takes_all_memory_fails_alone() {
    let (mut server, port) = limited("true", "--max-memory 64m");
    let hoards: Vec<_> = (0..4).map(|_| thread::spawn(move || ask(port, "GET /hoard").status)).collect();
    for _ in 0..20 {
        // While memory is short others may be told so, but the server goes on.
        assert!(matches!(ask(port, "GET /users/7").status, 200 | 500 | 503));
    }
    hoards.into_iter().for_each(|hoard| assert_eq!(hoard.join().ok(), Some(500)));
    assert_eq!(text(&ask(port, "GET /users/7")), "{\"id\":\"7\"}");
    assert!(server.memory() < 256 << 10);
    server.signal("TERM");
    assert_eq!(server.end().code(), Some(143));
    assert!(server.errors().contains("(memory)"));
}

#[test]
fn bodies_count_as_memory() {
    let (server, port) = limited("true", "--max-memory 8m");
    let body = "x".repeat(99_000);
    let streams: Vec<TcpStream> = (0..400)
        .map(|_| {
            let mut stream = raw_http::connect(port);
            let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len() + 1);
            // Those beyond the limit are refused and closed.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
            stream
        })
        .collect();
    assert!(server.memory() < 128 << 10, "{} KiB", server.memory());
    drop(streams);
    let until = Instant::now() + LIMIT;
    while ask(port, "GET /").status != 200 {
        assert!(Instant::now() < until, "the memory of the bodies is never free again");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn heads_that_arrive_count_as_memory() {
    let (server, port) = limited("true", "--max-memory 8m");
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(60_000));
    let mut streams: Vec<TcpStream> = (0..400)
        .map(|_| {
            let mut stream = raw_http::connect(port);
            // Those beyond the limit are refused and closed.
            let _ = stream.write_all(head.as_bytes());
            stream
        })
        .collect();
    assert!(server.memory() < 128 << 10, "{} KiB", server.memory());
    // The others are late.
    let statuses: Vec<String> =
        streams.iter_mut().map(|stream| raw_http::statuses(&raw_http::read_to_end(stream))).collect();
    assert!(statuses.iter().any(|status| status == "503"), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status.as_str(), "408" | "503" | "")), "{statuses:?}");
    assert_eq!(ask(port, "GET /").status, 200);
}

#[test]
fn without_descriptors_clients_wait_and_the_idle_give_way() {
    let (_server, port) = limited("ulimit -n 40", "");
    let mut kept: Vec<TcpStream> = (0..20).map(|_| raw_http::connect(port)).collect();
    for stream in &mut kept {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
    }
    // More than there are descriptors for: those that are idle are closed for them.
    let asking: Vec<_> = (0..60).map(|_| thread::spawn(move || ask(port, "GET /slow?ms=50").status)).collect();
    asking.into_iter().for_each(|asking| assert_eq!(asking.join().ok(), Some(200)));
    drop(kept);
    assert_eq!(text(&ask(port, "GET /")), "GET 0");
}

/// The server under a tracer that has some of its system calls fail; none where nothing can be traced.
fn faulty(fault: &str) -> Option<(Running, u16)> {
    // The tracer is a process of its own, so that the server is the child.
    let mut tracer = Command::new("strace");
    tracer.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=accept4,recvfrom,sendto", "-e", fault]);
    let traces = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).status();
    if !traces.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "strace is not possible here");
        eprintln!("SKIPPED: strace is not possible here");
        return None;
    }
    let script = program::root().join("tests/programs/http_server.sn");
    tracer.arg(program::sentra_vm().get_program()).arg("run").arg(script).args(["127.0.0.1", "20"]);
    let server = Running::start(&mut tracer);
    let port = server.port();
    Some((server, port))
}

#[test]
fn failing_system_calls_cost_one_connection_at_most() {
    for (fault, least) in [
        ("inject=accept4:error=EMFILE:when=3+3", 60),
        ("inject=accept4:error=ECONNABORTED:when=2+3", 60),
        ("inject=accept4:error=ENOBUFS:when=2+4", 60),
        ("inject=recvfrom:error=EINTR:when=2+3", 60),
        ("inject=recvfrom:error=ECONNRESET:when=3+5", 40),
        ("inject=recvfrom:error=ENOBUFS:when=3+5", 40),
        ("inject=sendto:error=EPIPE:when=3+5", 40),
        ("inject=sendto:error=ENOBUFS:when=3+5", 40),
    ] {
        let Some((_server, port)) = faulty(fault) else { return };
        let answered = (0..60).filter(|_| {
            let answer = raw_http::last_words(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(b"GET 0")
        });
        let count = answered.count();
        assert!(count >= least, "{fault}: {count} of 60 are answered");
    }
}
