//! What an address is for, after IANA's registries of special addresses. An IPv4-mapped address
//! is judged as the IPv4 address that it stands for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Network, unmapped};

/// Blocks that are not reached from the internet at large, less those that `EXCEPT` names.
const NOT_GLOBAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];
const EXCEPT: &[&str] = &[
    "192.0.0.9/32",
    "192.0.0.10/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:20::/28",
    "2001:30::/28",
];
const DOCUMENTATION: &[&str] = &["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"];
/// The addresses by which IPv6 alone reaches IPv4 (RFC 6052).
const NAT64: &str = "64:ff9b::/96";

fn is_in(address: IpAddr, blocks: &[&str]) -> bool {
    let one = Network { address, prefix: if address.is_ipv4() { 32 } else { 128 } };
    blocks.iter().any(|block| Network::parse(block.as_bytes()).is_ok_and(|block| block.contains(&one)))
}

/// Whether it is one host's address that can be reached from the internet at large.
pub fn is_global(address: IpAddr) -> bool {
    let address = unmapped(address);
    if let IpAddr::V6(address) = address
        && is_in(address.into(), &[NAT64])
    {
        return is_global(Ipv4Addr::from_bits(address.to_bits() as u32).into());
    }
    !is_in(address, NOT_GLOBAL) || is_in(address, EXCEPT)
}

/// Whether it is for private networks: RFC 1918, RFC 4193.
pub fn is_private(address: IpAddr) -> bool {
    match unmapped(address) {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// Whether it is the machine's own.
pub fn is_loopback(address: IpAddr) -> bool {
    unmapped(address).is_loopback()
}

/// Whether it is a group's.
pub fn is_multicast(address: IpAddr) -> bool {
    unmapped(address).is_multicast()
}

/// Whether it is of use on one link only.
pub fn is_link_local(address: IpAddr) -> bool {
    match unmapped(address) {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// Whether it stands for no address or any.
pub fn is_unspecified(address: IpAddr) -> bool {
    unmapped(address).is_unspecified()
}

/// Whether it is for examples in texts.
pub fn is_documentation(address: IpAddr) -> bool {
    is_in(unmapped(address), DOCUMENTATION)
}

/// The name under which DNS knows the address's names.
pub fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let mut name = String::with_capacity(72);
            for byte in address.octets().into_iter().rev() {
                name += &format!("{:x}.{:x}.", byte & 15, byte >> 4);
            }
            name + "ip6.arpa"
        }
    }
}

/// All digits of an address, as in `2001:0db8:…`.
pub fn expanded(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => groups(address),
    }
}

fn groups(address: Ipv6Addr) -> String {
    address.segments().map(|group| format!("{group:04x}")).join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_one() {
        for block in NOT_GLOBAL.iter().chain(EXCEPT).chain(DOCUMENTATION).chain(&[NAT64]) {
            let parsed = Network::parse(block.as_bytes()).unwrap();
            assert_eq!(parsed.to_string(), *block);
        }
    }

    #[test]
    fn kinds() {
        let is = |text: &str, kind: fn(IpAddr) -> bool| kind(text.parse().unwrap());
        for global in ["8.8.8.8", "192.0.0.9", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(is(global, is_global), "{global}");
        }
        for local in [
            "10.0.0.1",
            "127.0.0.1",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1",
            "2001:db8::1",
            "2002::1",
            "::7f00:1",
        ] {
            assert!(!is(local, is_global), "{local}");
        }
        assert!(is("::ffff:10.0.0.1", is_private) && is("fd00::1", is_private) && !is("127.0.0.1", is_private));
        assert!(is("::ffff:127.0.0.1", is_loopback) && is("ff02::1", is_multicast) && is("169.254.1.1", is_link_local));
    }

    #[test]
    fn names() {
        assert_eq!(reverse_name("192.0.2.1".parse().unwrap()), "1.2.0.192.in-addr.arpa");
        assert_eq!(
            reverse_name("2001:db8::567:89ab".parse().unwrap()),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        );
        assert_eq!(expanded("2001:db8::1".parse().unwrap()), "2001:0db8:0000:0000:0000:0000:0000:0001");
    }
}
