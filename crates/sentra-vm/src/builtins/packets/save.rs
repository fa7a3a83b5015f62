//! `packet_save`: captures into a file. Frames go from the ring, or from another file, to the disk in pieces that
//! a worker writes; they never become values.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sentra_netlib::wire::capture::write;
use sentra_netlib::wire::packet::Link;

use super::Result;
use super::capture::{self, GRACE};
use crate::builtin::Arguments;
use crate::builtins::fibers::moment;
use crate::builtins::files;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::packets::open::Request;
use crate::packets::source::{Source, Taken};
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

const SAVE: &str = "packet_save";
/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

pub(super) fn save(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let known = ["count", "timeout", "promiscuous", "snaplen", "buffer"];
    let options = Settings::new(SAVE, args.optional(3), &known)?;
    let count = options.integer("count", 0, i64::MAX)?.filter(|count| *count > 0);
    let seconds = capture::timeout(SAVE, &options)?;
    let request = capture::request(vm, args, &options, args.string(1).into_owned())?;
    let path = files::path_of(args.bytes(2));
    let path = vm.system.permissions.write(&path).map_err(|error| files::failure("write", &path, &error))?;
    let source = request.file().map(PathBuf::from);
    vm.start(Save {
        stage: Stage::New(request),
        output: Some(Box::new(Output { path, source, file: None })),
        writing: None,
        piece: Vec::new(),
        link: None,
        saved: 0,
        count: count.unwrap_or(i64::MAX),
        seconds,
        until: None,
        ended: false,
    })
}

/// The file that is written, on a worker thread.
struct Output {
    path: PathBuf,
    /// The file that is read, which may not be the same.
    source: Option<PathBuf>,
    file: Option<File>,
}

impl Output {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.create()?);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(piece))
    }

    /// What was in the file goes only once it is known to be another than the one that is read.
    fn create(&self) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&self.path)?;
        if let Some(source) = &self.source {
            let (from, to) = (source.metadata()?, file.metadata()?);
            if (from.dev(), from.ino()) == (to.dev(), to.ino()) {
                return Err(io::Error::new(ErrorKind::InvalidInput, "it is the file that is read"));
            }
        }
        // Pipes and devices have no length.
        if file.metadata()?.is_file() {
            file.set_len(0)?;
        }
        Ok(file)
    }
}

fn failure(path: &Path, error: &io::Error) -> Box<Fault> {
    if error.kind() == ErrorKind::InvalidInput {
        return Fault::range(format!("`{SAVE}` cannot write {}: {error}", path.display()));
    }
    files::failure("write", path, error)
}

enum Stage {
    New(Request),
    Open(Source),
}

type Written = (Box<Output>, Vec<u8>, io::Result<()>);

/// The wait for all to be saved.
struct Save {
    stage: Stage,
    /// Not here while a worker writes.
    output: Option<Box<Output>>,
    writing: Option<Ticket<Written>>,
    /// What is to be written next.
    piece: Vec<u8>,
    /// What the frames begin with, once the header is in a piece.
    link: Option<Link>,
    saved: i64,
    count: i64,
    seconds: Option<f64>,
    until: Option<Instant>,
    /// Whether no more frames are taken.
    ended: bool,
}

impl Operation for Save {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if let Stage::New(request) = &self.stage {
            self.stage = Stage::Open(Source::new(vm, request.clone(), waiter));
            return Ok(None);
        }
        let outcome = self.go_on(vm, waiter);
        if !matches!(outcome, Ok(None)) {
            self.abandon(vm, waiter);
        }
        let Some(saved) = outcome? else { return Ok(None) };
        if let Stage::Open(source) = &self.stage {
            capture::note_dropped(vm, waiter, SAVE, source)?;
        }
        Ok(Some(saved))
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        if let Stage::Open(source) = &mut self.stage {
            source.close(vm, Some(waiter));
        }
        if self.writing.take().is_some() {
            vm.reactor.workers.give_up();
        }
    }
}

impl Save {
    fn go_on(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if !self.has_written(vm)? {
            return Ok(None);
        }
        let Stage::Open(source) = &mut self.stage else { return Ok(None) };
        if !source.is_open(vm)? {
            return Ok(None);
        }
        let waits = !self.ended && self.take(vm, waiter)?;
        let begun = self.link.is_some();
        if self.ended && begun && self.piece.is_empty() {
            return Ok(Some(Value::number(self.saved as f64)));
        }
        if self.ended || waits && begun || self.piece.len() >= PIECE {
            self.write(vm, waiter);
        }
        Ok(None)
    }

    /// Whether no worker is writing.
    fn has_written(&mut self, vm: &mut Vm) -> Result<bool> {
        let Some(ticket) = &self.writing else { return Ok(true) };
        let Some((output, mut piece, result)) = vm.reactor.workers.take(ticket) else { return Ok(false) };
        self.writing = None;
        result.map_err(|error| failure(&output.path, &error))?;
        piece.clear();
        self.piece = piece;
        self.output = Some(output);
        Ok(true)
    }

    /// Takes frames until the piece is full: whether there are none at the moment.
    fn take(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool> {
        let Stage::Open(source) = &mut self.stage else { return Ok(false) };
        if self.until.is_none()
            && let Some(seconds) = self.seconds
        {
            self.until = moment(seconds);
        }
        let (piece, link, saved, count) = (&mut self.piece, &mut self.link, &mut self.saved, self.count);
        let taken = source.take(vm, waiter, |_, frame| {
            let first = *link.get_or_insert_with(|| {
                write::header(frame.link, piece);
                frame.link
            });
            if first != frame.link {
                let text = "its frames begin with different links, and a pcap file has one for all";
                return Err(Fault::range(format!("`{SAVE}` cannot save this capture: {text}")));
            }
            write::record(frame.nanoseconds, frame.length, frame.bytes, piece);
            *saved += 1;
            Ok(*saved < count && piece.len() < PIECE)
        })?;
        let late = self.until.is_some_and(|until| until + GRACE <= Instant::now());
        self.ended = late || matches!(taken, Taken::End) || self.saved >= self.count;
        if let Some(until) = self.until.filter(|_| !self.ended) {
            vm.set_deadline(waiter, until + GRACE);
        }
        Ok(matches!(taken, Taken::Waits) && !self.piece.is_empty())
    }

    fn write(&mut self, vm: &mut Vm, waiter: Waiter) {
        let Some(mut output) = self.output.take() else { return };
        let mut piece = std::mem::take(&mut self.piece);
        if self.link.is_none() {
            let link = match &self.stage {
                Stage::Open(source) => source.link(),
                Stage::New(_) => None,
            };
            let link = *self.link.insert(link.unwrap_or(Link::ETHERNET));
            write::header(link, &mut piece);
        }
        self.writing = Some(vm.reactor.workers.submit(waiter, move || {
            let result = output.write(&piece);
            (output, piece, result)
        }));
    }
}
