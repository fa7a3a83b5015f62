//! Packet sockets: whole frames as they are on a link, received and sent (packet(7)).
//!
//! They need the capability `CAP_NET_RAW`. Frames of virtual networks come with the tag that
//! the kernel has taken off put back.

mod cooked;
mod interface;
mod ring;

use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Protocol, SockFilter, Socket, Type};

pub use interface::{Interface, interfaces};
pub use ring::{Ring, Size};

use super::descriptor::source_by_descriptor;
use super::{retry, system};
use crate::wire::bpf::Instruction;
use crate::wire::packet::Link;

/// The most instructions that the kernel takes.
pub const MOST_INSTRUCTIONS: usize = 4096;
/// Hardware that carries packets of IP with nothing before them (`ARPHRD_RAWIP`).
const RAW_IP: u16 = 519;
/// The bytes of a tag.
const TAG: usize = 4;

/// How a frame came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It is for this card.
    Host,
    /// It is for everyone.
    Broadcast,
    /// It is for a group.
    Multicast,
    /// It is for another card.
    Other,
    /// This machine has sent it.
    Outgoing,
}

impl Direction {
    fn new(way: u8) -> Self {
        match way {
            1 => Self::Broadcast,
            2 => Self::Multicast,
            3 => Self::Other,
            4 => Self::Outgoing,
            _ => Self::Host,
        }
    }

    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Broadcast => "broadcast",
            Self::Multicast => "multicast",
            Self::Other => "other",
            Self::Outgoing => "outgoing",
        }
    }
}

/// What is known of a frame beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// How many bytes it has, of which fewer may have been captured.
    pub length: usize,
    /// When it came, in nanoseconds since 1970.
    pub nanoseconds: i64,
    /// How it came here.
    pub direction: Direction,
}

/// Frames that a socket has counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Those that the filter took, the dropped ones among them.
    pub received: u64,
    /// Those that were dropped because they were not taken fast enough.
    pub dropped: u64,
}

/// A packet socket on an interface.
#[derive(Debug)]
pub struct PacketSocket {
    socket: Socket,
    interface: Interface,
    link: Link,
    statistics: Statistics,
}

impl PacketSocket {
    /// Opens one that receives the frames that a filter takes, all of them if it is empty.
    /// Nothing that came before the filter was there is seen.
    pub fn open(interface: &str, filter: &[Instruction]) -> io::Result<Self> {
        Self::bound(Self::closed(Type::RAW, filter)?, Interface::named(interface)?)
    }

    /// Binds a socket to an interface.
    fn bound(socket: Socket, interface: Interface) -> io::Result<Self> {
        system::bind(socket.as_fd(), interface.index)?;
        let link = if interface.is_any() { cooked::LINK } else { link_of(&socket)? };
        Ok(Self { socket, interface, link, statistics: Statistics::default() })
    }

    /// A socket that receives nothing until it is bound.
    fn closed(kind: Type, filter: &[Instruction]) -> io::Result<Socket> {
        // Of protocol 0 is no frame.
        let socket = Socket::new(Domain::PACKET, kind.nonblocking(), Some(Protocol::from(0)))
            .map_err(|error| explain(error, "packet sockets"))?;
        system::tell_more(socket.as_fd())?;
        attach(&socket, filter)?;
        Ok(socket)
    }

    /// Replaces the filter; what has been received before stays.
    pub fn attach(&self, filter: &[Instruction]) -> io::Result<()> {
        attach(&self.socket, filter)
    }

    /// Replaces the filter, and lets go of what has been received before.
    pub fn replace_filter(&mut self, filter: &[Instruction]) -> io::Result<()> {
        let nothing = Instruction { code: 6, jt: 0, jf: 0, k: 0 };
        self.attach(&[nothing])?;
        while self.receive(&mut [0; 64]).is_ok() {}
        self.attach(filter)
    }

    /// Has the interface take frames for other cards too, as long as this socket is open.
    pub fn set_promiscuous(&self) -> io::Result<()> {
        system::set_promiscuous(self.socket.as_fd(), self.interface.index)
    }

