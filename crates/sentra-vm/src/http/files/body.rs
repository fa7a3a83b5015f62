//! Files as bodies: sent by the system itself where that can be, else piece by piece. What is
//! not in memory is read by a worker, so a slow disk holds nobody else up.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::folder;
use sentra_netlib::wire::http::range::Part;

use crate::fiber::Waiter;
use crate::http::service::{Direct, Piece, Source};
use crate::vm::Vm;
use crate::workers::Ticket;

/// Bytes that the system sends at once.
const WINDOW: usize = 256 << 10;
/// Bytes that one piece has.
const PIECE: usize = 64 << 10;

/// A part of a file.
pub(super) struct FileBody {
    file: Arc<File>,
    at: u64,
    left: u64,
    /// A piece that a worker reads.
    ticket: Option<Ticket<io::Result<Vec<u8>>>>,
}

impl FileBody {
    pub fn new(file: impl Into<Arc<File>>, first: u64, size: u64) -> Self {
        Self { file: file.into(), at: first, left: size, ticket: None }
    }

    fn window(&self, most: usize) -> usize {
        self.left.min(most as u64) as usize
    }

    fn advance(&mut self, len: usize) {
        self.at += len as u64;
        self.left -= len as u64;
    }

    /// Has a worker read the next piece.
    fn order(&mut self, vm: &mut Vm, waiter: Waiter) -> Piece {
        let (file, at, len) = (Arc::clone(&self.file), self.at, self.window(WINDOW));
        self.ticket = Some(vm.reactor.workers.submit(waiter, move || {
            let mut bytes = vec![0; len];
            file.read_exact_at(&mut bytes, at).map(|()| bytes)
        }));
        Piece::Wait
    }
}

impl Source for FileBody {
    fn length(&self) -> Option<u64> {
        Some(self.left)
    }

    fn send(&mut self, endpoint: &mut Endpoint) -> Direct {
        let len = self.window(WINDOW);
        if self.ticket.is_some() || !folder::is_at_hand(&self.file, self.at, len) {
            return Direct::Not;
        }
        let before = self.at;
        match endpoint.send_file(&self.file, &mut self.at, len) {
            // The file has become shorter than was announced.
            Ok(0) => Direct::Failed,
            Ok(sent) => {
                self.left -= self.at - before;
                Direct::Sent(sent)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Direct::Full,
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => Direct::Not,
            Err(_) => Direct::Failed,
        }
    }

    fn next(&mut self, vm: &mut Vm, waiter: Waiter, out: &mut Vec<u8>) -> Piece {
        if let Some(ticket) = &self.ticket {
            let Some(read) = vm.reactor.workers.take(ticket) else { return Piece::Wait };
            self.ticket = None;
            let Ok(bytes) = read else { return Piece::Failed };
            self.advance(bytes.len());
            out.extend_from_slice(&bytes);
            return Piece::Some;
        }
        if self.left == 0 {
            return Piece::End;
        }
        let (before, len) = (out.len(), self.window(PIECE));
        out.resize(before + len, 0);
        let read = folder::read_at_hand(&self.file, &mut out[before..], self.at);
        out.truncate(before + read.as_ref().map_or(0, |&read| read));
        match read {
            Ok(0) => Piece::Failed,
            Ok(read) => {
                self.advance(read);
                Piece::Some
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.order(vm, waiter),
            Err(_) => Piece::Failed,
        }
    }

    fn abandon(&mut self, vm: &mut Vm) {
        if self.ticket.take().is_some() {
            vm.reactor.workers.give_up();
        }
    }
}

/// Several parts of a file, each behind a head of its own.
pub(super) struct Parts {
    /// What is still to come, the next at the end.
    parts: Vec<(String, FileBody)>,
    begun: bool,
    end: String,
}

impl Parts {
    pub fn new(file: File, parts: impl Iterator<Item = (String, Part)>, end: String) -> Self {
        let file = Arc::new(file);
        let body = |part: Part| FileBody::new(Arc::clone(&file), part.first, part.size());
        let mut parts: Vec<_> = parts.map(|(head, part)| (head, body(part))).collect();
        parts.reverse();
        Self { parts, begun: false, end }
    }
}

impl Source for Parts {
    fn length(&self) -> Option<u64> {
        Some(self.parts.iter().map(|(head, body)| head.len() as u64 + body.left).sum::<u64>() + self.end.len() as u64)
    }

    fn next(&mut self, vm: &mut Vm, waiter: Waiter, out: &mut Vec<u8>) -> Piece {
        let Some((head, body)) = self.parts.last_mut() else {
            out.extend(std::mem::take(&mut self.end).into_bytes());
            return if out.is_empty() { Piece::End } else { Piece::Some };
        };
        if !std::mem::replace(&mut self.begun, true) {
            out.extend_from_slice(head.as_bytes());
            return Piece::Some;
        }
        match body.next(vm, waiter, out) {
            Piece::End => {
                self.parts.pop();
                self.begun = false;
                self.next(vm, waiter, out)
            }
            piece => piece,
        }
    }

    fn abandon(&mut self, vm: &mut Vm) {
        self.parts.iter_mut().for_each(|(_, body)| body.abandon(vm));
    }
}
