//! The numbers of protocols over IP.

/// Options that each router looks at; only in IPv6.
pub const HOP_BY_HOP: u8 = 0;
/// ICMP.
pub const ICMP: u8 = 1;
/// IGMP.
pub const IGMP: u8 = 2;
/// IPv4 in IP.
pub const IPV4: u8 = 4;
/// TCP.
pub const TCP: u8 = 6;
/// UDP.
pub const UDP: u8 = 17;
/// IPv6 in IP.
pub const IPV6: u8 = 41;
/// A route that IPv6 packets take.
pub const ROUTING: u8 = 43;
/// A fragment of an IPv6 packet.
pub const FRAGMENT: u8 = 44;
/// GRE.
pub const GRE: u8 = 47;
/// Encrypted.
pub const ESP: u8 = 50;
/// An authentication header.
pub const AH: u8 = 51;
/// ICMPv6.
pub const ICMPV6: u8 = 58;
/// Nothing follows.
pub const NOTHING: u8 = 59;
/// Options that the destination looks at.
pub const DESTINATION: u8 = 60;
/// OSPF.
pub const OSPF: u8 = 89;
/// PIM.
pub const PIM: u8 = 103;
/// SCTP.
pub const SCTP: u8 = 132;
/// Mobility.
pub const MOBILITY: u8 = 135;
/// Host identity.
pub const HIP: u8 = 139;
/// Shim6.
pub const SHIM6: u8 = 140;

/// The name of a protocol, as captures show it.
pub fn name(protocol: u8) -> Option<&'static str> {
    Some(match protocol {
        HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION | MOBILITY | NOTHING => "IPv6",
        ICMP => "ICMP",
        IGMP => "IGMP",
        IPV4 => "IPv4",
        TCP => "TCP",
        UDP => "UDP",
        IPV6 => "IPv6",
        GRE => "GRE",
        ESP => "ESP",
        AH => "AH",
        ICMPV6 => "ICMPv6",
        OSPF => "OSPF",
        PIM => "PIM",
        112 => "VRRP",
        SCTP => "SCTP",
        _ => return None,
    })
}
