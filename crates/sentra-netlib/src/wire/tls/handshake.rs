//! Messages of handshakes, as servers send them in the clear (RFC 5246, 7.4; RFC 8446, 4).

use super::extension;
use super::read::Bytes;
use crate::digest::Algorithm;

/// RFC 8446, 4.1.3.
pub const SERVER_HELLO: u8 = 2;
/// RFC 5077, 3.3.
pub const NEW_SESSION_TICKET: u8 = 4;
/// RFC 5246, 7.4.2.
pub const CERTIFICATE: u8 = 11;
/// RFC 5246, 7.4.3.
pub const SERVER_KEY_EXCHANGE: u8 = 12;
/// RFC 5246, 7.4.4.
pub const CERTIFICATE_REQUEST: u8 = 13;
/// RFC 5246, 7.4.5.
pub const SERVER_HELLO_DONE: u8 = 14;
/// RFC 6066, 8.
pub const CERTIFICATE_STATUS: u8 = 22;

/// No server's first flight is longer, and no chain of certificates needs to be.
pub const LONGEST: usize = 256 << 10;
/// Chains of more certificates are cut.
const MOST_CERTIFICATES: usize = 32;

/// Messages, put together from records.
#[derive(Debug, Default)]
pub struct Messages {
    arrived: Vec<u8>,
    taken: usize,
}

impl Messages {
    /// Takes the content of a record; false if it is more than any handshake needs.
    pub fn push(&mut self, content: &[u8]) -> bool {
        self.arrived.drain(..std::mem::take(&mut self.taken));
        self.arrived.extend(content);
        self.arrived.len() <= LONGEST
    }

    /// The next message that is there in full: its kind, and its content.
    pub fn next_message(&mut self) -> Option<(u8, &[u8])> {
        let mut rest = Bytes(self.arrived.get(self.taken..)?);
        let kind = rest.u8()?;
        let content = rest.vector(3)?;
        self.taken += 4 + content.len();
        Some((kind, content))
    }
}

/// What a server chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// The version, by its number: that of the extension, if it is there.
    pub version: u16,
    /// The suite.
    pub suite: u16,
    /// The compression: 0 for none.
    pub compression: u8,
    /// How long the number of the session is: 0 if it cannot be resumed by that.
    pub session_id_len: usize,
    /// Whether it is a request for another hello (RFC 8446, 4.1.4).
    pub is_retry: bool,
    /// The group that it wants a share of a key in, or has chosen.
    pub group: Option<u16>,
    /// The application-layer protocol.
    pub alpn: Option<Vec<u8>>,
    /// The numbers of the extensions that are there.
    pub extensions: Vec<u16>,
}

impl ServerHello {
    /// Reads the message's content.
    pub fn read(content: &[u8]) -> Option<Self> {
        let mut rest = Bytes(content);
        let version = rest.u16()?;
        let random = rest.take(32)?;
        let session_id_len = rest.vector(1).filter(|id| id.len() <= 32)?.len();
        let (suite, compression) = (rest.u16()?, rest.u8()?);
        let is_retry = random == &*Algorithm::Sha256.hash(b"HelloRetryRequest");
        let mut hello = Self { version, suite, compression, session_id_len, is_retry, ..Self::default() };
        if !rest.is_empty() {
            let extensions = extension::read_all(rest.vector(2)?)?;
            extensions.iter().try_for_each(|(number, content)| hello.note(*number, content))?;
        }
        rest.is_empty().then_some(hello)
    }

    fn note(&mut self, number: u16, content: &[u8]) -> Option<()> {
        let mut content = Bytes(content);
        match number {
            extension::SUPPORTED_VERSIONS => self.version = content.u16()?,
            extension::KEY_SHARE => self.group = Some(content.u16()?),
            extension::ALPN => {
                let mut names = Bytes(content.vector(2)?);
                self.alpn = Some(names.vector(1)?.to_vec());
            }
            _ => {}
        }
        self.extensions.push(number);
        Some(())
    }

    /// Whether an extension is there.
    pub fn has(&self, extension: u16) -> bool {
        self.extensions.contains(&extension)
    }
}

/// The certificates of the message `Certificate` before TLS 1.3, the server's own first.
pub fn certificates(content: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut list = Bytes(Bytes(content).vector(3)?);
    let mut certificates = Vec::new();
    while !list.is_empty() && certificates.len() < MOST_CERTIFICATES {
        certificates.push(list.vector(3)?.to_vec());
    }
    Some(certificates)
}

/// The response of OCSP in the message `CertificateStatus`.
pub fn certificate_status(content: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Bytes(content);
    if rest.u8()? != 1 {
        return None;
    }
    rest.vector(3).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::{Messages, certificates};

    #[test]
    fn messages_are_the_same_however_records_cut_them() {
        let bytes = [&[14, 0, 0, 0, 11, 0, 0, 8, 0, 0, 5, 0, 0, 2, 7, 8][..]].concat();
        for piece in 1..=bytes.len() {
            let (mut messages, mut seen) = (Messages::default(), Vec::new());
            for part in bytes.chunks(piece) {
                assert!(messages.push(part));
                while let Some((kind, content)) = messages.next_message() {
                    seen.push((kind, content.to_vec()));
                }
            }
            assert_eq!(seen.len(), 2);
            assert_eq!(certificates(&seen[1].1), Some(vec![vec![7, 8]]));
        }
    }
}
