//! IPv6 with its extension headers (RFC 8200).

use std::net::Ipv6Addr;

use super::{ip, long, split, word};

/// The length of the fixed header.
pub const LENGTH: usize = 40;
/// The option of a hop-by-hop header that says how long a packet beyond 64 KiB is (RFC 2675).
const JUMBO: u8 = 0xc2;

/// What a fragment header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Where in the whole packet this fragment is, in bytes.
    pub offset: u16,
    /// Whether further fragments follow.
    pub more: bool,
    /// What the fragments have in common.
    pub identification: u32,
}

/// A header with its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6<'a> {
    /// The class of traffic and the congestion bits.
    pub traffic_class: u8,
    /// What packets of a flow have in common, 20 bits.
    pub flow_label: u32,
    /// The length of what follows the fixed header, as it says.
    pub payload_length: u16,
    /// What follows the fixed header: an extension or the protocol.
    pub next_header: u8,
    /// How many routers it may still pass.
    pub hop_limit: u8,
    /// From whom.
    pub source: Ipv6Addr,
    /// To whom.
    pub destination: Ipv6Addr,
    /// The extension headers.
    pub extensions: &'a [u8],
    /// What follows them.
    pub protocol: u8,
    /// The fragment header, if there is one.
    pub fragment: Option<Fragment>,
}

impl Default for Ipv6<'_> {
    fn default() -> Self {
        Self {
            traffic_class: 0,
            flow_label: 0,
            payload_length: 0,
            next_header: ip::NOTHING,
            hop_limit: 64,
            source: Ipv6Addr::UNSPECIFIED,
            destination: Ipv6Addr::UNSPECIFIED,
            extensions: &[],
            protocol: ip::NOTHING,
            fragment: None,
        }
    }
}

impl<'a> Ipv6<'a> {
    /// Reads a header and its extensions as far as they go; what follows is what the packet
    /// carries, without what pads the frame.
    pub fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, rest) = split::<LENGTH>(bytes)?;
        if head[0] >> 4 != 6 {
            return None;
        }
        let (first, payload_length, next_header) = (long(head, 0), word(head, 4), head[6]);
        let jumbo = next_header == ip::HOP_BY_HOP && rest.contains(&JUMBO);
        // Captures of what the network card still has to cut say 0 too.
        let whole = payload_length == 0 && (jumbo || next_header == ip::TCP);
        let body = if whole { rest } else { &rest[..rest.len().min(usize::from(payload_length))] };
        let chain = Chain::read(next_header, body);
        let (&source, after) = split::<16>(&head[8..])?;
        let (&destination, _) = split::<16>(after)?;
        let header = Self {
            traffic_class: (first >> 20) as u8,
            flow_label: first & 0xf_ffff,
            payload_length,
            next_header,
            hop_limit: head[7],
            source: source.into(),
            destination: destination.into(),
            extensions: &body[..chain.length],
            protocol: chain.protocol,
            fragment: chain.fragment,
        };
        Some((header, &body[chain.length..]))
    }

    /// Whether it is a part of a packet. A fragment that is all of its packet is none.
    pub fn is_fragment(&self) -> bool {
        self.fragment.is_some_and(|fragment| fragment.more || fragment.offset != 0)
    }

    /// Whether it is a part of a packet and not the first one.
    pub fn is_later_fragment(&self) -> bool {
        self.fragment.is_some_and(|fragment| fragment.offset != 0)
    }

    /// Appends a header and its extensions for a packet that carries `payload` bytes; its length
    /// is computed.
    pub fn write(&self, payload: usize, out: &mut Vec<u8>) {
        let first = 6 << 28 | u32::from(self.traffic_class) << 20 | self.flow_label & 0xf_ffff;
        let length = (self.extensions.len() + payload).min(usize::from(u16::MAX)) as u16;
        let next_header = if self.extensions.is_empty() { self.protocol } else { self.next_header };
        out.extend(first.to_be_bytes());
        out.extend(length.to_be_bytes());
        out.extend([next_header, self.hop_limit]);
        out.extend(self.source.octets());
        out.extend(self.destination.octets());
        out.extend(self.extensions);
    }
}

