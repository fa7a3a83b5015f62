//! Packets as they are on a link: headers read without copying and written with their
//! checksums. Nothing here trusts a length: what is cut short has no header, what lies is cut
//! to what there is.
//!
//! A reader takes the bytes that a header begins at and gives it with what follows; a writer
//! appends. [`Packet`] reads all headers of a frame.

pub mod address;
pub mod application;
pub mod arp;
pub mod checksum;
pub mod dhcp;
pub mod dns;
pub mod ethernet;
pub mod hello;
pub mod icmp;
pub mod ip;
pub mod ipv4;
pub mod ipv6;
pub mod layers;
pub mod link;
pub mod tcp;
pub mod udp;

pub use address::Mac;
pub use application::Application;
pub use arp::Arp;
pub use ethernet::Ethernet;
pub use icmp::Icmp;
pub use ipv4::Ipv4;
pub use ipv6::Ipv6;
pub use layers::{Network, Packet, Transport};
pub use link::Link;
pub use tcp::Tcp;
pub use udp::Udp;

/// Takes the first bytes off.
fn split<const N: usize>(bytes: &[u8]) -> Option<(&[u8; N], &[u8])> {
    bytes.split_first_chunk()
}

/// Sixteen bits in network order.
fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// Thirty-two bits in network order.
fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
