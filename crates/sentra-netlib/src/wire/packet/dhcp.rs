//! DHCP for IPv4 (RFC 2131): who wants an address, and what it is given.

use std::net::Ipv4Addr;

use super::{Mac, long, split};

/// The fixed part of a message, with the cookie behind it.
const FIXED: usize = 240;
/// What tells DHCP from the older BOOTP.
const COOKIE: u32 = 0x6382_5363;
/// The names of the kinds of messages, from 1 on.
const KINDS: [&str; 8] = ["Discover", "Offer", "Request", "Decline", "ACK", "NAK", "Release", "Inform"];

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dhcp<'a> {
    /// Whether a server sends it.
    pub reply: bool,
    /// What the messages of an exchange have in common.
    pub transaction: u32,
    /// The address that the client has.
    pub client_ip: Ipv4Addr,
    /// The address that it is given.
    pub your_ip: Ipv4Addr,
    /// The next server to start from.
    pub server_ip: Ipv4Addr,
    /// The relay that passes it on.
    pub relay_ip: Ipv4Addr,
    /// The client's card.
    pub client_mac: Mac,
    /// The options.
    pub options: &'a [u8],
}

impl<'a> Dhcp<'a> {
    /// Reads a message.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, options) = split::<FIXED>(bytes)?;
        if long(head, 236) != COOKIE || !matches!(head[0], 1 | 2) {
            return None;
        }
        let (mac, _) = split::<6>(&head[28..])?;
        Some(Self {
            reply: head[0] == 2,
            transaction: long(head, 4),
            client_ip: long(head, 12).into(),
            your_ip: long(head, 16).into(),
            server_ip: long(head, 20).into(),
            relay_ip: long(head, 24).into(),
            client_mac: Mac(*mac),
            options,
        })
    }

    /// The options one by one, as far as they make sense.
    pub fn options(&self) -> impl Iterator<Item = (u8, &'a [u8])> {
        let mut rest = self.options;
        std::iter::from_fn(move || {
            while let Some((0, after)) = rest.split_first() {
                rest = after;
            }
            let (&code, after) = rest.split_first().filter(|(code, _)| **code != 255)?;
            let (&length, after) = after.split_first()?;
            let (data, after) = after.split_at_checked(usize::from(length))?;
            rest = after;
            Some((code, data))
        })
    }

    /// An option.
    pub fn option(&self, code: u8) -> Option<&'a [u8]> {
        self.options().find(|(other, _)| *other == code).map(|(_, data)| data)
    }

    /// `Discover`, `Offer`, …
    pub fn kind(&self) -> Option<&'static str> {
        let number = usize::from(*self.option(53)?.first()?);
        KINDS.get(number.checked_sub(1)?).copied()
    }

    /// An option that is an address.
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        let (address, _) = split::<4>(self.option(code)?)?;
        Some((*address).into())
    }

    /// The client's name for itself.
    pub fn host_name(&self) -> Option<String> {
        self.option(12).map(|name| String::from_utf8_lossy(name).trim_end_matches('\0').to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request() {
        let mut bytes = vec![0; 236];
        bytes[0] = 1;
        bytes[28..34].copy_from_slice(&[1, 2, 3, 4, 5, 6]);
        bytes.extend(COOKIE.to_be_bytes());
        bytes.extend([53, 1, 3, 0, 50, 4, 10, 0, 0, 9, 12, 2, b'p', b'c', 255, 1]);
        let dhcp = Dhcp::read(&bytes).unwrap();
        assert_eq!((dhcp.kind(), dhcp.host_name().as_deref()), (Some("Request"), Some("pc")));
        assert_eq!(dhcp.address(50), Some(Ipv4Addr::new(10, 0, 0, 9)));
        assert!((0..240).all(|length| Dhcp::read(&bytes[..length]).is_none()));
        assert!(
            (240..bytes.len()).all(|length| Dhcp::read(&bytes[..length]).is_some_and(|cut| cut.options().count() <= 3))
        );
    }
}
