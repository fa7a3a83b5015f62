//! One channel: a socket to a name server, with the questions that were put there and what came
//! of each. What answers no question that was put is thrown away.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::endpoint::tls::ClientSettings;
use sentra_netlib::exchange::resolver::{Failure, Transport};
use sentra_netlib::random;
use sentra_netlib::wire::dns::{Question, answers, deframe, framed};

use crate::connect::advance;
use crate::driver::DriverId;
use crate::fiber::Waiter;
use crate::reactor::{Direction, Reactor, SourceId};

/// Questions that go out from one port: then another one is taken, which a forger would have
/// to guess anew (RFC 5452, 9.2).
const MOST_QUESTIONS: u32 = 200;
/// And for so long.
const LIFETIME: Duration = Duration::from_secs(10);
/// Questions that a server has at once, over all channels to it: more would overflow its buffer
/// and be lost. Linux lets a socket keep 208 KiB, and counts 768 bytes and more for a datagram.
const MOST_OUT: usize = 128;
/// An old channel looks at the time no more often than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// Datagrams that are taken before others have their turn.
const IN_A_ROW: usize = 64;

/// Where a channel leads, and what TLS has to be like there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub server: SocketAddr,
    pub transport: Transport,
    pub tls: Option<Rc<ClientSettings>>,
}

/// What a server has to answer at the moment, over all channels to it.
#[derive(Default)]
pub(super) struct Load {
    /// Questions that are out and without a reply.
    out: Cell<usize>,
    /// Channels with questions that wait until there are fewer, the older the earlier.
    held: RefCell<BTreeSet<u64>>,
}

/// How long a question may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    /// From when it is sent.
    pub patience: Duration,
    /// In any case.
    pub until: Option<Instant>,
}

pub(super) struct Channel {
    pub target: Target,
    pub endpoint: Endpoint,
    pub source: SourceId,
    pub driver: DriverId,
    pub connected: bool,
    /// Shared with the other channels to this server.
    pub load: Rc<Load>,
    /// When to look at the time again.
    pub alarm: Instant,
    number: u64,
    asked: HashMap<u16, Asked>,
    /// Messages that still have to go out with their ids, the first one from `written` on.
    out: VecDeque<(u16, Vec<u8>)>,
    written: usize,
    /// Whether what has to go out waits for replies to what is out.
    held: bool,
    /// What has come of a message on a stream.
    input: Vec<u8>,
    questions: u32,
    replies: u32,
    since: Instant,
}

struct Asked {
    question: Box<[u8]>,
    waiter: Waiter,
    time: Time,
    /// When it is given up, if nothing holds it back.
    until: Instant,
    sent: bool,
    reply: Option<Result<Vec<u8>, Failure>>,
}

impl Time {
    /// When a question is given up that is sent now.
    pub fn from(self, now: Instant) -> Instant {
        let until = now + self.patience;
        self.until.map_or(until, |whole| whole.min(until))
    }

    pub fn hasten(&mut self, at: Instant) {
        self.until = Some(self.until.map_or(at, |until| until.min(at)));
    }
}

impl Load {
    /// Whether a channel may send no further question: the older ones come first.
    fn holds(&self, channel: u64) -> bool {
        self.out.get() >= MOST_OUT || self.held.borrow().first().is_some_and(|&first| first < channel)
    }

    /// The oldest channel that waits, if it may go on.
    pub fn next(&self) -> Option<u64> {
        let first = self.held.borrow().first().copied();
        first.filter(|&first| !self.holds(first))
    }

    fn add(&self) {
        self.out.set(self.out.get() + 1);
    }

    fn remove(&self, asked: &Asked) {
        self.out.set(self.out.get() - usize::from(asked.is_out()));
    }
}

impl Asked {
    /// Whether its question is out and without a reply.
    fn is_out(&self) -> bool {
        self.sent && self.reply.is_none()
    }
}

impl Channel {
    pub fn new(
        number: u64,
        target: Target,
        endpoint: Endpoint,
        source: SourceId,
        driver: DriverId,
        load: Rc<Load>,
    ) -> Self {
        let since = Instant::now();
        Self {
            connected: target.transport == Transport::Datagram,
            alarm: since + LIFETIME,
            target,
            endpoint,
            source,
            driver,
            load,
            number,
            asked: HashMap::new(),
            out: VecDeque::new(),
            written: 0,
            held: false,
            input: Vec::new(),
            questions: 0,
            replies: 0,
            since,
        }
    }

    /// Whether it has brought a reply: then its end says little.
    pub fn is_proven(&self) -> bool {
        self.replies > 0
    }

    /// Whether nobody waits for a reply.
    pub fn is_idle(&self) -> bool {
        self.asked.is_empty()
    }

    /// Takes a question that is to go out, and is given up at `until` if nothing holds it back: its id.
    pub fn put(&mut self, question: &mut Question, waiter: Waiter, time: Time, until: Instant) -> Result<u16, Failure> {
        let id = self.free_id()?;
        let message = question.message(id);
        let message = if self.target.transport == Transport::Datagram { message.to_vec() } else { framed(message) };
        self.out.push_back((id, message));
        let asked = Asked { question: question.question().into(), waiter, time, until, sent: false, reply: None };
        self.asked.insert(id, asked);
        self.questions += 1;
        Ok(id)
    }

    /// The reply to a question, once it is there.
    pub fn take(&mut self, id: u16) -> Option<Result<Vec<u8>, Failure>> {
        self.asked.get(&id)?.reply.as_ref()?;
        self.asked.remove(&id)?.reply
    }

    /// Waits for a reply no longer than until `at`; whether anybody waits for it.
    pub fn hasten(&mut self, id: u16, at: Instant) -> bool {
        let asked = self.asked.get_mut(&id);
        let is_asked = asked.is_some();
        if let Some(asked) = asked {
            asked.until = asked.until.min(at);
            asked.time.hasten(at);
        }
        is_asked
    }

