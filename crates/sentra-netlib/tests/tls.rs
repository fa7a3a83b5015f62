//! TLS sessions against each other in memory, cut in every way.

// What it does not use others do.
#[allow(dead_code)]
#[path = "../../../src/certificates.rs"]
mod certificates;

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use certificates::{Authority, Issued, Wish};
use sentra_netlib::endpoint::tls::{
    ClientSettings, Pair, ServerSettings, Session, TlsClient, TlsError, TlsServer, Versions,
};

/// What one side has sent and the other has not received.
#[derive(Default)]
struct Line {
    to_server: VecDeque<u8>,
    to_client: VecDeque<u8>,
    /// Bytes that one read or write takes at most.
    step: usize,
    ended: bool,
}

/// One side's view of the line.
struct Side<'a>(&'a mut Line, bool);

impl Read for Side<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let queue = if self.1 { &mut self.0.to_client } else { &mut self.0.to_server };
        let len = buffer.len().min(queue.len()).min(self.0.step);
        if len == 0 && !self.0.ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        for (byte, slot) in queue.drain(..len).zip(buffer) {
            *slot = byte;
        }
        Ok(len)
    }
}

impl Write for Side<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let queue = if self.1 { &mut self.0.to_server } else { &mut self.0.to_client };
        // A line with little room: writes are partial, and block.
        let len = data.len().min(self.0.step).min((4 * self.0.step).saturating_sub(queue.len()));
        if len == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        queue.extend(&data[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn client_side(line: &mut Line) -> Side<'_> {
    Side(line, true)
}

fn server_side(line: &mut Line) -> Side<'_> {
    Side(line, false)
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls").join(name)
}

fn pair(issued: &Issued) -> Pair {
    Pair { cert: issued.cert.clone(), key: issued.key.clone() }
}

fn server(issued: &Issued) -> TlsServer {
    TlsServer::new(ServerSettings { certificates: vec![pair(issued)], ..Default::default() })
        .expect("the files are good")
}

fn trusting(authority: &Authority) -> ClientSettings {
    ClientSettings { ca_file: Some(authority.cert.clone()), ..Default::default() }
}

fn line(step: usize) -> Line {
    Line { step, ..Line::default() }
}

fn goes_on(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}

/// Both handshakes: what ends them.
fn shake(line: &mut Line, client: &mut Session, server: &mut Session) -> io::Result<()> {
    for _ in 0..100_000 {
        let one = goes_on(client.handshake(&mut client_side(line)))?;
        let other = goes_on(server.handshake(&mut server_side(line)))?;
        if !one && !other {
            return Ok(());
        }
    }
    panic!("the handshake does not end")
}

fn connected(settings: &ClientSettings, server: &TlsServer, line: &mut Line) -> (Session, Session) {
    let mut client =
        TlsClient::new(settings).and_then(|client| client.session("localhost")).expect("the settings are good");
    let mut other = server.session().expect("the settings are good");
    shake(line, &mut client, &mut other).expect("they agree");
    (client, other)
}

fn reason(settings: &ClientSettings, server: &TlsServer, host: &str) -> TlsError {
    let mut client = TlsClient::new(settings).and_then(|client| client.session(host)).expect("the settings are good");
    let mut other = server.session().expect("the settings are good");
    let error = shake(&mut line(1 << 16), &mut client, &mut other).expect_err("they do not agree");
    TlsError::of(&error).cloned().unwrap_or_else(|| panic!("{error:?}"))
}

