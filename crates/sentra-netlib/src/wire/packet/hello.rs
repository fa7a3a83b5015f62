//! What a client of TLS says first, in plain: the name of the server that it wants (RFC 8446,
//! 4.1.2; RFC 6066, 3).

use super::word;

/// The type of records that carry handshakes.
const HANDSHAKE: u8 = 22;
/// The types of handshake messages.
const CLIENT_HELLO: u8 = 1;
/// Extensions by number.
mod extension {
    pub const SERVER_NAME: u16 = 0;
    pub const PROTOCOLS: u16 = 16;
    pub const VERSIONS: u16 = 43;
}

/// A client's first message, as far as it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello<'a> {
    /// The highest version that the client speaks.
    pub version: u16,
    /// The name of the server that it wants.
    pub server_name: Option<&'a str>,
    /// The protocols that it would speak inside, in its order.
    pub protocols: Vec<&'a str>,
    /// The numbers of the cipher suites that it knows, two bytes each.
    pub ciphers: &'a [u8],
    /// Whether the message goes on behind what is there.
    pub cut: bool,
}

/// Whether bytes begin with a record of TLS: its type, version and length.
pub fn is_record(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=24, 3, 0..=4, high, low, ..] if u16::from_be_bytes([*high, *low]) <= 0x4800)
}

/// The name of a version.
pub fn version_name(version: u16) -> Option<&'static str> {
    Some(match version {
        0x0300 => "SSLv3",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => return None,
    })
}

/// Takes some bytes off the front.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

/// Takes a list behind its length of `size` bytes.
fn list<'a>(bytes: &mut &'a [u8], size: usize) -> Option<&'a [u8]> {
    let length = take(bytes, size)?.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
    take(bytes, length)
}

impl<'a> Hello<'a> {
    /// Reads a record with the beginning of a client's first message. What is cut off is not
    /// there; nothing is given if the bytes are something else.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, body) = bytes.split_first_chunk::<5>()?;
        if !is_record(bytes) || head[0] != HANDSHAKE || *body.first()? != CLIENT_HELLO {
            return None;
        }
        let record = usize::from(word(head, 3));
        let message =
            body.get(1..4).map_or(0, |length| length.iter().fold(0, |all, &byte| all << 8 | usize::from(byte)));
        let there = &body[..body.len().min(record)];
        let mut rest = there.get(4..)?;
        let mut hello = Self { cut: there.len() < record.min(message + 4), ..Self::default() };
        hello.version = word(take(&mut rest, 2)?, 0);
        hello.read_rest(&mut rest);
        Some(hello)
    }

    fn read_rest(&mut self, rest: &mut &'a [u8]) -> Option<()> {
        take(rest, 32)?;
        list(rest, 1)?;
        self.ciphers = list(rest, 2)?;
        list(rest, 1)?;
        take(rest, 2)?;
        while rest.len() >= 4 {
            let kind = word(take(rest, 2)?, 0);
            let mut data = list(rest, 2)?;
            match kind {
                extension::SERVER_NAME => self.server_name = server_name(data),
                extension::PROTOCOLS => {
                    let mut names = list(&mut data, 2)?;
                    while let Some(name) = list(&mut names, 1) {
                        self.protocols.extend(std::str::from_utf8(name));
                    }
                }
                extension::VERSIONS => {
                    let versions = list(&mut data, 1)?.as_chunks::<2>().0;
                    let known =
                        versions.iter().map(|two| u16::from_be_bytes(*two)).filter(|&one| version_name(one).is_some());
                    self.version = known.max().unwrap_or(self.version);
                }
                _ => {}
            }
        }
        Some(())
    }
}

/// The host name in the extension; names are ASCII (RFC 6066, 3).
fn server_name(mut data: &[u8]) -> Option<&str> {
    let mut names = list(&mut data, 2)?;
    let kind = take(&mut names, 1)?;
    let name = list(&mut names, 2)?;
    let plain = kind == [0] && !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(name).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello() -> Vec<u8> {
        let name = b"\0\0\0\x10\0\x0e\0\0\x0bexample.com".as_slice();
        let protocols = b"\0\x10\0\x05\0\x03\x02h2".as_slice();
        let versions = b"\0\x2b\0\x05\x04\x1a\x1a\x03\x04".as_slice();
        let extensions = [name, protocols, versions].concat();
        let mut body = [&[3, 3][..], &[7; 32], &[0], &[0, 2, 0x13, 1], &[1, 0]].concat();
        body.extend((extensions.len() as u16).to_be_bytes());
        body.extend(extensions);
        let mut bytes = vec![22, 3, 1];
        bytes.extend((body.len() as u16 + 4).to_be_bytes());
        bytes.extend([1, 0]);
        bytes.extend((body.len() as u16).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn the_name_and_what_else_a_client_says() {
        let bytes = hello();
        let read = Hello::read(&bytes).unwrap();
        assert_eq!((read.server_name, read.version, read.cut), (Some("example.com"), 0x0304, false));
        assert_eq!((read.protocols.as_slice(), read.ciphers), (&["h2"][..], &[0x13, 1][..]));
        for length in 0..bytes.len() {
            let cut = Hello::read(&bytes[..length]);
            assert!(cut.is_none_or(|hello| hello.cut), "{length}");
        }
    }
}
