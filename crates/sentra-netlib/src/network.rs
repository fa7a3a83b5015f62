//! Networks in prefix notation, and what kinds of addresses there are.

pub mod kind;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::code::Malformed;

/// An address and how many of its bits name the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The address as it was given: any of the network.
    pub address: IpAddr,
    /// Bits that all addresses of the network share.
    pub prefix: u32,
}

/// Bits of an address of this family.
fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address as a number.
pub fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address that IPv4 has for an IPv4-mapped one.
pub fn unmapped(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// An address in its standard form: no octal or short IPv4, no zone, no brackets.
pub fn parse_address(text: &[u8]) -> Result<IpAddr, Malformed> {
    let shown = || String::from_utf8_lossy(&text[..text.len().min(64)]).escape_debug().to_string();
    let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| {
        let why = match text {
            [] => "it is empty",
            _ if text.contains(&b'%') => "zones are not supported",
            _ if text.contains(&b'/') => "it is a network",
            _ if has_leading_zero(text) => "a leading zero could mean octal",
            _ => "IPv4 has four decimal numbers, IPv6 up to eight hexadecimal groups",
        };
        Malformed::whole(format!("\"{}\" is no IP address: {why}", shown()))
    })
}

fn has_leading_zero(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'.').any(|part| part.len() > 1 && part[0] == b'0') && !text.contains(&b':')
}

impl Network {
    /// Reads `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `2001:db8::/32`, or an address alone, which is
    /// a network of one. Bits behind the prefix may be set.
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let Some(slash) = text.iter().position(|&byte| byte == b'/') else {
            let address = parse_address(text)?;
            return Ok(Self { address, prefix: width(address) });
        };
        let address = parse_address(&text[..slash])?;
        let digits = &text[slash + 1..];
        let prefix = if address.is_ipv4() && digits.contains(&b'.') { mask(digits) } else { number(digits) };
        match prefix {
            Some(prefix) if prefix <= width(address) => Ok(Self { address, prefix }),
            _ => {
                let (shown, width) = (String::from_utf8_lossy(digits), width(address));
                let what = format!("\"{}\" is no prefix length from 0 to {width}", shown.escape_debug());
                Err(Malformed::whole(what))
            }
        }
    }

    /// Whether it is of IPv4.
    pub fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    fn host_bits(&self) -> u32 {
        width(self.address) - self.prefix
    }

    /// Ones where addresses of the network differ.
    fn host_mask(&self) -> u128 {
        1_u128.checked_shl(self.host_bits()).map_or(u128::MAX, |bit| bit - 1)
    }

    fn with(&self, bits: u128) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => Ipv4Addr::from_bits(bits as u32).into(),
            IpAddr::V6(_) => Ipv6Addr::from_bits(bits).into(),
        }
    }

    /// The first address: the network's own.
    pub fn network(&self) -> IpAddr {
        self.with(bits(self.address) & !self.host_mask())
    }

    /// The last address, which in IPv4 reaches all.
    pub fn end(&self) -> IpAddr {
        self.with(bits(self.address) | self.host_mask())
    }

    /// Ones where all addresses are the same.
    pub fn netmask(&self) -> IpAddr {
        self.with(!self.host_mask())
    }

    /// Ones where they differ.
    pub fn wildcard(&self) -> IpAddr {
        self.with(self.host_mask())
    }

    /// How many addresses it has; 2^128 is one more than what is told.
    pub fn size(&self) -> u128 {
        self.host_mask().saturating_add(1)
    }

    /// The first and last address that a host can have: IPv4 keeps the network's own and the
    /// broadcast address, IPv6 the routers' anycast address, where there are more than two.
    pub fn host_range(&self) -> (u128, u128) {
        let (first, last) = (bits(self.network()), bits(self.end()));
        match self.host_bits() {
            0 | 1 => (first, last),
            _ if self.is_ipv4() => (first + 1, last - 1),
            _ => (first + 1, last),
        }
    }

    /// How many such addresses there are.
    pub fn host_count(&self) -> u128 {
        let (first, last) = self.host_range();
        (last - first).saturating_add(1)
    }

    /// Those addresses in order.
    pub fn hosts(&self) -> impl Iterator<Item = IpAddr> {
        let (this, (first, last)) = (*self, self.host_range());
        (first..=last).map(move |bits| this.with(bits))
    }

    /// The first or last of them, by its number.
    pub fn host(&self, bits: u128) -> IpAddr {
        self.with(bits)
    }

    /// Whether all addresses of another network belong to this one. An IPv4-mapped address
    /// belongs to the IPv4 networks that it is in by IPv4.
    pub fn contains(&self, other: &Self) -> bool {
        let other = other.unmapped_for(self);
        other.is_ipv4() == self.is_ipv4()
            && other.prefix >= self.prefix
            && bits(other.address) & !self.host_mask() == bits(self.network())
    }

    fn unmapped_for(&self, network: &Self) -> Self {
        let address = unmapped(self.address);
        if network.is_ipv4() && self.address.is_ipv6() && address.is_ipv4() && self.prefix >= 96 {
            return Self { address, prefix: self.prefix - 96 };
        }
        *self
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network(), self.prefix)
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    let plain = digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || !digits.starts_with(b"0"));
    std::str::from_utf8(digits).ok().filter(|_| plain && digits.len() <= 3)?.parse().ok()
}

