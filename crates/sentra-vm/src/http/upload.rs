//! Forms with files that are too large for memory: parts are told apart as they arrive, and files
//! go to a private folder on disk.
//!
//! Workers write. A client that is faster than the disk is held up by its own socket.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sentra_netlib::wire::http::multipart::{Event, Head, Malformed, Reader};

use crate::builtins::add_pair;
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::heap::{Heap, Map};
use crate::temporary::{Maker, under_new_name};
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

/// The most parts of a form.
pub(crate) const MOST_PARTS: usize = 1000;
/// The most bytes of what are no files, unless more may be in memory anyway.
const FIELDS: usize = 1 << 20;
/// The most bytes of the parts' names and types.
const HEADS: usize = 1 << 20;
/// Bytes that may wait to be written.
const WAITING: usize = 1 << 20;
/// Bytes that are written at once, unless a file ends.
const BATCH: usize = 256 << 10;

/// Why a form is not taken: the status that says so, and the reason.
pub(crate) struct Refusal {
    pub status: u16,
    pub reason: String,
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        let status = if malformed == Malformed::TooMany { 413 } else { 400 };
        Self { status, reason: malformed.to_string() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where files of forms go: a folder that nobody else can read, made when first needed.
pub(crate) struct Store {
    maker: Maker,
    parent: PathBuf,
    folder: Mutex<Option<PathBuf>>,
}

impl Store {
    pub fn new(maker: Maker, parent: PathBuf) -> Self {
        Self { maker, parent, folder: Mutex::default() }
    }

    /// Makes a file with a new name.
    fn make(&self) -> io::Result<(PathBuf, File)> {
        let mut folder = lock(&self.folder);
        if folder.is_none() {
            *folder = Some(self.maker.make(&self.parent)?);
        }
        let Some(folder) = folder.as_ref() else { return Err(io::ErrorKind::NotFound.into()) };
        under_new_name(|name| {
            let path = folder.join(name);
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map(|file| (path, file))
        })
    }
}

/// A file that holds a part of a form. It goes when its last owner does.
pub(crate) struct Spilled {
    store: Arc<Store>,
    place: Mutex<Option<(PathBuf, File)>>,
}

impl Spilled {
    /// Appends bytes. This waits for the disk.
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut place = lock(&self.place);
        if place.is_none() {
            *place = Some(self.store.make()?);
        }
        place.as_mut().map_or(Ok(()), |(_, file)| file.write_all(bytes))
    }

    fn path(&self) -> Option<PathBuf> {
        lock(&self.place).as_ref().map(|(path, _)| path.clone())
    }
}

impl Drop for Spilled {
    fn drop(&mut self) {
        if let Some((path, _)) = lock(&self.place).take() {
            // The script may have moved it to where it stays.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Where the content of a part is.
enum Place {
    Memory(Vec<u8>),
    Disk(Arc<Spilled>),
}

struct Part {
    head: Head,
    size: u64,
    place: Place,
}

/// A form that is arriving.
pub(crate) struct Upload {
    reader: Reader,
    parts: Vec<Part>,
    /// Bytes of parts in memory, and how many may be.
    held: usize,
    spill: usize,
    /// Bytes of the parts' heads.
    heads: usize,
    /// So much of all this is accounted.
    accounted: usize,
    store: Arc<Store>,
    /// What is to be written, in this order.
    queue: VecDeque<(Arc<Spilled>, Vec<u8>)>,
    waiting: usize,
    /// Bytes that a worker is writing.
    under_way: usize,
    ticket: Option<Ticket<io::Result<()>>>,
}

impl Upload {
    pub fn new(boundary: &[u8], spill: usize, store: Arc<Store>) -> Self {
        Self {
            reader: Reader::new(boundary, MOST_PARTS),
            parts: Vec::new(),
            held: 0,
            spill,
            heads: 0,
            accounted: 0,
            store,
            queue: VecDeque::new(),
            waiting: 0,
            under_way: 0,
            ticket: None,
        }
    }

    /// Takes a piece of the body.
    pub fn push(&mut self, heap: &mut Heap, piece: &[u8]) -> Result<(), Refusal> {
        // Twice: a text that a field becomes is a copy.
        if heap.reserve(2 * (piece.len() + self.held + self.heads)).is_err() {
            return Err(Refusal { status: 503, reason: String::new() });
        }
        self.reader.push(piece);
        let taken = self.take();
        self.account(heap);
        taken
    }

    /// Accounts what is in memory now, and no more what was before.
    fn account(&mut self, heap: &mut Heap) {
        let now = self.held + self.heads + self.waiting + self.under_way;
        let before = std::mem::replace(&mut self.accounted, now);
        heap.account(now.saturating_sub(before));
        heap.discount(before.saturating_sub(now));
    }

    fn take(&mut self) -> Result<(), Refusal> {
        let Self { reader, parts, held, spill, heads, store, queue, waiting, .. } = self;
        loop {
            match reader.step()? {
                Event::Need | Event::End => return Ok(()),
                Event::PartEnd => {}
                Event::Part(head) => {
                    *heads += size_of::<Part>() + bytes_of(&head);
                    if *heads > HEADS {
                        let reason = format!("the names in the form have more than {HEADS} bytes");
                        return Err(Refusal { status: 413, reason });
                    }
                    parts.push(Part { head, size: 0, place: Place::Memory(Vec::new()) });
                }
                Event::Data(data) => {
                    let Some(part) = parts.last_mut() else { continue };
                    part.size += data.len() as u64;
                    match &mut part.place {
                        Place::Disk(file) => {
                            *waiting += data.len();
                            enqueue(queue, file, data);
                        }
                        Place::Memory(bytes) => {
                            *held += data.len();
                            bytes.extend_from_slice(data);
                            if part.head.filename.is_none() {
                                let most = FIELDS.max(*spill);
                                if *held > most {
                                    let reason = format!("the fields of the form have more than {most} bytes");
                                    return Err(Refusal { status: 413, reason });
                                }
                            } else if *held > *spill {
                                let file = Arc::new(Spilled { store: Arc::clone(store), place: Mutex::default() });
                                *held -= bytes.len();
                                *waiting += bytes.len();
                                queue.push_back((Arc::clone(&file), std::mem::take(bytes)));
                                part.place = Place::Disk(file);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Has a worker write what waits, unless one does; with `all` even if it is little.
    pub fn write(&mut self, vm: &mut Vm, waiter: Waiter, all: bool) -> Result<(), Refusal> {
        if let Some(ticket) = &self.ticket {
            let Some(written) = vm.reactor.workers.take(ticket) else { return Ok(()) };
            self.ticket = None;
            self.under_way = 0;
            written.map_err(|error| Refusal { status: 507, reason: format!("the form cannot be stored: {error}") })?;
        }
        let is_worth_it = all || self.queue.len() > 1 || self.waiting >= BATCH;
        if self.ticket.is_none()
            && is_worth_it
            && let Some((file, bytes)) = self.queue.pop_front()
        {
            self.waiting -= bytes.len();
            self.under_way = bytes.len();
            self.ticket = Some(vm.reactor.workers.submit(waiter, move || file.write(&bytes)));
        }
        self.account(&mut vm.heap);
        Ok(())
    }

    /// Whether nothing more may come before something is written.
    pub fn is_full(&self) -> bool {
        self.ticket.is_some() && self.waiting >= WAITING
    }

    /// Whether all is written.
    pub fn is_written(&self) -> bool {
        self.ticket.is_none() && self.queue.is_empty()
    }

    /// Whether the form may end here.
    pub fn finish(&self) -> Result<(), Refusal> {
        Ok(self.reader.finish()?)
    }

    /// The form as scripts see it.
    pub fn map(&self, heap: &mut Heap) -> Result<Map, Box<Fault>> {
        let map = heap.map(self.parts.len());
        for part in &self.parts {
            let value = match &part.place {
                Place::Memory(bytes) => value(heap, &part.head, bytes)?,
                Place::Disk(file) => {
                    let path = file.path().unwrap_or_default();
                    file_map(heap, &part.head, part.size, ("path", path.as_os_str().as_bytes()))?
                }
            };
            let name = heap.checked_text(&part.head.name)?;
            add_pair(heap, map, name, value)?;
        }
        Ok(map)
    }

    /// The files on disk.
    pub fn files(&self) -> Vec<Arc<Spilled>> {
        let file = |part: &Part| match &part.place {
            Place::Disk(file) => Some(Arc::clone(file)),
            Place::Memory(_) => None,
        };
        self.parts.iter().filter_map(file).collect()
    }

    /// Lets go of everything. Files that nobody else has are removed by a worker.
    pub fn abandon(self, vm: &mut Vm) {
        if self.ticket.is_some() {
            vm.reactor.workers.give_up();
        }
        vm.heap.discount(self.accounted);
        remove(vm, self.files());
    }
}

fn bytes_of(head: &Head) -> usize {
    let len = |text: &Option<Vec<u8>>| text.as_ref().map_or(0, Vec::len);
    head.name.len() + len(&head.filename) + len(&head.content_type)
}

/// Adds bytes to what is to be written to a file.
fn enqueue(queue: &mut VecDeque<(Arc<Spilled>, Vec<u8>)>, file: &Arc<Spilled>, data: &[u8]) {
    match queue.back_mut() {
        Some((last, bytes)) if Arc::ptr_eq(last, file) && bytes.len() < BATCH => bytes.extend_from_slice(data),
        _ => queue.push_back((Arc::clone(file), data.to_vec())),
    }
}

/// Removes files on a worker.
pub(crate) fn remove(vm: &mut Vm, files: Vec<Arc<Spilled>>) {
    if !files.is_empty() {
        vm.reactor.workers.leave_to(move || drop(files));
    }
}

/// What a part in memory is for scripts: a text, or a map about a file.
pub(crate) fn value(heap: &mut Heap, head: &Head, content: &[u8]) -> Result<Value, Box<Fault>> {
    match head.filename {
        None => heap.checked_text(content),
        Some(_) => file_map(heap, head, content.len() as u64, ("data", content)),
    }
}

fn file_map(heap: &mut Heap, head: &Head, size: u64, (key, place): (&str, &[u8])) -> Result<Value, Box<Fault>> {
    let map = heap.map(4);
    let filename = heap.checked_text(head.filename.as_deref().unwrap_or_default())?;
    map.set_text(heap, "filename", filename)?;
    let content_type = heap.checked_text(head.content_type.as_deref().unwrap_or(b"application/octet-stream"))?;
    map.set_text(heap, "content_type", content_type)?;
    map.set_text(heap, "size", Value::number(size as f64))?;
    let place = heap.checked_text(place)?;
    map.set_text(heap, key, place)?;
    Ok(map.value())
}
