//! The documents that the client has opened, and the files beside them: what each of them says.

mod folders;
mod projects;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use lsp_types::{TextDocumentContentChangeEvent, Uri};
use sentra_compiler::load::{Loader, read_source};

use crate::analysis::Analysis;
use crate::analysis::lines::{Encoding, Text};
use crate::diagnostics::Found;

/// Files larger than this are opened if the client does so, and otherwise not looked at.
const LARGEST: u64 = 4 << 20;

/// An open document.
pub struct Document {
    /// As the client calls it.
    pub uri: Uri,
    /// Where it is, as the compiler sees it.
    pub path: String,
    /// Its version.
    pub version: i32,
    text: Text,
    analysis: OnceCell<Rc<Analysis>>,
    /// What was found wrong in the version that was last checked.
    pub found: Rc<Vec<Found>>,
    /// The files that this was checked with.
    pub(crate) reads: Vec<String>,
    /// Whether it has to be checked again.
    pub(crate) stale: bool,
}

impl Document {
    /// What is known of this version.
    pub fn analysis(&self) -> Rc<Analysis> {
        self.analysis.get_or_init(|| Rc::new(Analysis::new(self.text.clone()))).clone()
    }
}

/// A file that nobody has opened, as it was read.
struct Read {
    stamp: (Option<SystemTime>, u64),
    analysis: Rc<Analysis>,
}

/// All documents.
#[derive(Default)]
pub struct Documents {
    /// How positions are counted.
    pub encoding: Encoding,
    /// The folders that the client works in.
    pub folders: Vec<PathBuf>,
    /// Where an explanation is found: `{code}` stands for the code.
    pub explanations: Option<String>,
    /// Whether the client takes changes of several documents with their versions.
    pub versioned_edits: bool,
    open: HashMap<String, Document>,
    read: HashMap<String, Read>,
    projects: projects::Projects,
    /// Documents that were closed, and whose messages are to be taken back.
    pub(crate) closed: Vec<Uri>,
}

impl Documents {
    /// Takes a document that the client opens.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) {
        let path = crate::uri::path_of(uri.as_str());
        let document = Document {
            uri,
            path: path.clone(),
            version,
            text: Text::new(text, self.encoding),
            analysis: OnceCell::new(),
            found: Rc::default(),
            reads: Vec::new(),
            stale: true,
        };
        self.read.remove(&path);
        self.open.insert(path.clone(), document);
        self.spread(&path);
    }

    /// Changes a document. What is older than it is left aside.
    pub fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let encoding = self.encoding;
        let path = crate::uri::path_of(uri.as_str());
        let Some(document) = self.open.get_mut(&path).filter(|document| document.version < version) else { return };
        for change in changes {
            let source = match change.range {
                None => change.text,
                Some(range) => {
                    let span = document.text.span(range);
                    let mut source = std::mem::take(&mut document.text.source);
                    source.replace_range(span.start as usize..span.end as usize, &change.text);
                    source
                }
            };
            document.text = Text::new(source, encoding);
        }
        document.version = version;
        document.analysis = OnceCell::new();
        document.stale = true;
        self.spread(&path);
    }

    /// Forgets a document.
    pub fn close(&mut self, uri: &Uri) {
        let path = crate::uri::path_of(uri.as_str());
        self.closed.extend(self.open.remove(&path).map(|document| document.uri));
        self.spread(&path);
    }

    /// Has the documents checked again that import a file.
    pub fn spread(&mut self, path: &str) {
        for document in self.open.values_mut() {
            document.stale |= document.reads.iter().any(|read| read == path);
        }
    }

    /// The open document of a URI.
    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(&crate::uri::path_of(uri.as_str()))
    }

    /// The open document at a path.
    pub fn at(&self, path: &str) -> Option<&Document> {
        self.open.get(path)
    }

    pub(crate) fn at_mut(&mut self, path: &str) -> Option<&mut Document> {
        self.open.get_mut(path)
    }

    /// All open documents.
    pub fn all(&self) -> impl Iterator<Item = &Document> {
        self.open.values()
    }

    /// What is known of a file, open or not.
    pub fn analysis(&mut self, path: &str) -> Option<Rc<Analysis>> {
        if let Some(document) = self.open.get(path) {
            return Some(document.analysis());
        }
        let metadata = std::fs::metadata(path).ok().filter(|data| data.is_file() && data.len() <= LARGEST)?;
        let stamp = (metadata.modified().ok(), metadata.len());
        if let Some(read) = self.read.get(path).filter(|read| read.stamp == stamp) {
            return Some(read.analysis.clone());
        }
        let source = String::from_utf8(read_source(Path::new(path)).ok()?).ok()?;
        let analysis = Rc::new(Analysis::new(Text::new(source, self.encoding)));
        let known: u64 = self.read.values().map(|read| read.stamp.1).sum();
        if known + stamp.1 > folders::MOST_BYTES {
            self.read.clear();
        }
        self.read.insert(path.to_owned(), Read { stamp, analysis: analysis.clone() });
        Some(analysis)
    }

    /// The path of a file that is imported from another.
    pub fn imported(&self, path: &str, from: &str) -> String {
        let wanted = self.projects.locate(path, from);
        let shown = wanted.to_string_lossy().into_owned();
        match self.open.contains_key(&shown) || wanted.is_file() {
            true => shown,
            false => format!("{shown}.sn"),
        }
    }

    /// The programs that are open or in the folders that the client works in.
    pub fn programs(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.open.keys().cloned().collect();
        let read = folders::programs(&self.folders).into_iter().filter(|path| !self.open.contains_key(path));
        paths.extend(read);
        paths.sort_unstable();
        paths
    }

    /// The URI of a path, as the client calls it if it has it open.
    pub fn uri(&self, path: &str) -> Option<Uri> {
        self.open.get(path).map(|document| document.uri.clone()).or_else(|| crate::uri::of_path(path))
    }
}

/// Imported files: those that are open as they are written now.
pub(crate) struct OpenLoader<'d>(pub &'d Documents);

impl Loader for OpenLoader<'_> {
    fn load(&mut self, path: &str, from: &str) -> Result<(String, Vec<u8>), String> {
        let found = self.0.imported(path, from);
        match self.0.at(&found) {
            Some(document) => Ok((found, document.text.source.clone().into_bytes())),
            None => self.0.projects.load(path, from),
        }
    }

    fn dependencies(&self, from: &str) -> Vec<String> {
        self.0.projects.dependencies(from)
    }
}

impl Document {
    /// Its text.
    pub fn text(&self) -> &Text {
        &self.text
    }
}
