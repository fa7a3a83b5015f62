//! The body of a response as it comes, without compression and within its bounds.

use sentra_netlib::wire::http::body::Framing;
use sentra_netlib::wire::http::coding::{Coding, Decompressor};
use sentra_netlib::wire::http::field::elements;
use sentra_netlib::wire::http::response::ResponseHead;

use super::failure::Failure;
use super::pool::Place;
use super::request::Settings;
use super::transfer::{Moved, Transfer};
use crate::fiber::Waiter;
use crate::vm::Vm;

/// Reads a body.
pub(crate) struct BodyReader {
    transfer: Transfer,
    place: Place,
    decompression: Option<Decompression>,
    /// Bytes as the reader gets them.
    pub received: u64,
    /// How many there will be, if that is known.
    pub total: Option<u64>,
    most: Option<u64>,
    ended: bool,
}

/// What stands between compressed bytes and those that the reader gets.
struct Decompression {
    decompressor: Decompressor,
    /// Compressed, from `taken` on.
    packed: Vec<u8>,
    taken: usize,
    /// Decompressed, from `given` on.
    plain: Vec<u8>,
    given: usize,
}

/// The coding that will be undone, if the settings say so.
fn coding(head: &ResponseHead, settings: &Settings) -> Option<Coding> {
    let mut codings = head.all("content-encoding").flat_map(elements);
    match (settings.decompresses, codings.next(), codings.next()) {
        (true, Some(only), None) => Coding::named(only),
        _ => None,
    }
}

impl BodyReader {
    /// The body behind a head.
    pub fn new(
        transfer: Transfer,
        place: Place,
        method: &[u8],
        head: &ResponseHead,
        settings: &Settings,
    ) -> Result<Self, Box<(Failure, Transfer)>> {
        let framing = head.framing(method).unwrap_or(Framing::UntilClose);
        let coding = coding(head, settings).filter(|_| framing != Framing::None);
        let total = match framing {
            Framing::Length(length) if coding.is_none() => Some(length),
            Framing::None => Some(0),
            _ => None,
        };
        if let (Some(total), Some(most)) = (total, settings.most_body)
            && total > most
        {
            return Err(Box::new((too_large(most), transfer)));
        }
        let decompression = coding.map(|coding| Decompression {
            decompressor: Decompressor::new(coding, settings.most_body.is_some()),
            packed: Vec::new(),
            taken: 0,
            plain: Vec::new(),
            given: 0,
        });
        Ok(Self { transfer, place, decompression, received: 0, total, most: settings.most_body, ended: false })
    }

    /// Goes on: some bytes in `buffer`, the end, or `waiter` will be woken. At the end the
    /// connection is left to others; after a failure it is closed.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter, buffer: &mut [u8]) -> Result<Moved, Failure> {
        if self.ended {
            return Ok(Moved::End);
        }
        let moved = self.advance(vm, waiter, buffer);
        match &moved {
            Ok(Moved::Data(len)) => {
                self.received += *len as u64;
                if let Some(most) = self.most.filter(|most| self.received > *most) {
                    self.abandon(vm);
                    return Err(too_large(most));
                }
            }
            Ok(Moved::End) => {
                self.ended = true;
                self.transfer.end(vm, &self.place);
            }
            Ok(_) => {}
            Err(_) => self.abandon(vm),
        }
        moved
    }

    fn advance(&mut self, vm: &mut Vm, waiter: Waiter, buffer: &mut [u8]) -> Result<Moved, Failure> {
        let Some(decompression) = &mut self.decompression else {
            return self.transfer.poll_body(vm, waiter, buffer);
        };
        loop {
            let len = decompression.give(buffer);
            if len > 0 {
                return Ok(Moved::Data(len));
            }
            if decompression.step()? {
                continue;
            }
            let mut scratch = vm.system.fetching.take_scratch();
            let moved = self.transfer.poll_body(vm, waiter, &mut scratch);
            if let Ok(Moved::Data(len)) = &moved {
                decompression.take(&scratch[..*len]);
            }
            vm.system.fetching.give_scratch(scratch);
            match moved? {
                Moved::Data(_) => {}
                Moved::End => {
                    decompression.decompressor.finish()?;
                    return Ok(Moved::End);
                }
                other => return Ok(other),
            }
        }
    }

    /// Lets go of everything.
    pub fn abandon(&mut self, vm: &mut Vm) {
        self.ended = true;
        self.transfer.abandon(vm);
    }

    /// Whether compression is undone, so that what the head says of it is no longer true.
    pub fn decompresses(&self) -> bool {
        self.decompression.is_some()
    }

    /// Takes back what `waiter` waits for.
    pub fn forget(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.transfer.forget(vm, waiter);
    }

    /// Whether all of it has been read.
    pub fn is_ended(&self) -> bool {
        self.ended
    }
}

fn too_large(most: u64) -> Failure {
    Failure::Told("too_large", format!("the body is longer than the {most} bytes that `max_body` allows"))
}

impl Decompression {
    /// Hands out what has been decompressed.
    fn give(&mut self, buffer: &mut [u8]) -> usize {
        let len = buffer.len().min(self.plain.len() - self.given);
        buffer[..len].copy_from_slice(&self.plain[self.given..self.given + len]);
        self.given += len;
        if self.given == self.plain.len() {
            self.plain.clear();
            self.given = 0;
        }
        len
    }

    /// Decompresses a piece, if there is one.
    fn step(&mut self) -> Result<bool, Failure> {
        if self.taken == self.packed.len() {
            return Ok(false);
        }
        self.taken += self.decompressor.decode(&self.packed[self.taken..], &mut self.plain)?;
        Ok(true)
    }

    fn take(&mut self, packed: &[u8]) {
        self.packed.clear();
        self.packed.extend_from_slice(packed);
        self.taken = 0;
    }
}
