//! Files of a folder: a service that answers GET and HEAD beneath a path.
//!
//! A file is opened and sent at once if that needs no disk, else a worker does what has to wait.
//! What a path may name is decided in `sentra-netlib`; the open itself keeps within the folder.

mod body;
mod find;
mod listing;
mod reply;

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sentra_netlib::folder::Folder;
use sentra_netlib::wire::http::file_path::{self, Refusal};
use sentra_netlib::wire::http::negotiation;
use sentra_netlib::wire::http::request::Head;

use super::response::Response;
use super::service::{Answer, Service};
use crate::fiber::Waiter;
use crate::vm::Vm;
use crate::workers::Ticket;
use find::{Found, Lookup};

/// What the folder's path leads to is looked up anew after this: it may be a link that changes.
const FRESH: Duration = Duration::from_secs(1);

/// What a script decides about a folder.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The file that stands for a folder.
    pub index: Vec<u8>,
    /// Whether folders without one are listed.
    pub list: bool,
    /// The value of `Cache-Control`.
    pub cache_control: Option<Vec<u8>>,
    /// Whether names that begin with a dot are found.
    pub hidden: bool,
    /// Whether `NAME.gz` is sent for NAME to clients that take it.
    pub precompressed: bool,
}

/// A folder that is served.
pub(crate) struct Files {
    path: PathBuf,
    root: Rc<Root>,
    options: Rc<Options>,
}

/// The folder as it was found last, and when; nothing if it was not looked for yet.
type Root = RefCell<Option<(Arc<Folder>, Instant)>>;

impl Files {
    /// Serves an open folder, which is at a path.
    pub fn new(path: PathBuf, folder: Folder, options: Options) -> Self {
        let root = Some((Arc::new(folder), Instant::now()));
        Self { path, root: Rc::new(RefCell::new(root)), options: Rc::new(options) }
    }

    /// Serves the folder that is at a path when a request comes.
    pub fn at(path: PathBuf, options: Options) -> Self {
        Self { path, root: Rc::default(), options: Rc::new(options) }
    }

    /// The folder as it was a second ago at most; an error if that needs a disk.
    fn folder(&self) -> io::Result<Arc<Folder>> {
        let mut root = self.root.borrow_mut();
        let Some((folder, since)) = &mut *root else { return Err(io::ErrorKind::WouldBlock.into()) };
        let now = Instant::now();
        if now.duration_since(*since) > FRESH {
            *folder = Arc::new(Folder::open_at_hand(&self.path)?);
            *since = now;
        }
        Ok(Arc::clone(folder))
    }
}

/// The parts of a request that the answer depends on.
struct Asked {
    options: Rc<Options>,
    /// The path as it was asked for, still encoded.
    path: Vec<u8>,
    query: Option<Vec<u8>>,
    wants_body: bool,
    takes_gzip: bool,
    if_match: Option<Vec<u8>>,
    if_none_match: Option<Vec<u8>>,
    if_modified_since: Option<Vec<u8>>,
    if_unmodified_since: Option<Vec<u8>>,
    if_range: Option<Vec<u8>>,
    range: Option<Vec<u8>>,
}

impl Asked {
    fn new<'a>(
        options: &Rc<Options>,
        asked: &Question<'_>,
        fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Self {
        let mut asked = Self {
            options: Rc::clone(options),
            path: asked.path.to_vec(),
            query: asked.query.map(<[u8]>::to_vec),
            wants_body: asked.method != "HEAD",
            takes_gzip: false,
            if_match: None,
            if_none_match: None,
            if_modified_since: None,
            if_unmodified_since: None,
            if_range: None,
            range: None,
        };
        fields.for_each(|(name, value)| asked.note(name, value));
        asked
    }

    /// Takes over a field that matters.
    fn note(&mut self, name: &[u8], value: &[u8]) {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        let place = match name.len() {
            5 if is("range") => &mut self.range,
            8 if is("if-match") => &mut self.if_match,
            8 if is("if-range") => &mut self.if_range,
            13 if is("if-none-match") => &mut self.if_none_match,
            15 if is("accept-encoding") => {
                self.takes_gzip = self.options.precompressed && negotiation::takes_gzip(value);
                return;
            }
            17 if is("if-modified-since") => &mut self.if_modified_since,
            19 if is("if-unmodified-since") => &mut self.if_unmodified_since,
            _ => return,
        };
        // A list may come in several fields.
        match place {
            Some(before) => before.extend([b", ", value].concat()),
            None => *place = Some(value.to_vec()),
        }
    }
}

impl Service for Files {
    fn answer(&self, _: &mut Vm, head: &Head<'_>, rest: &[u8]) -> Box<dyn Answer> {
        let question = Question { method: head.method, path: head.path, query: head.query };
        self.find(&question, head.fields.into_iter(), rest)
    }
}

/// What is asked for.
pub(crate) struct Question<'a> {
    pub method: &'a str,
    /// The path and what follows `?`, still encoded.
    pub path: &'a [u8],
    pub query: Option<&'a [u8]>,
}

impl Files {
    /// Begins to look for the file that a path within the folder names.
    pub fn find<'a>(
        &self,
        question: &Question<'_>,
        fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        rest: &[u8],
    ) -> Box<dyn Answer> {
        match file_path::map(rest, self.options.hidden) {
            Ok(mut path) => {
                // The folder's own path lacks its slash.
                path.is_folder &= question.path.ends_with(b"/");
                let asked = Asked::new(&self.options, question, fields);
                let root = self.folder().map_err(|_| self.path.clone());
                let lookup = Lookup::new(root, path, &asked);
                Box::new(Answering { asked, root: Rc::clone(&self.root), lookup: Some(lookup), ticket: None })
            }
            Err(refusal) => Box::new(Refused(refusal)),
        }
    }
}

/// A path that names no file.
struct Refused(Refusal);

impl Answer for Refused {
    fn poll(&mut self, _: &mut Vm, _: Waiter) -> Option<Response> {
        Some(match self.0 {
            Refusal::Malformed => Response::message(400, "the path is malformed"),
            Refusal::NotFound => Response::message(404, ""),
        })
    }
}

/// What a worker has found, and the folder if it had to look for that too.
type Looked = (io::Result<Found>, Option<Arc<Folder>>);

/// A file that is being looked for.
struct Answering {
    asked: Asked,
    root: Rc<Root>,
    lookup: Option<Lookup>,
    ticket: Option<Ticket<Looked>>,
}

impl Answer for Answering {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Option<Response> {
        let found = match (&self.ticket, self.lookup.take()) {
            (Some(ticket), _) => {
                let (found, root) = vm.reactor.workers.take(ticket)?;
                root.into_iter().for_each(|root| *self.root.borrow_mut() = Some((root, Instant::now())));
                found
            }
            (None, Some(lookup)) => match lookup.at_hand() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.ticket = Some(vm.reactor.workers.submit(waiter, move || lookup.wait()));
                    return None;
                }
                found => found,
            },
            (None, None) => return None,
        };
        self.ticket = None;
        let fields = std::mem::take(&mut vm.system.http.fields);
        Some(reply::respond(&self.asked, found, fields))
    }

    fn abandon(&mut self, vm: &mut Vm) {
        if self.ticket.take().is_some() {
            vm.reactor.workers.give_up();
        }
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
