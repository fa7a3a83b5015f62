//! Whom a program may talk to, and where it may listen.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use sentra_netlib::network::kind::{is_global, is_loopback};
use sentra_netlib::network::{Network, unmapped};

/// What rules look like, for messages.
pub(super) const WANTED: &str = "HOST, *.HOST, an address or a prefix, with or without :PORT";
pub(super) const WANTED_LOCAL: &str = "PORT, FROM-TO or ADDRESS:PORT";

type Ports = RangeInclusive<u16>;

const ALL_PORTS: Ports = 0..=u16::MAX;

/// Someone that may be connected to.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    who: Who,
    ports: Ports,
}

#[derive(Clone, Debug)]
enum Who {
    /// In lower case, without a dot at its end.
    Name(String),
    /// All names below this one.
    Below(String),
    Network(Network),
}

impl Peer {
    pub fn parse(text: &str) -> Option<Self> {
        let network = |text: &str| Network::parse(text.as_bytes()).ok().map(Who::Network);
        if let Some(who) = network(text) {
            return Some(Self { who, ports: ALL_PORTS });
        }
        if let Some((bracketed, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let ports = if rest.is_empty() { ALL_PORTS } else { ports(rest.strip_prefix(':')?)? };
            return Some(Self { who: network(bracketed)?, ports });
        }
        let (host, ports) = match text.rsplit_once(':') {
            Some((host, text)) => (host, ports(text)?),
            None => (text, ALL_PORTS),
        };
        let who = network(host).or_else(|| name(host))?;
        Some(Self { who, ports })
    }

    pub fn is_address(&self) -> bool {
        matches!(self.who, Who::Network(_))
    }

    pub fn has_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }

    pub fn has_name(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        match &self.who {
            Who::Name(name) => *name == host,
            Who::Below(name) => host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.')),
            Who::Network(_) => false,
        }
    }

    pub fn has_address(&self, address: SocketAddr) -> bool {
        let Who::Network(network) = &self.who else { return false };
        let ip = unmapped(address.ip());
        let one = Network { address: ip, prefix: if ip.is_ipv4() { 32 } else { 128 } };
        self.has_port(address.port()) && network.is_ipv4() == ip.is_ipv4() && network.contains(&one)
    }

    /// Whether it is all of a network, whatever the port.
    pub fn has_network(&self, wanted: &Network) -> bool {
        let Who::Network(network) = &self.who else { return false };
        self.ports == ALL_PORTS && network.is_ipv4() == wanted.is_ipv4() && network.contains(wanted)
    }

    /// Whether it is a name that may have this address: any that is public, and for names that
    /// mean this machine (RFC 6761, 6.3) its own.
    pub fn has_name_with(&self, host: &str, address: SocketAddr) -> bool {
        self.has_name(host)
            && self.has_port(address.port())
            && (is_global(address.ip()) || is_loopback(address.ip()) && is_local(host))
    }
}

fn is_local(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

fn name(host: &str) -> Option<Who> {
    let (below, name) = host.strip_prefix("*.").map_or((false, host), |rest| (true, rest));
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte) || byte >= 0x80;
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if name.is_empty() || is_number || !name.bytes().all(fits) {
        return None;
    }
    Some(if below { Who::Below(name) } else { Who::Name(name) })
}

fn ports(text: &str) -> Option<Ports> {
    match text.split_once('-') {
        Some((first, last)) => {
            let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(first..=last)
        }
        None => text.parse().ok().map(|port| port..=port),
    }
}

/// An address without IPv6 round one of IPv4.
pub(super) fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(unmapped(address.ip()), address.port())
}

/// Where a program may listen. Port 0 stands for whichever the system gives.
#[derive(Clone, Debug)]
pub(super) struct Local {
    address: Option<IpAddr>,
    ports: Ports,
}

impl Local {
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Some(Self { address: Some(address.ip()), ports: address.port()..=address.port() });
        }
        ports(text).map(|ports| Self { address: None, ports })
    }

    pub fn is(&self, address: SocketAddr) -> bool {
        self.ports.contains(&address.port()) && self.address.is_none_or(|ip| unmapped(ip) == unmapped(address.ip()))
    }
}
