//! Paths without links, of files that need not exist.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// The path that opening this one would come to, whether or not there is a file.
pub(super) fn real(path: &Path) -> io::Result<PathBuf> {
    Walk::new(path)?.finish()
}

/// The same with its last part as it is, which may be a link: that is what removing and
/// renaming change.
pub(super) fn entry(path: &Path) -> io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            Ok(real(folder)?.join(name))
        }
        // It ends in `..` or is the root.
        _ => real(path),
    }
}

/// A path on the way to its end.
struct Walk {
    /// Without links.
    done: PathBuf,
    left: VecDeque<OsString>,
    links: usize,
}

impl Walk {
    fn new(path: &Path) -> io::Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(ErrorKind::NotFound.into());
        }
        let mut walk = Self { done: std::env::current_dir()?, left: VecDeque::new(), links: 0 };
        walk.add(path);
        Ok(walk)
    }

    /// Puts a path before what is left.
    fn add(&mut self, path: &Path) {
        if path.is_absolute() {
            self.done = PathBuf::from("/");
        }
        for part in path.components().rev() {
            match part {
                Component::Normal(name) => self.left.push_front(name.to_os_string()),
                Component::ParentDir => self.left.push_front("..".into()),
                Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            }
        }
    }

    fn finish(mut self) -> io::Result<PathBuf> {
        while let Some(part) = self.left.pop_front() {
            if part == ".." {
                // What is done has no links, so that its parent is the one before.
                self.done.pop();
                continue;
            }
            let next = self.done.join(&part);
            match std::fs::symlink_metadata(&next) {
                Ok(found) if found.is_symlink() => self.follow(&next)?,
                Ok(_) => self.done = next,
                Err(error) if error.kind() == ErrorKind::NotFound => self.done = next,
                Err(error) => return Err(error),
            }
        }
        Ok(self.done)
    }

    fn follow(&mut self, link: &Path) -> io::Result<()> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(io::Error::other("too many links"));
        }
        let target = std::fs::read_link(link)?;
        // Links in /proc name what is no path, such as `pipe:[42]` or a file that was deleted.
        let place = link.parent().unwrap_or(Path::new("/")).join(&target);
        if link.starts_with("/proc") && !target.is_absolute() && std::fs::symlink_metadata(place).is_err() {
            self.done = link.to_path_buf();
            return Ok(());
        }
        self.add(&target);
        Ok(())
    }
}
