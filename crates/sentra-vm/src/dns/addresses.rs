//! The addresses of a host to connect to: literals, names that this machine knows, and both
//! families from name servers at once (RFC 8305).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::error::Cause;
use sentra_netlib::exchange::resolver::Found;
use sentra_netlib::wire::dns::{Kind, Manner, rdata};
use sentra_netlib::{NetError, Stage, address};

use super::resolution::{Outcome, Resolution, Wanted};
use crate::fiber::Waiter;
use crate::vm::Vm;

/// How long an answer for one family waits for the other's (RFC 8305, 3: the Resolution Delay).
const DELAY: Duration = Duration::from_millis(50);

/// A host on the way to its addresses.
pub(crate) enum Addresses {
    /// It has not been looked at.
    Name(String, u16),
    /// Name servers are asked.
    Asked(Box<Asked>),
    /// They are known.
    Known(Rc<[SocketAddr]>),
}

/// Both families on their way.
pub(crate) struct Asked {
    host: String,
    port: u16,
    families: [Family; 2],
    /// Whether an answer with addresses has come: the other is then waited for no longer than it is worth.
    hastened: bool,
}

struct Family {
    resolution: Resolution,
    outcome: Option<Result<Vec<IpAddr>, NetError>>,
}

type Resolved<T> = Result<T, NetError>;

impl Addresses {
    /// Of a host, each with this port.
    pub fn new(host: &str, port: u16) -> Self {
        match address::literal(host, port) {
            Some(address) => Self::Known(Rc::new([address])),
            None => Self::Name(host.to_string(), port),
        }
    }

    /// The addresses, at least one, in the order in which to try them; nothing while they are
    /// looked for.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Resolved<Option<Rc<[SocketAddr]>>> {
        let known = match self {
            Self::Known(addresses) => return Ok(Some(Rc::clone(addresses))),
            Self::Name(host, port) => {
                let (host, port) = (std::mem::take(host), *port);
                match look_up(vm, &host, port)? {
                    Looked::Known(addresses) => addresses,
                    Looked::Asked(asked) => {
                        *self = Self::Asked(asked);
                        return self.poll(vm, waiter);
                    }
                }
            }
            Self::Asked(asked) => match asked.poll(vm, waiter)? {
                Some(addresses) => addresses,
                None => return Ok(None),
            },
        };
        *self = Self::Known(known.into());
        self.poll(vm, waiter)
    }

    /// Wants them no longer.
    pub fn abandon(&mut self, vm: &mut Vm) {
        if let Self::Asked(asked) = self {
            asked.families.iter_mut().for_each(|family| family.resolution.abandon(vm));
        }
    }
}

enum Looked {
    Known(Vec<SocketAddr>),
    Asked(Box<Asked>),
}

fn look_up(vm: &mut Vm, host: &str, port: u16) -> Resolved<Looked> {
    let (settings, hosts) = vm.system.resolver.system(Instant::now());
    let known = hosts.addresses(host);
    if !known.is_empty() {
        return Ok(Looked::Known(in_turn(known.iter().copied(), port)));
    }
    if is_local(host) {
        let own = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        return Ok(Looked::Known(in_turn(own.into_iter(), port)));
    }
    let refused = |denied: crate::permission::Denied| {
        NetError::system(Stage::Resolve, denied.into(), host.escape_debug().to_string())
    };
    // Somebody means a URL, or has added a port: no name server has to be asked about that.
    if host.contains(['/', ':', '?', '#', '@']) {
        return Err(no_address(host, "not a host name"));
    }
    vm.system.permissions.look_up(host).map_err(refused)?;
    let mut family = |kind| {
        let settings = Rc::clone(&settings);
        let wanted = Wanted { host, kind, settings, manner: Manner::default(), tls: None, about: Some(0), until: None };
        let resolution = Resolution::new(vm, wanted).ok_or_else(|| no_address(host, "not a host name"))?;
        Ok(Family { resolution, outcome: None })
    };
    let families = [family(Kind::AAAA)?, family(Kind::A)?];
    Ok(Looked::Asked(Box::new(Asked { host: host.to_string(), port, families, hastened: false })))
}

/// RFC 6761, 6.3: names under `localhost` always mean this machine.
fn is_local(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

fn no_address(host: &str, reason: impl Into<String>) -> NetError {
    NetError::new(Stage::Resolve, Cause::NoAddress(reason.into()), host.escape_debug().to_string())
}

impl Asked {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Resolved<Option<Vec<SocketAddr>>> {
        for family in self.families.iter_mut().filter(|family| family.outcome.is_none()) {
            if let Some(outcome) = family.resolution.poll(vm, waiter) {
                family.outcome = Some(addresses(&self.host, outcome));
            }
        }
        let found = self.families.iter().filter_map(|family| family.outcome.as_ref()?.as_ref().ok()).flatten();
        let found: Vec<IpAddr> = found.copied().collect();
        if self.families.iter().all(|family| family.outcome.is_some()) {
            return if found.is_empty() {
                Err(self.failure())
            } else {
                Ok(Some(in_turn(found.into_iter(), self.port)))
            };
        }
        if !found.is_empty() && !std::mem::replace(&mut self.hastened, true) {
            let at = Instant::now() + DELAY;
            let open = self.families.iter_mut().filter(|family| family.outcome.is_none());
            open.for_each(|family| family.resolution.hasten(vm, at));
        }
        Ok(None)
    }

    /// Why there is no address at all: a server's failure says more than an absence.
    fn failure(&mut self) -> NetError {
        let failures = self.families.iter_mut().filter_map(|family| family.outcome.take()?.err());
        failures.last().unwrap_or_else(|| no_address(&self.host, "no address"))
    }
}

fn addresses(host: &str, outcome: Outcome) -> Resolved<Vec<IpAddr>> {
    let (answer, _) = outcome.map_err(|failed| no_address(host, failed.to_string()))?;
    if answer.found == Found::NoName {
        return Err(no_address(host, "no such name"));
    }
    let of = |kind| answer.records(kind).filter_map(|(reply, record)| rdata::address(reply, record));
    Ok(of(Kind::AAAA).chain(of(Kind::A)).collect())
}

/// Both families in turn, so that a broken one costs little.
fn in_turn(found: impl Iterator<Item = IpAddr>, port: u16) -> Vec<SocketAddr> {
    address::interleave(found.map(|address| SocketAddr::new(address, port)).collect())
}
