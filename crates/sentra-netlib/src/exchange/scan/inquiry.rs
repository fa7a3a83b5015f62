//! Asking an open port which service it is. First it is listened to, then spoken to in one
//! language after the other, on a new connection where the last one is spent. A port that never
//! speaks costs its own time and nobody else's.

use std::time::{Duration, Instant};

use crate::wire::service::{self, Identity, Probe};

/// How long a port of which nothing is known is listened to before it is spoken to.
const LISTEN: Duration = Duration::from_millis(500);
/// How long what was said to it is given, with others to come.
const ANSWER: Duration = Duration::from_millis(750);
/// What follows the first bytes comes with them or soon.
const MORE: Duration = Duration::from_millis(200);
/// What is read of one connection.
const MOST: usize = 4096;

/// What the inquiry needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Bytes, or the end of the connection, or this moment.
    Wait(Instant),
    /// To say this on the connection.
    Say(&'static [u8]),
    /// Another connection in place of this one.
    Connect,
    /// Nothing more.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is no connection yet.
    New,
    /// A connection is on its way.
    Connecting,
    /// It stands; something is to be said on it.
    Speaking(&'static Probe),
    /// It is being listened to.
    Listening,
    /// It has ended or is no longer of use.
    Spent,
}

/// An inquiry about one port.
#[derive(Debug)]
pub struct Inquiry {
    port: u16,
    stage: Stage,
    /// Whether no connection has stood so far.
    is_first: bool,
    /// How many probes have been said or passed over.
    probes: usize,
    /// Whether something has been said on this connection.
    spoken: bool,
    until: Instant,
    /// When to go on to what comes next.
    next_at: Instant,
    heard: Vec<u8>,
    unknown: Identity,
    found: Option<Identity>,
}

impl Inquiry {
    /// About a port.
    pub fn new(port: u16, now: Instant, patience: Duration) -> Self {
        Self {
            port,
            stage: Stage::New,
            is_first: true,
            probes: 0,
            spoken: false,
            until: now + patience,
            next_at: now + patience,
            heard: Vec::new(),
            unknown: Identity::default(),
            found: None,
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What to do on the first connection.
    fn begin(&mut self, now: Instant) {
        self.is_first = false;
        self.stage = Stage::Listening;
        self.next_at = self.until;
        if service::greets(self.port) {
            return;
        }
        match service::probes(self.port).next() {
            Some(probe) if probe.ports.contains(&self.port) => self.speak(),
            _ => self.next_at = (now + LISTEN).min(self.until),
        }
    }

    /// Takes the next probe.
    fn speak(&mut self) {
        match service::probes(self.port).nth(self.probes) {
            Some(probe) => {
                self.probes += 1;
                self.stage = Stage::Speaking(probe);
            }
            None => self.stage = Stage::Spent,
        }
    }

    /// What it needs now.
    pub fn step(&mut self, now: Instant) -> Need {
        if self.found.is_some() {
            return Need::Done;
        }
        if now >= self.until {
            self.conclude();
            return Need::Done;
        }
        match self.stage {
            Stage::Speaking(probe) => {
                self.stage = Stage::Listening;
                self.spoken = true;
                self.next_at = (now + ANSWER).min(self.until);
                Need::Say(probe.bytes)
            }
            Stage::Listening if now >= self.next_at => self.go_on(now),
            Stage::New => {
                self.stage = Stage::Connecting;
                Need::Connect
            }
            Stage::Spent => self.go_on(now),
            Stage::Connecting | Stage::Listening => Need::Wait(self.next_at.min(self.until)),
        }
    }

    /// What was heard is all that will be: it is known by that, or something else is said.
    fn go_on(&mut self, now: Instant) -> Need {
        self.conclude();
        if self.found.is_some() {
            return Need::Done;
        }
        if self.stage == Stage::Listening && !self.spoken {
            self.speak();
            return self.step(now);
        }
        if self.probes >= service::probes(self.port).count() {
            self.found = Some(std::mem::take(&mut self.unknown));
            return Need::Done;
        }
        self.stage = Stage::Connecting;
        self.next_at = (now + ANSWER).min(self.until);
        Need::Connect
    }

    /// A connection stands: the one that was wanted, or one from the beginning.
    pub fn connected(&mut self, now: Instant) {
        self.spoken = false;
        if self.is_first { self.begin(now) } else { self.speak() }
    }

    /// Bytes have come.
    pub fn hears(&mut self, bytes: &[u8], now: Instant) {
        let room = MOST - self.heard.len().min(MOST);
        self.heard.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if self.heard.len() >= MOST || service::is_complete(&self.heard) {
            self.next_at = now;
        } else if self.heard.len() == bytes.len() {
            self.next_at = (now + MORE).min(self.until);
        }
        if self.next_at <= now {
            self.stage = Stage::Spent;
        }
    }

    /// The connection has ended, or has not come about.
    pub fn ended(&mut self) {
        self.stage = Stage::Spent;
    }

    /// Makes of what was heard what it can.
    fn conclude(&mut self) {
        let heard = std::mem::take(&mut self.heard);
        if !heard.is_empty() {
            let identity = service::recognise(&heard);
            if identity.service.is_some() {
                self.found = Some(identity);
                return;
            }
            if self.unknown.banner.is_empty() {
                self.unknown = identity;
            }
        }
    }

    /// What has been found out.
    pub fn identity(self) -> Identity {
        self.found.unwrap_or(self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(3);

    #[test]
    fn a_greeting_is_enough() {
        let now = Instant::now();
        let mut inquiry = Inquiry::new(22, now, PATIENCE);
        inquiry.connected(now);
        assert!(matches!(inquiry.step(now), Need::Wait(_)));
        inquiry.hears(b"SSH-2.0-OpenSSH_9.2p1", now);
        assert!(matches!(inquiry.step(now), Need::Wait(_)));
        inquiry.hears(b" Debian\r\n", now);
        assert_eq!(inquiry.step(now), Need::Done);
        let identity = inquiry.identity();
        assert_eq!((identity.service, &*identity.banner), (Some("ssh"), "SSH-2.0-OpenSSH_9.2p1 Debian"));
    }

    #[test]
    fn a_silent_port_is_spoken_to_until_its_time_is_over() {
        let begun = Instant::now();
        let (mut now, mut said) = (begun, 0);
        let mut inquiry = Inquiry::new(40_000, now, PATIENCE);
        loop {
            match inquiry.step(now) {
                Need::Wait(until) => now = until,
                Need::Say(_) => said += 1,
                Need::Connect => inquiry.connected(now),
                Need::Done => break,
            }
        }
        assert!(said >= 3, "{said}");
        assert_eq!(now, begun + PATIENCE);
        assert_eq!(inquiry.identity(), Identity::default());
    }

    #[test]
    fn a_port_that_closes_at_once_is_left_alone_in_the_end() {
        let now = Instant::now();
        let mut inquiry = Inquiry::new(80, now, PATIENCE);
        for _ in 0..100 {
            match inquiry.step(now) {
                Need::Wait(_) | Need::Say(_) => inquiry.ended(),
                Need::Connect => inquiry.connected(now),
                Need::Done => return,
            }
        }
        panic!("it does not end");
    }

    #[test]
    fn what_nobody_knows_is_shown_all_the_same() {
        let now = Instant::now();
        let mut inquiry = Inquiry::new(22, now, PATIENCE);
        inquiry.connected(now);
        inquiry.hears(b"hello \x1b[2J stranger\n", now);
        inquiry.ended();
        while inquiry.step(now) != Need::Done {
            inquiry.connected(now);
            inquiry.ended();
        }
        assert_eq!(inquiry.identity(), Identity { service: None, banner: "hello .[2J stranger".into() });
    }
}
