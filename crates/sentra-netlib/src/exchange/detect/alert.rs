//! Alerts: one for each type, source and target, with counts that go on while it lasts.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter, Write};
use std::net::IpAddr;

use super::DETECTORS;

/// The most alerts of one detection. Further ones are not kept: by then somebody should look.
const MOST: usize = 10_000;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Low,
    /// Somebody looks around.
    Medium,
    /// Somebody attacks.
    High,
    /// Somebody is within.
    Critical,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        ["low", "medium", "high", "critical"][self as usize]
    }
}

/// Who is at one end of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A host.
    Host(IpAddr),
    /// Many hosts, or forged addresses.
    Many,
    /// The hosts of a network.
    Net(IpAddr, u8),
}

impl Display for Party {
    fn fmt(&self, to: &mut Formatter) -> fmt::Result {
        match self {
            Self::Host(address) => address.fmt(to),
            Self::Many => to.write_str("multiple"),
            Self::Net(address, prefix) => write!(to, "{address}/{prefix}"),
        }
    }
}

/// Something that speaks for an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// How many.
    Count(u64),
    /// What.
    Text(String),
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// When it was raised, in microseconds.
    pub at: u64,
    /// What it is about: a name of the table of detectors, or the message of a rule.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// Who does it.
    pub source: Party,
    /// Its port, where there is one.
    pub source_port: Option<u16>,
    /// Whom it is done to.
    pub target: Party,
    /// The port, where it is one.
    pub target_port: Option<u16>,
    /// The protocol.
    pub protocol: &'static str,
    /// What happened, in a sentence.
    pub description: String,
    /// What speaks for it.
    pub evidence: Vec<(&'static str, Evidence)>,
    /// The number, revision and class of the rule that raised it.
    pub rule: Option<(u32, u32, String)>,
}

impl Alert {
    /// An alert of a detector without evidence yet.
    pub(crate) fn new(kind: Kind, at: u64, source: Party, target: Party) -> Self {
        let declared = &DETECTORS[kind.0];
        Self {
            at,
            name: declared.name.to_string(),
            severity: declared.severity,
            source,
            source_port: None,
            target,
            target_port: None,
            protocol: "TCP",
            description: String::new(),
            evidence: Vec::new(),
            rule: None,
        }
    }

    pub(crate) fn over(mut self, protocol: &'static str, port: Option<u16>) -> Self {
        (self.protocol, self.target_port) = (protocol, port);
        self
    }

    pub(crate) fn saying(mut self, description: String) -> Self {
        self.description = description;
        self
    }

    pub(crate) fn count(mut self, name: &'static str, count: u64) -> Self {
        self.evidence.push((name, Evidence::Count(count)));
        self
    }

    pub(crate) fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.evidence.push((name, Evidence::Text(text.into())));
        self
    }
}

/// A detector's place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(pub usize);

/// An alert's place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AlertId(usize);

/// All alerts of a detection.
#[derive(Default)]
pub(crate) struct Alerts {
    list: Vec<Alert>,
    known: HashMap<(String, Party, Party), AlertId>,
    taken: usize,
}

impl Alerts {
    /// Adds an alert, unless there is one of its type, source and target; then that is it.
    pub fn raise(&mut self, alert: Alert) -> Option<AlertId> {
        let key = (alert.name.clone(), alert.source, alert.target);
        if let Some(id) = self.known.get(&key) {
            return Some(*id);
        }
        if self.list.len() >= MOST {
            return None;
        }
        let id = AlertId(self.list.len());
        self.known.insert(key, id);
        self.list.push(alert);
        Some(id)
    }

    /// An alert that was raised.
    pub fn get(&mut self, id: AlertId) -> &mut Alert {
        &mut self.list[id.0]
    }

    /// Sets a count of an alert that goes on.
    pub fn set(&mut self, id: Option<AlertId>, name: &'static str, count: u64) {
        let Some(id) = id else { return };
        let evidence = self.list[id.0].evidence.iter_mut().find(|(known, _)| *known == name);
        if let Some((_, evidence)) = evidence {
            *evidence = Evidence::Count(count);
        }
    }

    pub fn into_list(mut self) -> Vec<Alert> {
        self.list.sort_by_key(|alert| alert.at);
        self.list
    }

    pub fn take_new(&mut self) -> Vec<Alert> {
        let new = self.list[self.taken..].to_vec();
        self.taken = self.list.len();
        new
    }
}

/// An alert as a line of Suricata's EVE JSON; `timestamp` is the time as it writes it.
pub fn eve(alert: &Alert, timestamp: &str) -> String {
    // What Suricata calls 1 is the worst.
    let severity = match alert.severity {
        Severity::Critical | Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
    };
    let of_kind = DETECTORS.iter().position(|declared| declared.name == alert.name).unwrap_or(0) as u32;
    let (sid, rev, class) = alert.rule.clone().unwrap_or((9_000_001 + of_kind, 1, "Detector".into()));
    let mut line = String::from("{");
    let mut put = |key: &str, value: String| {
        let comma = if line.len() > 1 { "," } else { "" };
        let _ = write!(line, "{comma}\"{key}\":{value}");
    };
    put("timestamp", quoted(timestamp));
    put("event_type", quoted("alert"));
    put("src_ip", quoted(&alert.source.to_string()));
    if let Some(port) = alert.source_port {
        put("src_port", port.to_string());
    }
    put("dest_ip", quoted(&alert.target.to_string()));
    if let Some(port) = alert.target_port {
        put("dest_port", port.to_string());
    }
    put("proto", quoted(alert.protocol));
    let (name, class) = (quoted(&alert.name), quoted(&class));
    put(
        "alert",
        format!(
            "{{\"action\":\"allowed\",\"gid\":1,\"signature_id\":{sid},\"rev\":{rev},\"signature\":{name},\"category\":{class},\"severity\":{severity}}}"
        ),
    );
    let evidence = alert.evidence.iter().map(|(key, value)| match value {
        Evidence::Count(count) => format!("\"{key}\":{count}"),
        Evidence::Text(text) => format!("\"{key}\":{}", quoted(text)),
    });
    let evidence: Vec<String> = evidence.collect();
    put("metadata", format!("{{{}}}", evidence.join(",")));
    line.push('}');
    line
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", char as u32);
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}