    /// Wants a reply no longer.
    pub fn forget(&mut self, id: u16) {
        if let Some(asked) = self.asked.remove(&id) {
            self.load.remove(&asked);
        }
    }

    /// Gives up all questions; whom to wake.
    pub fn end(&mut self, failure: &Failure) -> Vec<Waiter> {
        self.load.held.borrow_mut().remove(&self.number);
        let mut woken = Vec::new();
        for asked in self.asked.values_mut().filter(|asked| asked.reply.is_none()) {
            self.load.remove(asked);
            asked.reply = Some(Err(failure.clone()));
            woken.push(asked.waiter);
        }
        woken
    }

    pub fn takes_more(&self, now: Instant) -> bool {
        self.questions < MOST_QUESTIONS && now < self.since + LIFETIME
    }

    /// Goes on with what comes before the first question.
    pub fn connect(&mut self, reactor: &mut Reactor, waiter: Waiter) -> std::io::Result<()> {
        match self.endpoint.finish_connecting() {
            Ok(()) => self.connected = advance(reactor, &mut self.endpoint, self.source, waiter)?,
            Err(error) if error.kind() == ErrorKind::NotConnected => {
                reactor.exhausted(self.source, Direction::Write);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes what may go out; whether nothing keeps it but the server's load.
    pub fn flush(&mut self, reactor: &mut Reactor) -> std::io::Result<bool> {
        let now = Instant::now();
        let flushed = self.send(now).and_then(|()| self.endpoint.flush());
        if !self.held {
            self.load.held.borrow_mut().remove(&self.number);
        }
        match flushed {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                reactor.exhausted(self.source, Direction::Write);
                Ok(false)
            }
            flushed => flushed.map(|()| true),
        }
    }

    /// Sends one question after another.
    fn send(&mut self, now: Instant) -> std::io::Result<()> {
        while let Some((id, message)) = self.out.front() {
            let begun = self.written > 0;
            let asked = self.asked.get_mut(id).filter(|asked| asked.reply.is_none());
            if asked.is_none() && !begun {
                self.out.pop_front();
                continue;
            }
            if !begun && self.load.holds(self.number) {
                self.held = true;
                self.load.held.borrow_mut().insert(self.number);
                return Ok(());
            }
            let sent = self.endpoint.send(&message[self.written..]);
            if sent.is_err() && std::mem::take(&mut self.held) {
                // Now it is the way to the server that keeps them.
                let kept = self.asked.values_mut().filter(|asked| !asked.sent);
                kept.for_each(|asked| asked.until = asked.time.from(now));
            }
            self.written += sent?;
            if self.written < message.len() {
                continue;
            }
            if let Some(asked) = self.asked.get_mut(id).filter(|asked| asked.reply.is_none()) {
                asked.sent = true;
                asked.until = asked.time.from(now);
                self.alarm = self.alarm.min(asked.until);
                self.load.add();
            }
            self.out.pop_front();
            self.written = 0;
        }
        self.held = false;
        Ok(())
    }

    /// An id that no question has that waits here.
    fn free_id(&self) -> Result<u16, Failure> {
        loop {
            let id = random::number().map_err(|error| Failure::Unreachable(error.to_string()))?;
            if !self.asked.contains_key(&id) {
                return Ok(id);
            }
        }
    }

    /// Gives a message to who asked for it; whom to wake.
    fn deliver(&mut self, message: &[u8]) -> Option<Waiter> {
        let id = u16::from_be_bytes(*message.first_chunk()?);
        let asked = self.asked.get_mut(&id).filter(|asked| asked.reply.is_none())?;
        if !answers(message, id, &asked.question) {
            return None;
        }
        self.load.remove(asked);
        asked.reply = Some(Ok(message.to_vec()));
        self.replies += 1;
        Some(asked.waiter)
    }

    /// Gives up questions whose time has come: whom to wake, and when to look again.
    pub fn expire(&mut self, now: Instant) -> (Vec<Waiter>, Instant) {
        let mut woken = Vec::new();
        let mut next = None;
        for asked in self.asked.values_mut().filter(|asked| asked.reply.is_none()) {
            // Before it is sent nothing but the end of all its time counts, if others hold it back.
            let until = if self.held && !asked.sent { asked.time.until } else { Some(asked.until) };
            let Some(until) = until else { continue };
            if until > now {
                next = Some(next.map_or(until, |next: Instant| next.min(until)));
                continue;
            }
            self.load.remove(asked);
            asked.reply = Some(Err(Failure::TimedOut));
            woken.push(asked.waiter);
        }
        self.alarm = next.unwrap_or_else(|| (self.since + LIFETIME).max(now + PATIENCE));
        (woken, self.alarm)
    }

    /// Takes what has come; whom to wake, and whether there may be more.
    pub fn receive(&mut self, buffer: &mut [u8], woken: &mut Vec<Waiter>) -> std::io::Result<bool> {
        for _ in 0..IN_A_ROW {
            let len = match self.endpoint.receive(buffer) {
                Ok((len, _)) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            };
            if self.target.transport == Transport::Datagram {
                woken.extend(self.deliver(&buffer[..len]));
                continue;
            }
            if len == 0 {
                return Err(ErrorKind::ConnectionReset.into());
            }
            self.input.extend_from_slice(&buffer[..len]);
            let mut input = std::mem::take(&mut self.input);
            let mut taken = 0;
            while let Some((message, len)) = deframe(&input[taken..]) {
                woken.extend(self.deliver(message));
                taken += len;
            }
            input.drain(..taken);
            self.input = input;
        }
        Ok(true)
    }
}
