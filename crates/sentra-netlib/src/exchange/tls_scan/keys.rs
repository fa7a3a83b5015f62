//! The keys that a client of TLS 1.0 to 1.2 encrypts with (RFC 5246, 5, 6.3 and 8.1). It never has
//! to understand what is encrypted for it: what kind of answer comes can be seen from outside.

use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use crate::digest::Algorithm;
use crate::wire::tls::suite::{Authentication, Cipher, KeyExchange, Mode, Suite};
use crate::wire::tls::{Protocol, record};

const MASTER: usize = 48;
/// What the message `Finished` says.
const VERIFY_DATA: usize = 12;
const BLOCK: usize = 16;

/// Encrypts what a client says.
pub(super) struct Keys {
    protocol: Protocol,
    digest: Algorithm,
    master: Vec<u8>,
    seal: Seal,
    sequence: u64,
}

enum Seal {
    /// AES-GCM: four bytes of the nonce are a secret, the others are sent along (RFC 5288, 3).
    Gcm(LessSafeKey, [u8; 4]),
    /// ChaCha20-Poly1305 (RFC 7905, 2).
    ChaCha(LessSafeKey, [u8; 12]),
    /// Chained blocks behind a checksum; TLS 1.0 chains records to each other too.
    Cbc { mac: Algorithm, mac_key: Vec<u8>, cipher: Blocks, vector: [u8; BLOCK] },
}

enum Blocks {
    Aes128(Box<Aes128>),
    Aes256(Box<Aes256>),
}

impl Blocks {
    fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(Box::new).map(Self::Aes128),
            _ => Aes256::new_from_slice(key).ok().map(Box::new).map(Self::Aes256),
        }
    }

    /// Encrypts in place; afterwards `vector` is the last block.
    fn chain(&self, vector: &mut [u8; BLOCK], data: &mut [u8]) {
        for block in data.chunks_exact_mut(BLOCK) {
            block.iter_mut().zip(&*vector).for_each(|(byte, before)| *byte ^= before);
            let place = GenericArray::from_mut_slice(block);
            match self {
                Self::Aes128(cipher) => cipher.encrypt_block(place),
                Self::Aes256(cipher) => cipher.encrypt_block(place),
            }
            vector.copy_from_slice(block);
        }
    }
}

impl Keys {
    /// Whether a suite is known here: what servers of these versions choose.
    pub fn are_known_for(suite: &Suite) -> bool {
        let agreed = matches!(suite.key_exchange, KeyExchange::Rsa | KeyExchange::Dhe | KeyExchange::Ecdhe);
        let shown = matches!(suite.authentication, Authentication::Rsa | Authentication::Ecdsa);
        let sealed = matches!(
            (suite.cipher, suite.mode),
            (Cipher::Aes, Mode::Aead | Mode::Cbc) | (Cipher::ChaCha20, Mode::Aead)
        );
        agreed && shown && sealed && !suite.name.contains("CCM") && !suite.name.contains("OLD")
    }

