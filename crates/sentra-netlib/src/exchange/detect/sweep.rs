//! Host Sweep: a source looks for hosts: by one port of many, by pings, or by asking for the
//! cards of many addresses. Hosts that answer are not counted.

use std::net::IpAddr;

use super::table::{Distinct, Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Kind, Party, Seen, Thresholds};
use crate::wire::packet::arp::operation;
use crate::wire::packet::tcp::Flags;
use crate::wire::packet::{Network, Transport, icmp};

const SOURCES: usize = 4096;
const HOSTS: usize = 256;

/// By what hosts are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Means {
    Port(u16),
    Ping,
    Arp,
}

#[derive(Default)]
struct Looked {
    window: Window,
    hosts: Distinct<IpAddr>,
    alert: Option<AlertId>,
}

pub(super) struct HostSweep {
    kind: Kind,
    enough: usize,
    length: u64,
    looked: Table<(IpAddr, Means), Looked>,
}

impl HostSweep {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        let (enough, length) = (thresholds.host_sweep_hosts as usize, thresholds.host_sweep_seconds * 1_000_000);
        Self { kind, enough: enough.clamp(1, HOSTS), length, looked: Table::new(SOURCES) }
    }

    fn answered(&mut self, source: IpAddr, means: Means, host: IpAddr) {
        if let Some(looked) = self.looked.get(&(source, means))
            && looked.alert.is_none()
        {
            looked.hosts.remove(&host);
        }
    }

    fn look(&mut self, at: u64, source: IpAddr, means: Means, host: IpAddr, alerts: &mut Alerts) {
        let looked = self.looked.entry(&(source, means));
        if looked.window.turns(at, self.length) && looked.alert.is_none() {
            looked.hosts.clear();
        }
        let new = looked.hosts.add(host, HOSTS);
        let count = looked.hosts.len();
        if !new || count < self.enough {
            return;
        }
        let net = looked.hosts.ends().map_or(Party::Many, |(first, last)| common(first, last));
        if let Some(id) = looked.alert {
            alerts.set(looked.alert, "hosts", count as u64);
            alerts.get(id).target = net;
            return;
        }
        let seconds = looked.window.seconds(at);
        let (protocol, port, by) = match means {
            Means::Port(port) => ("TCP", Some(port), format!("at TCP port {port}")),
            Means::Ping => ("ICMP", None, "by pings".into()),
            Means::Arp => ("ARP", None, "by ARP".into()),
        };
        // All means of one source are one alert.
        let alert = Alert::new(self.kind, at, Party::Host(source), Party::Many)
            .over(protocol, port)
            .saying(format!("{source} looked for {count} hosts of {net} in {seconds:.1} s, {by}"))
            .count("hosts", count as u64);
        looked.alert = alerts.raise(alert);
        if let Some(id) = looked.alert {
            alerts.get(id).target = net;
        }
    }
}

/// The smallest network with both addresses.
fn common(first: IpAddr, last: IpAddr) -> Party {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (u32::from(first), u32::from(last));
            let prefix = (first ^ last).leading_zeros();
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            Party::Net(IpAddr::V4((first & mask).into()), prefix as u8)
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let (first, last) = (u128::from(first), u128::from(last));
            let prefix = (first ^ last).leading_zeros();
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            Party::Net(IpAddr::V6((first & mask).into()), prefix as u8)
        }
        _ => Party::Many,
    }
}

impl Detector for HostSweep {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        if let Network::Arp(arp) = &seen.packet.network {
            let (sender, target) = (arp.sender_ip.into(), arp.target_ip.into());
            match arp.operation {
                _ if sender == target || arp.sender_ip.is_unspecified() => {}
                operation::REQUEST => self.look(seen.at, sender, Means::Arp, target, alerts),
                _ => self.answered(target, Means::Arp, sender),
            }
            return;
        }
        let Some((source, target)) = seen.ends else { return };
        match &seen.packet.transport {
            Transport::Tcp(tcp) if tcp.flags.has(Flags::SYN) => match tcp.flags.has(Flags::ACK) {
                false => self.look(seen.at, source, Means::Port(tcp.destination), target, alerts),
                true => self.answered(target, Means::Port(tcp.source), source),
            },
            Transport::Icmp(ping) if ping.kind == icmp::kind::ECHO_REQUEST => {
                self.look(seen.at, source, Means::Ping, target, alerts);
            }
            Transport::Icmpv6(ping) if ping.kind == icmp::kind6::ECHO_REQUEST => {
                self.look(seen.at, source, Means::Ping, target, alerts);
            }
            Transport::Icmp(ping) if ping.kind == icmp::kind::ECHO_REPLY => self.answered(target, Means::Ping, source),
            Transport::Icmpv6(ping) if ping.kind == icmp::kind6::ECHO_REPLY => {
                self.answered(target, Means::Ping, source)
            }
            _ => {}
        }
    }
}
