//! Connecting to hosts by name, and to their end of TLS where that is wanted: for whoever needs
//! a connection, be it a fiber's operation or a driver.

mod handshake;
mod proxy;

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::tls::TlsClient;
use sentra_netlib::endpoint::{self, ConnectOptions, Endpoint};
use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage};

use crate::dns::addresses::Addresses;
use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

pub(crate) use handshake::{Handshake, advance, look_at_certificates};
pub(crate) use proxy::Proxy;

/// The next address is tried when one has not answered for so long.
const HEAD_START: Duration = Duration::from_millis(250);

/// A connection that stands: with whom, and what the reactor knows it by.
#[derive(Debug)]
pub(crate) struct Connected {
    pub address: SocketAddr,
    pub endpoint: Endpoint,
    pub source: SourceId,
}

type Attempted<T> = Result<T, NetError>;

/// Connects to the first of a host's addresses that answers. The next one is tried when the
/// one before fails, or has not answered for a while.
pub(crate) struct Connect {
    host: String,
    addresses: Addresses,
    options: ConnectOptions,
    until: Option<Instant>,
    untried: Option<VecDeque<SocketAddr>>,
    attempts: Vec<Connected>,
    next_at: Instant,
    failed: Option<NetError>,
    tls: Option<TlsClient>,
    handshake: Option<(SocketAddr, Handshake)>,
}

impl Connect {
    /// Connects to a port of a host, a name or an address, until `until`.
    pub fn new(host: &str, port: u16, options: ConnectOptions, until: Option<Instant>) -> Self {
        Self {
            host: host.to_string(),
            addresses: Addresses::new(host, port),
            options,
            until,
            untried: None,
            attempts: Vec::new(),
            next_at: Instant::now(),
            failed: None,
            tls: None,
            handshake: None,
        }
    }

    /// Has TLS begin on the connection, within the same time.
    pub fn with_tls(mut self, client: TlsClient) -> Self {
        self.tls = Some(client);
        self
    }

    /// Goes on: the connection, or nothing if `waiter` will be woken to go on later. After a
    /// failure nothing is left to abandon.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Attempted<Option<Connected>> {
        let result = self.advance(vm, waiter);
        if !matches!(result, Ok(None)) {
            self.abandon(vm);
        }
        result
    }

    /// Lets go of everything.
    pub fn abandon(&mut self, vm: &mut Vm) {
        for mut attempt in self.attempts.drain(..) {
            vm.reactor.remove(attempt.source, &mut attempt.endpoint);
        }
        self.addresses.abandon(vm);
        if let Some((_, handshake)) = self.handshake.take() {
            handshake.abandon(vm);
        }
    }

    fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> Attempted<Option<Connected>> {
        if let Some((address, handshake)) = &mut self.handshake {
            let finished = handshake.poll(vm, waiter)?;
            let address = *address;
            return Ok(finished.map(|(endpoint, source)| Connected { address, endpoint, source }));
        }
        let Some(connected) = self.connect(vm, waiter)? else { return Ok(None) };
        let Some(client) = &self.tls else { return Ok(Some(connected)) };
        let Connected { address, mut endpoint, source } = connected;
        let session = match client.session(&self.host) {
            Ok(session) => session,
            Err(error) => {
                vm.reactor.remove(source, &mut endpoint);
                return Err(NetError::system(Stage::Handshake, error.into(), &*self.host));
            }
        };
        let peer = format!("{} ({address})", self.host);
        let handshake = Handshake::new(endpoint.secured(session), source, peer, self.until);
        self.handshake = Some((address, handshake));
        self.advance(vm, waiter)
    }

    fn connect(&mut self, vm: &mut Vm, waiter: Waiter) -> Attempted<Option<Connected>> {
        if self.untried.is_none() {
            match self.addresses.poll(vm, waiter)? {
                Some(addresses) => self.untried = Some(self.permitted(vm, &addresses)?),
                None => return self.wait(vm, waiter),
            }
        }
        if let Some(connected) = self.winner(vm) {
            return Ok(Some(connected));
        }
        self.begin_next(vm);
        if self.attempts.is_empty() {
            let nowhere = || NetError::new(Stage::Resolve, Cause::NoAddress("no address".into()), &*self.host);
            return Err(self.failed.take().unwrap_or_else(nowhere));
        }
        self.wait(vm, waiter)
    }

    /// Those addresses that the program may connect to, at least one.
    fn permitted(&self, vm: &Vm, addresses: &[SocketAddr]) -> Attempted<VecDeque<SocketAddr>> {
        let mut denied = None;
        let mut permitted = VecDeque::new();
        for &address in addresses {
            match vm.system.permissions.connect(&self.host, address) {
                Ok(()) => permitted.push_back(address),
                Err(refusal) => denied = denied.or(Some((refusal, address))),
            }
        }
        match denied.filter(|_| permitted.is_empty()) {
            Some((refusal, address)) => Err(NetError::system(Stage::Connect, refusal.into(), address.to_string())),
            None => Ok(permitted),
        }
    }

    /// Takes out the attempts that have ended; the one that succeeded.
    fn winner(&mut self, vm: &mut Vm) -> Option<Connected> {
        let mut index = 0;
        while let Some(attempt) = self.attempts.get(index) {
            if !vm.reactor.is_ready(attempt.source, Direction::Write) {
                index += 1;
                continue;
            }
            match attempt.endpoint.finish_connecting() {
                Ok(()) => return Some(self.attempts.swap_remove(index)),
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    vm.reactor.exhausted(attempt.source, Direction::Write);
                    index += 1;
                }
                Err(error) => {
                    self.failed = Some(NetError::system(Stage::Connect, error, attempt.address.to_string()));
                    let mut attempt = self.attempts.swap_remove(index);
                    vm.reactor.remove(attempt.source, &mut attempt.endpoint);
                }
            }
        }
        None
    }

    fn begin_next(&mut self, vm: &mut Vm) {
        let now = Instant::now();
        while self.attempts.is_empty() || now >= self.next_at {
            let Some(address) = self.untried.as_mut().and_then(VecDeque::pop_front) else { return };
            let begun = endpoint::connect(address, &self.options).and_then(|mut endpoint| {
                let source = vm.reactor.add(&mut endpoint, false, false)?;
                Ok(Connected { address, endpoint, source })
            });
            match begun {
                Ok(attempt) => {
                    self.attempts.push(attempt);
                    self.next_at = now + HEAD_START;
                }
                Err(error) => self.failed = Some(NetError::system(Stage::Connect, error, address.to_string())),
            }
        }
    }

    fn wait(&mut self, vm: &mut Vm, waiter: Waiter) -> Attempted<Option<Connected>> {
        if self.until.is_some_and(|until| until <= Instant::now()) {
            let peer = self.attempts.last().map_or_else(|| self.host.clone(), |attempt| attempt.address.to_string());
            return Err(NetError::new(Stage::Connect, Cause::TimedOut, peer));
        }
        for attempt in &self.attempts {
            vm.reactor.forget(attempt.source, Direction::Write, waiter);
            vm.reactor.wait(attempt.source, Direction::Write, waiter);
        }
        let more = self.untried.as_ref().is_some_and(|untried| !untried.is_empty());
        let times = more.then_some(self.next_at).into_iter().chain(self.until);
        times.min().into_iter().for_each(|at| vm.set_deadline(waiter, at));
        Ok(None)
    }
}
