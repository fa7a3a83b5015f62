//! The probes of a scan, from the first to the last answer: what the state machines of the scan
//! and of its inquiries want is done on sockets.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use sentra_netlib::endpoint::scan::{Connector, Datagrams, Readiness, Segments, Sent, Swarm, source};
use sentra_netlib::exchange::scan::{Plan, Progress, Scan, State};
use sentra_netlib::wire::service::{self, Identity};
use sentra_netlib::{NetError, Stage, limits};

use super::inquiries::Inquiries;
use super::{Findings, Method, Request};
use crate::driver::DriverId;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// Probes that are sent before others have their turn.
const IN_A_ROW: usize = 512;
/// Answers likewise.
const ANSWERS: usize = 4096;
/// Tokens of connections that probe are their ports; those of inquiries follow.
pub(super) const INQUIRY: usize = 1 << 16;
const SOCKET: usize = 1 << 17;
/// How long a scan waits for room for its first probe.
const STARVING: Duration = Duration::from_secs(5);
/// Descriptors that are left to others.
const SPARED: usize = 128;

type Result<T> = std::result::Result<T, NetError>;

enum Prober {
    Connect(Connector),
    Datagram(Datagrams),
    Segment(Segments),
}

/// A scan that has begun.
pub(super) struct Probing {
    host: SocketAddr,
    scan: Scan,
    swarm: Swarm,
    source: SourceId,
    prober: Prober,
    inquiries: Option<Inquiries>,
    identities: HashMap<u16, Identity>,
    happened: Vec<Readiness>,
    /// Since when there is no room for probes.
    starved: Option<Instant>,
}

fn failed(host: SocketAddr) -> impl Fn(std::io::Error) -> NetError {
    move |error| NetError::system(Stage::Connect, error, host.ip().to_string())
}

impl Probing {
    /// Begins to scan a host.
    pub fn begin(vm: &mut Vm, host: SocketAddr, request: &Request) -> Result<Self> {
        let room = limits::files().saturating_sub(SPARED).max(4);
        let mut swarm = Swarm::new().map_err(failed(host))?;
        let prober = match request.method {
            Method::Connect => Prober::Connect(Connector::new(host, request.first, request.last)),
            Method::Datagram => {
                let mut datagrams = Datagrams::new(host).map_err(failed(host))?;
                swarm.add(datagrams.source(), SOCKET).map_err(failed(host))?;
                Prober::Datagram(datagrams)
            }
            Method::Segment => {
                let segments = Segments::new(host).map_err(failed(host))?;
                for descriptor in segments.sources() {
                    swarm.add(&mut source(&descriptor), SOCKET).map_err(failed(host))?;
                }
                Prober::Segment(segments)
            }
        };
        let source = vm.reactor.add(&mut swarm, true, false).map_err(failed(host))?;
        let now = Instant::now();
        let inquiries = request.inquire.map(|patience| Inquiries::new(host, patience, (room / 4).min(1024)));
        Ok(Self {
            host,
            scan: Scan::new(plan(request, room), now),
            swarm,
            source,
            prober,
            inquiries,
            identities: HashMap::new(),
            happened: Vec::new(),
            starved: None,
        })
    }

    /// Takes answers, gives up what is overdue, sends what may be sent: when to go on, or nothing
    /// if there is more to do at once.
    pub fn advance(&mut self, vm: &mut Vm, this: DriverId) -> Result<Option<Instant>> {
        vm.reactor.keep_waiting(self.source, Direction::Read, this.waiter());
        let mut more = self.take_answers()?;
        let now = Instant::now();
        let prober = &mut self.prober;
        self.scan.expire(now, |port| {
            if let Prober::Connect(connector) = prober {
                connector.give_up(port);
            }
        });
        more |= self.send()?;
        let now = Instant::now();
        if let Some(inquiries) = &mut self.inquiries {
            inquiries.expire(&self.swarm, now, &mut self.identities);
        }
        if more || self.is_done() {
            return Ok(None);
        }
        let inquiries = self.inquiries.as_ref().and_then(Inquiries::wake_at);
        let at = self.scan.wake_at().into_iter().chain(inquiries).min();
        Ok(at.filter(|at| *at > now))
    }

    fn take_answers(&mut self) -> Result<bool> {
        let mut happened = std::mem::take(&mut self.happened);
        let more = self.swarm.take(&mut happened).map_err(failed(self.host))?;
        let now = Instant::now();
        let mut left = false;
        for readiness in happened.drain(..) {
            match readiness.token {
                SOCKET => left |= self.receive(now)?,
                token if token & INQUIRY != 0 => {
                    if let Some(inquiries) = &mut self.inquiries {
                        inquiries.go_on(&self.swarm, readiness, now, &mut self.identities);
                    }
                }
                token => self.look(token as u16, now),
            }
        }
        self.happened = happened;
        Ok(more || left)
    }

