//! Algorithms of signatures, by their object identifiers (RFC 3279, RFC 4055, RFC 5758, RFC 8410).

use crate::code::der::{Der, OBJECT};

/// What a certificate is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// As OpenSSL names it: `sha256WithRSAEncryption`.
    pub name: &'static str,
    /// The digest, in lower case; empty if it is a part of the algorithm.
    pub digest: &'static str,
}

const fn signature(name: &'static str, digest: &'static str) -> Signature {
    Signature { name, digest }
}

const RSA: [u8; 8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1];
const ECDSA_SHA2: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3];
const NIST_SIGNATURES: [u8; 8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3];
/// id-RSASSA-PSS: its digest is among the parameters.
const PSS: u8 = 10;

const BY_RSA: &[(u8, Signature)] = &[
    (2, signature("md2WithRSAEncryption", "md2")),
    (3, signature("md4WithRSAEncryption", "md4")),
    (4, signature("md5WithRSAEncryption", "md5")),
    (5, signature("sha1WithRSAEncryption", "sha1")),
    (11, signature("sha256WithRSAEncryption", "sha256")),
    (12, signature("sha384WithRSAEncryption", "sha384")),
    (13, signature("sha512WithRSAEncryption", "sha512")),
    (14, signature("sha224WithRSAEncryption", "sha224")),
];
const BY_ECDSA: &[(u8, Signature)] = &[
    (1, signature("ecdsa-with-SHA224", "sha224")),
    (2, signature("ecdsa-with-SHA256", "sha256")),
    (3, signature("ecdsa-with-SHA384", "sha384")),
    (4, signature("ecdsa-with-SHA512", "sha512")),
];
const BY_NIST: &[(u8, Signature)] = &[
    (1, signature("dsa_with_SHA224", "sha224")),
    (2, signature("dsa_with_SHA256", "sha256")),
    (17, signature("ML-DSA-44", "")),
    (18, signature("ML-DSA-65", "")),
    (19, signature("ML-DSA-87", "")),
];
const WHOLE: &[(&[u8], Signature)] = &[
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1], signature("ecdsa-with-SHA1", "sha1")),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 3], signature("dsaWithSHA1", "sha1")),
    (&[0x2B, 0x0E, 3, 2, 29], signature("sha1WithRSA", "sha1")),
    (&[0x2B, 0x65, 0x70], signature("ED25519", "")),
    (&[0x2B, 0x65, 0x71], signature("ED448", "")),
];
const PSS_DIGESTS: &[(u8, Signature)] = &[
    (1, signature("rsassaPss", "sha256")),
    (2, signature("rsassaPss", "sha384")),
    (3, signature("rsassaPss", "sha512")),
    (4, signature("rsassaPss", "sha224")),
];
/// The arc of NIST's digests.
const NIST_DIGESTS: [u8; 8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];

impl Signature {
    /// Reads an `AlgorithmIdentifier`. One that is not known is `unknown`.
    pub(super) fn read(mut identifier: Der<'_>) -> Option<Self> {
        let object = identifier.take(OBJECT)?;
        if object.split_last() == Some((&PSS, &RSA)) {
            return Some(pss(identifier.0));
        }
        let last = |prefix: &[u8], table: &[(u8, Self)]| {
            let (last, _) = object.split_last().filter(|(_, before)| *before == prefix)?;
            table.iter().find(|(number, _)| number == last).map(|(_, found)| *found)
        };
        let whole = || WHOLE.iter().find(|(known, _)| *known == object).map(|(_, found)| *found);
        let known = last(&RSA, BY_RSA)
            .or_else(|| last(&ECDSA_SHA2, BY_ECDSA))
            .or_else(|| last(&NIST_SIGNATURES, BY_NIST))
            .or_else(whole);
        Some(known.unwrap_or(signature("unknown", "")))
    }

    /// Whether its digest is one that others can find a second text for.
    pub fn is_weak(self) -> bool {
        matches!(self.digest, "md2" | "md4" | "md5" | "sha1")
    }
}

/// The digest is in the parameters; without them it is SHA-1 (RFC 4055, 3.1).
fn pss(parameters: &[u8]) -> Signature {
    let position = parameters.windows(NIST_DIGESTS.len()).position(|window| window == NIST_DIGESTS);
    let number = position.and_then(|position| parameters.get(position + NIST_DIGESTS.len()));
    let known = number.and_then(|number| PSS_DIGESTS.iter().find(|(known, _)| known == number));
    known.map_or(signature("rsassaPss", "sha1"), |(_, found)| *found)
}
