//! What a handler returned, as a response.

use std::cell::Cell;

use sentra_netlib::wire::http::{field, status as phrases};

use super::feed::Feed;
use super::service::Source;
use crate::builtins::json;
use crate::fault::Fault;
use crate::heap::object::Payload;
use crate::heap::{Map, Marker};
use crate::value::Value;
use crate::vm::Vm;

/// A response before it is sent.
pub(crate) struct Response {
    /// The status code.
    pub status: u16,
    /// Lines of the header, each with its end; none of them about framing.
    pub fields: Vec<u8>,
    /// Whether they have a `Date`.
    pub has_date: bool,
    /// Whether the connection is to be closed.
    pub closes: bool,
    pub body: Body,
}

/// What comes after the head.
pub(crate) enum Body {
    Bytes(Vec<u8>),
    /// A string of the script.
    Text(Value),
    Source(Box<dyn Source>),
}

impl Body {
    /// Its length if that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Text(text) => Some(text.as_bytes().map_or(0, <[u8]>::len) as u64),
            Self::Source(source) => source.length(),
        }
    }
}

impl Response {
    /// A response without header fields.
    pub fn new(status: u16, body: Body) -> Self {
        Self { status, fields: Vec::new(), has_date: false, closes: false, body }
    }

    /// A short message in plain text.
    pub fn message(status: u16, reason: &str) -> Self {
        let phrase = phrases::phrase(status);
        let text =
            if reason.is_empty() { format!("{status} {phrase}\n") } else { format!("{status} {phrase}: {reason}\n") };
        let mut response = Self::new(status, Body::Bytes(text.into_bytes()));
        response.fields.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\n");
        response
    }

    /// Adds a field; the error names what no header can have.
    pub fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), Box<Fault>> {
        // Framing is what the connection knows best; other fields of this kind concern the backend that they came from.
        if field::is_framing(name) || field::is_hop_by_hop(name) {
            self.closes |= name.eq_ignore_ascii_case(b"connection") && field::has_token(value, "close");
            return check(name, value);
        }
        self.has_date |= name.eq_ignore_ascii_case(b"date");
        field::push(&mut self.fields, name, value).map_err(bad_field)
    }
}

fn bad_field(error: field::FieldError) -> Box<Fault> {
    Fault::new("header", format!("{error}"))
}

fn check(name: &[u8], value: &[u8]) -> Result<(), Box<Fault>> {
    field::push(&mut Vec::new(), name, value).map_err(bad_field)
}

/// The status code of a response map, if it is one that ends a request.
pub(crate) fn status(value: Value) -> Result<u16, Box<Fault>> {
    let status = value.as_integer().filter(|status| (200..=999).contains(status));
    let Some(status) = status else {
        let shown = value.as_integer().map_or(value.type_name().to_string(), |number| number.to_string());
        return Err(Fault::range(format!("a response's status code is 200 to 999, got {shown}")));
    };
    Ok(status as u16)
}

/// The response that a handler's result stands for. `fields` is an empty place for its header.
pub(crate) fn of(vm: &mut Vm, result: Value, fields: Vec<u8>) -> Result<Response, Box<Fault>> {
    let mut response = Response { fields, ..Response::new(200, Body::Bytes(Vec::new())) };
    let whole = result.as_map().filter(|map| map.get_text(b"status_code").is_some());
    if let Some(map) = whole {
        response.status = status(map.get_text(b"status_code").unwrap_or(Value::NIL))?;
        let headers = map.get_text(b"headers").unwrap_or(Value::NIL);
        let typed = add_headers(&mut response, headers)?;
        set_body(vm, &mut response, map.get_text(b"body").unwrap_or(Value::NIL), typed)?;
        return Ok(response);
    }
    if result.is_nil() {
        response.status = 204;
    }
    set_body(vm, &mut response, result, false)?;
    Ok(response)
}

