//! The client's side of one exchange: the request's head is written, and the response is taken
//! out of the bytes that come.

use std::fmt::Write;

use crate::code::base64::Alphabet;
use crate::url::Url;
use crate::wire::http::body::{BodyDecoder, BodyError, Decoded, Framing};
use crate::wire::http::field::{self, FieldError};
use crate::wire::http::response::{HeadReader, ResponseError, ResponseHead};

/// The most interim responses before the one that counts.
const MOST_INTERIM: u8 = 32;

/// How long a request's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// There is none.
    None,
    /// So many bytes.
    Known(u64),
    /// Nobody knows yet: it goes in chunks.
    Chunked,
}

/// A request to be written.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// A token such as `GET`.
    pub method: &'a [u8],
    /// Where to, in normal form.
    pub url: &'a Url,
    /// Whether a proxy is to pass it on, which wants to see the whole URL.
    pub via_proxy: bool,
    /// Fields that someone asked for, and then those that are there for want of them.
    pub fields: &'a [(Vec<u8>, Vec<u8>)],
    /// Fields that are there unless they were asked for.
    pub defaults: &'a [(&'a str, Vec<u8>)],
    /// The body's length.
    pub body: BodyLength,
}

impl Request<'_> {
    /// Writes the head. Of the fields that were asked for, those that say where the body ends or
    /// that concern another connection are left out: they would be wrong on this one.
    pub fn write_head(&self, out: &mut Vec<u8>) -> Result<(), FieldError> {
        if !field::is_token(self.method) {
            return Err(FieldError::Name(String::from_utf8_lossy(self.method).into_owned()));
        }
        out.extend_from_slice(self.method);
        out.push(b' ');
        out.extend_from_slice(self.target().as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        if !self.has("host") {
            field::push(out, b"Host", host_of(self.url).as_bytes())?;
        }
        for (name, value) in self.fields.iter().filter(|(name, _)| self.is_passed_on(name)) {
            field::push(out, name, value)?;
        }
        for (name, value) in self.defaults.iter().filter(|(name, _)| !self.has(name)) {
            field::push(out, name.as_bytes(), value)?;
        }
        if self.wants_close() {
            field::push(out, b"Connection", b"close")?;
        }
        match self.body {
            BodyLength::Known(length) => field::push(out, b"Content-Length", length.to_string().as_bytes())?,
            BodyLength::Chunked => field::push(out, b"Transfer-Encoding", b"chunked")?,
            BodyLength::None => {}
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Whether the fields ask for the connection to be closed afterwards.
    pub fn wants_close(&self) -> bool {
        self.named_in_connection().any(|token| token.eq_ignore_ascii_case(b"close"))
    }

    fn target(&self) -> String {
        let mut target = if self.via_proxy { format!("http://{}", host_of(self.url)) } else { String::new() };
        target += if self.url.path.is_empty() { "/" } else { &self.url.path };
        if let Some(query) = &self.url.query {
            target.push('?');
            target += query;
        }
        target
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
    }

    fn named_in_connection(&self) -> impl Iterator<Item = &[u8]> {
        let lists = self.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"connection"));
        lists.flat_map(|(_, value)| field::elements(value))
    }

    /// Nobody waits for the answer to `Expect` before sending the body. Credentials for a proxy
    /// are no server's business.
    fn is_passed_on(&self, name: &[u8]) -> bool {
        !(field::is_framing(name)
            || name.eq_ignore_ascii_case(b"proxy-authorization") && !self.via_proxy
            || field::is_hop_by_hop(name)
            || name.eq_ignore_ascii_case(b"expect")
            || self.named_in_connection().any(|token| token.eq_ignore_ascii_case(name)))
    }
}

/// The value of `Host`: the port only if it is not the scheme's.
pub fn host_of(url: &Url) -> String {
    let host = url.host.as_deref().unwrap_or_default();
    let mut text = if host.contains(':') { format!("[{host}]") } else { host.to_string() };
    if let Some(port) = url.port.filter(|_| url.port != crate::url::default_port(&url.scheme)) {
        // A string takes all that is written.
        let _ = write!(text, ":{port}");
    }
    text
}

/// `Basic` and the credentials of a URL, if it has any (RFC 7617).
pub fn basic(url: &Url) -> Option<String> {
    let user = url.user.as_deref()?;
    let pair = [user, b":", url.password.as_deref().unwrap_or_default()].concat();
    Some(format!("Basic {}", String::from_utf8_lossy(&Alphabet::Standard.encode(&pair))))
}

