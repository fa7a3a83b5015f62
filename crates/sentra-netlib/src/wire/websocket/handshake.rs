//! The opening handshake (RFC 6455, section 4): what makes a request one for a WebSocket, what
//! answers it, and what an answer has to be.

use ring::rand::{SecureRandom, SystemRandom};

use crate::code::base64::Alphabet;
use crate::digest::Algorithm;
use crate::wire::http::field::{self, FieldError};

/// The version of the protocol that there is.
const VERSION: &[u8] = b"13";
/// What a server appends to the key before it hashes it (section 1.3).
const SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Bytes of a key.
const KEY: usize = 16;

/// Fields of the handshake, which nobody else writes.
const OWN: [&str; 8] = [
    "connection",
    "upgrade",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
    "sec-websocket-accept",
    "host",
];

/// Why a handshake fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status that a server answers with.
    pub status: u16,
    /// What is wrong.
    pub reason: String,
}

fn refusal(status: u16, reason: impl Into<String>) -> Refusal {
    Refusal { status, reason: reason.into() }
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Its key.
    pub key: &'a [u8],
    /// The subprotocols that it speaks, the one that it likes best first.
    pub protocols: Vec<&'a [u8]>,
    /// The page that opens the connection, if it is a browser that does.
    pub origin: Option<&'a [u8]>,
}

/// Reads a request for a WebSocket (section 4.2.1). `fields` are all of its header.
pub fn offer<'a, F>(method: &[u8], minor: u8, fields: F) -> Result<Offer<'a>, Refusal>
where
    F: Iterator<Item = (&'a [u8], &'a [u8])> + Clone,
{
    if !has_token(fields.clone(), "upgrade", "websocket") {
        return Err(refusal(426, "this address is for WebSockets"));
    }
    if method != b"GET" || minor == 0 {
        return Err(refusal(400, "a WebSocket is asked for by GET and HTTP/1.1"));
    }
    if !has_token(fields.clone(), "connection", "upgrade") {
        return Err(refusal(400, "the header `Connection` does not say `Upgrade`"));
    }
    if one(fields.clone(), "sec-websocket-version")? != Some(VERSION) {
        return Err(refusal(426, "only version 13 of WebSocket is spoken here"));
    }
    let key = one(fields.clone(), "sec-websocket-key")?.unwrap_or_default();
    if Alphabet::Standard.decode(key).ok().is_none_or(|key| key.len() != KEY) || key.len() != 24 {
        return Err(refusal(400, "the header `Sec-WebSocket-Key` does not have 16 bytes in base64"));
    }
    let origin = one(fields.clone(), "origin")?;
    let mut protocols = Vec::new();
    for protocol in values(fields, "sec-websocket-protocol").flat_map(field::elements) {
        if !field::is_token(protocol) {
            return Err(refusal(400, "the header `Sec-WebSocket-Protocol` is no list of names"));
        }
        protocols.push(protocol);
    }
    Ok(Offer { key, protocols, origin })
}

/// The first subprotocol of the client's that the server speaks.
pub fn choose<'a>(offer: &Offer<'a>, spoken: &[String]) -> Option<&'a [u8]> {
    offer.protocols.iter().copied().find(|protocol| spoken.iter().any(|spoken| spoken.as_bytes() == *protocol))
}

/// The answer that makes the connection a WebSocket (section 4.2.2).
pub fn agreement(offer: &Offer, protocol: Option<&[u8]>) -> Vec<u8> {
    let mut out =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            .to_vec();
    out.extend_from_slice(&accept(offer.key));
    if let Some(protocol) = protocol {
        out.extend_from_slice(b"\r\nSec-WebSocket-Protocol: ");
        out.extend_from_slice(protocol);
    }
    out.extend_from_slice(b"\r\n\r\n");
    out
}

/// The answer that ends the connection.
pub fn rejection(refusal: &Refusal) -> Vec<u8> {
    let phrase = match refusal.status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        414 => "URI Too Long",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Refused",
    };
    let more = if refusal.status == 426 { "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" } else { "" };
    let (status, length, reason) = (refusal.status, refusal.reason.len() + 1, &refusal.reason);
    format!(
        "HTTP/1.1 {status} {phrase}\r\nConnection: close\r\n{more}Content-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {length}\r\n\r\n{reason}\n"
    )
    .into_bytes()
}

