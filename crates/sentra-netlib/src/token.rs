//! Signed tokens in compact form (JWS, RFC 7515): taking them apart and their signatures. What
//! the claims say is for the caller to judge.

pub mod key;

use ring::rand::SystemRandom;
use ring::signature as ring_signature;

use crate::code::Malformed;
use crate::code::base64::Alphabet;
use crate::digest::{self, constant_time_eq};
pub use key::{Key, KeyError, Kind};

/// The longest token that is looked at.
pub const MOST_BYTES: usize = 1 << 20;

/// How a token is signed (RFC 7518, RFC 8037). There is no `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the standard's")]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

impl Algorithm {
    /// All, with their names and the kind of key that each takes.
    pub const ALL: [(&'static str, Self, Kind); 12] = [
        ("HS256", Self::HS256, Kind::Secret),
        ("HS384", Self::HS384, Kind::Secret),
        ("HS512", Self::HS512, Kind::Secret),
        ("RS256", Self::RS256, Kind::Rsa),
        ("RS384", Self::RS384, Kind::Rsa),
        ("RS512", Self::RS512, Kind::Rsa),
        ("PS256", Self::PS256, Kind::Rsa),
        ("PS384", Self::PS384, Kind::Rsa),
        ("PS512", Self::PS512, Kind::Rsa),
        ("ES256", Self::ES256, Kind::P256),
        ("ES384", Self::ES384, Kind::P384),
        ("EdDSA", Self::EdDSA, Kind::Ed25519),
    ];

    /// The algorithm of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, ..)| *known == name).map(|&(_, algorithm, _)| algorithm)
    }

    /// The first algorithm that takes such a key.
    pub fn of(kind: Kind) -> Self {
        Self::ALL.iter().find(|(.., takes)| *takes == kind).expect("every kind has an algorithm").1
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The kind of key that it takes.
    pub fn kind(self) -> Kind {
        self.row().2
    }

    fn row(self) -> &'static (&'static str, Self, Kind) {
        Self::ALL.iter().find(|(_, algorithm, _)| *algorithm == self).expect("the table has all")
    }

    fn digest(self) -> Option<digest::Algorithm> {
        match self {
            Self::HS256 => Some(digest::Algorithm::Sha256),
            Self::HS384 => Some(digest::Algorithm::Sha384),
            Self::HS512 => Some(digest::Algorithm::Sha512),
            _ => None,
        }
    }

    /// The signature of some bytes; the key is of the algorithm's kind.
    pub fn sign(self, key: &Key, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let fits = key.kind() == self.kind();
        match (key, self.digest()) {
            (Key::Secret(secret), Some(digest)) => Ok(digest.hmac(secret, bytes)),
            (Key::Rsa(pair), _) if fits => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let done = pair.sign(self.rsa_encoding(), &SystemRandom::new(), bytes, &mut signature);
                done.map(|()| signature).map_err(|_| KeyError::unusable("the RSA key cannot sign this"))
            }
            (Key::Ecdsa(_, pair), _) if fits => {
                let signature = pair.sign(&SystemRandom::new(), bytes);
                signature
                    .map(|signature| signature.as_ref().to_vec())
                    .map_err(|_| KeyError::unusable("the key cannot sign"))
            }
            (Key::Ed25519(pair), _) if fits => Ok(pair.sign(bytes).as_ref().to_vec()),
            (Key::Public(..), _) if fits => {
                Err(KeyError::unusable("signing takes a private key, this is a public one"))
            }
            _ => Err(KeyError::mismatch(self, key.kind())),
        }
    }

    /// Whether a signature of some bytes is right.
    pub fn verify(self, key: &Key, bytes: &[u8], signature: &[u8]) -> Result<bool, KeyError> {
        if key.kind() != self.kind() {
            return Err(KeyError::mismatch(self, key.kind()));
        }
        if let (Key::Secret(secret), Some(digest)) = (key, self.digest()) {
            return Ok(constant_time_eq(&digest.hmac(secret, bytes), signature));
        }
        let key = ring_signature::UnparsedPublicKey::new(self.verification(), key.public());
        Ok(key.verify(bytes, signature).is_ok())
    }

    fn rsa_encoding(self) -> &'static dyn ring_signature::RsaEncoding {
        match self {
            Self::RS384 => &ring_signature::RSA_PKCS1_SHA384,
            Self::RS512 => &ring_signature::RSA_PKCS1_SHA512,
            Self::PS256 => &ring_signature::RSA_PSS_SHA256,
            Self::PS384 => &ring_signature::RSA_PSS_SHA384,
            Self::PS512 => &ring_signature::RSA_PSS_SHA512,
            _ => &ring_signature::RSA_PKCS1_SHA256,
        }
    }

    fn verification(self) -> &'static dyn ring_signature::VerificationAlgorithm {
        match self {
            Self::RS384 => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
            Self::RS512 => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
            Self::PS256 => &ring_signature::RSA_PSS_2048_8192_SHA256,
            Self::PS384 => &ring_signature::RSA_PSS_2048_8192_SHA384,
            Self::PS512 => &ring_signature::RSA_PSS_2048_8192_SHA512,
            Self::ES256 => &ring_signature::ECDSA_P256_SHA256_FIXED,
            Self::ES384 => &ring_signature::ECDSA_P384_SHA384_FIXED,
            Self::EdDSA => &ring_signature::ED25519,
            _ => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// The parts of a token, decoded; nothing of it is checked yet.
#[derive(Debug)]
pub struct Parts<'a> {
    /// JSON, if it is a proper token.
    pub header: Vec<u8>,
    /// What is signed, decoded.
    pub payload: Vec<u8>,
    /// The bytes that the signature is of.
    pub signed: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
}

/// Takes a token apart.
pub fn split(token: &[u8]) -> Result<Parts<'_>, Malformed> {
    if token.len() > MOST_BYTES {
        return Err(Malformed::whole(format!("the token is longer than {MOST_BYTES} bytes")));
    }
    let mut parts = token.split(|&byte| byte == b'.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Malformed::whole("a token has three parts with dots between"));
    };
    let decode = |part: &[u8], name: &str| {
        // The encoding here is exact: neither padding nor white space.
        let exact = part.iter().all(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
        let decoded = if exact { Alphabet::Url.decode(part) } else { Err(Malformed::whole("no base64url")) };
        decoded.map_err(|wrong| Malformed::whole(format!("the token's {name}: {wrong}")))
    };
    Ok(Parts {
        signed: &token[..header.len() + 1 + payload.len()],
        header: decode(header, "header")?,
        payload: decode(payload, "claims")?,
        signature: decode(signature, "signature")?,
    })
}

/// A token: header and claims are JSON.
pub fn join(algorithm: Algorithm, key: &Key, header: &[u8], claims: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut token = Alphabet::Url.encode(header);
    token.push(b'.');
    token.extend(Alphabet::Url.encode(claims));
    let signature = algorithm.sign(key, &token)?;
    token.push(b'.');
    token.extend(Alphabet::Url.encode(&signature));
    Ok(token)
}
