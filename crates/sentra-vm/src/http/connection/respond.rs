//! Responding: from what a handler returned to the last byte sent.

use std::io::ErrorKind;

use sentra_netlib::wire::http::body::{LAST_CHUNK, push_chunk};
use sentra_netlib::wire::http::reply::{self, Ending};

use super::receive::Read;
use super::{Arriving, Connection, Goes, Sending, Work};
use crate::driver::DriverId;
use crate::fault::Fault;
use crate::http::log::Entry;
use crate::http::response::{self, Body, Response};
use crate::http::service::{Direct, Piece};
use crate::http::{compress, form, upload};
use crate::reactor::Direction;
use crate::value::Value;
use crate::vm::Vm;

/// Bodies up to this length are sent together with the head.
const SMALL: usize = 16 << 10;
/// What a client that reads an endless stream may send meanwhile.
const SENT_AHEAD: usize = 64 << 10;

impl Connection {
    /// A handler has ended.
    pub(super) fn answered(&mut self, vm: &mut Vm, outcome: Result<Value, Box<Fault>>) -> Goes {
        let fields = std::mem::take(&mut vm.system.http.fields);
        let response = outcome.and_then(|result| response::of(vm, result, fields)).unwrap_or_else(|fault| {
            // A form that cannot be read is the client's mistake.
            if fault.error.kind == form::KIND && fault.thrown.is_none() {
                return Response::message(400, &fault.error.message);
            }
            crate::http::report(vm, &fault);
            Response::message(500, "")
        });
        self.respond(vm, response)
    }

    /// Begins to send a response.
    pub(super) fn respond(&mut self, vm: &mut Vm, mut response: Response) -> Goes {
        if let Some(least) = self.server.options.compress {
            compress::apply(vm, &mut response, self.takes_gzip, least);
        }
        if self.server.options.log.is_some() {
            self.entry.get_or_insert_with(|| Box::new(Entry::unknown())).status = response.status;
        }
        let Response { status, fields, has_date, closes, body } = response;
        if closes || self.server.is_stopping() {
            self.exchange.close();
        }
        let frame = self.exchange.frame(status, body.length());
        let mut sending = Sending { frame, source: None, left: 0 };
        if self.output.bytes.is_empty() {
            self.output.bytes = std::mem::take(&mut vm.system.http.output);
        }
        let out = &mut self.output.bytes;
        let polls = vm.scheduler.polls;
        let date = (!has_date).then(|| vm.system.http.date(polls));
        reply::write_head(out, &frame, &fields, date);
        vm.system.http.keep_fields(fields);
        let sends = self.exchange.sends_body(status);
        if sends && !matches!(body, Body::Source(_)) {
            count(&mut self.entry, body.length().unwrap_or(0));
        }
        match body {
            Body::Bytes(bytes) if sends => out.extend_from_slice(&bytes),
            Body::Text(text) if sends => match text.as_bytes() {
                Some(bytes) if bytes.len() <= SMALL => out.extend_from_slice(bytes),
                _ => self.output.tail = Some((text, 0)),
            },
            Body::Source(source) if sends => {
                sending.left = source.length().unwrap_or(0);
                sending.source = Some(source);
            }
            Body::Source(mut source) => source.abandon(vm),
            Body::Bytes(_) | Body::Text(_) => {}
        }
        self.due = self.server.after(self.server.options.timeout);
        self.work = Work::Sending(sending);
        Goes::On
    }

