//! Bodies that a script reads piece by piece, or that go to a file while they come.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::body::BodyReader;
use super::failure::Failure;
use super::save::Saver;
use super::transfer::Moved;
use super::{Dropped, Leftover};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::stream::Next;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// A response's body that has not been read to its end.
pub(crate) struct Body {
    /// Nothing while a fiber reads, and behind the end.
    reader: RefCell<Option<BodyReader>>,
    /// What was read and not handed out.
    arrived: RefCell<Option<Vec<u8>>>,
    pub(super) saver: RefCell<Option<Saver>>,
    pieces: Cell<usize>,
    counts: Cell<(u64, Option<u64>)>,
    state: Cell<State>,
    pub(super) context: String,
    /// When the whole has to be here, for who reads all of it at once.
    pub(super) until: Option<Instant>,
    /// How long to wait for a piece.
    patience: Option<Duration>,
    dropped: Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// A fiber reads.
    Busy,
    Ended,
}

impl Payload for Body {
    fn type_name(&self) -> &'static str {
        "body"
    }

    fn trace(&self, _: &mut Marker) {}

    fn holds(&self) -> usize {
        super::SCRATCH
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let (reader, saver) = (self.reader.take(), self.saver.take());
        if reader.is_some() || saver.is_some() {
            self.dropped.borrow_mut().push(Leftover { reader, saver });
        }
    }
}

/// A body as a value. `timeout` is that of the request, which began at `started`.
pub(super) fn make(
    vm: &mut Vm,
    reader: BodyReader,
    context: String,
    until: Option<Instant>,
    patience: Option<Duration>,
) -> Value {
    let dropped = Rc::clone(&vm.system.fetching.dropped);
    vm.heap.payload(Body {
        reader: RefCell::new(Some(reader)),
        arrived: RefCell::default(),
        saver: RefCell::default(),
        pieces: Cell::new(0),
        counts: Cell::default(),
        state: Cell::new(State::Open),
        context,
        until,
        patience,
        dropped,
    })
}

/// Whether a value is a body.
pub(crate) fn is_body(value: Value) -> bool {
    value.as_payload::<Body>().is_some()
}

/// The body that a value is known to be.
pub(super) fn of<'a>(value: Value) -> &'a Body {
    value.as_payload().expect("only bodies get here")
}

impl Body {
    /// Takes the reader for a while; nothing behind the end.
    pub(super) fn take_reader(&self) -> Result<Option<BodyReader>> {
        match self.state.get() {
            State::Ended => Ok(None),
            State::Busy => Err(Fault::new("busy", "another fiber reads this body")),
            State::Open => {
                self.state.set(State::Busy);
                Ok(self.reader.borrow_mut().take())
            }
        }
    }

    /// How many bytes have come, and how many there will be; behind the end as they were then.
    pub(super) fn counts(&self, reader: Option<&BodyReader>) -> (u64, Option<u64>) {
        if let Some(reader) = reader {
            self.counts.set((reader.received, reader.total));
        }
        self.counts.get()
    }

    /// Gives it back.
    pub(super) fn give_reader(&self, reader: BodyReader) {
        if reader.is_ended() {
            self.state.set(State::Ended);
        } else {
            self.state.set(State::Open);
            *self.reader.borrow_mut() = Some(reader);
        }
    }
}

/// The next piece for `for`.
pub(crate) fn next(vm: &mut Vm, value: Value) -> Result<Next> {
    let body = of(value);
    loop {
        if let Some(bytes) = body.arrived.take() {
            let piece = vm.heap.checked_text(&bytes)?;
            body.pieces.set(body.pieces.get() + 1);
            return Ok(Next::Item(body.pieces.get(), piece));
        }
        let Some(reader) = body.take_reader()? else { return Ok(Next::End) };
        let until = body.patience.and_then(|patience| Instant::now().checked_add(patience));
        if vm.start(Read { body: value, reader: Some(reader), until })? == Value::PENDING {
            return Ok(Next::Wait);
        }
    }
}

/// Waits for the next piece and leaves it with the body.
struct Read {
    body: Value,
    reader: Option<BodyReader>,
    until: Option<Instant>,
}

impl Read {
    fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Value>, Failure> {
        let Some(reader) = &mut self.reader else { return Ok(Some(Value::NIL)) };
        let mut scratch = vm.system.fetching.take_scratch();
        let moved = reader.poll(vm, waiter, &mut scratch);
        let piece = match &moved {
            Ok(Moved::Data(len)) => Some(scratch[..*len].to_vec()),
            _ => None,
        };
        vm.system.fetching.give_scratch(scratch);
        if matches!(moved?, Moved::Wait) {
            if self.until.is_some_and(|until| until <= Instant::now()) {
                reader.abandon(vm);
                return Err(Failure::timeout("waiting for the next piece of the body"));
            }
            self.until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
            return Ok(None);
        }
        *of(self.body).arrived.borrow_mut() = piece;
        Ok(Some(Value::NIL))
    }

    fn give_back(&mut self) {
        self.reader.take().into_iter().for_each(|reader| of(self.body).give_reader(reader));
    }
}

impl Operation for Read {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let result = self.advance(vm, waiter);
        if !matches!(result, Ok(None)) {
            self.give_back();
        }
        result.map_err(|failure| failure.into_fault(&of(self.body).context))
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.reader.iter_mut().for_each(|reader| reader.forget(vm, waiter));
        self.give_back();
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.body);
    }
}

/// Ends a body early: its connection is closed, and what was saved of it is gone.
pub(crate) fn close(vm: &mut Vm, value: Value) -> bool {
    let body = of(value);
    let Some(mut reader) = body.reader.take() else { return false };
    reader.abandon(vm);
    body.give_reader(reader);
    body.saver.take().into_iter().for_each(|saver| saver.abandon(vm));
    true
}
