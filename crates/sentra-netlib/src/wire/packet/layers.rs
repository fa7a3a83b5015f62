//! All headers of a frame, from the link to the transport.

use std::net::IpAddr;

use super::ethernet::kind;
use super::{Arp, Icmp, Ipv4, Ipv6, Link, Tcp, Udp, ip, link};

/// The header of the network layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network<'a> {
    /// ARP.
    Arp(Arp),
    /// IPv4.
    V4(Ipv4<'a>),
    /// IPv6.
    V6(Ipv6<'a>),
    /// None that is understood.
    Other,
}

/// The header of the transport layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    /// TCP.
    Tcp(Tcp<'a>),
    /// UDP.
    Udp(Udp),
    /// ICMP.
    Icmp(Icmp),
    /// ICMPv6.
    Icmpv6(Icmp),
    /// A fragment after the first, which has no header.
    Fragment,
    /// None that is understood, or not all of it.
    Other,
}

/// A frame's headers, and what follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The header of the link.
    pub link: link::Head,
    /// The header of the network layer.
    pub network: Network<'a>,
    /// The header of the transport layer.
    pub transport: Transport<'a>,
    /// What follows the last header that was understood.
    pub payload: &'a [u8],
    /// What the network layer carries: the header of the transport layer and the payload.
    pub segment: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a frame; nothing if even the header of its link is cut short or of another kind.
    pub fn read(link: Link, frame: &'a [u8]) -> Option<Self> {
        let (head, rest) = link.read(frame)?;
        let none =
            Self { link: head, network: Network::Other, transport: Transport::Other, payload: rest, segment: rest };
        Some(match head.kind {
            Some(kind::IPV4) => Ipv4::read(rest).map_or(none, |(ip, body)| {
                let later = ip.fragment_offset != 0;
                none.carrying(Network::V4(ip), ip.protocol, later, body)
            }),
            Some(kind::IPV6) => Ipv6::read(rest)
                .map_or(none, |(ip, body)| none.carrying(Network::V6(ip), ip.protocol, ip.is_later_fragment(), body)),
            Some(kind::ARP) => Arp::read(rest).map_or(none, |arp| {
                let rest = &rest[28..];
                Self { network: Network::Arp(arp), payload: rest, segment: rest, ..none }
            }),
            _ => none,
        })
    }

    fn carrying(self, network: Network<'a>, protocol: u8, later: bool, body: &'a [u8]) -> Self {
        let read = match protocol {
            _ if later => Some((Transport::Fragment, body)),
            ip::TCP => Tcp::read(body).map(|(tcp, rest)| (Transport::Tcp(tcp), rest)),
            ip::UDP => Udp::read(body).map(|(udp, rest)| (Transport::Udp(udp), rest)),
            ip::ICMP => Icmp::read(body).map(|(icmp, rest)| (Transport::Icmp(icmp), rest)),
            ip::ICMPV6 => Icmp::read(body).map(|(icmp, rest)| (Transport::Icmpv6(icmp), rest)),
            _ => None,
        };
        let (transport, payload) = read.unwrap_or((Transport::Other, body));
        Self { network, transport, payload, segment: body, ..self }
    }

    /// The addresses of IP that it goes between.
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        match &self.network {
            Network::V4(ip) => Some((ip.source.into(), ip.destination.into())),
            Network::V6(ip) => Some((ip.source.into(), ip.destination.into())),
            _ => None,
        }
    }

    /// The ports that it goes between.
    pub fn ports(&self) -> Option<(u16, u16)> {
        match &self.transport {
            Transport::Tcp(tcp) => Some((tcp.source, tcp.destination)),
            Transport::Udp(udp) => Some((udp.source, udp.destination)),
            _ => None,
        }
    }

    /// The protocol over IP.
    pub fn protocol(&self) -> Option<u8> {
        match &self.network {
            Network::V4(ip) => Some(ip.protocol),
            Network::V6(ip) => Some(ip.protocol),
            _ => None,
        }
    }

    /// How many routers it may still pass.
    pub fn ttl(&self) -> Option<u8> {
        match &self.network {
            Network::V4(ip) => Some(ip.ttl),
            Network::V6(ip) => Some(ip.hop_limit),
            _ => None,
        }
    }

    /// Whether it is a part of a packet of IP.
    pub fn is_fragment(&self) -> bool {
        match &self.network {
            Network::V4(ip) => ip.is_fragment(),
            Network::V6(ip) => ip.is_fragment(),
            _ => false,
        }
    }
}