    /// Of the secret that both sides have agreed on, and their random bytes.
    pub fn new(suite: &Suite, protocol: Protocol, secret: &[u8], client: &[u8], server: &[u8]) -> Option<Self> {
        let digest = if suite.name.ends_with("_SHA384") { Algorithm::Sha384 } else { Algorithm::Sha256 };
        let master = derive(protocol, digest, secret, b"master secret", &[client, server].concat(), MASTER);
        let key = usize::from(suite.bits / 8);
        let chained = suite.mode == Mode::Cbc;
        let mac = match suite.name {
            name if name.ends_with("_SHA") => Algorithm::Sha1,
            _ => digest,
        };
        let mac_len = if chained { mac.hash(b"").len() } else { 0 };
        let vector = match (suite.cipher, chained) {
            (Cipher::ChaCha20, _) => 12,
            (_, false) => 4,
            (_, true) => BLOCK,
        };
        let wanted = 2 * (mac_len + key + vector);
        let block = derive(protocol, digest, &master, b"key expansion", &[server, client].concat(), wanted);
        // The client's part of each kind comes before the server's.
        let (mac_key, block) = (&block[..mac_len], &block[2 * mac_len..]);
        let (key, vector) = (&block[..key], &block[2 * key..][..vector]);
        let seal = match suite.cipher {
            Cipher::ChaCha20 => {
                Seal::ChaCha(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).ok()?), vector.try_into().ok()?)
            }
            _ if chained => {
                Seal::Cbc { mac, mac_key: mac_key.to_vec(), cipher: Blocks::new(key)?, vector: vector.try_into().ok()? }
            }
            _ => {
                let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
                Seal::Gcm(LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?), vector.try_into().ok()?)
            }
        };
        Some(Self { protocol, digest, master, seal, sequence: 0 })
    }

    /// What the client's `Finished` says behind these messages (RFC 5246, 7.4.9).
    pub fn verify_data(&self, transcript: &[u8]) -> Vec<u8> {
        let hash = match self.protocol {
            Protocol::Tls12 => self.digest.hash(transcript).to_vec(),
            _ => [Algorithm::Md5.hash(transcript), Algorithm::Sha1.hash(transcript)].concat(),
        };
        derive(self.protocol, self.digest, &self.master, b"client finished", &hash, VERIFY_DATA)
    }

    /// Appends a record with this content, encrypted; nothing if that cannot be done.
    pub fn seal(&mut self, out: &mut Vec<u8>, kind: u8, content: &[u8]) -> Option<()> {
        let version = self.protocol.code();
        let sequence = self.sequence.to_be_bytes();
        self.sequence += 1;
        let head = [&sequence[..], &[kind], &version.to_be_bytes(), &(content.len() as u16).to_be_bytes()].concat();
        let sealed = match &mut self.seal {
            Seal::Gcm(key, salt) => {
                let nonce = [&salt[..], &sequence].concat().try_into().ok()?;
                [&sequence[..], &authenticated(key, nonce, &head, content)?].concat()
            }
            Seal::ChaCha(key, vector) => {
                let mut nonce = *vector;
                nonce[4..].iter_mut().zip(sequence).for_each(|(byte, other)| *byte ^= other);
                authenticated(key, nonce, &head, content)?
            }
            Seal::Cbc { mac, mac_key, cipher, vector } => {
                let mut data = content.to_vec();
                data.extend(mac.hmac(mac_key, &[&head, content].concat()));
                let padding = BLOCK - data.len() % BLOCK;
                data.resize(data.len() + padding, padding as u8 - 1);
                if self.protocol > Protocol::Tls10 {
                    // Each record has a vector of its own, which is its first block.
                    let own = *vector;
                    cipher.chain(vector, &mut data);
                    [&own[..], &data].concat()
                } else {
                    cipher.chain(vector, &mut data);
                    data
                }
            }
        };
        record::write(out, kind, version, &sealed);
        Some(())
    }
}

fn authenticated(key: &LessSafeKey, nonce: [u8; 12], head: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    let mut data = content.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(head), &mut data).ok()?;
    Some(data)
}

/// The pseudorandom function: RFC 5246, 5, and RFC 2246, 5 for what is older.
fn derive(protocol: Protocol, digest: Algorithm, secret: &[u8], label: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let seed = [label, seed].concat();
    if protocol == Protocol::Tls12 {
        return expand(digest, secret, &seed, len);
    }
    let half = secret.len().div_ceil(2);
    let mut out = expand(Algorithm::Md5, &secret[..half], &seed, len);
    let other = expand(Algorithm::Sha1, &secret[secret.len() - half..], &seed, len);
    out.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
    out
}

fn expand(digest: Algorithm, secret: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut link = digest.hmac(secret, seed);
    while out.len() < len {
        out.extend(digest.hmac(secret, &[&link, seed].concat()));
        link = digest.hmac(secret, &link);
    }
    out.truncate(len);
    out
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Keys, Protocol, Suite, expand};
    use crate::code::hex;

    /// The vector for SHA-256 that implementers of TLS 1.2 have agreed on.
    #[test]
    fn bytes_are_expanded_as_others_do_it() {
        let secret = 0x9bbe436ba940f017b17652849a71db35u128.to_be_bytes();
        let seed = [&b"test label"[..], &0xa0ba9f936cda311827a6f796ffd5198cu128.to_be_bytes()].concat();
        let wanted = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af\
            0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66";
        assert_eq!(hex::encode(&expand(Algorithm::Sha256, &secret, &seed, 100)), wanted);
    }

    #[test]
    fn records_of_each_kind_have_their_length() {
        let sealed = |code: u32, protocol| {
            let mut keys = Keys::new(Suite::of(code).unwrap(), protocol, &[1; 48], &[2; 32], &[3; 32]).unwrap();
            let mut out = Vec::new();
            keys.seal(&mut out, 22, &[0; 16]).unwrap();
            out.len() - 5
        };
        assert_eq!(sealed(0xC02F, Protocol::Tls12), 8 + 16 + 16);
        assert_eq!(sealed(0xC030, Protocol::Tls12), 8 + 16 + 16);
        assert_eq!(sealed(0xCCA8, Protocol::Tls12), 16 + 16);
        assert_eq!(sealed(0x002F, Protocol::Tls10), 48);
        assert_eq!(sealed(0x0035, Protocol::Tls11), 16 + 48);
        assert_eq!(sealed(0x003C, Protocol::Tls12), 16 + 64);
    }
}
