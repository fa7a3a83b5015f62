//! What traffic came to.

use std::net::IpAddr;

use super::super::detect::{Alert, Party, Severity};
use super::flow::{Flow, FlowKey, Peer, State};
use super::tally::Counts;
use super::{Application, Traffic, add_flow};
use crate::wire::packet::ip;

/// An address with its part.
pub type Top = (IpAddr, Counts);

/// A port with its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// The protocol over IP.
    pub protocol: u8,
    /// The port.
    pub port: u16,
    /// What connections to it have carried, both ways.
    pub counts: Counts,
}

/// A flow as it is told.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The protocol over IP.
    pub protocol: u8,
    /// Who began it.
    pub source: Peer,
    /// With whom.
    pub destination: Peer,
    /// How it stands.
    pub state: State,
    /// What who began it has sent.
    pub sent: Counts,
    /// What came back.
    pub received: Counts,
    /// When its first packet came.
    pub first: i64,
    /// When its last packet came.
    pub last: i64,
}

/// An address from which attacks come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Which.
    pub address: IpAddr,
    /// How bad the worst of them is.
    pub severity: Severity,
    /// What the worst of them is.
    pub reason: String,
    /// The types of all of them.
    pub types: Vec<String>,
}

/// What traffic came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Everything.
    pub total: Counts,
    /// The times of the first and the last frame, in nanoseconds since 1970.
    pub times: Option<(i64, i64)>,
    /// The most in one second.
    pub peak: Counts,
    /// By protocol, the greatest first.
    pub protocols: Vec<(String, Counts)>,
    /// Who has sent the most.
    pub sources: Vec<Top>,
    /// Who has received the most.
    pub destinations: Vec<Top>,
    /// The ports with the most traffic.
    pub ports: Vec<Port>,
    /// The flows with the most bytes.
    pub connections: Vec<Connection>,
    /// How many flows there were.
    pub flows: u64,
    /// How many of them were over or forgotten before the report.
    pub forgotten_flows: u64,
    /// How often an address, port or name was forgotten: 0 says that all tops are exact.
    pub forgotten: usize,
    /// Names asked of DNS, and how often.
    pub dns_names: Vec<(String, u64)>,
    /// Names wanted in TLS.
    pub tls_names: Vec<(String, u64)>,
    /// Hosts called in HTTP.
    pub http_hosts: Vec<(String, u64)>,
    /// The attacks that were found.
    pub alerts: Vec<Alert>,
    /// Who attacks, the worst first.
    pub suspects: Vec<Suspect>,
}

impl Traffic {
    /// What it came to: the `top` greatest of each kind, and so many connections.
    pub fn report(self, top: usize, connections: usize) -> Report {
        let (protocols, told) = (self.protocols(), self.connections(connections));
        let (mut sources, mut destinations, mut ports) = (self.sources, self.destinations, self.ports);
        self.flows.iter().for_each(|(key, flow)| add_flow(&mut sources, &mut destinations, &mut ports, key, flow));
        let (flows, forgotten_flows) = self.flows.counts();
        let names = self.names;
        let forgotten = [sources.forgotten(), destinations.forgotten(), ports.forgotten()];
        let forgotten_names = [&names.dns, &names.tls, &names.http].map(|names| names.forgotten());
        let alerts = self.detection.end();
        let port = |((protocol, port), counts)| Port { protocol, port, counts };
        Report {
            total: self.total,
            times: self.times,
            peak: self.pulse.peak,
            protocols,
            sources: sources.top(top),
            destinations: destinations.top(top),
            ports: ports.top(top).into_iter().map(port).collect(),
            connections: told,
            flows,
            forgotten_flows,
            forgotten: forgotten.iter().chain(&forgotten_names).sum(),
            dns_names: names.dns.most_frequent(top),
            tls_names: names.tls.most_frequent(top),
            http_hosts: names.http.most_frequent(top),
            suspects: suspects(&alerts),
            alerts,
        }
    }

    fn protocols(&self) -> Vec<(String, Counts)> {
        let networks = ["IPv4", "IPv6", "ARP", "other"].map(str::to_string).into_iter().zip(self.networks);
        let transport = |protocol: u8| match ip::name(protocol) {
            // What would be taken for the network itself is told apart.
            Some("IPv4") => "IPv4 in IP".into(),
            Some("IPv6") if protocol == ip::IPV6 => "IPv6 in IP".into(),
            Some("IPv6") | None => format!("IP protocol {protocol}"),
            Some(name) => name.into(),
        };
        let transports = (0..=u8::MAX).map(|protocol| (transport(protocol), self.transports[usize::from(protocol)]));
        let applications =
            Application::ALL.iter().map(|one| (one.name().to_string(), self.applications[*one as usize]));
        let all = networks.chain(transports).chain(applications);
        let mut all: Vec<_> = all.filter(|(_, counts)| counts.packets > 0).collect();
        all.sort_by_key(|(_, counts)| std::cmp::Reverse(*counts));
        all
    }

    fn connections(&self, most: usize) -> Vec<Connection> {
        let mut all: Vec<(&FlowKey, &Flow)> = self.flows.iter().collect();
        all.sort_unstable_by(|a, b| b.1.sum().cmp(&a.1.sum()).then_with(|| a.0.cmp(b.0)));
        let told = all.into_iter().take(most).map(|(key, flow)| {
            let from = usize::from(flow.initiator);
            Connection {
                protocol: key.protocol,
                source: key.peer(from),
                destination: key.peer(1 - from),
                state: flow.state,
                sent: flow.counts[from],
                received: flow.counts[1 - from],
                first: flow.first,
                last: flow.last,
            }
        });
        told.collect()
    }
}

/// Who is behind alerts, as far as it is one host and its address is not forged.
fn suspects(alerts: &[Alert]) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = Vec::new();
    for alert in alerts {
        let Party::Host(address) = alert.source else { continue };
        if alert.source == alert.target {
            continue;
        }
        let new = || Suspect {
            address,
            severity: alert.severity,
            reason: alert.description.clone(),
            types: vec![alert.name.clone()],
        };
        match suspects.iter_mut().find(|known| known.address == address) {
            None => suspects.push(new()),
            Some(known) => {
                if !known.types.contains(&alert.name) {
                    known.types.push(alert.name.clone());
                }
                if alert.severity > known.severity {
                    *known = Suspect { types: std::mem::take(&mut known.types), ..new() };
                }
            }
        }
    }
    suspects.sort_by_key(|suspect| std::cmp::Reverse(suspect.severity));
    suspects
}
