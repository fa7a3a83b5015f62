//! A scan of a host's ports, without I/O: which port is probed when, when a probe is given up,
//! what an answer and what silence mean. How fast it goes, the answers say.

mod inquiry;
mod order;
mod pacing;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

pub use inquiry::{Inquiry, Need};
use order::Order;
use pacing::{Pacing, Verdict};

/// What a port turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody takes what is sent there.
    Open,
    /// The host answers that nobody does.
    Closed,
    /// Something on the way keeps probes or answers from coming through.
    Filtered,
    /// Silence where an open port need not answer either.
    OpenOrFiltered,
}

impl State {
    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Filtered => "filtered",
            Self::OpenOrFiltered => "open|filtered",
        }
    }
}

/// What to scan and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The first port.
    pub first: u16,
    /// The last port.
    pub last: u16,
    /// What silence means.
    pub silence: State,
    /// How often a probe is repeated; nothing for as often as losses ask for.
    pub retries: Option<u8>,
    /// The longest wait for an answer.
    pub timeout: Duration,
    /// The most probes without an answer at any time.
    pub concurrency: usize,
    /// The most probes a second.
    pub rate: Option<f64>,
    /// Whether the host may answer no more than about once a second, as most do who say by
    /// ICMP that a port is closed (RFC 1812, 4.3.2.8).
    pub rationed: bool,
    /// Decides the order of the ports.
    pub seed: u64,
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Ports of which something is known.
    pub done: usize,
    /// All ports.
    pub total: usize,
    /// Those that are open.
    pub open: usize,
}

/// What is known of a port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// The port.
    pub port: u16,
    /// What it is.
    pub state: State,
    /// How long the answer took.
    pub latency: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// To be probed, for the first time or again.
    Waiting,
    /// A probe is out.
    Flying,
    /// Its answer is overdue, but may still come: it is waited for without holding up others.
    Overdue,
    /// All probes were in vain, as far as is known.
    Silent,
    Known(State),
}

#[derive(Clone, Copy)]
struct Port {
    standing: Standing,
    /// Which probe is the last.
    tries: u8,
    /// How many of them count.
    spent: u8,
    /// Microseconds from the beginning to the last probe.
    sent: u64,
    latency: Option<u32>,
}

/// Repeats without a sign of loss.
const RETRIES: u8 = 1;
/// The most repeats.
const MOST_RETRIES: u8 = 8;
/// The most where answers are rationed: it is a slower pace that brings them.
const MOST_RATIONED: u8 = 2;

/// A running scan.
pub struct Scan {
    plan: Plan,
    ports: Vec<Port>,
    fresh: Order,
    again: VecDeque<u16>,
    silent: Vec<u16>,
    /// When probes are overdue and when they are given up: the moment, the port and which try it is.
    due: BinaryHeap<Reverse<(u64, u16, u8)>>,
    flying: usize,
    overdue: usize,
    known: usize,
    open: usize,
    most_done: usize,
    /// Repeats that silence takes.
    allowed: u8,
    pacing: Pacing,
    begun: Instant,
}

impl Scan {
    /// A scan that begins now.
    pub fn new(plan: Plan, now: Instant) -> Self {
        let count = usize::from(plan.last - plan.first) + 1;
        let port = Port { standing: Standing::Waiting, tries: 0, spent: 0, sent: 0, latency: None };
        Self {
            ports: vec![port; count],
            fresh: Order::new(count as u32, plan.seed),
            again: VecDeque::new(),
            silent: Vec::new(),
            due: BinaryHeap::new(),
            flying: 0,
            overdue: 0,
            known: 0,
            open: 0,
            most_done: 0,
            allowed: plan.retries.unwrap_or(RETRIES),
            pacing: Pacing::new(&plan, now),
            begun: now,
            plan,
        }
    }

