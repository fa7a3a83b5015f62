//! Finding what a path names: a file, a folder's index, or a folder.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

use sentra_netlib::folder::Folder;
use sentra_netlib::wire::http::file_path::FilePath;

use super::{Asked, listing};

/// What a path names.
pub(super) enum Found {
    /// A file, which is sent.
    File(Box<Opened>),
    /// A folder whose path lacks its slash.
    Folder,
    /// The page about a folder.
    Listing(Vec<u8>),
}

/// A file that is open.
pub(super) struct Opened {
    pub file: File,
    pub size: u64,
    /// When it was changed: seconds since 1970, and nanoseconds.
    pub modified: (u64, u32),
    /// Its name, which tells its media type.
    pub name: Vec<u8>,
    /// Whether it is the compressed form of what was asked for.
    pub is_gzip: bool,
}

/// Something to look for.
pub(super) struct Lookup {
    /// The folder, or where to look for it first.
    root: Result<Arc<Folder>, PathBuf>,
    path: FilePath,
    index: Vec<u8>,
    gzip: bool,
    list: Option<listing::Style>,
}

impl Lookup {
    pub fn new(root: Result<Arc<Folder>, PathBuf>, path: FilePath, asked: &Asked) -> Self {
        let options = &asked.options;
        let list = options.list.then(|| listing::Style { path: asked.path.clone(), hidden: options.hidden });
        Self { root, path, index: options.index.clone(), gzip: asked.takes_gzip, list }
    }

    /// Looks without waiting for a disk; `WouldBlock` if that is not enough.
    pub fn at_hand(&self) -> io::Result<Found> {
        match &self.root {
            Ok(folder) => self.find(|name| folder.file_at_hand(name)),
            Err(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// The same on a worker, and the folder if that had to be found.
    pub fn wait(&self) -> (io::Result<Found>, Option<Arc<Folder>>) {
        match &self.root {
            Ok(folder) => (self.find_or_list(folder), None),
            Err(path) => match Folder::open(path).map(Arc::new) {
                Ok(folder) => (self.find_or_list(&folder), Some(folder)),
                Err(error) => (Err(error), None),
            },
        }
    }

    fn find_or_list(&self, folder: &Folder) -> io::Result<Found> {
        match (self.find(|name| folder.file(name)), &self.list) {
            (Err(error), Some(style)) if error.kind() == ErrorKind::WouldBlock => {
                listing::page(&folder.file(&self.path.name)?, style).map(Found::Listing)
            }
            (found, _) => found,
        }
    }

    /// Looks for a file; `WouldBlock` also for a folder that is to be listed.
    fn find(&self, open: impl Fn(&[u8]) -> io::Result<File>) -> io::Result<Found> {
        if !self.path.is_folder {
            let file = open(&self.path.name)?;
            let metadata = file.metadata()?;
            return match metadata.is_dir() {
                true => Ok(Found::Folder),
                false => self.choose(file, &metadata, &self.path.name, &open),
            };
        }
        let mut name = self.path.name.clone();
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(&self.index);
        let indexed = open(&name).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
        let lists = self.list.is_some();
        match indexed {
            Ok((file, metadata)) if metadata.is_file() => self.choose(file, &metadata, &name, &open),
            Ok(_) if !lists => Err(ErrorKind::NotFound.into()),
            Err(error) if !lists || error.kind() != ErrorKind::NotFound => Err(error),
            _ => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// The file, or its compressed form if there is one and the client takes it.
    fn choose(
        &self,
        file: File,
        metadata: &Metadata,
        name: &[u8],
        open: impl Fn(&[u8]) -> io::Result<File>,
    ) -> io::Result<Found> {
        // Pipes and devices are no files to send.
        if !metadata.is_file() {
            return Err(ErrorKind::NotFound.into());
        }
        if self.gzip {
            match open(&[name, b".gz"].concat()).and_then(|file| file.metadata().map(|metadata| (file, metadata))) {
                Ok((file, metadata)) if metadata.is_file() => return Ok(opened(file, &metadata, name, true)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        Ok(opened(file, metadata, name, false))
    }
}

fn opened(file: File, metadata: &Metadata, name: &[u8], is_gzip: bool) -> Found {
    // Before 1970 dates cannot be told.
    let modified = u64::try_from(metadata.mtime()).map_or((0, 0), |seconds| (seconds, metadata.mtime_nsec() as u32));
    Found::File(Box::new(Opened { file, size: metadata.len(), modified, name: name.to_vec(), is_gzip }))
}
