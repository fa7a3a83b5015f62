//! What holds for any bytes that the readers of codes, tokens, URLs and networks are given. The
//! fuzz targets run the same.

use sentra_netlib::code::base64::Alphabet;
use sentra_netlib::code::{gzip, hex, html, percent};
use sentra_netlib::network::Network;
use sentra_netlib::token::{self, Algorithm, Key};
use sentra_netlib::url::{Url, join};
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
