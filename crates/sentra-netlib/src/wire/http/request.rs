//! Heads of requests (RFC 9112): found, checked and taken apart, without copying.
//!
//! The syntax is checked by `httparse` and, where that is lenient, here: what two programs could
//! understand differently is refused, since a proxy in front might be the other one.

use super::body::{BodyError, Framing, Lengths};
use super::field;

/// The most fields of one head.
const MOST_FIELDS: usize = 1000;
/// Fields that most heads do not exceed.
const FEW_FIELDS: usize = 24;

/// Why a request is not served, and the status that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code of the answer.
    pub status: u16,
    /// What is wrong with the request.
    pub reason: &'static str,
}

const fn bad(reason: &'static str) -> Refusal {
    Refusal { status: 400, reason }
}

/// A request before its body.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// `GET`, case matters.
    pub method: &'a str,
    /// What is asked for, as sent.
    pub target: &'a [u8],
    /// The path of the target, still encoded; `*` for OPTIONS of the whole server.
    pub path: &'a [u8],
    /// What follows `?`, still encoded.
    pub query: Option<&'a [u8]>,
    /// The host that is asked, with its port if one was named; empty if the request names none.
    pub host: &'a [u8],
    /// 0 or 1, of HTTP/1.0 and HTTP/1.1.
    pub minor: u8,
    /// How long the body is.
    pub framing: Framing,
    /// Whether the client lets the connection be used again.
    pub persistent: bool,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// Whether the client offers to go on in another protocol.
    pub upgrades: bool,
    /// The header fields.
    pub fields: Fields<'a>,
}

/// Header fields in their order, names as sent.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // Every line has its end and its colon: it was checked.
        let end = memchr::memchr(b'\n', self.0)?;
        let line = self.0;
        self.0 = &line[end + 1..];
        let colon = memchr::memchr(b':', line)?;
        Some((&line[..colon], field::trim(&line[colon + 1..end - 1])))
    }
}

impl<'a> Fields<'a> {
    /// The values of the fields with a name, which is written in small letters.
    pub fn all(self, name: &str) -> impl Iterator<Item = &'a [u8]> + use<'a, '_> {
        self.filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// How long they are together.
    pub fn bytes(self) -> usize {
        self.0.len()
    }

    /// The value of the first field with a name.
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }
}

/// How far the search for a head's end has come, so that what arrives in pieces is looked at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search {
    scanned: usize,
    /// Where the line begins that is being looked at.
    line: usize,
}

impl Search {
    /// The length of the head at the start of `input`, with the empty line that ends it; nothing if it is not
    /// complete. A head of more than `most` bytes is refused, and one that is wrong as soon as that shows.
    pub fn find(&mut self, input: &[u8], most: usize) -> Result<Option<usize>, Refusal> {
        if input.first().is_some_and(|&first| !field::is_token_byte(first)) {
            return Err(bad("no request line"));
        }
        while let Some(found) = memchr::memchr(b'\n', &input[self.scanned..]) {
            let end = self.scanned + found;
            // Whatever arrives at once: the line that goes too far says what is too long.
            if end >= most {
                return Err(self.too_long());
            }
            if end == self.line || input[end - 1] != b'\r' {
                return Err(bad("a line that does not end with CR LF"));
            }
            if end == self.line + 1 {
                return Ok(Some(end + 1));
            }
            if self.line == 0 {
                request_line(&input[..end - 1])?;
            }
            (self.line, self.scanned) = (end + 1, end + 1);
        }
        self.scanned = input.len();
        if input.len() >= most { Err(self.too_long()) } else { Ok(None) }
    }

    fn too_long(self) -> Refusal {
        match self.line {
            0 => Refusal { status: 414, reason: "the request line is too long" },
            _ => Refusal { status: 431, reason: "the header is too large" },
        }
    }
}

/// Takes a head apart that [`Search::find`] has found.
pub fn parse(head: &[u8]) -> Result<Head<'_>, Refusal> {
    let line_end = memchr::memchr(b'\n', head).unwrap_or(head.len() - 1) - 1;
    let Line { method, target, minor } = request_line(&head[..line_end])?;
    let block = &head[line_end + 2..head.len() - 2];
    check_syntax(&head[line_end + 2..])?;
    let known = Known::read(Fields(block), minor)?;
    let Parts { path, query, authority } = take_target_apart(method, target)?;
    let host = authority.or(known.host).unwrap_or_default();
    Ok(Head {
        method,
        target,
        path,
        query,
        host,
        minor,
        framing: known.framing(minor)?,
        persistent: !known.closes && (minor == 1 || known.keeps),
        expects_continue: known.expects && minor == 1,
        upgrades: known.upgrades && minor == 1,
        fields: Fields(block),
    })
}

struct Line<'a> {
    method: &'a str,
    target: &'a [u8],
    minor: u8,
}

