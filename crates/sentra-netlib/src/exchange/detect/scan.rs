//! Port Scan: a source tries many ports of a host. Ports where data flows are not counted:
//! those are conversations. The flags tell the kind; a SYN without the options that systems
//! send was made by a scanner and not by `connect`.

use std::net::IpAddr;

use super::table::{Distinct, Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Flow, Kind, Party, Seen, Thresholds};
use crate::wire::packet::tcp::{Choice, Flags};
use crate::wire::packet::{Tcp, Transport};

/// Pairs of hosts that are watched, and ports that are counted of each.
const PAIRS: usize = 16_384;
const PORTS: usize = 1024;

#[derive(Default)]
struct Tried {
    window: Window,
    ports: Distinct<u16>,
    probes: u64,
    raw: u64,
    alert: Option<AlertId>,
}

pub(super) struct PortScan {
    kind: Kind,
    enough: usize,
    length: u64,
    tried: Table<(IpAddr, IpAddr, u16), Tried>,
}

/// The flags of a segment that nothing but a scan sends, or that begins a connection.
const PROBES: [(Flags, &str); 4] = [
    (Flags::SYN, "SYN"),
    (Flags::FIN, "FIN"),
    (Flags(0), "NULL"),
    (Flags::FIN.with(Flags::PSH).with(Flags::URG), "Xmas"),
];

impl PortScan {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        let (enough, length) = (thresholds.port_scan_ports as usize, thresholds.port_scan_seconds * 1_000_000);
        Self { kind, enough: enough.clamp(1, PORTS), length, tried: Table::new(PAIRS) }
    }

    /// Data flows in a conversation: its port was not tried in vain.
    fn talk(&mut self, flow: Flow) {
        if let Some(tried) = self.tried.get(&(flow.source, flow.target, Flags::SYN.0))
            && tried.alert.is_none()
        {
            tried.ports.remove(&flow.to);
        }
    }

    fn probe(&mut self, seen: &Seen, flow: Flow, tcp: &Tcp, (flags, name): (Flags, &str), alerts: &mut Alerts) {
        let tried = self.tried.entry(&(flow.source, flow.target, flags.0));
        if tried.window.turns(seen.at, self.length) && tried.alert.is_none() {
            *tried = Tried { window: tried.window, ..Tried::default() };
        }
        tried.probes += 1;
        tried.raw += u64::from(is_raw(tcp));
        let new = tried.ports.add(flow.to, PORTS);
        if tried.alert.is_some() {
            alerts.set(tried.alert, "packets", tried.probes);
            if new {
                alerts.set(tried.alert, "ports", tried.ports.len() as u64);
            }
        } else if tried.ports.len() >= self.enough {
            let name = if flags == Flags::SYN && tried.raw * 2 < tried.probes { "connect" } else { name };
            let (Flow { source, target, .. }, ports) = (flow, tried.ports.len());
            let seconds = tried.window.seconds(seen.at);
            let alert = Alert::new(self.kind, seen.at, Party::Host(source), Party::Host(target))
                .saying(format!("{source} tried {ports} ports of {target} in {seconds:.1} s ({name} scan)"))
                .text("scan", name)
                .count("ports", ports as u64)
                .count("packets", tried.probes);
            tried.alert = alerts.raise(alert);
        }
    }
}

/// Whether a SYN lacks the options that every system sends since long.
fn is_raw(tcp: &Tcp) -> bool {
    !tcp.options().any(|option| matches!(option, Choice::Timestamps(..) | Choice::WindowScale(_)))
}

impl Detector for PortScan {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let (Transport::Tcp(tcp), Some(flow)) = (&seen.packet.transport, seen.flow()) else { return };
        let flags = Flags(tcp.flags.0 & 0x3f);
        match PROBES.iter().find(|(probe, _)| *probe == flags) {
            Some(probe) => self.probe(seen, flow, tcp, *probe, alerts),
            None if !seen.packet.payload.is_empty() => {
                self.talk(flow);
                self.talk(flow.back());
            }
            None => {}
        }
    }
}
