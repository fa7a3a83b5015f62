//! Endpoints: non-blocking sockets of every kind behind one face.
//!
//! Every operation returns at once; `WouldBlock` says that it has to be tried again after
//! an event.

mod descriptor;
pub mod icmp;
mod open;
mod option;
pub mod packet;
pub mod scan;
mod system;
pub mod tls;

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use mio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use nix::poll::{PollFd, PollFlags, PollTimeout};

pub use open::{
    ConnectOptions, ListenOptions, connect, connect_datagram, connect_local, listen, listen_datagram, listen_local,
};
pub use option::{OPTIONS, Setting};
use packet::PacketSocket;
use rustix::net::SendFlags;
use tls::{TlsListener, TlsStream};

/// A socket.
#[derive(Debug)]
pub enum Endpoint {
    /// A TCP connection.
    Tcp(TcpStream),
    /// Takes TCP connections.
    TcpListener(TcpListener),
    /// A UDP socket, and whom it sends to unless told.
    Udp(UdpSocket, Option<SocketAddr>),
    /// A connection within this machine.
    Unix(UnixStream),
    /// Takes such connections; the file goes away with it.
    UnixListener(UnixListener, PathBuf),
    /// A connection in TLS.
    Tls(Box<TlsStream>),
    /// Takes TCP connections that begin with TLS.
    TlsListener(Box<TlsListener>),
    /// Whole frames on an interface.
    Raw(Box<PacketSocket>),
}