    /// The port that is to be probed now. Whoever asks then says that it is [`sent`], [`answered`]
    /// or [`put back`].
    ///
    /// [`sent`]: Self::sent
    /// [`answered`]: Self::answered
    /// [`put back`]: Self::put_back
    pub fn next(&mut self, now: Instant) -> Option<u16> {
        if !self.has_room() || !self.pacing.may_send(self.flying, now) {
            return None;
        }
        let port = loop {
            match self.again.pop_front() {
                Some(port) if self.ports[self.index(port)].standing == Standing::Waiting => break port,
                Some(_) => {}
                None => break self.plan.first + self.fresh.next()? as u16,
            }
        };
        let index = self.index(port);
        self.ports[index].tries = self.ports[index].tries.wrapping_add(1);
        self.ports[index].spent = self.ports[index].spent.saturating_add(1);
        self.pacing.takes_turn(now);
        Some(port)
    }

    fn has_room(&self) -> bool {
        self.flying + self.overdue < self.plan.concurrency
    }

    /// The probe of a port is on its way.
    pub fn sent(&mut self, port: u16, now: Instant) {
        let (index, at) = (self.index(port), self.micros(now));
        let usual = self.pacing.patience(1);
        let port_state = &mut self.ports[index];
        port_state.standing = Standing::Flying;
        port_state.sent = at;
        self.due.push(Reverse((at + usual.as_micros() as u64, port, port_state.tries)));
        self.flying += 1;
    }

    /// The probe of a port could not be sent, because this machine has no room for as many.
    pub fn put_back(&mut self, port: u16, now: Instant) {
        let index = self.index(port);
        self.ports[index].tries = self.ports[index].tries.wrapping_sub(1);
        self.ports[index].spent = self.ports[index].spent.saturating_sub(1);
        self.again.push_back(port);
        self.pacing.is_crowded(self.flying, now);
    }

    /// An answer of a port; whether it says something new. `sent` counts from the last probe.
    pub fn answered(&mut self, port: u16, state: State, now: Instant) -> bool {
        if !(self.plan.first..=self.plan.last).contains(&port) {
            return false;
        }
        let (index, at) = (self.index(port), self.micros(now));
        let found = self.ports[index];
        let was_out = match found.standing {
            Standing::Known(_) => return false,
            Standing::Flying => {
                self.flying -= 1;
                true
            }
            Standing::Overdue => {
                self.overdue -= 1;
                true
            }
            // An answer that comes late.
            Standing::Waiting | Standing::Silent => found.sent > 0,
        };
        let took = if was_out { at.saturating_sub(found.sent) } else { 0 };
        let port_state = &mut self.ports[index];
        port_state.standing = Standing::Known(state);
        port_state.latency = Some(u32::try_from(took).unwrap_or(u32::MAX));
        self.known += 1;
        self.open += usize::from(state == State::Open);
        self.learn(found, took, now);
        true
    }

    /// The same for an answer that came at once, `took` after the probe began.
    pub fn answered_at_once(&mut self, port: u16, state: State, took: Duration) {
        let index = self.index(port);
        let port_state = &mut self.ports[index];
        port_state.standing = Standing::Known(state);
        port_state.latency = Some(took.as_micros() as u32);
        self.known += 1;
        self.open += usize::from(state == State::Open);
        self.pacing.answered_at_once();
    }

    fn learn(&mut self, found: Port, took: u64, now: Instant) {
        let took = took as f64 / 1e6;
        match self.pacing.answered(found.tries, took, now) {
            Verdict::Fine => {}
            Verdict::Lost | Verdict::Slower if self.plan.retries.is_some() => {}
            Verdict::Lost => self.allow(found.spent),
            Verdict::Slower => {
                self.allow(found.spent);
                self.forgive();
            }
        }
    }

    /// A port has answered only after so many probes: others may need as many, and one more.
    fn allow(&mut self, spent: u8) {
        let most = if self.plan.rationed { MOST_RATIONED } else { MOST_RETRIES };
        let allowed = spent.min(most);
        if allowed > self.allowed {
            self.allowed = allowed;
            let silent = std::mem::take(&mut self.silent);
            silent.into_iter().for_each(|port| self.give_another_try(port));
        }
    }

