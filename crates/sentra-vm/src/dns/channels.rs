//! Channels to name servers, each shared by the lookups that ask there. A driver for each brings
//! replies to those who asked.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use sentra_netlib::endpoint::tls::{ClientSettings, TlsClient, TlsError};
use sentra_netlib::endpoint::{self, ConnectOptions};
use sentra_netlib::exchange::resolver::{Ask, Failure, Transport};
use sentra_netlib::wire::dns::Question;

use super::channel::{Channel, Load, Target, Time};
use crate::driver::{Driven, Driver, DriverId};
use crate::fiber::Waiter;
use crate::reactor::Direction;
use crate::vm::Vm;

/// The longest message and its length.
const MOST_INPUT: usize = 2 + 65_535;

/// All channels.
#[derive(Default)]
pub(super) struct Channels {
    open: HashMap<u64, Channel>,
    /// The one that takes new questions.
    current: HashMap<Target, u64>,
    loads: HashMap<Target, Rc<Load>>,
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

/// Brings a channel's replies.
struct Carrier(u64);

impl Channels {
    /// Whether a channel stays though nobody waits for a reply. Plain streams hold something of
    /// the server's and go at once; TLS costs the server more to begin anew (RFC 7858, 3.4), once it has begun.
    fn keeps(&self, number: u64, channel: &Channel) -> bool {
        let current = self.current.get(&channel.target) == Some(&number);
        let lasts = channel.connected && channel.target.transport != Transport::Stream;
        current && lasts && channel.takes_more(Instant::now())
    }

