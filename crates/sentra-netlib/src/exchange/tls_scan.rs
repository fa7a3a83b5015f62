//! A scan of a server's TLS: many connections, each of which finds out one thing, and what
//! follows from them. Whoever runs it makes the connections, several at a time, and hands each
//! back when it is over. No I/O, no clock; chance only in what nobody is to guess.

mod enumeration;
mod findings;
mod grade;
mod issue;
mod key_agreement;
mod keys;
mod learn;
mod plan;
mod renegotiation;
mod robot;
mod session;
mod starttls;
mod talk;
mod verdict;

pub use findings::{Accepted, Failure, Findings, Support};
pub use grade::{Grade, Scores};
pub use issue::{Issue, Severity};
pub use plan::{Job, server_name};
pub use starttls::{NAMES as STARTTLS_NAMES, Starttls};
pub use talk::{End, Talk};
pub use verdict::{ChainReport, Revocation, Verdict, judge};

use std::collections::VecDeque;

use crate::wire::tls::Protocol;
use crate::wire::tls::alert::Alert;
use enumeration::Enumeration;
use session::Opening;

/// What to scan.
#[derive(Clone, Debug)]
pub struct Target {
    /// The host: a name or an address.
    pub host: String,
    /// The name to ask for; nothing asks for none.
    pub server_name: Option<String>,
    /// The protocol in the clear that comes first.
    pub starttls: Option<Starttls>,
    /// Whether HTTP is spoken behind TLS.
    pub is_http: bool,
}

/// How often a connection that did not come to stand is tried again.
const MOST_ATTEMPTS: u8 = 2;
/// A scan that needs more than this is of a server that makes things up.
const MOST_CONNECTIONS: u32 = 4000;

/// A connection that is to be made.
#[derive(Debug)]
pub struct Errand {
    /// What it is for.
    job: Job,
    attempt: u8,
    /// What is said on it.
    pub talk: Talk,
}

/// A scan.
#[derive(Debug)]
pub struct Scan {
    target: Target,
    waiting: VecDeque<(Job, u8)>,
    under_way: u32,
    enumerations: Vec<Enumeration>,
    openings: Vec<(Protocol, Opening)>,
    surveys_left: u8,
    /// What was seen of each kind of padding.
    paddings: Vec<(u8, Option<String>)>,
    chains: Vec<(Protocol, Vec<Vec<u8>>)>,
    findings: Findings,
    alert: Option<Alert>,
    other: Option<Vec<u8>>,
    ends: Vec<End>,
    is_refused: bool,
}

impl Scan {
    /// A scan that begins with each version.
    pub fn new(target: Target) -> Self {
        let mut scan = Self {
            target,
            waiting: VecDeque::new(),
            under_way: 0,
            enumerations: Vec::new(),
            openings: Vec::new(),
            surveys_left: Protocol::ALL.len() as u8,
            paddings: Vec::new(),
            chains: Vec::new(),
            findings: Findings::default(),
            alert: None,
            other: None,
            ends: Vec::new(),
            is_refused: false,
        };
        Protocol::ALL.iter().rev().for_each(|&protocol| scan.add(Job::Survey(protocol)));
        scan
    }

    /// A connection to make now, if there is one.
    pub fn next_errand(&mut self) -> Option<Errand> {
        while let Some((job, attempt)) = self.waiting.pop_front() {
            if self.findings.connections >= MOST_CONNECTIONS {
                self.findings.is_partial = true;
                self.waiting.clear();
                return None;
            }
            let Some(dialogue) = self.dialogue(&job) else { continue };
            self.under_way += 1;
            self.findings.connections += 1;
            return Some(Errand { talk: Talk::new(self.target.starttls, dialogue), job, attempt });
        }
        None
    }

    /// A connection is over.
    pub fn conclude(&mut self, errand: Errand) {
        self.under_way -= 1;
        let end = errand.talk.end.unwrap_or(End::Closed);
        let silent = !errand.talk.has_answer();
        if end == End::Unreachable && errand.attempt < MOST_ATTEMPTS {
            self.waiting.push_back((errand.job, errand.attempt + 1));
            return;
        }
        if silent && matches!(end, End::TimedOut | End::Unreachable) {
            self.findings.is_partial |= !matches!(errand.job, Job::Survey(_));
        }
        self.is_refused |= errand.talk.is_refused;
        self.learn(errand.job, errand.talk, end);
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.under_way == 0 && self.waiting.is_empty()
    }

    /// Gives up what has not been done.
    pub fn cut_short(&mut self) {
        self.waiting.clear();
        self.findings.is_partial = true;
    }

    /// What was found, or why nothing was.
    pub fn finish(mut self) -> Result<Findings, Failure> {
        self.chains.sort_by_key(|(protocol, _)| std::cmp::Reverse(*protocol));
        self.findings.chains = self.chains.into_iter().map(|(_, chain)| chain).collect();
        if !self.findings.protocols.is_empty() {
            return Ok(self.findings);
        }
        if self.is_refused {
            return Err(Failure::NoStarttls);
        }
        if let Some(other) = self.other {
            return Err(Failure::NotTls(describe(&other)));
        }
        if let Some(alert) = self.alert {
            return Err(Failure::Refused(alert));
        }
        let waits = self.ends.contains(&End::TimedOut);
        Err(if waits { Failure::TimedOut } else { Failure::Closed })
    }

    fn add(&mut self, job: Job) {
        self.waiting.push_back((job, 0));
    }
}

/// What a server speaks that does not speak TLS.
fn describe(sample: &[u8]) -> String {
    if sample.starts_with(b"HTTP/") {
        return "HTTP".into();
    }
    let line = sample.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let line = &line[..line.len().min(40)];
    format!("\"{}\"", line.escape_ascii())
}