#[test]
fn every_cut_gives_the_same() {
    let authority = Authority::new(&folder("cuts"), "Cuts");
    let good = authority.good();
    let data: Vec<u8> = (0..70_000_u32).map(|number| (number * 7) as u8).collect();
    for versions in [Versions::Only12, Versions::Only13] {
        for step in [1, 2, 5, 1000, 1 << 20] {
            let settings = ClientSettings { versions, ..trusting(&authority) };
            let mut line = line(step);
            let (mut client, mut server) = connected(&settings, &server(&good), &mut line);
            let (mut sent, mut received) = (0, Vec::<u8>::new());
            let mut buffer = [0; 900];
            while received.len() < data.len() {
                match client.send(&mut client_side(&mut line), &data[sent..]) {
                    Ok(len) => sent += len,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
                match server.receive(&mut server_side(&mut line), &mut buffer) {
                    Ok(len) => received.extend(&buffer[..len]),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
            }
            assert!(received == data);
            // An end is an end of TLS, and the other direction stays open.
            while client.close(&mut client_side(&mut line)).is_err() {
                assert!(
                    matches!(server.receive(&mut server_side(&mut line), &mut buffer), Err(error) if error.kind() == ErrorKind::WouldBlock)
                        || step > 8
                );
            }
            assert_eq!(until_some(|| server.receive(&mut server_side(&mut line), &mut buffer)), 0);
            assert_eq!(
                client.send(&mut client_side(&mut line), b"x").map_err(|error| error.kind()),
                Err(ErrorKind::BrokenPipe)
            );
        }
    }
}

fn until_some(mut attempt: impl FnMut() -> io::Result<usize>) -> usize {
    for _ in 0..10_000 {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            other => return other.expect("no failure"),
        }
    }
    panic!("nothing comes")
}

#[test]
fn a_connection_that_ends_early_is_told_from_one_that_is_complete() {
    let authority = Authority::new(&folder("truncated"), "Truncated");
    let mut line = line(1 << 16);
    let (mut client, mut server) = connected(&trusting(&authority), &server(&authority.good()), &mut line);
    client.send(&mut client_side(&mut line), b"half").expect("there is room");
    line.ended = true;
    let mut buffer = [0; 16];
    assert_eq!(server.receive(&mut server_side(&mut line), &mut buffer).expect("data comes first"), 4);
    let error = server.receive(&mut server_side(&mut line), &mut buffer).expect_err("no end of TLS came");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(TlsError::of(&error).map(|error| error.kind), Some("closed"));
}

#[test]
fn handshakes_that_break_off_at_any_byte_end_with_an_error() {
    let authority = Authority::new(&folder("break"), "Break");
    let server = server(&authority.good());
    let client = TlsClient::new(&trusting(&authority)).expect("the settings are good");
    for most in (0..4000).step_by(7) {
        let mut line = line(1 << 16);
        let (mut client, mut server) =
            (client.session("localhost").expect("a name"), server.session().expect("a session"));
        let (mut left, mut done) = (most, false);
        for _ in 0..10 {
            let _ = client.handshake(&mut client_side(&mut line));
            line.to_server.truncate(left);
            left -= line.to_server.len();
            let result = server.handshake(&mut server_side(&mut line));
            line.ended |= left == 0;
            done |= result.is_ok();
            if let Err(error) = result
                && error.kind() != ErrorKind::WouldBlock
            {
                assert!(TlsError::of(&error).is_some(), "{error:?}");
                done = true;
            }
        }
        assert!(done, "cut at {most}: the server waits for ever");
    }
}

#[test]
fn certificates_that_are_refused_say_why() {
    let authority = Authority::new(&folder("refused"), "Refusing");
    let other = Authority::new(&folder("other"), "Somebody Else");
    let settings = trusting(&authority);
    let expect = |issued: &Issued, host: &str, text: &str| {
        let error = reason(&settings, &server(issued), host);
        assert_eq!((error.kind, &*error.text), ("certificate", text));
    };
    let expired = Wish { valid: ("20200101000000Z", "20210203040506Z"), ..Wish::default() };
    expect(&authority.issue("old", expired), "localhost", "the certificate is expired since 2021-02-03 04:05:06 UTC");
    let early = Wish { valid: ("20880101000000Z", "20991231235959Z"), ..Wish::default() };
    expect(&authority.issue("new", early), "localhost", "the certificate is not valid before 2088-01-01 00:00:00 UTC");
    let named = authority.named("named", "DNS:a.example,DNS:*.b.example,IP:10.0.0.1");
    let names = "it has a.example, *.b.example, 10.0.0.1";
    expect(&named, "localhost", &format!("the certificate's names do not match localhost: {names}"));
    expect(&named, "127.0.0.1", &format!("the certificate's names do not match 127.0.0.1: {names}"));
    expect(
        &authority.named("nameless", ""),
        "localhost",
        "the certificate's names do not match localhost: it has no names",
    );
    expect(&other.good(), "localhost", "the certificate has an unknown issuer: CN=Somebody Else");
    let own = authority.self_signed("own", Wish::default());
    expect(&own, "localhost", "the certificate of CN=own is self-signed, and not among those trusted");
    let chain = other.good().with_chain(&[&other.cert]);
    expect(
        &chain,
        "localhost",
        "the certificate has an unknown issuer: CN=Somebody Else is self-signed, and not among those trusted",
    );
    let client = Wish { purpose: "clientAuth", ..Wish::default() };
    expect(
        &authority.issue("purpose", client),
        "localhost",
        "the certificate of CN=purpose is for another purpose than a server's",
    );
}

#[test]
fn certificates_that_are_accepted() {
    let authority = Authority::new(&folder("accepted"), "Accepting");
    let beneath = authority.subordinate("Beneath");
    let chain = beneath.issue("leaf", Wish::default()).with_chain(&[&beneath.cert]);
    let mut settings = trusting(&authority);
    connected(&settings, &server(&chain), &mut line(1 << 16));
    // What was itself given as trusted needs no authority, but the right name and time.
    for is_authority in [false, true] {
        let own = authority.self_signed("own", Wish { is_authority, ..Wish::default() });
        settings.ca_file = Some(own.cert.clone());
        connected(&settings, &server(&own), &mut line(1 << 16));
        let error = reason(&settings, &server(&own), "elsewhere");
        assert_eq!(error.text, "the certificate's names do not match elsewhere: it has localhost, 127.0.0.1, ::1");
    }
    let expired = Wish { valid: ("20200101000000Z", "20210101000000Z"), names: "DNS:nobody", ..Wish::default() };
    let expired = authority.self_signed("expired", expired);
    settings.ca_file = Some(expired.cert.clone());
    assert_eq!(
        reason(&settings, &server(&expired), "nobody").text,
        "the certificate is expired since 2021-01-01 00:00:00 UTC"
    );
    settings.verify = false;
    connected(&settings, &server(&expired), &mut line(1 << 16));
}

#[test]
fn clients_show_certificates_where_they_are_required() {
    let authority = Authority::new(&folder("clients"), "Clients");
    let settings = ServerSettings {
        certificates: vec![pair(&authority.good())],
        client_ca: Some(authority.cert.clone()),
        ..Default::default()
    };
    let server = TlsServer::new(settings).expect("the files are good");
    let mine = authority.issue("me", Wish { purpose: "clientAuth", ..Wish::default() });
    connected(&ClientSettings { certificate: Some(pair(&mine)), ..trusting(&authority) }, &server, &mut line(1 << 16));
    assert_eq!(reason(&trusting(&authority), &server, "localhost").text, "the peer has sent no certificate");
    let stranger = Authority::new(&folder("stranger"), "Stranger").good();
    let foreign = ClientSettings { certificate: Some(pair(&stranger)), ..trusting(&authority) };
    assert_eq!(reason(&foreign, &server, "localhost").text, "the certificate has an unknown issuer");
}

#[test]
fn a_ticket_does_not_outlive_trust_in_its_certificate() {
    let authority = Authority::new(&folder("tickets"), "Tickets");
    let other = Authority::new(&folder("tickets-other"), "Other");
    let trusted = folder("tickets").join("trusted.pem");
    std::fs::copy(&authority.cert, &trusted).expect("it can be written");
    let certificates = vec![pair(&authority.good())];
    let server = ServerSettings { certificates, client_ca: Some(trusted.clone()), ..Default::default() };
    let server = TlsServer::new(server).expect("the files are good");
    let mine = authority.issue("me", Wish { purpose: "clientAuth", ..Wish::default() });
    // In this version the ticket comes within the handshake.
    let versions = Versions::Only12;
    let settings = ClientSettings { certificate: Some(pair(&mine)), versions, ..trusting(&authority) };
    connected(&settings, &server, &mut line(1 << 16));
    connected(&settings, &server, &mut line(1 << 16));
    std::fs::copy(&other.cert, &trusted).expect("it can be written");
    assert_eq!(server.refresh(std::time::Instant::now() + std::time::Duration::from_secs(2)), None);
    assert_eq!(reason(&settings, &server, "localhost").text, "the certificate has an unknown issuer");
}

#[test]
fn protocols_are_chosen_and_names_find_their_certificate() {
    let authority = Authority::new(&folder("names"), "Names");
    let certificates = [("one", "DNS:one.example"), ("two", "DNS:*.two.example"), ("good", "DNS:localhost")];
    let certificates = certificates.map(|(name, names)| pair(&authority.named(name, names)));
    let alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let settings = ServerSettings { certificates: certificates.to_vec(), alpn, ..Default::default() };
    let server = TlsServer::new(settings).expect("the files are good");
    for host in ["one.example", "ONE.example.", "a.two.example", "localhost"] {
        let settings = ClientSettings { alpn: vec![b"http/1.1".to_vec()], ..trusting(&authority) };
        let mut client = TlsClient::new(&settings).and_then(|client| client.session(host)).expect("a name");
        shake(&mut line(1 << 16), &mut client, &mut server.session().expect("a session")).expect("they agree");
    }
    let settings = ClientSettings { alpn: vec![b"smtp".to_vec()], ..trusting(&authority) };
    assert_eq!(reason(&settings, &server, "localhost").text, "none of the protocols (ALPN) is known to both sides");
}

#[test]
fn what_is_no_tls_is_told() {
    let authority = Authority::new(&folder("plain"), "Plain");
    for bytes in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], b"\0\0\0\0\0\0\0\0\0", b"SSH-2.0-x\r\n"] {
        let mut line = line(1 << 16);
        line.to_server.extend(bytes);
        let error = server(&authority.good()).session().expect("a session").handshake(&mut server_side(&mut line));
        let error = error.expect_err("that is no TLS");
        let error = TlsError::of(&error).unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!((error.kind, error.is_plaintext), ("tls", true), "{error:?}");
    }
}