/// RFC 9112, section 3: `request-line = method SP request-target SP HTTP-version`.
fn request_line(line: &[u8]) -> Result<Line<'_>, Refusal> {
    let Some(first) = memchr::memchr(b' ', line) else { return Err(bad("no request line")) };
    let Some(last) = memchr::memrchr(b' ', line).filter(|&last| last > first) else {
        return Err(bad("the request line names no version"));
    };
    let (method, target) = (&line[..first], &line[first + 1..last]);
    let method = std::str::from_utf8(method).ok().filter(|name| field::is_token(name.as_bytes()));
    let Some(method) = method else { return Err(bad("the method is no token")) };
    let is_clean = |&byte: &u8| byte > b' ' && byte != 0x7f && byte != b'#';
    if target.is_empty() || !target.iter().all(is_clean) {
        return Err(bad("the target is malformed"));
    }
    Ok(Line { method, target, minor: version(&line[last + 1..])? })
}

/// A later minor version is understood as the latest known one (RFC 9110, section 2.5).
fn version(text: &[u8]) -> Result<u8, Refusal> {
    match text {
        b"HTTP/1.1" => Ok(1),
        b"HTTP/1.0" => Ok(0),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'2'..=b'9'] => Ok(1),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            Err(Refusal { status: 505, reason: "only HTTP/1.1 and HTTP/1.0 are spoken here" })
        }
        _ => Err(bad("the version is malformed")),
    }
}

/// Checks names, colons and values of the fields. A line that continues the one before is refused too (RFC 9112,
/// section 5.2).
fn check_syntax(block: &[u8]) -> Result<(), Refusal> {
    let mut few = [httparse::EMPTY_HEADER; FEW_FIELDS];
    let parsed = match httparse::parse_headers(block, &mut few) {
        Err(httparse::Error::TooManyHeaders) => {
            httparse::parse_headers(block, &mut vec![httparse::EMPTY_HEADER; MOST_FIELDS]).map(|_| ())
        }
        other => other.map(|_| ()),
    };
    parsed.map_err(|error| match error {
        httparse::Error::HeaderName => bad("the name of a header field is malformed"),
        httparse::Error::HeaderValue => bad("the value of a header field is malformed"),
        httparse::Error::TooManyHeaders => Refusal { status: 431, reason: "too many header fields" },
        _ => bad("the header is malformed"),
    })
}

/// The fields that say how a request is to be understood.
#[derive(Default)]
struct Known<'a> {
    host: Option<&'a [u8]>,
    length: Option<&'a [u8]>,
    codings: Option<&'a [u8]>,
    closes: bool,
    keeps: bool,
    expects: bool,
    upgrades: bool,
}

impl<'a> Known<'a> {
    fn read(fields: Fields<'a>, minor: u8) -> Result<Self, Refusal> {
        let mut known = Self::default();
        for (name, value) in fields {
            known.note(name, value)?;
        }
        // RFC 9112, section 3.2.
        if known.host.is_none() && minor == 1 { Err(bad("no Host")) } else { Ok(known) }
    }

    fn note(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Refusal> {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        match name.len() {
            4 if is("host") => {
                once(&mut self.host, value, "more than one Host")?;
                if !is_host(value) {
                    return Err(bad("the Host is malformed"));
                }
            }
            6 if is("expect") => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Refusal { status: 417, reason: "unknown expectation" });
                }
                self.expects = true;
            }
            7 if is("upgrade") => self.upgrades = true,
            10 if is("connection") => {
                self.closes |= field::has_token(value, "close");
                self.keeps |= field::has_token(value, "keep-alive");
            }
            14 if is("content-length") => once(&mut self.length, value, "more than one Content-Length")?,
            17 if is("transfer-encoding") => once(&mut self.codings, value, "more than one Transfer-Encoding")?,
            _ => {}
        }
        Ok(())
    }

    /// RFC 9112, section 6.3, without its concessions to senders that repeat or contradict themselves: a list of one
    /// length or one coding is not taken either, since not everybody reads it as one.
    fn framing(&self, minor: u8) -> Result<Framing, Refusal> {
        let mut lengths = Lengths::default();
        if self.length.is_some_and(|length| !length.iter().all(u8::is_ascii_digit)) {
            return Err(refusal(BodyError::BadLength));
        }
        self.length.map_or(Ok(()), |length| lengths.note(b"content-length", length)).map_err(refusal)?;
        if let Some(codings) = self.codings
            && let Err(error) = lengths.note(b"transfer-encoding", codings)
        {
            // A coding that is not known here, but that the request's end is known with.
            let known = minor == 1 && self.length.is_none() && ends_chunked_once(codings);
            return Err(if known {
                Refusal { status: 501, reason: "unknown transfer coding" }
            } else {
                refusal(error)
            });
        }
        if self.codings.is_some_and(|codings| !codings.eq_ignore_ascii_case(b"chunked")) {
            return Err(refusal(BodyError::UnknownCoding));
        }
        Ok(match lengths.framing(minor == 0).map_err(refusal)? {
            None | Some(Framing::Length(0)) => Framing::None,
            Some(framing) => framing,
        })
    }
}

