//! Compression of responses: gzip for clients that take it, where the content shrinks by it.
//!
//! Short bodies are compressed at once, long ones piece by piece on a worker. Ranges, bodies that
//! are encoded already and those that must not be transformed stay as they are.

use sentra_netlib::code::gzip::{self, Compressor};
use sentra_netlib::wire::http::{field, media_type};

use super::response::{Body, Response};
use super::service::{Piece, Source};
use crate::fiber::Waiter;
use crate::heap::Marker;
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

const LEVEL: u32 = 4;
/// Bodies up to this length are compressed at once, as are pieces of others.
const AT_ONCE: usize = 16 << 10;
/// The pieces in which a longer text is compressed.
const PIECE: usize = 64 << 10;
/// What a compressor takes.
const MEMORY: usize = 300 << 10;

/// Compresses the body of a response, if it has at least so many bytes or nobody knows how many,
/// and says in its header what that means for those who keep it.
pub(super) fn apply(vm: &mut Vm, response: &mut Response, takes_gzip: bool, least: u64) {
    let length = response.body.length();
    let has_body = (200..300).contains(&response.status) && !matches!(response.status, 204 | 206);
    if !has_body || length.is_some_and(|length| length < least) || !is_suitable(&response.fields) {
        return;
    }
    response.fields.extend_from_slice(b"Vary: Accept-Encoding\r\n");
    if !takes_gzip || vm.heap.reserve(MEMORY).is_err() {
        return;
    }
    let body = std::mem::replace(&mut response.body, Body::Bytes(Vec::new()));
    response.body = match short(&body) {
        Some(bytes) => Body::Bytes(gzip::compress(bytes, LEVEL)),
        None => Body::Source(Box::new(Compressed::new(vm, body))),
    };
    weaken_tag(&mut response.fields);
    response.fields.extend_from_slice(b"Content-Encoding: gzip\r\n");
}

/// The bytes of a body that is short and at hand.
fn short(body: &Body) -> Option<&[u8]> {
    let bytes = match body {
        Body::Bytes(bytes) => bytes,
        Body::Text(text) => text.as_bytes()?,
        Body::Source(_) => return None,
    };
    (bytes.len() <= AT_ONCE).then_some(bytes)
}

/// Lines of a header as names and values.
fn lines(fields: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    fields.split(|&byte| byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        Some((&line[..colon], field::trim(line[colon + 1..].trim_ascii_end())))
    })
}

/// Whether the header allows it: text of some kind, not encoded, not in parts.
fn is_suitable(fields: &[u8]) -> bool {
    let mut shrinks = false;
    for (name, value) in lines(fields) {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        match name.len() {
            // A client of events waits for each; a stream of them is small anyway.
            12 if is("content-type") => {
                let events = media_type::essence(value).eq_ignore_ascii_case(b"text/event-stream");
                shrinks = media_type::is_compressible(value) && !events;
            }
            13 if is("content-range") => return false,
            13 if is("cache-control") && field::has_token(value, "no-transform") => return false,
            16 if is("content-encoding") => return false,
            _ => {}
        }
    }
    shrinks
}

