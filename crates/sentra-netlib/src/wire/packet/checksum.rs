//! The checksum of IP, TCP, UDP and ICMP (RFC 1071).

use std::net::IpAddr;

/// The checksum of bytes: the complement of the sum of their words. Over bytes that include a
/// right checksum it is 0.
pub fn of(bytes: &[u8]) -> u16 {
    fold(sum(bytes))
}

/// The checksum of a segment, datagram or ICMPv6 message, with the addresses that it goes
/// between (RFC 9293, 3.1; RFC 8200, 8.1).
pub fn between(source: IpAddr, destination: IpAddr, protocol: u8, bytes: &[u8]) -> u16 {
    let addresses = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => sum(&source.octets()) + sum(&destination.octets()),
        (IpAddr::V6(source), IpAddr::V6(destination)) => sum(&source.octets()) + sum(&destination.octets()),
        _ => 0,
    };
    let length = bytes.len() as u64;
    fold(addresses + u64::from(protocol) + (length >> 16) + (length & 0xffff) + sum(bytes))
}

/// The sum of words; an odd byte at the end is the upper half of one.
fn sum(bytes: &[u8]) -> u64 {
    let (quads, rest) = bytes.as_chunks::<4>();
    let mut sum: u64 = quads.iter().map(|quad| u64::from(u32::from_be_bytes(*quad))).sum();
    let (words, rest) = rest.as_chunks::<2>();
    sum += words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum::<u64>();
    sum + rest.first().map_or(0, |&byte| u64::from(byte) << 8)
}

/// Adds the carries up and complements.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071() {
        assert_eq!(of(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
        assert_eq!(of(&[0x01]), !0x0100);
        assert_eq!(of(&[]), 0xffff);
    }

    #[test]
    fn any_length_is_the_sum_of_its_words() {
        let bytes: Vec<u8> = (0..=255u8).cycle().take(1000).map(|byte| byte.wrapping_mul(37)).collect();
        for length in 0..bytes.len() {
            let mut slow = 0u64;
            for pair in bytes[..length].chunks(2) {
                slow += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
            }
            assert_eq!(of(&bytes[..length]), fold(slow));
        }
    }
}
