//! Channels: sockets to name servers, each shared by the lookups that ask there. A driver
//! brings replies to those who asked; what answers no question that was put is thrown away.

use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::{self, ConnectOptions, Endpoint};
use sentra_netlib::exchange::resolver::{Ask, Failure, Transport};
use sentra_netlib::wire::dns::{Question, answers, deframe, framed};

use crate::driver::{Driven, Driver, DriverId};
use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// Questions that go out from one port: then another one is taken, which a forger would have
/// to guess anew (RFC 5452, 9.2).
const MOST_QUESTIONS: u32 = 200;
/// And for so long.
const LIFETIME: Duration = Duration::from_secs(10);
/// Questions that are out at once: more would overflow a server's buffer and be lost.
const MOST_OUT: usize = 64;
/// An old channel looks at the time no more often than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// Datagrams that are taken before others have their turn.
const IN_A_ROW: usize = 64;
/// The longest message and its length.
const MOST_INPUT: usize = 2 + 65_535;

/// Where a channel leads.
type Target = (SocketAddr, Transport);

/// All channels.
#[derive(Default)]
pub(super) struct Channels {
    open: HashMap<u64, Channel>,
    /// The one that takes new questions.
    current: HashMap<Target, u64>,
    count: u64,
    /// Where reads put bytes; empty until the first.
    buffer: Vec<u8>,
}

/// The claim to a reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    channel: u64,
    id: u16,
    /// Whether the channel had brought replies before: then its end says little.
    pub reused: bool,
}

struct Channel {
    target: Target,
    endpoint: Endpoint,
    source: SourceId,
    driver: DriverId,
    connected: bool,
    asked: HashMap<u16, Asked>,
    /// Messages that still have to go out with their ids, the first one from `written` on.
    out: VecDeque<(u16, Vec<u8>)>,
    /// How many are out and without a reply.
    unanswered: usize,
    written: usize,
    /// What has come of a message on a stream.
    input: Vec<u8>,
    questions: u32,
    replies: u32,
    since: Instant,
    /// When to look at the time again.
    alarm: Instant,
}

struct Asked {
    question: Box<[u8]>,
    waiter: Waiter,
    until: Instant,
    sent: bool,
    reply: Option<Result<Vec<u8>, Failure>>,
}

/// Brings a channel's replies.
struct Carrier(u64);

impl Channels {
    /// Whether a channel stays though nobody waits for a reply. Streams hold something of the
    /// server's: they go at once.
    fn keeps(&self, number: u64, channel: &Channel) -> bool {
        let current = self.current.get(&channel.target) == Some(&number);
        current && channel.target.1 == Transport::Datagram && channel.takes_more(Instant::now())
    }
}

impl Vm {
    /// Puts a question; `waiter` is woken when its reply is there, or at `until`.
    pub(super) fn put_question(
        &mut self,
        ask: Ask,
        question: &mut Question,
        waiter: Waiter,
        until: Instant,
    ) -> Result<Ticket, Failure> {
        let number = self.channel_to((ask.server, ask.transport))?;
        let channel = self.resolver.channels.open.get_mut(&number).expect("it has just been found");
        let id = channel.free_id()?;
        let message = question.message(id);
        let message = if ask.transport == Transport::Stream { framed(message) } else { message.to_vec() };
        channel.out.push_back((id, message));
        let asked = Asked { question: question.question().into(), waiter, until, sent: false, reply: None };
        channel.asked.insert(id, asked);
        channel.questions += 1;
        let (driver, source, reused) = (channel.driver, channel.source, channel.replies > 0);
        // While somebody waits for a reply the program goes on.
        self.reactor.keep_waiting(source, Direction::Read, driver.waiter());
        self.set_alarm(number, until);
        if self.resolver.channels.open.get(&number).is_some_and(|channel| channel.connected) {
            // Most often it goes out at once; if not, or if it fails, the driver sees to it.
            let blocked = self.flush_channel(number);
            if !matches!(blocked, Ok(true)) {
                self.drive_soon(driver);
            }
        }
        Ok(Ticket { channel: number, id, reused })
    }

    /// The reply, once it is there.
    pub(super) fn take_reply(&mut self, ticket: Ticket) -> Option<Result<Vec<u8>, Failure>> {
        let channel = self.resolver.channels.open.get_mut(&ticket.channel);
        let Some(channel) = channel else { return Some(Err(Failure::Unreachable("closed the connection".into()))) };
        channel.asked.get(&ticket.id)?.reply.as_ref()?;
        let asked = channel.asked.remove(&ticket.id);
        self.rest_channel(ticket.channel);
        asked?.reply
    }

    /// Waits for a reply no longer than until `at`.
    pub(super) fn hasten_question(&mut self, ticket: Ticket, at: Instant) {
        let channel = self.resolver.channels.open.get_mut(&ticket.channel);
        if let Some(asked) = channel.and_then(|channel| channel.asked.get_mut(&ticket.id)) {
            asked.until = asked.until.min(at);
            self.set_alarm(ticket.channel, at);
        }
    }

