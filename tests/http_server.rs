//! The HTTP server against raw requests, real clients, crowds and failures.

#[path = "http_server/clients.rs"]
mod clients;
#[path = "http_server/crowds.rs"]
mod crowds;
#[path = "http_server/failures.rs"]
mod failures;
#[path = "http_server/framing.rs"]
mod framing;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use framing::{CASES, NEXT};
use sentra::program;
use sentra::raw_http::{self, Response};
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(60);

fn server() -> (Running, u16) {
    patient_server("2")
}

/// A server that gives requests so many seconds.
fn patient_server(seconds: &str) -> (Running, u16) {
    let server = Running::script("tests/programs/http_server.sn", &["127.0.0.1", seconds]);
    let port = server.port();
    (server, port)
}

/// One request on a connection of its own, which it closes.
fn ask(port: u16, request: &str) -> Response {
    let (line, fields) = request.split_once('\n').unwrap_or((request, ""));
    let fields: String = fields.lines().map(|line| format!("{line}\r\n")).collect();
    let request = format!("{line} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{fields}\r\n");
    let answer = raw_http::exchange(port, request.as_bytes(), usize::MAX);
    let mut responses = raw_http::responses(&answer);
    assert_eq!(responses.len(), 1, "{request} {:?}", String::from_utf8_lossy(&answer));
    responses.remove(0)
}

fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// The statuses that a server answers a case with, and the case that follows.
fn statuses(port: u16, request: &[u8], piece: usize) -> String {
    let answer = raw_http::exchange(port, &[request, NEXT].concat(), piece);
    // An interim response depends on whether the body has come with the head.
    let statuses = raw_http::statuses(&answer).replace("100 ", "");
    if statuses.is_empty() { "-".into() } else { statuses }
}

/// The cases of the table that a server answers otherwise than its column says.
fn differences(port: u16, column: usize, piece: usize) -> Vec<String> {
    let check = |(name, request, wanted): &framing::Case| {
        let got = statuses(port, request, piece);
        (got != wanted[column]).then(|| format!("{name}: {got}, not {}", wanted[column]))
    };
    CASES.iter().filter_map(check).collect()
}

#[test]
fn requests_are_answered_as_rfc_9112_says() {
    let (_server, port) = server();
    for piece in [usize::MAX, 1, 3] {
        assert_eq!(differences(port, 0, piece), [""; 0], "in pieces of {piece}");
    }
}

/// Nginx on a free port, in a folder of its own.
fn nginx(name: &str) -> (Running, u16) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("the folder of temporary files is writable");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a free port").port();
    let config = format!(
        "daemon off; master_process off; pid {0}/pid; error_log stderr crit; events {{ worker_connections 20000; }}
        http {{ access_log off; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy; fastcgi_temp_path {0}/f;
        uwsgi_temp_path {0}/u; scgi_temp_path {0}/s; client_max_body_size 100000; keepalive_requests 1000000;
        server {{ listen 127.0.0.1:{port}; location / {{ return 200 ok; }} }} }}",
        folder.display()
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, config).expect("the folder of temporary files is writable");
    let server = Running::start(Command::new("nginx").arg("-c").arg(&path).args(["-e", "stderr"]));
    let until = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nginx does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    (server, port)
}

#[test]
fn nginx_and_node_answer_as_the_table_says() {
    let (_nginx, port) = nginx("framing");
    let node = Running::start(Command::new("node").arg(program::root().join("tests/peers/http_server.js")));
    let found = (differences(port, 1, usize::MAX), differences(node.port(), 2, usize::MAX));
    assert_eq!(found, (Vec::new(), Vec::new()), "nginx, Node");
}

