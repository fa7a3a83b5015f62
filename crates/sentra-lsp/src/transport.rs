//! Messages as bytes: frames of `Content-Length` and a JSON object. What is no message is refused by
//! itself; the next one is read as if nothing had been. It knows no method.

use std::io::{self, BufRead, Read, Write};

use lsp_server::{ErrorCode, Notification, Request, RequestId};
use serde_json::{Value, json};

/// The longest message that is read; the sources of a program are far shorter.
const MAX_MESSAGE: u64 = 64 << 20;
/// The longest line of a header.
const MAX_HEADER: u64 = 4 << 10;

/// What arrived.
#[derive(Debug)]
pub(crate) enum Incoming {
    Request(Request),
    Notification(Notification),
    /// The answer to a request of the server.
    Answer,
    /// What could not be read, and why; the request that it was, as far as that is known.
    Refused(Value, ErrorCode, String),
}

/// The next message; nothing at the end of the input.
pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let mut garbage = false;
    let mut length = None;
    loop {
        let Some(line) = header(input)? else { return Ok(None) };
        match (line.as_str(), length) {
            ("", Some(length)) => return body(input, length),
            ("", None) if garbage => return Ok(Some(refused(ErrorCode::ParseError, "a message without its length"))),
            ("", None) => {}
            (line, _) => match line.split_once(':') {
                Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().ok();
                    garbage |= length.is_none();
                }
                _ => garbage = true,
            },
        }
    }
}

/// A line of the header without its end; one that is too long is cut.
fn header(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if input.by_ref().take(MAX_HEADER).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()))
}

fn body(input: &mut impl BufRead, length: u64) -> io::Result<Option<Incoming>> {
    if length > MAX_MESSAGE {
        let skipped = io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
        let reason = format!("a message of {length} bytes; at most {MAX_MESSAGE} are read");
        return Ok((skipped == length).then(|| refused(ErrorCode::InvalidRequest, &reason)));
    }
    let mut bytes = Vec::new();
    if input.by_ref().take(length).read_to_end(&mut bytes)? as u64 != length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(message) => message_of(message),
        Err(error) => refused(ErrorCode::ParseError, &format!("a message that is no JSON: {error}")),
    }))
}

fn refused(code: ErrorCode, reason: &str) -> Incoming {
    Incoming::Refused(Value::Null, code, reason.to_owned())
}

fn message_of(mut message: Value) -> Incoming {
    let Some(fields) = message.as_object_mut() else {
        return refused(ErrorCode::InvalidRequest, "a message is an object");
    };
    let params = fields.remove("params").unwrap_or_default();
    let id = fields.remove("id");
    match (fields.remove("method"), id) {
        (Some(Value::String(method)), None) => Incoming::Notification(Notification { method, params }),
        (Some(Value::String(method)), Some(id)) => match serde_json::from_value::<RequestId>(id.clone()) {
            Ok(id) => Incoming::Request(Request { id, method, params }),
            Err(_) => {
                let reason = "the id of a request is a string, or an integer of 32 bits";
                Incoming::Refused(id, ErrorCode::InvalidRequest, reason.to_owned())
            }
        },
        (None, Some(_)) if fields.contains_key("result") || fields.contains_key("error") => Incoming::Answer,
        (_, id) => {
            let reason = "a message names its method".to_owned();
            Incoming::Refused(id.unwrap_or_default(), ErrorCode::InvalidRequest, reason)
        }
    }
}

/// Writes a message.
pub(crate) fn write(output: &mut impl Write, mut message: Value) -> io::Result<()> {
    message["jsonrpc"] = json!("2.0");
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}
