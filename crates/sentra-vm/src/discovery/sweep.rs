//! A sweep of a network: who is there, and what the first answers tell. On a link of this
//! machine hosts are found by ARP, or all at once by an echo where IPv6 has too many addresses to
//! ask each; elsewhere by echoes and by beginnings of connections.

mod places;
mod show;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use sentra_netlib::Stage;
use sentra_netlib::endpoint::icmp::Said;
use sentra_netlib::exchange::scan::State;
use sentra_netlib::exchange::sweep::link::Heard;
use sentra_netlib::exchange::sweep::{Plan, Probe, Sweep};
use sentra_netlib::network::Network;
use sentra_netlib::wire::fingerprint::Traits;
use sentra_netlib::wire::packet::Mac;

use super::connects::{Begun, Connects};
use super::echoes::Echoes;
use super::link::{LinkSide, interface_of};
use super::{IN_A_ROW, failed};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
pub(crate) use places::MOST;
use places::Places;

/// Ports that a host which answers no echo is asked at, round by round.
const KNOCKS: [u16; 3] = [443, 80, 22];
/// What could not be sent now is tried again after this.
const PAUSE: Duration = Duration::from_millis(5);

/// How hosts are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// By ARP where that reaches and is permitted, otherwise by echoes and connections.
    Any,
    /// By ARP only.
    Arp,
    /// By echoes and connections only.
    Ping,
}

/// What to sweep and how.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub network: Network,
    pub method: Method,
    pub ports: Vec<u16>,
    pub retries: u8,
    pub timeout: Duration,
    pub rate: u32,
}

/// What is asked of a host that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Inquiry {
    Echo,
    Port(u16),
}

/// What is known of a host that is there.
#[derive(Default)]
struct Found {
    mac: Option<Mac>,
    took: Option<Duration>,
    traits: Traits,
    ports: BTreeSet<u16>,
    is_own: bool,
}

/// A sweep under way.
pub(crate) struct Sweeping {
    request: Request,
    places: Places,
    hosts: Sweep,
    inquiries: Sweep,
    asked: Vec<(u32, Inquiry)>,
    numbers: HashMap<(u32, Inquiry), u32>,
    found: BTreeMap<u32, Found>,
    link: Option<LinkSide>,
    echoes: Option<Echoes>,
    connects: Connects,
}

impl Sweeping {
    /// Begins a sweep. What this machine does not permit is a failure only if nothing else is left.
    pub fn start(vm: &mut Vm, request: Request) -> Result<Value, Box<Fault>> {
        let now = Instant::now();
        let network = request.network;
        let (link, echoes) = Self::open(vm, &request)?;
        let rounds = if link.is_some() { request.retries + 1 } else { (request.retries + 1).max(2) };
        let gap = Duration::from_secs(1) / request.rate;
        let places = Places::new(network);
        let plan =
            Plan { count: places.count(), rounds, gap, patience: request.timeout * 3 / 5, timeout: request.timeout };
        let sweeping = Self {
            places,
            hosts: Sweep::new(plan, now),
            inquiries: Sweep::new(Plan { count: 0, ..plan }, now),
            asked: Vec::new(),
            numbers: HashMap::new(),
            found: BTreeMap::new(),
            link,
            echoes,
            connects: Connects::default(),
            request,
        };
        vm.start(sweeping)
    }

    fn open(vm: &mut Vm, request: &Request) -> Result<(Option<LinkSide>, Option<Echoes>), Box<Fault>> {
        let network = &request.network;
        // Few hosts of IPv6 are better asked one by one.
        let by_frames = network.is_ipv4() || Places::are_too_many(network);
        let interface = if request.method == Method::Ping || !by_frames { None } else { interface_of(network) };
        let shown = network.network().to_string();
        let link = match &interface {
            Some((name, own)) => match LinkSide::open(vm, name, *own) {
                Ok(link) => Some(link),
                Err(error) if request.method == Method::Arp => return Err(failed(Stage::Listen, error, name)),
                Err(_) => None,
            },
            None if request.method == Method::Arp => {
                let text = format!("no link of this machine reaches all of {shown}/{}", network.prefix);
                return Err(Fault::new("unreachable", text));
            }
            None => None,
        };
        if link.is_none() && Places::are_too_many(network) {
            let text = format!(
                "{shown}/{} has too many addresses to ask each, and is no link of this machine where all can be asked at once",
                network.prefix
            );
            return Err(Fault::new("unreachable", text));
        }
        let echoes = if link.is_none() { Echoes::open(vm, network.address).ok() } else { None };
        Ok((link, echoes))
    }

