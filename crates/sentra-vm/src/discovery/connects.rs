//! Connections that are only begun, to see whether somebody is there who accepts or refuses: the
//! probes of a port scan, to many hosts.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use sentra_netlib::endpoint::scan::{self, Swarm};
use sentra_netlib::exchange::scan::State;

use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// What becomes of an attempt.
pub(super) enum Begun {
    /// The answer comes later, if there is one.
    Waits,
    /// This machine has no room for more of them now.
    NoRoom,
    /// It is over already.
    Ended(State),
}

/// Connections under way.
#[derive(Default)]
pub(super) struct Connects {
    swarm: Option<(Swarm, SourceId)>,
    attempts: HashMap<usize, (SocketAddr, TcpStream)>,
    /// When they are given up, in order: all have the same time.
    due: VecDeque<(Instant, usize)>,
    last: usize,
    /// Since when there is no room for a single one.
    starved: Option<Instant>,
}

/// How long room for the first one is waited for.
const STARVING: Duration = Duration::from_secs(5);

impl Connects {
    /// Begins a connection that is given up at `until`.
    pub fn begin(&mut self, vm: &mut Vm, address: SocketAddr, until: Instant) -> Begun {
        let begun = self.try_begin(vm, address, until);
        match begun {
            Begun::NoRoom if self.attempts.is_empty() => _ = self.starved.get_or_insert_with(Instant::now),
            _ => self.starved = None,
        }
        begun
    }

    /// Whether there has been no room for long: what takes it are not these.
    pub fn is_starved(&self, now: Instant) -> bool {
        self.starved.is_some_and(|since| now.duration_since(since) > STARVING)
    }

    fn try_begin(&mut self, vm: &mut Vm, address: SocketAddr, until: Instant) -> Begun {
        let number = self.last + 1;
        let Some(swarm) = self.swarm(vm) else { return Begun::NoRoom };
        match scan::connect(swarm, address, number) {
            Ok(stream) => {
                self.last = number;
                self.attempts.insert(number, (address, stream));
                self.due.push_back((until, number));
                Begun::Waits
            }
            Err(error) => scan::outcome_at_once(&error).map_or(Begun::NoRoom, Begun::Ended),
        }
    }

    fn swarm(&mut self, vm: &mut Vm) -> Option<&Swarm> {
        if self.swarm.is_none() {
            let mut swarm = Swarm::new().ok()?;
            let source = vm.reactor.add(&mut swarm, true, false).ok()?;
            self.swarm = Some((swarm, source));
        }
        self.swarm.as_ref().map(|(swarm, _)| swarm)
    }

    /// Takes the attempts that have ended; silence until the end is no answer. Whether there may be more.
    pub fn take(&mut self, now: Instant, mut ended: impl FnMut(SocketAddr, State)) -> bool {
        let mut happened = Vec::new();
        let Some((swarm, _)) = &mut self.swarm else { return false };
        // What cannot be looked at is given up in its time.
        let more = swarm.take(&mut happened).unwrap_or(false);
        for readiness in happened {
            let outcome = self.attempts.get(&readiness.token).and_then(|(_, stream)| scan::outcome(stream));
            if let Some((state, _)) = outcome
                && let Some((address, _)) = self.attempts.remove(&readiness.token)
            {
                ended(address, state);
            }
        }
        while let Some((at, number)) = self.due.front()
            && (*at <= now || !self.attempts.contains_key(number))
        {
            self.attempts.remove(number);
            self.due.pop_front();
        }
        more
    }

    /// Has `waiter` woken when one of them ends; when one is given up, it has to know itself.
    pub fn wait(&self, vm: &mut Vm, waiter: Waiter) {
        if let Some((_, source)) = &self.swarm {
            vm.reactor.keep_waiting(*source, Direction::Read, waiter);
        }
    }

    /// When the first is given up.
    pub fn until(&self) -> Option<Instant> {
        self.due.front().map(|(at, _)| *at)
    }

    /// Whether none is under way.
    pub fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }

    /// Lets go of all of them.
    pub fn close(&mut self, vm: &mut Vm) {
        self.attempts.clear();
        if let Some((mut swarm, source)) = self.swarm.take() {
            vm.reactor.remove(source, &mut swarm);
        }
    }
}
