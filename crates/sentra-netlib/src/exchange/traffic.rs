//! Traffic in numbers: who talks to whom, how much, by which protocols, about which names, and
//! who attacks whom.
//!
//! Frames go in one by one; a report comes out at any time. What is kept is bounded by
//! [`Limits`] whatever the traffic: sums over everything stay exact, tables forget the least
//! first and say how much they have forgotten.

mod flow;
mod names;
mod report;
mod tally;

pub use flow::{Flow, FlowKey, Peer, State};
pub use report::{Connection, Port, Report, Suspect, Top};
pub use tally::Counts;

use flow::Flows;
use names::Names;
use tally::Tally;

use super::detect::{Detection, Thresholds};
use crate::wire::packet::{Application, Link, Network, Packet, Transport};
use std::net::IpAddr;

/// How much is kept at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Flows that are told apart at a time.
    pub flows: usize,
    /// Addresses that are counted, and as many ports.
    pub addresses: usize,
    /// Names of each kind.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { flows: 65_536, addresses: 65_536, names: 4096 }
    }
}

/// A frame, as far as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When, in nanoseconds since 1970.
    pub nanoseconds: i64,
    /// How long it was.
    pub length: usize,
    /// What it begins with.
    pub link: Link,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// The busiest second so far.
#[derive(Clone, Copy, Debug, Default)]
struct Pulse {
    second: i64,
    now: Counts,
    peak: Counts,
}

/// Traffic, as it is being counted.
pub struct Traffic {
    total: Counts,
    times: Option<(i64, i64)>,
    pulse: Pulse,
    networks: [Counts; 4],
    transports: Box<[Counts; 256]>,
    applications: [Counts; Application::ALL.len()],
    flows: Flows,
    sources: Tally<IpAddr>,
    destinations: Tally<IpAddr>,
    ports: Tally<(u8, u16)>,
    names: Names,
    detection: Detection,
}

impl Traffic {
    /// Nothing counted yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            total: Counts::default(),
            times: None,
            pulse: Pulse::default(),
            networks: Default::default(),
            transports: Box::new([Counts::default(); 256]),
            applications: Default::default(),
            flows: Flows::new(limits.flows),
            sources: Tally::new(limits.addresses),
            destinations: Tally::new(limits.addresses),
            ports: Tally::new(limits.addresses),
            names: Names::new(limits.names),
            detection: Detection::new(Link::ETHERNET, &Thresholds::default(), None),
        }
    }

    /// How many frames were counted.
    pub fn total(&self) -> Counts {
        self.total
    }

    /// When the first frame came.
    pub fn began(&self) -> Option<i64> {
        self.times.map(|(first, _)| first)
    }

    /// Counts a frame.
    pub fn take(&mut self, frame: Frame) {
        self.total.add(frame.length);
        self.note_time(frame);
        let Some(packet) = Packet::read(frame.link, frame.bytes) else { return self.networks[3].add(frame.length) };
        let at = u64::try_from(frame.nanoseconds / 1000).unwrap_or(0);
        self.detection.packet(at, &packet, u32::try_from(frame.length).unwrap_or(u32::MAX));
        let network = match &packet.network {
            Network::V4(_) => 0,
            Network::V6(_) => 1,
            Network::Arp(_) => 2,
            Network::Other => 3,
        };
        self.networks[network].add(frame.length);
        let (Some(protocol), Some(addresses)) = (packet.protocol(), packet.addresses()) else { return };
        self.transports[usize::from(protocol)].add(frame.length);
        let application = Application::of(&packet);
        application.into_iter().for_each(|one| self.applications[one as usize].add(frame.length));
        let (key, way) = FlowKey::new(protocol, addresses, packet.ports().unwrap_or_default());
        let tcp = match &packet.transport {
            Transport::Tcp(tcp) => Some(tcp),
            _ => None,
        };
        if let Some((key, ended)) = self.flows.take(key, way, frame.nanoseconds, frame.length, tcp) {
            self.fold(key, &ended);
        }
        if self.flows.is_full() {
            self.forget();
        }
        self.names.take(&key, way, application, &packet);
    }

    fn note_time(&mut self, frame: Frame) {
        let time = frame.nanoseconds;
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
        let second = time.div_euclid(1_000_000_000);
        if second != self.pulse.second {
            self.pulse.second = second;
            self.pulse.now = Counts::default();
        }
        self.pulse.now.add(frame.length);
        self.pulse.peak = self.pulse.peak.most(self.pulse.now);
    }

    /// Forgets the flows that were quiet for the longest time; what they carried stays counted
    /// for their addresses and ports.
    fn forget(&mut self) {
        for (key, flow) in self.flows.shrink() {
            self.fold(key, &flow);
        }
    }

    fn fold(&mut self, key: FlowKey, flow: &Flow) {
        add_flow(&mut self.sources, &mut self.destinations, &mut self.ports, &key, flow);
    }
}

/// Adds what a flow has carried to the sums of its addresses and its port.
fn add_flow(
    sources: &mut Tally<IpAddr>,
    destinations: &mut Tally<IpAddr>,
    ports: &mut Tally<(u8, u16)>,
    key: &FlowKey,
    flow: &Flow,
) {
    for (way, counts) in flow.counts.iter().enumerate().filter(|(_, counts)| counts.packets > 0) {
        sources.add(key.peer(way).address, *counts);
        destinations.add(key.peer(1 - way).address, *counts);
    }
    if let Some(port) = flow.service_port(key) {
        ports.add((key.protocol, port), flow.sum());
    }
}
