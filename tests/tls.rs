//! TLS against OpenSSL, nginx and curl, and against peers that break off, stall or speak no TLS.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sentra::certificates::{Authority, Issued, Wish};
use sentra::program::{self, Outcome};
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(60);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls").join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

/// `openssl s_server` on a free port.
fn openssl_server(issued: &Issued, arguments: &[&str]) -> (Running, u16) {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", text(&issued.cert)]);
    command.args(["-cert_chain", text(&issued.cert), "-key", text(&issued.key)]).args(arguments);
    let server = Running::start(&mut command);
    loop {
        let line = server.line();
        if let Some((_, port)) = line.strip_prefix("ACCEPT ").and_then(|address| address.rsplit_once(':')) {
            return (server, port.parse().expect("a port"));
        }
    }
}

/// What a script says that connects to `host`.
fn client(host: &str, port: u16, options: &str) -> String {
    let script = program::root().join("tests/programs/tls_client.sn");
    let mut command = program::sentra_vm();
    let outcome = program::run(command.arg("run").arg(script).args([host, &port.to_string(), options]), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    // The port is another each time.
    outcome.output().trim_end().replace(&format!(":{port})"), ")")
}

fn trusting(authority: &Authority, more: &str) -> String {
    format!(r#"{{"ca_file": "{}"{more}}}"#, text(&authority.cert))
}

fn run(command: &str, arguments: &[&str], input: &[u8]) -> Outcome {
    program::run(Command::new(command).args(arguments), input, LIMIT)
}

/// A script that serves with `options`.
fn server(options: &str) -> (Running, u16) {
    let server = Running::script("tests/programs/tls_server.sn", &[options]);
    let port = server.port();
    (server, port)
}

fn serving(issued: &Issued, more: &str) -> String {
    format!(r#"{{"cert": "{}", "key": "{}"{more}}}"#, text(&issued.cert), text(&issued.key))
}

#[test]
fn openssl_servers_with_good_certificates() {
    let authority = Authority::new(&folder("good"), "Good");
    let good = authority.good();
    let cases = [
        (&[][..], "", "TLSv1.3 nil false"),
        (&["-tls1_2"], "", "TLSv1.2 nil false"),
        (&["-tls1_3"], "", "TLSv1.3 nil false"),
        (&[], r#", "max_version": "1.2""#, "TLSv1.2 nil false"),
        (&["-alpn", "http/1.1"], r#", "alpn": ["h2", "http/1.1"]"#, "TLSv1.3 http/1.1 false"),
    ];
    for (arguments, more, wanted) in cases {
        let (_server, port) = openssl_server(&good, arguments);
        for host in ["localhost", "127.0.0.1"] {
            assert_eq!(
                client(host, port, &trusting(&authority, more)),
                format!("HTTP/1.0 200 ok {wanted}"),
                "{arguments:?}"
            );
        }
    }
    let beneath = authority.subordinate("Beneath");
    let leaf = beneath.issue("leaf", Wish::default());
    let (_server, port) = openssl_server(&leaf.with_chain(&[&beneath.cert]), &[]);
    assert!(client("localhost", port, &trusting(&authority, "")).starts_with("HTTP/1.0 200 ok"));
    // The environment's file counts as well, and so does asking for no verification.
    let script = program::root().join("tests/programs/tls_client.sn");
    let mut command = program::sentra_vm();
    command.arg("run").arg(script).args(["localhost", &port.to_string(), "{}"]).env("SSL_CERT_FILE", &authority.cert);
    assert!(program::run(&mut command, b"", LIMIT).output().starts_with("HTTP/1.0 200 ok"));
    assert!(client("localhost", port, r#"{"verify": false}"#).starts_with("HTTP/1.0 200 ok"));
}

#[test]
fn openssl_servers_with_bad_certificates() {
    let authority = Authority::new(&folder("bad"), "Bad");
    let stranger = Authority::new(&folder("stranger"), "Stranger");
    let expired = Wish { valid: ("20200101000000Z", "20210203040506Z"), ..Wish::default() };
    let early = Wish { valid: ("20880101000000Z", "20991231235959Z"), ..Wish::default() };
    let purpose = Wish { purpose: "clientAuth", ..Wish::default() };
    let cases = [
        (authority.issue("expired", expired), "the certificate is expired since 2021-02-03 04:05:06 UTC"),
        (authority.issue("early", early), "the certificate is not valid before 2088-01-01 00:00:00 UTC"),
        (
            authority.named("named", "DNS:a.example,IP:10.0.0.1"),
            "the certificate's names do not match localhost: it has a.example, 10.0.0.1",
        ),
        (stranger.good(), "the certificate has an unknown issuer: CN=Stranger"),
        (
            authority.self_signed("own", Wish::default()),
            "the certificate of CN=own is self-signed, and not among those trusted",
        ),
        (authority.issue("purpose", purpose), "the certificate of CN=purpose is for another purpose than a server's"),
    ];
    for (issued, wanted) in cases {
        let (_server, port) = openssl_server(&issued, &[]);
        let said = client("localhost", port, &trusting(&authority, ""));
        assert_eq!(said, format!("certificate: cannot speak TLS with localhost (127.0.0.1): {wanted}"));
        assert!(client("localhost", port, r#"{"verify": false}"#).starts_with("HTTP/1.0 200 ok"));
    }
}

#[test]
fn openssl_servers_that_want_certificates_or_other_versions() {
    let authority = Authority::new(&folder("wants"), "Wants");
    let good = authority.good();
    let mine = authority.issue("me", Wish { purpose: "clientAuth", ..Wish::default() });
    let strict = ["-Verify", "1", "-verify_return_error", "-CAfile", text(&authority.cert)];
    for version in ["-tls1_2", "-tls1_3"] {
        let (_server, port) = openssl_server(&good, &[&strict[..], &[version]].concat());
        let with = format!(r#", "cert": "{}", "key": "{}""#, text(&mine.cert), text(&mine.key));
        assert!(client("localhost", port, &trusting(&authority, &with)).starts_with("HTTP/1.0 200 ok"));
        let without = client("localhost", port, &trusting(&authority, ""));
        assert!(without.contains("certificate"), "{version}: {without}");
    }
    let (_server, port) = openssl_server(&good, &["-tls1_2"]);
    let said = client("localhost", port, &trusting(&authority, r#", "min_version": "1.3""#));
    assert!(
        said.starts_with("tls: ") && said.ends_with("the peer speaks no version of TLS that is allowed here"),
        "{said}"
    );
    let (_server, port) = openssl_server(&good, &["-alpn", "h2"]);
    let said = client("localhost", port, &trusting(&authority, r#", "alpn": ["smtp"]"#));
    assert!(
        said.starts_with("tls: ") && said.ends_with("the peer speaks none of the protocols asked for (ALPN)"),
        "{said}"
    );
}

#[test]
fn nginx_in_tls() {
    let authority = Authority::new(&folder("nginx"), "Nginx");
    let good = authority.good();
    let port = free_port();
    let configuration = format!(
        "daemon off; worker_processes 1; pid {folder}/pid; error_log stderr; events {{}}
         http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
         uwsgi_temp_path {folder}; scgi_temp_path {folder};
         server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3; return 200 hello; }} }}",
        folder = text(authority.folder()),
        cert = text(&good.cert),
        key = text(&good.key),
    );
    let path = authority.folder().join("nginx.conf");
    fs::write(&path, configuration).expect("the folder can be written");
    let _server = Running::start(Command::new("nginx").args(["-c", text(&path)]));
    wait_for(port);
    let said = client("localhost", port, &trusting(&authority, r#", "alpn": ["http/1.1"]"#));
    assert_eq!(said, "HTTP/1.1 200 OK TLSv1.3 http/1.1 false");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port()
}

fn wait_for(port: u16) {
    let until = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nobody listens on port {port}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn curl_and_openssl_as_clients() {
    let authority = Authority::new(&folder("clients"), "Clients");
    let good = authority.good();
    let (_server, port) = server(&serving(&good, r#", "alpn": ["http/1.1"]"#));
    let url = format!("https://localhost:{port}/");
    let trust = text(&authority.cert);
    for arguments in [&["-k"][..], &["--cacert", trust], &["--cacert", trust, "--tls-max", "1.2"]] {
        let outcome = run("curl", &[&["-sS", "--http1.1", &url], arguments].concat(), b"");
        let version = if arguments.contains(&"1.2") { "TLSv1.2" } else { "TLSv1.3" };
        assert_eq!(outcome.output(), format!("{version} http/1.1 localhost nobody\n"), "{}", outcome.errors());
    }
    let outcome = run("curl", &["-sS", &url], b"");
    assert_eq!(outcome.status, Some(60), "curl does not know the issuer");
    // A session is resumed, in both versions.
    let connect = format!("localhost:{port}");
    let session = authority.folder().join("session");
    for version in ["-tls1_2", "-tls1_3"] {
        let ask = |more: &[&str]| {
            let arguments =
                ["s_client", "-connect", &connect, "-CAfile", trust, "-verify_return_error", "-ign_eof", version];
            run("openssl", &[&arguments[..], more].concat(), b"GET / HTTP/1.0\r\n\r\n")
        };
        let first = ask(&["-sess_out", text(&session)]);
        assert!(first.output().contains("New, ") && first.output().contains("200 OK"), "{}", first.output());
        let second = ask(&["-sess_in", text(&session)]);
        assert!(second.output().contains("Reused, ") && second.output().contains("200 OK"), "{}", second.output());
        // The end of TLS is said, and not only the connection's.
        assert!(!second.errors().contains("unexpected eof"), "{}", second.errors());
    }
}

#[test]
fn https_servers_and_curl() {
    let authority = Authority::new(&folder("https"), "Https");
    let good = authority.good();
    let data: Vec<u8> = (0..3_000_000_u32).map(|number| (number * 31 / 7) as u8).collect();
    let site = authority.folder().join("site");
    fs::create_dir_all(&site).expect("the folder can be written");
    fs::write(site.join("file.bin"), &data).expect("the folder can be written");
    let server = Running::script("tests/programs/https_server.sn", &[text(&good.cert), text(&good.key), text(&site)]);
    let (port, trust) = (server.port(), text(&authority.cert));
    let curl = |arguments: &[&str], input: &[u8]| {
        let outcome = run("curl", &[&["-sS", "--cacert", trust], arguments].concat(), input);
        assert_eq!(outcome.status, Some(0), "{arguments:?}: {}", outcome.errors());
        outcome.stdout
    };
    let url = |host: &str, path: &str| format!("https://{host}:{port}{path}");
    // What a handler sees, by any of the certificate's names; what is offered besides HTTP/1.1 is not taken.
    for host in ["localhost", "127.0.0.1"] {
        let seen = String::from_utf8(curl(&["--http2", &url(host, "/url?a=b")], b"")).expect("text");
        assert_eq!(seen, format!("{} 1.1", url(host, "/url?a=b")));
    }
    // Both ways, with a length and in chunks, one after another on one connection.
    for upload in [&["--data-binary", "@-"][..], &["-T", "-"]] {
        let echo = url("localhost", "/echo");
        let both = curl(
            &[
                upload,
                &["-X", "POST", &echo, "--next", "-sS", "--cacert", trust, &url("localhost", "/static/file.bin")],
            ]
            .concat(),
            &data,
        );
        assert!(both.len() == 2 * data.len() && both[..data.len()] == data && both[data.len()..] == data, "{upload:?}");
    }
    let part = curl(&["-r", "1000000-1000999", &url("localhost", "/static/file.bin")], b"");
    assert!(part == data[1_000_000..1_001_000]);
    // What is no TLS is not answered as if it were, and holds up nobody.
    let plain = run("curl", &["-sS", "-m", "10", &format!("http://localhost:{port}/url")], b"");
    assert_ne!(plain.status, Some(0));
    assert_eq!(curl(&["--http1.0", &url("localhost", "/echo"), "-d", "still here"], b""), b"still here");
}

#[test]
fn clients_show_their_certificate() {
    let authority = Authority::new(&folder("shown"), "Shown");
    let mine = authority.issue("me", Wish { purpose: "clientAuth", ..Wish::default() });
    let more = format!(r#", "client_ca": "{}""#, text(&authority.cert));
    let (_server, port) = server(&serving(&authority.good(), &more));
    let url = format!("https://localhost:{port}/");
    let shown = ["--cert", text(&mine.cert), "--key", text(&mine.key)];
    let outcome = run("curl", &[&["-sS", "--cacert", text(&authority.cert), &url], &shown[..]].concat(), b"");
    assert_eq!(outcome.output(), "TLSv1.3 nil localhost CN=me\n", "{}", outcome.errors());
    let without = run("curl", &["-sS", "--cacert", text(&authority.cert), &url], b"");
    assert_ne!(without.status, Some(0));
    let stranger = Authority::new(&folder("not-known"), "Stranger").good();
    let foreign = ["--cert", text(&stranger.cert), "--key", text(&stranger.key)];
    let foreign = run("curl", &[&["-sS", "--cacert", text(&authority.cert), &url], &foreign[..]].concat(), b"");
    assert_ne!(foreign.status, Some(0));
}

#[test]
fn certificates_are_reloaded_while_connections_go_on() {
    let authority = Authority::new(&folder("reload"), "Reload");
    let (first, second) = (authority.named("first", "DNS:localhost"), authority.named("second", "DNS:elsewhere"));
    let (running, port) = server(&serving(&first, ""));
    let name = |host: &str| {
        let connect = format!("127.0.0.1:{port}");
        let arguments = ["s_client", "-connect", &connect, "-CAfile", text(&authority.cert), "-verify_hostname", host];
        run("openssl", &[&arguments[..], &["-verify_return_error"]].concat(), b"").output().contains("Verification: OK")
    };
    assert!(name("localhost") && !name("elsewhere"));
    // A connection that stays open meanwhile.
    let connect = format!("127.0.0.1:{port}");
    let mut open = Running::start(Command::new("openssl").args(["s_client", "-quiet", "-connect", &connect]));
    // It tells about the certificate during the handshake.
    while !open.error_line().starts_with("verify ") {}
    fs::copy(&second.cert, &first.cert).expect("it can be written");
    // Without the new key the old pair goes on, and that is said once.
    until(|| name("localhost") && running.has_error_line("warning: the new certificate is not used: "));
    fs::copy(&second.key, &first.key).expect("it can be written");
    until(|| name("elsewhere"));
    open.write(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(open.line(), "HTTP/1.1 200 OK");
}

fn until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "it does not come to be");
        thread::sleep(Duration::from_millis(300));
    }
}

/// What a client said first, to be sent in pieces by a test of its own.
fn hello(authority: &Authority) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let connect = listener.local_addr().expect("it is bound").to_string();
    let arguments = ["s_client", "-connect", &connect, "-CAfile", text(&authority.cert)];
    let mut command = Command::new("openssl");
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl");
    let (mut stream, _) = listener.accept().expect("it connects");
    let mut bytes = vec![0; 4096];
    let len = stream.read(&mut bytes).expect("it says hello");
    drop(stream);
    let _ = child.wait();
    bytes.truncate(len);
    bytes
}

#[test]
fn peers_that_break_off_or_speak_no_tls_hold_up_nobody() {
    let authority = Authority::new(&folder("hostile"), "Hostile");
    let (running, port) = server(&serving(&authority.good(), ""));
    let hello = hello(&authority);
    let mut silent = Vec::new();
    for end in (0..=hello.len()).step_by(3) {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.write_all(&hello[..end]).expect("it reads");
        if end % 2 == 0 {
            // With data unread the end is a reset.
            drop(stream);
        } else {
            silent.push(stream);
        }
    }
    for noise in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x16; 70_000], &[0; 5], b"\x16\x03\x01\xff\xff", &[0x15, 3, 3, 0, 2, 1, 90]]
    {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        let _ = stream.write_all(noise);
        silent.push(stream);
    }
    // One byte at a time is a handshake like another: the server answers it.
    let mut slow = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    for byte in &hello {
        slow.write_all(&[*byte]).expect("it reads");
    }
    let mut first = [0; 1];
    slow.read_exact(&mut first).expect("it answers");
    assert_eq!(first, [0x16], "a handshake record");
    let url = format!("https://localhost:{port}/");
    let outcome = run("curl", &["-sS", "-m", "10", "--cacert", text(&authority.cert), &url], b"");
    assert_eq!(outcome.output(), "TLSv1.3 nil localhost nobody\n", "{}", outcome.errors());
    assert!(running.memory() < 200 << 10);
}

/// A server that answers what connects with some bytes, and then goes or stays.
fn rude(bytes: &'static [u8], stays: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("it connects");
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello);
        let _ = stream.write_all(bytes);
        if stays {
            // Until the client gives up.
            while !matches!(stream.read(&mut hello), Ok(0)) {}
        }
    });
    port
}

#[test]
fn servers_that_speak_no_tls_stall_or_go() {
    let cases = [
        (
            &b"220 mail.example ESMTP\r\n"[..],
            true,
            "tls: cannot speak TLS with 127.0.0.1 (127.0.0.1): what the peer sends is no TLS",
        ),
        (
            b"",
            false,
            "tls: cannot speak TLS with 127.0.0.1 (127.0.0.1): the peer ended the connection within the handshake",
        ),
        (
            b"\x16\x03\x03",
            false,
            "tls: cannot speak TLS with 127.0.0.1 (127.0.0.1): the peer ended the connection within the handshake",
        ),
        (b"", true, "timeout: cannot speak TLS with 127.0.0.1 (127.0.0.1): timed out"),
        (
            b"\x15\x03\x03\x00\x02\x02\x28",
            false,
            "tls: cannot speak TLS with 127.0.0.1 (127.0.0.1): the peer refuses the handshake: no cipher in common, or it requires a certificate",
        ),
    ];
    for (bytes, stays, wanted) in cases {
        let said = client("127.0.0.1", rude(bytes, stays), r#"{"timeout": 1}"#);
        assert_eq!(said, wanted);
    }
}

/// A mail server's part of STARTTLS, played by `openssl s_server` behind a relay of this test.
#[test]
fn starttls_with_openssl() {
    let authority = Authority::new(&folder("starttls"), "Starttls");
    let (_server, inner) = openssl_server(&authority.good(), &[]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let relay = thread::spawn(move || {
        let (mut mail, _) = listener.accept().expect("it connects");
        mail.write_all(b"220 mail.example ESMTP\r\n").expect("it reads");
        expect_line(&mut mail, "EHLO client.example\r\n");
        mail.write_all(b"250-mail.example\r\n250 STARTTLS\r\n").expect("it reads");
        expect_line(&mut mail, "STARTTLS\r\n");
        mail.write_all(b"220 go ahead\r\n").expect("it reads");
        let mut tls = TcpStream::connect(("127.0.0.1", inner)).expect("it listens");
        let (mut from, mut to) = (mail.try_clone().expect("a copy"), tls.try_clone().expect("a copy"));
        let up = thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut tls, &mut mail);
        drop(up);
    });
    let example = program::root().join("examples/starttls.sn");
    let mut command = program::sentra_vm();
    command.arg("run").arg(example).args(["localhost", &port.to_string(), text(&authority.cert)]);
    let outcome = program::run(&mut command, b"", LIMIT);
    let wanted = "220 mail.example ESMTP\n250-mail.example\n250 STARTTLS\n220 go ahead\nTLSv1.3, certificate of CN=good, valid for ";
    assert!(outcome.output().starts_with(wanted), "{}{}", outcome.output(), outcome.errors());
    relay.join().expect("the relay saw what it expected");
}

fn expect_line(stream: &mut TcpStream, wanted: &str) {
    let mut line = vec![0; wanted.len()];
    stream.read_exact(&mut line).unwrap_or_else(|error| assert_eq!(error.kind(), ErrorKind::Interrupted));
    assert_eq!(String::from_utf8_lossy(&line), wanted);
}
