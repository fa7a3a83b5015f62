//! TCP (RFC 9293).

use std::fmt::{self, Display, Formatter};
use std::net::IpAddr;

use super::{checksum, ip, long, word};

/// The length of a header without options.
pub const SHORTEST: usize = 20;
/// The longest options.
pub const MOST_OPTIONS: usize = 40;

/// The control bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u16);

impl Flags {
    /// Nothing more will be sent.
    pub const FIN: Self = Self(0x001);
    /// Begins a connection.
    pub const SYN: Self = Self(0x002);
    /// Ends it at once.
    pub const RST: Self = Self(0x004);
    /// Give it to the program now.
    pub const PSH: Self = Self(0x008);
    /// The acknowledgment number means something.
    pub const ACK: Self = Self(0x010);
    /// So does the urgent pointer.
    pub const URG: Self = Self(0x020);
    /// Congestion was met (RFC 3168).
    pub const ECE: Self = Self(0x040);
    /// The window was reduced for it.
    pub const CWR: Self = Self(0x080);
    /// Accurate congestion feedback (RFC 9768).
    pub const AE: Self = Self(0x100);

    /// Whether all of some bits are set.
    pub fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// The bits of both.
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

/// The names of the bits, from the lowest.
pub const FLAG_NAMES: [&str; 9] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];

impl Display for Flags {
    /// `SYN,ACK`; nothing if none is set.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let set = FLAG_NAMES.iter().enumerate().filter(|(bit, _)| self.0 & 1 << bit != 0);
        set.enumerate().try_for_each(|(count, (_, name))| {
            out.write_str(if count == 0 { "" } else { "," })?;
            out.write_str(name)
        })
    }
}

/// A header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tcp<'a> {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// The number of its first byte.
    pub sequence: u32,
    /// The number of the byte expected next.
    pub acknowledgment: u32,
    /// Its control bits.
    pub flags: Flags,
    /// How much the sender takes, unscaled.
    pub window: u16,
    /// The checksum, as it is there. Writing computes it.
    pub checksum: u16,
    /// Where urgent data ends.
    pub urgent: u16,
    /// Its options, padding included.
    pub options: &'a [u8],
}

impl<'a> Tcp<'a> {
    /// Reads a header.
    pub fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let head = bytes.get(..SHORTEST)?;
        let length = usize::from(head[12] >> 4) * 4;
        let options = bytes.get(SHORTEST..length)?;
        let header = Self {
            source: word(head, 0),
            destination: word(head, 2),
            sequence: long(head, 4),
            acknowledgment: long(head, 8),
            flags: Flags(word(head, 12) & 0x1ff),
            window: word(head, 14),
            checksum: word(head, 16),
            urgent: word(head, 18),
            options,
        };
        Some((header, &bytes[length..]))
    }

    /// The length of the header.
    pub fn header_length(&self) -> usize {
        SHORTEST + self.options.len().min(MOST_OPTIONS).next_multiple_of(4)
    }

    /// Appends a segment between two addresses with its checksum; its options are padded and
    /// cut to what a header can have.
    pub fn write(&self, source: IpAddr, destination: IpAddr, payload: &[u8], out: &mut Vec<u8>) {
        let (begin, length) = (out.len(), self.header_length());
        out.extend(self.source.to_be_bytes());
        out.extend(self.destination.to_be_bytes());
        out.extend(self.sequence.to_be_bytes());
        out.extend(self.acknowledgment.to_be_bytes());
        out.extend(((length as u16 / 4) << 12 | self.flags.0 & 0x1ff).to_be_bytes());
        out.extend(self.window.to_be_bytes());
        out.extend([0, 0]);
        out.extend(self.urgent.to_be_bytes());
        out.extend(&self.options[..self.options.len().min(MOST_OPTIONS)]);
        out.resize(begin + length, 0);
        out.extend(payload);
        let sum = checksum::between(source, destination, ip::TCP, &out[begin..]);
        out[begin + 16..begin + 18].copy_from_slice(&sum.to_be_bytes());
    }

    /// The options one by one; they end where they make no sense.
    pub fn options(&self) -> Options<'a> {
        Options { rest: self.options }
    }
}

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// Fills up.
    Nop,
    /// The longest segment taken.
    MaximumSegment(u16),
    /// How many bits windows are shifted by.
    WindowScale(u8),
    /// Selective acknowledgments may be sent.
    SackPermitted,
    /// Selective acknowledgments: pairs of four-byte edges.
    Sack(&'a [u8]),
    /// The sender's clock, and what it echoes.
    Timestamps(u32, u32),
    /// Any other, by its number.
    Other(u8, &'a [u8]),
}

/// Goes through options.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Options<'a> {
    type Item = Choice<'a>;

    fn next(&mut self) -> Option<Choice<'a>> {
        let (&kind, after) = self.rest.split_first()?;
        if kind <= 1 {
            self.rest = if kind == 0 { &[] } else { after };
            return (kind == 1).then_some(Choice::Nop);
        }
        let length = usize::from(*after.first()?);
        let option = self.rest.get(..length.max(2)).filter(|_| length >= 2);
        let Some(option) = option else {
            self.rest = &[];
            return None;
        };
        self.rest = &self.rest[length..];
        Some(match (kind, &option[2..]) {
            (2, &[a, b]) => Choice::MaximumSegment(u16::from_be_bytes([a, b])),
            (3, &[shift]) => Choice::WindowScale(shift),
            (4, &[]) => Choice::SackPermitted,
            (5, edges) if edges.len() % 8 == 0 => Choice::Sack(edges),
            (8, times) if times.len() == 8 => Choice::Timestamps(long(times, 0), long(times, 4)),
            (kind, data) => Choice::Other(kind, data),
        })
    }
}