    /// Takes what has come; whether there may be more.
    fn receive(&mut self, now: Instant) -> Result<bool, Box<Fault>> {
        let mut more = false;
        if let Some(mut link) = self.link.take() {
            let received = link.receive(|heard| self.heard(heard, now));
            let name = link.own.ip.to_string();
            self.link = Some(link);
            more |= received.map_err(|error| failed(Stage::Receive, error, &name))?;
        }
        if let Some(mut echoes) = self.echoes.take() {
            let received = echoes.receive(|heard| {
                if let (Said::Echo(ttl), Some(host)) = (heard.message, self.places.number(heard.from)) {
                    self.is_there(host, None, now);
                    self.note(host, |found| found.traits.ttl = found.traits.ttl.or(ttl));
                }
            });
            self.echoes = Some(echoes);
            // Errors of a socket that may go on are about single hosts.
            more |= received.unwrap_or(false);
        }
        let mut connects = std::mem::take(&mut self.connects);
        more |= connects.take(now, |address, state| self.connected(address, state, now));
        self.connects = connects;
        Ok(more)
    }

    /// A frame of the link says something.
    fn heard(&mut self, heard: Heard<'_>, now: Instant) {
        match heard {
            Heard::Neighbour(ip, mac) => {
                if let Some(host) = self.places.number(ip) {
                    self.is_there(host, Some(mac), now);
                }
            }
            Heard::Echo(ip, mac, ttl) => {
                if let Some(host) = self.places.join(ip) {
                    self.is_there(host, Some(mac), now);
                    self.answered(host, Inquiry::Echo, now);
                    self.note(host, |found| found.traits.ttl = Some(ttl));
                }
            }
            Heard::Segment { from, port, open, ttl, tcp } => {
                let Some(host) = self.places.number(from) else { return };
                self.answered(host, Inquiry::Port(port), now);
                self.note(host, |found| {
                    found.traits.ttl = Some(ttl);
                    if open {
                        found.traits.accepted(&tcp);
                        found.ports.insert(port);
                    }
                });
            }
        }
    }

    /// An attempt to connect has ended.
    fn connected(&mut self, address: SocketAddr, state: State, now: Instant) {
        let Some(host) = self.places.number(address.ip()) else { return };
        // What is refused on the way says nothing of the host.
        if !matches!(state, State::Open | State::Closed) {
            return;
        }
        self.is_there(host, None, now);
        self.answered(host, Inquiry::Port(address.port()), now);
        if state == State::Open {
            self.note(host, |found| found.ports.extend([address.port()]));
        }
    }

    fn note(&mut self, host: u32, note: impl FnOnce(&mut Found)) {
        if let Some(found) = self.found.get_mut(&host) {
            note(found);
        }
    }

    fn answered(&mut self, host: u32, inquiry: Inquiry, now: Instant) {
        if let Some(number) = self.numbers.get(&(host, inquiry)) {
            self.inquiries.answered(*number, now);
        }
    }

    /// A host has answered: the first time, more is asked of it.
    fn is_there(&mut self, host: u32, mac: Option<Mac>, now: Instant) {
        let took = match self.places.is_group() {
            true if self.found.contains_key(&host) => return,
            true => self.hosts.since(Places::EVERYONE, now),
            false => self.hosts.answered(host, now),
        };
        let Some(took) = took else { return };
        self.found.insert(host, Found { mac, took: Some(took), ..Found::default() });
        self.inquire(host, mac.is_some());
    }

    /// A host is this machine.
    fn is_here(&mut self, host: u32, mac: Mac) {
        self.found.entry(host).or_insert_with(|| Found { mac: Some(mac), is_own: true, ..Found::default() });
        self.inquire(host, false);
    }

    fn inquire(&mut self, host: u32, echo: bool) {
        let ports = self.request.ports.iter().map(|port| Inquiry::Port(*port));
        let echo = echo.then_some(Inquiry::Echo);
        for inquiry in echo.into_iter().chain(ports) {
            let number = self.asked.len() as u32;
            if let std::collections::hash_map::Entry::Vacant(place) = self.numbers.entry((host, inquiry)) {
                place.insert(number);
                self.asked.push((host, inquiry));
                self.inquiries.add(1);
            }
        }
    }

    /// Sends the probes that may go out now.
    fn send(&mut self, vm: &mut Vm, now: Instant) {
        for _ in 0..IN_A_ROW {
            let Some(probe) = self.hosts.next(now) else { break };
            if !self.probe(vm, probe, now) {
                self.hosts.put_back(probe, now + PAUSE);
                break;
            }
        }
        for _ in 0..IN_A_ROW {
            let Some(probe) = self.inquiries.next(now) else { break };
            let (host, inquiry) = self.asked[probe.host as usize];
            if !self.ask(vm, host, inquiry, now) {
                self.inquiries.put_back(probe, now + PAUSE);
                break;
            }
        }
    }

