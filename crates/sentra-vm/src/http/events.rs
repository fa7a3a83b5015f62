//! Server-sent events (WHATWG HTML, section 9.2): a map with `event`, `data`, `id`, `retry` or `comment` as
//! the lines of one event, anything else as its data.

use crate::builtins::json;
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::value::Value;

const FIELDS: [&str; 4] = ["event", "id", "retry", "comment"];

/// Writes a value as one event.
pub(crate) fn write(heap: &Heap, value: Value, out: &mut Vec<u8>) -> Result<(), Box<Fault>> {
    match value.as_map().filter(|map| is_event(*map)) {
        Some(event) => {
            for name in FIELDS {
                let Some(value) = event.get_text(name.as_bytes()).filter(|value| !value.is_nil()) else { continue };
                single(heap, name, value, out)?;
            }
            if let Some(data) = event.get_text(b"data").filter(|value| !value.is_nil()) {
                lines(b"data", &text(heap, data)?, out);
            }
        }
        None => lines(b"data", &text(heap, value)?, out),
    }
    out.push(b'\n');
    Ok(())
}

/// Whether a map says the parts of an event, and is not its data.
fn is_event(map: Map) -> bool {
    let known = |key: &[u8]| key == b"data" || FIELDS.iter().any(|name| name.as_bytes() == key);
    !map.is_empty() && map.iter().all(|(key, _)| key.as_bytes().is_some_and(known))
}

fn single(heap: &Heap, name: &str, value: Value, out: &mut Vec<u8>) -> Result<(), Box<Fault>> {
    let text = text(heap, value)?;
    if name == "comment" {
        lines(b"", &text, out);
        return Ok(());
    }
    if text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(Fault::range(format!("the `{name}` of an event is one line")));
    }
    lines(name.as_bytes(), &text, out);
    Ok(())
}

fn text(heap: &Heap, value: Value) -> Result<Vec<u8>, Box<Fault>> {
    match value.as_bytes() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => json::encode(heap, value, None),
    }
}

/// Each line of a text as a field. A line ends with CR, LF or both.
fn lines(name: &[u8], text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    loop {
        let end = memchr::memchr2(b'\r', b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        for part in [name, b": ", line, b"\n"] {
            out.extend_from_slice(part);
        }
        let Some(end) = end else { return };
        rest = &rest[end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 }..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_a_field() {
        let mut out = Vec::new();
        lines(b"data", b"a\r\nb\rc\nd\n", &mut out);
        assert_eq!(out, b"data: a\ndata: b\ndata: c\ndata: d\ndata: \n");
    }
}
