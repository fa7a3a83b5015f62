//! What workers share through a Redis server: the limit of a gateway, exactly, and the rooms of a chat.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sentra::redis::Redis;
use sentra::running::Running;
use sentra::{program, python};

const WORKERS: usize = 4;
const LIMIT: Duration = Duration::from_secs(60);

/// An example on several workers, and the port that all of them have said to listen on.
fn workers(example: &str, arguments: &[&str]) -> (Running, u16) {
    let mut command = program::sentra_vm();
    command.args(["run", "--workers", &WORKERS.to_string()]).arg(program::root().join("examples").join(example));
    let running = Running::start(command.args(arguments).current_dir(program::root()));
    let ports: BTreeSet<u16> = (0..WORKERS)
        .map(|_| {
            let line = running.line();
            let port = line.trim_end_matches('/').rsplit(':').next().and_then(|digits| digits.parse().ok());
            port.unwrap_or_else(|| panic!("no port in {line:?}"))
        })
        .collect();
    assert_eq!(ports.len(), 1, "all listen on one port: {ports:?}");
    let port = ports.into_iter().next().expect("a port");
    (running, port)
}

/// The status of a response, and the worker that gave it; each request has a connection of its own.
fn get(port: u16, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit can be set");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("it takes requests");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let worker = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-worker").then(|| value.trim().to_owned())
    });
    (status.unwrap_or_else(|| panic!("no status in {text:?}")), worker.unwrap_or_default())
}

#[test]
fn a_limit_holds_for_all_workers_together() {
    let mut redis = Redis::start(&[]);
    let backend = Running::start(Command::new("python3").arg(python::peer("backend.py")).arg("one"));
    let url = format!("http://127.0.0.1:{}", backend.port());
    let (gateway, port) = workers("shared_gateway.sn", &[&redis.url(), &url, "100", "600"]);
    let answers: Vec<(u16, String)> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| (0..50).map(|_| get(port, "/api/x?y=1")).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it asks")).collect()
    });
    let count = |wanted: u16| answers.iter().filter(|(status, _)| *status == wanted).count();
    assert_eq!((count(200), count(429)), (100, 300), "{}", gateway.has_error_line("x"));
    let seen: BTreeSet<&String> = answers.iter().map(|(_, worker)| worker).collect();
    assert_eq!(seen.len(), WORKERS, "all of them have answered: {seen:?}");
    // Nobody gets through uncounted, and it goes on when the server is back.
    redis.stop();
    assert_eq!(get(port, "/api/x").0, 502);
    redis.begin();
    let end = Instant::now() + LIMIT;
    while get(port, "/api/x").0 != 200 {
        assert!(Instant::now() < end, "it does not come back");
    }
    assert_eq!(get(port, "/other").0, 404);
}

#[test]
fn a_chat_reaches_the_clients_of_all_workers() {
    let redis = Redis::start(&[]);
    let (_chat, port) = workers("shared_chat/server.sn", &[&redis.url()]);
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut peer = python::with("websockets", scratch, &["websockets"]);
    peer.arg(python::peer("shared_chat.py")).args([&format!("ws://127.0.0.1:{port}/chat"), &WORKERS.to_string()]);
    let outcome = program::run(&mut peer, b"", LIMIT * 3);
    assert_eq!(outcome.output(), "heard everywhere\n", "{}", outcome.errors());
}
