//! IPv4 (RFC 791).

use std::net::Ipv4Addr;

use super::{checksum, long, word};

/// The length of a header without options.
pub const SHORTEST: usize = 20;
/// The longest options.
pub const MOST_OPTIONS: usize = 40;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4<'a> {
    /// The class of service and the congestion bits.
    pub service: u8,
    /// The length of the packet, as it says. Captures of what the network card still has to cut
    /// say 0.
    pub total_length: u16,
    /// What its fragments have in common.
    pub identification: u16,
    /// Whether it must not be cut into fragments.
    pub dont_fragment: bool,
    /// Whether further fragments follow.
    pub more_fragments: bool,
    /// Where in the whole packet this fragment is, in bytes.
    pub fragment_offset: u16,
    /// How many routers it may still pass.
    pub ttl: u8,
    /// What it carries.
    pub protocol: u8,
    /// The checksum of the header, as it is there. Writing computes it.
    pub checksum: u16,
    /// From whom.
    pub source: Ipv4Addr,
    /// To whom.
    pub destination: Ipv4Addr,
    /// Its options, padding included.
    pub options: &'a [u8],
}

impl Default for Ipv4<'_> {
    fn default() -> Self {
        Self {
            service: 0,
            total_length: 0,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
            ttl: 64,
            protocol: 0,
            checksum: 0,
            source: Ipv4Addr::UNSPECIFIED,
            destination: Ipv4Addr::UNSPECIFIED,
            options: &[],
        }
    }
}

impl<'a> Ipv4<'a> {
    /// Reads a header; what follows is what the packet carries, without what pads the frame.
    pub fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let head = bytes.get(..SHORTEST)?;
        let length = usize::from(head[0] & 0xf) * 4;
        let options = bytes.get(SHORTEST..length)?;
        if head[0] >> 4 != 4 {
            return None;
        }
        let total_length = word(head, 2);
        let end = match usize::from(total_length) {
            0 => bytes.len(),
            short if short < length => return None,
            total => total.min(bytes.len()),
        };
        let fragment = word(head, 6);
        let header = Self {
            service: head[1],
            total_length,
            identification: word(head, 4),
            dont_fragment: fragment & 0x4000 != 0,
            more_fragments: fragment & 0x2000 != 0,
            fragment_offset: (fragment & 0x1fff) * 8,
            ttl: head[8],
            protocol: head[9],
            checksum: word(head, 10),
            source: long(head, 12).into(),
            destination: long(head, 16).into(),
            options,
        };
        Some((header, &bytes[length..end]))
    }

    /// Whether it is a part of a packet.
    pub fn is_fragment(&self) -> bool {
        self.more_fragments || self.fragment_offset != 0
    }

    /// The length of the header.
    pub fn header_length(&self) -> usize {
        SHORTEST + self.options.len().min(MOST_OPTIONS).next_multiple_of(4)
    }

    /// Appends a header for a packet that carries `payload` bytes: its lengths and its checksum
    /// are computed, its options padded and cut to what a header can have.
    pub fn write(&self, payload: usize, out: &mut Vec<u8>) {
        let (begin, length) = (out.len(), self.header_length());
        let total = (length + payload).min(usize::from(u16::MAX)) as u16;
        let flags = u16::from(self.dont_fragment) << 14 | u16::from(self.more_fragments) << 13;
        out.extend([0x40 | (length / 4) as u8, self.service]);
        out.extend(total.to_be_bytes());
        out.extend(self.identification.to_be_bytes());
        out.extend((flags | (self.fragment_offset / 8)).to_be_bytes());
        out.extend([self.ttl, self.protocol, 0, 0]);
        out.extend(self.source.octets());
        out.extend(self.destination.octets());
        out.extend(&self.options[..self.options.len().min(MOST_OPTIONS)]);
        out.resize(begin + length, 0);
        let sum = checksum::of(&out[begin..]);
        out[begin + 10..begin + 12].copy_from_slice(&sum.to_be_bytes());
    }
}

/// Whether the checksum of a header at the start of some bytes is right.
pub fn is_intact(bytes: &[u8]) -> bool {
    let length = bytes.first().map_or(0, |first| usize::from(first & 0xf) * 4);
    bytes.get(..length).is_some_and(|header| checksum::of(header) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_written() {
        let header = Ipv4 {
            ttl: 3,
            protocol: 17,
            identification: 77,
            more_fragments: true,
            fragment_offset: 1480,
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
            options: &[7, 3, 4],
            ..Ipv4::default()
        };
        let mut bytes = Vec::new();
        header.write(2, &mut bytes);
        assert!(is_intact(&bytes));
        bytes.extend([8, 9, 0, 0]);
        let (read, payload) = Ipv4::read(&bytes).unwrap();
        assert_eq!(payload, [8, 9]);
        let total_length = 26;
        assert_eq!(read, Ipv4 { checksum: read.checksum, total_length, options: &[7, 3, 4, 0], ..header });
        assert!((0..24).all(|length| Ipv4::read(&bytes[..length]).is_none()));
        bytes[10] ^= 1;
        assert!(!is_intact(&bytes));
    }

    #[test]
    fn a_total_length_that_lies() {
        let mut bytes = Vec::new();
        Ipv4::default().write(4, &mut bytes);
        bytes.extend([1, 2, 3, 4]);
        bytes[3] = 19;
        assert!(Ipv4::read(&bytes).is_none());
        bytes[3] = 0;
        assert_eq!(Ipv4::read(&bytes).unwrap().1, [1, 2, 3, 4]);
        bytes[2] = 0xff;
        assert_eq!(Ipv4::read(&bytes).unwrap().1, [1, 2, 3, 4]);
    }
}
