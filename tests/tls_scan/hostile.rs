//! Servers that make things up, drip or never end: a scan of them ends, and says so.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::peers::{folder, text, try_analyze};
use sentra::certificates::Authority;

/// A server that does this to everyone, until the test is over.
fn server(behave: impl Fn(TcpStream, Vec<u8>) + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for peer in listener.incoming().map_while(Result::ok) {
            let behave = behave.clone();
            thread::spawn(move || {
                let mut peer = peer;
                let mut hello = vec![0; 4096];
                let len = peer.read(&mut hello).unwrap_or(0);
                hello.truncate(len);
                behave(peer, hello);
            });
        }
    });
    port
}

/// How a scan ends that may take so many seconds.
fn ends(port: u16, options: &str, seconds: u64) -> String {
    let begun = Instant::now();
    let result = try_analyze("127.0.0.1", port, options);
    assert!(begun.elapsed() < Duration::from_secs(seconds), "it took {:?}", begun.elapsed());
    match result {
        Ok(report) => format!("{} {:?} {}", report.grade(), report.protocols(), report.0["complete"]),
        Err(error) => error.replace(&format!(":{port}"), ""),
    }
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &(content.len() as u16).to_be_bytes(), content].concat()
}

fn server_hello(suite: [u8; 2]) -> Vec<u8> {
    let body = [&[3, 3][..], &[7; 32], &[0], &suite, &[0]].concat();
    let hello = [&[2, 0, 0, body.len() as u8][..], &body].concat();
    record(22, &[&hello[..], &[14, 0, 0, 0]].concat())
}

/// The same with what is meant to be a certificate.
fn flight(certificate: &[u8]) -> Vec<u8> {
    let long = |len: usize| (len as u32).to_be_bytes()[1..].to_vec();
    let len = certificate.len();
    let list = [&[11][..], &long(len + 6), &long(len + 3), &long(len), certificate].concat();
    let hello = server_hello([0xC0, 0x2F]);
    let done = hello.len() - 4;
    let messages = [&hello[5..done], &list, &hello[done..]].concat();
    messages.chunks(16_000).flat_map(|piece| record(22, piece)).collect()
}

#[test]
fn certificates_that_are_none() {
    let authority = Authority::new(&folder("damaged"), "Damaged");
    let issued = authority.good();
    let der = std::process::Command::new("openssl")
        .args(["x509", "-in", text(&issued.cert), "-outform", "DER"])
        .output()
        .expect("openssl is installed")
        .stdout;
    let changed = |at: usize, byte: u8| {
        let mut der = der.clone();
        der[at] = byte;
        der
    };
    let mut damaged = vec![
        vec![],
        vec![0x30],
        vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
        // Sequences within each other, as deep as a record goes.
        [0x30, 0x80].repeat(7_000),
        vec![0x30; 60_000],
        der[..der.len() - 1].to_vec(),
        [&der[..], b"more"].concat(),
    ];
    damaged.extend((4..der.len()).step_by(der.len() / 12).map(|cut| der[..cut].to_vec()));
    damaged.extend((0..der.len()).step_by(der.len() / 24).map(|at| changed(at, 0xFF)));
    for certificate in damaged {
        let bytes = flight(&certificate);
        let port = server(move |mut peer, _| drop(peer.write_all(&bytes)));
        let said = ends(port, "{}", 30);
        assert_eq!(
            said,
            "T [\"TLSv1.2\"] true",
            "{} bytes {:02x?}",
            certificate.len(),
            &certificate[..certificate.len().min(16)]
        );
    }
}

#[test]
fn bytes_that_drip() {
    let port = server(|mut peer, _| {
        while peer.write_all(&[0x16]).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    assert!(ends(port, r#"{"timeout": 0.5}"#, 30).starts_with("tls: "));
    let port = server(|mut peer, _| {
        // A record that never comes to its end.
        let mut ok = peer.write_all(&[0x16, 3, 3, 0x40, 0]).is_ok();
        while ok {
            thread::sleep(Duration::from_millis(50));
            ok = peer.write_all(&[2]).is_ok();
        }
    });
    assert_eq!(ends(port, r#"{"timeout": 0.5}"#, 30), "timeout: cannot analyze 127.0.0.1: the server does not answer");
}

#[test]
fn bytes_without_end() {
    let port = server(|mut peer, _| {
        let junk = record(22, &[0x0B; 16_000]);
        while peer.write_all(&junk).is_ok() {}
    });
    assert!(ends(port, "{}", 30).starts_with("tls: "));
    let port = server(|mut peer, _| {
        let _ = peer.write_all(&server_hello([0xC0, 0x2F]));
        let junk = record(24, &[0; 16_000]);
        while peer.write_all(&junk).is_ok() {}
    });
    assert!(ends(port, "{}", 30).contains("TLSv1.2"));
}

#[test]
fn choices_that_were_not_offered() {
    let port = server(|mut peer, _| drop(peer.write_all(&server_hello([0x13, 0x01]))));
    assert!(ends(port, "{}", 30).starts_with("tls: "));
    let port = server(|mut peer, _| drop(peer.write_all(&server_hello([0xC0, 0x2F]))));
    assert_eq!(ends(port, "{}", 30), "T [\"TLSv1.2\"] true");
}

#[test]
fn a_server_that_takes_everything() {
    let port = server(|mut peer, hello| {
        // The first suite behind the random bytes and the session.
        let at = 5 + 4 + 2 + 32;
        let at = at + 1 + usize::from(hello.get(at).copied().unwrap_or(0)) + 2;
        if let Some(suite) = hello.get(at..at + 2)
            && hello.get(9..11) == Some(&[3, 3])
        {
            let _ = peer.write_all(&server_hello([suite[0], suite[1]]));
        }
    });
    let said = ends(port, r#"{"concurrency": 16}"#, 60);
    assert!(said.contains("TLSv1.2") && said.starts_with('T'), "{said}");
}

#[test]
fn a_server_that_stops_answering_in_the_middle() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    let count = Arc::new(AtomicU32::new(0));
    let port = server(move |mut peer, hello| {
        if count.fetch_add(1, Ordering::Relaxed) < 8 && hello.get(9..11) == Some(&[3, 3]) {
            let _ = peer.write_all(&server_hello([0xC0, 0x2F]));
        } else {
            thread::sleep(Duration::from_secs(20));
        }
    });
    let said = ends(port, r#"{"timeout": 0.3, "total_timeout": 3}"#, 15);
    assert_eq!(said, "T [\"TLSv1.2\"] false");
}