    /// Sends what waits to be sent; `On` when that is all.
    pub(super) fn flush(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        // More of a body of known length follows.
        let ahead = matches!(&self.work, Work::Sending(Sending { source: Some(_), left: 1.., .. }));
        while self.output.sent < self.output.bytes.len() || self.output.tail.is_some() {
            if !vm.reactor.is_ready(self.source, Direction::Write) {
                vm.reactor.keep_waiting(self.source, Direction::Write, this.waiter());
                return Goes::Waits;
            }
            let Some(endpoint) = &mut self.endpoint else { return Goes::Ends };
            let head = &self.output.bytes[self.output.sent..];
            let tail = self.output.tail.map(|(text, sent)| &text.as_bytes().unwrap_or_default()[sent..]);
            let next = if head.is_empty() { tail.unwrap_or_default() } else { head };
            if next.is_empty() {
                self.output.tail = None;
                continue;
            }
            let sent = if ahead { endpoint.send_ahead(next) } else { endpoint.send(next) };
            match sent {
                Ok(sent) => self.sent(sent),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(self.source, Direction::Write);
                }
                Err(_) => return Goes::Ends,
            }
        }
        if let Some(endpoint) = &mut self.endpoint
            && endpoint.wants_write()
        {
            // TLS may have taken more than it could send.
            match endpoint.flush() {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(self.source, Direction::Write);
                    vm.reactor.keep_waiting(self.source, Direction::Write, this.waiter());
                    return Goes::Waits;
                }
                Err(_) => return Goes::Ends,
            }
        }
        if !self.output.bytes.is_empty() {
            self.output.sent = 0;
            vm.system.http.keep_output(std::mem::take(&mut self.output.bytes));
        }
        self.flush_endpoint(vm, this)
    }

    /// Sends what TLS has taken and not sent yet.
    fn flush_endpoint(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        let Some(endpoint) = self.endpoint.as_mut().filter(|endpoint| endpoint.wants_write()) else { return Goes::On };
        match endpoint.flush() {
            Ok(()) => Goes::On,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(self.source, Direction::Write);
                vm.reactor.keep_waiting(self.source, Direction::Write, this.waiter());
                Goes::Waits
            }
            Err(_) => Goes::Ends,
        }
    }

    fn sent(&mut self, sent: usize) {
        if let Work::Sending(_) = self.work {
            self.due = self.server.after(self.server.options.timeout);
        }
        if self.output.sent < self.output.bytes.len() {
            self.output.sent += sent;
        } else if let Some((_, at)) = &mut self.output.tail {
            *at += sent;
        }
    }

    /// What was there of a response is sent: asks for more of it, or ends it.
    pub(super) fn send_on(&mut self, vm: &mut Vm, this: DriverId) -> Goes {
        let Work::Sending(sending) = &mut self.work else { return Goes::Ends };
        let Some(source) = &mut sending.source else { return self.finish(vm) };
        if matches!(sending.frame.ending, Ending::Length(_))
            && let Some(endpoint) = &mut self.endpoint
            && vm.reactor.is_ready(self.source, Direction::Write)
        {
            let direct = source.send(endpoint);
            if direct != Direct::Not {
                return self.sent_directly(vm, this, direct);
            }
        }
        let mut piece = std::mem::take(&mut vm.system.http.output);
        let (next, is_endless) = (source.next(vm, this.waiter(), &mut piece), source.is_endless());
        let goes = match next {
            Piece::Some => self.add(&piece),
            Piece::End => self.end_of_source(vm),
            Piece::Failed => Goes::Ends,
            Piece::Wait if is_endless && !self.is_listening(vm, this) => Goes::Ends,
            Piece::Wait => {
                self.due = super::NEVER;
                Goes::Waits
            }
        };
        vm.system.http.keep_output(piece);
        goes
    }

    /// A body has sent a part of itself.
    fn sent_directly(&mut self, vm: &mut Vm, this: DriverId, direct: Direct) -> Goes {
        let Work::Sending(sending) = &mut self.work else { return Goes::Ends };
        if let Direct::Sent(len) = direct {
            count(&mut self.entry, len as u64);
        }
        match direct {
            Direct::Sent(len) if len as u64 == sending.left => {
                sending.left = 0;
                self.end_of_source(vm)
            }
            Direct::Sent(len) => {
                sending.left -= len as u64;
                self.due = self.server.after(self.server.options.timeout);
                // Others have their turn before the next part.
                vm.drive_soon(this);
                Goes::Waits
            }
            Direct::Full => {
                vm.reactor.exhausted(self.source, Direction::Write);
                vm.reactor.keep_waiting(self.source, Direction::Write, this.waiter());
                Goes::Waits
            }
            Direct::Not | Direct::Failed => Goes::Ends,
        }
    }

    /// Puts a piece of the body into the output, in the form that was announced.
    fn add(&mut self, piece: &[u8]) -> Goes {
        let Work::Sending(Sending { frame, left, .. }) = &mut self.work else { return Goes::Ends };
        count(&mut self.entry, piece.len() as u64);
        self.due = self.server.after(self.server.options.timeout);
        let out = &mut self.output.bytes;
        match frame.ending {
            Ending::Chunked if !piece.is_empty() => {
                push_chunk(out, piece);
            }
            // More than was announced would be taken for the next response.
            Ending::Length(_) if piece.len() as u64 > *left => return Goes::Ends,
            Ending::Length(_) => {
                *left -= piece.len() as u64;
                out.extend_from_slice(piece);
            }
            Ending::Chunked | Ending::Bodiless => {}
            Ending::Close => out.extend_from_slice(piece),
        }
        Goes::On
    }

    fn end_of_source(&mut self, vm: &mut Vm) -> Goes {
        let Work::Sending(sending) = &mut self.work else { return Goes::Ends };
        // Less than was announced: the client has to learn that.
        if matches!(sending.frame.ending, Ending::Length(_)) && sending.left > 0 {
            return Goes::Ends;
        }
        if let Some(mut source) = sending.source.take() {
            source.abandon(vm);
        }
        if sending.frame.ending == Ending::Chunked {
            self.output.bytes.extend_from_slice(LAST_CHUNK);
        }
        Goes::On
    }

    /// Whether the client of an endless stream is still there.
    fn is_listening(&mut self, vm: &mut Vm, this: DriverId) -> bool {
        let mut scratch = vm.system.http.take_scratch();
        // One event may tell of bytes and of the end behind them.
        let is_there = loop {
            match self.read(vm, &mut scratch) {
                Read::Bytes(len) => self.input.append(&scratch[..len]),
                Read::Blocked => break true,
                Read::Ended => break false,
            }
            if self.input.bytes().len() > SENT_AHEAD {
                break false;
            }
        };
        vm.system.http.scratch = scratch;
        vm.reactor.keep_waiting(self.source, Direction::Read, this.waiter());
        is_there
    }

    /// The response is sent.
    fn finish(&mut self, vm: &mut Vm) -> Goes {
        self.log(vm);
        if !self.files.is_empty() {
            upload::remove(vm, std::mem::take(&mut self.files));
        }
        let Work::Sending(sending) = &self.work else { return Goes::Ends };
        let complete = self.exchange.is_complete();
        if self.exchange.finish(&sending.frame) {
            self.due = self.server.after(self.server.options.keep_alive);
            self.has_served = true;
            self.work = Work::Receiving(Arriving::default());
            return Goes::On;
        }
        if complete && self.input.is_empty() {
            return Goes::Ends;
        }
        self.begin_to_linger();
        Goes::On
    }
}

/// Counts bytes of a body for the access log.
fn count(entry: &mut Option<Box<Entry>>, bytes: u64) {
    if let Some(entry) = entry {
        entry.bytes += bytes;
    }
}
