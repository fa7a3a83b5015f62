//! What holds for any bytes that a scanned server may send. The fuzz targets run the same.

use sentra_netlib::certificate::Moment;
use sentra_netlib::code::base64::Alphabet;
use sentra_netlib::endpoint::tls::judge::Judge;
use sentra_netlib::exchange::tls_scan::{End, Findings, STARTTLS_NAMES, Scan, Target, judge};
use sentra_netlib::wire::tls::flight::{Flight, Until};
use sentra_netlib::wire::tls::{ocsp, record, ssl2};

const CERTIFICATE: &str = include_str!("localhost.pem");
/// A scan of a server that always says the same needs no more.
const MOST_CONNECTIONS: u32 = 200;

fn certificate() -> Vec<u8> {
    let base64: String = CERTIFICATE.lines().filter(|line| !line.starts_with('-')).collect();
    Alphabet::Standard.decode(base64.as_bytes()).expect("it is base64")
}

fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind][..], &(content.len() as u32).to_be_bytes()[1..], content].concat()
}

fn vector(bytes: usize, content: &[u8]) -> Vec<u8> {
    [&(content.len() as u64).to_be_bytes()[8 - bytes..], content].concat()
}

/// A whole flight of TLS 1.2 with ECDHE.
fn flight() -> Vec<u8> {
    let extensions = [0xFF, 1, 0, 1, 0, 0, 35, 0, 0, 0, 16, 0, 5, 0, 3, 2, b'h', b'2', 0, 15, 0, 1, 1];
    let hello = [&[3, 3][..], &[7; 32], &[1, 9, 0xC0, 0x2B, 0], &vector(2, &extensions)].concat();
    let certificates = vector(3, &vector(3, &certificate()));
    let status = [&[1][..], &vector(3, &[0x30, 3, 0x0A, 1, 0])].concat();
    let exchange = [&[3, 0, 29, 32][..], &[5; 32], &[4, 3], &vector(2, &[8; 70])].concat();
    let messages = [
        message(2, &hello),
        message(11, &certificates),
        message(22, &status),
        message(12, &exchange),
        message(13, &[1, 64, 0, 2, 4, 3, 0, 0]),
        message(14, &[]),
    ]
    .concat();
    let mut out = Vec::new();
    messages.chunks(500).for_each(|piece| record::write(&mut out, record::HANDSHAKE, 0x0303, piece));
    out
}

fn ssl2_hello() -> Vec<u8> {
    let own = certificate();
    let head = [&[4, 0, 1, 0, 2][..], &(own.len() as u16).to_be_bytes(), &[0, 3, 0, 2]].concat();
    let body = [&head, &own, &[1, 0, 0x80, 9, 9][..]].concat();
    [&(0x8000 | body.len() as u16).to_be_bytes()[..], &body].concat()
}

/// Bytes with changes as other bytes say: each three a place and a value.
fn damaged(mut whole: Vec<u8>, bytes: &[u8]) -> Vec<u8> {
    for &[high, low, value] in bytes.as_chunks().0.iter().take(8) {
        let at = usize::from(u16::from_be_bytes([high, low])) % whole.len();
        whole[at] ^= value;
    }
    whole
}

fn read(bytes: &[u8], piece: usize, until: Until) -> String {
    let mut flight = Flight::default();
    for piece in bytes.chunks(piece.max(1)) {
        if flight.receive(piece, until) {
            break;
        }
    }
    let Flight { hello, certificates, staple, parameters, wants_certificate, is_done, alert, is_malformed, .. } =
        flight;
    format!(
        "{hello:?} {certificates:?} {staple:?} {parameters:?} {wants_certificate} {is_done} {alert:?} {is_malformed}"
    )
}

/// A flight is the same however it is cut; damage to it and to other answers is told.
pub fn flights(bytes: &[u8]) {
    let whole = flight();
    assert!(read(&whole, whole.len(), Until::Done).ends_with("true true None false"));
    for bytes in [bytes, &damaged(whole, bytes), &[&[22, 3, 3, 0, bytes.len() as u8], bytes].concat()] {
        for until in [Until::Hello, Until::KeyExchange, Until::Done] {
            assert_eq!(read(bytes, 1, until), read(bytes, bytes.len(), until));
        }
    }
    let hello = ssl2_hello();
    assert!(ssl2::read(&hello).is_ok_and(|hello| hello.is_some()));
    let _ = (ssl2::read(bytes), ssl2::read(&damaged(hello, bytes)), ocsp::read(bytes));
}

fn target(starttls: usize) -> Target {
    let starttls = starttls.checked_sub(1).and_then(|number| STARTTLS_NAMES.get(number)).map(|(_, protocol)| *protocol);
    Target { host: "localhost".into(), server_name: Some("localhost".into()), starttls, is_http: true }
}

/// A scan of a server that always says the same ends, whatever that is.
pub fn scan(bytes: &[u8]) {
    thread_local!(static JUDGE: Judge = Judge::new(None).expect("the environment names no file"));
    let answers = [bytes.to_vec(), damaged(flight(), bytes), damaged(ssl2_hello(), bytes)];
    let way = bytes.first().map_or(0, |&first| usize::from(first) % (STARTTLS_NAMES.len() + 1));
    for (answer, way) in answers.iter().zip([way, 0, 0]) {
        let mut scan = Scan::new(target(way));
        let mut connections = 0;
        while let Some(mut errand) = scan.next_errand() {
            connections += 1;
            assert!(connections < MOST_CONNECTIONS, "it goes on and on");
            let mut out = errand.talk.begin();
            if !errand.talk.receive(answer, &mut out) {
                errand.talk.ended(if bytes.len().is_multiple_of(2) { End::Closed } else { End::TimedOut });
            }
            scan.conclude(errand);
        }
        assert!(scan.is_over());
        if let Ok(found) = scan.finish() {
            check(&found);
        }
    }

    fn check(found: &Findings) {
        let verdict = JUDGE.with(|by| judge(found, "localhost", by, true, Moment::now()));
        assert!(verdict.issues.iter().all(|issue| !issue.message.chars().any(char::is_control)));
    }
}
