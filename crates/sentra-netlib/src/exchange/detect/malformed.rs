//! Packets that no system sends: Land Attack (from and to the same port of the same host),
//! Ping of Death (fragments of more than 65535 bytes), IP Fragment Overlap (fragments that
//! contradict each other).

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::table::{Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Kind, Party, Seen, Thresholds, protocol};
use crate::wire::packet::tcp::Flags;
use crate::wire::packet::{Network, Transport, ip};

/// The detector of land attacks.
pub(super) struct Land {
    kind: Kind,
    seen: Table<(IpAddr, u16), (u64, Option<AlertId>)>,
}

impl Land {
    pub fn new(kind: Kind, _: &Thresholds) -> Self {
        Self { kind, seen: Table::new(4096) }
    }
}

impl Detector for Land {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let (Transport::Tcp(tcp), Some(flow)) = (&seen.packet.transport, seen.flow()) else { return };
        if flow != flow.back() || !tcp.flags.has(Flags::SYN) || flow.source.is_loopback() {
            return;
        }
        let (count, alert) = self.seen.entry(&(flow.target, flow.to));
        *count += 1;
        let (host, port) = (flow.target, flow.to);
        let new = Alert::new(self.kind, seen.at, Party::Host(host), Party::Host(host))
            .over("TCP", Some(port))
            .saying(format!("a SYN to {host} port {port} says that it comes from there"))
            .count("packets", 1);
        *alert = alert.or_else(|| alerts.raise(new));
        alerts.set(*alert, "packets", *count);
    }
}

/// A part of a packet of IP: from where to where, and whether there is more.
struct Part {
    id: (IpAddr, IpAddr, u32, u8),
    start: u32,
    end: u32,
    more: bool,
}

fn part(seen: &Seen) -> Option<Part> {
    let (source, target) = seen.ends?;
    let (id, protocol, offset, more, length) = match &seen.packet.network {
        Network::V4(ip) if ip.is_fragment() => {
            let body = usize::from(ip.total_length).checked_sub(ip.header_length())?;
            let id = u32::from(ip.identification);
            (id, ip.protocol, u32::from(ip.fragment_offset), ip.more_fragments, body as u32)
        }
        Network::V6(ip) => {
            let fragment = ip.fragment.filter(|_| ip.is_fragment())?;
            let body = usize::from(ip.payload_length).checked_sub(ip.extensions.len())?;
            (fragment.identification, ip.protocol, u32::from(fragment.offset), fragment.more, body as u32)
        }
        _ => return None,
    };
    let start = offset;
    Some(Part { id: (source, target, id, protocol), start, end: start + length, more })
}

/// The detector of pings of death.
pub(super) struct PingOfDeath {
    kind: Kind,
    seen: Table<(IpAddr, IpAddr), (u64, Option<AlertId>)>,
}

impl PingOfDeath {
    pub fn new(kind: Kind, _: &Thresholds) -> Self {
        Self { kind, seen: Table::new(4096) }
    }
}

impl Detector for PingOfDeath {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        const MOST: u32 = 65_535;
        let Some(part) = part(seen) else { return };
        // The header counts too, where it is IPv4's.
        let header = if part.id.0.is_ipv4() { 20 } else { 0 };
        let is_ping = matches!(part.id.3, ip::ICMP | ip::ICMPV6);
        if !is_ping || part.end + header <= MOST {
            return;
        }
        let (source, target, ..) = part.id;
        let (count, alert) = self.seen.entry(&(source, target));
        *count += 1;
        let new = Alert::new(self.kind, seen.at, Party::Host(source), Party::Host(target))
            .over("ICMP", None)
            .saying(format!("{source} sends {target} a fragmented ping of {} bytes", part.end + header))
            .count("packets", 1)
            .count("bytes", u64::from(part.end + header));
        *alert = alert.or_else(|| alerts.raise(new));
        alerts.set(*alert, "packets", *count);
    }
}

/// The parts of one packet that were seen.
#[derive(Default)]
struct Parts {
    window: Window,
    /// Ends by starts.
    parts: BTreeMap<u32, u32>,
    whole: Option<u32>,
}

const PACKETS: usize = 4096;
const PARTS: usize = 256;
/// How long a packet waits for its parts.
const PATIENCE: u64 = 30_000_000;

/// The detector of fragments that overlap.
pub(super) struct FragmentOverlap {
    kind: Kind,
    packets: Table<(IpAddr, IpAddr, u32, u8), Parts>,
    counts: Table<(IpAddr, IpAddr), (u64, Option<AlertId>)>,
}

impl FragmentOverlap {
    pub fn new(kind: Kind, _: &Thresholds) -> Self {
        Self { kind, packets: Table::new(PACKETS), counts: Table::new(PACKETS) }
    }
}

impl Parts {
    /// Adds a part; whether it overlaps with another one. The same part again does not.
    fn add(&mut self, start: u32, end: u32) -> bool {
        if self.parts.get(&start) == Some(&end) || start >= end {
            return false;
        }
        let before = self.parts.range(..=start).next_back().is_some_and(|(_, last)| *last > start);
        let after = self.parts.range(start..).next().is_some_and(|(first, _)| *first < end);
        if self.parts.len() < PARTS {
            self.parts.insert(start, end);
        }
        before || after
    }

    fn is_complete(&self) -> bool {
        let covered = self.parts.iter().try_fold(0, |at, (start, end)| (*start == at).then_some(*end));
        covered.is_some() && covered == self.whole
    }
}

impl Detector for FragmentOverlap {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let Some(part) = part(seen) else { return };
        let parts = self.packets.entry(&part.id);
        if parts.window.turns(seen.at, PATIENCE) {
            *parts = Parts { window: parts.window, ..Parts::default() };
        }
        let overlaps = parts.add(part.start, part.end);
        if !part.more {
            parts.whole = Some(part.end);
        }
        if parts.is_complete() {
            self.packets.remove(&part.id);
        }
        if !overlaps {
            return;
        }
        let (source, target, ..) = part.id;
        let (count, alert) = self.counts.entry(&(source, target));
        *count += 1;
        let new = Alert::new(self.kind, seen.at, Party::Host(source), Party::Host(target))
            .over(protocol(seen.packet), None)
            .saying(format!("fragments of {source} for {target} overlap at byte {}", part.start))
            .count("fragments", 1);
        *alert = alert.or_else(|| alerts.raise(new));
        alerts.set(*alert, "fragments", *count);
    }
}