#[test]
fn new_files_are_taken_and_broken_ones_are_not() {
    let authority = Authority::new(&folder("reload"), "Reload");
    let first = authority.named("first", "DNS:localhost");
    let second = authority.named("second", "DNS:elsewhere");
    let server = server(&first);
    let settings = trusting(&authority);
    let now = std::time::Instant::now();
    let after = |seconds: u64| now + std::time::Duration::from_secs(seconds);
    let mut old_line = line(1 << 16);
    let (mut client, mut other) = connected(&settings, &server, &mut old_line);
    std::fs::copy(&second.cert, &first.cert).expect("it can be written");
    // The key is missing still: nothing changes, and it is said once, after a while.
    let said: Vec<Option<String>> = [2, 4, 6, 8].map(|seconds| server.refresh(after(seconds))).into();
    assert!(
        matches!(&said[..], [None, Some(text), None, None] if text.contains("does not belong to the certificate")),
        "{said:?}"
    );
    connected(&settings, &server, &mut line(1 << 16));
    std::fs::copy(&second.key, &first.key).expect("it can be written");
    assert_eq!(server.refresh(after(10)), None);
    let fresh = ClientSettings { server_name: Some("elsewhere".into()), ..settings };
    connected(&fresh, &server, &mut line(1 << 16));
    // The connection from before goes on.
    client.send(&mut client_side(&mut old_line), b"still").expect("there is room");
    assert_eq!(until_some(|| other.receive(&mut server_side(&mut old_line), &mut [0; 16])), 5);
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let authority = Authority::new(&folder("files"), "Files");
    let good = authority.good();
    let problem = |cert: &Path, key: &Path| {
        let certificates = vec![Pair { cert: cert.into(), key: key.into() }];
        let error =
            TlsServer::new(ServerSettings { certificates, ..Default::default() }).expect_err("it cannot be used");
        (error.kind, error.text.replace(&*authority.folder().to_string_lossy(), ""))
    };
    let nowhere = authority.folder().join("nowhere");
    assert_eq!(problem(&nowhere, &good.key), ("not_found", "/nowhere: no such file or directory".into()));
    assert_eq!(problem(&good.key, &good.key), ("certificate", "/good.key: no certificate in PEM is in it".into()));
    assert_eq!(problem(&good.cert, &good.cert), ("certificate", "/good.pem: no private key in PEM is in it".into()));
    let other = authority.named("another", "DNS:x");
    let text = "/another.key: the key does not belong to the certificate in /good.pem";
    assert_eq!(problem(&good.cert, &other.key), ("certificate", text.into()));
    assert_eq!(problem(Path::new("/dev/zero"), &good.key).0, "range");
    // A text stands for itself.
    let [cert, key] = [&good.cert, &good.key].map(|path| std::fs::read_to_string(path).expect("a text"));
    let settings =
        ServerSettings { certificates: vec![Pair { cert: cert.into(), key: key.into() }], ..Default::default() };
    TlsServer::new(settings).expect("both are there");
}