/// Whether `headers` say of which type the body is.
fn add_headers(response: &mut Response, headers: Value) -> Result<bool, Box<Fault>> {
    let mut typed = false;
    let Some(headers) = headers.as_map() else {
        if headers.is_nil() {
            return Ok(typed);
        }
        return Err(Fault::type_error(format!("a response's headers are a map, got {}", headers.type_name())));
    };
    for (name, value) in headers.iter() {
        let name = name.as_bytes().unwrap_or_default();
        typed |= name.eq_ignore_ascii_case(b"content-type");
        match value.as_array() {
            Some(values) => values.iter().try_for_each(|value| add_header(response, name, value))?,
            None => add_header(response, name, value)?,
        }
    }
    Ok(typed)
}

fn add_header(response: &mut Response, name: &[u8], value: Value) -> Result<(), Box<Fault>> {
    if let Some(value) = value.as_bytes() {
        return response.push(name, value);
    }
    let mut text = Vec::new();
    match value {
        Value::NIL => return Ok(()),
        Value::TRUE => text.extend_from_slice(b"true"),
        Value::FALSE => text.extend_from_slice(b"false"),
        _ if value.is_number() => crate::number::write(&mut text, value),
        _ => {
            let (name, got) = (String::from_utf8_lossy(name), value.type_name());
            return Err(Fault::type_error(format!(
                "the header `{name}` needs a string, a number or an array, got {got}"
            )));
        }
    }
    response.push(name, &text)
}

/// Checks headers as a response would, where the script's line is still known.
pub(crate) fn check_headers(headers: Map) -> Result<(), Box<Fault>> {
    add_headers(&mut Response::new(200, Body::Bytes(Vec::new())), headers.value()).map(|_| ())
}

fn set_body(vm: &mut Vm, response: &mut Response, body: Value, typed: bool) -> Result<(), Box<Fault>> {
    let media_type: &[u8];
    if let Some(bytes) = body.as_bytes() {
        media_type = type_of(bytes);
        response.body = Body::Text(body);
    } else if body.is_nil() {
        return Ok(());
    } else if body.as_map().is_some() || body.as_array().is_some() {
        media_type = b"application/json";
        response.body = Body::Bytes(json::encode(&vm.heap, body, None)?);
    } else if let Some(found) = body.as_payload::<Found>() {
        response.body = found.body.take().unwrap_or_else(|| Body::Bytes(Vec::new()));
        return Ok(());
    } else {
        media_type = b"text/plain; charset=utf-8";
        let events = is_event_stream(&response.fields);
        response.body = Body::Source(Box::new(Feed::new(vm, body, events)?));
    }
    if !typed {
        response.fields.extend_from_slice(b"Content-Type: ");
        response.fields.extend_from_slice(media_type);
        response.fields.extend_from_slice(b"\r\n");
    }
    Ok(())
}

/// A body that was found for a script to hand on, once; its header says already of which type it is.
pub(crate) struct Found {
    body: Cell<Option<Body>>,
}

impl Found {
    pub fn new(body: Body) -> Self {
        Self { body: Cell::new(Some(body)) }
    }
}

impl Payload for Found {
    fn type_name(&self) -> &'static str {
        "body"
    }

    fn trace(&self, _: &mut Marker) {}
}

fn type_of(bytes: &[u8]) -> &'static [u8] {
    match std::str::from_utf8(bytes) {
        Ok(_) => b"text/plain; charset=utf-8",
        Err(_) => b"application/octet-stream",
    }
}

/// Whether the header says that the body is a stream of events.
fn is_event_stream(fields: &[u8]) -> bool {
    let line = fields
        .split(|&byte| byte == b'\n')
        .find(|line| line.get(..13).is_some_and(|name| name.eq_ignore_ascii_case(b"content-type:")));
    line.is_some_and(|line| field::trim(&line[13..]).to_ascii_lowercase().starts_with(b"text/event-stream"))
}
