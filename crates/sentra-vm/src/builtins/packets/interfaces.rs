//! The network interfaces of this machine as values.

use sentra_netlib::endpoint::packet;

use super::Result;
use crate::builtin::Arguments;
use crate::value::Value;
use crate::vm::Vm;

pub(super) fn interfaces(vm: &mut Vm, _: Arguments) -> Result<Value> {
    let heap = &mut vm.heap;
    let all = heap.array(&[]);
    for interface in packet::interfaces() {
        let map = heap.map(11);
        let name = heap.text(interface.name.as_bytes());
        map.set_text(heap, "name", name)?;
        map.set_text(heap, "index", Value::number(f64::from(interface.index)))?;
        let mac = interface.mac.map_or(Value::NIL, |mac| heap.text(mac.to_string().as_bytes()));
        map.set_text(heap, "mac", mac)?;
        let addresses = heap.array(&[]);
        for (address, prefix) in &interface.addresses {
            let entry = heap.map(3);
            let family = heap.text(if address.is_ipv4() { b"IPv4" } else { b"IPv6" });
            let address = heap.text(address.to_string().as_bytes());
            entry.set_text(heap, "address", address)?;
            entry.set_text(heap, "prefix", Value::number(f64::from(*prefix)))?;
            entry.set_text(heap, "family", family)?;
            addresses.push(heap, entry.value())?;
        }
        map.set_text(heap, "addresses", addresses.value())?;
        for (key, set) in interface.properties() {
            map.set_text(heap, key, set.into())?;
        }
        all.push(heap, map.value())?;
    }
    Ok(all.value())
}
