//! Whether a server tells how it found the padding of a secret that was encrypted for it
//! (Bleichenbacher's attack of 1998, found again as ROBOT): secrets with five kinds of padding,
//! each of which has to be answered in the same way. No message of anyone else is touched.

use super::key_agreement::{self, SECRET};
use super::talk::End;
use crate::certificate::Key;
use crate::wire::tls::{Protocol, record};

/// Kinds of padding.
pub(super) const VARIANTS: u8 = 5;
/// Encrypted with keys that nobody has.
const FINISHED: [u8; 64] = [0x5A; 64];

/// What a client sends after the server's flight: the secret, and what nobody can decrypt.
pub(super) fn messages(variant: u8, protocol: Protocol, key: &Key) -> Option<Vec<u8>> {
    let (modulus, _) = key.rsa.as_ref()?;
    let message = key_agreement::encrypted(&padded(variant, protocol, modulus.len())?, protocol, key)?;
    let mut out = Vec::new();
    record::write(&mut out, record::HANDSHAKE, protocol.code(), &message);
    record::write(&mut out, record::CHANGE_CIPHER_SPEC, protocol.code(), &[1]);
    record::write(&mut out, record::HANDSHAKE, protocol.code(), &FINISHED);
    Some(out)
}

/// RFC 8017, 7.2.1: two bytes, padding without zeros, a zero, and the secret, which begins with
/// the version. All but the first variant break one of these.
fn padded(variant: u8, protocol: Protocol, len: usize) -> Option<Vec<u8>> {
    let mut block = key_agreement::padded(&key_agreement::secret(protocol), len)?;
    let zero = len - SECRET - 1;
    match variant {
        0 => {}
        1 => block[..2].copy_from_slice(&[0x41, 0x17]),
        2 => block[zero] = 0x11,
        3 => (block[zero], block[len - 2]) = (0x11, 0),
        _ => block[zero + 1..zero + 3].copy_from_slice(&[2, 2]),
    }
    // The number has to be below the modulus.
    block[0] = if variant == 1 { 0x41 } else { 0 };
    Some(block)
}

/// What a server's answer looks like from outside; nothing if it is too late to tell.
pub(super) fn seen(mut answers: &[u8], end: End) -> Option<String> {
    let mut seen = String::new();
    while let Ok(Some((record, len))) = record::read(answers) {
        seen.push_str(&format!("{}:{:?} ", record.kind, record.content.get(..2)));
        answers = &answers[len..];
    }
    match end {
        // How the connection ends behind an alert is a matter of chance.
        End::Complete | End::Closed => Some(seen),
        End::TimedOut | End::Unreachable => None,
    }
}
