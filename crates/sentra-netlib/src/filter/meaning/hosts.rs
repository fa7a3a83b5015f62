//! Addresses: of hosts, of networks, of Ethernet.

use super::{Reading, Result};
use crate::filter::ast::{Address, Direction, Expression, Protocol, Qualifiers, Shape, Subject};
use crate::filter::graph::Condition;
use crate::filter::layers::{ARP, IP, IP6, RARP};
use crate::filter::lex::Mistake;
use crate::filter::words::protocol_word;
use crate::wire::bpf::code::{H, W};
use std::net::{IpAddr, Ipv6Addr};

/// Which addresses are asked for.
#[derive(Clone, Copy)]
struct Asked<'q> {
    qualifiers: &'q Qualifiers,
    place: &'q Expression,
}

impl Reading<'_> {
    pub(super) fn host(&mut self, qualifiers: &Qualifiers, name: &Expression) -> Result<Condition> {
        let asked = Asked { qualifiers, place: name };
        let net = qualifiers.subject == Some(Subject::Net);
        match &name.shape {
            Shape::Number(number) => {
                let (number, mask) = if net { promoted(*number) } else { (*number, u32::MAX) };
                self.v4(asked, number, mask)
            }
            Shape::Address(Address::V4 { number, bits, prefix }) => {
                let shift = 32 - bits;
                match prefix {
                    None => self.v4(asked, number << shift, u32::MAX << shift),
                    Some(prefix) => {
                        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
                        self.v4_net(asked, number << shift, mask)
                    }
                }
            }
            Shape::Address(Address::Masked { number, bits, mask, mask_bits }) => {
                self.v4_net(asked, number << (32 - bits), mask << (32 - mask_bits))
            }
            Shape::Address(Address::V6(address, prefix)) => self.v6_net(asked, *address, *prefix),
            Shape::Address(Address::Ethernet(address)) => self.ethernet_host(asked, *address),
            Shape::Name(name) => self.named_host(asked, name),
            _ => Err(Mistake::new(name.place.clone(), "expected an address")),
        }
    }

    fn named_host(&mut self, asked: Asked, name: &str) -> Result<Condition> {
        let place = asked.place.place.clone();
        let unknown = |what: &str| Mistake::new(place.clone(), format!("there is no {what} `{name}`"));
        if asked.qualifiers.protocol == Some(Protocol::Link) {
            let address = self.names.ethernet(name).ok_or_else(|| unknown("Ethernet address for"))?;
            return self.ethernet_host(asked, address);
        }
        if asked.qualifiers.subject == Some(Subject::Net) {
            let (number, mask) = match name {
                "loopback" => (127 << 24, 0xff00_0000),
                "default" => (0, 0),
                "link-local" => (0xa9fe_0000, 0xffff_0000),
                _ => return Err(unknown("network")),
            };
            return self.v4(asked, number, mask);
        }
        let addresses = self.names.host(name);
        let fits = |address: &&IpAddr| match asked.qualifiers.protocol {
            None => true,
            Some(Protocol::Ip6) => address.is_ipv6(),
            _ => address.is_ipv4(),
        };
        let mut conditions = vec![];
        for address in addresses.iter().filter(fits) {
            conditions.push(match address {
                IpAddr::V4(address) => self.v4(asked, (*address).into(), u32::MAX)?,
                IpAddr::V6(address) => self.v6(asked, *address, u128::MAX)?,
            });
        }
        conditions.into_iter().reduce(Condition::or).ok_or_else(|| unknown("host"))
    }

    fn v4_net(&mut self, asked: Asked, number: u32, mask: u32) -> Result<Condition> {
        let place = asked.place.place.clone();
        if asked.qualifiers.subject != Some(Subject::Net) {
            return Err(Mistake::new(place, "only `net` takes a prefix or a mask"));
        }
        if number & !mask != 0 {
            return Err(Mistake::new(place, "the address has bits beyond the network's"));
        }
        self.v4(asked, number, mask)
    }

    fn v4(&mut self, asked: Asked, number: u32, mask: u32) -> Result<Condition> {
        match asked.qualifiers.protocol {
            None if self.layers.has_labels() => Ok(self.v4_in(asked, IP, number, mask)),
            None => Ok(self
                .v4_in(asked, IP, number, mask)
                .or(self.v4_in(asked, ARP, number, mask))
                .or(self.v4_in(asked, RARP, number, mask))),
            Some(Protocol::Ip) => Ok(self.v4_in(asked, IP, number, mask)),
            Some(Protocol::Arp) => Ok(self.v4_in(asked, ARP, number, mask)),
            Some(Protocol::Rarp) => Ok(self.v4_in(asked, RARP, number, mask)),
            Some(other) => Err(self.unfit(asked, other, "IPv4")),
        }
    }

    fn v4_in(&mut self, asked: Asked, kind: u32, number: u32, mask: u32) -> Condition {
        let (source, destination) = if kind == IP { (12, 16) } else { (14, 24) };
        let network = self.layers.network();
        let follows = self.tests().follows(kind);
        follows.and(directed(asked.qualifiers.direction, |is_source| {
            let offset = if is_source { source } else { destination };
            self.tests().masked(network + offset, W, mask, number & mask)
        }))
    }

    fn v6_net(&mut self, asked: Asked, address: Ipv6Addr, prefix: Option<u32>) -> Result<Condition> {
        let place = asked.place.place.clone();
        let net = asked.qualifiers.subject == Some(Subject::Net);
        let length = prefix.unwrap_or(128);
        if !net && length != 128 {
            return Err(Mistake::new(place, "only `net` takes a prefix"));
        }
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
        if u128::from(address) & !mask != 0 {
            return Err(Mistake::new(place, "the address has bits beyond the network's"));
        }
        self.v6(asked, address, mask)
    }

    fn v6(&mut self, asked: Asked, address: Ipv6Addr, mask: u128) -> Result<Condition> {
        match asked.qualifiers.protocol {
            None | Some(Protocol::Ip6) => {}
            Some(other) => return Err(self.unfit(asked, other, "IPv6")),
        }
        let network = self.layers.network();
        let address = u128::from(address) & mask;
        let follows = self.tests().follows(IP6);
        Ok(follows.and(directed(asked.qualifiers.direction, |is_source| {
            let start = network + if is_source { 8 } else { 24 };
            let word = |number: u128, at: u32| (number >> (96 - 32 * at)) as u32;
            let words = (0..4).map(|at| self.tests().masked(start + 4 * at, W, word(mask, at), word(address, at)));
            words.reduce(Condition::and).unwrap_or(Condition::Constant(true))
        })))
    }

    fn unfit(&self, asked: Asked, protocol: Protocol, version: &str) -> Mistake {
        let word = protocol_word(protocol);
        Mistake::new(
            asked.place.place.clone(),
            format!("`{word}` has no {version} addresses of its own: write `{word} and host …`"),
        )
    }

    fn ethernet_host(&mut self, asked: Asked, address: [u8; 6]) -> Result<Condition> {
        let Qualifiers { protocol, direction, subject } = *asked.qualifiers;
        let place = &asked.place.place;
        if protocol != Some(Protocol::Link) || matches!(subject, Some(Subject::Net)) {
            return Err(Mistake::new(
                place.clone(),
                "an Ethernet address stands after `ether host`, `ether src` or `ether dst`",
            ));
        }
        self.check_ethernet(place, "`ether host`")?;
        Ok(directed(direction, |is_source| self.ethernet_address(if is_source { 6 } else { 0 }, address)))
    }

    /// An Ethernet address at an offset into the header of the link.
    pub(super) fn ethernet_address(&mut self, offset: u32, address: [u8; 6]) -> Condition {
        let at = self.layers.header + offset;
        let [a, b, c, d, e, f] = address;
        let end = self.tests().equal(at + 2, W, u32::from_be_bytes([c, d, e, f]));
        end.and(self.tests().equal(at, H, u32::from(u16::from_be_bytes([a, b]))))
    }
}

/// The condition for the source, the destination, either or both.
pub(super) fn directed(direction: Option<Direction>, mut condition: impl FnMut(bool) -> Condition) -> Condition {
    match direction {
        Some(Direction::Source) => condition(true),
        Some(Direction::Destination) => condition(false),
        Some(Direction::Both) => condition(true).and(condition(false)),
        Some(Direction::Either) | None => condition(true).or(condition(false)),
    }
}

/// A short number of a network: its bytes come first, such as 10 for 10.0.0.0/8.
fn promoted(number: u32) -> (u32, u32) {
    let bits = number.leading_zeros() & !7;
    match number {
        0 => (0, u32::MAX),
        _ => (number << bits, u32::MAX << bits),
    }
}