    /// How many bytes of frames may wait to be received.
    pub fn set_buffer(&self, bytes: usize) -> io::Result<()> {
        self.socket.set_recv_buffer_size(bytes)
    }

    /// The interface.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// What frames begin with.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Receives a frame, cut to the buffer, in which it is anywhere. `WouldBlock` says that there
    /// is none.
    pub fn receive<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<(Received, &'b [u8])> {
        let (received, place) = self.receive_at(buffer)?;
        Ok((received, &buffer[place]))
    }

    /// Receives a frame to the beginning of the buffer, cut to it: how much of it there is.
    pub fn receive_to(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (_, place) = self.receive_at(buffer)?;
        let count = place.len();
        buffer.copy_within(place, 0);
        Ok(count)
    }

    fn receive_at(&mut self, buffer: &mut [u8]) -> io::Result<(Received, Range<usize>)> {
        // A tag that was taken off is put back between the addresses and what follows them.
        let room = buffer.get_mut(TAG..).ok_or(ErrorKind::InvalidInput)?;
        let got = retry(|| system::receive(self.socket.as_fd(), room))?;
        let mut received =
            Received { length: got.length, nanoseconds: got.nanoseconds, direction: Direction::new(got.way) };
        let mut place = TAG..TAG + got.captured;
        if let (Some((kind, control)), Link::ETHERNET) = (got.tag, self.link)
            && got.captured >= 12
        {
            buffer.copy_within(TAG..TAG + 12, 0);
            buffer[12..14].copy_from_slice(&kind.to_be_bytes());
            buffer[14..16].copy_from_slice(&control.to_be_bytes());
            received.length += TAG;
            place.start = 0;
        }
        Ok((received, place))
    }

    /// Sends a frame as it is. `WouldBlock` says that the interface takes no more now.
    pub fn send(&self, frame: &[u8]) -> io::Result<usize> {
        match retry(|| self.socket.send(frame)) {
            // What queues do that are full.
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => Err(ErrorKind::WouldBlock.into()),
            other => other,
        }
    }

    /// What it has counted so far.
    pub fn statistics(&mut self) -> io::Result<Statistics> {
        let (received, dropped) = system::statistics(self.socket.as_fd())?;
        self.statistics.received += u64::from(received);
        self.statistics.dropped += u64::from(dropped);
        Ok(self.statistics)
    }
}

fn attach(socket: &Socket, filter: &[Instruction]) -> io::Result<()> {
    if filter.is_empty() {
        // Fails where there was none.
        let _ = socket.detach_filter();
        return Ok(());
    }
    if filter.len() > MOST_INSTRUCTIONS {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the filter is longer than the kernel takes"));
    }
    let program: Vec<SockFilter> = filter.iter().map(|one| SockFilter::new(one.code, one.jt, one.jf, one.k)).collect();
    socket.attach_filter(&program)
}

/// Says which capability is missing for what, and how to grant it.
pub(super) fn explain(error: io::Error, what: &str) -> io::Error {
    if error.kind() != ErrorKind::PermissionDenied {
        return error;
    }
    let program = std::env::current_exe().map_or_else(|_| "PROGRAM".into(), |path| path.display().to_string());
    let text = format!(
        "{what} need the capability CAP_NET_RAW: run as root, or grant it to the program with \
         `sudo setcap cap_net_raw+ep {program}`"
    );
    io::Error::new(ErrorKind::PermissionDenied, text)
}

/// What frames of the interface that a socket is bound to begin with, by the kind of its
/// hardware (`ARPHRD_…`).
fn link_of(socket: &Socket) -> io::Result<Link> {
    match system::hardware(socket.as_fd())? {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Ok(Link::ETHERNET),
        libc::ARPHRD_NONE | RAW_IP | libc::ARPHRD_TUNNEL | libc::ARPHRD_TUNNEL6 | libc::ARPHRD_SIT => Ok(Link::RAW),
        other => {
            let text = format!("the interface is of a kind that is not understood (hardware type {other})");
            Err(io::Error::new(ErrorKind::Unsupported, text))
        }
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

source_by_descriptor!(PacketSocket);
