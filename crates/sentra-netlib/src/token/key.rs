//! Keys of tokens: secrets, and the PEM files that OpenSSL and others write.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};

use super::Algorithm;
use crate::code::base64::Alphabet;
use crate::code::der::{BIT_STRING, Der, INTEGER, OBJECT, OCTET_STRING, SEQUENCE, written};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Shared by both sides.
    Secret,
    /// RSA.
    Rsa,
    /// The NIST curve P-256.
    P256,
    /// The NIST curve P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret => "a shared secret",
            Self::Rsa => "an RSA key",
            Self::P256 => "a key of curve P-256",
            Self::P384 => "a key of curve P-384",
            Self::Ed25519 => "an Ed25519 key",
        })
    }
}

/// Why a key does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError(String);

impl KeyError {
    pub(super) fn unusable(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    pub(super) fn mismatch(algorithm: Algorithm, kind: Kind) -> Self {
        Self(format!("{} takes {}, this is {kind}", algorithm.name(), algorithm.kind()))
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key.
#[derive(Debug)]
pub enum Key {
    /// A shared secret.
    Secret(Vec<u8>),
    /// A private RSA key.
    Rsa(Box<RsaKeyPair>),
    /// A private key of a curve.
    Ecdsa(Kind, Box<EcdsaKeyPair>),
    /// A private Ed25519 key.
    Ed25519(Box<Ed25519KeyPair>),
    /// A public key, as its signatures are checked with.
    Public(Kind, Vec<u8>),
}

type Read = Result<Key, KeyError>;

impl Key {
    /// The key that a script names: the text of a PEM file, or any other bytes as a secret.
    pub fn read(text: &[u8]) -> Read {
        if find(text, b"-----BEGIN ").is_some() {
            return pem(text);
        }
        match text {
            [] => Err(KeyError::unusable("the key is empty")),
            _ if is_key_of_other_format(text) => {
                Err(KeyError::unusable("the key is in a format that is not supported: public and private keys are PEM"))
            }
            _ => Ok(Self::Secret(text.to_vec())),
        }
    }

    /// What it is for.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Secret(_) => Kind::Secret,
            Self::Rsa(_) => Kind::Rsa,
            Self::Ecdsa(kind, _) | Self::Public(kind, _) => *kind,
            Self::Ed25519(_) => Kind::Ed25519,
        }
    }

    /// The public part; a secret has none.
    pub(super) fn public(&self) -> &[u8] {
        match self {
            Self::Secret(_) => &[],
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Ecdsa(_, pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
            Self::Public(_, bytes) => bytes,
        }
    }
}

/// How keys begin in the files of OpenSSH and SSH2.
const SSH: [&[u8]; 5] = [b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-", b"---- BEGIN "];

/// Whether it is a key, yet not in PEM. Were it taken as a secret, whoever knows the public key
/// could sign.
fn is_key_of_other_format(text: &[u8]) -> bool {
    let trimmed = text.trim_ascii();
    let is_ssh = SSH.iter().any(|start| trimmed.starts_with(start));
    let is_json = trimmed.starts_with(b"{") && find(trimmed, b"\"kty\"").is_some();
    is_ssh || is_json || is_der(text) || Alphabet::Standard.decode(trimmed).is_ok_and(|der| is_der(&der))
}

/// Whether it is one sequence as keys and certificates are, from the first byte to the last.
fn is_der(text: &[u8]) -> bool {
    let mut der = Der(text);
    let first = der.sequence().and_then(|mut content| content.element());
    der.0.is_empty() && matches!(first, Some((INTEGER | SEQUENCE, _)))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The first key among the blocks of a PEM file.
fn pem(text: &[u8]) -> Read {
    let mut rest = text;
    while let Some(at) = find(rest, b"-----BEGIN ") {
        rest = &rest[at + 11..];
        let broken = || KeyError::unusable("the PEM text is incomplete");
        let label_end = find(rest, b"-----").ok_or_else(broken)?;
        let (label, body) = (&rest[..label_end], &rest[label_end + 5..]);
        let end = find(body, b"-----END ").ok_or_else(broken)?;
        rest = &body[end..];
        if label == b"EC PARAMETERS" {
            continue;
        }
        let der = Alphabet::Standard.decode(&body[..end]);
        let der = der.map_err(|wrong| KeyError::unusable(format!("the PEM text is damaged: {wrong}")))?;
        return block(label, &der);
    }
    Err(KeyError::unusable("there is no key in the PEM text"))
}

fn block(label: &[u8], der: &[u8]) -> Read {
    let damaged = || KeyError::unusable("the key in the PEM text is damaged or of a kind that is not supported");
    match label {
        b"PRIVATE KEY" => private(der),
        b"RSA PRIVATE KEY" => rsa(RsaKeyPair::from_der(der)),
        b"EC PRIVATE KEY" => private(&wrap_ec(der).ok_or_else(damaged)?),
        b"PUBLIC KEY" => public(Der(der)).ok_or_else(damaged),
        b"RSA PUBLIC KEY" => Ok(Key::Public(Kind::Rsa, der.to_vec())),
        b"CERTIFICATE" => certificate(der).ok_or_else(damaged),
        b"ENCRYPTED PRIVATE KEY" => Err(KeyError::unusable("the private key is encrypted")),
        other => {
            let label = String::from_utf8_lossy(other);
            Err(KeyError::unusable(format!("PEM text of `{}` is no key", label.escape_debug())))
        }
    }
}

fn rejected(error: ring::error::KeyRejected) -> KeyError {
    KeyError::unusable(format!("the private key is refused: {error}"))
}

fn rsa(pair: Result<RsaKeyPair, ring::error::KeyRejected>) -> Read {
    pair.map(|pair| Key::Rsa(Box::new(pair))).map_err(rejected)
}

/// The OIDs of algorithm and curve in an AlgorithmIdentifier.
fn kind_of(mut identifier: Der) -> Option<Kind> {
    let algorithm = identifier.take(OBJECT)?;
    match algorithm {
        RSA => Some(Kind::Rsa),
        ED25519 => Some(Kind::Ed25519),
        EC => match identifier.take(OBJECT)? {
            P256 => Some(Kind::P256),
            P384 => Some(Kind::P384),
            _ => None,
        },
        _ => None,
    }
}

/// PKCS #8.
fn private(der: &[u8]) -> Read {
    let kind = || {
        let mut info = Der(der).sequence()?;
        info.take(INTEGER)?;
        kind_of(info.sequence()?)
    };
    match kind() {
        Some(Kind::Rsa) => rsa(RsaKeyPair::from_pkcs8(der)),
        Some(Kind::Ed25519) => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(rejected)?;
            Ok(Key::Ed25519(Box::new(pair)))
        }
        Some(kind @ (Kind::P256 | Kind::P384)) => {
            let algorithm =
                if kind == Kind::P256 { &ECDSA_P256_SHA256_FIXED_SIGNING } else { &ECDSA_P384_SHA384_FIXED_SIGNING };
            let pair = EcdsaKeyPair::from_pkcs8(algorithm, der, &SystemRandom::new()).map_err(rejected)?;
            Ok(Key::Ecdsa(kind, Box::new(pair)))
        }
        _ => Err(KeyError::unusable("the private key is damaged or of a kind that is not supported")),
    }
}

/// SEC 1, as PKCS #8: the curve is named inside, under the tag 0.
fn wrap_ec(der: &[u8]) -> Option<Vec<u8>> {
    let mut key = Der(der).sequence()?;
    key.take(INTEGER)?;
    key.take(OCTET_STRING)?;
    let curve = Der(key.take(0xA0)?).take(OBJECT)?;
    let identifier = [written(OBJECT, EC), written(OBJECT, curve)].concat();
    let parts = [written(INTEGER, &[0]), written(SEQUENCE, &identifier), written(OCTET_STRING, der)];
    Some(written(SEQUENCE, &parts.concat()))
}

/// SubjectPublicKeyInfo.
fn public(mut der: Der) -> Option<Key> {
    let mut info = der.sequence()?;
    let kind = kind_of(info.sequence()?)?;
    let (&unused, bits) = info.take(BIT_STRING)?.split_first()?;
    (unused == 0).then(|| Key::Public(kind, bits.to_vec()))
}

/// The public key of an X.509 certificate; nobody asks here who signed it.
fn certificate(der: &[u8]) -> Option<Key> {
    let mut body = Der(der).sequence()?.sequence()?;
    if body.0.first() == Some(&0xA0) {
        body.element()?;
    }
    body.take(INTEGER)?;
    // Signature algorithm, issuer, validity, subject.
    for _ in 0..4 {
        body.sequence()?;
    }
    public(body)
}
