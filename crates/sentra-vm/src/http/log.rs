//! The access log: lines about requests, written in batches apart from serving.
//!
//! A line is put together when its request has been answered and waits in memory, for half a
//! second at most unless the file is slow. A worker writes; what cannot be written is told once
//! and lost, and so is what would take too much memory. Nothing of that reaches a client.

use std::cell::{Cell, RefCell};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sentra_netlib::wire::http::access_log::{self, Format, Record};
use sentra_netlib::wire::http::request::Head;

use crate::driver::{Driven, Driver, DriverId};
use crate::vm::Vm;
use crate::workers::Ticket;

/// How long a line waits for others.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many bytes are written without waiting for more.
const BATCH: usize = 64 << 10;
/// Lines that would wait beyond this are lost.
const MOST: usize = 8 << 20;
/// Status of a request whose client left before the answer, as nginx has it.
const CLIENT_LEFT: u16 = 499;

/// Where lines go.
#[derive(Clone)]
pub(crate) enum Target {
    /// Standard error.
    Console,
    File(Arc<LogFile>),
}

/// A file that is appended to. When another takes its name away, that is written next.
pub(crate) struct LogFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl LogFile {
    /// Opens or makes the file. This waits for the disk.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let file = Mutex::new(open(&path)?);
        Ok(Self { path, file })
    }

    fn write(&self, lines: &[u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same =
            |there: &std::fs::Metadata, own: &std::fs::Metadata| (there.dev(), there.ino()) == (own.dev(), own.ino());
        let own = file.metadata()?;
        if !std::fs::metadata(&self.path).is_ok_and(|there| is_same(&there, &own)) {
            *file = open(&self.path)?;
        }
        file.write_all(lines)
    }
}

fn open(path: &Path) -> io::Result<File> {
    // A pipe that nobody reads fails, and does not hold up.
    let nonblock = nix::fcntl::OFlag::O_NONBLOCK.bits();
    OpenOptions::new().append(true).create(true).mode(0o640).custom_flags(nonblock).open(path)
}

/// The access log of a server.
pub(crate) struct Log {
    format: Format,
    target: Target,
    lines: RefCell<Vec<u8>>,
    lost: Cell<u64>,
    driver: Cell<Option<DriverId>>,
    closed: Cell<bool>,
}

impl Log {
    pub fn new(format: Format, target: Target) -> Self {
        let (lines, lost) = (RefCell::default(), Cell::new(0));
        Self { format, target, lines, lost, driver: Cell::new(None), closed: Cell::new(false) }
    }

    /// Begins to write what will come.
    pub fn start(self: &Rc<Self>, vm: &mut Vm) {
        let writer = Writer { log: Rc::clone(self), ticket: None, due: None, failing: false };
        self.driver.set(Some(vm.add_driver(writer)));
    }

    /// Nothing more will come.
    pub fn close(&self, vm: &mut Vm) {
        self.closed.set(true);
        self.driver.get().into_iter().for_each(|driver| vm.drive_soon(driver));
    }

    /// Adds a line.
    fn add(&self, vm: &mut Vm, record: &Record<'_>) {
        let mut lines = self.lines.borrow_mut();
        if lines.len() > MOST {
            self.lost.set(self.lost.get() + 1);
            return;
        }
        let before = lines.len();
        access_log::write(self.format, record, &mut lines);
        let is_first = before == 0;
        let is_full = before < BATCH && lines.len() >= BATCH;
        if let Some(driver) = self.driver.get().filter(|_| is_first || is_full) {
            vm.drive_soon(driver);
        }
    }
}

impl Drop for Log {
    /// The program ends: what has waited is written now.
    fn drop(&mut self) {
        if let Target::File(file) = &self.target
            && !self.lines.get_mut().is_empty()
        {
            // Nobody is left to be told.
            let _ = file.write(self.lines.get_mut());
        }
    }
}

/// Writes a log's lines.
struct Writer {
    log: Rc<Log>,
    ticket: Option<Ticket<io::Result<()>>>,
    /// When the lines that wait are to be written.
    due: Option<Instant>,
    /// Whether the last attempt failed.
    failing: bool,
}

