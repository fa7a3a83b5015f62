//! The head of a rule: what it does, for which protocol, between whom.

use std::net::IpAddr;

use super::options::Options;
use super::scanner::{Part, words};
use super::{Mistake, Result};
use crate::network::Network;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Ip,
    Tcp,
    Udp,
    Icmp,
}

impl Protocol {
    /// Whether options fit it.
    pub fn check(self, options: &Options, at: usize) -> Result<()> {
        let place = at..at + 1;
        if options.flags.is_some() && self != Self::Tcp {
            return Err(Mistake::new(place, "only rules for `tcp` have `flags`"));
        }
        if (options.kind.is_some() || options.code.is_some()) && self != Self::Icmp {
            return Err(Mistake::new(place, "only rules for `icmp` have `itype` or `icode`"));
        }
        Ok(())
    }
}

pub(super) struct Header {
    pub protocol: Protocol,
    source: (Set<Network>, Set<(u16, u16)>),
    target: (Set<Network>, Set<(u16, u16)>),
    both_ways: bool,
}

/// Things that are meant, and others that are not.
struct Set<T> {
    meant: Vec<T>,
    others: Vec<T>,
}

impl<T> Set<T> {
    fn any() -> Self {
        Self { meant: vec![], others: vec![] }
    }

    fn is_any(&self) -> bool {
        self.meant.is_empty() && self.others.is_empty()
    }

    fn has(&self, is: impl Fn(&T) -> bool) -> bool {
        (self.meant.is_empty() || self.meant.iter().any(&is)) && !self.others.iter().any(&is)
    }
}

impl Header {
    pub fn parse(head: &str, home: Option<&str>) -> Result<Self> {
        let words = words(head);
        let [action, protocol, source, from, way, target, to] = words.as_slice() else {
            let message = "expected `alert tcp SOURCE PORT -> TARGET PORT (…)`";
            return Err(Mistake::new(0..head.trim_end().len().max(1), message));
        };
        if action.text != "alert" {
            return Err(Mistake::new(action.place(), "expected `alert`: packets cannot be held up here"));
        }
        let protocol = match protocol.text {
            "ip" => Protocol::Ip,
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "icmp" => Protocol::Icmp,
            _ => return Err(Mistake::new(protocol.place(), "expected `ip`, `tcp`, `udp` or `icmp`")),
        };
        let both_ways = match way.text {
            "->" => false,
            "<>" => true,
            _ => return Err(Mistake::new(way.place(), "expected `->` or `<>`")),
        };
        Ok(Self {
            protocol,
            source: (hosts(source, home)?, ports(from)?),
            target: (hosts(target, home)?, ports(to)?),
            both_ways,
        })
    }

    pub fn is_between(&self, (source, target): (IpAddr, IpAddr), ports: Option<(u16, u16)>) -> bool {
        let (from, to) = ports.map_or((None, None), |(from, to)| (Some(from), Some(to)));
        let fits =
            |a: (IpAddr, Option<u16>), b: (IpAddr, Option<u16>)| is_end(&self.source, a) && is_end(&self.target, b);
        fits((source, from), (target, to)) || self.both_ways && fits((target, to), (source, from))
    }
}

fn is_end((hosts, ports): &(Set<Network>, Set<(u16, u16)>), (address, port): (IpAddr, Option<u16>)) -> bool {
    let port_fits = match port {
        Some(port) => ports.has(|(first, last)| (*first..=*last).contains(&port)),
        None => ports.is_any(),
    };
    let host = Network { address, prefix: if address.is_ipv4() { 32 } else { 128 } };
    port_fits && hosts.has(|network| network.contains(&host))
}

/// Reads one item and puts it where it belongs.
type Read<'r, 'l, T> = dyn Fn(&Part<'l>, bool, &mut Set<T>) -> Result<()> + 'r;

/// Puts the items of a list, with those after `!` apart.
fn set<'l, T>(word: &Part<'l>, not: bool, depth: u32, set_: &mut Set<T>, read: &Read<'_, 'l, T>) -> Result<()> {
    let (not, word) = match word.text.strip_prefix('!') {
        Some(_) => (!not, word.cut(1..word.text.len()).trimmed()),
        None => (not, word.clone()),
    };
    let inner = word.text.strip_prefix('[').map(|rest| rest.strip_suffix(']'));
    match inner {
        Some(Some(inner)) if depth < 8 => {
            let inner = Part { text: inner, start: word.start + 1 };
            inner.list().iter().try_for_each(|part| set(part, not, depth + 1, set_, read))
        }
        Some(_) => Err(Mistake::new(word.place(), "expected `]` at its end")),
        None if word.text == "any" && !not => Ok(()),
        None => read(&word, not, set_),
    }
}

fn hosts(word: &Part, home: Option<&str>) -> Result<Set<Network>> {
    let mut all = Set::any();
    let read = |part: &Part, not: bool, to: &mut Set<Network>| {
        let text = match part.text {
            "$HOME_NET" => home,
            "$EXTERNAL_NET" => None,
            text if text.starts_with('$') => {
                return Err(Mistake::new(part.place(), "only `$HOME_NET` and `$EXTERNAL_NET` are known"));
            }
            text => Some(text),
        };
        let Some(text) = text else { return Ok(()) };
        for network in text.trim_matches(['[', ']']).split(',') {
            let network = Network::parse(network.trim().as_bytes());
            let network = network.map_err(|_| Mistake::new(part.place(), "expected `any`, an address or a network"))?;
            if not { to.others.push(network) } else { to.meant.push(network) }
        }
        Ok(())
    };
    set(word, false, 0, &mut all, &read)?;
    Ok(all)
}

fn ports(word: &Part) -> Result<Set<(u16, u16)>> {
    let mut all = Set::any();
    let read = |part: &Part, not: bool, to: &mut Set<(u16, u16)>| {
        let wrong = || Mistake::new(part.place(), "expected `any`, a port or a range such as `1024:`");
        let number = |text: &str, usual| if text.is_empty() { Ok(usual) } else { text.parse().map_err(|_| wrong()) };
        let range: (u16, u16) = match part.text.split_once(':') {
            Some((first, last)) => (number(first, 0)?, number(last, u16::MAX)?),
            None => {
                let port = part.text.parse().map_err(|_| wrong())?;
                (port, port)
            }
        };
        if range.0 > range.1 {
            return Err(wrong());
        }
        if not {
            to.others.push(range)
        } else {
            to.meant.push(range)
        }
        Ok(())
    };
    set(word, false, 0, &mut all, &read)?;
    Ok(all)
}
