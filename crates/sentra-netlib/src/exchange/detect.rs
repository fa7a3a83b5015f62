//! Intrusion detection: packets go in, alerts come out. One detector stands behind each type of
//! alert; it sees every packet and keeps a state of its own, which is bounded whatever the
//! traffic is. Time is that of the packets.

mod alert;
mod arp;
mod brute;
mod credentials;
mod dns;
mod flood;
mod malformed;
mod question;
pub mod rules;
mod scan;
mod sweep;
mod synflood;
mod table;
mod threshold;

use std::net::IpAddr;

pub use alert::{Alert, Evidence, Party, Severity, eve};
use alert::{AlertId, Alerts, Kind};
use rules::Rules;
pub use threshold::{THRESHOLDS, Threshold, Thresholds};

use crate::wire::packet::{Link, Network, Packet, Transport};

/// A packet as detectors see it.
pub(crate) struct Seen<'a> {
    /// Microseconds.
    pub at: u64,
    pub packet: &'a Packet<'a>,
    /// The addresses of IP that it goes between.
    pub ends: Option<(IpAddr, IpAddr)>,
    /// Its length on the wire.
    pub length: u32,
}

impl Seen<'_> {
    /// The addresses and ports of a datagram or segment.
    pub fn flow(&self) -> Option<Flow> {
        let ((source, target), (from, to)) = (self.ends?, self.packet.ports()?);
        Some(Flow { source, from, target, to })
    }
}

/// One way of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flow {
    pub source: IpAddr,
    pub from: u16,
    pub target: IpAddr,
    pub to: u16,
}

impl Flow {
    /// The other way.
    pub fn back(self) -> Self {
        Self { source: self.target, from: self.to, target: self.source, to: self.from }
    }
}

/// What looks for one type of intrusion.
pub(crate) trait Detector: Send {
    /// Takes a packet in.
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts);

    /// There are no more packets.
    fn end(&mut self, _alerts: &mut Alerts) {}
}

/// A type of alert, and what raises it.
pub struct Declared {
    /// Its name.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    make: fn(Kind, &Thresholds) -> Box<dyn Detector>,
}

macro_rules! detectors {
    ($($name:literal $severity:ident $detector:path;)*) => {
        /// All types of alerts.
        pub const DETECTORS: &[Declared] = &[$(Declared {
            name: $name,
            severity: Severity::$severity,
            make: |kind, thresholds| Box::new(<$detector>::new(kind, thresholds)),
        }),*];
    };
}

detectors! {
    "Port Scan" Medium scan::PortScan;
    "Host Sweep" Medium sweep::HostSweep;
    "SYN Flood" High synflood::SynFlood;
    "UDP Flood" High flood::UdpFlood;
    "ICMP Flood" High flood::IcmpFlood;
    "Brute Force" High brute::BruteForce;
    "ARP Spoofing" Critical arp::ArpSpoofing;
    "DNS Tunneling" High dns::Tunneling;
    "DNS Amplification" High dns::Amplification;
    "Land Attack" High malformed::Land;
    "Ping of Death" High malformed::PingOfDeath;
    "IP Fragment Overlap" Medium malformed::FragmentOverlap;
    "Cleartext Credentials" Medium credentials::Cleartext;
}

/// All detectors at work on some traffic.
pub struct Detection {
    link: Link,
    detectors: Vec<Box<dyn Detector>>,
    rules: Option<Rules>,
    alerts: Alerts,
    packets: u64,
}

impl Detection {
    /// Detectors for frames of a kind of link, with rules beside them if there are any.
    pub fn new(link: Link, thresholds: &Thresholds, rules: Option<Rules>) -> Self {
        let declared = DETECTORS.iter().enumerate();
        let detectors = declared.map(|(kind, declared)| (declared.make)(Kind(kind), thresholds)).collect();
        Self { link, detectors, rules, alerts: Alerts::default(), packets: 0 }
    }

    /// Sets what the frames that follow start with.
    pub fn set_link(&mut self, link: Link) {
        self.link = link;
    }

    /// Takes a frame in, which was seen at a time in microseconds and had a length on the wire.
    pub fn frame(&mut self, at: u64, frame: &[u8], length: u32) {
        match Packet::read(self.link, frame) {
            Some(packet) => self.packet(at, &packet, length),
            None => self.packets += 1,
        }
    }

    /// Takes a packet in that was read already.
    pub fn packet(&mut self, at: u64, packet: &Packet, length: u32) {
        self.packets += 1;
        if matches!(packet.network, Network::Other) {
            return;
        }
        let seen = Seen { at, ends: packet.addresses(), packet, length };
        for detector in &mut self.detectors {
            detector.see(&seen, &mut self.alerts);
        }
        if let Some(rules) = &mut self.rules {
            rules.see(&seen, &mut self.alerts);
        }
    }

    /// How many frames there were.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// The alerts, from the first to the last.
    pub fn end(mut self) -> Vec<Alert> {
        for detector in &mut self.detectors {
            detector.end(&mut self.alerts);
        }
        self.alerts.into_list()
    }

    /// The alerts up to now that were not taken before.
    pub fn take_new(&mut self) -> Vec<Alert> {
        self.alerts.take_new()
    }
}

/// The word for a packet's protocol.
pub(crate) fn protocol(packet: &Packet) -> &'static str {
    match (&packet.transport, &packet.network) {
        (Transport::Tcp(_), _) => "TCP",
        (Transport::Udp(_), _) => "UDP",
        (Transport::Icmp(_), _) => "ICMP",
        (Transport::Icmpv6(_), _) => "ICMPv6",
        (_, Network::Arp(_)) => "ARP",
        _ => "IP",
    }
}
