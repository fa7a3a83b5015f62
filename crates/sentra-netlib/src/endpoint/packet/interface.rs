//! The network interfaces of this machine.

use std::io::{self, ErrorKind};
use std::net::IpAddr;

use nix::net::if_::InterfaceFlags;

use crate::network::Network;
use crate::wire::packet::Mac;

/// A network interface.
#[derive(Clone, Debug)]
pub struct Interface {
    /// What it is called.
    pub name: String,
    /// The number that the system has for it.
    pub index: u32,
    /// Its card's address.
    pub mac: Option<Mac>,
    /// Its addresses with the lengths of their networks' prefixes.
    pub addresses: Vec<(IpAddr, u8)>,
    /// What it is and does.
    pub flags: InterfaceFlags,
}

/// What all interfaces at once are called.
pub(super) const ANY: &str = "any";

/// All interfaces, as the system orders them.
pub fn interfaces() -> Vec<Interface> {
    pnet_datalink::interfaces().into_iter().map(Interface::from).collect()
}

impl From<pnet_datalink::NetworkInterface> for Interface {
    fn from(found: pnet_datalink::NetworkInterface) -> Self {
        Self {
            index: found.index,
            mac: found.mac.map(|mac| Mac(mac.octets())),
            addresses: found.ips.iter().map(|network| (network.ip(), network.prefix())).collect(),
            flags: InterfaceFlags::from_bits_truncate(found.flags as _),
            name: found.name,
        }
    }
}

impl Interface {
    /// The interface of a name. The error names those that there are.
    pub fn named(name: &str) -> io::Result<Self> {
        let mut all = interfaces();
        if let Some(at) = all.iter().position(|interface| interface.name == name) {
            return Ok(all.swap_remove(at));
        }
        if name == ANY {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a raw socket is on one interface, not on `any`"));
        }
        let names: Vec<String> = all.into_iter().map(|interface| interface.name).collect();
        let text = format!("there is no interface \"{}\"; there are: {}", name.escape_debug(), names.join(", "));
        Err(io::Error::new(ErrorKind::NotFound, text))
    }

    /// All interfaces at once, from which is captured only. Frames of them are cooked.
    pub fn any() -> Self {
        Self { name: ANY.into(), index: 0, mac: None, addresses: Vec::new(), flags: InterfaceFlags::IFF_UP }
    }

    /// Whether it is all of them.
    pub fn is_any(&self) -> bool {
        self.index == 0
    }

    /// Whether it is switched on.
    pub fn is_up(&self) -> bool {
        self.flags.contains(InterfaceFlags::IFF_UP)
    }

    /// Whether what it sends comes back to this machine.
    pub fn is_loopback(&self) -> bool {
        self.flags.contains(InterfaceFlags::IFF_LOOPBACK)
    }

    /// Whether machines on its link are found by ARP.
    pub fn has_arp(&self) -> bool {
        self.mac.is_some() && !self.is_loopback() && !self.flags.contains(InterfaceFlags::IFF_NOARP)
    }

    /// What it is and does, by name.
    pub fn properties(&self) -> [(&'static str, bool); 6] {
        [
            ("up", InterfaceFlags::IFF_UP),
            ("running", InterfaceFlags::IFF_RUNNING),
            ("loopback", InterfaceFlags::IFF_LOOPBACK),
            ("broadcast", InterfaceFlags::IFF_BROADCAST),
            ("multicast", InterfaceFlags::IFF_MULTICAST),
            ("point_to_point", InterfaceFlags::IFF_POINTOPOINT),
        ]
        .map(|(name, flag)| (name, self.flags.contains(flag)))
    }

    /// Its address that is in the same network as another one.
    pub fn address_towards(&self, other: IpAddr) -> Option<IpAddr> {
        let other = Network { address: other, prefix: if other.is_ipv4() { 32 } else { 128 } };
        let own = |&&(address, prefix): &&(IpAddr, u8)| Network { address, prefix: u32::from(prefix) }.contains(&other);
        self.addresses.iter().find(own).map(|(address, _)| *address)
    }
}