#[test]
fn requests_cut_at_every_byte_are_the_same() {
    let (_server, port) = server();
    let requests: [&[u8]; 3] = [
        b"GET /users/a%20b?x=1 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n",
    ];
    for request in requests {
        let bodies = |answer: Vec<u8>| -> Vec<Vec<u8>> {
            raw_http::responses(&answer).into_iter().map(|response| response.body).collect()
        };
        let whole = [request, NEXT].concat();
        let wanted = bodies(raw_http::exchange(port, &whole, usize::MAX));
        assert_eq!(wanted.len(), 2);
        for cut in 1..whole.len() {
            let mut stream = raw_http::connect(port);
            stream.write_all(&whole[..cut]).expect("the server reads");
            thread::sleep(Duration::from_micros(300));
            stream.write_all(&whole[cut..]).expect("the server reads");
            assert_eq!(bodies(raw_http::read_to_end(&mut stream)), wanted, "cut at {cut}");
        }
    }
}

#[test]
fn heads_have_their_limits() {
    let (_server, port) = server();
    let long = "x".repeat(70_000);
    assert_eq!(ask(port, &format!("GET /{long}")).status, 414);
    assert_eq!(ask(port, &format!("GET /\nX: {long}")).status, 431);
    let many: String = (0..2000).map(|index| format!("\nX{index}: y")).collect();
    assert_eq!(ask(port, &format!("GET /{many}")).status, 431);
    assert_eq!(ask(port, &format!("GET /?{}", "y".repeat(60_000))).status, 200);
    // Chunks that turn out to be too much.
    let mut request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        request.extend_from_slice(b"2000\r\n");
        request.extend_from_slice(&[b'x'; 0x2000]);
        request.extend_from_slice(b"\r\n");
    }
    assert_eq!(raw_http::statuses(&raw_http::exchange(port, &request, usize::MAX)), "413");
}

#[test]
fn what_handlers_return_becomes_responses() {
    let (server, port) = server();
    let plain = ask(port, "GET /");
    assert_eq!((plain.status, text(&plain).as_str()), (200, "GET 0"));
    assert_eq!(plain.field("content-type"), Some("text/plain; charset=utf-8"));
    assert!(plain.field("date").is_some_and(|date| date.ends_with(" GMT")));
    let created = ask(port, "POST /created");
    assert_eq!((created.status, created.field("location")), (201, Some("/users/7")));
    assert_eq!((ask(port, "GET /nothing").status, ask(port, "GET /nothing").field("content-length")), (204, None));
    let json = ask(port, "GET /json");
    assert_eq!((json.field("content-type"), text(&json).as_str()), (Some("application/json"), "[1,{\"a\":null}]"));
    let cookies = ask(port, "GET /cookies").fields;
    assert!(cookies.contains(&"Set-Cookie: a=1".into()) && cookies.contains(&"Set-Cookie: b=2".into()));
    assert_eq!(text(&ask(port, "GET /users/a%2Fb%20c")), "{\"id\":\"a/b c\"}");
    let framing = ask(port, "GET /framing");
    assert_eq!((text(&framing).as_str(), framing.field("x-own")), ("own words", Some("kept")));
    assert_eq!((framing.field("transfer-encoding"), framing.field("keep-alive")), (None, None));
    for path in ["/channel", "/calls", "/writes"] {
        let streamed = ask(port, &format!("GET {path}"));
        assert_eq!(streamed.field("transfer-encoding"), Some("chunked"));
        assert_eq!(text(&streamed), "piece 0;piece 1;piece 2;piece 3;piece 4;", "{path}");
        let old = raw_http::exchange(port, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes(), usize::MAX);
        assert!(old.ends_with(b"\r\n\r\npiece 0;piece 1;piece 2;piece 3;piece 4;"), "{path}");
    }
    let large = ask(port, "GET /large?tens=300000");
    assert_eq!((large.body.len(), large.field("content-length")), (3_000_000, Some("3000000")));
    assert_eq!(ask(port, "GET /nowhere").status, 404);
    let other = ask(port, "DELETE /json");
    assert_eq!((other.status, other.field("allow")), (405, Some("GET, HEAD, OPTIONS")));
    assert_eq!(
        (ask(port, "OPTIONS /json").status, ask(port, "OPTIONS /json").field("allow")),
        (204, Some("GET, HEAD, OPTIONS"))
    );
    drop(server);
}

