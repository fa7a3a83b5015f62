//! What holds for any bytes that the readers of codes, tokens, URLs and networks are given. The
//! fuzz targets run the same.

use std::io::{self, Read, Write};

use sentra_netlib::certificate::Certificate;
use sentra_netlib::code::base64::Alphabet;
use sentra_netlib::code::{gzip, hex, html, percent};
use sentra_netlib::endpoint::tls::{ClientSettings, Pair, ServerSettings, TlsClient, TlsServer};
use sentra_netlib::network::Network;
use sentra_netlib::token::{self, Algorithm, Key};
use sentra_netlib::url::{Url, join};
use sentra_netlib::wire::http::access_log::{self, Format, Record};
use sentra_netlib::wire::http::conditional::{Conditions, EntityTag, Validators, Verdict};
use sentra_netlib::wire::http::multipart::{self, Event, Reader};
use sentra_netlib::wire::http::range::{self, Wanted};
use sentra_netlib::wire::http::{date, file_path, form as urlencoded, media_type, negotiation};
use sentra_netlib::{Malformed, password};

/// The most that a gzip file may stand for here.
const MOST: usize = 1 << 20;

/// A mistake has its place within the text.
fn is_placed(wrong: &Malformed, bytes: &[u8]) {
    assert!(wrong.at.is_none_or(|at| at <= bytes.len()), "{wrong} of {}", bytes.len());
    assert!(!wrong.to_string().is_empty());
}

/// Bytes become text and come back; text is refused, or is read as what is written the same.
pub fn codes(bytes: &[u8]) {
    for alphabet in [Alphabet::Standard, Alphabet::Url] {
        assert_eq!(alphabet.decode(&alphabet.encode(bytes)).as_deref(), Ok(bytes));
        match alphabet.decode(bytes) {
            Ok(decoded) => {
                let plain: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                let digits = |text: &[u8]| String::from_utf8_lossy(text).trim_end_matches('=').to_owned();
                assert_eq!(digits(&alphabet.encode(&decoded)), digits(&plain));
            }
            Err(wrong) => is_placed(&wrong, bytes),
        }
    }
    let mut out = vec![0; bytes.len() / 2];
    match hex::decode_into(bytes, &mut out) {
        Ok(()) => assert!(hex::encode(&out).as_bytes().eq_ignore_ascii_case(bytes)),
        Err(wrong) => is_placed(&wrong, bytes),
    }
    for plus in [false, true] {
        let mut text = Vec::new();
        percent::encode(bytes, &percent::COMPONENT, plus, &mut text);
        assert_eq!(percent::decode(&text, plus).as_deref(), Ok(bytes));
        if let Err(wrong) = percent::decode(bytes, plus) {
            is_placed(&wrong, bytes);
        }
    }
    assert_eq!(html::unescape(&html::escape(bytes)), bytes);
    // No reference is shorter than what it stands for by more than a few bytes.
    assert!(html::unescape(bytes).len() <= bytes.len() * 2);
}