    /// Has the driver of a channel look at the time at `at`, or before.
    fn set_alarm(&mut self, number: u64, at: Instant) {
        let Some(channel) = self.resolver.channels.open.get_mut(&number) else { return };
        if at < channel.alarm {
            channel.alarm = at;
            let driver = channel.driver;
            self.set_driver_deadline(driver, Some(at));
        }
    }

    /// Wants the reply no longer.
    pub(super) fn forget_question(&mut self, ticket: Ticket) {
        if let Some(channel) = self.resolver.channels.open.get_mut(&ticket.channel) {
            let out = channel.asked.remove(&ticket.id).is_some_and(|asked| asked.is_out());
            channel.unanswered -= usize::from(out);
            self.rest_channel(ticket.channel);
        }
    }

    /// Has a channel that nobody waits for end when its time has come.
    fn rest_channel(&mut self, number: u64) {
        let channels = &self.resolver.channels;
        let Some(idle) = channels.open.get(&number).filter(|channel| channel.asked.is_empty()) else { return };
        let (driver, source, keeps) = (idle.driver, idle.source, channels.keeps(number, idle));
        self.reactor.forget(source, Direction::Read, driver.waiter());
        if !keeps {
            self.drive_soon(driver);
        }
    }

    fn channel_to(&mut self, target: Target) -> Result<u64, Failure> {
        let now = Instant::now();
        let channels = &mut self.resolver.channels;
        if let Some(&number) = channels.current.get(&target)
            && let Some(channel) = channels.open.get(&number)
        {
            if channel.takes_more(now) {
                return Ok(number);
            }
            channels.current.remove(&target);
            let driver = channel.driver;
            self.drive_soon(driver);
        }
        self.open_channel(target, now).map_err(|error| Failure::Unreachable(describe(&error)))
    }

    fn open_channel(&mut self, target: Target, now: Instant) -> std::io::Result<u64> {
        let options = ConnectOptions::default();
        let datagram = target.1 == Transport::Datagram;
        let mut endpoint = match target.1 {
            Transport::Datagram => endpoint::connect_datagram(target.0, &options)?,
            Transport::Stream => endpoint::connect(target.0, &options)?,
        };
        let source = self.reactor.add(&mut endpoint, false, datagram)?;
        self.resolver.channels.count += 1;
        let number = self.resolver.channels.count;
        let driver = self.add_driver(Carrier(number));
        let alarm = now + LIFETIME;
        self.set_driver_deadline(driver, Some(alarm));
        let channel = Channel {
            target,
            endpoint,
            source,
            driver,
            connected: datagram,
            asked: HashMap::new(),
            out: VecDeque::new(),
            unanswered: 0,
            written: 0,
            input: Vec::new(),
            questions: 0,
            replies: 0,
            since: now,
            alarm,
        };
        self.resolver.channels.open.insert(number, channel);
        self.resolver.channels.current.insert(target, number);
        Ok(number)
    }

