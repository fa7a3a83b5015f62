//! Public keys of certificates (RFC 5280, 4.1.2.7): of what kind, and how strong.

use crate::code::der::{BIT_STRING, Der, INTEGER, OBJECT};

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `RSA`, `EC`, `Ed25519`, `DSA`, …; `unknown` for others.
    pub kind: &'static str,
    /// Bits of the modulus, the prime or the curve.
    pub bits: u32,
    /// The curve's name, if it is known.
    pub curve: Option<&'static str>,
    /// The modulus and the exponent of RSA.
    pub rsa: Option<(Vec<u8>, Vec<u8>)>,
    /// The key itself, as it stands in the certificate.
    pub bytes: Vec<u8>,
}

const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const RSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const DSA: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 1];
const FIXED: &[(&[u8], &str, u32)] = &[
    (&[0x2B, 0x65, 0x70], "Ed25519", 256),
    (&[0x2B, 0x65, 0x71], "Ed448", 456),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17], "ML-DSA-44", 1312 * 8),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18], "ML-DSA-65", 1952 * 8),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19], "ML-DSA-87", 2592 * 8),
];
const CURVES: &[(&[u8], &str, u32)] = &[
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 1], "secp192r1", 192),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7], "secp256r1", 256),
    (&[0x2B, 0x81, 4, 0, 33], "secp224r1", 224),
    (&[0x2B, 0x81, 4, 0, 34], "secp384r1", 384),
    (&[0x2B, 0x81, 4, 0, 35], "secp521r1", 521),
    (&[0x2B, 0x81, 4, 0, 10], "secp256k1", 256),
    (&[0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1", 256),
    (&[0x2B, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1", 384),
    (&[0x2B, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1", 512),
];

impl Key {
    /// Reads the content of a `SubjectPublicKeyInfo`.
    pub(super) fn read(mut info: Der<'_>) -> Option<Self> {
        let mut algorithm = info.sequence()?;
        let object = algorithm.take(OBJECT)?;
        let (_unused, bytes) = info.take(BIT_STRING)?.split_first()?;
        let mut key = Self { kind: "unknown", bits: 0, curve: None, rsa: None, bytes: bytes.to_vec() };
        match object {
            RSA | RSA_PSS => {
                let mut numbers = Der(bytes).sequence()?;
                let (modulus, exponent) = (unsigned(numbers.take(INTEGER)?), unsigned(numbers.take(INTEGER)?));
                (key.kind, key.bits) = ("RSA", bits(modulus));
                key.rsa = Some((modulus.to_vec(), exponent.to_vec()));
            }
            DSA => {
                let prime = algorithm.sequence().and_then(|mut parameters| parameters.take(INTEGER));
                (key.kind, key.bits) = ("DSA", prime.map_or(0, bits));
            }
            EC => {
                key.kind = "EC";
                let name = algorithm.take(OBJECT);
                let known = CURVES.iter().find(|(known, ..)| Some(*known) == name);
                key.curve = known.map(|(_, name, _)| *name);
                // A point is two numbers of the field's size behind a byte.
                key.bits = known.map_or(bytes.len() as u32 / 2 * 8, |(.., bits)| *bits);
            }
            _ => {
                if let Some((_, kind, bits)) = FIXED.iter().find(|(known, ..)| *known == object) {
                    (key.kind, key.bits) = (kind, *bits);
                }
            }
        }
        Some(key)
    }

    /// How many bits a key of RSA has that is as hard to break.
    pub fn equivalent_bits(&self) -> u16 {
        match self.kind {
            "RSA" | "DSA" => u16::try_from(self.bits).unwrap_or(u16::MAX),
            "EC" => crate::wire::tls::key_exchange::of_curve(self.bits as u16),
            "Ed25519" => 3072,
            "unknown" => 0,
            _ => 7680,
        }
    }
}

/// Without the zero that keeps a number from being negative.
fn unsigned(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|&&byte| byte == 0).count()..]
}

fn bits(number: &[u8]) -> u32 {
    let number = unsigned(number);
    number.first().map_or(0, |first| number.len() as u32 * 8 - first.leading_zeros())
}
