//! Opening endpoints.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::Path;

use mio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use super::{Endpoint, Setting};

/// How to connect.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// The address to come from.
    pub bind: Option<SocketAddr>,
    /// What to set before connecting.
    pub settings: Vec<(&'static str, Setting)>,
}

/// How to listen.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// Connections that wait to be accepted.
    pub backlog: i32,
    /// Whether other sockets may listen on the same address.
    pub reuse_port: bool,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { backlog: 4096, reuse_port: false }
    }
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Begins a TCP connection. It stands once the socket is writable and
/// [`Endpoint::finish_connecting`] agrees.
pub fn connect(address: SocketAddr, options: &ConnectOptions) -> io::Result<Endpoint> {
    let socket = socket(address, Type::STREAM, Protocol::TCP)?;
    // It only makes small messages faster; the settings may say otherwise.
    let _ = socket.set_tcp_nodelay(true);
    prepare(&socket, address, options)?;
    match socket.connect(&address.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => {}
        Err(error) => return Err(error),
    }
    Ok(Endpoint::Tcp(TcpStream::from_std(socket.into())))
}

fn prepare(socket: &Socket, address: SocketAddr, options: &ConnectOptions) -> io::Result<()> {
    for (name, setting) in &options.settings {
        setting.apply(&socket2::SockRef::from(socket), name, address.is_ipv6())?;
    }
    match options.bind {
        Some(local) if local.is_ipv4() != address.is_ipv4() => Err(Errno::EADDRNOTAVAIL.into()),
        Some(local) => socket.bind(&local.into()),
        None => Ok(()),
    }
}

/// A UDP socket that sends to `address`, and receives from there only.
pub fn connect_datagram(address: SocketAddr, options: &ConnectOptions) -> io::Result<Endpoint> {
    let socket = socket(address, Type::DGRAM, Protocol::UDP)?;
    prepare(&socket, address, options)?;
    // Answers to a broadcast come from other addresses.
    let open = options.settings.iter().any(|(name, setting)| *name == "broadcast" && *setting == Setting::Flag(true));
    if open {
        if options.bind.is_none() {
            socket.bind(&unspecified(address).into())?;
        }
        return Ok(Endpoint::Udp(UdpSocket::from_std(socket.into()), Some(address)));
    }
    socket.connect(&address.into())?;
    Ok(Endpoint::Udp(UdpSocket::from_std(socket.into()), None))
}

fn unspecified(like: SocketAddr) -> SocketAddr {
    match like {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Listens for TCP connections.
pub fn listen(address: SocketAddr, options: &ListenOptions) -> io::Result<Endpoint> {
    listener(address, options).map(Endpoint::TcpListener)
}

pub(super) fn listener(address: SocketAddr, options: &ListenOptions) -> io::Result<TcpListener> {
    let socket = socket(address, Type::STREAM, Protocol::TCP)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(options.reuse_port)?;
    socket.bind(&address.into())?;
    socket.listen(options.backlog)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// A UDP socket that receives from everyone.
pub fn listen_datagram(address: SocketAddr, options: &ListenOptions) -> io::Result<Endpoint> {
    let socket = socket(address, Type::DGRAM, Protocol::UDP)?;
    // Address reuse would let two sockets share a port unnoticed: unlike TCP it stays off.
    socket.set_reuse_port(options.reuse_port)?;
    socket.bind(&address.into())?;
    Ok(Endpoint::Udp(UdpSocket::from_std(socket.into()), None))
}

/// Connects within this machine; `WouldBlock` while the listener has no room.
pub fn connect_local(path: &Path) -> io::Result<Endpoint> {
    Ok(Endpoint::Unix(UnixStream::connect(path)?))
}

/// Listens within this machine. A socket file that nobody listens on any more is replaced.
pub fn listen_local(path: &Path) -> io::Result<Endpoint> {
    let listener = match StdUnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_abandoned(path) => {
            fs::remove_file(path)?;
            StdUnixListener::bind(path)?
        }
        other => other?,
    };
    listener.set_nonblocking(true)?;
    Ok(Endpoint::UnixListener(UnixListener::from_std(listener), path.to_path_buf()))
}

fn is_abandoned(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket());
    is_socket && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}
