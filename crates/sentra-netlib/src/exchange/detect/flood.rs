//! UDP Flood and ICMP Flood: more packets than a conversation needs. Datagrams count where
//! nothing comes back and they go to many ports or from many; a stream of one flow may be fast.

use std::net::IpAddr;

use super::table::{Majority, Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Kind, Party, Seen, Thresholds};
use crate::wire::packet::{Transport, icmp};

const PAIRS: usize = 16_384;
const SECOND: u64 = 1_000_000;
/// Flows by which a flood is told from a stream, of 1024 that are told apart.
const MANY_FLOWS: u32 = 32;
/// A stream may be faster than a flood.
const STREAM: u64 = 10;
/// One packet back for so many is a conversation.
const ANSWERED: u64 = 64;

/// What goes to a host within a second.
#[derive(Default)]
struct Rate {
    window: Window,
    packets: u64,
    bytes: u64,
    back: u64,
    flows: Flows,
    sources: Majority<IpAddr>,
    total: u64,
    alert: Option<AlertId>,
}

/// How many different flows there are, about.
#[derive(Default)]
struct Flows([u64; 16]);

impl Flows {
    fn add(&mut self, from: u16, to: u16) {
        let hash = (u32::from(from) << 16 | u32::from(to)).wrapping_mul(0x9E37_79B1) >> 22;
        self.0[hash as usize / 64] |= 1 << (hash % 64);
    }

    fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

impl Rate {
    fn turn(&mut self, at: u64) {
        if self.window.turns(at, SECOND) {
            *self = Self { window: self.window, total: self.total, alert: self.alert, ..Self::default() };
        }
    }

    fn add(&mut self, seen: &Seen, source: IpAddr) {
        self.turn(seen.at);
        self.packets += 1;
        self.total += 1;
        self.bytes += u64::from(seen.length);
        self.sources.vote(source);
    }
}

/// What counts the packets of one protocol that go to hosts.
struct Counter {
    kind: Kind,
    protocol: &'static str,
    enough: u64,
    hosts: Table<IpAddr, Rate>,
    pairs: Table<(IpAddr, IpAddr), Rate>,
}

impl Counter {
    fn new(kind: Kind, protocol: &'static str, enough: u64) -> Self {
        Self { kind, protocol, enough: enough.max(1), hosts: Table::new(PAIRS), pairs: Table::new(PAIRS) }
    }

    fn add(&mut self, seen: &Seen, (source, target): (IpAddr, IpAddr), ports: Option<(u16, u16)>, alerts: &mut Alerts) {
        let rates = [self.pairs.entry(&(source, target)), self.hosts.entry(&target)];
        for (rate, is_pair) in rates.into_iter().zip([true, false]) {
            rate.add(seen, source);
            if let Some((from, to)) = ports {
                rate.flows.add(from, to);
            }
            if rate.alert.is_some() {
                alerts.set(rate.alert, "packets", rate.total);
                return;
            }
            let is_stream = ports.is_some() && rate.flows.count() < MANY_FLOWS;
            let enough = if is_stream { self.enough * STREAM } else { self.enough };
            let answered = ports.is_some() && rate.back * ANSWERED >= rate.packets;
            // What one source sends is found with the pair.
            let other = !is_pair && rate.sources.winner().is_some();
            if rate.packets < enough || answered || other {
                continue;
            }
            let source = if is_pair { Party::Host(source) } else { Party::Many };
            let (packets, seconds, protocol) = (rate.packets, rate.window.seconds(seen.at), self.protocol);
            let alert = Alert::new(self.kind, seen.at, source, Party::Host(target))
                .over(protocol, ports.map(|(_, to)| to).filter(|_| is_stream))
                .saying(format!("{packets} packets of {protocol} to {target} within {seconds:.2} s"))
                .count("packets", rate.total)
                .count("bytes", rate.bytes);
            rate.alert = alerts.raise(alert);
        }
    }

    /// A packet the other way.
    fn back(&mut self, at: u64, source: IpAddr, target: IpAddr) {
        if let Some(rate) = self.pairs.get(&(target, source)) {
            rate.turn(at);
            rate.back += 1;
        }
        if let Some(rate) = self.hosts.get(&source) {
            rate.turn(at);
            rate.back += 1;
        }
    }
}

/// The detector of floods of UDP.
pub(super) struct UdpFlood(Counter);

impl UdpFlood {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        Self(Counter::new(kind, "UDP", thresholds.udp_flood_packets))
    }
}

impl Detector for UdpFlood {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let (Transport::Udp(udp), Some(ends)) = (&seen.packet.transport, seen.ends) else { return };
        self.0.back(seen.at, ends.0, ends.1);
        self.0.add(seen, ends, Some((udp.source, udp.destination)), alerts);
    }
}

/// The detector of floods of ICMP.
pub(super) struct IcmpFlood(Counter);

impl IcmpFlood {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        Self(Counter::new(kind, "ICMP", thresholds.icmp_flood_packets))
    }
}

impl Detector for IcmpFlood {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        // Requests only: replies and errors are what the host that is flooded sends.
        let is_request = match &seen.packet.transport {
            Transport::Icmp(icmp) => matches!(icmp.kind, icmp::kind::ECHO_REQUEST | 13 | 15 | 17),
            Transport::Icmpv6(icmp) => icmp.kind == icmp::kind6::ECHO_REQUEST,
            _ => false,
        };
        if let (true, Some(ends)) = (is_request, seen.ends) {
            self.0.add(seen, ends, None, alerts);
        }
    }
}
