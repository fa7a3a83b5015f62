//! WebSockets against `websockets` of Python, `ws` of Node, a browser, and raw sockets.

#[path = "websocket/crowds.rs"]
mod crowds;
#[path = "websocket/proxies.rs"]
mod proxies;
#[path = "websocket/tutorial.rs"]
mod tutorial;

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use sentra::program::{self, Outcome};
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(120);

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Python with the package `websockets`; tests run at the same time, and one of them installs it.
fn python(script: &str) -> Command {
    static ONCE: Mutex<()> = Mutex::new(());
    let once = ONCE.lock();
    let mut command = sentra::python::with("websockets", scratch(), &["websockets"]);
    drop(once);
    command.arg(sentra::python::peer(script));
    command
}

/// Node with the package `ws`.
fn node(script: &str) -> Command {
    static ONCE: Mutex<()> = Mutex::new(());
    let once = ONCE.lock();
    let mut command = sentra::node::with("ws", scratch(), &["ws"]);
    drop(once);
    command.arg(sentra::python::peer(script));
    command
}

fn script(path: &str, arguments: &[&str]) -> Outcome {
    program::run(program::sentra_vm().arg("run").arg(program::root().join(path)).args(arguments), b"", LIMIT)
}

#[test]
fn clients_of_others_talk_to_our_server() {
    for mut client in [python("websocket_client.py"), node("websocket_client.js")] {
        let server = Running::script("tests/programs/websocket_server.sn", &[]);
        let url = format!("ws://127.0.0.1:{}/", server.port());
        let outcome = program::run(client.arg(url), b"", LIMIT);
        assert_eq!(outcome.output(), "chat\n3001\n", "{}", outcome.errors());
        assert_eq!(server.line(), "closed 3001 done");
    }
}

#[test]
fn our_client_talks_to_servers_of_others() {
    let commands = [python("websocket_server.py"), node("websocket_server.js")];
    for mut command in commands {
        let server = Running::start(&mut command);
        let url = format!("ws://127.0.0.1:{}/", server.port());
        let outcome = script("tests/programs/websocket_client.sn", &[&url]);
        let wanted = "true chat\nfragmented\n\
            {\"type\": \"pong\", \"data\": \"still there?\", \"code\": nil, \"reason\": nil}\ntrue\n\
            {\"type\": \"close\", \"data\": nil, \"code\": 4001, \"reason\": \"as you wish\"}\n\
            nil the connection was closed by the peer with 4001: as you wish\nfalse false\n";
        assert_eq!(outcome.output(), wanted, "{}", outcome.errors());
        assert_eq!(server.line(), "closed 3001 done");
    }
}

/// Waits until a port of the loopback is free, since the tutorial's programs name theirs.
fn wait_for_free(port: u16) {
    let until = Instant::now() + LIMIT;
    while let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
        assert!(error.kind() == ErrorKind::AddrInUse && Instant::now() < until, "port {port}: {error}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn wait_for(port: u16) {
    let until = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nobody listens on port {port}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn two_pages_of_a_browser_chat_through_the_tutorials_program() {
    wait_for_free(8888);
    let tutorial = "crates/sentra-compiler/tests/data/tutorial/09_websocket_chat_room_example.sn";
    let _server = Running::script(tutorial, &[]);
    wait_for(8888);
    let outcome = program::run(python("browser_chat.py").arg("ws://127.0.0.1:8888/"), b"", LIMIT);
    assert_eq!(outcome.output(), "chatted\n", "{}", outcome.errors());
}

/// A client of which only the handshake was done.
fn raw(port: u16) -> TcpStream {
    let (stream, answer) = handshake(port, "/");
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    stream
}

/// Asks for a WebSocket: the connection, and the head of the answer.
fn handshake(port: u16, path: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit can be set");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the server answers");
        answer.push(byte[0]);
    }
    (stream, String::from_utf8_lossy(&answer).into_owned())
}

/// What comes until the server ends the connection.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the server ends the connection");
    rest
}

#[test]
fn wrong_frames_end_the_connection_with_the_code_that_fits() {
    let server = Running::script("tests/programs/websocket_server.sn", &[]);
    let port = server.port();
    let close = |code: u16| [&[0x88, 0x82, 0, 0, 0, 0], &code.to_be_bytes()[..]].concat();
    for (bytes, code) in [
        (vec![0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 1007_u16),
        (vec![0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0], 1009),
        (vec![0x81, 0x01, b'a'], 1002),
        (vec![0xc1, 0x80, 0, 0, 0, 0], 1002),
        (close(4321), 4321),
    ] {
        let mut stream = raw(port);
        stream.write_all(&bytes).expect("the server reads");
        let mut head = [0; 4];
        stream.read_exact(&mut head).expect("a close frame comes");
        assert_eq!((head[0], u16::from_be_bytes([head[2], head[3]])), (0x88, code), "{bytes:02x?}");
        if code == 1009 {
            drop(stream);
        } else {
            let _ = stream.write_all(&close(1000));
            rest(&mut stream);
        }
        assert!(server.line().starts_with(&format!("closed {code}")));
    }
}

#[test]
fn a_peer_that_answers_no_pings_is_dropped() {
    let server = Running::script("tests/programs/websocket_server.sn", &[]);
    let mut silent = raw(server.port());
    let start = Instant::now();
    let sent = rest(&mut silent);
    assert_eq!(sent, [0x89, 0], "one ping");
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(server.line(), "closed 1006 ");
}

#[test]
fn stopping_wakes_everyone() {
    let outcome = script("tests/programs/websocket_stop.sn", &[]);
    let wanted = "accepted: nil closed\nclient: nil closed\nclose 1001 the server is being stopped\nstopped true\n";
    assert_eq!(outcome.output(), wanted, "{}", outcome.errors());
}

#[test]
fn examples() {
    let echo = Running::script("examples/websocket_echo.sn", &["0"]);
    let url = format!("ws://127.0.0.1:{}", echo.port());
    let load = script("examples/websocket_load.sn", &[&url, "20", "50"]);
    assert!(load.output().starts_with("1000 round trips in "), "{}{}", load.output(), load.errors());

    let page = program::root().join("examples/chat/page").display().to_string();
    let chat = Running::script("examples/chat/server.sn", &["0", &page]);
    let port = port_of(&chat.line());
    let outcome = script("tests/programs/websocket_chat.sn", &[&port]);
    assert_eq!(
        outcome.output(),
        "page\nhello to all from ann\npsst from bob to ann\nhistory 1\n",
        "{}",
        outcome.errors()
    );

    let page = program::root().join("examples/dashboard/page").display().to_string();
    let dashboard = Running::script("examples/dashboard/server.sn", &["0", &page, "50"]);
    let port = port_of(&dashboard.line());
    let outcome = script("tests/programs/websocket_dashboard.sn", &[&port]);
    assert_eq!(outcome.output(), "page\n1 true\n", "{}", outcome.errors());
}

/// The port in a line that ends with a URL.
fn port_of(line: &str) -> String {
    let digits = line.trim_end_matches('/').rsplit(':').next();
    digits.unwrap_or_default().to_string()
}
