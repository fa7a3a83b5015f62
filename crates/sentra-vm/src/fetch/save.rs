//! Bodies that are read to their end, into memory or into a file, with looks at how far they are.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::body::BodyReader;
use super::failure::Failure;
use super::room::Room;
use super::stream::of;
use super::transfer::Moved;
use crate::builtins::files::replace::Replacement;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::heap::Marker;
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;
/// How often to report how far it is.
const TICK: Duration = Duration::from_millis(100);
/// The mode of a new file, less what the system's mask takes.
const PUBLIC: u32 = 0o666;

type Written = io::Result<(Option<Replacement>, Vec<u8>)>;

/// Where the bytes of a body go.
pub(crate) enum Saver {
    Memory(Room),
    File(ToFile),
}

/// A file that is being written by a worker while the next bytes come.
pub(crate) struct ToFile {
    path: PathBuf,
    /// Nothing before it was opened, while a worker has it, and in the end.
    file: Option<Replacement>,
    begun: bool,
    writing: Option<Ticket<Written>>,
    filling: Vec<u8>,
    filled: usize,
    spare: Vec<u8>,
    committed: bool,
}

impl Saver {
    /// Into memory, or into a file that is there when it is whole.
    pub fn new(path: Option<&Path>) -> Self {
        match path {
            None => Self::Memory(Room::default()),
            Some(path) => Self::File(ToFile {
                path: path.to_owned(),
                file: None,
                begun: false,
                writing: None,
                filling: Vec::new(),
                filled: 0,
                spare: Vec::new(),
                committed: false,
            }),
        }
    }

    /// A place for the next bytes; nothing if a worker has to finish first.
    fn room(
        &mut self,
        vm: &mut Vm,
        waiter: Waiter,
        total: Option<u64>,
    ) -> std::result::Result<Option<&mut [u8]>, Failure> {
        match self {
            Self::Memory(room) => room.free(&mut vm.heap, total).map(Some),
            Self::File(file) => file.room(vm, waiter),
        }
    }

    fn fill(&mut self, len: usize) {
        match self {
            Self::Memory(room) => room.fill(len),
            Self::File(file) => file.filled += len,
        }
    }

    /// Whether everything is where it belongs.
    fn finish(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<bool, Failure> {
        match self {
            Self::Memory(_) => Ok(true),
            Self::File(file) => file.finish(vm, waiter),
        }
    }

    /// Lets go of everything: of a worker that is still writing, too.
    pub fn abandon(self, vm: &mut Vm) {
        match self {
            Self::Memory(mut room) => room.abandon(&mut vm.heap),
            Self::File(file) if file.writing.is_some() => vm.reactor.workers.give_up(),
            Self::File(_) => {}
        }
    }
}

impl ToFile {
    fn failed(&self, error: &io::Error) -> Failure {
        Failure::Told(sentra_netlib::error::kind_of(error), format!("cannot write {}: {error}", self.path.display()))
    }

    /// Takes what a worker has finished; whether none is at work.
    fn settle(&mut self, vm: &mut Vm) -> std::result::Result<bool, Failure> {
        let Some(ticket) = &self.writing else { return Ok(true) };
        let Some(written) = vm.reactor.workers.take(ticket) else { return Ok(false) };
        self.writing = None;
        let (file, buffer) = written.map_err(|error| self.failed(&error))?;
        (self.file, self.spare) = (file, buffer);
        Ok(true)
    }

    fn submit(&mut self, vm: &mut Vm, waiter: Waiter, job: impl FnOnce() -> Written + Send + 'static) {
        self.writing = Some(vm.reactor.workers.submit(waiter, job));
    }

    /// Has a worker write what has come.
    fn write(&mut self, vm: &mut Vm, waiter: Waiter) {
        let (file, path) = (self.file.take(), self.path.clone());
        let spare = std::mem::take(&mut self.spare);
        let (full, len) = (std::mem::replace(&mut self.filling, spare), std::mem::take(&mut self.filled));
        self.begun = true;
        self.submit(vm, waiter, move || {
            let mut file = file.map_or_else(|| Replacement::begin(&path, PUBLIC), Ok)?;
            file.file.write_all(&full[..len])?;
            Ok((Some(file), full))
        });
    }

