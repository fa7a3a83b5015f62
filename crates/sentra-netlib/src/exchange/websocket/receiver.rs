//! The receiving half: frames become messages, and what is wrong is noticed as early as it shows.

use crate::wire::websocket::frame::{self, Head, LONGEST_CONTROL, LONGEST_HEAD};
use crate::wire::websocket::mask;
use crate::wire::websocket::utf8::Utf8;

use super::Role;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Room that is kept for the next message in fragments.
const KEPT: usize = 512;

/// Why a connection is failed: the code of the close frame that says so, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// 1002, 1007 or 1009.
    pub code: u16,
    /// What the peer did.
    pub reason: &'static str,
    /// Whether it did so in its close frame, so that no other will come.
    pub in_close: bool,
}

const fn violation(reason: &'static str) -> Violation {
    Violation { code: 1002, reason, in_close: false }
}

const NOT_UTF8: Violation = Violation { code: 1007, reason: "text that is not UTF-8", in_close: false };
const TOO_LARGE: Violation = Violation { code: 1009, reason: "the message is too large", in_close: false };

/// What arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// Nothing whole yet, or something that means nothing by itself.
    Nothing,
    /// A message of text, which is UTF-8.
    Text(&'a [u8]),
    /// A message of bytes.
    Binary(&'a [u8]),
    /// To be answered with a pong of the same bytes.
    Ping(&'a [u8]),
    /// A ping's answer, or none.
    Pong(&'a [u8]),
    /// The peer sends nothing more: its code, if it gave one, and its reason.
    Close(Option<u16>, &'a str),
}

/// The frame whose payload is arriving.
#[derive(Clone, Copy, Debug)]
struct Open {
    head: Head,
    /// How much of its payload has arrived.
    at: u64,
}

/// The receiving half of a connection.
#[derive(Debug)]
pub struct Receiver {
    role: Role,
    most: usize,
    /// A head that has not arrived whole.
    start: [u8; LONGEST_HEAD],
    started: u8,
    frame: Option<Open>,
    /// The opcode of the message that is arriving in several frames or pieces.
    kind: u8,
    /// Whether a message is not complete with the frame that is arriving.
    goes_on: bool,
    /// What has arrived of the message, or of a control frame within it.
    message: Vec<u8>,
    control: Vec<u8>,
    utf8: Utf8,
    /// The message was given out: it goes with the next frame.
    given: bool,
    /// Everything but the close frame is passed over.
    discards: bool,
}

/// How many bytes were used, and what they are or what is wrong with them.
pub type Step<'a> = (usize, Result<Received<'a>, Violation>);

impl Receiver {
    /// Receives what the peer of `role` sends, messages of up to `most` bytes.
    pub fn new(role: Role, most: usize) -> Self {
        Self {
            role,
            most,
            start: [0; LONGEST_HEAD],
            started: 0,
            frame: None,
            kind: CONTINUATION,
            goes_on: false,
            message: Vec::new(),
            control: Vec::new(),
            utf8: Utf8::default(),
            given: false,
            discards: false,
        }
    }

    /// From now on only the peer's close frame matters, whatever else it sends or has sent.
    pub fn discard(&mut self) {
        if !std::mem::replace(&mut self.discards, true) {
            self.message = Vec::new();
            self.control = Vec::new();
        }
    }

    /// Bytes that it holds of what has not arrived whole.
    pub fn held(&self) -> usize {
        self.message.capacity() + self.control.capacity()
    }

    /// Takes bytes that arrived, up to the end of a frame. It uses all of them unless it
    /// gives something. Payloads are unmasked in place.
    pub fn next<'a>(&'a mut self, input: &'a mut [u8]) -> Step<'a> {
        if std::mem::take(&mut self.given) {
            self.message.clear();
            self.message.shrink_to(KEPT);
        }
        let (mut used, mut checked) = (0, Ok(()));
        if self.frame.is_none() {
            let Some((head, length)) = self.take_head(input) else { return (input.len(), Ok(Received::Nothing)) };
            used = length;
            self.frame = Some(Open { head, at: 0 });
            if !self.discards {
                checked = self.check(&head);
            }
        }
        match checked {
            Ok(()) => self.take_payload(input, used),
            Err(wrong) => (used, Err(wrong)),
        }
    }

    /// The head at the start of the input with what came of it before, and how much of the input it is.
    fn take_head(&mut self, input: &[u8]) -> Option<(Head, usize)> {
        if self.started == 0
            && let Some(found) = Head::parse(input)
        {
            return Some(found);
        }
        let before = usize::from(self.started);
        let more = input.len().min(LONGEST_HEAD - before);
        self.start[before..before + more].copy_from_slice(&input[..more]);
        let Some((head, length)) = Head::parse(&self.start[..before + more]) else {
            self.started = (before + more) as u8;
            return None;
        };
        self.started = 0;
        Some((head, length - before))
    }

    /// What the rules say about a frame before its payload (sections 5.1 to 5.5).
    fn check(&self, head: &Head) -> Result<(), Violation> {
        if head.reserved {
            return Err(violation("a reserved bit is set without an extension"));
        }
        if head.mask.is_some() != (self.role == Role::Server) {
            let (naked, masked) = ("a client's frame without a mask", "a server's frame with a mask");
            return Err(violation(if self.role == Role::Server { naked } else { masked }));
        }
        if head.overlong {
            return Err(violation("a length that is not in its shortest form"));
        }
        match head.opcode {
            CLOSE | PING | PONG if !head.last => Err(violation("a control frame in fragments")),
            CLOSE | PING | PONG if head.length > LONGEST_CONTROL as u64 => {
                Err(violation("a control frame of more than 125 bytes"))
            }
            CLOSE if head.length == 1 => Err(violation("a close frame with half a code")),
            CLOSE | PING | PONG => Ok(()),
            CONTINUATION if !self.goes_on => Err(violation("a continuation of no message")),
            TEXT | BINARY if self.goes_on => Err(violation("a new message within a message")),
            CONTINUATION | TEXT | BINARY => self.check_size(head.length),
            _ => Err(violation("an unknown opcode")),
        }
    }

    fn check_size(&self, more: u64) -> Result<(), Violation> {
        let room = self.most - self.message.len();
        if more > room as u64 { Err(TOO_LARGE) } else { Ok(()) }
    }

    /// Takes what there is of the payload of the frame that is arriving.
    fn take_payload<'a>(&'a mut self, input: &'a mut [u8], from: usize) -> Step<'a> {
        let Some(Open { head, at }) = self.frame else { return (from, Ok(Received::Nothing)) };
        let left = head.length - at;
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(input.len() - from);
        let (used, ended) = (from + here, here as u64 == left);
        self.frame = (!ended).then_some(Open { head, at: at + here as u64 });
        let payload = &mut input[from..used];
        let is_close = head.opcode == CLOSE;
        if self.discards && !is_close {
            return (used, Ok(Received::Nothing));
        }
        if let Some(mask) = head.mask {
            mask::apply(payload, mask, (at % 4) as usize);
        }
        let received = if head.is_control() {
            self.take_control(head, payload, at, ended)
        } else {
            self.take_data(head, payload, at, ended)
        };
        (used, received)
    }

    fn take_control<'a>(
        &'a mut self,
        head: Head,
        payload: &'a [u8],
        at: u64,
        ended: bool,
    ) -> Result<Received<'a>, Violation> {
        if at == 0 {
            self.control.clear();
            if ended {
                return control(head.opcode, payload, self.discards);
            }
        }
        // One that is discarded may claim any length.
        let room = LONGEST_CONTROL - self.control.len().min(LONGEST_CONTROL);
        self.control.extend_from_slice(&payload[..payload.len().min(room)]);
        if !ended {
            return Ok(Received::Nothing);
        }
        control(head.opcode, &self.control, self.discards)
    }

    fn take_data<'a>(
        &'a mut self,
        head: Head,
        payload: &'a [u8],
        at: u64,
        ended: bool,
    ) -> Result<Received<'a>, Violation> {
        let begins = at == 0 && head.opcode != CONTINUATION;
        if begins {
            self.kind = head.opcode;
            self.utf8 = Utf8::default();
        }
        let complete = ended && head.last;
        self.goes_on = !complete;
        if self.kind == TEXT {
            self.utf8.take(payload).map_err(|_| NOT_UTF8)?;
            if complete {
                self.utf8.end().map_err(|_| NOT_UTF8)?;
            }
        }
        if begins && complete {
            return Ok(message(self.kind, payload));
        }
        self.message.extend_from_slice(payload);
        if !complete {
            return Ok(Received::Nothing);
        }
        self.given = true;
        Ok(message(self.kind, &self.message))
    }
}

fn message(kind: u8, data: &[u8]) -> Received<'_> {
    if kind == TEXT { Received::Text(data) } else { Received::Binary(data) }
}

fn control(opcode: u8, payload: &[u8], discards: bool) -> Result<Received<'_>, Violation> {
    match opcode {
        PING => Ok(Received::Ping(payload)),
        PONG => Ok(Received::Pong(payload)),
        _ if discards => Ok(Received::Close(None, "")),
        _ => close(payload).map_err(|wrong| Violation { in_close: true, ..wrong }),
    }
}

/// Reads the payload of a close frame (section 5.5.1).
fn close(payload: &[u8]) -> Result<Received<'_>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk() else { return Ok(Received::Close(None, "")) };
    let code = u16::from_be_bytes(*code);
    if !frame::is_close_code(code) {
        return Err(violation("a close code that may not be sent"));
    }
    let reason = std::str::from_utf8(reason).map_err(|_| NOT_UTF8)?;
    Ok(Received::Close(Some(code), reason))
}
