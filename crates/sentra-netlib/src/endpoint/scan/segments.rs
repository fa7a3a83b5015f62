//! Probes that are single SYN segments, sent past the system's TCP. Nothing is kept of them: the
//! sequence number of each is a function of its port that nobody else knows, and only what
//! acknowledges it is an answer. They need the capability `CAP_NET_RAW`.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};

use mio::unix::SourceFd;
use nix::errno::Errno;
use socket2::{Domain, Protocol, SockFilter, Socket, Type};

use super::{Answer, Sent, at, is_crowded, is_cut_off, stuck, unspecified};
use crate::endpoint::packet;
use crate::exchange::scan::State;
use crate::wire::packet::icmp::{self, Icmp};
use crate::wire::packet::ipv4::Ipv4;
use crate::wire::packet::ipv6::Ipv6;
use crate::wire::packet::tcp::{Flags, Tcp};

/// Room for answers that come all at once.
const BUFFER: usize = 8 << 20;
/// Some hosts do not answer a SYN that says nothing of segments.
const MAXIMUM_SEGMENT: [u8; 4] = [2, 4, 5, 180];
/// A window like those of ordinary connections.
const WINDOW: u16 = 64_240;
/// Errors of earlier segments that a send may report before its own outcome.
const EARLIER: usize = 16;

/// Sends SYN segments to the ports of a host.
#[derive(Debug)]
pub struct Segments {
    host: SocketAddr,
    source: SocketAddr,
    /// Holds the port that answers come to, so that nobody else gets it.
    _port: Socket,
    tcp: Socket,
    icmp: Socket,
    secret: RandomState,
    segment: Vec<u8>,
}

impl Segments {
    /// For a host. `PermissionDenied` says which capability is missing.
    pub fn new(host: SocketAddr) -> io::Result<Self> {
        let domain = Domain::for_address(host);
        let tcp = raw(domain, Protocol::TCP)?;
        let icmp = raw(domain, if host.is_ipv4() { Protocol::ICMPV4 } else { Protocol::ICMPV6 })?;
        let port = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        port.bind(&SocketAddr::new(source_towards(host)?, 0).into())?;
        let source = port.local_addr()?.as_socket().ok_or(ErrorKind::AddrNotAvailable)?;
        tcp.attach_filter(&to_port(source))?;
        // What came before the filter is nobody's answer.
        drain(&tcp);
        tcp.connect(&at(host, 0).into())?;
        Ok(Self { host, source, _port: port, tcp, icmp, secret: RandomState::new(), segment: Vec::new() })
    }

    /// The descriptors, to be watched.
    pub fn sources(&self) -> [RawFd; 2] {
        [self.tcp.as_raw_fd(), self.icmp.as_raw_fd()]
    }

    /// The number that a probe of a port begins with.
    fn cookie(&self, port: u16) -> u32 {
        self.secret.hash_one(port) as u32
    }

    /// Sends a probe.
    pub fn send(&mut self, port: u16) -> Sent {
        let header = Tcp {
            source: self.source.port(),
            destination: port,
            sequence: self.cookie(port),
            flags: Flags::SYN,
            window: WINDOW,
            options: &MAXIMUM_SEGMENT,
            ..Tcp::default()
        };
        self.segment.clear();
        header.write(self.source.ip(), self.host.ip(), b"", &mut self.segment);
        let mut last = None;
        for _ in 0..EARLIER {
            match self.tcp.send(&self.segment) {
                Ok(_) => return Sent::Flying,
                Err(error) if is_crowded(&error) => return Sent::NoRoom(error),
                Err(error) if is_cut_off(&error) => return Sent::NoWay(error),
                // A firewall of this machine does not let it out.
                Err(error) if error.raw_os_error() == Some(Errno::EPERM as i32) => {
                    return Sent::Answered(State::Filtered, None);
                }
                // What ICMP said of an earlier one is read where it says of which.
                Err(error) => last = Some(error),
            }
        }
        stuck(last)
    }

    /// The next answer; nothing if there is none now.
    pub fn receive(&mut self) -> io::Result<Option<Answer>> {
        let mut buffer = [0; 2048];
        loop {
            let (bytes, found) = match receive(&self.tcp, &mut buffer)? {
                Some(bytes) => (bytes, true),
                None => match receive(&self.icmp, &mut buffer)? {
                    Some(bytes) => (bytes, false),
                    None => return Ok(None),
                },
            };
            let answer = if found { self.segment_says(bytes) } else { self.message_says(bytes) };
            if let Some((port, state)) = answer {
                return Ok(Some(Answer { port, state, stream: None, data: Vec::new() }));
            }
        }
    }