    /// Lets a channel go, and its server's load with the last one there: the load.
    fn remove(&mut self, number: u64) -> Option<Rc<Load>> {
        let Channel { target, load, .. } = self.open.remove(&number)?;
        // One is held here and one in the map.
        if Rc::strong_count(&load) == 2 {
            self.loads.remove(&target);
        }
        Some(load)
    }
}

impl Vm {
    /// Puts a question; `waiter` is woken when its reply is there, or its time is over.
    pub(super) fn put_question(
        &mut self,
        ask: Ask,
        tls: Option<&Rc<ClientSettings>>,
        question: &mut Question,
        waiter: Waiter,
        time: Time,
    ) -> Result<Ticket, Failure> {
        let target = Target { server: ask.server, transport: ask.transport, tls: tls.cloned() };
        let number = self.channel_to(target)?;
        let channel = self.system.resolver.channels.open.get_mut(&number).expect("it has just been found");
        let until = time.from(Instant::now());
        let id = channel.put(question, waiter, time, until)?;
        let (driver, source, reused) = (channel.driver, channel.source, channel.is_proven());
        // While somebody waits for a reply the program goes on.
        self.reactor.keep_waiting(source, Direction::Read, driver.waiter());
        self.set_alarm(number, until);
        if self.system.resolver.channels.open.get(&number).is_some_and(|channel| channel.connected) {
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
        let channel = self.system.resolver.channels.open.get_mut(&ticket.channel);
        let Some(channel) = channel else { return Some(Err(Failure::Unreachable("closed the connection".into()))) };
        let reply = channel.take(ticket.id)?;
        self.rest_channel(ticket.channel);
        Some(reply)
    }

    /// Waits for a reply no longer than until `at`.
    pub(super) fn hasten_question(&mut self, ticket: Ticket, at: Instant) {
        let channel = self.system.resolver.channels.open.get_mut(&ticket.channel);
        if channel.is_some_and(|channel| channel.hasten(ticket.id, at)) {
            self.set_alarm(ticket.channel, at);
        }
    }

    /// Has the driver of a channel look at the time at `at`, or before.
    fn set_alarm(&mut self, number: u64, at: Instant) {
        let Some(channel) = self.system.resolver.channels.open.get_mut(&number) else { return };
        if at < channel.alarm {
            channel.alarm = at;
            let driver = channel.driver;
            self.set_driver_deadline(driver, Some(at));
        }
    }

    /// Wants the reply no longer.
    pub(super) fn forget_question(&mut self, ticket: Ticket) {
        if let Some(channel) = self.system.resolver.channels.open.get_mut(&ticket.channel) {
            channel.forget(ticket.id);
            let load = Rc::clone(&channel.load);
            self.rest_channel(ticket.channel);
            self.drive_held(&load);
        }
    }

    /// Has a channel that nobody waits for end when its time has come.
    fn rest_channel(&mut self, number: u64) {
        let channels = &self.system.resolver.channels;
        let Some(idle) = channels.open.get(&number).filter(|channel| channel.is_idle()) else { return };
        let (driver, source, keeps) = (idle.driver, idle.source, channels.keeps(number, idle));
        self.reactor.forget(source, Direction::Read, driver.waiter());
        if !keeps {
            self.drive_soon(driver);
        }
    }

    fn channel_to(&mut self, target: Target) -> Result<u64, Failure> {
        let now = Instant::now();
        let channels = &mut self.system.resolver.channels;
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
        self.open_channel(target).map_err(|error| Failure::Unreachable(describe(&error)))
    }

    fn open_channel(&mut self, target: Target) -> std::io::Result<u64> {
        let options = ConnectOptions::default();
        let mut endpoint = match target.transport {
            Transport::Datagram => endpoint::connect_datagram(target.server, &options)?,
            Transport::Stream => endpoint::connect(target.server, &options)?,
            Transport::Secured => {
                let client = TlsClient::new(target.tls.as_deref().unwrap_or(&ClientSettings::default()))?;
                client.begin(endpoint::connect(target.server, &options)?, &target.server.ip().to_string())?
            }
        };
        let source = self.reactor.add(&mut endpoint, false, target.transport == Transport::Datagram)?;
        self.system.resolver.channels.count += 1;
        let number = self.system.resolver.channels.count;
        let driver = self.add_driver(Carrier(number));
        let channels = &mut self.system.resolver.channels;
        let load = Rc::clone(channels.loads.entry(target.clone()).or_default());
        channels.current.insert(target.clone(), number);
        let channel = Channel::new(number, target, endpoint, source, driver, load);
        let alarm = channel.alarm;
        channels.open.insert(number, channel);
        self.set_driver_deadline(driver, Some(alarm));
        Ok(number)
    }

    /// Writes what may go out; whether nothing keeps it but the server's load.
    fn flush_channel(&mut self, number: u64) -> std::io::Result<bool> {
        let (resolver, reactor) = (&mut self.system.resolver, &mut self.reactor);
        let Some(channel) = resolver.channels.open.get_mut(&number) else { return Ok(true) };
        let (load, driver, alarm) = (Rc::clone(&channel.load), channel.driver, channel.alarm);
        let flushed = channel.flush(reactor);
        let sooner = Some(channel.alarm).filter(|&at| at < alarm);
        if sooner.is_some() {
            self.set_driver_deadline(driver, sooner);
        }
        self.drive_held(&load);
        flushed
    }

    /// Has the oldest channel go on that waits until a server has less to answer.
    fn drive_held(&mut self, load: &Load) {
        let channels = &self.system.resolver.channels;
        if let Some(next) = load.next().and_then(|next| channels.open.get(&next)) {
            self.drive_soon(next.driver);
        }
    }

    /// Ends a channel; who still waits for a reply learns why there is none.
    fn end_channel(&mut self, number: u64, failure: &Failure) {
        let (resolver, reactor) = (&mut self.system.resolver, &mut self.reactor);
        let Some(channel) = resolver.channels.open.get_mut(&number) else { return };
        reactor.remove(channel.source, &mut channel.endpoint);
        if resolver.channels.current.get(&channel.target) == Some(&number) {
            resolver.channels.current.remove(&channel.target);
        }
        channel.end(failure).into_iter().for_each(|waiter| self.wake(waiter));
        if let Some(load) = self.system.resolver.channels.remove(number) {
            self.drive_held(&load);
        }
    }
}

fn describe(error: &std::io::Error) -> String {
    if let Some(error) = TlsError::of(error) {
        return format!("is not reached in TLS: {error}");
    }
    let text = error.to_string().to_lowercase();
    text.split(" (os error").next().unwrap_or_default().to_string()
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
        let Some(channel) = vm.system.resolver.channels.open.get_mut(&self.0) else { return Ok(false) };
        let source = channel.source;
        if !channel.connected && vm.reactor.is_ready(source, Direction::Write) {
            channel.connect(&mut vm.reactor, this.waiter())?;
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
        let channels = &vm.system.resolver.channels;
        let Some(channel) = channels.open.get(&self.0) else { return Ok(false) };
        if !channel.is_idle() {
            vm.reactor.keep_waiting(source, Direction::Read, this.waiter());
        }
        Ok(!channel.is_idle() || channels.keeps(self.0, channel))
    }

    /// Wakes those whose time has come.
    fn look_at_time(&mut self, vm: &mut Vm, this: DriverId) {
        let now = Instant::now();
        let channel = vm.system.resolver.channels.open.get_mut(&self.0);
        let Some(channel) = channel.filter(|channel| channel.alarm <= now) else { return };
        let (woken, next) = channel.expire(now);
        vm.set_driver_deadline(this, Some(next));
        woken.into_iter().for_each(|waiter| vm.wake(waiter));
    }

    /// Takes replies to those who wait for them; whether there may be more.
    fn receive(&mut self, vm: &mut Vm) -> std::io::Result<bool> {
        let mut woken = Vec::new();
        let (resolver, reactor) = (&mut vm.system.resolver, &mut vm.reactor);
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
