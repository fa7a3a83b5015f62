//! The newer format: blocks of many kinds, several interfaces and sections
//! (draft-ietf-opsawg-pcapng).

use super::{Found, LONGEST, Link, Look, number, short};

/// What a file begins with, the same in either byte order.
pub const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// The most interfaces of a section.
const MOST_INTERFACES: usize = 65_536;
/// The longest block that is looked at.
const LONGEST_BLOCK: usize = LONGEST + 65_536;
/// What is before and after the body of a block.
const FRAME: usize = 12;

/// Kinds of blocks that are looked at.
mod kind {
    pub const SECTION: u32 = 0x0a0d_0d0a;
    pub const INTERFACE: u32 = 1;
    pub const OLD_PACKET: u32 = 2;
    pub const SIMPLE_PACKET: u32 = 3;
    pub const PACKET: u32 = 6;
}

/// An interface that was captured on.
struct Interface {
    link: Link,
    snap: u32,
    clock: Clock,
    /// Seconds to add to its times.
    shift: i64,
}

/// What one unit of an interface's time is.
#[derive(Clone, Copy)]
enum Clock {
    /// So many nanoseconds.
    Multiple(i64),
    /// So many make a nanosecond.
    Part(i64),
    /// So many times two make a second.
    Binary(u32),
}

/// What a section has in common.
#[derive(Default)]
pub struct Pcapng {
    big: bool,
    interfaces: Vec<Interface>,
}

impl Pcapng {
    /// Looks at the next block.
    pub fn look(&mut self, bytes: &[u8]) -> Result<Look, &'static str> {
        let Some(head) = bytes.get(..FRAME) else { return Ok(Look::More) };
        if head[..4] == MAGIC {
            self.big = match head[8..] {
                [0x1a, 0x2b, 0x3c, 0x4d] => true,
                [0x4d, 0x3c, 0x2b, 0x1a] => false,
                _ => return Err("a section has no byte order"),
            };
        }
        let (kind, length) = (number(head, 0, self.big), number(head, 4, self.big) as usize);
        if length < FRAME || !length.is_multiple_of(4) {
            return Err("a block has an impossible length");
        }
        if !matches!(kind, kind::SECTION | kind::INTERFACE | kind::OLD_PACKET | kind::SIMPLE_PACKET | kind::PACKET) {
            return Ok(Look::Skip(length));
        }
        if length > LONGEST_BLOCK {
            return Err("a block is longer than any can be");
        }
        let Some(block) = bytes.get(..length) else { return Ok(Look::More) };
        if number(block, length - 4, self.big) as usize != length {
            return Err("the two lengths of a block differ");
        }
        self.take(kind, &block[8..length - 4]).map(|found| match found {
            Some(found) => Look::Frame(length, found),
            None => Look::Skip(length),
        })
    }

    fn take(&mut self, kind: u32, body: &[u8]) -> Result<Option<Found>, &'static str> {
        match kind {
            kind::SECTION => {
                if body.len() < 16 || short(body, 4, self.big) != 1 {
                    return Err("a section is of an unknown version");
                }
                self.interfaces.clear();
                Ok(None)
            }
            kind::INTERFACE => self.add_interface(body).map(|()| None),
            kind::SIMPLE_PACKET => self.simple(body).map(Some),
            _ => self.packet(kind, body).map(Some),
        }
    }

    fn add_interface(&mut self, body: &[u8]) -> Result<(), &'static str> {
        if body.len() < 8 || self.interfaces.len() == MOST_INTERFACES {
            return Err(if body.len() < 8 { "an interface is cut short" } else { "there are too many interfaces" });
        }
        let (link, snap) = (Link(short(body, 0, self.big).into()), number(body, 4, self.big));
        let mut interface = Interface { link, snap, clock: Clock::Multiple(1000), shift: 0 };
        let mut rest = &body[8..];
        while rest.len() >= 4 {
            let (code, length) = (short(rest, 0, self.big), usize::from(short(rest, 2, self.big)));
            let Some(data) = rest.get(4..4 + length).filter(|_| code != 0) else { break };
            match (code, data) {
                (9, &[resolution, ..]) => interface.clock = Clock::new(resolution),
                (14, data) if length == 8 => {
                    let halves = [number(data, 0, self.big), number(data, 4, self.big)];
                    let (high, low) = if self.big { (halves[0], halves[1]) } else { (halves[1], halves[0]) };
                    interface.shift = (u64::from(high) << 32 | u64::from(low)) as i64;
                }
                _ => {}
            }
            rest = rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        }
        self.interfaces.push(interface);
        Ok(())
    }

    /// A frame without a time.
    fn simple(&self, body: &[u8]) -> Result<Found, &'static str> {
        let interface = self.interfaces.first().ok_or("a frame has no interface")?;
        let length =
            if body.len() < 4 { return Err("a frame is cut short") } else { number(body, 0, self.big) as usize };
        let snap = if interface.snap == 0 { usize::MAX } else { interface.snap as usize };
        let captured = length.min(snap).min(body.len() - 4);
        Ok(Found { nanoseconds: 0, length, link: interface.link, frame: 12..12 + captured })
    }

    fn packet(&self, kind: u32, body: &[u8]) -> Result<Found, &'static str> {
        if body.len() < 20 {
            return Err("a frame is cut short");
        }
        let which = if kind == kind::PACKET { number(body, 0, self.big) } else { short(body, 0, self.big).into() };
        let interface = self.interfaces.get(which as usize).ok_or("a frame has no interface")?;
        let [high, low, captured, length] = [4, 8, 12, 16].map(|at| number(body, at, self.big));
        let captured = captured as usize;
        if captured > body.len() - 20 || captured > LONGEST {
            return Err("a frame is longer than its block");
        }
        let nanoseconds = interface.nanoseconds(u64::from(high) << 32 | u64::from(low));
        Ok(Found { nanoseconds, length: length as usize, link: interface.link, frame: 28..28 + captured })
    }
}

impl Clock {
    /// From how the file says it: a power of ten or, with the highest bit, of two.
    fn new(resolution: u8) -> Self {
        match resolution {
            0..=9 => Self::Multiple(10_i64.pow(9 - u32::from(resolution))),
            10..=27 => Self::Part(10_i64.pow(u32::from(resolution) - 9)),
            28..=127 => Self::Part(i64::MAX),
            binary => Self::Binary(u32::from(binary & 0x7f)),
        }
    }
}

impl Interface {
    fn nanoseconds(&self, units: u64) -> i64 {
        let time = match self.clock {
            Clock::Multiple(nanoseconds) => i128::from(units) * i128::from(nanoseconds),
            Clock::Part(units_each) => i128::from(units) / i128::from(units_each),
            Clock::Binary(power) => (i128::from(units) * 1_000_000_000).checked_shr(power).unwrap_or(0),
        };
        i64::try_from(time + i128::from(self.shift) * 1_000_000_000).unwrap_or(i64::MAX)
    }
}
