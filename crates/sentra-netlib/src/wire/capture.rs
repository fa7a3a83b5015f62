//! Capture files: pcap of either byte order with micro- or nanoseconds, and pcapng, read piece
//! by piece; pcap written.
//!
//! A reader holds one frame at most. Nothing here decompresses: what it is fed is plain.

mod pcap;
mod pcapng;
pub mod write;

use std::ops::Range;

use super::packet::Link;
use crate::Malformed;

/// The longest frame that is taken for one: what longer ones announce is damage.
pub const LONGEST: usize = 1 << 20;
/// What is read at once: several frames, or one of the longest.
const ROOM: usize = 2 << 20;

/// A frame of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// When it was captured, in nanoseconds since 1970.
    pub nanoseconds: i64,
    /// How many bytes it had, of which fewer may be here.
    pub length: usize,
    /// What it begins with.
    pub link: Link,
    /// Its bytes.
    pub frame: &'a [u8],
}

/// A frame by its place in what was read.
struct Found {
    nanoseconds: i64,
    length: usize,
    link: Link,
    frame: Range<usize>,
}

/// What a look at the bytes at hand came to.
enum Look {
    /// So many bytes hold a frame.
    Frame(usize, Found),
    /// So many bytes hold nothing to give; more of them than there are may be told.
    Skip(usize),
    /// More bytes have to be there.
    More,
}

/// What kind of file it is, and what its frames have in common.
enum Format {
    Unknown,
    Pcap(pcap::Pcap),
    Pcapng(pcapng::Pcapng),
}

/// Reads a capture file.
pub struct Reader {
    format: Format,
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    /// How many of the bytes to come are of no interest.
    skip: usize,
    /// Where in the file `start` is.
    offset: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Self { format: Format::Unknown, bytes: vec![0; ROOM].into(), start: 0, end: 0, skip: 0, offset: 0 }
    }
}

impl Reader {
    /// Where to read further bytes to. It is never empty after [`Self::next`] gave nothing.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        &mut self.bytes[self.end..]
    }

    /// Takes so many bytes that were read there.
    pub fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// The next frame; nothing if more bytes have to be read first.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, Malformed> {
        loop {
            let skipped = self.skip.min(self.end - self.start);
            self.advance(skipped);
            self.skip -= skipped;
            if self.skip > 0 {
                return Ok(None);
            }
            match self.look()? {
                Look::More => return Ok(None),
                Look::Skip(count) => self.skip = count,
                Look::Frame(count, Found { nanoseconds, length, link, frame }) => {
                    let frame = self.start + frame.start..self.start + frame.end;
                    self.advance(count);
                    return Ok(Some(Record { nanoseconds, length, link, frame: &self.bytes[frame] }));
                }
            }
        }
    }

    fn advance(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Looks at what comes next. Its faults say where.
    fn look(&mut self) -> Result<Look, Malformed> {
        let (bytes, offset) = (&self.bytes[self.start..self.end], self.offset);
        let look = match &mut self.format {
            Format::Pcap(pcap) => pcap.look(bytes),
            Format::Pcapng(pcapng) => pcapng.look(bytes),
            Format::Unknown => {
                let Some(magic) = bytes.first_chunk::<4>() else { return Ok(Look::More) };
                if *magic == pcapng::MAGIC {
                    self.format = Format::Pcapng(pcapng::Pcapng::default());
                    return Ok(Look::Skip(0));
                }
                match pcap::Pcap::read(bytes) {
                    Ok(Some(pcap)) => {
                        self.format = Format::Pcap(pcap);
                        Ok(Look::Skip(pcap::HEADER))
                    }
                    Ok(None) => Ok(Look::More),
                    Err(what) => Err(what),
                }
            }
        };
        look.map_err(|what| Malformed { what: what.into(), at: Some(offset as usize) })
    }

    /// Says what is wrong with a file that ends here.
    pub fn finish(&self) -> Result<(), Malformed> {
        let what = match self.format {
            Format::Unknown if self.end == self.start => "the file is empty",
            Format::Unknown => "the file is too short for a capture",
            _ if self.start == self.end && self.skip == 0 => return Ok(()),
            _ => "the file ends within a frame",
        };
        Err(Malformed { what: what.into(), at: Some(self.offset as usize) })
    }
}

/// Thirty-two bits in a file's byte order.
fn number(bytes: &[u8], at: usize, swapped: bool) -> u32 {
    let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    if swapped { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}

/// Sixteen bits in a file's byte order.
fn short(bytes: &[u8], at: usize, swapped: bool) -> u16 {
    let bytes = [bytes[at], bytes[at + 1]];
    if swapped { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}
