//! Captures through a ring of blocks that the kernel fills and this process reads in place
//! (packet_mmap, TPACKET_V3): no system call and no copy for each frame.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd};

use socket2::Type;

use super::cooked::{self, Origin};
use super::interface::ANY;
use super::{Direction, Instruction, Interface, PacketSocket, Received, Statistics, TAG};
use crate::endpoint::descriptor::source_by_descriptor;
use crate::endpoint::system::ring::Mapping;
use crate::wire::packet::Link;

/// The bytes of a block, which holds the longest frame.
const BLOCK: usize = 256 << 10;
/// For how many milliseconds frames that come singly can wait for this process: the kernel gives each stretch of
/// [`patience`] a block of its own, so that few blocks would be used up at once however empty they are.
const SPAN: u32 = 1_000;
/// Where a slice of a block begins in it.
const SLICE: usize = 12;
/// The status of a frame whose tag was taken off, and of one whose tag's EtherType is told.
const TAGGED: u32 = libc::TP_STATUS_VLAN_VALID;
const TAG_KIND: u32 = libc::TP_STATUS_VLAN_TPID_VALID;

/// How many bytes wait at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub usize);

impl Default for Size {
    fn default() -> Self {
        Self(32 << 20)
    }
}

/// After how many milliseconds a block is handed over that is not full, if there are so many.
fn patience(count: usize) -> u32 {
    (SPAN / count as u32).clamp(10, 100)
}

/// A place in a block that is being read.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    at: usize,
    left: u32,
}

/// A packet socket that is read through a ring.
#[derive(Debug)]
pub struct Ring {
    // Dropped before the socket whose memory it is.
    mapping: Mapping,
    socket: PacketSocket,
    number: usize,
    cursor: Option<Cursor>,
    /// A frame whose tag or header was put back.
    restored: Vec<u8>,
}

impl Ring {
    /// Opens one, as [`PacketSocket::open`] does. With less memory than asked for it takes what
    /// there is.
    pub fn open(interface: &str, filter: &[Instruction], size: Size) -> io::Result<Self> {
        let all = interface == ANY;
        let kind = if all { Type::DGRAM } else { Type::RAW };
        let socket = PacketSocket::closed(kind, filter)?;
        let mut count = (size.0 / BLOCK).clamp(2, 4096);
        let mapping = loop {
            match Mapping::new(socket.as_fd(), BLOCK, count, patience(count)) {
                Err(error) if error.kind() == ErrorKind::OutOfMemory && count > 2 => count /= 2,
                other => break other?,
            }
        };
        let interface = if all { Interface::any() } else { Interface::named(interface)? };
        let socket = PacketSocket::bound(socket, interface)?;
        Ok(Self { mapping, socket, number: 0, cursor: None, restored: Vec::new() })
    }

    /// Has the interface take frames for other cards too, as long as this is open.
    pub fn set_promiscuous(&self) -> io::Result<()> {
        match self.interface().is_any() {
            true => Err(io::Error::new(ErrorKind::InvalidInput, "`any` cannot take frames for other cards")),
            false => self.socket.set_promiscuous(),
        }
    }

    /// Replaces the filter.
    pub fn attach(&self, filter: &[Instruction]) -> io::Result<()> {
        match self.interface().is_any() {
            true => self.socket.attach(&cooked::without_header(filter)?),
            false => self.socket.attach(filter),
        }
    }

    /// The interface.
    pub fn interface(&self) -> &Interface {
        self.socket.interface()
    }

    /// What frames begin with.
    pub fn link(&self) -> Link {
        self.socket.link()
    }

    /// How many bytes its memory has.
    pub fn memory(&self) -> usize {
        self.mapping.count() * BLOCK
    }

    /// What it has counted so far.
    pub fn statistics(&mut self) -> io::Result<Statistics> {
        self.socket.statistics()
    }

