//! DNS Tunneling: many long names under one domain, which carry data. DNS Amplification: large
//! responses to a host that did not ask, or in whose name somebody asks for all records.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use super::question::{self, ANY, Question};
use super::table::{Distinct, Majority, Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Flow, Kind, Party, Seen, Thresholds};
use crate::wire::packet::Transport;

const PORT: u16 = 53;
const SOURCES: usize = 8192;
const NAMES: usize = 256;
const MINUTE: u64 = 60_000_000;

/// The question in a datagram of DNS, and which way it goes.
fn question(seen: &Seen) -> Option<(Flow, Question)> {
    let (Transport::Udp(_), flow) = (&seen.packet.transport, seen.flow()?) else { return None };
    if flow.to != PORT && flow.from != PORT {
        return None;
    }
    Some((flow, question::read(seen.packet.payload)?))
}

#[derive(Default)]
struct Names {
    window: Window,
    names: Distinct<u64>,
    bytes: u64,
    total: u64,
    alert: Option<AlertId>,
}

/// The detector of tunnels.
pub(super) struct Tunneling {
    kind: Kind,
    enough: usize,
    length: u64,
    domains: Table<(IpAddr, Vec<u8>), Names>,
}

impl Tunneling {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        let (enough, length) = (thresholds.dns_tunnel_names as usize, thresholds.dns_tunnel_length);
        Self { kind, enough: enough.clamp(1, NAMES), length, domains: Table::new(SOURCES) }
    }
}

impl Detector for Tunneling {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let Some((flow, question)) = question(seen).filter(|(_, question)| !question.is_response) else { return };
        let (domain, before) = question.domain();
        // Addresses turned round are long and many where logs are read.
        if before.is_empty() || domain.ends_with(b".arpa") {
            return;
        }
        let names = self.domains.entry(&(flow.source, domain.to_vec()));
        if names.window.turns(seen.at, MINUTE) && names.alert.is_none() {
            *names = Names { window: names.window, ..Names::default() };
        }
        let mut hasher = DefaultHasher::new();
        before.hash(&mut hasher);
        if !names.names.add(hasher.finish(), NAMES) {
            return;
        }
        (names.bytes, names.total) = (names.bytes + before.len() as u64, names.total + 1);
        if names.alert.is_some() {
            alerts.set(names.alert, "names", names.total);
            alerts.set(names.alert, "bytes", names.bytes);
        } else if names.names.len() >= self.enough && names.bytes >= self.length * names.total {
            let (source, shown) = (flow.source, String::from_utf8_lossy(domain).into_owned());
            let alert = Alert::new(self.kind, seen.at, Party::Host(source), Party::Host(flow.target))
                .over("UDP", Some(PORT))
                .saying(format!("{source} asked for {} long names under {}", names.total, shown.escape_debug()))
                .text("domain", shown)
                .count("names", names.total)
                .count("bytes", names.bytes);
            names.alert = alerts.raise(alert);
        }
    }
}

const QUERIES: usize = 65_536;
const WINDOW: u64 = 10_000_000;
/// What is large: more than DNS once had room for, or so many times what was asked.
const LARGE: usize = 512;
const FACTOR: usize = 10;

#[derive(Default)]
struct Victim {
    window: Window,
    responses: u64,
    total: u64,
    bytes: u64,
    reflectors: Majority<IpAddr>,
    alert: Option<AlertId>,
}

/// What was asked: its length, and whether it was for all records.
#[derive(Clone, Copy, Default)]
struct Asked {
    length: usize,
    for_any: bool,
}

/// The detector of amplification.
pub(super) struct Amplification {
    kind: Kind,
    enough: u64,
    asked: Table<(Flow, u16), Asked>,
    victims: Table<IpAddr, Victim>,
}

impl Amplification {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        let enough = thresholds.dns_amplification_responses.max(1);
        Self { kind, enough, asked: Table::new(QUERIES), victims: Table::new(SOURCES) }
    }

    fn response(&mut self, seen: &Seen, flow: Flow, question: &Question, alerts: &mut Alerts) {
        let length = seen.packet.payload.len();
        match self.asked.remove(&(flow.back(), question.id)) {
            Some(asked) if !asked.for_any || length < asked.length * FACTOR => return,
            None if length < LARGE => return,
            _ => {}
        }
        let victim = self.victims.entry(&flow.target);
        if victim.window.turns(seen.at, WINDOW) {
            *victim = Victim {
                window: victim.window,
                total: victim.total,
                bytes: victim.bytes,
                alert: victim.alert,
                ..Victim::default()
            };
        }
        (victim.responses, victim.total) = (victim.responses + 1, victim.total + 1);
        victim.bytes += length as u64;
        victim.reflectors.vote(flow.source);
        if victim.alert.is_some() {
            alerts.set(victim.alert, "responses", victim.total);
            alerts.set(victim.alert, "bytes", victim.bytes);
        } else if victim.responses >= self.enough {
            let source = victim.reflectors.winner().map_or(Party::Many, Party::Host);
            let (target, responses, bytes) = (flow.target, victim.responses, victim.bytes);
            let alert = Alert::new(self.kind, seen.at, source, Party::Host(target))
                .over("UDP", Some(flow.to))
                .saying(format!(
                    "{target} was sent {responses} large DNS responses ({bytes} bytes) that it did not ask for"
                ))
                .count("responses", victim.total)
                .count("bytes", bytes);
            victim.alert = alerts.raise(alert);
        }
    }
}

impl Detector for Amplification {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let Some((flow, question)) = question(seen) else { return };
        if question.is_response && flow.from == PORT {
            self.response(seen, flow, &question, alerts);
        } else if !question.is_response {
            let asked = Asked { length: seen.packet.payload.len(), for_any: question.kind == ANY };
            *self.asked.entry(&(flow, question.id)) = asked;
        }
    }
}