fn once<'a>(place: &mut Option<&'a [u8]>, value: &'a [u8], reason: &'static str) -> Result<(), Refusal> {
    if place.replace(value).is_some() { Err(bad(reason)) } else { Ok(()) }
}

/// How a request is refused whose body cannot be read.
pub(crate) fn refusal(error: BodyError) -> Refusal {
    bad(match error {
        BodyError::BadLength => "Content-Length is no number",
        BodyError::DifferingLengths => "more than one Content-Length",
        BodyError::LengthAndCoding => "both Transfer-Encoding and Content-Length",
        BodyError::CodingInOldVersion => "Transfer-Encoding in HTTP/1.0",
        BodyError::UnknownCoding => "Transfer-Encoding is not chunked alone",
        BodyError::BadChunkSize => "the size of a chunk is malformed",
        BodyError::BadLineEnd => "a line that does not end with CR LF",
        BodyError::BadChunkEnd => "a chunk does not end where its size says",
        BodyError::BadExtension => "the extension of a chunk is malformed",
        BodyError::BadTrailer => "a trailer is malformed",
        BodyError::TooMuchAside => "the extensions or trailers of the chunks are too long",
        BodyError::CutOff => "the body is incomplete",
    })
}

/// Whether other codings come before one `chunked`.
fn ends_chunked_once(codings: &[u8]) -> bool {
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let count = field::elements(codings).filter(|coding| is_chunked(coding)).count();
    count == 1 && field::elements(codings).last().is_some_and(is_chunked)
}

/// `host [":" port]`: names, addresses, and IPv6 in brackets. It may be empty.
fn is_host(text: &[u8]) -> bool {
    let (name, port) = match text {
        [b'[', rest @ ..] => {
            let Some(end) = memchr::memchr(b']', rest) else { return false };
            if end == 0 || !rest[..end].iter().all(|&byte| byte.is_ascii_hexdigit() || b":.%v".contains(&byte)) {
                return false;
            }
            (&b"v6"[..], &rest[end + 1..])
        }
        _ => text.split_at(memchr::memchr(b':', text).unwrap_or(text.len())),
    };
    let is_of_name = |&byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
    let port_is_right = match port {
        [] => true,
        [b':', digits @ ..] => digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    name.iter().all(is_of_name) && port_is_right
}

struct Parts<'a> {
    path: &'a [u8],
    query: Option<&'a [u8]>,
    authority: Option<&'a [u8]>,
}

/// The four forms of a target (RFC 9112, section 3.2).
fn take_target_apart<'a>(method: &str, target: &'a [u8]) -> Result<Parts<'a>, Refusal> {
    let (authority, origin) = match target {
        [b'/', ..] => (None, target),
        b"*" if method == "OPTIONS" => (None, target),
        // Tunnels are for proxies, which this is not.
        _ if method == "CONNECT" => return Err(Refusal { status: 501, reason: "no tunnels here" }),
        _ => {
            let scheme_end = memchr::memmem::find(target, b"://").ok_or(bad("the target is malformed"))?;
            let (scheme, rest) = (&target[..scheme_end], &target[scheme_end + 3..]);
            if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
                return Err(bad("the target has an unknown scheme"));
            }
            let end = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
            if end == 0 || !is_host(&rest[..end]) {
                return Err(bad("the target's host is malformed"));
            }
            (Some(&rest[..end]), &rest[end..])
        }
    };
    let (path, query) = match memchr::memchr(b'?', origin) {
        Some(mark) => (&origin[..mark], Some(&origin[mark + 1..])),
        None => (origin, None),
    };
    let path = if path.is_empty() { b"/" } else { path };
    Ok(Parts { path, query, authority })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(field: &str) -> Result<Framing, u16> {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
        parse(head.as_bytes()).map(|head| head.framing).map_err(|refusal| refusal.status)
    }

    #[test]
    fn lengths_and_codings_are_no_lists() {
        assert_eq!(framing("Content-Length: 5"), Ok(Framing::Length(5)));
        assert_eq!(framing("Transfer-Encoding: Chunked"), Ok(Framing::Chunked));
        for wrong in ["Content-Length: 5, 5", "Content-Length: 5,", "Content-Length: 5 5", "Content-Length:"] {
            assert_eq!(framing(wrong), Err(400), "{wrong}");
        }
        for wrong in [",chunked", "chunked,", ", , chunked", "chunked, chunked", "\"chunked\"", ""] {
            assert_eq!(framing(&format!("Transfer-Encoding: {wrong}")), Err(400), "{wrong}");
        }
        assert_eq!(framing("Transfer-Encoding: gzip, chunked"), Err(501));
    }
}