/// A query is read as pairs that, written again, are read as the same.
pub fn query(bytes: &[u8]) {
    let owned = |text: &[u8]| -> Vec<(Vec<u8>, Vec<u8>)> {
        percent::pairs(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    };
    let pairs = owned(bytes);
    let mut written = Vec::new();
    pairs.iter().for_each(|(name, value)| percent::push_pair(&mut written, name, value));
    assert_eq!(owned(&written), pairs);
}

/// Data comes back; anything else is refused within the bound.
pub fn compressed(bytes: &[u8]) {
    let file = gzip::compress(bytes, 1);
    assert_eq!(gzip::decompress(&file, bytes.len()).as_deref(), Ok(bytes));
    // Behind a proper header the damage is in the compressed data.
    let damaged = [&file[..10], bytes].concat();
    for foreign in [bytes, &damaged] {
        match gzip::decompress(foreign, MOST) {
            Ok(data) => assert!(data.len() <= MOST),
            Err(gzip::Failure::Malformed(wrong)) => is_placed(&wrong, foreign),
            Err(gzip::Failure::TooLarge(most)) => assert_eq!(most, MOST),
        }
    }
}

/// A URL is refused, or is written as one that is read the same; so is what links on it mean.
pub fn url(bytes: &[u8]) {
    for base in [&b"http://a/b/c/d;p?q"[..], b"x:y"] {
        if let Ok(target) = join::join(base, bytes) {
            assert!(Url::parse(target.as_bytes()).is_ok(), "{target}");
        }
    }
    match Url::parse(bytes) {
        Ok(url) => {
            let written = url.to_string();
            assert_eq!(Url::parse(written.as_bytes()).as_ref(), Ok(&url), "{written}");
            if let Ok(normal) = url.normalised() {
                let written = normal.to_string();
                assert!(written.is_ascii());
                assert_eq!(Url::parse(written.as_bytes()).as_ref(), Ok(&normal), "{written}");
            }
        }
        Err(wrong) => is_placed(&wrong, bytes),
    }
}

/// Parts from anywhere are refused, or stay the parts that they were.
pub fn parts(bytes: &[u8]) {
    let mut texts = bytes.split(|&byte| byte == b'\n').map(|text| String::from_utf8_lossy(text).into_owned());
    let mut next = || texts.next();
    let url = Url {
        scheme: "http".into(),
        host: Some(next().unwrap_or_default()),
        path: next().unwrap_or_default(),
        query: next(),
        fragment: next(),
        user: next().map(String::into_bytes),
        password: next().map(String::into_bytes),
        ..Url::default()
    };
    if let Ok(normal) = url.normalised() {
        assert_eq!(Url::parse(normal.to_string().as_bytes()), Ok(normal));
    }
}

/// A network is refused, or is written as one that is read as the same and contains its ends.
pub fn network(bytes: &[u8]) {
    let Ok(network) = Network::parse(bytes) else { return };
    let again = Network::parse(network.to_string().as_bytes()).expect("what is written is read");
    assert_eq!((again.network(), again.end(), again.prefix), (network.network(), network.end(), network.prefix));
    assert!(network.contains(&again) && again.contains(&network));
    let (first, last) = network.host_range();
    assert!(first <= last && network.hosts().take(5).count() as u128 <= network.host_count());
    for bits in [first, last] {
        let one = Network::parse(network.host(bits).to_string().as_bytes()).expect("an address is a network of one");
        assert!(network.contains(&one));
    }
}

/// Tokens, keys and stored passwords are refused or read; none of them verifies.
pub fn token(bytes: &[u8]) {
    if let Ok(parts) = token::split(bytes) {
        for (_, algorithm, _) in Algorithm::ALL {
            let secret = Key::Secret(b"nobody knows".to_vec());
            assert_ne!(algorithm.verify(&secret, parts.signed, &parts.signature), Ok(true));
        }
    }
    let wrapped = |label: &str| {
        let body = String::from_utf8(Alphabet::Standard.encode(bytes)).expect("base64 is ASCII");
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    };
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"] {
        if let Ok(key) = Key::read(wrapped(label).as_bytes()) {
            // A damaged public key is found at its first use.
            let algorithm = Algorithm::of(key.kind());
            assert_ne!(algorithm.verify(&key, b"text", &[0; 64]), Ok(true));
        }
    }
    let _ = Key::read(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(cost) = password::cost_of(text)
    {
        assert_eq!(cost.check(), Ok(()));
    }
}

/// A form's parts: names, file names and contents.
type Parts = Vec<(Vec<u8>, Option<Vec<u8>>, Vec<u8>)>;

fn parts_of(bytes: &[u8], piece: usize) -> Result<Parts, multipart::Malformed> {
    let mut reader = Reader::new(b"B", 4);
    let mut parts = Parts::new();
    for some in bytes.chunks(piece) {
        reader.push(some);
        loop {
            match reader.step()? {
                Event::Part(head) => parts.push((head.name, head.filename, Vec::new())),
                Event::Data(data) => parts.last_mut().expect("data is a part's").2.extend_from_slice(data),
                Event::PartEnd => {}
                Event::Need | Event::End => break,
            }
        }
    }
    reader.finish().map(|()| parts)
}

/// A form is read or refused, the same in pieces as whole; no file's name is a path.
pub fn form(bytes: &[u8]) {
    let whole = parts_of(bytes, bytes.len().max(1));
    for piece in [1, 2, 7] {
        assert_eq!(parts_of(bytes, piece), whole);
    }
    for (_, filename, content) in whole.unwrap_or_default() {
        assert!(content.len() <= bytes.len());
        let filename = filename.unwrap_or_default();
        assert!(!filename.iter().any(|byte| b"/\\\0".contains(byte)) && filename != b"..");
    }
    if let Some(Ok(boundary)) = multipart::boundary(bytes) {
        assert!((1..=70).contains(&boundary.len()));
    }
    for (name, value) in media_type::parameters(bytes).unwrap_or_default() {
        assert!(!name.is_empty() && name.len() + value.len() < bytes.len());
    }
    let _ = (media_type::of_name(bytes), media_type::is_compressible(bytes));
    assert!(urlencoded::fields(bytes, 3).is_none_or(|fields| fields.len() <= 3));
}

/// What a request asks for lies within the resource, and no bytes twice.
pub fn conditions(bytes: &[u8]) {
    for size in [0, 1, 999, u64::MAX] {
        let parts = match range::read(bytes, size) {
            Wanted::One(part) => vec![part],
            Wanted::Several(parts) => parts,
            Wanted::Whole | Wanted::Nothing => Vec::new(),
        };
        let mut sorted = parts.clone();
        sorted.sort_by_key(|part| part.first);
        assert!(sorted.iter().all(|part| part.first <= part.last && part.last < size));
        assert!(sorted.windows(2).all(|pair| pair[0].last < pair[1].first));
    }
    let field = Some(bytes);
    let resource = Validators { tag: EntityTag::read(b"\"abc\""), modified: Some(784_111_777) };
    let all = Conditions {
        if_match: field,
        if_none_match: field,
        if_modified_since: field,
        if_unmodified_since: field,
        if_range: field,
    };
    let verdict = all.decide(resource, false, 1_700_000_000);
    // What is not read is not changed behind someone's back: 304 is for GET and HEAD.
    assert_ne!(verdict, Verdict::NotModified);
    let _ = (all.decide(resource, true, 0), all.allow_range(resource, 0), negotiation::takes_gzip(bytes));
    if let Some(seconds) = date::read(bytes, 1_700_000_000) {
        let written = date::write(seconds);
        assert_eq!(date::read(&written, 0), Some(seconds));
    }
}

/// A path names something beneath the root, or nothing.
pub fn file_path(bytes: &[u8]) {
    for hidden in [false, true] {
        let Ok(path) = file_path::map(bytes, hidden) else { continue };
        assert!(!path.name.starts_with(b"/") && !path.name.contains(&0) && path.name.len() < 4096);
        for segment in path.name.split(|&byte| byte == b'/') {
            assert!(!segment.is_empty() || path.name.is_empty());
            assert!(segment != b"." && segment != b".." && !segment.contains(&b'\\'));
            assert!(hidden || !segment.starts_with(b".") || segment == b".well-known");
        }
    }
}

/// A log line is one line, whatever was sent.
pub fn log_line(bytes: &[u8]) {
    let field = Some(bytes);
    let record = Record {
        address: bytes,
        time: bytes.len() as u64 * 86_399_999,
        method: bytes,
        target: bytes,
        version: bytes,
        referer: field,
        agent: field,
        host: field,
        ..Record::default()
    };
    for format in [Format::Common, Format::Combined, Format::Json] {
        let mut line = Vec::new();
        access_log::write(format, &record, &mut line);
        let (last, rest) = line.split_last().expect("a line has an end");
        assert!(*last == b'\n' && !rest.iter().any(u8::is_ascii_control));
        assert!(std::str::from_utf8(rest).is_ok());
    }
}

/// A certificate for localhost and its key, for tests only.
const CERTIFICATE: &str = include_str!("localhost.pem");
const KEY: &str = include_str!("localhost.key");

/// A certificate with bytes changed as other bytes say: each three a place and a value.
pub fn certificate(bytes: &[u8]) {
    let base64: String = CERTIFICATE.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = Alphabet::Standard.decode(base64.as_bytes()).expect("it is base64");
    assert_eq!(Certificate::read(&der).expect("it is one").names, ["localhost", "127.0.0.1"]);
    for &[high, low, value] in bytes.as_chunks().0 {
        let at = usize::from(u16::from_be_bytes([high, low])) % der.len();
        der[at] ^= value;
    }
    for der in [&der[..], &der[..der.len() - bytes.len() % der.len()], bytes] {
        let Some(certificate) = Certificate::read(der) else { continue };
        let texts = [&certificate.subject, &certificate.issuer].into_iter().chain(&certificate.names);
        texts.for_each(|text| assert!(!text.chars().any(char::is_control) && text.len() <= 16 * der.len()));
        assert!(certificate.not_before.to_string().ends_with(" UTC"));
    }
}

/// What one side of a handshake reads, and what it wants to say goes nowhere.
struct Wire<'a>(&'a [u8]);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Both sides of TLS read the bytes, as they are and as a handshake record, and say what is wrong.
pub fn tls(bytes: &[u8]) {
    thread_local! {
        static SIDES: (TlsServer, TlsClient) = {
            let certificates = vec![Pair { cert: CERTIFICATE.into(), key: KEY.into() }];
            let server = TlsServer::new(ServerSettings { certificates, ..ServerSettings::default() });
            let client = TlsClient::new(&ClientSettings { verify: false, ..ClientSettings::default() });
            (server.expect("the texts are good"), client.expect("it needs no files"))
        };
    }
    let mut record = vec![0x16, 3, 1];
    record.extend((bytes.len() as u16).to_be_bytes());
    record.extend(bytes);
    SIDES.with(|(server, client)| {
        for input in [bytes, &record] {
            let sides = [server.session().expect("a session"), client.session("localhost").expect("a name")];
            for mut side in sides {
                side.handshake(&mut Wire(input)).expect_err("that is no whole handshake");
            }
        }
    });
}
