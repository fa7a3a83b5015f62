//! Finding what a path names: a file, a folder's index, or a folder.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
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
    folder: Arc<Folder>,
    path: FilePath,
    index: Vec<u8>,
    gzip: bool,
    list: Option<listing::Style>,
}

impl Lookup {
    pub fn new(folder: Arc<Folder>, path: FilePath, asked: &Asked) -> Self {
        let options = &asked.options;
        let list = options.list.then(|| listing::Style { path: asked.path.clone(), hidden: options.hidden });
        Self { folder, path, index: options.index.clone(), gzip: asked.takes_gzip, list }
    }

    /// Looks without waiting for a disk; `WouldBlock` if that is not enough.
    pub fn at_hand(&self) -> io::Result<Found> {
        self.find(|name| self.folder.file_at_hand(name), false)
    }

    /// The same on a worker.
    pub fn wait(&self) -> io::Result<Found> {
        self.find(|name| self.folder.file(name), true)
    }

    fn find(&self, open: impl Fn(&[u8]) -> io::Result<File>, may_wait: bool) -> io::Result<Found> {
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
        match (indexed, &self.list) {
            (Ok((file, metadata)), _) if metadata.is_file() => self.choose(file, &metadata, &name, &open),
            (Ok(_), Some(style)) => self.list(style, may_wait),
            (Err(error), Some(style)) if error.kind() == ErrorKind::NotFound => self.list(style, may_wait),
            (Err(error), _) => Err(error),
            (Ok(_), None) => Err(ErrorKind::NotFound.into()),
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

    fn list(&self, style: &listing::Style, may_wait: bool) -> io::Result<Found> {
        if !may_wait {
            return Err(ErrorKind::WouldBlock.into());
        }
        let folder = self.folder.file(&self.path.name)?;
        listing::page(&folder, style).map(Found::Listing)
    }
}

fn opened(file: File, metadata: &Metadata, name: &[u8], is_gzip: bool) -> Found {
    // Before 1970 dates cannot be told.
    let modified = u64::try_from(metadata.mtime()).map_or((0, 0), |seconds| (seconds, metadata.mtime_nsec() as u32));
    Found::File(Box::new(Opened { file, size: metadata.len(), modified, name: name.to_vec(), is_gzip }))
}
