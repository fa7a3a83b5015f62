//! Rules in a readable part of Suricata's language: which packets raise an alert of whose
//! making. A line is a rule; `#` begins a comment.

mod content;
mod header;
mod limit;
mod options;
mod scanner;

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;

use header::{Header, Protocol};
use limit::Limit;
use options::{Flow as FlowTest, Options};

use super::alert::{Alert, Alerts, Evidence, Party, Severity};
use super::table::Table;
use super::{Flow, Seen, protocol};
use crate::wire::packet::tcp::Flags;
use crate::wire::packet::{Network, Transport};

/// The most rules of a file, and the longest file.
pub const MOST_RULES: usize = 20_000;
/// The longest text with rules.
pub const LONGEST: usize = 16 << 20;

/// A rule.
struct Rule {
    header: Header,
    options: Options,
    limit: Option<Limit>,
    /// How often it raised its alert.
    count: u64,
}

/// Rules and what they remember of the traffic.
pub struct Rules {
    rules: Vec<Rule>,
    /// Whether a connection is established, by the flow from its client.
    connections: Table<Flow, bool>,
    follows_flows: bool,
}

/// What is wrong with a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The line, from 1 on.
    pub line: usize,
    /// What was expected there.
    pub message: String,
    /// The bytes of the line that it is about.
    pub place: Range<usize>,
    text: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        const SHOWN: usize = 100;
        let column = self.text.get(..self.place.start).map_or(0, |before| before.chars().count());
        let width = self.text.get(self.place.clone()).map_or(1, |marked| marked.chars().count()).clamp(1, SHOWN);
        let skipped = column.saturating_sub(SHOWN / 2);
        let clean = self.text.chars().map(|shown| if shown.is_control() { ' ' } else { shown });
        let shown: String = clean.skip(skipped).take(SHOWN).collect();
        let (spaces, marks) = (" ".repeat(column - skipped), "^".repeat(width));
        write!(to, "line {}: {}\n    {}\n    {spaces}{marks}", self.line, self.message, shown.trim_end())
    }
}

impl std::error::Error for RuleError {}

/// A mistake in a line.
struct Mistake {
    place: Range<usize>,
    message: String,
}

impl Mistake {
    fn new(place: Range<usize>, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

type Result<T> = std::result::Result<T, Mistake>;

impl Rules {
    /// Reads rules. `home` is what `$HOME_NET` stands for; without it that is every address.
    pub fn parse(text: &str, home: Option<&str>) -> std::result::Result<Self, RuleError> {
        let mut rules = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let fail = |mistake: Mistake| RuleError {
                line: at + 1,
                message: mistake.message,
                place: mistake.place,
                text: line.to_string(),
            };
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            if rules.len() == MOST_RULES || text.len() > LONGEST {
                return Err(fail(Mistake::new(0..1, format!("at most {MOST_RULES} rules in {LONGEST} bytes"))));
            }
            rules.push(Rule::parse(line, home).map_err(fail)?);
        }
        let follows_flows = rules.iter().any(|rule| rule.options.flow != FlowTest::default());
        Ok(Self { rules, connections: Table::new(131_072), follows_flows })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Takes a packet in.
    pub(crate) fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let Some(ends) = seen.ends else { return };
        let connection = if self.follows_flows { self.follow(seen) } else { None };
        let ports = seen.packet.ports();
        for rule in &mut self.rules {
            if rule.header.protocol.is(seen) && rule.matches(seen, ends, ports, connection) {
                rule.raise(seen, ends, ports, alerts);
            }
        }
    }

    /// Whether a segment belongs to an established connection, and comes from its client.
    fn follow(&mut self, seen: &Seen) -> Option<(bool, bool)> {
        let flow = seen.flow()?;
        let Transport::Tcp(tcp) = &seen.packet.transport else {
            // Who speaks first is the client.
            if self.connections.get(&flow.back()).is_some() {
                *self.connections.entry(&flow.back()) = true;
                return Some((true, false));
            }
            return Some((*self.connections.entry(&flow), true));
        };
        if tcp.flags.has(Flags::SYN) {
            let from_client = !tcp.flags.has(Flags::ACK);
            let client = if from_client { flow } else { flow.back() };
            *self.connections.entry(&client) = false;
            return Some((false, from_client));
        }
        let known = [flow, flow.back()].map(|flow| self.connections.get(&flow).is_some());
        let from_client = match known {
            [true, _] => true,
            [_, true] => false,
            // It was begun before: the higher port is the client's.
            _ => flow.from > flow.to,
        };
        let client = if from_client { flow } else { flow.back() };
        let established = self.connections.entry(&client);
        *established |= tcp.flags.has(Flags::ACK);
        Some((*established, from_client))
    }
}

impl Rule {
    fn parse(line: &str, home: Option<&str>) -> Result<Self> {
        let open = line.find('(').unwrap_or(line.len());
        let header = Header::parse(&line[..open], home)?;
        let options = Options::parse(line, open)?;
        header.protocol.check(&options, open)?;
        let limit = options.limit.map(Limit::new);
        Ok(Self { header, options, limit, count: 0 })
    }

