//! Forms that a request's body brings, as maps.

use sentra_netlib::wire::http::multipart::{self, Event, Head, Reader};
use sentra_netlib::wire::http::{form as urlencoded, media_type};

use super::add_pair;
use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::http::form::KIND;
use crate::http::upload::{self, MOST_PARTS};
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The most fields of a form without files.
const MOST_FIELDS: usize = 10_000;

builtins! { TABLE:
    "form" in [] (request: Types::MAP) -> "map",
        faults ["form"], Nothing,
        "The form that a request brings, as a method `req.form()` of what a handler gets: the values of its fields by name, several of one name as an array; a file is a map of `filename` (without folders), `content_type`, `size` and `data`, or `path` where it lies on disk, which is until the request has been answered (see the option `spill` of `http_server_create`): a handler that wants to keep it moves it. Both ways in which browsers send forms are understood (`application/x-www-form-urlencoded`, `multipart/form-data`). If there is none, or it is malformed, the error is of kind `form`; a handler that does not catch it answers with 400.",
        "let req = {headers: {\"content-type\": \"application/x-www-form-urlencoded\"}, body: \"name=Ada+L.&tag=a&tag=b\"}\nlog(req.form()) // expect: {\"name\": \"Ada L.\", \"tag\": [\"a\", \"b\"]}" => Native(form);
    "__same" in [] (value: Types::ANY) -> "any",
        faults [], Nothing,
        "The value itself.",
        "log(type(1)) // expect: number" => Native(same);
}

fn same(_: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(args.value(0))
}

fn fault(reason: impl Into<String>) -> Box<Fault> {
    Fault::new(KIND, reason)
}

fn form(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(request) = args.value(0).as_map() else { return Err(fault("no request")) };
    let text = |value: Option<Value>| value.and_then(|value| value.as_bytes().map(<[u8]>::to_vec)).unwrap_or_default();
    let content_type = text(content_type(request));
    let body = request.get_text(b"body").unwrap_or(Value::NIL);
    let body = body.as_bytes().unwrap_or_default();
    match multipart::boundary(&content_type) {
        Some(boundary) => parts(&mut vm.heap, &boundary.map_err(|wrong| fault(wrong.to_string()))?, body),
        None if media_type::essence(&content_type).eq_ignore_ascii_case(b"application/x-www-form-urlencoded") => {
            fields(&mut vm.heap, body)
        }
        None if content_type.is_empty() => Err(fault("the request brings no form: it has no Content-Type")),
        None => {
            let shown = String::from_utf8_lossy(&content_type).escape_debug().to_string();
            Err(fault(format!("the request brings no form: its Content-Type is `{shown}`")))
        }
    }
}

/// The field in whatever spelling: a map that a script has made need not find all.
fn content_type(request: Map) -> Option<Value> {
    let headers = request.get_text(b"headers")?.as_map()?;
    let is = |key: Value| key.as_bytes().is_some_and(|key| key.eq_ignore_ascii_case(b"content-type"));
    headers.iter().find(|(key, _)| is(*key)).map(|(_, value)| value)
}

fn fields(heap: &mut Heap, body: &[u8]) -> Result<Value> {
    let Some(fields) = urlencoded::fields(body, MOST_FIELDS) else {
        return Err(fault(format!("the form has more than {MOST_FIELDS} fields")));
    };
    let map = heap.map(fields.len());
    for (name, value) in fields {
        let (name, value) = (heap.checked_text(&name)?, heap.checked_text(&value)?);
        add_pair(heap, map, name, value)?;
    }
    Ok(map.value())
}

fn parts(heap: &mut Heap, boundary: &[u8], body: &[u8]) -> Result<Value> {
    heap.reserve(2 * body.len())?;
    let (mut reader, map) = (Reader::new(boundary, MOST_PARTS), heap.map(4));
    let mut part: Option<(Head, Vec<u8>)> = None;
    reader.push(body);
    loop {
        match reader.step().map_err(|wrong| fault(wrong.to_string()))? {
            Event::Part(head) => part = Some((head, Vec::new())),
            Event::Data(data) => part.iter_mut().for_each(|(_, content)| content.extend_from_slice(data)),
            Event::PartEnd => {
                if let Some((head, content)) = part.take() {
                    let (name, value) = (heap.checked_text(&head.name)?, upload::value(heap, &head, &content)?);
                    add_pair(heap, map, name, value)?;
                }
            }
            Event::Need | Event::End => break,
        }
    }
    reader.finish().map_err(|wrong| fault(wrong.to_string()))?;
    Ok(map.value())
}
