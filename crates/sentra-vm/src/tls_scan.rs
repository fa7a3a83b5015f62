//! Scans of servers' TLS: the connections that a scan wants, several at a time, for the fiber that
//! waits for what it finds.

mod link;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sentra_netlib::NetError;
use sentra_netlib::endpoint::ConnectOptions;
use sentra_netlib::exchange::tls_scan::{End, Failure, Findings, Scan, Target};

use crate::connect::Connect;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
use link::Link;

/// What to scan, and how.
pub(crate) struct Plan {
    pub target: Target,
    pub port: u16,
    /// How long one connection may take.
    pub patience: Duration,
    /// When everything has to be over.
    pub until: Option<Instant>,
    /// Connections at a time.
    pub concurrency: usize,
}

/// How a scan ended.
pub(crate) enum Outcome {
    /// This was found at an address.
    Found(SocketAddr, Box<Findings>),
    /// The host could not be reached.
    Unreachable(NetError),
    /// Nothing there speaks TLS.
    Failed(Failure),
}

/// Makes the result of how a scan ended.
pub(crate) type Finish = Box<dyn FnOnce(&mut Vm, Outcome) -> Result<Value, Box<Fault>>>;

/// The operation of a scan.
pub(crate) struct TlsScan {
    scan: Option<Scan>,
    patience: Duration,
    until: Option<Instant>,
    concurrency: usize,
    /// Finds out which of the host's addresses answers; its connection is the first that is used.
    first: Option<Connect>,
    address: Option<SocketAddr>,
    links: Vec<Link>,
    finish: Option<Finish>,
}

impl TlsScan {
    pub fn new(plan: Plan, finish: Finish) -> Self {
        let Plan { target, port, patience, until, concurrency } = plan;
        let soon = Instant::now() + patience;
        let connect_until = until.map_or(soon, |until| until.min(soon));
        let first = Connect::new(&target.host, port, ConnectOptions::default(), Some(connect_until));
        let scan = Some(Scan::new(target));
        let finish = Some(finish);
        Self { scan, patience, until, concurrency, first: Some(first), address: None, links: Vec::new(), finish }
    }

    /// Goes on: how it ended, or nothing if `waiter` will be woken.
    fn go_on(&mut self, vm: &mut Vm, waiter: Waiter) -> Option<Outcome> {
        if let Some(first) = &mut self.first {
            match first.poll(vm, waiter) {
                Ok(None) => return None,
                Err(error) => return Some(Outcome::Unreachable(error)),
                Ok(Some(connected)) => {
                    self.first = None;
                    self.address = Some(connected.address);
                    let errand = self.scan.as_mut()?.next_errand()?;
                    let until = Instant::now() + self.patience;
                    self.links.push(Link::standing(errand, connected.endpoint, connected.source, until));
                }
            }
        }
        self.move_links(vm, waiter);
        if self.scan.as_ref().is_some_and(Scan::is_over) {
            let findings = self.scan.take()?.finish();
            return Some(match (findings, self.address) {
                (Ok(findings), Some(address)) => Outcome::Found(address, Box::new(findings)),
                (Err(failure), _) => Outcome::Failed(failure),
                (Ok(_), None) => Outcome::Failed(Failure::Closed),
            });
        }
        self.wait(vm, waiter);
        None
    }

    /// Moves every connection on and begins others in place of those that are over, until each
    /// of them waits.
    fn move_links(&mut self, vm: &mut Vm, waiter: Waiter) {
        let (Some(scan), Some(address)) = (&mut self.scan, self.address) else { return };
        let now = Instant::now();
        let late = self.until.is_some_and(|until| until <= now);
        if late {
            scan.cut_short();
        }
        let mut index = 0;
        while index < self.links.len() {
            let link = &mut self.links[index];
            let end = link.advance(vm, waiter).or_else(|| (late || link.until <= now).then_some(End::TimedOut));
            match end {
                Some(end) => scan.conclude(self.links.swap_remove(index).end(vm, end)),
                None => index += 1,
            }
            while self.links.len() < self.concurrency
                && let Some(errand) = scan.next_errand()
            {
                match Link::begin(vm, errand, address, now + self.patience) {
                    Ok(link) => self.links.push(link),
                    Err(errand) => scan.conclude(*errand),
                }
            }
        }
    }

    fn wait(&self, vm: &mut Vm, waiter: Waiter) {
        let times = self.links.iter().map(|link| link.until).chain(self.until);
        times.min().into_iter().for_each(|at| vm.set_deadline(waiter, at));
    }
}

impl Operation for TlsScan {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
        let Some(outcome) = self.go_on(vm, waiter) else { return Ok(None) };
        self.abandon(vm, waiter);
        self.finish.take().map(|finish| finish(vm, outcome)).transpose()
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.first.iter_mut().for_each(|first| first.abandon(vm));
        self.links.drain(..).for_each(|link| drop(link.end(vm, End::Closed)));
    }
}