    fn matches(
        &self,
        seen: &Seen,
        ends: (IpAddr, IpAddr),
        ports: Option<(u16, u16)>,
        connection: Option<(bool, bool)>,
    ) -> bool {
        let payload = seen.packet.payload;
        self.header.is_between(ends, ports)
            && self.options.flow.holds(connection)
            && self.options.size.is_none_or(|size| size.holds(payload.len() as u64))
            && self.flags_hold(seen)
            && self.icmp_holds(seen)
            && self.options.contents.match_in(payload)
    }

    fn flags_hold(&self, seen: &Seen) -> bool {
        match (&self.options.flags, &seen.packet.transport) {
            (None, _) => true,
            (Some(flags), Transport::Tcp(tcp)) => flags.hold(tcp.flags),
            _ => false,
        }
    }

    fn icmp_holds(&self, seen: &Seen) -> bool {
        let (kind, code) = match &seen.packet.transport {
            Transport::Icmp(icmp) | Transport::Icmpv6(icmp) => (icmp.kind, icmp.code),
            _ => return self.options.kind.is_none() && self.options.code.is_none(),
        };
        self.options.kind.is_none_or(|range| range.holds(kind.into()))
            && self.options.code.is_none_or(|range| range.holds(code.into()))
    }

    fn raise(&mut self, seen: &Seen, ends: (IpAddr, IpAddr), ports: Option<(u16, u16)>, alerts: &mut Alerts) {
        if let Some(limit) = &mut self.limit
            && !limit.lets_pass(seen.at, ends)
        {
            return;
        }
        self.count += 1;
        let options = &self.options;
        let (source, target) = ends;
        let id = alerts.raise(Alert {
            at: seen.at,
            name: options.message.clone(),
            severity: match options.priority {
                1 => Severity::High,
                2 => Severity::Medium,
                _ => Severity::Low,
            },
            source: Party::Host(source),
            source_port: ports.map(|(from, _)| from),
            target: Party::Host(target),
            target_port: ports.map(|(_, to)| to),
            protocol: protocol(seen.packet),
            description: options.message.clone(),
            evidence: vec![("sid", Evidence::Count(options.sid.into())), ("count", Evidence::Count(0))],
            rule: Some((options.sid, options.revision, options.class.clone())),
        });
        if let Some(id) = id {
            let alert = alerts.get(id);
            if let Some((_, Evidence::Count(count))) = alert.evidence.iter_mut().find(|(name, _)| *name == "count") {
                *count += 1;
            }
        }
    }
}

impl Protocol {
    fn is(self, seen: &Seen) -> bool {
        match self {
            Self::Ip => !matches!(seen.packet.network, Network::Arp(_)),
            Self::Tcp => matches!(seen.packet.transport, Transport::Tcp(_)),
            Self::Udp => matches!(seen.packet.transport, Transport::Udp(_)),
            Self::Icmp => matches!(seen.packet.transport, Transport::Icmp(_) | Transport::Icmpv6(_)),
        }
    }
}
