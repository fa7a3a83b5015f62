//! Ways to servers: through a proxy into TLS, with a certificate of one's own; and answers that come early or change.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use sentra::certificates::{Authority, Wish};
use sentra::program;
use sentra::tunnel::Tunnel;

use super::raw::{Answer, Raw};
use super::{eval, web};

#[test]
fn a_proxy_opens_a_way_to_a_server_in_tls() {
    let authority = Authority::new(&program::directory().join("http_client_tunnel"), "Tunnel");
    let (good, other) = (web::openssl(&authority.good(), &[]), authority.named("elsewhere", "DNS:other.example"));
    let wrong = web::openssl(&other, &[]);
    let tunnel = Tunnel::start();
    let script = r#"
        let proxy = f"http://user:pass@127.0.0.1:{args()[0]}"
        for port in args().slice(2) {
            try {
                let response = http_get(f"https://localhost:{port}/", {proxy: proxy, ca_file: args()[1]})
                log(response.status, response.body.contains("TLS"))
            } catch e { log(e.kind) }
        }
        env_set("https_proxy", f"127.0.0.1:{args()[0]}")
        log(http_get(f"https://localhost:{args()[2]}/", {ca_file: args()[1]}).status)
    "#;
    let ports = [tunnel.port, good.port, wrong.port].map(|port| port.to_string());
    let ca = authority.cert.display().to_string();
    assert_eq!(eval(script, &[&ports[0], &ca, &ports[1], &ports[2]]), "200 ok true\ncertificate\n200 ok\n");
    let heads = tunnel.heads();
    assert_eq!(heads.len(), 3, "{heads:?}");
    for (head, port) in heads.iter().zip([good.port, wrong.port, good.port]) {
        assert!(head.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{head}");
    }
    assert!(heads[0].to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnz"), "{}", heads[0]);
    assert!(!heads[2].to_lowercase().contains("authorization"), "{}", heads[2]);
}

#[test]
fn servers_that_want_a_certificate() {
    let folder = program::directory().join("http_client_shown");
    let authority = Authority::new(&folder, "Shown By Clients");
    let client = Wish { purpose: "clientAuth", ..Wish::default() };
    let mine = authority.issue("me", client);
    let stranger = Authority::new(&folder.join("stranger"), "Stranger");
    let foreign = stranger.issue("them", Wish { purpose: "clientAuth", ..Wish::default() });
    let ca = authority.cert.display().to_string();
    let strict = ["-Verify", "1", "-verify_return_error", "-CAfile", &ca];
    let server = web::openssl(&authority.good(), &strict);
    let script = r#"
        fn attempt(options) {
            options["ca_file"] = args()[1]
            try { log(http_get(f"https://localhost:{args()[0]}/", options).status) } catch e { log(e.kind) }
        }
        attempt({cert: args()[2], key: args()[3]})
        attempt({})
        attempt({cert: args()[4], key: args()[5]})
    "#;
    let path = |path: &std::path::Path| path.display().to_string();
    let files = [path(&mine.cert), path(&mine.key), path(&foreign.cert), path(&foreign.key)];
    let port = server.port.to_string();
    let output = eval(script, &[&port, &ca, &files[0], &files[1], &files[2], &files[3]]);
    assert_eq!(output, "200 ok\ncertificate\ncertificate\n");
}

/// What a server says that reads the head of each request only, by the number of the connection. Connections stay open.
fn hasty(answers: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut open = Vec::new();
        for (stream, answer) in listener.incoming().map_while(Result::ok).zip(answers) {
            let (mut stream, mut head, mut byte) = (stream, Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            let _ = stream.write_all(answer.as_bytes());
            if answer.contains("Connection: close") {
                continue;
            }
            open.push(stream);
        }
        thread::park();
    });
    port
}

#[test]
fn an_answer_may_come_before_the_file_has_gone() {
    let port = hasty(&["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly"; 3]);
    let large = program::directory().join("http_client_large");
    std::fs::File::create(&large).and_then(|file| file.set_len(200 << 20)).unwrap();
    let script = r#"
        let url = f"http://127.0.0.1:{args()[0]}/"
        let options = {file: args()[1], stream: true}
        for piece in http_request("PUT", url, nil, nil, options).body { log(piece) }
        log(http_request("PUT", url, nil, nil, {file: args()[1]}).body)
        log(http_request("PUT", url, nil, nil, options).status)
        log("the body is left unread")
    "#;
    let output = eval(script, &[&port.to_string(), &large.display().to_string()]);
    assert_eq!(output, "early\nearly\n200 OK\nthe body is left unread\n");
}

#[test]
fn a_stream_of_events_that_is_none_any_more_ends() {
    let port = hasty(&[
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 100\ndata: one\n\n",
        "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nConnection: close\r\n\r\ndata: two\n\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\ndata: three\n\n\n",
    ]);
    let script = r#"
        try {
            for event in http_stream(f"http://127.0.0.1:{args()[0]}/") { log(event.data) }
        } catch e { log(e.kind, e.message.contains("text/html")) }
    "#;
    assert_eq!(eval(script, &[&port.to_string()]), "one\ntwo\nhttp true\n");
}

/// What counts of a request: its first line, what it says of its body and of who asks, and the body.
fn essence(request: &str) -> String {
    let (head, body) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let telling = ["content-type:", "content-length:", "authorization:", "a:"];
    let lines = lines.map(str::to_lowercase).filter(|line| telling.iter().any(|name| line.starts_with(name)));
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    format!("{first}\n{}\n{body}", lines.join("\n"))
}

/// The tutorial's requests reach a server as those of curl do that ask for the same.
#[test]
fn the_tutorials_requests_are_those_of_curl() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let server = Raw::start(move |request| {
        noted.lock().unwrap().push(essence(request));
        Answer::of("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nsome")
    });
    let base = format!("http://127.0.0.1:{}", server.port);
    let tutorial = |name: &str, given: &str| {
        let path = program::root().join(format!("crates/sentra-compiler/tests/data/tutorial/{name}.sn"));
        let text = std::fs::read_to_string(path).unwrap();
        let text = text.replace("https://api.example.com", &base).replace("https://example.com", &base);
        eval(&format!("let url = \"{base}/url\"\n{given}{text}"), &[]);
        std::mem::take(&mut *seen.lock().unwrap())
    };
    let mut ours = tutorial("04_basic_requests", "");
    ours.extend(tutorial("05_advanced_http", "let headers = {A: \"b\"}\nlet body = \"c\"\n"));
    let downloaded = std::fs::read(program::directory().join("http_client/downloaded.zip")).unwrap();
    assert_eq!(downloaded, b"some");
    let (json, bearer) = ("Content-Type: application/json", "Authorization: Bearer token123");
    let test = r#"{"name":"test","value":123}"#;
    let data = r#"{"user":"admin","action":"update","values":[1,2,3]}"#;
    for arguments in [
        &["/data"][..],
        &["/data", "-H", json, "-H", bearer, "-d", test],
        &["/url", "-X", "PUT", "-H", json, "-H", bearer, "-d", test],
        &["/url", "-X", "DELETE"],
        &["/url", "-X", "PATCH", "-H", "A: b", "-H", "Content-Type:", "-d", "c"],
        &["/json", "-H", json, "-d", data],
        &["/file.zip"],
    ] {
        let url = format!("{base}{}", arguments[0]);
        let output = std::process::Command::new("curl").args(["-sS", &url]).args(&arguments[1..]).output().unwrap();
        assert_eq!(output.stdout, b"some", "{arguments:?}");
    }
    assert_eq!(ours, *seen.lock().unwrap());
}
