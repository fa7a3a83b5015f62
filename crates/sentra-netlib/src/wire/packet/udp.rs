//! UDP (RFC 768).

use std::net::IpAddr;

use super::{checksum, ip, split, word};

/// The length of a header.
pub const LENGTH: usize = 8;

/// A header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Udp {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// The length of the datagram, as it says.
    pub length: u16,
    /// The checksum, as it is there; 0 is none. Writing computes it.
    pub checksum: u16,
}

impl Udp {
    /// Reads a header; what follows is the datagram's.
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = split::<LENGTH>(bytes)?;
        let length = word(head, 4);
        let header = Self { source: word(head, 0), destination: word(head, 2), length, checksum: word(head, 6) };
        // Of a jumbogram, and of what the network card still has to cut, it is 0.
        let end = if length == 0 { rest.len() } else { usize::from(length).checked_sub(LENGTH)?.min(rest.len()) };
        Some((header, &rest[..end]))
    }

    /// Appends a datagram between two addresses with its length and checksum.
    pub fn write(&self, source: IpAddr, destination: IpAddr, payload: &[u8], out: &mut Vec<u8>) {
        let begin = out.len();
        let length = (LENGTH + payload.len()).min(usize::from(u16::MAX)) as u16;
        out.extend(self.source.to_be_bytes());
        out.extend(self.destination.to_be_bytes());
        out.extend(length.to_be_bytes());
        out.extend([0, 0]);
        out.extend(payload);
        let sum = match checksum::between(source, destination, ip::UDP, &out[begin..]) {
            0 => 0xffff,
            sum => sum,
        };
        out[begin + 6..begin + 8].copy_from_slice(&sum.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_is_read_as_written() {
        let header = Udp { source: 53, destination: 9999, ..Udp::default() };
        let (from, to) = ("::1".parse().unwrap(), "::2".parse().unwrap());
        let mut bytes = Vec::new();
        header.write(from, to, b"hello", &mut bytes);
        assert_eq!(checksum::between(from, to, ip::UDP, &bytes), 0);
        bytes.push(0);
        let (read, payload) = Udp::read(&bytes).unwrap();
        assert_eq!((read.source, read.destination, read.length, payload), (53, 9999, 13, &b"hello"[..]));
        bytes[5] = 7;
        assert_eq!(Udp::read(&bytes), None);
    }
}