impl Endpoint {
    /// `TCP`, `UDP`, `UNIX`, `TLS`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tcp(_) | Self::TcpListener(_) => "TCP",
            Self::Udp(..) => "UDP",
            Self::Unix(_) | Self::UnixListener(..) => "UNIX",
            Self::Tls(_) | Self::TlsListener(_) => "TLS",
            Self::Raw(_) => "RAW",
        }
    }

    /// The same in lower case.
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Tcp(_) | Self::TcpListener(_) => "tcp",
            Self::Udp(..) => "udp",
            Self::Unix(_) | Self::UnixListener(..) => "unix",
            Self::Tls(_) | Self::TlsListener(_) => "tls",
            Self::Raw(_) => "raw",
        }
    }

    /// Whether it takes connections.
    pub fn is_listener(&self) -> bool {
        matches!(self, Self::TcpListener(_) | Self::UnixListener(..) | Self::TlsListener(_))
    }

    /// Whether bytes arrive as datagrams.
    pub fn is_datagram(&self) -> bool {
        matches!(self, Self::Udp(..) | Self::Raw(_))
    }

    /// Receives into `buffer`; 0 bytes of a stream say that the peer has closed its side.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Option<SocketAddr>)> {
        retry(|| match self {
            Self::Tcp(stream) => stream.read(buffer).map(|len| (len, None)),
            Self::Unix(stream) => stream.read(buffer).map(|len| (len, None)),
            Self::Udp(socket, _) => socket.recv_from(buffer).map(|(len, sender)| (len, Some(sender))),
            Self::Tls(stream) => stream.receive(buffer).map(|len| (len, None)),
            Self::Raw(socket) => socket.receive_to(buffer).map(|len| (len, None)),
            _ => Err(ErrorKind::NotConnected.into()),
        })
    }

    /// Sends what fits now: how much that was.
    pub fn send(&mut self, data: &[u8]) -> io::Result<usize> {
        retry(|| match self {
            Self::Tcp(stream) => stream.write(data),
            Self::Unix(stream) => stream.write(data),
            Self::Udp(socket, Some(peer)) => socket.send_to(data, *peer),
            Self::Udp(socket, None) => socket.send(data),
            Self::Tls(stream) => stream.send(data),
            Self::Raw(socket) => socket.send(data),
            _ => Err(ErrorKind::NotConnected.into()),
        })
    }

    /// The same, where more follows at once: the system need not send a packet for it.
    pub fn send_ahead(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => {
                retry(|| Ok(rustix::net::send(&*stream, data, SendFlags::MORE | SendFlags::NOSIGNAL)?))
            }
            _ => self.send(data),
        }
    }

    /// Sends bytes of a file from `offset` on, which goes on by what fitted now; they do not
    /// pass through this process. 0 says that the file has ended. `Unsupported` where bytes are
    /// changed on their way.
    pub fn send_file(&mut self, file: &File, offset: &mut u64, most: usize) -> io::Result<usize> {
        retry(|| match self {
            Self::Tcp(stream) => Ok(rustix::fs::sendfile(&*stream, file, Some(offset), most)?),
            Self::Unix(stream) => Ok(rustix::fs::sendfile(&*stream, file, Some(offset), most)?),
            _ => Err(ErrorKind::Unsupported.into()),
        })
    }

    /// Sends a datagram.
    pub fn send_to(&mut self, data: &[u8], address: SocketAddr) -> io::Result<usize> {
        retry(|| match self {
            Self::Udp(socket, _) => socket.send_to(data, address),
            _ => Err(ErrorKind::Unsupported.into()),
        })
    }

    /// Takes a connection, and says whose it is.
    pub fn accept(&mut self) -> io::Result<(Self, String)> {
        loop {
            let accepted = match self {
                Self::TcpListener(listener) => listener.accept().map(|(stream, peer)| {
                    // It only makes small answers faster.
                    let _ = stream.set_nodelay(true);
                    (Self::Tcp(stream), peer.to_string())
                }),
                Self::UnixListener(listener, path) => {
                    listener.accept().map(|(stream, _)| (Self::Unix(stream), path.display().to_string()))
                }
                Self::TlsListener(listener) => listener.accept(),
                _ => Err(ErrorKind::Unsupported.into()),
            };
            match accepted {
                // The peer has gone before it was accepted.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                other => return other,
            }
        }
    }

    /// Whether a connection that was begun stands, once the socket is writable.
    pub fn finish_connecting(&self) -> io::Result<()> {
        let stream = match self {
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => return stream.carrier().finish_connecting(),
            _ => return Ok(()),
        };
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        let peer = stream.peer_addr()?;
        // A port of this machine that nobody listens on may be the one that was just taken.
        if stream.local_addr()? == peer { Err(ErrorKind::ConnectionRefused.into()) } else { Ok(()) }
    }

    /// Says that nothing more will be sent. `WouldBlock` of TLS wants it called again.
    pub fn shut_down(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Self::Unix(stream) => stream.shutdown(Shutdown::Write),
            Self::Tls(stream) => stream.shut_down(),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Its own address; nothing for one without (UNIX).
    pub fn local_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(stream) => stream.local_addr().ok(),
            Self::TcpListener(listener) => listener.local_addr().ok(),
            Self::Udp(socket, _) => socket.local_addr().ok(),
            Self::TlsListener(listener) => listener.listener().local_addr().ok(),
            Self::Tls(stream) => stream.carrier().local_address(),
            Self::Unix(_) | Self::UnixListener(..) | Self::Raw(_) => None,
        }
    }

    /// The peer's address.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(stream) => stream.peer_addr().ok(),
            Self::Udp(socket, peer) => peer.or_else(|| socket.peer_addr().ok()),
            Self::Tls(stream) => stream.carrier().remote_address(),
            _ => None,
        }
    }

    /// The paths of a UNIX socket: its own and the peer's.
    pub fn paths(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        match self {
            Self::Unix(stream) => {
                let path = |address: io::Result<std::os::unix::net::SocketAddr>| {
                    address.ok().and_then(|address| address.as_pathname().map(Path::to_path_buf))
                };
                (path(stream.local_addr()), path(stream.peer_addr()))
            }
            Self::UnixListener(_, path) => (Some(path.clone()), None),
            Self::Tls(stream) => stream.carrier().paths(),
            _ => (None, None),
        }
    }
}

/// Tries again what a signal interrupted.
fn retry<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Which of several endpoints have something to read, to accept or to report at this moment.
pub fn readable<'a>(endpoints: impl Iterator<Item = &'a Endpoint>) -> io::Result<Vec<bool>> {
    let mut watched: Vec<PollFd> = endpoints.map(|endpoint| PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)).collect();
    loop {
        match nix::poll::poll(&mut watched, PollTimeout::ZERO) {
            Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(watched.iter().map(|one| one.any().unwrap_or(true)).collect()),
        }
    }
}

impl AsFd for Endpoint {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::TcpListener(listener) => listener.as_fd(),
            Self::Udp(socket, _) => socket.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
            Self::UnixListener(listener, _) => listener.as_fd(),
            Self::Tls(stream) => stream.carrier().as_fd(),
            Self::TlsListener(listener) => listener.listener().as_fd(),
            Self::Raw(socket) => socket.as_fd(),
        }
    }
}

descriptor::source_by_descriptor!(Endpoint);

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Self::UnixListener(_, path) = self {
            // Someone may have removed it already.
            let _ = std::fs::remove_file(path);
        }
    }
}