    /// Writes what has to go out; whether all did.
    fn flush_channel(&mut self, number: u64) -> std::io::Result<bool> {
        let Self { resolver, reactor, .. } = self;
        let Some(channel) = resolver.channels.open.get_mut(&number) else { return Ok(true) };
        while let Some((id, message)) = channel.out.front() {
            let begun = channel.written > 0;
            let asked = channel.asked.get_mut(id).filter(|asked| asked.reply.is_none());
            if asked.is_none() && !begun {
                channel.out.pop_front();
                continue;
            }
            if channel.unanswered >= MOST_OUT && !begun {
                break;
            }
            match channel.endpoint.send(&message[channel.written..]) {
                Ok(sent) if channel.written + sent < message.len() => channel.written += sent,
                Ok(_) => {
                    if let Some(asked) = asked {
                        asked.sent = true;
                        channel.unanswered += 1;
                    }
                    channel.out.pop_front();
                    channel.written = 0;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    reactor.exhausted(channel.source, Direction::Write);
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Ends a channel; who still waits for a reply learns why there is none.
    fn end_channel(&mut self, number: u64, failure: &Failure) {
        let Self { resolver, reactor, .. } = self;
        let Some(channel) = resolver.channels.open.get_mut(&number) else { return };
        reactor.remove(channel.source, &mut channel.endpoint);
        if resolver.channels.current.get(&channel.target) == Some(&number) {
            resolver.channels.current.remove(&channel.target);
        }
        let mut waiting = Vec::new();
        for asked in channel.asked.values_mut().filter(|asked| asked.reply.is_none()) {
            asked.reply = Some(Err(failure.clone()));
            waiting.push(asked.waiter);
        }
        waiting.into_iter().for_each(|waiter| self.wake(waiter));
        self.resolver.channels.open.remove(&number);
    }
}

fn describe(error: &std::io::Error) -> String {
    let text = error.to_string().to_lowercase();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

impl Asked {
    /// Whether its question is out and without a reply.
    fn is_out(&self) -> bool {
        self.sent && self.reply.is_none()
    }
}

impl Channel {
    fn takes_more(&self, now: Instant) -> bool {
        self.questions < MOST_QUESTIONS && now < self.since + LIFETIME
    }

    /// An id that no question has that waits here.
    fn free_id(&self) -> Result<u16, Failure> {
        loop {
            let random = getrandom::u32().map_err(|error| Failure::Unreachable(error.to_string()))?;
            let ids = [random as u16, (random >> 16) as u16];
            if let Some(id) = ids.into_iter().find(|id| !self.asked.contains_key(id)) {
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
        self.unanswered -= usize::from(asked.sent);
        asked.reply = Some(Ok(message.to_vec()));
        self.replies += 1;
        Some(asked.waiter)
    }

    /// Gives up questions whose time has come: whom to wake, and when to look again.
    fn expire(&mut self, now: Instant) -> (Vec<Waiter>, Instant) {
        let mut woken = Vec::new();
        for asked in self.asked.values_mut().filter(|asked| asked.reply.is_none() && asked.until <= now) {
            self.unanswered -= usize::from(asked.sent);
            asked.reply = Some(Err(Failure::TimedOut));
            woken.push(asked.waiter);
        }
        let next = self.asked.values().filter(|asked| asked.reply.is_none()).map(|asked| asked.until).min();
        self.alarm = next.unwrap_or_else(|| (self.since + LIFETIME).max(now + PATIENCE));
        (woken, self.alarm)
    }

    /// Takes what has come; whom to wake, and whether there may be more.
    fn receive(&mut self, buffer: &mut [u8], woken: &mut Vec<Waiter>) -> std::io::Result<bool> {
        for _ in 0..IN_A_ROW {
            let len = match self.endpoint.receive(buffer) {
                Ok((len, _)) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            };
            if self.target.1 == Transport::Datagram {
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

impl Driver for Carrier {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        match self.carry(vm, this) {
            Ok(true) => Driven::Waits,
            Ok(false) => {
                vm.end_channel(self.0, &Failure::TimedOut);
                Driven::Ended
            }
            Err(error) => {
                vm.end_channel(self.0, &Failure::Unreachable(describe(&error)));
                Driven::Ended
            }
        }
    }
}

impl Carrier {
    /// Sends and receives what can be; whether the channel stays.
    fn carry(&mut self, vm: &mut Vm, this: DriverId) -> std::io::Result<bool> {
        let Some(channel) = vm.resolver.channels.open.get_mut(&self.0) else { return Ok(false) };
        let source = channel.source;
        if !channel.connected && vm.reactor.is_ready(source, Direction::Write) {
            match channel.endpoint.finish_connecting() {
                Ok(()) => channel.connected = true,
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    vm.reactor.exhausted(source, Direction::Write);
                }
                Err(error) => return Err(error),
            }
        }
        let connected = channel.connected;
        self.look_at_time(vm, this);
        if connected && self.receive(vm)? {
            vm.drive_soon(this);
        }
        // Replies, and questions that were given up, have made room for others.
        let flushed = connected && vm.flush_channel(self.0)?;
        if !flushed {
            vm.reactor.keep_waiting(source, Direction::Write, this.waiter());
        }
        let channels = &vm.resolver.channels;
        let Some(channel) = channels.open.get(&self.0) else { return Ok(false) };
        if !channel.asked.is_empty() {
            vm.reactor.keep_waiting(source, Direction::Read, this.waiter());
        }
        Ok(!channel.asked.is_empty() || channels.keeps(self.0, channel))
    }

    /// Wakes those whose time has come.
    fn look_at_time(&mut self, vm: &mut Vm, this: DriverId) {
        let now = Instant::now();
        let channel = vm.resolver.channels.open.get_mut(&self.0);
        let Some(channel) = channel.filter(|channel| channel.alarm <= now) else { return };
        let (woken, next) = channel.expire(now);
        vm.set_driver_deadline(this, Some(next));
        woken.into_iter().for_each(|waiter| vm.wake(waiter));
    }

    /// Takes replies to those who wait for them; whether there may be more.
    fn receive(&mut self, vm: &mut Vm) -> std::io::Result<bool> {
        let mut woken = Vec::new();
        let Vm { resolver, reactor, .. } = vm;
        let Channels { open, buffer, .. } = &mut resolver.channels;
        let Some(channel) = open.get_mut(&self.0) else { return Ok(false) };
        buffer.resize(MOST_INPUT, 0);
        let received = channel.receive(buffer, &mut woken);
        if let Ok(false) = received {
            reactor.exhausted(channel.source, Direction::Read);
        }
        woken.into_iter().for_each(|waiter| vm.wake(waiter));
        received
    }
}