    /// The next frame; nothing if there is none yet. A frame that goes over the loopback
    /// interface comes once and not twice.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<(Received, &[u8])> {
        let place = loop {
            let place = self.next_place()?;
            let loops = self.interface().is_loopback() || place.origin.hardware == libc::ARPHRD_LOOPBACK;
            if !loops || place.direction != Direction::Outgoing {
                break place;
            }
        };
        let received = Received { length: place.length, nanoseconds: place.nanoseconds, direction: place.direction };
        let block = self.mapping.block(self.number)?;
        let frame = block.get(place.begin..place.begin + place.captured)?;
        if self.socket.link == cooked::LINK {
            self.restored.clear();
            place.origin.write(place.tag, &mut self.restored);
            let more = self.restored.len();
            self.restored.extend_from_slice(frame);
            return Some((Received { length: received.length + more, ..received }, &self.restored));
        }
        match place.tag {
            Some(tag) if frame.len() >= 12 && self.socket.link == Link::ETHERNET => {
                self.restored.clear();
                self.restored.extend_from_slice(&frame[..12]);
                self.restored.extend(tag);
                self.restored.extend_from_slice(&frame[12..]);
                Some((Received { length: received.length + TAG, ..received }, &self.restored))
            }
            _ => Some((received, frame)),
        }
    }

    /// Goes on to the next frame, from block to block.
    fn next_place(&mut self) -> Option<Place> {
        if self.cursor.is_some_and(|cursor| cursor.left == 0) {
            self.cursor = None;
            self.mapping.give_back(self.number);
            self.number = (self.number + 1) % self.mapping.count();
        }
        loop {
            let block = self.mapping.block(self.number)?;
            let cursor =
                self.cursor.unwrap_or_else(|| Cursor { at: number(block, 16) as usize, left: number(block, 12) });
            if cursor.left > 0 {
                let (place, next) = Place::read(block, cursor.at);
                self.cursor = Some(Cursor { at: next, left: cursor.left - 1 });
                return Some(place);
            }
            // A block that was handed over empty.
            self.mapping.give_back(self.number);
            self.number = (self.number + 1) % self.mapping.count();
        }
    }
}

/// What the kernel tells about a frame (`struct tpacket3_hdr`, `struct sockaddr_ll`).
struct Place {
    begin: usize,
    captured: usize,
    length: usize,
    nanoseconds: i64,
    direction: Direction,
    tag: Option<[u8; TAG]>,
    origin: Origin,
}

impl Place {
    /// Reads it at a place of a block, and the place of the one after it.
    fn read(block: &[u8], at: usize) -> (Self, usize) {
        let (seconds, part) = (number(block, at + 4), number(block, at + 8));
        let status = number(block, at + 20);
        let kind = if status & TAG_KIND != 0 { short(block, at + 36) } else { libc::ETH_P_8021Q as u16 };
        let [a, b] = kind.to_be_bytes();
        let [c, d] = (number(block, at + 32) as u16).to_be_bytes();
        let place = Self {
            begin: at + usize::from(short(block, at + 24)) - SLICE,
            captured: number(block, at + 12) as usize,
            length: number(block, at + 16) as usize,
            nanoseconds: i64::from(seconds) * 1_000_000_000 + i64::from(part),
            direction: Direction::new(block[at + 58 - SLICE]),
            tag: (status & TAGGED != 0).then_some([a, b, c, d]),
            origin: Origin {
                protocol: short(block, at + 50).to_ne_bytes(),
                interface: number(block, at + 52),
                hardware: short(block, at + 56),
                way: block[at + 58 - SLICE],
                length: block[at + 59 - SLICE],
                address: std::array::from_fn(|byte| block[at + 60 + byte - SLICE]),
            },
        };
        (place, at + number(block, at) as usize)
    }
}

/// Thirty-two bits at a place of a block, of which a slice lacks the first bytes.
fn number(block: &[u8], at: usize) -> u32 {
    let at = at - SLICE;
    u32::from_ne_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

fn short(block: &[u8], at: usize) -> u16 {
    let at = at - SLICE;
    u16::from_ne_bytes([block[at], block[at + 1]])
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

source_by_descriptor!(Ring);