/// The extension headers of a packet.
struct Chain {
    length: usize,
    protocol: u8,
    fragment: Option<Fragment>,
}

impl Chain {
    /// Follows them to the first that is none, is cut short, or whose followers are in another
    /// fragment. Each is eight bytes at least, so this ends.
    fn read(next: u8, body: &[u8]) -> Self {
        let mut chain = Self { length: 0, protocol: next, fragment: None };
        while let Some(length) = extension_length(chain.protocol, &body[chain.length..]) {
            let header = &body[chain.length..chain.length + length];
            let later = chain.protocol == ip::FRAGMENT && chain.take_fragment(header);
            chain.protocol = header[0];
            chain.length += length;
            if later {
                break;
            }
        }
        chain
    }

    /// Notes a fragment header: whether it is not of the first fragment.
    fn take_fragment(&mut self, header: &[u8]) -> bool {
        let place = word(header, 2);
        let fragment = Fragment { offset: place & 0xfff8, more: place & 1 != 0, identification: long(header, 4) };
        self.fragment = Some(fragment);
        fragment.offset != 0
    }
}

/// The length of an extension header of kind `kind` that some bytes begin with.
fn extension_length(kind: u8, bytes: &[u8]) -> Option<usize> {
    let count = usize::from(*bytes.get(1)?);
    let length = match kind {
        ip::HOP_BY_HOP | ip::ROUTING | ip::DESTINATION | ip::MOBILITY | ip::HIP | ip::SHIM6 => (count + 1) * 8,
        ip::FRAGMENT => 8,
        ip::AH => ((count + 2) * 4).max(8),
        _ => return None,
    };
    (length <= bytes.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_followed_to_the_protocol() {
        let extensions = [
            &[ip::FRAGMENT, 0, 1, 4, 0, 0, 0, 0][..],
            &[ip::DESTINATION, 0, 0, 1, 0, 0, 0, 9],
            &[ip::UDP, 0, 1, 4, 0, 0, 0, 0],
        ]
        .concat();
        let header = Ipv6 {
            next_header: ip::HOP_BY_HOP,
            flow_label: 0xabcde,
            traffic_class: 0x12,
            source: Ipv6Addr::LOCALHOST,
            destination: Ipv6Addr::LOCALHOST,
            extensions: &extensions,
            protocol: ip::UDP,
            fragment: Some(Fragment { offset: 0, more: true, identification: 9 }),
            ..Ipv6::default()
        };
        let mut bytes = Vec::new();
        header.write(1, &mut bytes);
        bytes.extend([5, 6]);
        let (read, payload) = Ipv6::read(&bytes).unwrap();
        assert_eq!(payload, [5]);
        assert_eq!(read, Ipv6 { payload_length: 25, ..header });
        assert!((0..40).all(|length| Ipv6::read(&bytes[..length]).is_none()));
        // Cut within the extensions: what is left is not taken for what they announce.
        let (cut, rest) = Ipv6::read(&bytes[..52]).unwrap();
        assert_eq!((cut.protocol, rest.len()), (ip::FRAGMENT, 4));
    }

    #[test]
    fn a_later_fragment_carries_no_headers() {
        let header =
            Ipv6 { next_header: ip::FRAGMENT, extensions: &[ip::DESTINATION, 0, 0, 8, 0, 0, 0, 1], ..Ipv6::default() };
        let mut bytes = Vec::new();
        header.write(8, &mut bytes);
        bytes.extend([ip::TCP, 0, 0, 0, 0, 0, 0, 0]);
        let (read, payload) = Ipv6::read(&bytes).unwrap();
        assert!(read.is_later_fragment());
        assert_eq!((read.protocol, payload.len()), (ip::DESTINATION, 8));
    }
}
