//! Many connections at once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use sentra::program;
use sentra::raw_http;
use sentra::running::Running;

use super::{LIMIT, ask, patient_server, server, text};

const ONE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// One request and its answer on a connection that stays.
fn one(stream: &mut TcpStream) {
    stream.write_all(ONE).expect("the server reads");
    let (mut answer, mut buffer) = (Vec::new(), [0; 512]);
    while !answer.ends_with(b"GET 0") {
        let len = stream.read(&mut buffer).expect("the server answers");
        assert!(len > 0, "closed after {:?}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&buffer[..len]);
    }
}

/// Lets this process have as many connections as it may; programs that it starts do so by themselves.
fn allow_connections() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit is known");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("up to there it may be raised");
}

#[test]
fn ten_thousand_idle_connections_are_answered_afterwards() {
    allow_connections();
    // A busy machine takes a while to open so many.
    let (server, port) = patient_server("60");
    let mut warm: Vec<TcpStream> = (0..200).map(|_| raw_http::connect(port)).collect();
    warm.iter_mut().for_each(one);
    let before = server.memory();
    let mut idle: Vec<TcpStream> = (0..9_800).map(|_| raw_http::connect(port)).collect();
    idle.iter_mut().for_each(one);
    let each = (server.memory().saturating_sub(before)) as f64 / idle.len() as f64;
    assert!(each <= 2.0, "{each} KiB resident for an idle connection");
    warm.iter_mut().chain(&mut idle).for_each(one);
    assert_eq!(text(&ask(port, "GET /")), "GET 0");
}

/// Requests that wrk makes in three seconds.
fn load(port: u16) -> f64 {
    let mut wrk = Command::new("wrk");
    let url = format!("http://127.0.0.1:{port}/");
    let outcome = program::run(wrk.args(["-t1", "-c32", "-d3s"]).arg(url), b"", LIMIT);
    let output = outcome.output();
    assert!(!output.contains("Non-2xx"), "{output}");
    let count = output.lines().find_map(|line| line.trim().split_once(" requests in")).map(|(count, _)| count);
    count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{output}"))
}

/// The same for each tick of the server's processor time, which does not depend on what else the machine does.
fn load_by_time(server: &Running, port: u16) -> f64 {
    let before = server.processor_ticks();
    let requests = load(port);
    requests / (server.processor_ticks() - before).max(1) as f64
}

/// Thousands who send a byte a second. A server that looks at each of them again and again would have little time left
/// for others; the benches measure more exactly.
#[test]
fn slow_senders_take_little_from_others() {
    allow_connections();
    let (server, port) = patient_server("60");
    let alone = load_by_time(&server, port);
    let ended = Arc::new(AtomicBool::new(false));
    let slow = {
        let ended = Arc::clone(&ended);
        thread::spawn(move || {
            let mut streams: Vec<TcpStream> = (0..5_000).map(|_| raw_http::connect(port)).collect();
            while !ended.load(Ordering::Relaxed) {
                streams.iter_mut().for_each(|stream| stream.write_all(b"G").expect("it reads"));
                thread::sleep(Duration::from_millis(1000));
            }
        })
    };
    thread::sleep(Duration::from_millis(1500));
    let beside = load_by_time(&server, port);
    ended.store(true, Ordering::Relaxed);
    slow.join().expect("the slow senders go on");
    assert!(beside > alone / 2.0, "{beside} of {alone} requests in a hundredth of a second");
}

/// Full load for a while leaves memory as it was. `SENTRA_SOAK` gives the seconds, an hour for instance.
#[test]
fn memory_stays_flat_at_full_load() {
    let (server, port) = server();
    load(port);
    let before = server.memory();
    let seconds: u64 = std::env::var("SENTRA_SOAK").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(6);
    for _ in 0..seconds.div_ceil(6).max(1) {
        load(port);
        let wrk = format!("wrk -t1 -c16 -d3s -H 'Connection: close' http://127.0.0.1:{port}/users/7");
        program::run(Command::new("sh").arg("-c").arg(wrk), b"", LIMIT);
        let grown = server.memory().saturating_sub(before);
        assert!(grown < 8 << 10, "{grown} KiB more than before");
    }
}