#[test]
fn head_gets_the_head_of_get() {
    let (_server, port) = server();
    for (path, field, value) in [
        ("/", "content-length", "6"),
        ("/large?tens=10", "content-length", "100"),
        ("/writes", "transfer-encoding", "chunked"),
    ] {
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = raw_http::exchange(port, &[request.as_bytes(), NEXT].concat(), usize::MAX);
        let text = String::from_utf8_lossy(&answer);
        let (head, rest) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.to_ascii_lowercase().contains(&format!("{field}: {value}")), "{head}");
        assert!(rest.starts_with("HTTP/1.1 200") && rest.ends_with("GET 0"), "{rest}");
    }
}

#[test]
fn requests_arrive_whole() {
    let (_server, port) = server();
    let request =
        ask(port, "POST /request?a=1&b=x%20y&a=2\nx-one: 1\nX-One: 2\nCookie: a=b\nCookie: c=d\nContent-Length: 2");
    assert_eq!(request.status, 408, "the body is missing");
    let bytes =
        b"POST /request?a=1&b=x%20y&a=2 HTTP/1.1\r\nHost: h:81\r\nConnection: close\r\nx-one: 1\r\nX-One: 2\r\n\
        Cookie: a=b\r\nCookie: c=d\r\nContent-Length: 2\r\n\r\nhi";
    let answer = raw_http::exchange(port, bytes, usize::MAX);
    let body = text(&raw_http::responses(&answer)[0]);
    for part in [
        r#""method":"POST","path":"/request","query":{"a":["1","2"],"b":"x y"},"query_string":"a=1&b=x%20y&a=2","params":{}"#,
        r#""x-one":"1, 2","Cookie":"a=b; c=d","Content-Length":"2"},"body":"hi","remote_address":"127.0.0.1","remote_port":"#,
        r#""host":"h:81","url":"http://h:81/request?a=1&b=x%20y&a=2","http_version":"1.1"}"#,
    ] {
        assert!(body.contains(part), "{part}\n{body}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (_server, port) = server();
    let mut requests = String::new();
    for index in 0..2000 {
        requests +=
            &format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{index}", index.to_string().len());
    }
    let answer = raw_http::exchange(port, &[requests.as_bytes(), NEXT].concat(), usize::MAX);
    let bodies: Vec<String> = raw_http::responses(&answer).iter().map(text).collect();
    let wanted: Vec<String> = (0..2000).map(|index| index.to_string()).chain(["GET 0".to_string()]).collect();
    assert_eq!(bodies, wanted);
}

#[test]
fn answers_without_a_handler_come_in_order_too() {
    let (_server, port) = server();
    let requests = b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    let answer = raw_http::exchange(port, &[&requests, NEXT].concat(), usize::MAX);
    assert_eq!(raw_http::statuses(&answer), "404 ".repeat(1000) + "200");
}

#[test]
fn a_client_that_expects_100_gets_it_or_the_answer() {
    let (_server, port) = server();
    let mut stream = raw_http::connect(port);
    stream
        .write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        .expect("it reads");
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("an interim response");
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hi").expect("it reads");
    stream.write_all(NEXT).expect("it reads");
    let answer = raw_http::read_to_end(&mut stream);
    assert_eq!(raw_http::statuses(&answer), "200 200");
    for (path, length, status) in [("/nowhere", 2, "404"), ("/echo", 200_000, "413")] {
        let request =
            format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n");
        assert_eq!(raw_http::statuses(&raw_http::exchange(port, request.as_bytes(), usize::MAX)), status);
    }
}

#[test]
fn a_failing_handler_fails_its_request_only() {
    let (mut server, port) = server();
    for path in ["/throws", "/bad-header?value=a%0D%0AB:%20c", "/bad-header?value=a%00", "/number"] {
        assert_eq!(ask(port, &format!("GET {path}")).status, 500, "{path}");
        assert_eq!(ask(port, "GET /").status, 200);
    }
    let broken = raw_http::exchange(port, b"GET /breaks HTTP/1.1\r\nHost: a\r\n\r\n", usize::MAX);
    assert!(broken.ends_with(b"the beginning\r\n"), "no last chunk: {:?}", String::from_utf8_lossy(&broken));
    assert_eq!(ask(port, "POST /stop").status, 200);
    assert!(server.end().success());
    let errors = server.errors();
    for part in ["a handler fails", "at a lambda", "carriage return", "a NUL", "a response's body is", "a body fails"] {
        assert!(errors.contains(part), "{part}\n{errors}");
    }
}

#[test]
fn events_are_sent_until_the_client_goes() {
    let (server, port) = server();
    let events = ask(port, "GET /events");
    assert_eq!(events.field("content-type"), Some("text/event-stream"));
    let wanted = ": hello\n\nevent: tick\nid: 1\ndata: {\"n\":1}\n\nevent: tick\nid: 2\ndata: {\"n\":2}\n\nevent: tick\nid: 3\n\
        data: {\"n\":3}\n\ndata: two\ndata: lines\n\n";
    assert_eq!(text(&events), wanted);
    assert_eq!(server.line(), "events ended");
    let mut stream = raw_http::connect(port);
    stream.write_all(b"GET /events?stay=1 HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
    let mut some = [0; 600];
    stream.read_exact(&mut some).expect("events come");
    drop(stream);
    assert_eq!(server.line(), "events ended");
}

/// Its last byte and the end of what it sends come together.
#[test]
fn a_quiet_stream_ends_with_its_client() {
    let (server, port) = server();
    for _ in 0..3 {
        let mut stream = raw_http::connect(port);
        stream.write_all(b"GET /quiet HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
        let (mut some, mut buffer) = (Vec::new(), [0; 600]);
        while !some.ends_with(b": hello\n\n\r\n") {
            let len = stream.read(&mut buffer).expect("an event comes");
            assert!(len > 0, "{:?}", String::from_utf8_lossy(&some));
            some.extend_from_slice(&buffer[..len]);
        }
        stream.write_all(b"x").expect("it reads");
        stream.shutdown(std::net::Shutdown::Write).expect("an open socket");
        assert_eq!(server.line(), "quiet ended");
    }
}

#[test]
fn a_server_that_stops_finishes_what_it_has_begun() {
    let (mut server, port) = server();
    let mut idle = raw_http::connect(port);
    let slow = thread::spawn(move || ask(port, "GET /slow?ms=500"));
    let mut begun = raw_http::connect(port);
    begun.write_all(b"GET /slow?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
    assert_eq!([server.line(), server.line()], ["slow begins", "slow begins"]);
    assert_eq!(text(&ask(port, "POST /stop")), "stopping");
    assert_eq!(raw_http::read_to_end(&mut idle), b"");
    let answer = raw_http::read_to_end(&mut begun);
    assert!(
        raw_http::responses(&answer)[0].field("connection") == Some("close"),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    assert_eq!(slow.join().map(|response| response.status).ok(), Some(200));
    assert!(server.end().success());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_signal_stops_servers_too() {
    let (mut server, port) = server();
    let slow = thread::spawn(move || ask(port, "GET /slow?ms=700"));
    assert_eq!(server.line(), "slow begins");
    server.signal("TERM");
    assert_eq!(slow.join().map(|response| response.status).ok(), Some(200));
    assert_eq!(server.end().code(), Some(128 + 15));
}

#[test]
fn late_requests_are_told_so() {
    let (_server, port) = server();
    let begun = Instant::now();
    let mut head = raw_http::connect(port);
    head.write_all(b"GET / HT").expect("it reads");
    let mut body = raw_http::connect(port);
    body.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx").expect("it reads");
    let mut silent = raw_http::connect(port);
    assert_eq!(raw_http::statuses(&raw_http::read_to_end(&mut head)), "408");
    assert_eq!(raw_http::statuses(&raw_http::read_to_end(&mut body)), "408");
    assert_eq!(raw_http::read_to_end(&mut silent), b"");
    assert!((1.9..10.0).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
}
