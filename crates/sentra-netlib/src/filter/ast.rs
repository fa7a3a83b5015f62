//! A filter as it was written: expressions with their places. What they mean depends on what
//! stands before them, so numbers, names and conditions are expressions alike.

use std::net::Ipv6Addr;
use std::ops::Range;

use super::graph::Join;
use super::value::Comparison;

/// A protocol that filters know by a word of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Protocol {
    Link,
    Ip,
    Ip6,
    Arp,
    Rarp,
    Tcp,
    Udp,
    Sctp,
    Icmp,
    Icmp6,
    Igmp,
    Igrp,
    Pim,
    Vrrp,
    Carp,
    Ah,
    Esp,
    Atalk,
    Aarp,
    Decnet,
    Lat,
    Sca,
    Moprc,
    Mopdl,
    Stp,
    Ipx,
    Netbeui,
    Iso,
    Clnp,
    Esis,
    Isis,
}

/// Which of a frame's two addresses or ports are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Source,
    Destination,
    Either,
    Both,
}

/// What the words after qualifiers name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Host,
    Net,
    Port,
    PortRange,
    Protocol,
    ProtocolChain,
    Gateway,
}

/// What stands before a name, and stays in force for the names that follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Qualifiers {
    pub protocol: Option<Protocol>,
    pub direction: Option<Direction>,
    pub subject: Option<Subject>,
}

/// An address as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// Two to four parts, how many bits they are, and the prefix.
    V4 {
        number: u32,
        bits: u32,
        prefix: Option<u32>,
    },
    /// With a mask in the same form.
    Masked {
        number: u32,
        bits: u32,
        mask: u32,
        mask_bits: u32,
    },
    V6(Ipv6Addr, Option<u32>),
    Ethernet([u8; 6]),
}

/// An expression and where it stands.
#[derive(Debug)]
pub(super) struct Expression {
    pub shape: Shape,
    pub place: Range<usize>,
    /// How deep it is.
    pub depth: u16,
}

pub(super) type Boxed = Box<Expression>;

#[derive(Debug)]
pub(super) enum Shape {
    Number(u32),
    Name(String),
    Address(Address),
    Protocol(Protocol),
    Bytes {
        protocol: Protocol,
        index: Boxed,
        size: u32,
    },
    Length,
    Negative(Boxed),
    Compute(u16, Boxed, Boxed),
    /// A comparison, and whether it is to fail.
    Compare(Comparison, bool, Boxed, Boxed),
    Not(Boxed),
    Chain(Boxed, Vec<(Join, Expression)>),
    Group(Boxed),
    Qualified(Qualifiers, Boxed),
    Broadcast(Option<Protocol>),
    Multicast(Option<Protocol>),
    AtMost(u32),
    AtLeast(u32),
    Inbound,
    Outbound,
    Interface(u32),
    Vlan(Option<u32>),
    Mpls(Option<u32>),
    PppoeDiscovery,
    PppoeSession(Option<u32>),
}

/// Parentheses, negations and operators within each other.
const DEEPEST: u16 = 100;

/// It is nested too deep; where.
#[derive(Clone, Debug)]
pub(super) struct TooDeep(pub Range<usize>);

impl Expression {
    pub fn new(shape: Shape, start: usize, end: usize) -> Result<Self, TooDeep> {
        let inner = match &shape {
            Shape::Bytes { index: inner, .. }
            | Shape::Negative(inner)
            | Shape::Not(inner)
            | Shape::Group(inner)
            | Shape::Qualified(_, inner) => inner.depth + 1,
            Shape::Compute(_, left, right) | Shape::Compare(_, _, left, right) => left.depth.max(right.depth) + 1,
            Shape::Chain(first, rest) => rest.iter().map(|(_, part)| part.depth).fold(first.depth, u16::max) + 1,
            _ => 0,
        };
        let place = start..end;
        if inner > DEEPEST { Err(TooDeep(place)) } else { Ok(Self { shape, place, depth: inner }) }
    }
}
