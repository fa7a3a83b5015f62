//! Probing hosts on a link in whole frames: ARP finds those of IPv4 (RFC 826), an echo that is
//! asked of all at once those of IPv6 (RFC 4443); an echo and the first segment of a connection
//! tell more. Nothing is remembered: what answers a segment is known by its acknowledgment number.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::wire::bpf::Instruction;
use crate::wire::packet::arp::operation;
use crate::wire::packet::tcp::{Choice, Flags};
use crate::wire::packet::{Arp, Ethernet, Icmp, Ipv4, Ipv6, Mac, Tcp, ethernet, icmp, ip};

/// All hosts of a link, and what their cards listen to for them (RFC 2464, 7).
const EVERYONE: (Ipv6Addr, Mac) = (Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1), Mac([0x33, 0x33, 0, 0, 0, 1]));
/// The shortest frame: shorter ones are filled up (IEEE 802.3).
const SHORTEST: usize = 60;

/// This machine on a link.
#[derive(Debug)]
pub struct OwnSide {
    /// Its card.
    pub mac: Mac,
    /// Its address.
    pub ip: IpAddr,
    /// The port that segments come from.
    pub port: u16,
    /// What echoes are known by.
    pub identifier: u16,
    key: RandomState,
}

/// What a frame says.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// Whose card an address is at.
    Neighbour(IpAddr, Mac),
    /// An echo, from which card, and the time to live that it came with.
    Echo(IpAddr, Mac, u8),
    /// The answer to a segment that would begin a connection: it is accepted or refused.
    Segment {
        /// Who.
        from: IpAddr,
        /// The port that was asked for.
        port: u16,
        /// Whether somebody listens there.
        open: bool,
        /// The time to live that it came with.
        ttl: u8,
        /// The whole header.
        tcp: Tcp<'a>,
    },
}

impl OwnSide {
    /// This machine by its card and address; `port` and `identifier` are drawn at random.
    pub fn new(mac: Mac, ip: IpAddr, port: u16, identifier: u16) -> Self {
        Self { mac, ip, port, identifier, key: RandomState::new() }
    }

    /// The frames that may answer where segments come from this port: those of ARP and ICMP, and
    /// segments to the port.
    pub fn filter(port: u16) -> [Instruction; 19] {
        const LOAD_HALF: u16 = 0x28;
        const LOAD_BYTE: u16 = 0x30;
        const LOAD_HALF_BEHIND: u16 = 0x48;
        const HEADER_LENGTH: u16 = 0xb1;
        const IS: u16 = 0x15;
        const HAS: u16 = 0x45;
        const TAKE: u16 = 0x06;
        let step = |code, jt, jf, k: u32| Instruction { code, jt, jf, k };
        [
            step(LOAD_HALF, 0, 0, 12),
            step(IS, 15, 0, ethernet::kind::ARP.into()),
            step(IS, 0, 8, ethernet::kind::IPV4.into()),
            step(LOAD_BYTE, 0, 0, 23),
            step(IS, 12, 0, ip::ICMP.into()),
            step(IS, 0, 12, ip::TCP.into()),
            step(LOAD_HALF, 0, 0, 20),
            // Later fragments have no port.
            step(HAS, 10, 0, 0x1fff),
            step(HEADER_LENGTH, 0, 0, 14),
            step(LOAD_HALF_BEHIND, 0, 0, 16),
            step(IS, 6, 7, port.into()),
            step(IS, 0, 6, ethernet::kind::IPV6.into()),
            step(LOAD_BYTE, 0, 0, 20),
            step(IS, 3, 0, ip::ICMPV6.into()),
            step(IS, 0, 3, ip::TCP.into()),
            step(LOAD_HALF, 0, 0, 56),
            step(IS, 0, 1, port.into()),
            step(TAKE, 0, 0, u32::from(u16::MAX)),
            step(TAKE, 0, 0, 0),
        ]
    }

    /// Asks everyone who has an address of IPv4.
    pub fn who_has(&self, target: Ipv4Addr) -> Vec<u8> {
        let IpAddr::V4(own) = self.ip else { return Vec::new() };
        let mut frame = self.frame(Mac::BROADCAST, ethernet::kind::ARP);
        let arp = Arp {
            operation: operation::REQUEST,
            sender_mac: self.mac,
            sender_ip: own,
            target_mac: Mac::ZERO,
            target_ip: target,
        };
        arp.write(&mut frame);
        filled_up(frame)
    }