/// A client's request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The host with its port, unless that is the usual one.
    pub host: &'a str,
    /// The path with the query.
    pub target: &'a str,
    /// The subprotocols that the client speaks.
    pub protocols: &'a [String],
    /// Further fields.
    pub fields: &'a [(Vec<u8>, Vec<u8>)],
}

/// A key that nobody has had before.
///
/// # Panics
///
/// If the system has no random bytes.
pub fn key() -> String {
    let mut key = [0; KEY];
    SystemRandom::new().fill(&mut key).expect("the system has random bytes");
    String::from_utf8_lossy(&Alphabet::Standard.encode(&key)).into_owned()
}

impl Request<'_> {
    /// Writes the request (section 4.1).
    pub fn write(&self, key: &str) -> Result<Vec<u8>, FieldError> {
        let mut out = Vec::new();
        out.extend_from_slice(format!("GET {} HTTP/1.1\r\n", self.target).as_bytes());
        field::push(&mut out, b"Host", self.host.as_bytes())?;
        out.extend_from_slice(b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
        field::push(&mut out, b"Sec-WebSocket-Key", key.as_bytes())?;
        if !self.protocols.is_empty() {
            field::push(&mut out, b"Sec-WebSocket-Protocol", self.protocols.join(", ").as_bytes())?;
        }
        for (name, value) in self.fields {
            field::push(&mut out, name, value)?;
        }
        out.extend_from_slice(b"\r\n");
        Ok(out)
    }
}

/// Whether the handshake itself writes a field of this name.
pub fn is_own(name: &[u8]) -> bool {
    OWN.iter().any(|own| name.eq_ignore_ascii_case(own.as_bytes())) || field::is_framing(name)
}

/// Reads the server's answer to the request with `key`: the subprotocol that it has chosen
/// (section 4.1).
pub fn agreed<'a, F>(status: u16, fields: F, key: &str, protocols: &[String]) -> Result<Option<&'a [u8]>, Refusal>
where
    F: Iterator<Item = (&'a [u8], &'a [u8])> + Clone,
{
    let fail = |reason: &str| Err(refusal(status, reason));
    if status != 101 {
        return fail("the server does not make it a WebSocket");
    }
    if one(fields.clone(), "upgrade")?.is_none_or(|value| !value.eq_ignore_ascii_case(b"websocket")) {
        return fail("the server upgrades to something else");
    }
    if !has_token(fields.clone(), "connection", "upgrade") {
        return fail("the header `Connection` of the answer does not say `Upgrade`");
    }
    if one(fields.clone(), "sec-websocket-accept")? != Some(&accept(key.as_bytes())[..]) {
        return fail("the answer is not for this request: `Sec-WebSocket-Accept` is wrong");
    }
    if values(fields.clone(), "sec-websocket-extensions").any(|value| !value.is_empty()) {
        return fail("the server uses an extension that was not offered");
    }
    let chosen = one(fields, "sec-websocket-protocol")?;
    if chosen.is_some_and(|chosen| protocols.iter().all(|own| own.as_bytes() != chosen)) {
        return fail("the server uses a subprotocol that was not offered");
    }
    Ok(chosen)
}

/// What a server answers to a key.
fn accept(key: &[u8]) -> Vec<u8> {
    Alphabet::Standard.encode(&Algorithm::Sha1.hash(&[key, SUFFIX].concat()))
}

fn values<'a, F>(fields: F, name: &str) -> impl Iterator<Item = &'a [u8]>
where
    F: Iterator<Item = (&'a [u8], &'a [u8])>,
{
    fields.filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
}

fn has_token<'a>(fields: impl Iterator<Item = (&'a [u8], &'a [u8])>, name: &str, token: &str) -> bool {
    values(fields, name).any(|value| field::has_token(value, token))
}

/// The value of a field that may be there once.
fn one<'a>(fields: impl Iterator<Item = (&'a [u8], &'a [u8])>, name: &str) -> Result<Option<&'a [u8]>, Refusal> {
    let mut found = values(fields, name);
    let first = found.next();
    if found.next().is_some() {
        return Err(refusal(400, format!("the header `{name}` is there twice")));
    }
    Ok(first)
}

#[cfg(test)]
mod tests;