/// A request for a way through a proxy to a host's port (RFC 9110, section 9.3.6).
/// `authorization` tells who asks.
pub fn connect(host: &str, port: u16, authorization: Option<&[u8]>) -> Result<Vec<u8>, FieldError> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_string() };
    let authority = format!("{host}:{port}");
    let mut out = format!("CONNECT {authority} HTTP/1.1\r\n").into_bytes();
    field::push(&mut out, b"Host", authority.as_bytes())?;
    if let Some(authorization) = authorization {
        field::push(&mut out, b"Proxy-Authorization", authorization)?;
    }
    out.extend_from_slice(b"\r\n");
    Ok(out)
}

/// What the next bytes of a response are.
#[derive(Debug)]
pub enum Event<'a> {
    /// All that was given is used up; the response goes on.
    Need,
    /// Its head, once.
    Head(Box<ResponseHead>),
    /// Some of its body as it was sent: chunks are put together, compression is left.
    Data(&'a [u8]),
    /// It is at its end.
    End,
}

#[derive(Debug)]
enum State {
    Head(HeadReader),
    Body(BodyDecoder),
}

/// A response on its way.
#[derive(Debug)]
pub struct Exchange {
    method: Vec<u8>,
    state: State,
    interim: u8,
    stays: bool,
}

impl Exchange {
    /// What answers a request of that method. If the request asked for it, the connection does
    /// not stay open.
    pub fn new(method: &[u8], wants_close: bool) -> Self {
        let state = State::Head(HeadReader::default());
        Self { method: method.to_vec(), state, interim: 0, stays: !wants_close }
    }

    /// Reads up to the next event: how many bytes were used, and what was found. Once it has
    /// failed it is not asked again.
    pub fn receive<'a>(&mut self, input: &'a [u8]) -> Result<(usize, Event<'a>), ResponseError> {
        let mut at = 0;
        while let State::Head(reader) = &mut self.state {
            if at == input.len() {
                return Ok((at, Event::Need));
            }
            let (used, head) = reader.read(&input[at..])?;
            at += used;
            if let Some(head) = head
                && let Some(head) = self.take_head(head)?
            {
                return Ok((at, Event::Head(head)));
            }
        }
        let State::Body(decoder) = &mut self.state else { unreachable!("the head has been read") };
        let (used, found) = decoder.decode(&input[at..])?;
        let event = match found {
            Decoded::Data(data) => Event::Data(data),
            Decoded::Need => Event::Need,
            Decoded::End => Event::End,
        };
        Ok((at + used, event))
    }

    /// Passes over interim responses (RFC 9110, section 15.2), of which 101 is none: after it the
    /// connection speaks something else.
    fn take_head(&mut self, head: ResponseHead) -> Result<Option<Box<ResponseHead>>, ResponseError> {
        if (100..200).contains(&head.status) && head.status != 101 {
            self.interim += 1;
            self.state = State::Head(HeadReader::default());
            return if self.interim > MOST_INTERIM { Err(ResponseError::TooLong) } else { Ok(None) };
        }
        let framing = head.framing(&self.method)?;
        let is_tunnel = self.method == b"CONNECT" && (200..300).contains(&head.status);
        self.stays &= head.keeps_alive() && framing != Framing::UntilClose && head.status != 101 && !is_tunnel;
        self.state = State::Body(BodyDecoder::new(framing));
        Ok(Some(Box::new(head)))
    }

    /// Whether nothing of the response has come.
    pub fn is_unanswered(&self) -> bool {
        matches!(&self.state, State::Head(reader) if !reader.has_begun() && self.interim == 0)
    }

    /// Whether the whole response has been read.
    pub fn is_ended(&self) -> bool {
        matches!(&self.state, State::Body(decoder) if decoder.is_ended())
    }

    /// How many of the next bytes are data of the body for certain.
    pub fn data_ahead(&self) -> u64 {
        match &self.state {
            State::Head(_) => 0,
            State::Body(decoder) => decoder.data_ahead(),
        }
    }

    /// The peer will send nothing more: whether that is the response's end.
    pub fn finish(&self) -> Result<(), BodyError> {
        match &self.state {
            State::Head(_) => Err(BodyError::CutOff),
            State::Body(decoder) => decoder.finish(),
        }
    }

    /// Whether another request may follow on the same connection.
    pub fn leaves_connection(&self) -> bool {
        self.is_ended() && self.stays
    }
}

#[cfg(test)]
mod tests;