    /// Probes went out faster than they could be answered: their silence says nothing.
    fn forgive(&mut self) {
        self.ports.iter_mut().for_each(|port| port.spent = port.spent.min(1));
        let silent = std::mem::take(&mut self.silent);
        silent.into_iter().for_each(|port| self.give_another_try(port));
    }

    fn give_another_try(&mut self, port: u16) {
        let index = self.index(port);
        if self.ports[index].standing == Standing::Silent {
            self.ports[index].standing = Standing::Waiting;
            self.again.push_back(port);
        }
    }

    /// Gives up probes that have had their time: each of them is handed to `gone`.
    pub fn expire(&mut self, now: Instant, mut gone: impl FnMut(u16)) {
        let at = self.micros(now);
        while let Some(&Reverse((due, port, tries))) = self.due.peek() {
            let index = self.index(port);
            let standing = self.ports[index].standing;
            let current = matches!(standing, Standing::Flying | Standing::Overdue) && self.ports[index].tries == tries;
            if current && due > at {
                return;
            }
            self.due.pop();
            if current && (standing == Standing::Overdue || !self.waits_on(port, due)) {
                match standing {
                    Standing::Overdue => self.overdue -= 1,
                    _ => self.flying -= 1,
                }
                gone(port);
                self.is_silent(port);
            }
        }
    }

    /// Whether the answer to a probe that is overdue is waited for still.
    fn waits_on(&mut self, port: u16, due: u64) -> bool {
        let index = self.index(port);
        let Port { sent, tries, spent, .. } = self.ports[index];
        let at = sent + self.pacing.patience(spent).as_micros() as u64;
        if at <= due {
            return false;
        }
        self.flying -= 1;
        self.overdue += 1;
        self.ports[index].standing = Standing::Overdue;
        self.due.push(Reverse((at, port, tries)));
        true
    }

    fn is_silent(&mut self, port: u16) {
        let index = self.index(port);
        if self.ports[index].spent > self.allowed {
            self.ports[index].standing = Standing::Silent;
            self.silent.push(port);
            self.pacing.is_silent();
        } else {
            self.ports[index].standing = Standing::Waiting;
            self.again.push_back(port);
        }
    }

    /// When to go on though no answer has come.
    pub fn wake_at(&self) -> Option<Instant> {
        let due = self.due.peek().map(|Reverse((at, ..))| self.begun + Duration::from_micros(*at));
        let more = self.has_room() && !(self.again.is_empty() && self.fresh.is_empty());
        let send = more.then(|| self.pacing.next_at(self.flying)).flatten();
        due.into_iter().chain(send).min()
    }

    /// Whether nothing is left to probe or to wait for.
    pub fn is_done(&self) -> bool {
        self.flying + self.overdue == 0 && self.again.is_empty() && self.fresh.is_empty()
    }

    /// Probes that are out.
    pub fn flying(&self) -> usize {
        self.flying
    }

    /// How far it has come.
    pub fn progress(&mut self) -> Progress {
        // What is given another try does not count as less done.
        self.most_done = self.most_done.max(self.known + self.silent.len()).min(self.ports.len());
        Progress { done: self.most_done, total: self.ports.len(), open: self.open }
    }

    /// What is known of each port, in order.
    pub fn reports(&self) -> impl Iterator<Item = Report> {
        self.ports.iter().zip(self.plan.first..=self.plan.last).map(|(found, port)| match found.standing {
            Standing::Known(state) => {
                Report { port, state, latency: found.latency.map(|micros| Duration::from_micros(micros.into())) }
            }
            _ => Report { port, state: self.plan.silence, latency: None },
        })
    }

    fn index(&self, port: u16) -> usize {
        usize::from(port - self.plan.first)
    }

    fn micros(&self, now: Instant) -> u64 {
        // Never 0, which says that nothing was sent.
        now.saturating_duration_since(self.begun).as_micros() as u64 + 1
    }
}

#[cfg(test)]
mod tests;
