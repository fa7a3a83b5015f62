//! The sockets that scripts have opened, by id.
//!
//! An id such as `tcp#3 127.0.0.1:8080` is used once in a process: a wrong or closed one
//! never reaches another socket.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use sentra_netlib::endpoint::Endpoint;

use crate::fiber::Waiter;
use crate::reactor::{Reactor, SourceId};

/// Bytes that one read takes at most.
const SCRATCH: usize = 256 << 10;

/// An open socket.
pub(crate) struct Socket {
    /// Its id.
    pub id: Box<str>,
    pub endpoint: Endpoint,
    pub source: SourceId,
    /// Bytes received that no one has taken yet.
    pub pending: Pending,
    pub bytes_sent: u64,
    pub bytes_received: u64,
    /// The fiber that has sent a part of its data; others wait until it has sent all.
    pub sending: Option<Waiter>,
    /// Whether it receives datagrams from everyone and answers the last sender.
    pub answers: bool,
    /// Who sent the last datagram.
    pub last_sender: Option<SocketAddr>,
    /// What a listener for TLS has taken so far.
    pub arrivals: Option<Box<Arrivals>>,
}

/// Connections that a listener has taken and no one has accepted yet.
#[derive(Default)]
pub(crate) struct Arrivals {
    /// Those whose handshake is over, with their peers' addresses.
    pub ready: VecDeque<(Endpoint, SourceId, String)>,
    /// How many handshakes are under way.
    pub under_way: usize,
    /// How many have failed.
    pub failures: u64,
    /// Why the last of them has.
    pub last_failure: String,
}

/// Bytes that wait to be taken from the front.
#[derive(Default)]
pub(crate) struct Pending {
    bytes: Vec<u8>,
    taken: usize,
}

impl Pending {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.len() == self.taken
    }

    /// Adds bytes at the end.
    pub fn append(&mut self, bytes: &[u8]) {
        if self.taken > self.bytes.len() / 2 {
            self.bytes.drain(..std::mem::take(&mut self.taken));
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes bytes away. What is empty holds no memory: most connections are idle.
    pub fn consume(&mut self, len: usize) {
        self.taken += len;
        if self.is_empty() {
            *self = Self::default();
        }
    }
}

/// All open sockets.
#[derive(Default)]
pub(crate) struct Sockets {
    open: HashMap<u64, Socket, foldhash::fast::RandomState>,
    opened: u64,
    /// Where reads put bytes before they become a text; empty until the first read.
    scratch: Vec<u8>,
}

impl Sockets {
    /// Takes an endpoint in and gives it an id.
    pub fn open(&mut self, endpoint: Endpoint, source: SourceId, address: &str) -> &str {
        self.opened += 1;
        let id = format!("{}#{} {address}", endpoint.scheme(), self.opened).into_boxed_str();
        let answers = matches!(endpoint, Endpoint::Udp(_, None));
        let arrivals = matches!(endpoint, Endpoint::TlsListener(_)).then(Box::default);
        let socket = Socket {
            id,
            answers,
            endpoint,
            source,
            pending: Pending::default(),
            bytes_sent: 0,
            bytes_received: 0,
            sending: None,
            last_sender: None,
            arrivals,
        };
        &self.open.entry(self.opened).insert_entry(socket).into_mut().id
    }

    /// The number of the open socket with this id.
    pub fn find(&self, id: &[u8]) -> Option<u64> {
        let from = id.iter().position(|&byte| byte == b'#')? + 1;
        let digits = id[from..].iter().take_while(|byte| byte.is_ascii_digit());
        let number = digits.take(19).fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        self.open.get(&number).filter(|socket| socket.id.as_bytes() == id).map(|_| number)
    }

    /// The socket with this number, if it is still open.
    #[inline]
    pub fn get(&mut self, number: u64) -> Option<&mut Socket> {
        self.open.get_mut(&number)
    }

    /// The same, with the place that reads put bytes in.
    #[inline]
    pub fn get_with_scratch(&mut self, number: u64) -> Option<(&mut Socket, &mut [u8])> {
        if self.scratch.is_empty() {
            self.scratch = vec![0; SCRATCH];
        }
        self.open.get_mut(&number).map(|socket| (socket, &mut self.scratch[..]))
    }

    /// The same, only to look at it.
    pub fn look_at(&self, number: u64) -> Option<&Socket> {
        self.open.get(&number)
    }

    /// Keeps the first so many bytes of that place with a socket until someone takes them.
    pub fn keep(&mut self, number: u64, len: usize) {
        if let Some(socket) = self.open.get_mut(&number) {
            socket.pending.append(&self.scratch[..len]);
        }
    }

    /// The first so many bytes of that place.
    pub fn scratch(&self, len: usize) -> &[u8] {
        &self.scratch[..len]
    }

    /// Puts another endpoint over a socket's.
    pub fn change(&mut self, number: u64, change: impl FnOnce(Endpoint) -> Endpoint) {
        if let Some(socket) = self.open.remove(&number) {
            let socket = Socket { endpoint: change(socket.endpoint), ..socket };
            self.open.insert(number, socket);
        }
    }

    /// Closes a socket and has those who wait for it look again; whether it was open.
    pub fn close(&mut self, reactor: &mut Reactor, number: u64) -> bool {
        let Some(mut socket) = self.open.remove(&number) else { return false };
        reactor.remove(socket.source, &mut socket.endpoint);
        for (mut endpoint, source, _) in socket.arrivals.into_iter().flat_map(|arrivals| arrivals.ready) {
            reactor.remove(source, &mut endpoint);
        }
        true
    }
}
