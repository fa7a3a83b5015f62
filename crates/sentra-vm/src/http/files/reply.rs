//! From a file that was found to the response about it.

use std::io::{self, ErrorKind, Write};

use sentra_netlib::folder;
use sentra_netlib::wire::http::conditional::{Conditions, EntityTag, Validators, Verdict};
use sentra_netlib::wire::http::range::{self, Wanted};
use sentra_netlib::wire::http::{date, media_type};

use super::body::{FileBody, Parts};
use super::find::{Found, Opened};
use super::{Asked, now};
use crate::http::response::{Body, Response};

/// Files up to this length are sent together with the head.
const SMALL: u64 = 16 << 10;

/// The response about what was found; `fields` is an empty place for its header.
pub(super) fn respond(asked: &Asked, found: io::Result<Found>, fields: Vec<u8>) -> Response {
    match found {
        Ok(Found::File(file)) => about(asked, *file, fields),
        Ok(Found::Folder) => redirect(asked),
        Ok(Found::Listing(page)) => {
            let mut response = Response::new(200, Body::Bytes(page));
            field(&mut response.fields, "Content-Type", b"text/html; charset=utf-8");
            response
        }
        Err(error) => Response::message(status(&error), ""),
    }
}

fn status(error: &io::Error) -> u16 {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => 404,
        ErrorKind::PermissionDenied => 403,
        _ => 503,
    }
}

/// To the folder's path with its slash. Of slashes at its beginning one is left: two would name
/// another host.
fn redirect(asked: &Asked) -> Response {
    let slashes = asked.path.iter().take_while(|&&byte| byte == b'/').count();
    let mut location = [b"/", &asked.path[slashes..], b"/"].concat();
    if let Some(query) = &asked.query {
        location.push(b'?');
        location.extend_from_slice(query);
    }
    let mut response = Response::message(301, "");
    field(&mut response.fields, "Location", &location);
    response
}

/// Adds a field whose value is made here, or was checked as one.
fn field(fields: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        fields.extend_from_slice(part);
    }
}

/// A tag of size and time. While the file may change again within the time's grain, it is a weak one.
fn tag(file: &Opened, now: u64) -> String {
    let (seconds, nanos) = file.modified;
    let weak = if seconds + 1 < now { "" } else { "W/" };
    let gzip = if file.is_gzip { "-gz" } else { "" };
    format!("{weak}\"{seconds:x}.{nanos:x}-{:x}{gzip}\"", file.size)
}

fn about(asked: &Asked, file: Opened, fields: Vec<u8>) -> Response {
    let (now, mut response) = (now(), Response { fields, ..Response::new(200, Body::Bytes(Vec::new())) });
    let tag = tag(&file, now);
    let resource = Validators { tag: EntityTag::read(tag.as_bytes()), modified: Some(file.modified.0) };
    let conditions = Conditions {
        if_match: asked.if_match.as_deref(),
        if_none_match: asked.if_none_match.as_deref(),
        if_modified_since: asked.if_modified_since.as_deref(),
        if_unmodified_since: asked.if_unmodified_since.as_deref(),
        if_range: asked.if_range.as_deref(),
    };
    let verdict = if conditions.is_empty() { Verdict::Proceed } else { conditions.decide(resource, true, now) };
    if verdict == Verdict::Failed {
        return Response::message(412, "");
    }
    field(&mut response.fields, "ETag", tag.as_bytes());
    field(&mut response.fields, "Last-Modified", &date::write(file.modified.0));
    if let Some(value) = &asked.options.cache_control {
        field(&mut response.fields, "Cache-Control", value);
    }
    if asked.options.precompressed {
        field(&mut response.fields, "Vary", b"Accept-Encoding");
    }
    if verdict == Verdict::NotModified {
        response.status = 304;
        return response;
    }
    let wanted = match &asked.range {
        Some(wanted) if asked.wants_body && conditions.allow_range(resource, now) => range::read(wanted, file.size),
        _ => Wanted::Whole,
    };
    send(asked, file, &wanted, response)
}

/// Adds the file, or the parts of it that are wanted.
fn send(asked: &Asked, file: Opened, wanted: &Wanted, mut response: Response) -> Response {
    let (size, media_type) = (file.size, media_type::of_name(&file.name));
    let fields = &mut response.fields;
    field(fields, "Accept-Ranges", b"bytes");
    if file.is_gzip {
        field(fields, "Content-Encoding", b"gzip");
    }
    match wanted {
        Wanted::Nothing => {
            let mut refused = Response::message(416, "");
            field(&mut refused.fields, "Content-Range", range::unsatisfied(size).as_bytes());
            return refused;
        }
        Wanted::Whole => {
            field(fields, "Content-Type", media_type.as_bytes());
            response.body = whole(asked, file);
        }
        Wanted::One(part) => {
            field(fields, "Content-Type", media_type.as_bytes());
            field(fields, "Content-Range", range::content_range(*part, size).as_bytes());
            response.status = 206;
            response.body = Body::Source(Box::new(FileBody::new(file.file, part.first, part.size())));
        }
        Wanted::Several(parts) => {
            let boundary = format!("sentra-{:016x}", getrandom::u64().unwrap_or(size));
            let (heads, end) = range::framing(parts, size, &media_type, &boundary);
            let _ = write!(fields, "Content-Type: multipart/byteranges; boundary={boundary}\r\n");
            response.status = 206;
            response.body =
                Body::Source(Box::new(Parts::new(file.file, heads.into_iter().zip(parts.iter().copied()), end)));
        }
    }
    response
}

/// All of a file: a short one that is at hand is read at once.
fn whole(asked: &Asked, file: Opened) -> Body {
    if file.size <= SMALL && asked.wants_body {
        let mut bytes = vec![0; file.size as usize];
        if folder::read_at_hand(&file.file, &mut bytes, 0).is_ok_and(|read| read == bytes.len()) {
            return Body::Bytes(bytes);
        }
    }
    Body::Source(Box::new(FileBody::new(file.file, 0, file.size)))
}
