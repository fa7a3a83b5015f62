//! Extensions of hellos (the registry "TLS ExtensionType Values").

use super::read::{Bytes, put_vector};

/// The name that the client wants (RFC 6066, 3).
pub const SERVER_NAME: u16 = 0;
/// A stapled OCSP response is wanted, or comes (RFC 6066, 8).
pub const STATUS_REQUEST: u16 = 5;
/// RFC 8446, 4.2.7.
pub const SUPPORTED_GROUPS: u16 = 10;
/// RFC 8422, 5.1.2.
pub const EC_POINT_FORMATS: u16 = 11;
/// RFC 8446, 4.2.3.
pub const SIGNATURE_ALGORITHMS: u16 = 13;
/// RFC 6520.
pub const HEARTBEAT: u16 = 15;
/// Application-layer protocols (RFC 7301).
pub const ALPN: u16 = 16;
/// RFC 7366.
pub const ENCRYPT_THEN_MAC: u16 = 22;
/// RFC 7627.
pub const EXTENDED_MASTER_SECRET: u16 = 23;
/// RFC 5077.
pub const SESSION_TICKET: u16 = 35;
/// RFC 8446, 4.2.1.
pub const SUPPORTED_VERSIONS: u16 = 43;
/// RFC 8446, 4.2.8.
pub const KEY_SHARE: u16 = 51;
/// RFC 5746.
pub const RENEGOTIATION_INFO: u16 = 0xFF01;

/// Appends an extension.
pub(super) fn put(out: &mut Vec<u8>, number: u16, write: impl FnOnce(&mut Vec<u8>)) {
    out.extend(number.to_be_bytes());
    put_vector(out, 2, write);
}

/// Appends an extension that is a list of numbers of two bytes.
pub(super) fn put_list(out: &mut Vec<u8>, number: u16, list: &[u16]) {
    put(out, number, |out| {
        put_vector(out, 2, |out| list.iter().for_each(|item| out.extend(item.to_be_bytes())));
    });
}

/// The extensions of a hello, each with its content; nothing if they are malformed.
pub(super) fn read_all(content: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut rest = Bytes(content);
    let mut all = Vec::new();
    while !rest.is_empty() {
        all.push((rest.u16()?, rest.vector(2)?));
    }
    Some(all)
}
