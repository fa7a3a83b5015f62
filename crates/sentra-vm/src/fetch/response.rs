//! Responses as scripts see them.

use std::time::Instant;

use sentra_netlib::wire::http::response::ResponseHead;

use super::request::shown;
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::value::Value;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// A response map. What decompression made untrue is left out of the headers.
pub(crate) fn make(
    heap: &mut Heap,
    head: &ResponseHead,
    url: &sentra_netlib::url::Url,
    body: Value,
    decompressed: bool,
    started: Instant,
) -> Result<Value> {
    let headers = headers(heap, head, decompressed)?;
    let reason = head.reason();
    let mut status = head.status.to_string().into_bytes();
    if !reason.is_empty() {
        status.push(b' ');
        status.extend_from_slice(reason);
    }
    let status = heap.text(&status);
    let url = heap.text(shown(url).as_bytes());
    let version = heap.text(if head.minor_version == 0 { b"1.0" } else { b"1.1" });
    let elapsed = Value::number(started.elapsed().as_secs_f64() * 1000.0);
    let map = heap.map(7);
    for (key, value) in [
        ("status_code", Value::number(f64::from(head.status))),
        ("status", status),
        ("body", body),
        ("headers", headers.value()),
        ("url", url),
        ("http_version", version),
        ("elapsed_ms", elapsed),
    ] {
        map.set_text(heap, key, value)?;
    }
    Ok(map.value())
}

/// Names are found in any case and keep their order and spelling. Values of a repeated name
/// are one list, but cookies, which have commas of their own, an array.
fn headers(heap: &mut Heap, head: &ResponseHead, decompressed: bool) -> Result<Map> {
    let map = heap.caseless_map();
    for (name, value) in head.fields() {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if decompressed && (is("content-encoding") || is("content-length")) {
            continue;
        }
        let text = heap.checked_text(value)?;
        let value = match map.get_text(name) {
            _ if is("set-cookie") => {
                if let Some(cookies) = map.get_text(name).and_then(Value::as_array) {
                    cookies.push(heap, text)?;
                    continue;
                }
                heap.array(&[text]).value()
            }
            Some(before) => match joined(heap, before, value)? {
                Some(joined) => joined,
                None => text,
            },
            None => text,
        };
        let name = heap.text(name);
        map.set(heap, name, value)?;
    }
    Ok(map)
}

/// Two values of one name as a list. Texts that grow share their bytes, so that many repeats are
/// not copied again and again.
fn joined(heap: &mut Heap, before: Value, value: &[u8]) -> Result<Option<Value>> {
    let Some(before) = before.as_text() else { return Ok(None) };
    let list = heap.concat(before, b", ")?;
    let Some(list) = list.as_text() else { return Ok(None) };
    heap.concat(list, value).map(Some)
}
