//! Where frames come from: a ring on the event loop, or a file on a worker thread.

use sentra_netlib::endpoint::packet::{Direction as Way, Received, Ring, Statistics};
use sentra_netlib::trace::Trace;
use sentra_netlib::wire::capture::Record;
use sentra_netlib::wire::packet::Link;

use super::open::{Failure, Opened, Request, of_trace};
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;
use crate::workers::Ticket;

/// The most frames that are taken before others get their turn.
const TURN: usize = 256;
/// The most bytes of frames that a piece of a file holds.
const PIECE: usize = 512 << 10;
/// How much of a file is read at once although nothing in it is wanted.
const STRETCH: usize = 64 << 20;

/// A frame with what is known about it.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub nanoseconds: i64,
    pub length: usize,
    pub link: Link,
    pub direction: Option<Way>,
    pub bytes: &'a [u8],
}

/// How many frames were taken.
pub(crate) enum Taken {
    /// All that were wanted.
    Enough,
    /// There are none now; the waiter will be woken.
    Waits,
    /// It is the others' turn; the waiter will be woken soon.
    Turn,
    /// There will be no more.
    End,
}

/// Frames of a file that were read ahead.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    frames: Vec<(i64, usize, Link, std::ops::Range<usize>)>,
    next: usize,
}

type Read = (Box<Trace>, Result<bool, Failure>, Piece);

/// A file's frames: what is here, and what a worker is reading.
struct File {
    path: String,
    piece: Piece,
    /// Not here while a worker has it.
    trace: Option<Box<Trace>>,
    ticket: Option<Ticket<Read>>,
    ended: bool,
}

/// Where frames come from.
enum State {
    Opening(Ticket<Result<Opened, Failure>>),
    Interface(Box<Ring>, SourceId),
    File(Box<File>),
    Closed,
}

/// Frames to come.
pub(crate) struct Source {
    request: Request,
    state: State,
    counted: Statistics,
    accounted: usize,
}

impl From<Failure> for Box<Fault> {
    fn from(failure: Failure) -> Self {
        Fault::new(failure.kind, failure.message)
    }
}

impl Source {
    /// Begins to open it; `waiter` is woken when it is open.
    pub fn new(vm: &mut Vm, request: Request, waiter: Waiter) -> Self {
        let job = request.clone();
        let ticket = vm.reactor.workers.submit(waiter, move || job.open());
        Self { request, state: State::Opening(ticket), counted: Statistics::default(), accounted: 0 }
    }

    /// What is captured.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether it is open, which `new`'s waiter is told of.
    pub fn is_open(&mut self, vm: &mut Vm) -> Result<bool, Box<Fault>> {
        let State::Opening(ticket) = &self.state else { return Ok(true) };
        let Some(opened) = vm.reactor.workers.take(ticket) else { return Ok(false) };
        self.state = State::Closed;
        self.state = match opened? {
            Opened::Interface(mut ring) => {
                vm.heap.reserve(ring.memory())?;
                let source = vm.reactor.add(&mut *ring, true, false);
                let source = source.map_err(|error| Fault::new("io", format!("cannot wait for packets: {error}")))?;
                self.accounted = ring.memory();
                vm.heap.account(self.accounted);
                State::Interface(ring, source)
            }
            Opened::File(trace) => {
                let path = self.request.file().unwrap_or_default().to_string();
                let file = File { path, piece: Piece::default(), trace: Some(trace), ticket: None, ended: false };
                State::File(Box::new(file))
            }
        };
        Ok(true)
    }

    /// Gives the file away, to be read as a whole elsewhere.
    pub fn take_file(&mut self) -> Option<Box<Trace>> {
        match &mut self.state {
            State::File(file) => file.trace.take(),
            _ => None,
        }
    }

    /// What frames of an interface begin with; those of a file say it themselves.
    pub fn link(&self) -> Option<Link> {
        match &self.state {
            State::Interface(ring, _) => Some(ring.link()),
            _ => None,
        }
    }

