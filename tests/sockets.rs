//! Sockets against peers that are not Sentra: Python, netcat, the Apache bench and this test itself.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sentra::program::{self, Outcome};
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(60);

fn peer(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.arg(program::root().join("tests/peers").join(name)).args(arguments);
    command
}

fn example(name: &str, arguments: &[&str]) -> Outcome {
    let path = program::root().join("examples").join(name);
    program::run(program::sentra_vm().arg("run").arg(path).args(arguments), b"", LIMIT)
}

fn assert_output(outcome: &Outcome, wanted: &str) {
    assert_eq!((outcome.output().as_str(), outcome.status), (wanted, Some(0)), "{}", outcome.errors());
}

/// Waits until a port of the loopback is free, since the tutorial's programs name theirs.
fn wait_for_free(port: u16) {
    let until = Instant::now() + LIMIT;
    while let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
        assert!(error.kind() == ErrorKind::AddrInUse && Instant::now() < until, "port {port}: {error}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The tutorial's programs, as written, ports included: one test, since they share port 8080.
#[test]
fn tutorial_programs_talk_to_each_other_and_to_others() {
    for round in ["sentra", "python", "netcat"] {
        wait_for_free(8080);
        let server = Running::script("examples/tcp_server.sn", &[]);
        assert!(server.line().starts_with("Server listening on: tcp#"));
        tutorial_client(round);
        assert!(server.line().starts_with("Client connected: tcp#"));
        assert_eq!(server.line(), "Received: Hello from client!", "{round}");
        assert_eq!(server.errors(), "");
    }
    wait_for_free(8080);
    let server = Running::start(&mut peer("tcp_server.py", &["8080", "Hello from server!"]));
    server.line();
    assert_output(&example("tcp_client.sn", &[]), "Server says: Hello from server!\n");
    assert_eq!(server.line(), "received Hello from client!");
    wait_for_free(8080);
    let mut server = Running::start(Command::new("nc").args(["-l", "127.0.0.1", "8080"]));
    server.write(b"from netcat");
    let until = Instant::now() + LIMIT;
    // Netcat does not say when it listens, and to try a connection would take its only one.
    while !listens(8080) && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    assert_output(&example("tcp_client.sn", &[]), "Server says: from netcat\n");
}

fn tutorial_client(peer_name: &str) {
    match peer_name {
        "sentra" => assert_output(&example("tcp_client.sn", &[]), "Server says: Hello from server!\n"),
        "python" => {
            let outcome = program::run(&mut peer("tcp_client.py", &["8080", "Hello from client!"]), b"", LIMIT);
            assert_output(&outcome, "Hello from server!");
        }
        _ => {
            let mut netcat = Command::new("nc");
            let outcome = program::run(netcat.args(["-N", "127.0.0.1", "8080"]), b"Hello from client!", LIMIT);
            assert_output(&outcome, "Hello from server!");
        }
    }
}

/// Whether a socket of this machine listens on a port of IPv4.
fn listens(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let wanted = format!(":{port:04X} 00000000:0000 0A");
    table.lines().any(|line| line.contains(&wanted))
}

#[test]
fn tutorial_datagrams_are_answered() {
    let server = Running::start(&mut peer("udp_server.py", &["9999", "answer", "1"]));
    server.line();
    assert_output(&example("udp_socket.sn", &[]), "");
    assert_eq!(server.line(), "received UDP message");
}

#[test]
fn quote_of_the_day() {
    let server = Running::start(&mut peer("udp_server.py", &["0", "A quote.", "1"]));
    let port = server.port().to_string();
    assert_output(&example("qotd_client.sn", &["127.0.0.1", &port]), "A quote.\n");
    assert_eq!(server.line(), "received ");
}

#[test]
fn daytime() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("a bound socket has an address").port().to_string();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("the client comes");
        client.write_all(b"\n59638 22-02-28 04:16:20 00 0 0 125.0 UTC(NIST) * \n").expect("the client reads");
    });
    let outcome = example("daytime_client.sn", &["localhost", &port]);
    assert_output(&outcome, "59638 22-02-28 04:16:20 00 0 0 125.0 UTC(NIST) *\n");
    server.join().expect("the server ends well");
}

#[test]
fn requests_over_a_plain_socket() {
    let server = Running::start(&mut peer("http_server.py", &[]));
    let port = server.port().to_string();
    let head = example("head_request.sn", &["127.0.0.1", &port]).output();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Content-Type: text/html"), "{head}");
    let get = example("get_request.sn", &["127.0.0.1", &port]).output();
    assert!(get.starts_with("HTTP/1.1 200 OK\r\n") && get.ends_with("\r\n\r\n<h1>a page</h1>\n"), "{get}");
}

#[test]
fn host_names_resolve() {
    let address = example("gethostbyname.sn", &["localhost"]).output();
    assert!(["127.0.0.1\n", "::1\n"].contains(&address.as_str()), "{address}");
    let unknown = example("gethostbyname.sn", &["no-such-host.invalid"]);
    assert_eq!((unknown.status, unknown.output().as_str()), (Some(1), ""));
    assert!(unknown.errors().starts_with("no-such-host.invalid: "), "{}", unknown.errors());
}

