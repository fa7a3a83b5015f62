//! Protocols: by their word, by number, and anywhere in a chain of headers.

use std::ops::Range;

use super::{Reading, Result};
use crate::filter::ast::{Expression, Protocol, Qualifiers, Shape};
use crate::filter::graph::Condition;
use crate::filter::layers::{ARP, Framing, IP, IP6, RARP};
use crate::filter::lex::Mistake;
use crate::filter::value::{Comparison, ValueId};
use crate::filter::words::{protocol_number, protocol_word};
use crate::wire::bpf::code::{ADD, B, MUL};

const FRAGMENT: u32 = 44;
const AUTHENTICATION: u32 = 51;
/// Headers before the wanted one that a chain may have.
const LONGEST_CHAIN: u32 = 6;

impl Reading<'_> {
    /// A word alone.
    pub(super) fn protocol(&mut self, protocol: Protocol, place: &Range<usize>) -> Result<Condition> {
        let kind = match protocol {
            Protocol::Ip => IP,
            Protocol::Ip6 => IP6,
            Protocol::Arp => ARP,
            Protocol::Rarp => RARP,
            Protocol::Atalk => 0x809b,
            Protocol::Aarp => 0x80f3,
            Protocol::Decnet => 0x6003,
            Protocol::Lat => 0x6004,
            Protocol::Sca => 0x6007,
            Protocol::Moprc => 0x6002,
            Protocol::Mopdl => 0x6001,
            Protocol::Stp => 0x42,
            Protocol::Ipx => 0xe0,
            Protocol::Netbeui => 0xf0,
            Protocol::Iso => 0xfe,
            Protocol::Clnp => return Ok(self.within_iso(129)),
            Protocol::Esis => return Ok(self.within_iso(130)),
            Protocol::Isis => return Ok(self.within_iso(131)),
            Protocol::Link => {
                return Err(Mistake::new(
                    place.clone(),
                    "expected `host`, `proto`, `broadcast` or `multicast` after this",
                ));
            }
            _ => return Ok(self.above_ip(protocol)),
        };
        Ok(self.tests().follows(kind))
    }

    fn above_ip(&mut self, protocol: Protocol) -> Condition {
        let (number, v4, v6) = match protocol {
            Protocol::Tcp => (6, true, true),
            Protocol::Udp => (17, true, true),
            Protocol::Sctp => (132, true, true),
            Protocol::Icmp => (1, true, false),
            Protocol::Icmp6 => (58, false, true),
            Protocol::Igmp => (2, true, false),
            Protocol::Igrp => (9, true, false),
            Protocol::Vrrp | Protocol::Carp => (112, true, false),
            Protocol::Pim => (103, true, true),
            Protocol::Ah => (51, true, true),
            _ => (50, true, true),
        };
        let v4 = v4.then(|| self.within_ip(number));
        let v6 = v6.then(|| self.within_ip6(number));
        v4.into_iter().chain(v6).reduce(Condition::or).unwrap_or(Condition::Constant(false))
    }

    /// A protocol above IPv4, the only version in which its bytes can be compared.
    pub(super) fn transport(&mut self, protocol: Protocol) -> Condition {
        let any = self.above_ip(protocol);
        self.tests().follows(IP).and(any)
    }

    fn within_ip(&mut self, number: u32) -> Condition {
        self.tests().follows(IP).and(self.tests().network(9, B, number))
    }

    fn within_ip6(&mut self, number: u32) -> Condition {
        let mut tests = self.tests();
        let first = tests.network(6, B, number);
        let second = tests.network(6, B, FRAGMENT).and(tests.network(40, B, number));
        tests.follows(IP6).and(first.or(second))
    }

    fn within_iso(&mut self, number: u32) -> Condition {
        let follows = self.tests().follows(0xfe);
        // The LLC header is three bytes here, without SNAP.
        let llc = if self.layers.link == Framing::Ethernet { 3 } else { 0 };
        follows.and(self.tests().network(llc, B, number))
    }

    /// `proto` and a number or name.
    pub(super) fn numbered_protocol(&mut self, qualifiers: &Qualifiers, name: &Expression) -> Result<Condition> {
        let number = self.protocol_number(qualifiers, name)?;
        match qualifiers.protocol {
            None => Ok(self.within_ip(number).or(self.within_ip6(number))),
            Some(Protocol::Ip) => Ok(self.within_ip(number)),
            Some(Protocol::Ip6) => Ok(self.within_ip6(number)),
            Some(Protocol::Link) => Ok(self.tests().follows(number)),
            Some(Protocol::Iso) => Ok(self.within_iso(number)),
            Some(other) => {
                let message = format!("`{}` does not say which protocol follows", protocol_word(other));
                Err(Mistake::new(name.place.clone(), message))
            }
        }
    }

    fn protocol_number(&self, qualifiers: &Qualifiers, name: &Expression) -> Result<u32> {
        let above = qualifiers.protocol;
        let most = if above == Some(Protocol::Link) { 0xffff } else { 0xff };
        let found = match &name.shape {
            Shape::Number(number) => Some(*number),
            Shape::Name(name) => protocol_number(above, name),
            _ => None,
        };
        match found {
            Some(number) if number <= most => Ok(number),
            Some(_) => Err(Mistake::new(name.place.clone(), format!("numbers of these protocols are 0 to {most}"))),
            None => Err(Mistake::new(name.place.clone(), "expected the number or the name of a protocol")),
        }
    }

    /// A protocol anywhere in the chain of headers, as far as a program without loops goes.
    pub(super) fn protocol_chain(&mut self, qualifiers: &Qualifiers, name: &Expression) -> Result<Condition> {
        let number = self.protocol_number(qualifiers, name)?;
        match qualifiers.protocol {
            None => Ok(self.chain_of_ip(number).or(self.chain_of_ip6(number))),
            Some(Protocol::Ip) => Ok(self.chain_of_ip(number)),
            Some(Protocol::Ip6) => Ok(self.chain_of_ip6(number)),
            Some(_) => Err(Mistake::new(name.place.clone(), "`protochain` stands after `ip`, `ip6` or nothing")),
        }
    }

    fn chain_of_ip(&mut self, number: u32) -> Condition {
        let network = self.layers.network();
        let (first, start) = (self.tests().at(network + 9, B), self.values.header_length(network));
        self.tests().follows(IP).and(self.headers(first, start, number, &[]))
    }

    fn chain_of_ip6(&mut self, number: u32) -> Condition {
        let network = self.layers.network();
        let (first, start) = (self.tests().at(network + 6, B), self.values.constant(40));
        // Hop-by-hop options, destination options, routing, fragment.
        self.tests().follows(IP6).and(self.headers(first, start, number, &[0, 60, 43, FRAGMENT]))
    }

    /// A chain of headers: the number of the first and where it starts, and which numbers are
    /// those of headers that say what follows.
    fn headers(&mut self, first: ValueId, start: ValueId, wanted: u32, extensions: &[u32]) -> Condition {
        self.headers_from(first, start, wanted, extensions, LONGEST_CHAIN, true).unwrap_or(Condition::Constant(false))
    }

    fn headers_from(
        &mut self,
        number: ValueId,
        start: ValueId,
        wanted: u32,
        extensions: &[u32],
        left: u32,
        authenticates: bool,
    ) -> Option<Condition> {
        let mut condition = self.tests().ask(number, Comparison::Equal, wanted);
        if left == 0 {
            return Some(condition);
        }
        let network = self.layers.network();
        let next = self.values.load(Some(start), network, B);
        if !extensions.is_empty() {
            let is_extension = extensions.iter().map(|&kind| self.tests().ask(number, Comparison::Equal, kind));
            let is_extension = is_extension.reduce(Condition::or)?;
            let after = self.after(start, 1, 8)?;
            let rest = self.headers_from(next, after, wanted, extensions, left - 1, authenticates)?;
            condition = condition.or(is_extension.and(rest));
        }
        if authenticates {
            let is_header = self.tests().ask(number, Comparison::Equal, AUTHENTICATION);
            let after = self.after(start, 2, 4)?;
            let rest = self.headers_from(next, after, wanted, extensions, left - 1, false)?;
            condition = condition.or(is_header.and(rest));
        }
        Some(condition)
    }

    /// Where the header ends that starts somewhere and has its length in its second byte.
    fn after(&mut self, start: ValueId, more: u32, unit: u32) -> Option<ValueId> {
        let length = self.values.load(Some(start), self.layers.network() + 1, B);
        let (more, unit) = (self.values.constant(more), self.values.constant(unit));
        let length = self.values.compute(ADD, length, more)?;
        let length = self.values.compute(MUL, length, unit)?;
        self.values.compute(ADD, length, start)
    }
}
