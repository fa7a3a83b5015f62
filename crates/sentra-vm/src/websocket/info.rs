//! The maps that scripts know connections by. A connection has one and the same map for as long
//! as it lasts, so what a script puts into it stays with the connection.

use std::net::SocketAddr;

use sentra_netlib::wire::http::request::Head;

use crate::fault::Fault;
use crate::heap::Map;
use crate::http::request;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The map of a server's client, and its id.
pub(crate) fn of_client(
    vm: &mut Vm,
    id: &str,
    peer: Option<SocketAddr>,
    head: &Head<'_>,
    protocol: Option<&[u8]>,
) -> Result<(Value, Map)> {
    let id = vm.heap.checked_text(id.as_bytes())?;
    let map = vm.heap.map(9);
    map.set_text(&mut vm.heap, "id", id)?;
    map.set_text(&mut vm.heap, "connected", Value::TRUE)?;
    let address = peer.map(|peer| peer.ip().to_string()).unwrap_or_default();
    put(vm, map, "remote_address", Some(address.as_bytes()))?;
    map.set_text(&mut vm.heap, "remote_port", Value::small(peer.map_or(0, |peer| peer.port().into())))?;
    put(vm, map, "path", Some(head.path))?;
    put(vm, map, "query_string", Some(head.query.unwrap_or_default()))?;
    put(vm, map, "protocol", protocol)?;
    vm.heap.reserve(4 * head.fields.bytes())?;
    let headers = request::headers(&mut vm.heap, head.fields)?.value();
    map.set_text(&mut vm.heap, "headers", headers)?;
    let data = vm.heap.map(0).value();
    map.set_text(&mut vm.heap, "data", data)?;
    Ok((id, map))
}

/// The map of a connection that a script has opened, and its id.
pub(crate) fn of_connection(vm: &mut Vm, id: &str, url: &str, protocol: Option<&[u8]>) -> Result<(Value, Map)> {
    let id = vm.heap.checked_text(id.as_bytes())?;
    let map = vm.heap.map(4);
    map.set_text(&mut vm.heap, "id", id)?;
    put(vm, map, "url", Some(url.as_bytes()))?;
    map.set_text(&mut vm.heap, "connected", Value::TRUE)?;
    put(vm, map, "protocol", protocol)?;
    Ok((id, map))
}

fn put(vm: &mut Vm, map: Map, key: &str, text: Option<&[u8]>) -> Result<()> {
    let value = text.map_or(Ok(Value::NIL), |text| vm.heap.checked_text(text))?;
    map.set_text(&mut vm.heap, key, value)
}
