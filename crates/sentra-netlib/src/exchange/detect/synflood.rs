//! SYN Flood: connections to one port are begun and not completed.

use std::net::IpAddr;

use super::table::{Majority, Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Flow, Kind, Party, Seen, Thresholds};
use crate::wire::packet::Transport;
use crate::wire::packet::tcp::Flags;

const CONNECTIONS: usize = 131_072;
const TARGETS: usize = 16_384;
const LENGTH: u64 = 10_000_000;

#[derive(Default)]
struct Target {
    window: Window,
    begun: u64,
    total: u64,
    sources: Majority<IpAddr>,
    alert: Option<AlertId>,
}

pub(super) struct SynFlood {
    kind: Kind,
    enough: u64,
    /// Connections that are begun and not completed, since the window of their target.
    open: Table<Flow, ()>,
    targets: Table<(IpAddr, u16), Target>,
}

impl SynFlood {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        let enough = thresholds.syn_flood_connections.max(1);
        Self { kind, enough, open: Table::new(CONNECTIONS), targets: Table::new(TARGETS) }
    }

    fn begin(&mut self, at: u64, flow: Flow, alerts: &mut Alerts) {
        if self.open.get(&flow).is_some() {
            return;
        }
        self.open.entry(&flow);
        let target = self.targets.entry(&(flow.target, flow.to));
        if target.window.turns(at, LENGTH) {
            *target = Target { window: target.window, total: target.total, alert: target.alert, ..Target::default() };
        }
        (target.begun, target.total) = (target.begun + 1, target.total + 1);
        target.sources.vote(flow.source);
        if target.alert.is_some() {
            alerts.set(target.alert, "connections", target.total);
        } else if target.begun >= self.enough {
            let source = target.sources.winner().map_or(Party::Many, Party::Host);
            let (begun, seconds) = (target.begun, target.window.seconds(at));
            let (host, port) = (flow.target, flow.to);
            let alert = Alert::new(self.kind, at, source, Party::Host(host))
                .over("TCP", Some(port))
                .saying(format!("{begun} connections to {host} port {port} begun and not completed in {seconds:.1} s"))
                .count("connections", target.total);
            target.alert = alerts.raise(alert);
        }
    }
}

impl Detector for SynFlood {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let (Transport::Tcp(tcp), Some(flow)) = (&seen.packet.transport, seen.flow()) else { return };
        if tcp.flags.has(Flags::SYN) && !tcp.flags.has(Flags::ACK) {
            self.begin(seen.at, flow, alerts);
        } else if tcp.flags.has(Flags::ACK)
            && !tcp.flags.has(Flags::SYN)
            && !tcp.flags.has(Flags::RST)
            && self.open.remove(&flow).is_some()
            && let Some(target) = self.targets.get(&(flow.target, flow.to))
        {
            target.begun = target.begun.saturating_sub(1);
        }
    }
}