    fn look(&mut self, port: u16, now: Instant) {
        let Prober::Connect(connector) = &mut self.prober else { return };
        if let Some((state, stream)) = connector.look(port) {
            self.scan.answered(port, state, now);
            self.inquire(port, stream, true, now);
        }
    }

    /// An open port is asked what it is.
    fn inquire(&mut self, port: u16, stream: Option<TcpStream>, watched: bool, now: Instant) {
        if let (Some(inquiries), Some(stream)) = (&mut self.inquiries, stream) {
            inquiries.begin(&self.swarm, port, stream, watched, now, &mut self.identities);
        }
    }

    /// Takes the answers to datagrams and segments; whether there may be more.
    fn receive(&mut self, now: Instant) -> Result<bool> {
        for _ in 0..ANSWERS {
            let answer = match &mut self.prober {
                Prober::Connect(_) => None,
                Prober::Datagram(datagrams) => datagrams.receive().map_err(failed(self.host))?,
                Prober::Segment(segments) => segments.receive().map_err(failed(self.host))?,
            };
            let Some(answer) = answer else { return Ok(false) };
            let is_new = self.scan.answered(answer.port, answer.state, now);
            let Some(inquiries) = self.inquiries.as_mut().filter(|_| is_new && answer.state == State::Open) else {
                continue;
            };
            match self.prober {
                Prober::Segment(_) => inquiries.begin_later(answer.port),
                _ => drop(self.identities.insert(answer.port, service::recognise(&answer.data))),
            }
        }
        Ok(true)
    }

    /// Sends what may be sent; whether there is more.
    fn send(&mut self) -> Result<bool> {
        let mut now = Instant::now();
        for _ in 0..IN_A_ROW {
            let Some(port) = self.scan.next(now) else { return Ok(false) };
            let sent = match &mut self.prober {
                Prober::Connect(connector) => connector.send(&self.swarm, port),
                Prober::Datagram(datagrams) => datagrams.send(port, service::datagram(port)),
                Prober::Segment(segments) => segments.send(port),
            };
            let begun = std::mem::replace(&mut now, Instant::now());
            if !matches!(sent, Sent::NoRoom(_)) {
                self.starved = None;
            }
            match sent {
                Sent::Flying => self.scan.sent(port, begun),
                Sent::Answered(state, stream) => {
                    self.scan.answered_at_once(port, state, now - begun);
                    self.inquire(port, stream, false, now);
                }
                Sent::NoRoom(error) => {
                    self.scan.put_back(port, now);
                    return if self.is_starved(now) { Err(failed(self.host)(error)) } else { Ok(false) };
                }
                Sent::NoWay(error) => return Err(failed(self.host)(error)),
            }
        }
        Ok(true)
    }

    /// Whether there has been no room for a single probe for long: what takes it is not this scan.
    fn is_starved(&mut self, now: Instant) -> bool {
        self.scan.flying() == 0 && now.duration_since(*self.starved.get_or_insert(now)) > STARVING
    }

    /// Whether everything is known.
    pub fn is_done(&self) -> bool {
        self.scan.is_done() && self.inquiries.as_ref().is_none_or(Inquiries::is_empty)
    }

    /// How far it has come.
    pub fn progress(&mut self) -> Progress {
        self.scan.progress()
    }

    /// What it has found.
    pub fn findings(&mut self) -> Findings {
        Findings { reports: self.scan.reports().collect(), identities: std::mem::take(&mut self.identities) }
    }

    /// Lets go of everything.
    pub fn end(&mut self, vm: &mut Vm) {
        vm.reactor.remove(self.source, &mut self.swarm);
    }
}

fn plan(request: &Request, room: usize) -> Plan {
    let datagrams = request.method == Method::Datagram;
    let connects = request.method == Method::Connect;
    let concurrency = if connects { request.concurrency.min(room / 4 * 3) } else { request.concurrency };
    Plan {
        first: request.first,
        last: request.last,
        silence: if datagrams { State::OpenOrFiltered } else { State::Filtered },
        retries: request.retries,
        timeout: request.timeout,
        concurrency,
        rate: request.rate,
        rationed: datagrams,
        seed: getrandom::u64().unwrap_or_default(),
    }
}