impl Writer {
    /// Writes what waits, if it is time to.
    fn go_on(&mut self, vm: &mut Vm, this: DriverId) {
        let len = self.log.lines.borrow().len();
        let now = Instant::now();
        let due = *self.due.get_or_insert(now + PATIENCE);
        if len < BATCH && now < due && !self.log.closed.get() {
            return vm.set_driver_deadline(this, Some(due));
        }
        self.due = None;
        let lines = self.log.lines.take();
        match &self.log.target {
            // A full pipe holds up its writer, which is better not the loop.
            Target::Console if vm.output.is_process() => {
                let write = move || io::stderr().write_all(&lines);
                self.ticket = Some(vm.reactor.workers.submit(this.waiter(), write));
            }
            Target::Console => vm.output.write_error(&lines),
            Target::File(file) => {
                let file = Arc::clone(file);
                self.ticket = Some(vm.reactor.workers.submit(this.waiter(), move || file.write(&lines)));
            }
        }
    }

    fn note(&mut self, vm: &mut Vm, written: io::Result<()>) {
        let lost = self.log.lost.take();
        let text = match &written {
            Err(error) if !self.failing => format!("error: the access log cannot be written: {error}\n"),
            Ok(()) if lost > 0 => format!("error: the access log is slow: {lost} lines are lost\n"),
            _ => String::new(),
        };
        self.failing = written.is_err();
        vm.output.write_error(text.as_bytes());
    }
}

impl Driver for Writer {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        if let Some(ticket) = &self.ticket {
            let Some(written) = vm.reactor.workers.take(ticket) else { return Driven::Waits };
            self.ticket = None;
            self.note(vm, written);
        }
        if !self.log.lines.borrow().is_empty() {
            self.go_on(vm, this);
        }
        let is_over = self.log.closed.get() && self.ticket.is_none();
        if is_over { Driven::Ended } else { Driven::Waits }
    }
}

/// What a line will say of the request at hand.
pub(super) struct Entry {
    began: Instant,
    time: u64,
    /// Method, target, version, referer, agent and host, one behind the other.
    text: Vec<u8>,
    ends: [Option<u32>; 6],
    pub status: u16,
    pub bytes: u64,
}

impl Entry {
    /// One about a request that was not understood.
    pub fn unknown() -> Self {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        Self { began: Instant::now(), time, text: Vec::new(), ends: [None; 6], status: 0, bytes: 0 }
    }

    /// One about a request.
    pub fn new(head: &Head<'_>) -> Self {
        let mut entry = Self::unknown();
        let version: &[u8] = if head.minor == 0 { b"HTTP/1.0" } else { b"HTTP/1.1" };
        let host = Some(head.host).filter(|host| !host.is_empty());
        let (mut referer, mut agent) = (None, None);
        for (name, value) in head.fields {
            match name.len() {
                7 if name.eq_ignore_ascii_case(b"referer") => referer = Some(value),
                10 if name.eq_ignore_ascii_case(b"user-agent") => agent = Some(value),
                _ => {}
            }
        }
        let parts = [Some(head.method.as_bytes()), Some(head.target), Some(version), referer, agent, host];
        for (part, end) in parts.into_iter().zip(&mut entry.ends) {
            if let Some(part) = part {
                entry.text.extend_from_slice(part);
                *end = Some(entry.text.len() as u32);
            }
        }
        entry
    }

    /// Adds the line.
    pub fn end(&self, vm: &mut Vm, log: &Log, address: &[u8]) {
        let mut from = 0;
        let [method, target, version, referer, agent, host] = self.ends.map(|end| {
            let end = end? as usize;
            Some(&self.text[std::mem::replace(&mut from, end)..end])
        });
        let record = Record {
            address: if address.is_empty() { b"-" } else { address },
            time: self.time,
            method: method.unwrap_or(b"-"),
            target: target.unwrap_or_default(),
            version: version.unwrap_or_default(),
            status: if self.status == 0 { CLIENT_LEFT } else { self.status },
            bytes: self.bytes,
            referer,
            agent,
            host,
            micros: self.began.elapsed().as_micros() as u64,
        };
        log.add(vm, &record);
    }
}