    /// Asks a neighbour for an echo.
    pub fn echo(&self, target: IpAddr, mac: Mac) -> Vec<u8> {
        let mut message = Vec::new();
        let ask = |kind| Icmp::echo(kind, self.identifier, 1);
        if target.is_ipv4() {
            ask(icmp::kind::ECHO_REQUEST).write(&[], &mut message);
            self.packet(target, mac, ip::ICMP, &message)
        } else {
            ask(icmp::kind6::ECHO_REQUEST).write_between(self.ip, target, &[], &mut message);
            self.packet(target, mac, ip::ICMPV6, &message)
        }
    }

    /// Asks all neighbours of IPv6 for an echo.
    pub fn echo_of_everyone(&self) -> Vec<u8> {
        self.echo(EVERYONE.0.into(), EVERYONE.1)
    }

    /// Begins a connection with a neighbour, with the options that every system knows. When it
    /// accepts, the system here, which knows of none, ends it.
    pub fn segment(&self, target: IpAddr, mac: Mac, port: u16) -> Vec<u8> {
        let mut options = Vec::new();
        let known = [
            Choice::MaximumSegment(1460),
            Choice::SackPermitted,
            Choice::Timestamps(1, 0),
            Choice::Nop,
            Choice::WindowScale(7),
        ];
        known.iter().for_each(|choice| choice.write(&mut options));
        let header = Tcp {
            source: self.port,
            destination: port,
            sequence: self.sequence(target, port),
            flags: Flags::SYN,
            window: 64_240,
            options: &options,
            ..Tcp::default()
        };
        let mut segment = Vec::new();
        header.write(self.ip, target, &[], &mut segment);
        self.packet(target, mac, ip::TCP, &segment)
    }

    /// What a frame says to this machine; nothing if it answers no probe.
    pub fn read<'a>(&self, frame: &'a [u8]) -> Option<Heard<'a>> {
        let (header, rest) = Ethernet::read(frame)?;
        if header.destination != self.mac {
            return None;
        }
        match header.kind {
            ethernet::kind::ARP => self.read_arp(rest),
            ethernet::kind::IPV4 => {
                let (packet, rest) = Ipv4::read(rest).filter(|(packet, _)| !packet.is_fragment())?;
                let (from, to) = (packet.source.into(), packet.destination.into());
                self.read_packet((from, to), (packet.protocol, packet.ttl), rest, header.source)
            }
            ethernet::kind::IPV6 => {
                let (packet, rest) = Ipv6::read(rest).filter(|(packet, _)| !packet.is_fragment())?;
                let (from, to) = (packet.source.into(), packet.destination.into());
                self.read_packet((from, to), (packet.protocol, packet.hop_limit), rest, header.source)
            }
            _ => None,
        }
    }

    fn read_arp(&self, bytes: &[u8]) -> Option<Heard<'static>> {
        let arp = Arp::read(bytes)?;
        let answers =
            arp.operation == operation::REPLY && IpAddr::V4(arp.target_ip) == self.ip && !arp.sender_mac.is_group();
        answers.then_some(Heard::Neighbour(arp.sender_ip.into(), arp.sender_mac))
    }

    /// What a packet from one address to another says, by its protocol and time to live.
    fn read_packet<'a>(
        &self,
        (from, to): (IpAddr, IpAddr),
        (protocol, ttl): (u8, u8),
        rest: &'a [u8],
        mac: Mac,
    ) -> Option<Heard<'a>> {
        if to != self.ip {
            return None;
        }
        let echo = match protocol {
            ip::ICMP => Some(icmp::kind::ECHO_REPLY),
            ip::ICMPV6 => Some(icmp::kind6::ECHO_REPLY),
            _ => None,
        };
        if let Some(kind) = echo {
            let (message, _) = Icmp::read(rest)?;
            let answers = message.kind == kind && message.identifier() == self.identifier;
            return answers.then_some(Heard::Echo(from, mac, ttl));
        }
        let (tcp, _) = Tcp::read(rest).filter(|_| protocol == ip::TCP)?;
        let port = tcp.source;
        let answers = tcp.destination == self.port
            && tcp.flags.has(Flags::ACK)
            && tcp.acknowledgment == self.sequence(from, port).wrapping_add(1);
        let refused = tcp.flags.has(Flags::RST);
        let open = tcp.flags.has(Flags::SYN) && !refused;
        (answers && (open || refused)).then_some(Heard::Segment { from, port, open, ttl, tcp })
    }

    /// The number that a segment begins with: nobody who has not seen it can answer.
    fn sequence(&self, target: IpAddr, port: u16) -> u32 {
        self.key.hash_one((target, port)) as u32
    }

    fn packet(&self, target: IpAddr, mac: Mac, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let kind = if target.is_ipv4() { ethernet::kind::IPV4 } else { ethernet::kind::IPV6 };
        let mut frame = self.frame(mac, kind);
        let identification = self.identifier;
        match (self.ip, target) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let fixed = Ipv4 { source, destination, protocol, identification, ..Ipv4::default() };
                Ipv4 { dont_fragment: true, ..fixed }.write(payload.len(), &mut frame);
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                Ipv6 { source, destination, protocol, ..Ipv6::default() }.write(payload.len(), &mut frame);
            }
            _ => {}
        }
        frame.extend(payload);
        filled_up(frame)
    }

    fn frame(&self, destination: Mac, kind: u16) -> Vec<u8> {
        let mut frame = Vec::with_capacity(SHORTEST);
        Ethernet { destination, source: self.mac, kind, ..Ethernet::default() }.write(&mut frame);
        frame
    }
}