    /// Looks whether a host is there; whether that could be sent.
    fn probe(&mut self, vm: &mut Vm, probe: Probe, now: Instant) -> bool {
        if let Some(link) = &self.link
            && self.places.is_group()
        {
            let (own, mac) = (link.own.ip, link.own.mac);
            let sent = is_sent(link.send(&link.own.echo_of_everyone()));
            if let Some(host) = self.places.join(own).filter(|_| probe.round == 0) {
                self.is_here(host, mac);
            }
            return sent;
        }
        let address = self.places.address(probe.host);
        if let (Some(link), IpAddr::V4(target)) = (&self.link, address) {
            if address == link.own.ip {
                let mac = link.own.mac;
                self.hosts.answered(probe.host, now);
                self.is_here(probe.host, mac);
                return true;
            }
            return is_sent(link.send(&link.own.who_has(target)));
        }
        let echoed = self.echoes.as_mut().map(|echoes| is_sent(echoes.send(address, probe.round.into(), &[], None)));
        if echoed == Some(false) {
            return false;
        }
        let port = KNOCKS[usize::from(probe.round) % KNOCKS.len()];
        self.knock(vm, SocketAddr::new(address, port), now) || echoed.is_some()
    }

    /// Asks more of a host that is there; whether that could be sent.
    fn ask(&mut self, vm: &mut Vm, host: u32, inquiry: Inquiry, now: Instant) -> bool {
        let address = self.places.address(host);
        let mac = self.found.get(&host).filter(|found| !found.is_own).and_then(|found| found.mac);
        match (&self.link, mac, inquiry) {
            (Some(link), Some(mac), Inquiry::Echo) => is_sent(link.send(&link.own.echo(address, mac))),
            (Some(link), Some(mac), Inquiry::Port(port)) => is_sent(link.send(&link.own.segment(address, mac, port))),
            (_, _, Inquiry::Port(port)) => self.knock(vm, SocketAddr::new(address, port), now),
            (_, _, Inquiry::Echo) => true,
        }
    }

    /// Begins a connection; whether there was room for it.
    fn knock(&mut self, vm: &mut Vm, address: SocketAddr, now: Instant) -> bool {
        match self.connects.begin(vm, address, now + self.request.timeout) {
            Begun::Waits => true,
            Begun::NoRoom => false,
            Begun::Ended(state) => {
                self.connected(address, state, now);
                true
            }
        }
    }

    fn wait(&mut self, vm: &mut Vm, waiter: Waiter, more: bool) {
        if more {
            vm.reactor.wake_soon(waiter);
        }
        self.link.iter().for_each(|link| link.wait(vm, waiter));
        self.echoes.iter().for_each(|echoes| echoes.wait(vm, waiter));
        self.connects.wait(vm, waiter);
        let times = [self.hosts.wake_at(), self.inquiries.wake_at(), self.connects.until()];
        times.into_iter().flatten().min().into_iter().for_each(|at| vm.set_deadline(waiter, at));
    }

    fn close(&mut self, vm: &mut Vm) {
        self.link.take().into_iter().for_each(|mut link| link.close(vm));
        self.echoes.take().into_iter().for_each(|mut echoes| echoes.close(vm));
        self.connects.close(vm);
    }
}

/// Whether something need not be sent again: it was, or never can be.
fn is_sent(sent: std::io::Result<()>) -> bool {
    !sent.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

impl Operation for Sweeping {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
        let now = Instant::now();
        let received = self.receive(now);
        if received.is_err() {
            self.close(vm);
        }
        let more = received?;
        self.send(vm, now);
        if self.connects.is_starved(now) {
            self.close(vm);
            return Err(Fault::new("exhausted", "no room for connections: too many open files"));
        }
        let over = self.hosts.is_done(now) && self.inquiries.is_done(now) && self.connects.is_empty();
        if over && !more {
            self.close(vm);
            return self.show(vm).map(Some);
        }
        self.wait(vm, waiter, more);
        Ok(None)
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.close(vm);
    }
}

/// The address of a neighbour's card as this machine's own table of neighbours has it
/// (`/proc/net/arp`), for hosts that were found without asking for it.
fn neighbours() -> HashMap<Ipv4Addr, Mac> {
    let text = std::fs::read_to_string("/proc/net/arp").unwrap_or_default();
    let rows = text.lines().skip(1).filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [address, _, _, mac, ..] = words[..] else { return None };
        let mac: Mac = mac.parse().ok()?;
        Some((address.parse().ok()?, mac)).filter(|(_, mac)| *mac != Mac::ZERO)
    });
    rows.collect()
}