impl Choice<'_> {
    /// Appends the option.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut put = |kind: u8, data: &[u8]| {
            out.extend([kind, (data.len() + 2) as u8]);
            out.extend(data);
        };
        match *self {
            Self::Nop => out.push(1),
            Self::MaximumSegment(most) => put(2, &most.to_be_bytes()),
            Self::WindowScale(shift) => put(3, &[shift]),
            Self::SackPermitted => put(4, &[]),
            Self::Sack(edges) => put(5, edges),
            Self::Timestamps(own, echo) => put(8, &[own.to_be_bytes(), echo.to_be_bytes()].concat()),
            Self::Other(kind, data) => put(kind, data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_read_as_written() {
        let mut options = Vec::new();
        let choices = [
            Choice::MaximumSegment(1460),
            Choice::SackPermitted,
            Choice::Timestamps(5, 0),
            Choice::Nop,
            Choice::WindowScale(7),
        ];
        choices.iter().for_each(|choice| choice.write(&mut options));
        let flags = Flags::SYN.with(Flags::ACK);
        let header =
            Tcp { source: 1, destination: 65_535, sequence: 7, window: 9, flags, options: &options, ..Tcp::default() };
        let (from, to) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let mut bytes = Vec::new();
        header.write(from, to, b"xyz", &mut bytes);
        assert_eq!(checksum::between(from, to, ip::TCP, &bytes), 0);
        let (read, payload) = Tcp::read(&bytes).unwrap();
        assert_eq!((read, payload), (Tcp { checksum: read.checksum, ..header }, &b"xyz"[..]));
        assert_eq!(read.options().collect::<Vec<_>>(), choices);
        assert_eq!(read.flags.to_string(), "SYN,ACK");
        assert!((0..40).all(|length| Tcp::read(&bytes[..length]).is_none()));
    }

    #[test]
    fn options_end_where_they_make_no_sense() {
        for options in [&[2u8][..], &[2, 0], &[2, 1], &[2, 9, 1], &[0, 2, 4, 1, 1]] {
            assert_eq!(Options { rest: options }.count(), 0, "{options:?}");
        }
        assert_eq!(Options { rest: &[1, 3, 3, 7, 8] }.collect::<Vec<_>>(), [Choice::Nop, Choice::WindowScale(7)]);
    }
}
