//! Digests and keyed digests. MD5 and SHA-1 are there for protocols and lists that still speak
//! them; they protect nothing any more.

use std::io::{self, Read};

use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::digest::{Digest, DynDigest, KeyInit};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

/// Bytes of a file that are read at once.
const PIECE: usize = 256 << 10;

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RFC 1321, broken.
    Md5,
    /// RFC 3174, broken.
    Sha1,
    /// RFC 6234.
    Sha224,
    /// RFC 6234.
    Sha256,
    /// RFC 6234.
    Sha384,
    /// RFC 6234.
    Sha512,
}

impl Algorithm {
    /// All, with their names.
    pub const ALL: [(&'static str, Self); 6] = [
        ("md5", Self::Md5),
        ("sha1", Self::Sha1),
        ("sha224", Self::Sha224),
        ("sha256", Self::Sha256),
        ("sha384", Self::Sha384),
        ("sha512", Self::Sha512),
    ];

    /// The digest of that name; case and hyphens, as in `SHA-256`, do not matter.
    pub fn named(name: &str) -> Option<Self> {
        let plain = name.to_ascii_lowercase().replace('-', "");
        Self::ALL.iter().find(|(known, _)| *known == plain).map(|&(_, algorithm)| algorithm)
    }

    fn state(self) -> Box<dyn DynDigest> {
        match self {
            Self::Md5 => Box::new(Md5::new()),
            Self::Sha1 => Box::new(Sha1::new()),
            Self::Sha224 => Box::new(Sha224::new()),
            Self::Sha256 => Box::new(Sha256::new()),
            Self::Sha384 => Box::new(Sha384::new()),
            Self::Sha512 => Box::new(Sha512::new()),
        }
    }

    /// The digest of some bytes.
    pub fn hash(self, data: &[u8]) -> Box<[u8]> {
        let mut state = self.state();
        state.update(data);
        state.finalize()
    }

    /// The digest of all that can be read.
    pub fn hash_reader(self, mut from: impl Read) -> io::Result<Box<[u8]>> {
        let (mut state, mut piece) = (self.state(), vec![0; PIECE]);
        loop {
            match from.read(&mut piece) {
                Ok(0) => return Ok(state.finalize()),
                Ok(count) => state.update(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The keyed digest (RFC 2104) of some bytes.
    pub fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => keyed::<Hmac<Md5>>(key, data),
            Self::Sha1 => keyed::<Hmac<Sha1>>(key, data),
            Self::Sha224 => keyed::<Hmac<Sha224>>(key, data),
            Self::Sha256 => keyed::<Hmac<Sha256>>(key, data),
            Self::Sha384 => keyed::<Hmac<Sha384>>(key, data),
            Self::Sha512 => keyed::<Hmac<Sha512>>(key, data),
        }
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    state.update(data);
    state.finalize().into_bytes().to_vec()
}

/// Whether two byte strings are equal, in a time that tells nothing but their lengths.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::hex;

    #[test]
    fn the_vectors_of_rfc_6234() {
        for (name, abc) in [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha384",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                "sha512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            let algorithm = Algorithm::named(name).unwrap();
            assert_eq!(hex::encode(&algorithm.hash(b"abc")), abc);
            assert_eq!(hex::encode(&algorithm.hash_reader(&b"abc"[..]).unwrap()), abc);
        }
        assert_eq!(Algorithm::named("sha3"), None);
    }

    /// RFC 2202 (MD5, SHA-1) and RFC 4231 (SHA-2): a short key, one longer than a block.
    #[test]
    fn the_vectors_of_rfc_2202_and_4231() {
        let jefe = |name: &str| {
            let algorithm = Algorithm::named(name).unwrap();
            hex::encode(&algorithm.hmac(b"Jefe", b"what do ya want for nothing?"))
        };
        assert_eq!(jefe("md5"), "750c783e6ab0b503eaa86e310a5db738");
        assert_eq!(jefe("sha1"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_eq!(jefe("sha224"), "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44");
        assert_eq!(jefe("sha256"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(
            jefe("sha384"),
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
        );
        assert_eq!(
            jefe("sha512"),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        );
        let long = Algorithm::Sha256.hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex::encode(&long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
