//! Echoes by ICMP (RFC 792, RFC 4443): asked for, and what comes back, be it the echo or a
//! router's word on why there is none.
//!
//! The system offers two kinds of sockets for this: one that everyone in `ping_group_range` may
//! open, and raw ones for `CAP_NET_RAW`. Both have a queue of errors with what routers say.

use std::io::{self, ErrorKind, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::descriptor::source_by_descriptor;
use crate::random;
use crate::wire::packet::{Icmp, Ipv4, icmp};

/// What is read of a message: a header and what tells whom it is about.
const MOST: usize = 2048;
/// The origin of errors that routers told (`SO_EE_ORIGIN_ICMP`, `SO_EE_ORIGIN_ICMP6`).
const ORIGINS: [u8; 2] = [2, 3];
/// Errors of earlier messages that a send may report before its own outcome.
const EARLIER: usize = 16;

/// Asks for echoes.
#[derive(Debug)]
pub struct IcmpSocket {
    socket: Socket,
    is_ipv4: bool,
    is_raw: bool,
    identifier: u16,
    hop_limit: Option<u8>,
    control: Vec<u8>,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who was asked for the echo.
    pub asked: IpAddr,
    /// Who says something.
    pub from: IpAddr,
    /// Which of the questions it is about.
    pub sequence: u16,
    /// What it says.
    pub message: Said,
}

/// What can come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The echo, and the time to live that it came with.
    Echo(Option<u8>),
    /// The question has passed too many routers.
    TimeExceeded,
    /// It does not get there; the code says why.
    Unreachable(u8),
}

impl IcmpSocket {
    /// A socket for one family. `PermissionDenied` says that none may be opened.
    pub fn open(is_ipv4: bool) -> io::Result<Self> {
        let (domain, protocol) =
            if is_ipv4 { (Domain::IPV4, Protocol::ICMPV4) } else { (Domain::IPV6, Protocol::ICMPV6) };
        let plain = Socket::new(domain, Type::DGRAM, Some(protocol));
        let (socket, is_raw) = match plain {
            Ok(socket) => (socket, false),
            Err(_) => (Socket::new(domain, Type::RAW, Some(protocol)).map_err(explain)?, true),
        };
        socket.set_nonblocking(true)?;
        if is_ipv4 {
            setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
            setsockopt(&socket, sockopt::Ipv4RecvTtl, &true)?;
        } else {
            setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?;
            setsockopt(&socket, sockopt::Ipv6RecvHopLimit, &true)?;
        }
        let identifier = if is_raw { random::number()? } else { own_identifier(&socket, is_ipv4)? };
        let control = nix::cmsg_space!(nix::libc::sock_extended_err, nix::libc::sockaddr_in6, i32, i32);
        Ok(Self { socket, is_ipv4, is_raw, identifier, hop_limit: None, control })
    }

    /// Whether it asks hosts of IPv4.
    pub fn is_ipv4(&self) -> bool {
        self.is_ipv4
    }

