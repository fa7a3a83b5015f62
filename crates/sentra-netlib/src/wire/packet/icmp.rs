//! ICMP (RFC 792) and ICMPv6 (RFC 4443), whose messages look the same.

use std::net::IpAddr;

use super::{checksum, ip, split, word};

/// Types of ICMP messages.
pub mod kind {
    /// The answer to an echo request.
    pub const ECHO_REPLY: u8 = 0;
    /// It did not arrive; the code says why.
    pub const UNREACHABLE: u8 = 3;
    /// Asks for an echo.
    pub const ECHO_REQUEST: u8 = 8;
    /// It has passed too many routers.
    pub const TIME_EXCEEDED: u8 = 11;
}

/// Types of ICMPv6 messages.
pub mod kind6 {
    /// It did not arrive; the code says why.
    pub const UNREACHABLE: u8 = 1;
    /// It has passed too many routers.
    pub const TIME_EXCEEDED: u8 = 3;
    /// Asks for an echo.
    pub const ECHO_REQUEST: u8 = 128;
    /// The answer.
    pub const ECHO_REPLY: u8 = 129;
    /// Who has an address (RFC 4861)?
    pub const NEIGHBOR_SOLICITATION: u8 = 135;
    /// The sender has.
    pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;
}

/// The length of a header.
pub const LENGTH: usize = 8;

/// A header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Icmp {
    /// What the message is.
    pub kind: u8,
    /// Which one of these.
    pub code: u8,
    /// Its checksum, as it is there. Writing computes it.
    pub checksum: u16,
    /// What the four bytes after it mean depends on the type.
    pub rest: [u8; 4],
}

impl Icmp {
    /// Reads a header.
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, payload) = split::<LENGTH>(bytes)?;
        let rest = [head[4], head[5], head[6], head[7]];
        Some((Self { kind: head[0], code: head[1], checksum: word(head, 2), rest }, payload))
    }

    /// A message that asks for an echo or is one.
    pub fn echo(kind: u8, identifier: u16, sequence: u16) -> Self {
        let ([a, b], [c, d]) = (identifier.to_be_bytes(), sequence.to_be_bytes());
        Self { kind, rest: [a, b, c, d], ..Self::default() }
    }

    /// The identifier of an echo.
    pub fn identifier(&self) -> u16 {
        word(&self.rest, 0)
    }

    /// The number of an echo.
    pub fn sequence(&self) -> u16 {
        word(&self.rest, 2)
    }

    /// Appends a message of ICMP with its checksum.
    pub fn write(&self, payload: &[u8], out: &mut Vec<u8>) {
        let begin = self.write_plain(payload, out);
        let sum = checksum::of(&out[begin..]);
        out[begin + 2..begin + 4].copy_from_slice(&sum.to_be_bytes());
    }

    /// Appends a message of ICMPv6 with its checksum, which covers its addresses.
    pub fn write_between(&self, source: IpAddr, destination: IpAddr, payload: &[u8], out: &mut Vec<u8>) {
        let begin = self.write_plain(payload, out);
        let sum = checksum::between(source, destination, ip::ICMPV6, &out[begin..]);
        out[begin + 2..begin + 4].copy_from_slice(&sum.to_be_bytes());
    }

    fn write_plain(&self, payload: &[u8], out: &mut Vec<u8>) -> usize {
        let begin = out.len();
        out.extend([self.kind, self.code, 0, 0]);
        out.extend(self.rest);
        out.extend(payload);
        begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_read_as_written() {
        let echo = Icmp::echo(kind::ECHO_REQUEST, 7, 300);
        let mut bytes = Vec::new();
        echo.write(b"abc", &mut bytes);
        assert_eq!(checksum::of(&bytes), 0);
        let (read, payload) = Icmp::read(&bytes).unwrap();
        assert_eq!((read.kind, read.identifier(), read.sequence(), payload), (8, 7, 300, &b"abc"[..]));
        assert!((0..8).all(|length| Icmp::read(&bytes[..length]).is_none()));
    }
}