fn filled_up(mut frame: Vec<u8>) -> Vec<u8> {
    frame.resize(frame.len().max(SHORTEST), 0);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);
    const THEIRS: Mac = Mac([0, 1, 2, 3, 4, 5]);

    fn own() -> OwnSide {
        OwnSide::new(Mac([0x02, 0, 0, 0, 0, 9]), OWN.into(), 40_000, 77)
    }

    /// The head of a frame that answers another one, and what `write` puts behind it.
    fn answer(frame: &[u8], write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut answer = [&frame[6..12], &THEIRS.0, &frame[12..14]].concat();
        write(&mut answer);
        answer
    }

    #[test]
    fn neighbours_answer() {
        let (own, them) = (own(), Ipv4Addr::new(10, 0, 0, 1));
        let operation = operation::REPLY;
        let arp = Arp { operation, sender_mac: THEIRS, sender_ip: them, target_mac: own.mac, target_ip: OWN };
        let reply = answer(&own.who_has(them), |frame| arp.write(frame));
        assert_eq!(own.read(&reply), Some(Heard::Neighbour(them.into(), THEIRS)));
        let mut other = reply.clone();
        other[41] ^= 1;
        assert_eq!(own.read(&other), None, "an answer to somebody else");
        let mut request = reply.clone();
        request[21] = 1;
        assert_eq!(own.read(&request), None, "a question");
        assert!((0..42).all(|length| own.read(&reply[..length]).is_none()));
    }

    #[test]
    fn segments_are_known_by_their_numbers() {
        let (own, them) = (own(), Ipv4Addr::new(10, 0, 0, 1));
        let segment = own.segment(them.into(), THEIRS, 80);
        let (_, rest) = Ethernet::read(&segment).unwrap();
        let (_, rest) = Ipv4::read(rest).unwrap();
        let (asked, _) = Tcp::read(rest).unwrap();
        let reply = |acknowledgment: u32, flags: Flags| {
            answer(&segment, |frame| {
                let header = Ipv4 { source: them, destination: OWN, protocol: ip::TCP, ttl: 63, ..Ipv4::default() };
                header.write(20, frame);
                let tcp = Tcp { source: 80, destination: own.port, acknowledgment, flags, ..Tcp::default() };
                tcp.write(them.into(), own.ip, &[], frame);
            })
        };
        let right = asked.sequence.wrapping_add(1);
        let accepted = reply(right, Flags::SYN.with(Flags::ACK));
        assert!(matches!(own.read(&accepted), Some(Heard::Segment { port: 80, open: true, ttl: 63, .. })));
        let refused = reply(right, Flags::RST.with(Flags::ACK));
        assert!(matches!(own.read(&refused), Some(Heard::Segment { open: false, .. })));
        assert_eq!(own.read(&reply(right.wrapping_add(1), Flags::SYN.with(Flags::ACK))), None, "a forged one");
        assert!((0..accepted.len()).all(|length| own.read(&accepted[..length]).is_none()));
    }

    #[test]
    fn everyone_of_ipv6_answers_an_echo() {
        let address: Ipv6Addr = "fd00::9".parse().unwrap();
        let own = OwnSide::new(Mac([0x02, 0, 0, 0, 0, 9]), address.into(), 40_000, 77);
        let asked = own.echo_of_everyone();
        assert_eq!(asked[..6], [0x33, 0x33, 0, 0, 0, 1]);
        let them: Ipv6Addr = "fd00::1".parse().unwrap();
        let reply = answer(&asked, |frame| {
            let mut message = Vec::new();
            Icmp::echo(icmp::kind6::ECHO_REPLY, 77, 1).write_between(them.into(), address.into(), &[], &mut message);
            Ipv6 { source: them, destination: address, protocol: ip::ICMPV6, ..Ipv6::default() }
                .write(message.len(), frame);
            frame.extend(message);
        });
        assert_eq!(own.read(&reply), Some(Heard::Echo(them.into(), THEIRS, 64)));
        assert!((0..reply.len()).all(|length| own.read(&reply[..length]).is_none()));
    }
}