    /// Asks for an echo; with `hops` it may pass so many routers, the host itself counted.
    pub fn send(&mut self, to: IpAddr, sequence: u16, payload: &[u8], hops: Option<u8>) -> io::Result<()> {
        if let Some(hops) = hops.filter(|hops| self.hop_limit != Some(*hops)) {
            let number = u32::from(hops);
            if self.is_ipv4 {
                self.socket.set_ttl_v4(number)?
            } else {
                self.socket.set_unicast_hops_v6(number)?
            }
            self.hop_limit = Some(hops);
        }
        let mut message = Vec::with_capacity(icmp::LENGTH + payload.len());
        let kind = if self.is_ipv4 { icmp::kind::ECHO_REQUEST } else { icmp::kind6::ECHO_REQUEST };
        // The system computes the checksum of ICMPv6, which covers addresses that it chooses.
        Icmp::echo(kind, self.identifier, sequence).write(payload, &mut message);
        let to = SocketAddr::new(to, 0).into();
        for _ in 0..EARLIER {
            match self.socket.send_to(&message, &to) {
                Ok(_) => return Ok(()),
                // A router's word on an earlier message, which its queue has too; or its own.
                Err(error) if is_told(&error) => {}
                Err(error) if error.raw_os_error() == Some(nix::libc::ENOBUFS) => {
                    return Err(ErrorKind::WouldBlock.into());
                }
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::HostUnreachable.into())
    }

    /// The next of what came back; `WouldBlock` if there is nothing now.
    pub fn receive(&mut self) -> io::Result<Heard> {
        loop {
            match self.take(MsgFlags::MSG_ERRQUEUE) {
                Ok(Some(heard)) => return Ok(heard),
                Ok(None) => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            match self.take(MsgFlags::empty()) {
                Ok(Some(heard)) => return Ok(heard),
                Ok(None) => {}
                Err(error) if is_told(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes one message off; nothing if it is about somebody else's questions.
    fn take(&mut self, flags: MsgFlags) -> io::Result<Option<Heard>> {
        let mut buffer = [0; MOST];
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let flags = flags | MsgFlags::MSG_DONTWAIT;
        let descriptor = self.socket.as_raw_fd();
        let message = recvmsg::<SockaddrStorage>(descriptor, &mut slices, Some(&mut self.control), flags)
            .map_err(io::Error::from)?;
        let (length, peer) = (message.bytes, message.address.and_then(address));
        let (mut ttl, mut told) = (None, None);
        for one in message.cmsgs()? {
            match one {
                ControlMessageOwned::Ipv4Ttl(number) | ControlMessageOwned::Ipv6HopLimit(number) => {
                    ttl = u8::try_from(number).ok();
                }
                ControlMessageOwned::Ipv4RecvErr(error, offender) => {
                    let from = offender.map(|address| Ipv4Addr::from_bits(u32::from_be(address.sin_addr.s_addr)));
                    told = Some((error, from.map(IpAddr::V4)));
                }
                ControlMessageOwned::Ipv6RecvErr(error, offender) => {
                    let from = offender.map(|address| Ipv6Addr::from(address.sin6_addr.s6_addr));
                    told = Some((error, from.map(IpAddr::V6)));
                }
                _ => {}
            }
        }
        let bytes = &buffer[..length.min(MOST)];
        let Some(peer) = peer else { return Ok(None) };
        Ok(match told {
            Some((error, from)) => self.read_error(bytes, peer, from, error),
            None => self.read_echo(bytes, peer, ttl),
        })
    }

    fn read_echo(&self, bytes: &[u8], from: IpAddr, ttl: Option<u8>) -> Option<Heard> {
        // Raw sockets of IPv4 give the packet's header too.
        let bytes = if self.is_raw && self.is_ipv4 { Ipv4::read(bytes)?.1 } else { bytes };
        let (header, _) = Icmp::read(bytes)?;
        let kind = if self.is_ipv4 { icmp::kind::ECHO_REPLY } else { icmp::kind6::ECHO_REPLY };
        let is_ours = header.kind == kind && header.identifier() == self.identifier;
        is_ours.then(|| Heard { asked: from, from, sequence: header.sequence(), message: Said::Echo(ttl) })
    }

    /// What a router says of a question, of which it repeats the beginning.
    fn read_error(
        &self,
        bytes: &[u8],
        asked: IpAddr,
        from: Option<IpAddr>,
        error: nix::libc::sock_extended_err,
    ) -> Option<Heard> {
        let (header, _) = Icmp::read(bytes)?;
        let ours = if self.is_ipv4 { icmp::kind::ECHO_REQUEST } else { icmp::kind6::ECHO_REQUEST };
        if !ORIGINS.contains(&error.ee_origin) || header.kind != ours || header.identifier() != self.identifier {
            return None;
        }
        let (exceeded, unreachable) = if self.is_ipv4 {
            (icmp::kind::TIME_EXCEEDED, icmp::kind::UNREACHABLE)
        } else {
            (icmp::kind6::TIME_EXCEEDED, icmp::kind6::UNREACHABLE)
        };
        let message = match error.ee_type {
            kind if kind == exceeded => Said::TimeExceeded,
            kind if kind == unreachable => Said::Unreachable(error.ee_code),
            _ => return None,
        };
        Some(Heard { asked, from: from?, sequence: header.sequence(), message })
    }
}

/// What the system puts into echoes of sockets that are not raw.
fn own_identifier(socket: &Socket, is_ipv4: bool) -> io::Result<u16> {
    let any: IpAddr = if is_ipv4 { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    socket.bind(&SocketAddr::new(any, 0).into())?;
    let own = socket.local_addr()?.as_socket();
    own.map(|own| own.port()).ok_or_else(|| ErrorKind::AddrNotAvailable.into())
}

/// Whether a call only says what a router has told.
fn is_told(error: &io::Error) -> bool {
    let told = [Errno::EHOSTUNREACH, Errno::ENETUNREACH, Errno::ECONNREFUSED, Errno::EHOSTDOWN, Errno::EPROTO];
    error.raw_os_error().is_some_and(|code| told.contains(&Errno::from_raw(code)))
}

fn address(storage: SockaddrStorage) -> Option<IpAddr> {
    let v4 = storage.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
    v4.or_else(|| storage.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
}

/// Says which permission is missing and how to grant it.
fn explain(error: io::Error) -> io::Error {
    if error.kind() != ErrorKind::PermissionDenied {
        return error;
    }
    let text = "asking for echoes needs the capability CAP_NET_RAW, or a group within the system's setting \
        net.ipv4.ping_group_range (as root: `sysctl net.ipv4.ping_group_range=\"0 2147483647\"`)";
    io::Error::new(ErrorKind::PermissionDenied, text)
}

impl AsFd for IcmpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

source_by_descriptor!(IcmpSocket);
