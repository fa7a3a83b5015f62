//! The head of a response, read strictly: `httparse` knows the grammar, and what it lets pass
//! (lone line feeds) is refused before.

use std::fmt;

use super::body::{BodyError, Framing, Lengths};
use super::field;

/// The longest head that is read.
pub const MOST_HEAD: usize = 256 * 1024;
/// The most fields.
const MOST_FIELDS: usize = 1000;
/// Fields that need no memory of their own while they are read.
const USUAL_FIELDS: usize = 48;

/// Why a response cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// What comes first is no status line of HTTP/1.
    NoHttp,
    /// The status is no number of three digits from 100 on.
    BadStatus,
    /// A line does not end in CR LF.
    BadLineEnd,
    /// A line of the header is no field.
    BadField,
    /// The head is longer than anyone needs.
    TooLong,
    /// Something is wrong with where the body ends.
    Body(BodyError),
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHttp => "what answers does not speak HTTP/1",
            Self::BadStatus => "the response has no status of three digits",
            Self::BadLineEnd => "a line of the response's head does not end in CR LF",
            Self::BadField => "the response's head has a line that is no header field",
            Self::TooLong => "the response's head is too long",
            Self::Body(wrong) => return wrong.fmt(f),
        })
    }
}

impl std::error::Error for ResponseError {}

impl From<BodyError> for ResponseError {
    fn from(wrong: BodyError) -> Self {
        Self::Body(wrong)
    }
}

/// A part of the head's bytes.
type Place = (u32, u32);

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub minor_version: u8,
    /// From 100 to 999.
    pub status: u16,
    bytes: Box<[u8]>,
    reason: Place,
    fields: Vec<(Place, Place)>,
}

impl ResponseHead {
    /// Reads a whole head, the empty line at its end included.
    fn parse(bytes: &[u8], lines: usize) -> Result<Self, ResponseError> {
        let mut usual = [httparse::EMPTY_HEADER; USUAL_FIELDS];
        let mut many = Vec::new();
        let room = if lines <= USUAL_FIELDS {
            &mut usual[..]
        } else {
            many.resize(lines, httparse::EMPTY_HEADER);
            &mut many[..]
        };
        let mut response = httparse::Response::new(room);
        match response.parse(bytes) {
            Ok(httparse::Status::Complete(used)) if used == bytes.len() => {}
            Err(httparse::Error::Version) => return Err(ResponseError::NoHttp),
            Err(httparse::Error::Status) => return Err(ResponseError::BadStatus),
            _ => return Err(ResponseError::BadField),
        }
        let place = |part: &[u8]| {
            // What is empty may be a constant that lies elsewhere.
            let from = if part.is_empty() { 0 } else { part.as_ptr() as usize - bytes.as_ptr() as usize };
            (from as u32, (from + part.len()) as u32)
        };
        let fields =
            response.headers.iter().map(|header| (place(header.name.as_bytes()), place(field::trim(header.value))));
        Ok(Self {
            minor_version: response.version.unwrap_or(0),
            status: response.code.filter(|code| *code >= 100).ok_or(ResponseError::BadStatus)?,
            reason: place(response.reason.unwrap_or_default().as_bytes()),
            fields: fields.collect(),
            bytes: bytes.into(),
        })
    }

    fn part(&self, (from, to): Place) -> &[u8] {
        &self.bytes[from as usize..to as usize]
    }

    /// The words behind the status, often none.
    pub fn reason(&self) -> &[u8] {
        self.part(self.reason)
    }

    /// Names and values in order.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|&(name, value)| (self.part(name), self.part(value)))
    }

    /// The values of all fields of that name, in any case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields().filter(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// The value of the first field of that name, in any case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields().find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// Whether a list of tokens, such as that of `Connection`, has this one.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.all(name).any(|value| field::has_token(value, token))
    }

    /// Where the body ends (RFC 9112, section 6.3), for the answer to such a method.
    pub fn framing(&self, method: &[u8]) -> Result<Framing, ResponseError> {
        let mut lengths = Lengths::default();
        self.fields().try_for_each(|(name, value)| lengths.note(name, value))?;
        let named = lengths.framing(self.minor_version == 0)?;
        let tunnels = method == b"CONNECT" && (200..300).contains(&self.status);
        let has_none = method == b"HEAD" || matches!(self.status, 100..200 | 204 | 304) || tunnels;
        Ok(if has_none { Framing::None } else { named.unwrap_or(Framing::UntilClose) })
    }

    /// Whether the connection stays open as far as the peer says (section 9.3).
    pub fn keeps_alive(&self) -> bool {
        !self.has_token("connection", "close") && (self.minor_version > 0 || self.has_token("connection", "keep-alive"))
    }
}

/// Reads heads in pieces.
#[derive(Clone, Debug, Default)]
pub struct HeadReader {
    /// What has come of the head so far, unless the whole came at once.
    begun: Vec<u8>,
    /// Where the line that has not ended begins, and how far a line feed was looked for.
    line: usize,
    seen: usize,
    lines: usize,
}

impl HeadReader {
    /// Takes bytes: how many belong to the head, and the head once it is whole.
    pub fn read(&mut self, input: &[u8]) -> Result<(usize, Option<ResponseHead>), ResponseError> {
        if self.begun.is_empty() {
            if let Some(end) = self.find_end(input)? {
                return ResponseHead::parse(&input[..end], self.lines).map(|head| (end, Some(head)));
            }
            self.begun.extend_from_slice(input);
            return Ok((input.len(), None));
        }
        let before = self.begun.len();
        self.begun.extend_from_slice(input);
        let begun = std::mem::take(&mut self.begun);
        let Some(end) = self.find_end(&begun)? else {
            self.begun = begun;
            return Ok((input.len(), None));
        };
        ResponseHead::parse(&begun[..end], self.lines).map(|head| (end - before, Some(head)))
    }

    /// Whether something of a head has come.
    pub fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Where the head ends behind its empty line, if that is there. No byte is looked at again
    /// for having come alone.
    fn find_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, ResponseError> {
        const START: &[u8] = b"HTTP/1.";
        if !bytes.starts_with(&START[..START.len().min(bytes.len())]) {
            return Err(ResponseError::NoHttp);
        }
        while let Some(at) = memchr::memchr(b'\n', &bytes[self.seen..]) {
            let (from, end) = (self.line, self.seen + at + 1);
            if !bytes[from..end].ends_with(b"\r\n") {
                return Err(ResponseError::BadLineEnd);
            }
            (self.line, self.seen, self.lines) = (end, end, self.lines + 1);
            if end - from == 2 {
                return Ok(Some(end));
            }
            if self.lines > MOST_FIELDS {
                break;
            }
        }
        self.seen = bytes.len();
        if bytes.len() > MOST_HEAD || self.lines > MOST_FIELDS { Err(ResponseError::TooLong) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests;
