//! Many sockets behind one descriptor, which is readable when something has happened to any of
//! them. It never waits itself.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

use mio::event::Source;
use mio::net::TcpStream;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token};
use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};

/// Events taken at once.
const EVENTS: usize = 1024;

/// What has happened to a socket.
#[derive(Clone, Copy, Debug)]
pub struct Readiness {
    /// What it was added with.
    pub token: usize,
    /// Reading may succeed.
    pub readable: bool,
    /// Writing may succeed, or an attempt to connect has ended.
    pub writable: bool,
}

/// Sockets that are watched together.
#[derive(Debug)]
pub struct Swarm {
    poll: Poll,
    events: Events,
}

impl Swarm {
    /// Without sockets.
    pub fn new() -> io::Result<Self> {
        Ok(Self { poll: Poll::new()?, events: Events::with_capacity(EVENTS) })
    }

    /// Watches a socket.
    pub fn add(&self, socket: &mut impl Source, token: usize) -> io::Result<()> {
        self.poll.registry().register(socket, Token(token), Interest::READABLE | Interest::WRITABLE)
    }

    /// Watches a socket under another token.
    pub fn rename(&self, socket: &mut impl Source, token: usize) -> io::Result<()> {
        self.poll.registry().reregister(socket, Token(token), Interest::READABLE | Interest::WRITABLE)
    }

    /// Appends what has happened; whether there may be more.
    pub fn take(&mut self, happened: &mut Vec<Readiness>) -> io::Result<bool> {
        match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            other => other?,
        }
        let before = happened.len();
        happened.extend(self.events.iter().map(|event| Readiness {
            token: event.token().0,
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
            writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        }));
        Ok(happened.len() - before == EVENTS)
    }
}

impl Source for Swarm {
    fn register(&mut self, registry: &Registry, token: Token, _: Interest) -> io::Result<()> {
        SourceFd(&self.poll.as_raw_fd()).register(registry, token, Interest::READABLE)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, _: Interest) -> io::Result<()> {
        SourceFd(&self.poll.as_raw_fd()).reregister(registry, token, Interest::READABLE)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.poll.as_raw_fd()).deregister(registry)
    }
}

/// A socket for one connection.
pub(super) fn socket(address: SocketAddr) -> io::Result<Socket> {
    Socket::new(Domain::for_address(address), Type::STREAM.nonblocking().cloexec(), Some(Protocol::TCP))
}

/// Begins a connection, or asks again what has become of it; whether it stands.
pub(super) fn begin(socket: &Socket, address: SocketAddr) -> io::Result<bool> {
    match socket.connect(&address.into()) {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EINPROGRESS | Errno::EALREADY) => Ok(false),
            Some(Errno::EISCONN) => Ok(true),
            _ => Err(error),
        },
    }
}

/// Begins a connection that the swarm watches.
pub fn connect(swarm: &Swarm, address: SocketAddr, token: usize) -> io::Result<TcpStream> {
    let socket = socket(address)?;
    begin(&socket, address)?;
    let mut stream = TcpStream::from_std(socket.into());
    swarm.add(&mut stream, token)?;
    Ok(stream)
}
