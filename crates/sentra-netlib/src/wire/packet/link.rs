//! What a captured frame begins with: kinds of links, numbered as capture files number them.

use super::ethernet::{self, Ethernet, kind};
use super::{Mac, split, word};

/// A kind of link (`LINKTYPE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link(pub u32);

/// What a frame's header says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The header of an Ethernet frame.
    pub ethernet: Option<Ethernet>,
    /// The sender's card, where another link tells.
    pub source: Option<Mac>,
    /// The EtherType of what follows, if it has one.
    pub kind: Option<u16>,
}

impl Link {
    /// The family of addresses in the byte order of who captured, then the packet.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Packets of IP without anything before them.
    pub const RAW: Self = Self(101);
    /// The same, as OpenBSD numbers it.
    pub const OLD_RAW: Self = Self(12);
    /// The family of addresses in network order, then the packet.
    pub const LOOP: Self = Self(108);
    /// What Linux gives for the interface `any`.
    pub const COOKED: Self = Self(113);
    /// IPv4 without anything before it.
    pub const IPV4: Self = Self(228);
    /// IPv6 without anything before it.
    pub const IPV6: Self = Self(229);
    /// The second version of [`Self::COOKED`].
    pub const COOKED_2: Self = Self(276);

    /// Reads a frame's header, and what follows it.
    pub fn read(self, bytes: &[u8]) -> Option<(Head, &[u8])> {
        match self {
            Self::ETHERNET => {
                let (ethernet, rest) = Ethernet::read(bytes)?;
                let kind = Some(ethernet.kind).filter(|kind| *kind >= kind::LEAST);
                Some((Head { ethernet: Some(ethernet), source: Some(ethernet.source), kind }, rest))
            }
            Self::RAW | Self::OLD_RAW | Self::IPV4 | Self::IPV6 | Self(14) => Some((bare(bytes), bytes)),
            Self::NULL | Self::LOOP => split::<4>(bytes).map(|(_, rest)| (bare(rest), rest)),
            Self::COOKED => {
                let (head, rest) = split::<16>(bytes)?;
                Some(cooked(word(head, 4), &head[6..12], word(head, 14), rest))
            }
            Self::COOKED_2 => {
                let (head, rest) = split::<20>(bytes)?;
                Some(cooked(u16::from(head[11]), &head[12..18], word(head, 0), rest))
            }
            _ => None,
        }
    }

    /// Its name in capture files.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::NULL => "NULL",
            Self::ETHERNET => "EN10MB",
            Self::RAW | Self::OLD_RAW | Self(14) => "RAW",
            Self::LOOP => "LOOP",
            Self::COOKED => "LINUX_SLL",
            Self::IPV4 => "IPV4",
            Self::IPV6 => "IPV6",
            Self::COOKED_2 => "LINUX_SLL2",
            _ => return None,
        })
    }
}

/// A packet tells its version in its first bits.
fn bare(packet: &[u8]) -> Head {
    let kind = match packet.first().map(|first| first >> 4) {
        Some(4) => Some(kind::IPV4),
        Some(6) => Some(kind::IPV6),
        _ => None,
    };
    Head { kind, ..Head::default() }
}

fn cooked<'a>(address_length: u16, address: &[u8], kind: u16, rest: &'a [u8]) -> (Head, &'a [u8]) {
    let source = split::<6>(address).filter(|_| address_length == 6).map(|(mac, _)| Mac(*mac));
    let (_, kind, rest) = ethernet::read_tags(kind, rest);
    (Head { ethernet: None, source, kind: Some(kind).filter(|kind| *kind >= kind::LEAST) }, rest)
}
