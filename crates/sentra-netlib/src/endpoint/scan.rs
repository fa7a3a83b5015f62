//! Probes of a scan: how they are sent, and what their answers are. All of them report through
//! one descriptor, so that thousands of sockets are one source for the event loop.

mod connect;
mod datagram;
mod segments;
mod swarm;

use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::net::TcpStream;
use nix::errno::Errno;

use crate::exchange::scan::State;

pub use connect::{Connector, outcome, outcome_at_once};
pub use datagram::Datagrams;
pub use segments::{Segments, source};
pub use swarm::{Readiness, Swarm, connect};

/// What became of a probe that was to be sent.
#[derive(Debug)]
pub enum Sent {
    /// It is on its way.
    Flying,
    /// It was answered at once.
    Answered(State, Option<TcpStream>),
    /// There is no room for it on this machine now.
    NoRoom(io::Error),
    /// There is no way to the host at all.
    NoWay(io::Error),
}

/// An answer to a probe.
#[derive(Debug)]
pub struct Answer {
    /// The port that it is of.
    pub port: u16,
    /// What it says.
    pub state: State,
    /// The connection, where one stands.
    pub stream: Option<TcpStream>,
    /// What came, where something did.
    pub data: Vec<u8>,
}

/// Whether an error says that this machine has no room: no descriptors, ports or memory.
fn is_crowded(error: &io::Error) -> bool {
    let crowded = [Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM, Errno::EADDRNOTAVAIL, Errno::EAGAIN];
    error.raw_os_error().is_some_and(|code| crowded.contains(&Errno::from_raw(code)))
}

/// Whether an error says that no packet can get to the host.
fn is_cut_off(error: &io::Error) -> bool {
    let cut_off = [Errno::ENETUNREACH, Errno::ENETDOWN, Errno::EAFNOSUPPORT, Errno::EINVAL, Errno::ENODEV];
    error.raw_os_error().is_some_and(|code| cut_off.contains(&Errno::from_raw(code)))
}

/// A send that failed again and again: by errors of earlier probes, or by one that does not go away,
/// as at an address that stands for everyone.
fn stuck(last: Option<io::Error>) -> Sent {
    let error = last.unwrap_or_else(|| io::ErrorKind::WouldBlock.into());
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EACCES) => Sent::NoWay(error),
        _ => Sent::NoRoom(error),
    }
}

/// An address with a scope where the host's has one.
fn at(host: SocketAddr, port: u16) -> SocketAddr {
    let mut address = host;
    address.set_port(port);
    address
}

/// An address that stands for no other in particular, of the same family.
fn unspecified(host: IpAddr) -> SocketAddr {
    match host {
        IpAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        IpAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