/// A tag of the content as it was is at most equivalent now (RFC 9110, section 8.8.1). Ranges
/// would be of other bytes.
fn weaken_tag(fields: &mut Vec<u8>) {
    let mut kept = Vec::with_capacity(fields.len() + 2);
    for line in fields.split_inclusive(|&byte| byte == b'\n') {
        let starts = |name: &[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if starts(b"accept-ranges:") {
            continue;
        }
        match line.iter().position(|&byte| byte == b'"') {
            Some(quote) if starts(b"etag:") && !line[..quote].ends_with(b"W/") => {
                kept.extend_from_slice(&line[..quote]);
                kept.extend_from_slice(b"W/");
                kept.extend_from_slice(&line[quote..]);
            }
            _ => kept.extend_from_slice(line),
        }
    }
    *fields = kept;
}

/// Where uncompressed pieces come from.
enum Inner {
    Bytes(Vec<u8>, usize),
    Text(Value, usize),
    Source(Box<dyn Source>),
}

impl Inner {
    fn next(&mut self, vm: &mut Vm, waiter: Waiter, out: &mut Vec<u8>) -> Piece {
        let (bytes, at) = match self {
            Self::Source(source) => return source.next(vm, waiter, out),
            Self::Bytes(bytes, at) => (&bytes[..], at),
            Self::Text(text, at) => (text.as_bytes().unwrap_or_default(), at),
        };
        let rest = &bytes[*at..];
        let piece = &rest[..rest.len().min(PIECE)];
        *at += piece.len();
        out.extend_from_slice(piece);
        if piece.is_empty() { Piece::End } else { Piece::Some }
    }
}

/// Where the compressor is.
enum State {
    Here(Box<Compressor>),
    /// With a worker, which gives it back with what it has made.
    Away(Ticket<(Box<Compressor>, Vec<u8>)>),
    Ended,
}

/// A body that is compressed as it is sent.
struct Compressed {
    inner: Inner,
    state: State,
    /// Whether a piece is to be readable as soon as it is sent, since nobody knows when more comes.
    live: bool,
    /// What the heap counts for the compressor.
    accounted: usize,
}

impl Compressed {
    fn new(vm: &mut Vm, body: Body) -> Self {
        vm.heap.account(MEMORY);
        let live = body.length().is_none();
        let inner = match body {
            Body::Bytes(bytes) => Inner::Bytes(bytes, 0),
            Body::Text(text) => Inner::Text(text, 0),
            Body::Source(source) => Inner::Source(source),
        };
        Self { inner, state: State::Here(Box::new(Compressor::new(LEVEL))), live, accounted: MEMORY }
    }

    fn push(&self, compressor: &mut Compressor, piece: &[u8], out: &mut Vec<u8>) {
        compressor.push(piece);
        if self.live {
            compressor.flush();
        }
        compressor.take(out);
    }

    /// Has a worker compress a long piece.
    fn order(&mut self, vm: &mut Vm, waiter: Waiter, mut compressor: Box<Compressor>, piece: Vec<u8>) {
        let live = self.live;
        self.state = State::Away(vm.reactor.workers.submit(waiter, move || {
            let mut made = Vec::new();
            compressor.push(&piece);
            if live {
                compressor.flush();
            }
            compressor.take(&mut made);
            (compressor, made)
        }));
    }

    /// Compresses what comes next, if it is there.
    fn step(&mut self, vm: &mut Vm, waiter: Waiter, mut compressor: Box<Compressor>, out: &mut Vec<u8>) -> Piece {
        let mut piece = Vec::new();
        let next = self.inner.next(vm, waiter, &mut piece);
        match next {
            Piece::Some if piece.len() > AT_ONCE => {
                self.order(vm, waiter, compressor, piece);
                return Piece::Wait;
            }
            Piece::Some => self.push(&mut compressor, &piece, out),
            Piece::End => {
                compressor.finish(out);
                return Piece::Some;
            }
            Piece::Failed => return next,
            Piece::Wait => {}
        }
        self.state = State::Here(compressor);
        next
    }
}

impl Source for Compressed {
    fn length(&self) -> Option<u64> {
        None
    }

    fn next(&mut self, vm: &mut Vm, waiter: Waiter, out: &mut Vec<u8>) -> Piece {
        let before = out.len();
        loop {
            let piece = match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Piece::End,
                State::Here(compressor) => self.step(vm, waiter, compressor, out),
                State::Away(ticket) => match vm.reactor.workers.take(&ticket) {
                    Some((compressor, made)) => {
                        self.state = State::Here(compressor);
                        out.extend_from_slice(&made);
                        Piece::Some
                    }
                    None => {
                        self.state = State::Away(ticket);
                        Piece::Wait
                    }
                },
            };
            // The compressor keeps some to itself until it has seen more.
            if piece != Piece::Some || out.len() > before {
                return piece;
            }
        }
    }

    fn abandon(&mut self, vm: &mut Vm) {
        if let State::Away(_) = std::mem::replace(&mut self.state, State::Ended) {
            vm.reactor.workers.give_up();
        }
        if let Inner::Source(source) = &mut self.inner {
            source.abandon(vm);
        }
        vm.heap.discount(std::mem::take(&mut self.accounted));
    }

    fn trace(&self, marker: &mut Marker) {
        match &self.inner {
            Inner::Source(source) => source.trace(marker),
            Inner::Text(text, _) => marker.mark(*text),
            Inner::Bytes(..) => {}
        }
    }
}
