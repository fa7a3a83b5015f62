//! Port scans: a driver moves thousands of probes on the loop and wakes the fiber that waits
//! for what they find.

mod inquiries;
mod probing;

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::exchange::scan::{Progress, Report};
use sentra_netlib::wire::service::Identity;
use sentra_netlib::{NetError, Stage as NetStage};

use crate::dns::addresses::Addresses;
use crate::driver::{Driven, Driver, DriverId};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::permission::Denied;
use crate::value::Value;
use crate::vm::Vm;
use probing::Probing;

/// How often at most a scan reports how far it has come.
const REPORT: Duration = Duration::from_millis(100);
/// What a port costs while it is scanned.
const BYTES: usize = 64;

/// How ports are probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Connections.
    Connect,
    /// Datagrams.
    Datagram,
    /// Segments that only ask for a connection.
    Segment,
}

/// What to scan and how.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub host: String,
    pub first: u16,
    pub last: u16,
    pub method: Method,
    pub timeout: Duration,
    pub rate: Option<f64>,
    pub concurrency: usize,
    pub retries: Option<u8>,
    /// How long an open port is asked what it is; nothing for not at all.
    pub inquire: Option<Duration>,
}

impl Request {
    fn bytes(&self) -> usize {
        (usize::from(self.last - self.first) + 1) * BYTES
    }
}

/// What a scan has found.
pub(crate) struct Findings {
    pub reports: Vec<Report>,
    pub identities: HashMap<u16, Identity>,
}

/// What a scan and those who wait for it both know.
#[derive(Default)]
struct Shared {
    progress: Option<Progress>,
    /// Whether there is progress that nobody has been told of.
    news: bool,
    outcome: Option<Result<Findings, NetError>>,
    waiter: Option<Waiter>,
    stopped: bool,
}

/// A scan as those know it who have started it.
#[derive(Clone)]
pub(crate) struct Scanning {
    shared: Rc<RefCell<Shared>>,
    driver: DriverId,
}

impl Scanning {
    /// Starts a scan.
    pub fn start(vm: &mut Vm, request: Request) -> Result<Self, Box<Fault>> {
        vm.heap.reserve(request.bytes())?;
        vm.heap.account(request.bytes());
        let shared = Rc::<RefCell<Shared>>::default();
        let addresses = Addresses::new(&request.host, 0);
        let scanner =
            Scanner { shared: Rc::clone(&shared), stage: Stage::Resolving(addresses), request, report_at: None };
        Ok(Self { shared, driver: vm.add_driver(scanner) })
    }

    /// Waits for the end of the scan, or for news of its progress.
    pub fn wait(&self, news: bool) -> Waiting {
        Waiting { scanning: self.clone(), news }
    }

    /// Takes what it has found, once it has ended.
    pub fn take(&self) -> Option<Findings> {
        self.shared.borrow_mut().outcome.take()?.ok()
    }

    /// Ends it.
    pub fn stop(&self, vm: &mut Vm) {
        self.shared.borrow_mut().stopped = true;
        vm.drive_soon(self.driver);
    }
}

/// The wait for a scan.
pub(crate) struct Waiting {
    scanning: Scanning,
    news: bool,
}

impl Operation for Waiting {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
        let mut shared = self.scanning.shared.borrow_mut();
        let finished = match &shared.outcome {
            Some(Err(error)) => return Err(Fault::new(error.kind(), error.to_string())),
            Some(Ok(_)) => true,
            None => false,
        };
        if !(finished || self.news && shared.news) {
            shared.waiter = Some(waiter);
            return Ok(None);
        }
        shared.news = false;
        let Progress { done, total, open } = shared.progress.unwrap_or(Progress { done: 0, total: 0, open: 0 });
        let counts = [done, total, open].map(|count| Value::number(count as f64));
        let state = [Value::boolean(finished), counts[0], counts[1], counts[2]];
        Ok(Some(vm.heap.array(&state).value()))
    }
}

enum Stage {
    Resolving(Addresses),
    Probing(Box<Probing>),
}

/// The driver of a scan.
struct Scanner {
    shared: Rc<RefCell<Shared>>,
    stage: Stage,
    request: Request,
    report_at: Option<Instant>,
}

impl Driver for Scanner {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        if self.shared.borrow().stopped {
            return self.end(vm);
        }
        match self.advance(vm, this) {
            Ok(None) => Driven::Waits,
            Ok(Some(findings)) => self.finish(vm, Ok(findings)),
            Err(error) => self.finish(vm, Err(error)),
        }
    }
}

/// An address of IPv4 in the guise of IPv6 is one of IPv4: that is where its packets go.
fn canonical(host: SocketAddr) -> SocketAddr {
    match host.ip().to_canonical() {
        ip if ip == host.ip() => host,
        ip => SocketAddr::new(ip, host.port()),
    }
}

/// Whether the ports of a host may be scanned.
fn permitted(vm: &Vm, request: &Request, host: SocketAddr) -> Result<(), Denied> {
    if request.method == Method::Segment {
        vm.system.permissions.raw()?;
    }
    let mut ports = [request.first, request.last].into_iter();
    ports.try_for_each(|port| vm.system.permissions.connect(&request.host, SocketAddr::new(host.ip(), port)))
}

impl Scanner {
    fn advance(&mut self, vm: &mut Vm, this: DriverId) -> Result<Option<Findings>, NetError> {
        if let Stage::Resolving(addresses) = &mut self.stage {
            let Some(found) = addresses.poll(vm, this.waiter())? else { return Ok(None) };
            let host = canonical(found[0]);
            permitted(vm, &self.request, host)
                .map_err(|denied| NetError::system(NetStage::Connect, denied.into(), host.ip().to_string()))?;
            self.stage = Stage::Probing(Box::new(Probing::begin(vm, host, &self.request)?));
        }
        let Stage::Probing(probing) = &mut self.stage else { return Ok(None) };
        let now = Instant::now();
        let pause = probing.advance(vm, this)?;
        self.shared.borrow_mut().progress = Some(probing.progress());
        if probing.is_done() {
            return Ok(Some(probing.findings()));
        }
        let report_at = *self.report_at.get_or_insert(now);
        if now >= report_at {
            self.report_at = Some(now + REPORT);
            self.tell(vm);
        }
        match pause {
            Some(at) => {
                let at = if self.shared.borrow().waiter.is_some() { at.min(now + REPORT) } else { at };
                vm.set_driver_deadline(this, Some(at));
            }
            None => vm.drive_soon(this),
        }
        Ok(None)
    }

    /// Lets the one who waits know that it has gone on.
    fn tell(&mut self, vm: &mut Vm) {
        let mut shared = self.shared.borrow_mut();
        shared.news = true;
        let waiter = shared.waiter;
        drop(shared);
        waiter.into_iter().for_each(|waiter| vm.wake(waiter));
    }

    fn finish(&mut self, vm: &mut Vm, outcome: Result<Findings, NetError>) -> Driven {
        self.shared.borrow_mut().outcome = Some(outcome);
        let ended = self.end(vm);
        self.tell(vm);
        ended
    }

    fn end(&mut self, vm: &mut Vm) -> Driven {
        match &mut self.stage {
            Stage::Resolving(addresses) => addresses.abandon(vm),
            Stage::Probing(probing) => probing.end(vm),
        }
        vm.heap.discount(self.request.bytes());
        Driven::Ended
    }
}