    fn room(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<&mut [u8]>, Failure> {
        let idle = self.settle(vm)?;
        // A path that cannot be written is found out before anything has come.
        if idle && (!self.begun || self.filled == self.filling.len() && self.filled > 0) {
            self.write(vm, waiter);
        }
        if self.filling.is_empty() {
            self.filling = vec![0; PIECE];
        }
        Ok(Some(&mut self.filling[self.filled..]).filter(|room| !room.is_empty()))
    }

    fn finish(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<bool, Failure> {
        if !self.settle(vm)? {
            return Ok(false);
        }
        if self.committed {
            return Ok(true);
        }
        if self.filled > 0 || !self.begun {
            self.write(vm, waiter);
            return Ok(false);
        }
        let Some(file) = self.file.take() else { return Ok(true) };
        self.committed = true;
        self.submit(vm, waiter, move || file.commit().map(|()| (None, Vec::new())));
        Ok(false)
    }
}

/// Reads on until it is time to report, or up to the end.
pub(crate) struct Pull {
    body: Value,
    reader: Option<BodyReader>,
    saver: Option<Saver>,
    /// When to report; never if nobody wants to know.
    report_at: Option<Instant>,
    ended: bool,
}

impl Pull {
    /// Goes on with a body. `path` says where it goes if this is the first time.
    pub fn new(body: Value, path: Option<&Path>, reports: bool) -> Result<Self> {
        let state = of(body);
        let reader = state.take_reader()?;
        let saver = Some(state.saver.take().unwrap_or_else(|| Saver::new(path)));
        let report_at = reports.then(|| Instant::now() + TICK);
        Ok(Self { body, ended: reader.is_none(), reader, saver, report_at })
    }

    fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Value>, Failure> {
        loop {
            let Some(saver) = &mut self.saver else { return Ok(Some(Value::NIL)) };
            let reader = self.reader.as_mut().filter(|_| !self.ended);
            let Some(reader) = reader else {
                return match saver.finish(vm, waiter)? {
                    true => Ok(Some(self.report(vm, true))),
                    false => self.wait(vm, waiter),
                };
            };
            if self.report_at.is_some_and(|at| at <= Instant::now()) {
                return Ok(Some(self.report(vm, false)));
            }
            let Some(room) = saver.room(vm, waiter, reader.total)? else { return self.wait(vm, waiter) };
            match reader.poll(vm, waiter, room)? {
                Moved::Data(len) => saver.fill(len),
                Moved::End => self.ended = true,
                _ => return self.wait(vm, waiter),
            }
        }
    }

    /// How many bytes there are, how many there will be, and whether that was all.
    fn report(&self, vm: &mut Vm, ended: bool) -> Value {
        let (received, total) = of(self.body).counts(self.reader.as_ref());
        let total = total.map_or(Value::NIL, |total| Value::number(total as f64));
        vm.heap.array(&[Value::number(received as f64), total, ended.into()]).value()
    }

    fn wait(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Value>, Failure> {
        let until = of(self.body).until;
        if until.is_some_and(|until| until <= Instant::now()) {
            return Err(Failure::timeout("waiting for the body"));
        }
        until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
        Ok(None)
    }

    fn give_back(&mut self) {
        let body = of(self.body);
        self.reader.take().into_iter().for_each(|reader| body.give_reader(reader));
        *body.saver.borrow_mut() = self.saver.take();
    }

    fn let_go(&mut self, vm: &mut Vm) {
        self.saver.take().into_iter().for_each(|saver| saver.abandon(vm));
        self.reader.iter_mut().for_each(|reader| reader.abandon(vm));
    }
}

impl Operation for Pull {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let result = self.advance(vm, waiter);
        if result.is_err() {
            self.let_go(vm);
        }
        if !matches!(result, Ok(None)) {
            self.give_back();
        }
        result.map_err(|failure| failure.into_fault(&of(self.body).context))
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.let_go(vm);
        self.give_back();
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.body);
    }
}

/// The text of a body that was read into memory.
pub(crate) fn text(vm: &mut Vm, body: Value) -> Result<Value> {
    match of(body).saver.take() {
        Some(Saver::Memory(room)) => room.into_text(&mut vm.heap),
        _ => Ok(Value::NIL),
    }
}
