//! ARP: whose card has an address (RFC 826), for IPv4 over Ethernet.

use std::net::Ipv4Addr;

use super::{Mac, ethernet, split, word};

/// What a message is.
pub mod operation {
    /// Who has the target address?
    pub const REQUEST: u16 = 1;
    /// The sender has.
    pub const REPLY: u16 = 2;
}

/// The number of Ethernet among kinds of hardware.
const HARDWARE: u16 = 1;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// What it is.
    pub operation: u16,
    /// The sender's card.
    pub sender_mac: Mac,
    /// The sender's address.
    pub sender_ip: Ipv4Addr,
    /// The card asked for, or answered.
    pub target_mac: Mac,
    /// The address asked for, or answered.
    pub target_ip: Ipv4Addr,
}

impl Arp {
    /// Reads a message; of other hardware or protocols there is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (head, _) = split::<28>(bytes)?;
        let sizes = (head[4], head[5]);
        if word(head, 0) != HARDWARE || word(head, 2) != ethernet::kind::IPV4 || sizes != (6, 4) {
            return None;
        }
        let mac = |at: usize| split::<6>(&head[at..]).map(|(mac, _)| Mac(*mac));
        let ip = |at: usize| split::<4>(&head[at..]).map(|(ip, _)| Ipv4Addr::from(*ip));
        Some(Self {
            operation: word(head, 6),
            sender_mac: mac(8)?,
            sender_ip: ip(14)?,
            target_mac: mac(18)?,
            target_ip: ip(24)?,
        })
    }

    /// Appends a message.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(HARDWARE.to_be_bytes());
        out.extend(ethernet::kind::IPV4.to_be_bytes());
        out.extend([6, 4]);
        out.extend(self.operation.to_be_bytes());
        out.extend(self.sender_mac.0);
        out.extend(self.sender_ip.octets());
        out.extend(self.target_mac.0);
        out.extend(self.target_ip.octets());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_written() {
        let arp = Arp {
            operation: operation::REPLY,
            sender_mac: Mac([1; 6]),
            sender_ip: [10, 0, 0, 1].into(),
            target_mac: Mac([2; 6]),
            target_ip: [10, 0, 0, 2].into(),
        };
        let mut bytes = Vec::new();
        arp.write(&mut bytes);
        assert_eq!(Arp::read(&bytes), Some(arp));
        assert_eq!(Arp::read(&bytes[..27]), None);
        bytes[4] = 8;
        assert_eq!(Arp::read(&bytes), None);
    }
}