#[test]
fn blocking_echo_server_serves_python_and_sentra() {
    let server = Running::script("examples/echo_server.sn", &["127.0.0.1", "0"]);
    let port = server.port().to_string();
    let outcome = program::run(&mut peer("tcp_client.py", &[&port, "to and fro"]), b"", LIMIT);
    assert_output(&outcome, "to and fro");
    let mut server = Running::script("examples/echo_server.sn", &["127.0.0.1", "0"]);
    let port = server.port().to_string();
    assert_output(&example("echo_client.sn", &["127.0.0.1", &port]), "hello there\n");
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn sample_echo_server_reports_what_it_does() {
    let server = Running::script("examples/sample_echo_server.sn", &["127.0.0.1", "0"]);
    let port = server.port().to_string();
    program::run(Command::new("nc").args(["-N", "127.0.0.1", &port]), b"some words", LIMIT);
    let wanted = ["connection from 127.0.0.1", "received: some words", "received: ", "closing the connection"];
    assert_eq!(server.rest(), wanted);
}

#[test]
fn echo_demo_shows_every_answer() {
    let output = example("echo_demo.sn", &[]).output();
    let mut lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.first(), Some(&"echo server listening on 127.0.0.1"));
    assert_eq!(lines.pop(), Some("3 clients got 162 bytes back"), "{output}");
    assert_eq!(lines.iter().filter(|line| line.contains("heard: ")).count(), 9, "{output}");
}

#[test]
fn many_clients_server_under_the_apache_bench() {
    let server = Running::script("examples/many_clients_server.sn", &["127.0.0.1", "0"]);
    let url = format!("http://127.0.0.1:{}/", server.port());
    let outcome = program::run(Command::new("ab").args(["-c", "50", "-n", "1000", &url]), b"", LIMIT);
    let report = outcome.output();
    assert!(report.contains("Complete requests:      1000"), "{report}{}", outcome.errors());
    assert!(report.contains("Failed requests:        0"), "{report}");
}

#[test]
fn five_thousand_connections_at_once() {
    let mut server = Running::script("tests/programs/echo.sn", &[]);
    let port = server.port().to_string();
    let mut client = Running::start(&mut peer("many.py", &[&port, "5000"]));
    assert_eq!(client.line(), "open", "{}", client.errors());
    assert!(server.comes_to_rest(), "it takes processor time while nothing happens");
    let memory = server.memory();
    assert!(memory < 100_000, "{memory} KiB for 5,000 idle connections");
    client.write(b"\n");
    assert_eq!(client.line(), "closed");
    server.signal("TERM");
    server.end();
    assert_eq!(server.rest(), ["stopped"]);
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server accepts");
    stream.set_read_timeout(Some(LIMIT)).expect("a timeout can be set");
    stream
}

fn assert_echo(stream: &mut TcpStream, message: &[u8]) {
    stream.write_all(message).expect("the server reads");
    let mut answer = vec![0; message.len()];
    stream.read_exact(&mut answer).expect("the server answers");
    assert_eq!(answer, message);
}

/// What one client does must reach its own fiber only: a well-behaved one is served before, during and after.
#[test]
fn misbehaving_clients_are_noticed_by_their_fiber_only() {
    let mut server = Running::script("tests/programs/echo.sn", &[]);
    let port = server.port();
    let mut good = connect(port);
    assert_echo(&mut good, b"before");

    let stalled = connect(port);
    assert_echo(&mut good, b"while one stalls");

    let resets = program::run(&mut peer("reset.py", &[&port.to_string(), "200"]), b"", LIMIT);
    assert_output(&resets, "reset\n");
    assert_echo(&mut good, b"after resets");

    let mut half = connect(port);
    half.write_all(b"last words").expect("the server reads");
    half.shutdown(Shutdown::Write).expect("an open socket can be shut down");
    let mut answer = String::new();
    half.read_to_string(&mut answer).expect("the server answers and closes");
    assert_eq!(answer, "last words");

    let mut slow = connect(port);
    for byte in b"one byte at a time" {
        assert_echo(&mut slow, &[*byte]);
    }
    assert_echo(&mut good, b"after all");
    drop((stalled, good, slow));
    server.signal("TERM");
    server.end();
    assert_eq!(server.rest(), ["stopped"]);
    assert_eq!(server.errors(), "");
}

#[test]
fn a_hundred_megabytes_pass_in_little_memory() {
    let server = Running::script("tests/programs/echo.sn", &[]);
    let port = server.port();
    let mut sender = connect(port);
    let mut receiver = sender.try_clone().expect("a socket can be shared");
    let mut good = connect(port);
    let block: Vec<u8> = (0..1_000_000_u32).map(|number| ((number * 31) >> 3) as u8).collect();
    let expected = block.clone();
    let writer = thread::spawn(move || {
        for _ in 0..100 {
            sender.write_all(&block).expect("the server reads");
        }
        sender.shutdown(Shutdown::Write).expect("an open socket can be shut down");
    });
    let mut part = vec![0; expected.len()];
    for round in 0..100 {
        receiver.read_exact(&mut part).expect("the server answers");
        assert!(part == expected, "block {round} differs");
        if round == 50 {
            assert_echo(&mut good, b"while another sends much");
        }
    }
    writer.join().expect("all was sent");
    assert_eq!(receiver.read(&mut part).expect("the server closes"), 0);
    assert!(server.memory() < 100_000, "{} KiB", server.memory());
}

/// A client that never reads makes the server's send wait; the others must not.
#[test]
fn a_client_that_never_reads_holds_up_nobody() {
    let server = Running::script("tests/programs/echo.sn", &[]);
    let port = server.port();
    let mut greedy = connect(port);
    greedy.set_write_timeout(Some(Duration::from_millis(300))).expect("a timeout can be set");
    let block = vec![b'x'; 1 << 20];
    let blocked = (0..100).any(|_| greedy.write_all(&block).is_err());
    assert!(blocked, "the server took 100 MiB that nobody reads back");
    let mut good = connect(port);
    assert_echo(&mut good, b"still served");
    assert!(server.comes_to_rest(), "the server spins while a client does not read");
}
