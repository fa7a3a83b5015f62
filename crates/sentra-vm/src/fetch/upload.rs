//! Bodies on their way out: bytes, files that a worker reads piece by piece, and what a fiber
//! hands over chunk by chunk.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use sentra_netlib::exchange::http::client::BodyLength;
use sentra_netlib::wire::http::body::{LAST_CHUNK, push_chunk};

use super::failure::Failure;
use crate::fiber::Waiter;
use crate::vm::Vm;
use crate::workers::Ticket;

/// Bytes of a file that are read at once.
const PIECE: usize = 256 << 10;

/// A piece of a body whose length is known.
#[derive(Clone)]
pub(crate) enum Part {
    Bytes(Rc<[u8]>),
    /// So many bytes of a file.
    File(Arc<PathBuf>, u64),
}

/// A request's body.
#[derive(Clone)]
pub(crate) enum Body {
    None,
    Parts(Vec<Part>),
    Fed(Rc<RefCell<Feed>>),
}

/// Where a fiber leaves the chunks of a body.
#[derive(Default)]
pub(crate) struct Feed {
    chunk: Option<Vec<u8>>,
    pub ended: bool,
    /// What fed it has failed, or nobody takes from it any more.
    pub broken: bool,
    /// Wakes who takes from it.
    taker: Option<Waiter>,
    /// Wakes those who fill it.
    pub fillers: Vec<Waiter>,
}

impl Feed {
    /// Whether there is room for another chunk.
    pub fn has_room(&self) -> bool {
        self.chunk.is_none()
    }

    /// Leaves a chunk, or the end; who to wake.
    pub fn leave(&mut self, chunk: Option<Vec<u8>>) -> Option<Waiter> {
        match chunk {
            Some(chunk) => self.chunk = Some(chunk),
            None => self.ended = true,
        }
        self.taker.take()
    }

    /// Ends it early; who to wake.
    pub fn break_off(&mut self) -> Vec<Waiter> {
        self.broken = true;
        self.chunk = None;
        let mut waiting = std::mem::take(&mut self.fillers);
        waiting.extend(self.taker.take());
        waiting
    }
}

impl Body {
    /// Its length as a request's head says it. Methods that usually have a body say so if it is empty.
    pub fn length(&self, method: &[u8]) -> BodyLength {
        let expects_body = matches!(method, b"POST" | b"PUT" | b"PATCH");
        match self {
            Self::None if expects_body => BodyLength::Known(0),
            Self::None => BodyLength::None,
            Self::Fed(_) => BodyLength::Chunked,
            Self::Parts(parts) => match parts.iter().map(Part::len).sum() {
                0 if !expects_body => BodyLength::None,
                length => BodyLength::Known(length),
            },
        }
    }

    /// Whether it can be sent once more.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Fed(_))
    }
}

impl Part {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, len) => *len,
        }
    }
}

/// A file and what was read of it.
type FileRead = io::Result<(File, Vec<u8>)>;

/// A file that is being read.
struct Reading {
    path: Arc<PathBuf>,
    /// What has been read, and what is left.
    read: u64,
    left: u64,
    ticket: Option<Ticket<FileRead>>,
    file: Option<File>,
}

/// A body that is being sent.
pub(crate) struct Upload {
    parts: VecDeque<Part>,
    file: Option<Reading>,
    feed: Option<Rc<RefCell<Feed>>>,
    ended: bool,
}

/// What goes out next.
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    /// The waiter will be woken.
    Wait,
    End,
}

impl Upload {
    /// Begins to send a body.
    pub fn new(body: &Body) -> Self {
        let mut upload = Self { parts: VecDeque::new(), file: None, feed: None, ended: false };
        match body {
            Body::None => upload.ended = true,
            Body::Parts(parts) => upload.parts.extend(parts.iter().cloned()),
            Body::Fed(feed) => upload.feed = Some(Rc::clone(feed)),
        }
        upload
    }

