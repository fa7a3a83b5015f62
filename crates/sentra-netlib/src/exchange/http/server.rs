//! A server's side of one connection: requests one after another (RFC 9112, section 9).
//!
//! [`Exchange::step`] is given what has arrived and says what it is: a head, a piece of a body, the
//! end of a request. The next request is not looked at before [`Exchange::finish`] says that this one
//! has been answered, so a client that sends ahead waits in its socket.

use crate::wire::http::body::{BodyDecoder, Decoded, Framing};
use crate::wire::http::reply::{Ending, Frame};
use crate::wire::http::request::{self, Head, Refusal, Search};
use crate::wire::http::status;

/// Empty lines before a request that are passed over (RFC 9112, section 2.2).
const MOST_EMPTY_LINES: u8 = 8;

/// What a client may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of a head.
    pub head: usize,
    /// The most bytes of a body.
    pub body: u64,
}

/// What has arrived.
#[derive(Debug)]
pub enum Step<'a> {
    /// Nothing that is complete.
    Need,
    /// A request; its head used up so many bytes.
    Head(Head<'a>, usize),
    /// A piece of its body, with so many bytes used up.
    Body(&'a [u8], usize),
    /// So many bytes that mean nothing.
    Skip(usize),
    /// The request is complete, with so many bytes used up.
    Complete(usize),
    /// The request is refused. The connection has to be closed after the answer.
    Refused(Refusal),
}

/// Where a connection stands.
#[derive(Debug)]
enum Phase {
    Head { search: Search, empty_lines: u8 },
    Body { decoder: BodyDecoder, arrived: u64 },
    Answering,
}

/// A server's side of a connection.
#[derive(Debug)]
pub struct Exchange {
    phase: Phase,
    /// The minor version of the request at hand.
    minor: u8,
    /// Whether the client wants no body: the method is HEAD.
    headless: bool,
    /// Whether another request may follow.
    persistent: bool,
    /// Whether the request was read to its end.
    complete: bool,
}

impl Default for Exchange {
    fn default() -> Self {
        Self {
            phase: Phase::Head { search: Search::default(), empty_lines: 0 },
            minor: 1,
            headless: false,
            persistent: true,
            complete: false,
        }
    }
}

impl Exchange {
    /// Looks at what has arrived and not been used up.
    pub fn step<'a>(&mut self, input: &'a [u8], limits: &Limits) -> Step<'a> {
        match &mut self.phase {
            Phase::Head { empty_lines, .. } if input.starts_with(b"\r\n") && *empty_lines < MOST_EMPTY_LINES => {
                *empty_lines += 1;
                Step::Skip(2)
            }
            Phase::Head { .. } if input.is_empty() || input == b"\r" => Step::Need,
            Phase::Head { search, .. } => match search.find(input, limits.head) {
                Ok(None) => Step::Need,
                Ok(Some(len)) => self.head(&input[..len], limits).unwrap_or_else(|refusal| self.refuse(refusal)),
                Err(refusal) => self.refuse(refusal),
            },
            Phase::Body { .. } => self.body(input, limits).unwrap_or_else(|refusal| self.refuse(refusal)),
            Phase::Answering => Step::Need,
        }
    }

    fn head<'a>(&mut self, bytes: &'a [u8], limits: &Limits) -> Result<Step<'a>, Refusal> {
        let head = request::parse(bytes)?;
        (self.minor, self.headless, self.persistent) = (head.minor, head.method == "HEAD", head.persistent);
        if matches!(head.framing, Framing::Length(length) if length > limits.body) {
            return Err(TOO_LARGE);
        }
        self.phase = Phase::Body { decoder: BodyDecoder::new(head.framing), arrived: 0 };
        Ok(Step::Head(head, bytes.len()))
    }

    fn body<'a>(&mut self, input: &'a [u8], limits: &Limits) -> Result<Step<'a>, Refusal> {
        let Phase::Body { decoder, arrived } = &mut self.phase else { return Ok(Step::Need) };
        let (used, decoded) = decoder.decode(input).map_err(request::refusal)?;
        Ok(match decoded {
            Decoded::Data(piece) => {
                *arrived += piece.len() as u64;
                if *arrived > limits.body {
                    return Err(TOO_LARGE);
                }
                Step::Body(piece, used)
            }
            Decoded::Need if used == 0 => Step::Need,
            Decoded::Need => Step::Skip(used),
            Decoded::End => {
                self.phase = Phase::Answering;
                self.complete = true;
                Step::Complete(used)
            }
        })
    }

    fn refuse<'a>(&mut self, refusal: Refusal) -> Step<'a> {
        self.persistent = false;
        self.phase = Phase::Answering;
        Step::Refused(refusal)
    }

    /// Whether a request has begun and is not complete; before its first byte it has not.
    pub fn is_arriving(&self, input_is_empty: bool) -> bool {
        match self.phase {
            Phase::Head { .. } => !input_is_empty,
            Phase::Body { .. } => true,
            Phase::Answering => false,
        }
    }

    /// Whether all of the request has been read.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Gives up the request that is arriving: what is left of it will not be read.
    pub fn abandon(&mut self) {
        self.persistent = false;
        self.phase = Phase::Answering;
    }

    /// Takes no further request after this one.
    pub fn close(&mut self) {
        self.persistent = false;
    }

    /// How to answer the request with a body of that length, or one whose length nobody knows.
    pub fn frame(&self, status: u16, length: Option<u64>) -> Frame {
        let ending = match length {
            _ if status::is_bodiless(status) => Ending::Bodiless,
            Some(length) => Ending::Length(length),
            None if self.minor == 1 => Ending::Chunked,
            None => Ending::Close,
        };
        let closes = !self.persistent || ending == Ending::Close && !self.headless;
        Frame { status, ending, closes, keeps: !closes && self.minor == 0 }
    }

    /// Whether the client gets a body with this status.
    pub fn sends_body(&self, status: u16) -> bool {
        !self.headless && !status::is_bodiless(status)
    }

    /// The request has been answered; whether the connection goes on.
    pub fn finish(&mut self, frame: &Frame) -> bool {
        let goes_on = !frame.closes && matches!(self.phase, Phase::Answering);
        if goes_on {
            *self = Self::default();
        }
        goes_on
    }
}

const TOO_LARGE: Refusal = Refusal { status: 413, reason: "the body is too large" };
