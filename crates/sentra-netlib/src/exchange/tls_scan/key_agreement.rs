//! How a client of TLS 1.2 and older comes to a common secret with a server. Nothing that is
//! protected by it is worth protecting: a scan says nothing that everyone may not hear.

use ring::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey};
use ring::rand::SystemRandom;

use crate::certificate::{Certificate, Key};
use crate::code::modular;
use crate::wire::tls::Protocol;
use crate::wire::tls::key_exchange::Share;
use crate::wire::tls::suite::{KeyExchange, Suite};

/// The secret's length where the server's key encrypts it (RFC 5246, 7.4.7.1).
pub(super) const SECRET: usize = 48;
/// The curves that keys are agreed on here: x25519, secp256r1 and secp384r1.
pub(super) const GROUPS: [u16; 3] = [29, 23, 24];
const CLIENT_KEY_EXCHANGE: u8 = 16;
/// The client's secret power in a finite field.
const POWER: u64 = 0x53_65_6E_74_72_61_21;

/// A secret, and the message `ClientKeyExchange` that makes the server know it.
pub(super) struct Agreement {
    pub secret: Vec<u8>,
    pub message: Vec<u8>,
}

impl Agreement {
    /// With a server that has shown this certificate, and this content of `ServerKeyExchange`.
    pub fn new(suite: &Suite, protocol: Protocol, certificate: &[u8], content: &[u8]) -> Option<Self> {
        match suite.key_exchange {
            KeyExchange::Rsa => {
                let key = Certificate::read(certificate)?.key;
                let (modulus, _) = key.rsa.as_ref()?;
                let secret = secret(protocol);
                let message = encrypted(&padded(&secret, modulus.len())?, protocol, &key)?;
                Some(Self { secret: secret.to_vec(), message })
            }
            kind => match Share::read(content, kind)? {
                Share::Point(group, point) => Self::on_curve(group, point),
                Share::Power { prime, generator, public } => Self::in_field(prime, generator, public),
            },
        }
    }

    fn on_curve(group: u16, point: &[u8]) -> Option<Self> {
        let algorithm = match group {
            29 => &agreement::X25519,
            23 => &agreement::ECDH_P256,
            24 => &agreement::ECDH_P384,
            _ => return None,
        };
        let private = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).ok()?;
        let own = private.compute_public_key().ok()?;
        let message = message(1, own.as_ref());
        let peer = UnparsedPublicKey::new(algorithm, point);
        let secret = agreement::agree_ephemeral(private, &peer, <[u8]>::to_vec).ok()?;
        Some(Self { secret, message })
    }

    /// RFC 5246, 8.1.2: "Leading bytes of Z that contain all zero bits are stripped before it is
    /// used as the pre_master_secret."
    fn in_field(prime: &[u8], generator: &[u8], public: &[u8]) -> Option<Self> {
        let own = modular::power(generator, POWER, prime)?;
        let secret = modular::power(public, POWER, prime)?;
        let leading = secret.iter().take_while(|&&byte| byte == 0).count();
        Some(Self { secret: secret[leading..].to_vec(), message: message(2, &own) })
    }
}

/// A secret that begins with the version that the client has offered.
pub(super) fn secret(protocol: Protocol) -> [u8; SECRET] {
    let mut secret = [0x3C; SECRET];
    secret[..2].copy_from_slice(&protocol.code().to_be_bytes());
    secret
}

/// RFC 8017, 7.2.1: two bytes, padding without zeros, a zero, and the secret.
pub(super) fn padded(secret: &[u8; SECRET], len: usize) -> Option<Vec<u8>> {
    let padding = len.checked_sub(SECRET + 3).filter(|&padding| padding >= 16)?;
    let mut block = vec![0, 2];
    block.resize(2 + padding, 0xA7);
    block.push(0);
    block.extend(secret);
    Some(block)
}

/// The message with a block that is encrypted by the server's key.
pub(super) fn encrypted(block: &[u8], protocol: Protocol, key: &Key) -> Option<Vec<u8>> {
    let (modulus, exponent) = key.rsa.as_ref()?;
    let exponent = (exponent.len() <= 8).then(|| exponent.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)))?;
    let encrypted = modular::power(block, exponent, modulus)?;
    Some(message(if protocol > Protocol::Ssl3 { 2 } else { 0 }, &encrypted))
}

/// `ClientKeyExchange` with a vector whose length has so many bytes.
fn message(bytes: usize, content: &[u8]) -> Vec<u8> {
    let mut message = vec![CLIENT_KEY_EXCHANGE];
    message.extend(&((content.len() + bytes) as u32).to_be_bytes()[1..]);
    message.extend(&(content.len() as u32).to_be_bytes()[4 - bytes..]);
    message.extend(content);
    message
}

#[cfg(test)]
mod tests {
    use super::{Agreement, SECRET, message, padded, secret};
    use crate::wire::tls::Protocol;

    #[test]
    fn secrets_are_padded_as_long_as_keys_are() {
        let secret = secret(Protocol::Tls12);
        assert_eq!(&secret[..3], &[3, 3, 0x3C]);
        let block = padded(&secret, 128).unwrap();
        assert_eq!((block.len(), &block[..3], block[128 - SECRET - 1]), (128, &[0, 2, 0xA7][..], 0));
        assert_eq!(padded(&secret, 60), None);
        assert_eq!(message(1, &[7]), [16, 0, 0, 2, 1, 7]);
        assert_eq!(message(0, &[7]), [16, 0, 0, 1, 7]);
    }

    #[test]
    fn what_a_server_cannot_mean_agrees_nothing() {
        assert!(Agreement::on_curve(29, &[1; 31]).is_none());
        assert!(Agreement::on_curve(23, &[4; 65]).is_none());
        assert!(Agreement::on_curve(25, &[4; 65]).is_none());
        assert!(Agreement::in_field(&[0, 4], &[2], &[3]).is_none());
        assert!(Agreement::in_field(&[], &[2], &[3]).is_none());
        assert_eq!(Agreement::in_field(&[23], &[5], &[1]).map(|one| one.secret), Some(vec![1]));
    }
}
