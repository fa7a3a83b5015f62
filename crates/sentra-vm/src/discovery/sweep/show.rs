//! What a sweep has found, as values.

use std::collections::BTreeMap;
use std::net::IpAddr;

use sentra_netlib::wire::vendor;

use super::{Found, Sweeping, neighbours};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

/// What a host's map takes.
const BYTES: usize = 512;

impl Sweeping {
    /// A map for each host that is there, in order.
    pub(super) fn show(&mut self, vm: &mut Vm) -> Result<Value, Box<Fault>> {
        let hosts = vm.heap.array_with_capacity(self.found.len());
        let known =
            if self.found.values().any(|found| found.mac.is_none()) { neighbours() } else { Default::default() };
        let found = std::mem::take(&mut self.found);
        let by_address: BTreeMap<IpAddr, Found> =
            found.into_iter().map(|(host, found)| (self.places.address(host), found)).collect();
        for (address, mut found) in by_address {
            if let (None, IpAddr::V4(address)) = (found.mac, address) {
                found.mac = known.get(&address).copied();
            }
            let shown = found.show(vm, address)?;
            hosts.push(&mut vm.heap, shown)?;
        }
        Ok(hosts.value())
    }
}

impl Found {
    fn show(&self, vm: &mut Vm, address: IpAddr) -> Result<Value, Box<Fault>> {
        vm.heap.reserve(BYTES)?;
        let map = vm.heap.map(7);
        let texts = [
            ("ip", address.to_string()),
            ("hostname", String::new()),
            ("mac", self.mac.map(|mac| mac.to_string()).unwrap_or_default()),
            ("vendor", self.mac.and_then(|mac| vendor::of(mac.0)).unwrap_or_default().to_owned()),
            ("os", self.system().to_owned()),
        ];
        for (key, text) in texts {
            let text = vm.heap.text(text.as_bytes());
            map.set_text(&mut vm.heap, key, text)?;
        }
        let took = self.took.map_or(0.0, |took| took.as_secs_f64() * 1000.0);
        map.set_text(&mut vm.heap, "latency_ms", Value::number(took))?;
        let ports = vm.heap.array_with_capacity(self.ports.len());
        for port in &self.ports {
            ports.push(&mut vm.heap, Value::number(f64::from(*port)))?;
        }
        map.set_text(&mut vm.heap, "ports", ports.value())?;
        Ok(map.value())
    }

    /// The system: a guess, but for this machine's own.
    fn system(&self) -> &'static str {
        match (self.is_own, std::env::consts::OS) {
            (false, _) => self.traits.system(),
            (true, "linux") => "Linux",
            (true, other) => other,
        }
    }
}
