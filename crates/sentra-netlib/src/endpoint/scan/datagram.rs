//! Probes that are datagrams. One socket sends them all; what answers is read from it, and what
//! is refused by ICMP from its queue of errors (ip(7), `IP_RECVERR`).

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

use mio::net::UdpSocket;
use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt,
    sockopt::{Ipv4RecvErr, Ipv6RecvErr},
};
use socket2::SockRef;

use super::{Answer, Sent, at, is_crowded, is_cut_off, stuck, unspecified};
use crate::exchange::scan::State;

/// Room for answers that come all at once.
const BUFFER: usize = 4 << 20;
/// What is kept of an answer.
const MOST: usize = 4096;
/// Errors of earlier datagrams that a send may report before its own outcome.
const EARLIER: usize = 16;

/// Sends datagrams to the ports of a host.
#[derive(Debug)]
pub struct Datagrams {
    host: SocketAddr,
    socket: UdpSocket,
    /// What ICMP has said, when it was not taken in yet.
    control: Vec<u8>,
}

impl Datagrams {
    /// For a host.
    pub fn new(host: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(unspecified(host.ip()))?;
        match host {
            SocketAddr::V4(_) => setsockopt(&socket, Ipv4RecvErr, &true)?,
            SocketAddr::V6(_) => setsockopt(&socket, Ipv6RecvErr, &true)?,
        }
        // It only loses less.
        let _ = SockRef::from(&socket).set_recv_buffer_size(BUFFER);
        let control = nix::cmsg_space!(nix::libc::sock_extended_err, nix::libc::sockaddr_in6);
        Ok(Self { host, socket, control })
    }

    /// The socket, to be watched.
    pub fn source(&mut self) -> &mut UdpSocket {
        &mut self.socket
    }

    /// Sends a datagram.
    pub fn send(&mut self, port: u16, payload: &[u8]) -> Sent {
        let mut last = None;
        for _ in 0..EARLIER {
            match self.socket.send_to(payload, at(self.host, port)) {
                Ok(_) => return Sent::Flying,
                Err(error) if is_crowded(&error) => return Sent::NoRoom(error),
                Err(error) if is_refusal(&error) => last = Some(error),
                Err(error) if is_cut_off(&error) => return Sent::NoWay(error),
                Err(_) => return Sent::Answered(State::Filtered, None),
            }
        }
        stuck(last)
    }

    /// The next answer; nothing if there is none now.
    pub fn receive(&mut self) -> io::Result<Option<Answer>> {
        loop {
            if let Some(refused) = self.refusal()? {
                return Ok(Some(refused));
            }
            let mut buffer = [0; MOST];
            match self.socket.recv_from(&mut buffer) {
                Ok((len, from)) if is_same(from.ip(), self.host.ip()) => {
                    let data = buffer[..len].to_vec();
                    return Ok(Some(Answer { port: from.port(), state: State::Open, stream: None, data }));
                }
                // Somebody else's.
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                // The queue of errors says which port it was.
                Err(error) if is_refusal(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next of the queue of errors that says something of a port.
    fn refusal(&mut self) -> io::Result<Option<Answer>> {
        loop {
            let mut start = [0; 64];
            let mut slices = [IoSliceMut::new(&mut start)];
            let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
            let descriptor = self.socket.as_raw_fd();
            let message = match recvmsg::<SockaddrStorage>(descriptor, &mut slices, Some(&mut self.control), flags) {
                Ok(message) => message,
                Err(Errno::EAGAIN) => return Ok(None),
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let to = message.address.and_then(address);
            let reason = message.cmsgs()?.find_map(|one| match one {
                ControlMessageOwned::Ipv4RecvErr(error, _) => refused(error, 2, (3, 3)),
                ControlMessageOwned::Ipv6RecvErr(error, _) => refused(error, 3, (1, 4)),
                _ => None,
            });
            if let (Some(to), Some(state)) = (to, reason)
                && is_same(to.ip(), self.host.ip())
            {
                return Ok(Some(Answer { port: to.port(), state, stream: None, data: Vec::new() }));
            }
        }
    }
}

/// What a destination-unreachable message of ICMP says; `closed` is its type and the code of an
/// unreachable port (RFC 792; RFC 4443, 3.1). Errors of this machine are of another origin.
fn refused(error: nix::libc::sock_extended_err, origin: u8, closed: (u8, u8)) -> Option<State> {
    if error.ee_origin != origin || error.ee_type != closed.0 {
        return None;
    }
    Some(if error.ee_code == closed.1 { State::Closed } else { State::Filtered })
}

fn is_refusal(error: &io::Error) -> bool {
    let told = [
        Errno::ECONNREFUSED,
        Errno::EHOSTUNREACH,
        Errno::ENETUNREACH,
        Errno::EHOSTDOWN,
        Errno::ENOPROTOOPT,
        Errno::EPROTO,
        Errno::EACCES,
        Errno::EMSGSIZE,
    ];
    error.raw_os_error().is_some_and(|code| told.contains(&Errno::from_raw(code)))
}

fn address(storage: SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
    v4.or_else(|| storage.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
}

fn is_same(one: IpAddr, other: IpAddr) -> bool {
    one.to_canonical() == other.to_canonical()
}
