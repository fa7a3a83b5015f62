//! The hosts of a sweep by number: all addresses of a network in order, or, where there are too
//! many, those that have answered in the order in which they did.

use std::collections::HashMap;
use std::net::IpAddr;

use sentra_netlib::network::{Network, bits};

/// The most addresses that are asked one by one.
pub(crate) const MOST: u128 = 1 << 20;
/// The most members of a group.
const MOST_MEMBERS: usize = 1 << 16;

/// Numbers and addresses.
pub(super) struct Places {
    network: Network,
    /// The number of the first host among addresses.
    first: u128,
    group: Option<Members>,
}

/// Those who have answered what was asked of everyone.
#[derive(Default)]
struct Members {
    addresses: Vec<IpAddr>,
    numbers: HashMap<IpAddr, u32>,
}

impl Places {
    /// What is probed where everyone is asked at once.
    pub const EVERYONE: u32 = 0;

    /// The hosts of a network.
    pub fn new(network: Network) -> Self {
        let group = Self::are_too_many(&network).then(Members::default);
        Self { network, first: network.host_range().0, group }
    }

    /// Whether a network has too many addresses to ask each.
    pub fn are_too_many(network: &Network) -> bool {
        network.host_count() > MOST
    }

    /// How many are probed.
    pub fn count(&self) -> u32 {
        if self.group.is_some() { 1 } else { self.network.host_count() as u32 }
    }

    /// Whether everyone is asked at once.
    pub fn is_group(&self) -> bool {
        self.group.is_some()
    }

    /// The address of a host.
    pub fn address(&self, host: u32) -> IpAddr {
        match &self.group {
            Some(members) => members.addresses[host as usize],
            None => self.network.host(self.first + u128::from(host)),
        }
    }

    /// The number of an address, if it is a host of the sweep.
    pub fn number(&self, address: IpAddr) -> Option<u32> {
        if let Some(members) = &self.group {
            return members.numbers.get(&address).copied();
        }
        let number = bits(address).checked_sub(self.first)?;
        let is_one = address.is_ipv4() == self.network.is_ipv4() && number < self.network.host_count();
        is_one.then_some(number as u32)
    }

    /// The same; one of the network that answers what was asked of everyone becomes a member.
    pub fn join(&mut self, address: IpAddr) -> Option<u32> {
        let known = self.number(address);
        let Some(members) = self.group.as_mut().filter(|_| known.is_none()) else { return known };
        let one = Network { address, prefix: if address.is_ipv4() { 32 } else { 128 } };
        if !self.network.contains(&one) || members.addresses.len() >= MOST_MEMBERS {
            return None;
        }
        let number = members.addresses.len() as u32;
        members.addresses.push(address);
        members.numbers.insert(address, number);
        Some(number)
    }
}