/// The length of a mask such as 255.255.0.0.
fn mask(text: &[u8]) -> Option<u32> {
    let mask = std::str::from_utf8(text).ok()?.parse::<Ipv4Addr>().ok()?.to_bits();
    (mask.leading_ones() + mask.trailing_zeros() >= 32).then(|| mask.leading_ones())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Network {
        Network::parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
    }

    #[test]
    fn edges_of_both_families() {
        for (text, network, end, hosts) in [
            ("192.168.1.77/24", "192.168.1.0", "192.168.1.255", 254),
            ("10.0.0.1/32", "10.0.0.1", "10.0.0.1", 1),
            ("10.0.0.1", "10.0.0.1", "10.0.0.1", 1),
            ("10.0.0.1/31", "10.0.0.0", "10.0.0.1", 2),
            ("10.0.0.1/30", "10.0.0.0", "10.0.0.3", 2),
            ("1.2.3.4/0", "0.0.0.0", "255.255.255.255", (1 << 32) - 2),
            ("1.2.3.4/255.255.0.0", "1.2.0.0", "1.2.255.255", 65534),
            ("2001:db8::5/126", "2001:db8::4", "2001:db8::7", 3),
            ("::1/127", "::", "::1", 2),
            ("::1", "::1", "::1", 1),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", u128::MAX),
        ] {
            let found = of(text);
            let shown = (found.network().to_string(), found.end().to_string(), found.host_count());
            assert_eq!(shown, (network.into(), end.into(), hosts), "{text}");
        }
        assert_eq!(of("10.1.2.3/8").to_string(), "10.0.0.0/8");
        assert_eq!(of("10.0.0.0/20").netmask().to_string(), "255.255.240.0");
        assert_eq!(of("10.0.0.0/20").wildcard().to_string(), "0.0.15.255");
        let hosts: Vec<String> = of("10.0.0.0/29").hosts().map(|address| address.to_string()).collect();
        assert_eq!(hosts, ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]);
    }

    #[test]
    fn what_is_no_network() {
        for text in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/08",
            "10.0.0.0/255.0.255.0",
            "10.0.0/8",
            "010.0.0.0/8",
            "0x0a.0.0.0/8",
            "::/129",
            "::1%eth0",
            "[::1]",
            "::/255.0.0.0",
            "1.2.3.4/8/8",
            " 10.0.0.0/8",
            "10.0.0.0/+8",
            "10.0.0.0/99999999999",
        ] {
            assert!(Network::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn belonging() {
        for (network, other, belongs) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "1.2.3.4", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("::ffff:0:0/96", "::ffff:10.0.0.1", true),
            ("0.0.0.0/0", "::ffff:0:0/95", false),
            ("2001:db8::/32", "2001:db8:ffff::", true),
        ] {
            assert_eq!(of(network).contains(&of(other)), belongs, "{network} {other}");
        }
    }
}