    /// Hands frames to `each` until that wants no more, which it says by giving false.
    pub fn take(
        &mut self,
        vm: &mut Vm,
        waiter: Waiter,
        mut each: impl FnMut(&mut Vm, Frame) -> Result<bool, Box<Fault>>,
    ) -> Result<Taken, Box<Fault>> {
        match &mut self.state {
            State::Closed | State::Opening(_) => Ok(Taken::End),
            State::File(file) => file.take(vm, waiter, each),
            State::Interface(ring, source) => {
                let link = ring.link();
                for _ in 0..TURN {
                    let Some((Received { length, nanoseconds, direction }, bytes)) = ring.next() else {
                        vm.reactor.exhausted(*source, Direction::Read);
                        vm.reactor.keep_waiting(*source, Direction::Read, waiter);
                        return Ok(Taken::Waits);
                    };
                    if !each(vm, Frame { nanoseconds, length, link, direction: Some(direction), bytes })? {
                        return Ok(Taken::Enough);
                    }
                }
                vm.reactor.wake_soon(waiter);
                Ok(Taken::Turn)
            }
        }
    }

    /// What the kernel has counted; nothing for a file.
    pub fn statistics(&mut self) -> Statistics {
        if let State::Interface(ring, _) = &mut self.state {
            self.counted = ring.statistics().unwrap_or(self.counted);
        }
        self.counted
    }

    /// How many frames were dropped, as far as was asked.
    pub fn dropped(&self) -> u64 {
        self.counted.dropped
    }

    /// Lets go of everything. Who waits for it is woken.
    pub fn close(&mut self, vm: &mut Vm, waiter: Option<Waiter>) {
        self.statistics();
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Opening(_) => vm.reactor.workers.give_up(),
            State::Interface(mut ring, source) => {
                if let Some(waiter) = waiter {
                    vm.reactor.forget(source, Direction::Read, waiter);
                }
                vm.reactor.remove(source, &mut *ring);
                vm.heap.discount(std::mem::take(&mut self.accounted));
            }
            State::File(file) if file.ticket.is_some() => vm.reactor.workers.give_up(),
            State::File(_) | State::Closed => {}
        }
    }
}

impl File {
    fn take(
        &mut self,
        vm: &mut Vm,
        waiter: Waiter,
        mut each: impl FnMut(&mut Vm, Frame) -> Result<bool, Box<Fault>>,
    ) -> Result<Taken, Box<Fault>> {
        if let Some(ticket) = &self.ticket {
            let Some((trace, more, piece)) = vm.reactor.workers.take(ticket) else { return Ok(Taken::Waits) };
            self.ticket = None;
            self.trace = Some(trace);
            self.piece = piece;
            // What was read before a file turned out to be damaged is not given: half a result
            // looks like a whole one.
            self.ended = !more?;
        }
        for _ in 0..TURN {
            let piece = &mut self.piece;
            let Some((nanoseconds, length, link, range)) = piece.frames.get(piece.next).cloned() else {
                return Ok(self.read_on(vm, waiter));
            };
            piece.next += 1;
            let bytes = &piece.bytes[range];
            if !each(vm, Frame { nanoseconds, length, link, direction: None, bytes })? {
                return Ok(Taken::Enough);
            }
        }
        vm.reactor.wake_soon(waiter);
        Ok(Taken::Turn)
    }

    fn read_on(&mut self, vm: &mut Vm, waiter: Waiter) -> Taken {
        let Some(mut trace) = self.trace.take().filter(|_| !self.ended) else { return Taken::End };
        let path = self.path.clone();
        let mut piece = std::mem::take(&mut self.piece);
        self.ticket = Some(vm.reactor.workers.submit(waiter, move || {
            (piece.next, piece.bytes, piece.frames) = (0, clear(piece.bytes), clear(piece.frames));
            let more = trace.read(STRETCH, |record| piece.add(record)).map_err(|failure| of_trace(&path, failure));
            (trace, more, piece)
        }));
        Taken::Waits
    }
}

fn clear<T>(mut list: Vec<T>) -> Vec<T> {
    list.clear();
    list
}

impl Piece {
    /// Adds a frame: whether more fit.
    fn add(&mut self, record: Record) -> bool {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(record.frame);
        self.frames.push((record.nanoseconds, record.length, record.link, begin..self.bytes.len()));
        self.bytes.len() < PIECE && self.frames.len() < PIECE / 64
    }
}
