//! The map that a handler gets for a request.

use std::net::SocketAddr;

use sentra_netlib::code::percent;
use sentra_netlib::wire::http::request::{Fields, Head};

use super::route::Route;
use crate::builtins::query_map;
use crate::fault::Fault;
use crate::heap::{Heap, Map, Marker};
use crate::value::Value;

/// The request's keys, in the order that scripts see.
const KEYS: [&str; 12] = [
    "method",
    "path",
    "query",
    "query_string",
    "params",
    "headers",
    "body",
    "remote_address",
    "remote_port",
    "host",
    "url",
    "http_version",
];

/// Keys that are looked up for every request, as the one text that each is.
#[derive(Default)]
pub(crate) struct Keys {
    request: Vec<Value>,
}

impl Keys {
    pub fn trace(&self, marker: &mut Marker) {
        marker.mark_all(&self.request);
    }
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    /// A text, or nil for a client without an address.
    pub address: Value,
    pub port: Value,
}

impl Peer {
    pub fn new(heap: &mut Heap, address: Option<SocketAddr>) -> Self {
        let Some(address) = address else { return Self { address: Value::NIL, port: Value::NIL } };
        let text = address.ip().to_canonical().to_string();
        Self { address: heap.text(text.as_bytes()), port: Value::small(i32::from(address.port())) }
    }
}

/// Makes the map; its body is empty as yet.
pub(crate) fn map(
    heap: &mut Heap,
    keys: &mut Keys,
    head: &Head<'_>,
    (route, values): (&Route, &[&[u8]]),
    peer: Peer,
    scheme: &str,
) -> Result<Map, Box<Fault>> {
    // What the head says is said twice at most: as it is, and decoded or put together.
    heap.reserve(4 * (head.target.len() + head.fields.bytes()))?;
    if keys.request.is_empty() {
        keys.request = KEYS.iter().map(|key| heap.intern(key.as_bytes())).collect();
    }
    let query = query_map(heap, head.query.unwrap_or_default())?;
    let entries = [
        heap.text(head.method.as_bytes()),
        heap.text(head.path),
        query.value(),
        heap.text(head.query.unwrap_or_default()),
        params(heap, route, values)?.value(),
        headers(heap, head.fields)?.value(),
        heap.text(b""),
        peer.address,
        peer.port,
        heap.text(head.host),
        url(heap, head, scheme),
        heap.text(if head.minor == 0 { b"1.0" } else { b"1.1" }),
    ];
    Ok(heap.map_with_keys(&keys.request, &entries))
}

/// Puts the body into a request's map.
pub(crate) fn set_body(heap: &mut Heap, keys: &Keys, request: Map, body: &[u8]) -> Result<(), Box<Fault>> {
    const BODY: usize = 6;
    let body = heap.checked_text(body)?;
    request.set(heap, keys.request[BODY], body)
}

fn params(heap: &mut Heap, route: &Route, values: &[&[u8]]) -> Result<Map, Box<Fault>> {
    let params = heap.map(values.len());
    for (name, value) in route.names.iter().zip(values) {
        let value = percent::decode(value, false).unwrap_or(std::borrow::Cow::Borrowed(value));
        let value = heap.text(&value);
        params.set_text(heap, name, value)?;
    }
    Ok(params)
}

/// Header fields as scripts see them: found in any spelling, repeated ones joined. Who calls has reserved memory.
pub(crate) fn headers(heap: &mut Heap, fields: Fields<'_>) -> Result<Map, Box<Fault>> {
    let headers = heap.caseless_map();
    for (name, value) in fields {
        let (key, value) = (heap.text(name), heap.text(value));
        let Some(before) = headers.get(heap, key).and_then(Value::as_text) else {
            headers.set(heap, key, value)?;
            continue;
        };
        // Cookies are joined as in one field (RFC 6265, section 5.4), all else is a list.
        let separator: &[u8] = if name.eq_ignore_ascii_case(b"cookie") { b"; " } else { b", " };
        let joined = heap.concat(before, separator)?;
        let Some(joined) = joined.as_text() else { continue };
        let joined = heap.concat(joined, value.as_bytes().unwrap_or_default())?;
        headers.set(heap, key, joined)?;
    }
    Ok(headers)
}

fn url(heap: &mut Heap, head: &Head<'_>, scheme: &str) -> Value {
    // One that names its host itself is the address already.
    if !head.target.starts_with(b"/") {
        return heap.text(head.target);
    }
    let url = [scheme.as_bytes(), b"://", head.host, head.target].concat();
    heap.text(&url)
}
