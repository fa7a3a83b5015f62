//! The open ports that are being asked what they are, while the scan goes on.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use sentra_netlib::endpoint::scan::{Readiness, Swarm, connect};
use sentra_netlib::exchange::scan::{Inquiry, Need};
use sentra_netlib::wire::service::Identity;

use super::probing::INQUIRY;

/// Reads of one connection before others have their turn; an inquiry wants no more.
const READS: usize = 8;

/// What has been found out, by port.
type Found = HashMap<u16, Identity>;

struct Talk {
    inquiry: Inquiry,
    stream: Option<TcpStream>,
    connecting: bool,
    /// What is still to be said.
    out: &'static [u8],
}

/// Inquiries that are under way, and ports that wait for their turn.
pub(super) struct Inquiries {
    host: SocketAddr,
    patience: Duration,
    most: usize,
    talks: HashMap<u16, Talk>,
    waiting: VecDeque<u16>,
    due: BinaryHeap<Reverse<(Instant, u16)>>,
}

impl Inquiries {
    /// None yet; no more than `most` at once.
    pub fn new(host: SocketAddr, patience: Duration, most: usize) -> Self {
        let (talks, waiting, due) = (HashMap::new(), VecDeque::new(), BinaryHeap::new());
        Self { host, patience, most: most.max(1), talks, waiting, due }
    }

    /// Whether nothing is left to find out.
    pub fn is_empty(&self) -> bool {
        self.talks.is_empty() && self.waiting.is_empty()
    }

    /// When to go on though nothing has happened.
    pub fn wake_at(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// Asks on a connection that stands; `watched` says whether the swarm has it already.
    pub fn begin(
        &mut self,
        swarm: &Swarm,
        port: u16,
        mut stream: TcpStream,
        watched: bool,
        now: Instant,
        found: &mut Found,
    ) {
        let token = INQUIRY | usize::from(port);
        let added = if watched { swarm.rename(&mut stream, token) } else { swarm.add(&mut stream, token) };
        if self.talks.len() >= self.most || added.is_err() {
            self.waiting.push_back(port);
            return;
        }
        let mut inquiry = Inquiry::new(port, now, self.patience);
        inquiry.connected(now);
        self.talks.insert(port, Talk { inquiry, stream: Some(stream), connecting: false, out: b"" });
        self.advance(swarm, port, now, found);
    }

    /// Asks on a connection that is still to be made, when its turn comes.
    pub fn begin_later(&mut self, port: u16) {
        self.waiting.push_back(port);
    }

    /// Something has happened to a connection.
    pub fn go_on(&mut self, swarm: &Swarm, readiness: Readiness, now: Instant, found: &mut Found) {
        let port = (readiness.token & 0xffff) as u16;
        let Some(talk) = self.talks.get_mut(&port) else { return };
        if talk.connecting && readiness.writable {
            talk.finish_connecting(now);
        }
        if readiness.readable && !talk.connecting {
            talk.read(now);
        }
        talk.write();
        self.advance(swarm, port, now, found);
    }

    /// Goes on with those whose time has come, and with those that wait for their turn.
    pub fn expire(&mut self, swarm: &Swarm, now: Instant, found: &mut Found) {
        while let Some(&Reverse((at, port))) = self.due.peek()
            && at <= now
        {
            self.due.pop();
            self.advance(swarm, port, now, found);
        }
        while self.talks.len() < self.most
            && let Some(port) = self.waiting.pop_front()
        {
            let inquiry = Inquiry::new(port, now, self.patience);
            self.talks.insert(port, Talk { inquiry, stream: None, connecting: false, out: b"" });
            self.advance(swarm, port, now, found);
        }
    }

    fn advance(&mut self, swarm: &Swarm, port: u16, now: Instant, found: &mut Found) {
        let Some(talk) = self.talks.get_mut(&port) else { return };
        loop {
            match talk.inquiry.step(now) {
                Need::Say(bytes) => {
                    talk.out = bytes;
                    talk.write();
                }
                Need::Connect => talk.connect(swarm, self.host),
                Need::Wait(at) => {
                    self.due.push(Reverse((at, port)));
                    return;
                }
                Need::Done => break,
            }
        }
        if let Some(talk) = self.talks.remove(&port) {
            found.insert(port, talk.inquiry.identity());
        }
    }
}

impl Talk {
    fn connect(&mut self, swarm: &Swarm, host: SocketAddr) {
        let port = self.inquiry.port();
        // Closing the one before ends its watch.
        self.stream = None;
        let mut address = host;
        address.set_port(port);
        match connect(swarm, address, INQUIRY | usize::from(port)) {
            Ok(stream) => {
                self.stream = Some(stream);
                self.connecting = true;
            }
            Err(_) => self.inquiry.ended(),
        }
    }

    fn finish_connecting(&mut self, now: Instant) {
        let Some(stream) = &self.stream else { return };
        match stream.take_error() {
            Ok(None) if stream.peer_addr().is_ok() => {
                self.connecting = false;
                self.inquiry.connected(now);
            }
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => {
                self.connecting = false;
                self.inquiry.ended();
            }
        }
    }

    fn read(&mut self, now: Instant) {
        let Some(stream) = &mut self.stream else { return };
        let mut buffer = [0; 4096];
        for _ in 0..READS {
            match stream.read(&mut buffer) {
                Ok(0) => return self.inquiry.ended(),
                Ok(len) => self.inquiry.hears(&buffer[..len], now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.inquiry.ended(),
            }
        }
    }

    fn write(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        while !self.out.is_empty() {
            match stream.write(self.out) {
                Ok(len) => self.out = &self.out[len..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.out = b"";
                    return self.inquiry.ended();
                }
            }
        }
    }
}
