//! Probes that are connections: what anybody may do.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use mio::net::TcpStream;
use nix::errno::Errno;
use socket2::Socket;

use super::swarm::{self, Swarm};
use super::{Sent, at, is_crowded, is_cut_off};
use crate::exchange::scan::State;

/// How often a port is tried that this machine has connected with itself.
const ATTEMPTS: usize = 8;

/// Connects to the ports of a host. Tokens are the ports.
#[derive(Debug)]
pub struct Connector {
    host: SocketAddr,
    /// Connections on their way, by port.
    flying: Vec<Option<TcpStream>>,
    first: u16,
    /// Whether answers are there as soon as they are asked for: the host is this machine.
    near: bool,
    /// Probes that are still to show that.
    trials: usize,
    /// A socket whose last connection was refused at once: it can be used again.
    spare: Option<Socket>,
}

/// Probes that show whether answers come at once.
const TRIALS: usize = 32;

impl Connector {
    /// For these ports of a host.
    pub fn new(host: SocketAddr, first: u16, last: u16) -> Self {
        let flying = std::iter::repeat_with(|| None).take(usize::from(last - first) + 1).collect();
        Self { host, flying, first, near: false, trials: TRIALS, spare: None }
    }

    /// Begins to connect.
    pub fn send(&mut self, swarm: &Swarm, port: u16) -> Sent {
        for _ in 0..ATTEMPTS {
            match self.begin(port) {
                Ok((socket, stands)) => {
                    let stream = TcpStream::from_std(socket.into());
                    if !stands {
                        return self.watch(swarm, port, stream);
                    }
                    if !is_own(&stream) {
                        return Sent::Answered(State::Open, Some(stream));
                    }
                }
                Err(error) if is_crowded(&error) => return Sent::NoRoom(error),
                Err(error) if is_cut_off(&error) => return Sent::NoWay(error),
                Err(error) => {
                    self.near = true;
                    return Sent::Answered(meaning(&error), None);
                }
            }
        }
        Sent::Answered(State::Closed, None)
    }

    fn begin(&mut self, port: u16) -> io::Result<(Socket, bool)> {
        let socket = match self.spare.take() {
            Some(socket) => socket,
            None => swarm::socket(self.host)?,
        };
        let address = at(self.host, port);
        let mut begun = swarm::begin(&socket, address);
        if matches!(begun, Ok(false)) && (self.near || self.trials > 0) {
            self.trials = self.trials.saturating_sub(1);
            // The answer of this machine has come within the call, which does not say so. The
            // next call does, and after a refusal the socket is as it was.
            begun = swarm::begin(&socket, address);
        }
        match begun {
            Ok(stands) => Ok((socket, stands)),
            Err(error) => {
                self.spare = (error.kind() == ErrorKind::ConnectionRefused).then_some(socket);
                Err(error)
            }
        }
    }

    fn watch(&mut self, swarm: &Swarm, port: u16, mut stream: TcpStream) -> Sent {
        match swarm.add(&mut stream, usize::from(port)) {
            Ok(()) => {
                self.flying[usize::from(port - self.first)] = Some(stream);
                Sent::Flying
            }
            Err(error) => Sent::NoRoom(error),
        }
    }

    /// What has become of a connection that something has happened to. One that stands is handed out.
    pub fn look(&mut self, port: u16) -> Option<(State, Option<TcpStream>)> {
        let place = self.flying.get_mut(usize::from(port.checked_sub(self.first)?))?;
        let (state, stands) = outcome(place.as_ref()?)?;
        let stream = place.take()?;
        Some((state, stands.then_some(stream)))
    }

    /// Wants no answer of a port any more.
    pub fn give_up(&mut self, port: u16) {
        self.flying[usize::from(port - self.first)] = None;
    }
}

/// What has become of an attempt to connect, and whether the connection stands; nothing if
/// nothing has been decided.
pub fn outcome(stream: &TcpStream) -> Option<(State, bool)> {
    let failed = match stream.take_error() {
        Ok(None) => match stream.peer_addr() {
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::NotConnected => return None,
            Err(error) => Some(error),
        },
        Ok(Some(error)) | Err(error) => Some(error),
    };
    Some(match failed {
        Some(error) => (meaning(&error), false),
        None if is_own(stream) => (State::Closed, false),
        None => (State::Open, true),
    })
}

/// A port of this machine that nobody listens on may be the one that the connection was given:
/// then it is connected with itself.
fn is_own(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(own), Ok(peer)) if own == peer)
}

/// What an attempt says that could not even be begun; nothing if this machine has no room for it.
pub fn outcome_at_once(error: &io::Error) -> Option<State> {
    (!is_crowded(error)).then(|| meaning(error))
}

/// What a refusal says. All but the host's own come from something on the way.
fn meaning(error: &io::Error) -> State {
    match error.raw_os_error().map(Errno::from_raw) {
        // A connection that is reset as soon as it stands was taken by somebody.
        Some(Errno::ECONNREFUSED) => State::Closed,
        Some(Errno::ECONNRESET) => State::Open,
        _ => State::Filtered,
    }
}
