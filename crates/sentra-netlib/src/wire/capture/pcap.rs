//! The older format: a header, then each frame behind sixteen bytes
//! (draft-ietf-opsawg-pcap).

use super::{Found, LONGEST, Link, Look, number, short};

/// The length of the file's header.
pub const HEADER: usize = 24;

/// What all frames of a file have in common.
pub struct Pcap {
    big: bool,
    /// Nanoseconds in the unit of the second half of times.
    unit: u32,
    /// The length of what is before each frame.
    before: usize,
    link: Link,
    minor: u16,
}

impl Pcap {
    /// Reads the header of a file; nothing if more of it has to be there.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        let (big, unit, before) = match [bytes[0], bytes[1], bytes[2], bytes[3]] {
            [0xd4, 0xc3, 0xb2, 0xa1] => (false, 1000, 16),
            [0xa1, 0xb2, 0xc3, 0xd4] => (true, 1000, 16),
            [0x4d, 0x3c, 0xb2, 0xa1] => (false, 1, 16),
            [0xa1, 0xb2, 0x3c, 0x4d] => (true, 1, 16),
            // Of old patched kernels, with eight bytes more for each frame.
            [0x34, 0xcd, 0xb2, 0xa1] => (false, 1000, 24),
            [0xa1, 0xb2, 0xcd, 0x34] => (true, 1000, 24),
            _ => return Err("it is no capture file (pcap or pcapng)"),
        };
        let Some(head) = bytes.get(..HEADER) else { return Ok(None) };
        if short(head, 4, big) != 2 {
            return Err("it is a pcap file of an unknown version");
        }
        // The upper bits say how long the check sequence at the end of frames is.
        let link = Link(number(head, 20, big) & 0x03ff_ffff);
        Ok(Some(Self { big, unit, before, link, minor: short(head, 6, big) }))
    }

    /// Looks at the next frame.
    pub fn look(&mut self, bytes: &[u8]) -> Result<Look, &'static str> {
        let Some(head) = bytes.get(..self.before) else { return Ok(Look::More) };
        let [seconds, part, mut captured, mut length] = [0, 4, 8, 12].map(|at| number(head, at, self.big));
        // The oldest versions have the two lengths the other way round.
        if self.minor < 3 || self.minor == 3 && captured > length {
            (captured, length) = (length, captured);
        }
        let (captured, length) = (captured as usize, length as usize);
        if captured > LONGEST {
            return Err("a frame is longer than any can be");
        }
        let end = self.before + captured;
        if bytes.len() < end {
            return Ok(Look::More);
        }
        let nanoseconds = i64::from(seconds) * 1_000_000_000 + i64::from(part) * i64::from(self.unit);
        let found = Found { nanoseconds, length, link: self.link, frame: self.before..end };
        Ok(Look::Frame(end, found))
    }
}
