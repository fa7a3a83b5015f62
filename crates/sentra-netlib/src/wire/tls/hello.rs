//! What clients of SSL 3.0 to TLS 1.3 say first: the ClientHello, exactly as wished for.

use super::Protocol;
use super::extension::{self, put, put_list};
use super::read::put_vector;
use super::record;

/// The client is not renegotiating, and knows how that is done safely (RFC 5746, 3.3).
pub const RENEGOTIATION_SCSV: u16 = 0x00FF;
/// The client has fallen back to this version (RFC 7507).
pub const FALLBACK_SCSV: u16 = 0x5600;

const CLIENT_HELLO: u8 = 1;

/// Some servers hang at hellos between 256 and 511 bytes long: those are filled up (RFC 7685).
const PADDING: u16 = 21;
const HANGING: std::ops::Range<usize> = 256..512;

/// All pairs that there are a meaning of; old ones too, for servers with nothing else.
const SIGNATURES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x081A, 0x081B, 0x081C,
    0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0302, 0x0202, 0x0101, 0x0904, 0x0905, 0x0906,
];

/// Points that everyone knows the key to, as shares: nothing is to be kept secret.
const BASE_POINTS: &[(u16, &[u8])] = &[
    (29, &[9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (
        23,
        &[
            4, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2, 0x77,
            0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F, 0xE3, 0x42,
            0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B,
            0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5,
        ],
    ),
];

/// A ClientHello.
#[derive(Clone, Debug)]
pub struct ClientHello {
    /// The highest version that is spoken; for TLS 1.3 it is the only one.
    pub protocol: Protocol,
    /// The suites, the most wanted first.
    pub suites: Vec<u16>,
    /// The groups, likewise.
    pub groups: Vec<u16>,
    /// The host's name, for servers with several.
    pub server_name: Option<String>,
    /// Application-layer protocols, none for no extension.
    pub alpn: Vec<Vec<u8>>,
    /// Whether the extensions of all that is to be found out are there, beside those needed.
    pub curious: bool,
    /// Whether shares of keys come along in TLS 1.3. Without them a server that would go on asks
    /// for one in a group of its choice, which costs it nothing and says all.
    pub shares: bool,
    /// What nobody may guess.
    pub random: [u8; 32],
    /// What the client has said last in the handshake before, where it renegotiates (RFC 5746, 3.5).
    pub renegotiates: Vec<u8>,
}

impl ClientHello {
    /// The message in its record.
    pub fn write(&self) -> Vec<u8> {
        let mut message = vec![CLIENT_HELLO];
        put_vector(&mut message, 3, |out| self.body(out));
        let mut out = Vec::with_capacity(message.len() + 5);
        // Old servers want a version that they know there (RFC 5246, E.1).
        let version = if self.protocol == Protocol::Ssl3 { Protocol::Ssl3 } else { Protocol::Tls10 };
        record::write(&mut out, record::HANDSHAKE, version.code(), &message);
        out
    }

    fn body(&self, out: &mut Vec<u8>) {
        out.extend(self.protocol.min(Protocol::Tls12).code().to_be_bytes());
        out.extend(self.random);
        // TLS 1.3 has a session's number for the sake of devices on the way (RFC 8446, D.4).
        put_vector(out, 1, |out| {
            if self.protocol == Protocol::Tls13 {
                out.extend(self.random.iter().rev());
            }
        });
        put_vector(out, 2, |out| self.suites.iter().for_each(|suite| out.extend(suite.to_be_bytes())));
        // DEFLATE (RFC 3749) comes first, so that a server that knows it takes it.
        let compression: &[u8] = if self.curious && self.protocol < Protocol::Tls13 { &[1, 0] } else { &[0] };
        put_vector(out, 1, |out| out.extend(compression));
        if self.protocol > Protocol::Ssl3 {
            put_vector(out, 2, |out| {
                self.extensions(out);
                let len = out.len();
                if HANGING.contains(&len) {
                    let padding = HANGING.end.saturating_sub(len + 4);
                    put(out, PADDING, |out| out.resize(out.len() + padding, 0));
                }
            });
        }
    }

    fn extensions(&self, out: &mut Vec<u8>) {
        if let Some(name) = &self.server_name {
            put(out, extension::SERVER_NAME, |out| {
                put_vector(out, 2, |out| {
                    out.push(0);
                    put_vector(out, 2, |out| out.extend(name.as_bytes()));
                });
            });
        }
        if !self.groups.is_empty() {
            put_list(out, extension::SUPPORTED_GROUPS, &self.groups);
            if self.protocol < Protocol::Tls13 {
                put(out, extension::EC_POINT_FORMATS, |out| out.extend([3, 0, 1, 2]));
            }
        }
        if self.protocol >= Protocol::Tls12 {
            put_list(out, extension::SIGNATURE_ALGORITHMS, SIGNATURES);
        }
        if !self.alpn.is_empty() {
            put(out, extension::ALPN, |out| {
                put_vector(out, 2, |out| {
                    self.alpn.iter().for_each(|name| put_vector(out, 1, |out| out.extend(name)));
                });
            });
        }
        if !self.renegotiates.is_empty() {
            put(out, extension::RENEGOTIATION_INFO, |out| put_vector(out, 1, |out| out.extend(&self.renegotiates)));
        }
        if self.protocol == Protocol::Tls13 {
            self.modern_extensions(out);
        } else if self.curious {
            old_extensions(out);
        }
    }

    fn modern_extensions(&self, out: &mut Vec<u8>) {
        put(out, extension::SUPPORTED_VERSIONS, |out| out.extend([2, 3, 4]));
        put(out, extension::KEY_SHARE, |out| {
            put_vector(out, 2, |out| {
                for (group, point) in BASE_POINTS.iter().filter(|_| self.shares) {
                    out.extend(group.to_be_bytes());
                    put_vector(out, 2, |out| out.extend(*point));
                }
            });
        });
    }
}

fn old_extensions(out: &mut Vec<u8>) {
    put(out, extension::RENEGOTIATION_INFO, |out| out.push(0));
    put(out, extension::SESSION_TICKET, |_| {});
    // OCSP, from no responder in particular.
    put(out, extension::STATUS_REQUEST, |out| out.extend([1, 0, 0, 0, 0]));
    put(out, extension::HEARTBEAT, |out| out.push(1));
    put(out, extension::ENCRYPT_THEN_MAC, |_| {});
    put(out, extension::EXTENDED_MASTER_SECRET, |_| {});
}