    /// Whether all of it has been handed out.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Takes the next piece, chunks already framed.
    pub fn next(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Piece, Failure> {
        if self.ended {
            return Ok(Piece::End);
        }
        if let Some(feed) = self.feed.clone() {
            return self.next_fed(vm, waiter, &feed);
        }
        if self.file.is_some() {
            return self.next_of_file(vm, waiter);
        }
        match self.parts.pop_front() {
            Some(Part::Bytes(bytes)) => Ok(Piece::Bytes(bytes.to_vec())),
            Some(Part::File(path, left)) => {
                self.file = Some(Reading { path, read: 0, left, ticket: None, file: None });
                self.next_of_file(vm, waiter)
            }
            None => {
                self.ended = true;
                Ok(Piece::End)
            }
        }
    }

    fn next_fed(&mut self, vm: &mut Vm, waiter: Waiter, feed: &RefCell<Feed>) -> Result<Piece, Failure> {
        let mut feed = feed.borrow_mut();
        if feed.broken {
            return Err(Failure::Told("closed", "what gives the request's body has failed".into()));
        }
        let mut bytes = Vec::new();
        match feed.chunk.take() {
            Some(chunk) => push_chunk(&mut bytes, &chunk),
            None if feed.ended => {
                self.ended = true;
                bytes.extend_from_slice(LAST_CHUNK);
            }
            None => {
                feed.taker = Some(waiter);
                return Ok(Piece::Wait);
            }
        }
        // All of them: who has stopped to wait would not pass it on.
        feed.fillers.drain(..).for_each(|filler| vm.reactor.wake_soon(filler));
        Ok(Piece::Bytes(bytes))
    }

    fn next_of_file(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Piece, Failure> {
        let Some(reading) = &mut self.file else { return Ok(Piece::End) };
        if reading.left == 0 {
            self.file = None;
            return self.next(vm, waiter);
        }
        let Some(ticket) = &reading.ticket else {
            let (path, file) = (Arc::clone(&reading.path), reading.file.take());
            let (read, left) = (reading.read, reading.left);
            reading.ticket = Some(vm.reactor.workers.submit(waiter, move || read_piece(&path, file, read, left)));
            return Ok(Piece::Wait);
        };
        let Some(read) = vm.reactor.workers.take(ticket) else { return Ok(Piece::Wait) };
        reading.ticket = None;
        let failed = |error: io::Error| {
            let (kind, path) = (sentra_netlib::error::kind_of(&error), reading.path.display());
            Failure::Told(kind, format!("cannot read {path}: {error}"))
        };
        let (file, bytes) = read.map_err(failed)?;
        reading.file = Some(file);
        reading.read += bytes.len() as u64;
        reading.left -= bytes.len() as u64;
        Ok(Piece::Bytes(bytes))
    }

    /// Nobody waits for the next piece any more: a piece of a file that is being read is read again when somebody does.
    pub fn pause(&mut self, vm: &mut Vm) {
        if self.file.as_mut().is_some_and(|reading| reading.ticket.take().is_some()) {
            vm.reactor.workers.give_up();
        }
    }

    /// Lets go of what is under way.
    pub fn abandon(&mut self, vm: &mut Vm) {
        if self.file.take().is_some_and(|reading| reading.ticket.is_some()) {
            vm.reactor.workers.give_up();
        }
        if let Some(feed) = self.feed.take() {
            let waiting = feed.borrow_mut().break_off();
            waiting.into_iter().for_each(|waiter| vm.reactor.wake_soon(waiter));
        }
        self.ended = true;
    }
}

/// Reads on, on a worker. A file that became shorter is an error: its length has been sent.
fn read_piece(path: &PathBuf, file: Option<File>, read: u64, left: u64) -> io::Result<(File, Vec<u8>)> {
    let mut file = file.map_or_else(|| open_at(path, read), Ok)?;
    let mut bytes = Vec::new();
    file.by_ref().take(left.min(PIECE as u64)).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Err(io::Error::new(ErrorKind::UnexpectedEof, "the file has become shorter"));
    }
    Ok((file, bytes))
}

fn open_at(path: &PathBuf, at: u64) -> io::Result<File> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(at))?;
    Ok(file)
}