    /// A SYN that acknowledges a probe says open, a reset closed (RFC 9293, 3.10.7).
    fn segment_says(&self, bytes: &[u8]) -> Option<(u16, State)> {
        let bytes = if self.host.is_ipv4() { Ipv4::read(bytes)?.1 } else { bytes };
        let (header, _) = Tcp::read(bytes)?;
        let ours = header.destination == self.source.port()
            && header.flags.has(Flags::ACK)
            && header.acknowledgment == self.cookie(header.source).wrapping_add(1);
        let state = match header.flags {
            flags if flags.has(Flags::RST) => State::Closed,
            flags if flags.has(Flags::SYN) => State::Open,
            _ => return None,
        };
        ours.then_some((header.source, state))
    }

    /// A message of ICMP that quotes a probe says that it did not get there.
    fn message_says(&self, bytes: &[u8]) -> Option<(u16, State)> {
        let (quoted, to) = match self.host.ip() {
            IpAddr::V4(_) => {
                let (message, rest) = Icmp::read(Ipv4::read(bytes)?.1)?;
                let (header, quoted) = Ipv4::read(rest)?;
                (message.kind == icmp::kind::UNREACHABLE).then_some((quoted, IpAddr::V4(header.destination)))?
            }
            IpAddr::V6(_) => {
                let (message, rest) = Icmp::read(bytes)?;
                let (header, quoted) = Ipv6::read(rest)?;
                (message.kind == icmp::kind6::UNREACHABLE).then_some((quoted, IpAddr::V6(header.destination)))?
            }
        };
        // No more than eight bytes of the segment need be there: the ports and the number.
        let head: [u8; 8] = quoted.get(..8)?.try_into().ok()?;
        let two = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        let number = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let ours = to == self.host.ip() && two(0) == self.source.port() && number == self.cookie(two(2));
        ours.then_some((two(2), State::Filtered))
    }
}

fn raw(domain: Domain, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::RAW.nonblocking(), Some(protocol))
        .map_err(|error| packet::explain(error, "raw sockets"))?;
    // It only loses less.
    let _ = socket.set_recv_buffer_size(BUFFER);
    Ok(socket)
}

/// The address that segments to a host come from.
fn source_towards(host: SocketAddr) -> io::Result<IpAddr> {
    let socket = UdpSocket::bind(unspecified(host.ip()))?;
    socket.connect(at(host, 9))?;
    Ok(socket.local_addr()?.ip())
}

/// Takes the segments that are for a port. Those of IPv4 come with the header before them.
fn to_port(source: SocketAddr) -> Vec<SockFilter> {
    let port = u32::from(source.port());
    let load = match source {
        SocketAddr::V4(_) => vec![SockFilter::new(0xb1, 0, 0, 0), SockFilter::new(0x48, 0, 0, 2)],
        SocketAddr::V6(_) => vec![SockFilter::new(0x28, 0, 0, 2)],
    };
    let decide =
        [SockFilter::new(0x15, 0, 1, port), SockFilter::new(0x06, 0, 0, 0xffff), SockFilter::new(0x06, 0, 0, 0)];
    load.into_iter().chain(decide).collect()
}

fn drain(socket: &Socket) {
    let mut buffer = [0; 64];
    let mut socket = socket;
    while socket.read(&mut buffer).is_ok() {}
}

fn receive<'b>(mut socket: &Socket, buffer: &'b mut [u8]) -> io::Result<Option<&'b [u8]>> {
    loop {
        match socket.read(buffer) {
            Ok(len) => return Ok(Some(&buffer[..len])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The socket's own errors are what ICMP has said, which comes by the other one.
            Err(error) if is_told_otherwise(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_told_otherwise(error: &io::Error) -> bool {
    let told = [
        Errno::ECONNREFUSED,
        Errno::EHOSTUNREACH,
        Errno::ENETUNREACH,
        Errno::EPROTO,
        Errno::ENOPROTOOPT,
        Errno::EACCES,
    ];
    error.raw_os_error().is_some_and(|code| told.contains(&Errno::from_raw(code)))
}

/// What the swarm watches a descriptor as.
pub fn source(descriptor: &RawFd) -> SourceFd<'_> {
    SourceFd(descriptor)
}
