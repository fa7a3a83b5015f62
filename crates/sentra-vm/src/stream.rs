//! Streams: files that `for` reads piece by piece, in constant memory. A piece is read on a
//! worker thread while the fiber waits; what it holds is handed out line by line.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use crate::builtins::json::{self, Memory, Origin};
use crate::fault::Fault;
use crate::heap::object::Payload;
use crate::heap::text::MAX_LEN;
use crate::heap::{Heap, Marker};
use crate::value::Value;
use crate::vm::Vm;

/// Bytes read at once.
const PIECE: usize = 256 << 10;

/// What a line of a stream stands for.
pub(crate) enum Format {
    /// Itself, without its end.
    Text,
    /// A JSON value; blank lines stand for none.
    Json(Box<Memory>),
}

/// What the next step brings.
pub(crate) enum Next {
    /// The number of a line, and what it stands for.
    Item(usize, Value),
    /// There are no more.
    End,
    /// The fiber waits, and asks again afterwards.
    Wait,
}

/// A file that is read as it is needed.
pub(crate) struct Stream {
    name: String,
    format: RefCell<Format>,
    input: Arc<Input>,
    text: RefCell<Text>,
    lines: Cell<usize>,
}

/// What a worker reads from, and what it has read that the loop has not taken.
struct Input {
    reader: Mutex<Option<Reader>>,
    arrived: Mutex<Arrived>,
}

struct Reader {
    from: Box<dyn Read + Send>,
    /// Where a piece is read to.
    piece: Box<[u8]>,
}

#[derive(Default)]
struct Arrived {
    bytes: Vec<u8>,
    end: Option<io::Result<()>>,
}

/// Bytes that are here: those before `at` have been handed out, those before `seen` hold no
/// further line end.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    at: usize,
    seen: usize,
    ended: bool,
}

impl Payload for Stream {
    fn type_name(&self) -> &'static str {
        "stream"
    }

    fn trace(&self, marker: &mut Marker) {
        if let Format::Json(memory) = &*self.format.borrow() {
            memory.trace(marker);
        }
    }

    fn holds(&self) -> usize {
        PIECE * 3
    }
}

/// A stream of what `reader` gives, which messages call `name`.
pub(crate) fn make(heap: &mut Heap, name: String, reader: Box<dyn Read + Send>, format: Format) -> Value {
    let reader = Reader { from: reader, piece: Box::default() };
    let input = Input { reader: Mutex::new(Some(reader)), arrived: Mutex::default() };
    heap.payload(Stream {
        name,
        format: RefCell::new(format),
        input: Arc::new(input),
        text: RefCell::default(),
        lines: Cell::new(0),
    })
}

/// Whether a value is a stream.
pub(crate) fn is_stream(value: Value) -> bool {
    value.as_payload::<Stream>().is_some()
}

/// The next line, or the wait for it.
pub(crate) fn next(vm: &mut Vm, value: Value) -> Result<Next, Box<Fault>> {
    let Some(stream) = value.as_payload::<Stream>() else { unreachable!("only streams get here") };
    loop {
        let mut text = stream.text.borrow_mut();
        while let Some(line) = text.line() {
            let number = stream.lines.get();
            stream.lines.set(number + 1);
            if let Some(item) = stream.item(&mut vm.heap, value, line, number)? {
                return Ok(Next::Item(number + 1, item));
            }
        }
        if text.ended {
            *text = Text { ended: true, ..Text::default() };
            return Ok(Next::End);
        }
        if !stream.take_arrived(&vm.heap, &mut text)? {
            let input = Arc::clone(&stream.input);
            vm.offload(move || input.read(), |_, ()| Ok(Value::NIL))?;
            return Ok(Next::Wait);
        }
    }
}

impl Stream {
    /// What a line stands for.
    fn item(&self, heap: &mut Heap, this: Value, line: &[u8], number: usize) -> Result<Option<Value>, Box<Fault>> {
        let mut format = self.format.borrow_mut();
        let Format::Json(memory) = &mut *format else {
            return heap.checked_text(line.strip_suffix(b"\r").unwrap_or(line)).map(Some);
        };
        if line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
            return Ok(None);
        }
        let origin = Origin { file: Some(&self.name), lines: number as u64 };
        let value = json::decode_from(heap, line, memory, origin);
        if memory.take_changed() {
            heap.collector.revisit(this.address());
        }
        value.map(Some)
    }

    /// Takes what a worker has read; whether there was anything.
    fn take_arrived(&self, heap: &Heap, text: &mut Text) -> Result<bool, Box<Fault>> {
        let mut arrived = self.input.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let end = arrived.end.take();
        text.ended = end.is_some();
        if let Some(Err(error)) = end {
            return Err(crate::builtins::reading_failed(&self.name, &error));
        }
        if arrived.bytes.is_empty() {
            return Ok(text.ended);
        }
        text.append(&mut arrived.bytes);
        drop(arrived);
        heap.reserve(text.bytes.len())?;
        if text.bytes.len() > MAX_LEN {
            return Err(Fault::range(format!("{}: line {} is too long", self.name, self.lines.get() + 1)));
        }
        Ok(true)
    }
}

impl Input {
    /// Reads a piece, on a worker. It is left here even if nobody waits for it any more.
    fn read(&self) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = reader.as_mut() else { return };
        if open.piece.is_empty() {
            open.piece = vec![0; PIECE].into();
        }
        let read = loop {
            match open.from.read(&mut open.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(count @ 1..) => arrived.bytes.extend_from_slice(&open.piece[..count]),
            end => {
                arrived.end = Some(end.map(drop));
                *reader = None;
            }
        }
    }
}

impl Text {
    /// The next line without its end; of the last one there may be none.
    fn line(&mut self) -> Option<&[u8]> {
        let from = self.at;
        if let Some(end) = memchr::memchr(b'\n', &self.bytes[self.seen..]) {
            let end = self.seen + end;
            (self.at, self.seen) = (end + 1, end + 1);
            return Some(&self.bytes[from..end]);
        }
        self.seen = self.bytes.len();
        if !self.ended || from == self.seen {
            return None;
        }
        self.at = self.seen;
        Some(&self.bytes[from..])
    }

    /// Moves bytes behind those that are left. Whose were all handed out gives its memory for
    /// the next.
    fn append(&mut self, bytes: &mut Vec<u8>) {
        self.bytes.drain(..self.at);
        self.seen -= self.at;
        self.at = 0;
        if self.bytes.is_empty() {
            std::mem::swap(&mut self.bytes, bytes);
        } else {
            self.bytes.append(bytes);
        }
    }
}
