//! The examples over the object modules, each run as its first lines say, against peers that are not Sentra.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use sentra::program::{self, Outcome};
use sentra::python;
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(60);

fn example(name: &str, arguments: &[&str]) -> Running {
    let path = program::root().join("examples").join(name);
    Running::start(program::sentra_vm().arg("run").arg(path).args(arguments).current_dir(program::root()))
}

/// An example that ends.
fn run(name: &str, arguments: &[&str], input: &str) -> Outcome {
    let path = program::root().join("examples").join(name);
    program::run(program::sentra_vm().arg("run").arg(path).args(arguments), input.as_bytes(), LIMIT)
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit can be set");
    stream
}

fn read_line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line comes");
    line
}

/// The status of a response, and its body.
fn curl(arguments: &[&str]) -> (String, String) {
    let output =
        Command::new("curl").args(["-sS", "--max-time", "60", "-w", "\n%{http_code}"]).args(arguments).output();
    let output = output.expect("curl starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').expect("the status comes last");
    (status.to_owned(), body.to_owned())
}

#[test]
fn web_server() {
    let server = example("web_server.sn", &["0"]);
    let base = format!("http://127.0.0.1:{}", server.port());
    let ask = |path: &str| curl(&[&format!("{base}{path}")]);
    assert_eq!(ask("/"), ("200".into(), "<h1>Welcome to Sentra</h1>".into()));
    assert!(server.error_line().starts_with("GET / - 200 ("));
    assert!(ask("/api/users").1.contains(r#"{"id":2,"name":"Bob","email":"bob@example.com"}"#));
    assert_eq!(ask("/api/users/1").0, "200");
    assert_eq!(ask("/api/users/9"), ("404".into(), r#"{"error":"no such user"}"#.into()));
    let post = |body: &str| curl(&["-d", body, &format!("{base}/api/users")]);
    let (status, body) = post(r#"{"name":"Zoë"}"#);
    assert!(status == "201" && body.contains(r#""id":3,"name":"Zoë""#), "{status} {body}");
    for (wrong, status) in [("{", "400"), ("7", "422"), ("{}", "422"), (r#"{"name":1}"#, "422")] {
        assert_eq!(post(wrong).0, status, "{wrong}");
    }
    assert!(ask("/public/").1.contains("<"));
    assert_eq!(ask("/public/nosuch").0, "404");
    assert_eq!(ask("/nosuch").0, "404");
    assert_eq!(curl(&["-X", "DELETE", &format!("{base}/api/users")]).0, "405");
}

#[test]
fn line_echo() {
    let server = example("line_echo_server.sn", &["0"]);
    let port = server.port();
    let clients: Vec<TcpStream> = (0..3).map(|_| connect(port)).collect();
    for (number, mut client) in clients.iter().enumerate() {
        client.write_all(format!("line {number}\r\n").as_bytes()).expect("it reads");
        assert_eq!(read_line(&mut BufReader::new(client)), format!("Echo: line {number}\n"));
    }
    for client in clients {
        client.shutdown(Shutdown::Write).expect("it is open");
        assert_eq!(BufReader::new(client).bytes().count(), 0, "the server closes too");
    }
    let outcome = run("line_echo_client.sn", &[&format!("127.0.0.1:{port}"), "one", "two words"], "");
    assert_eq!(outcome.output(), "Server replied: Echo: one\nServer replied: Echo: two words\n");
    assert_eq!(run("line_echo_client.sn", &[], "").status, Some(2));
    let nobody = run("line_echo_client.sn", &["127.0.0.1:1", "word"], "");
    assert!(nobody.status == Some(1) && nobody.errors().contains("connection refused"), "{}", nobody.errors());
}

#[test]
fn http_requests() {
    let service = Running::start(Command::new("python3").arg(python::peer("service.py")));
    let base = format!("http://127.0.0.1:{}", service.port());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-requests/new/file");
    let _ = fs::remove_file(&target);
    let outcome = run("http_requests.sn", &[&base, &format!("{base}/file"), &target.display().to_string()], "");
    let output = outcome.output();
    let told: Vec<&str> = output.lines().filter(|line| !line.starts_with('\r')).collect();
    let wanted = [
        "Got 3 items",
        "Created: 201 Alice",
        r#"Asked for {"page": "2", "words": "a b&c"}"#,
        "Missing: 404",
        "Nobody there: connection_refused",
        "Saved 2097152 bytes",
    ];
    assert_eq!(told, wanted, "{}", outcome.errors());
    let progress = output.lines().find(|line| line.starts_with('\r')).expect("the progress of the download");
    assert!(progress.ends_with("\rDownloading: 100.0%"), "{progress}");
    let file: Vec<u8> = (0..8192).flat_map(|_| 0..=255).collect();
    assert!(fs::read(&target).is_ok_and(|bytes| bytes == file), "what was saved is what was sent");
    let asked: Vec<String> = (0..3).map(|_| service.line()).collect();
    assert_eq!(asked[2], "GET /data?page=2&words=a%20b%26c Bearer token Sentra-Example/1.0");
}

#[test]
fn websocket_broadcast() {
    let server = example("websocket_broadcast.sn", &["serve", "0"]);
    let line = server.line();
    let url = line.trim_start_matches("listening on ");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut other = python::with("websockets", scratch, &["websockets"]);
    other.args(["-c", "import sys\nfrom websockets.sync.client import connect\nsocket = connect(sys.argv[1])\nprint('in', flush=True)\n\
        for _ in range(2): print(socket.recv(60), flush=True)\nsocket.close()"]);
    let other = Running::start(other.arg(url));
    assert_eq!(other.line(), "in");
    assert_eq!(server.line(), "connected: 1 clients");
    let client = run("websocket_broadcast.sn", &["say", url, "hello", "ü"], "");
    assert_eq!(client.output(), "Server says: hello\nServer says: ü\n", "{}", client.errors());
    for word in ["hello", "ü"] {
        let said = other.line();
        assert!(said.contains(r#""type":"chat""#) && said.contains(&format!(r#""message":"{word}""#)), "{said}");
    }
    assert_eq!(server.line(), "connected: 2 clients");
    assert_eq!(server.line(), "disconnected with 1000");
    let nobody = run("websocket_broadcast.sn", &["say", "ws://127.0.0.1:1/", "x"], "");
    assert!(nobody.status == Some(1) && nobody.errors().starts_with("WebSocket error: "), "{}", nobody.errors());
    assert_eq!(run("websocket_broadcast.sn", &["shout"], "").status, Some(2));
}

#[test]
fn network_scanner() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let outcome = run("network_scanner.sn", &[], &format!("localhost\ncustom\n{port}-{port}\n"));
    let output = outcome.output();
    assert!(output.contains("Scanning 1 ports on localhost..."), "{output}{}", outcome.errors());
    assert!(output.ends_with(&format!("Found 1 open ports\n{port:5} - Unknown\n")), "{output}");
    let full = run("network_scanner.sn", &[], "127.0.0.1\nfull\n").output();
    assert!(full.contains("Scanning 65535 ports") && full.contains(&format!("\n{port:5} - Unknown\n")), "{full}");
    let nowhere = run("network_scanner.sn", &[], "no.such.host.invalid\nother\n").output();
    assert!(nowhere.ends_with("Found 0 open ports\n"), "{nowhere}");
}

#[test]
fn framed_packets() {
    let server = example("framed_packets.sn", &["serve", "0"]);
    let port = server.port();
    let outcome = run("framed_packets.sn", &["send", &format!("127.0.0.1:{port}"), "hello", "ünd"], "");
    assert_eq!(outcome.output(), "HELLO\nÜND\n", "{}", outcome.errors());
    // In pieces, as a network brings them; then one that breaks off, one that is too large, and one that is no JSON.
    let mut stream = connect(port);
    let text = br#"{"version":1,"type":"greeting","data":"in pieces"}"#;
    let whole = [&(text.len() as u32).to_be_bytes()[..], text].concat();
    for piece in whole.chunks(7) {
        stream.write_all(piece).expect("it reads");
        thread::sleep(Duration::from_millis(2));
    }
    let mut head = [0; 4];
    stream.read_exact(&mut head).expect("a length comes");
    let mut answer = vec![0; u32::from_be_bytes(head) as usize];
    stream.read_exact(&mut answer).expect("as many bytes come");
    assert!(String::from_utf8_lossy(&answer).contains("IN PIECES"));
    for (bytes, told) in
        [(&b"\0\0\0\x64short"[..], None), (b"\xff\xff\xff\xff", Some("too large")), (b"\0\0\0\x01{", Some("json"))]
    {
        let mut stream = connect(port);
        stream.write_all(bytes).expect("it reads");
        stream.shutdown(Shutdown::Write).expect("it is open");
        assert_eq!(BufReader::new(stream).bytes().count(), 0, "the server closes");
        if let Some(word) = told {
            let line = server.error_line();
            assert!(line.contains(word), "{line}");
        }
    }
}

#[test]
fn traffic_monitor() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("traffic-monitor.pcap").display().to_string();
    let make = r#"
        let ethernet = {layer: "ethernet", source: "02:00:00:00:00:01", destination: "02:00:00:00:00:02"}
        let ip = {layer: "ipv4", source: "10.0.0.1", destination: "10.0.0.2"}
        pcap_write(args()[0], [
            packet_build([ethernet, ip, {layer: "tcp", source_port: 40000, destination_port: 80, flags: "SYN"}]),
            packet_build([ethernet, ip, {layer: "udp", source_port: 5000, destination_port: 9}, {layer: "payload", data: "1234"}]),
            packet_build([ethernet, {layer: "arp", sender_ip: "10.0.0.1", target_ip: "10.0.0.2"}])
        ])"#;
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join("traffic-monitor.sn");
    fs::write(&script, make).expect("the target folder can be written");
    let made = program::run(program::sentra_vm().arg("run").arg(&script).arg(&path), b"", LIMIT);
    assert_eq!(made.status, Some(0), "{}", made.errors());
    let outcome = run("traffic_monitor.sn", &[&format!("file:{path}")], "");
    assert_eq!(outcome.output(), "TCP: 10.0.0.1:40000 -> 10.0.0.2:80\nUDP: 10.0.0.1 -> 10.0.0.2 (46 bytes)\n");
    let filtered = run("traffic_monitor.sn", &[&format!("file:{path}"), "udp"], "");
    assert_eq!(filtered.output().lines().count(), 1);
    let none = run("traffic_monitor.sn", &["nosuch0"], "");
    assert!(none.status == Some(1) && none.errors().starts_with("cannot watch nosuch0: "), "{}", none.errors());
}

#[test]
fn select_server() {
    let server = example("select_server.sn", &["0"]);
    let port = server.port();
    let mut clients: Vec<TcpStream> = (0..50).map(|_| connect(port)).collect();
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.write_all(format!("{number} {round}\n").as_bytes()).expect("it reads");
        }
        for (number, client) in clients.iter().enumerate() {
            assert_eq!(read_line(&mut BufReader::new(client)), format!("{number} {round}\n"));
        }
    }
    drop(clients);
    let mut last = connect(port);
    last.write_all(b"still there\n").expect("it reads");
    assert_eq!(read_line(&mut BufReader::new(&last)), "still there\n");
}
