//! Writing files so that nobody ever sees half of one: the new contents go into a file
//! beside the old one, which takes its place when they are whole.
//!
//! Where that is not possible (devices and pipes, files with several names, folders that may
//! not be written, files of other owners) the contents go straight into the file.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use crate::temporary::under_new_name;

/// Links that lead to one another before they count as a loop.
const MOST_LINKS: usize = 40;

/// The mode of a file that the script's mask alone decides about.
const PUBLIC: u32 = 0o666;
/// The mode of a file that others may not read, or not yet.
const PRIVATE: u32 = 0o600;

/// New contents of a file. Without `commit` they are gone.
pub(crate) struct Replacement {
    /// Where to write.
    pub file: File,
    target: PathBuf,
    temporary: Option<PathBuf>,
    /// What the file is to have in the end. Until then it is its writer's alone.
    permissions: Option<Permissions>,
}

impl Replacement {
    /// Begins to replace the file, or the one that a link leads to, or to make it. A `new` file
    /// has this mode, less what the system's mask takes.
    pub fn begin(path: &Path, new: u32) -> io::Result<Self> {
        let before = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            other => Some(other?),
        };
        let target = destination(path)?;
        let Some(before) = before else {
            return Self::beside(target, None, new);
        };
        if !before.is_file() || before.nlink() > 1 {
            return Self::within(target);
        }
        // A file that may not be written may not be replaced either.
        drop(OpenOptions::new().write(true).open(&target)?);
        match Self::beside(target.clone(), Some(&before), PRIVATE) {
            Err(error) if is_refusal(&error) => Self::within(target),
            other => other,
        }
    }

    /// Writes into a file that is to take the target's place.
    fn beside(target: PathBuf, before: Option<&Metadata>, mode: u32) -> io::Result<Self> {
        if target.file_name().is_none() {
            let is_nothing = target.as_os_str().is_empty();
            return Err(if is_nothing { ErrorKind::NotFound } else { ErrorKind::IsADirectory }.into());
        }
        let (temporary, file) = under_new_name(|name| {
            let path = target.with_file_name(format!(".{name}.tmp"));
            let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
            Ok((path, file))
        })?;
        let permissions = before.map(Metadata::permissions);
        let replacement = Self { file, target, temporary: Some(temporary), permissions };
        if let Some(before) = before {
            let new = replacement.file.metadata()?;
            if (new.uid(), new.gid()) != (before.uid(), before.gid()) {
                fchown(&replacement.file, Some(before.uid()), Some(before.gid()))?;
            }
        }
        Ok(replacement)
    }

    /// Writes into the target itself.
    fn within(target: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).truncate(true).open(&target)?;
        Ok(Self { file, target, temporary: None, permissions: None })
    }

    /// Puts the contents in place.
    pub fn commit(mut self) -> io::Result<()> {
        let Some(temporary) = &self.temporary else { return Ok(()) };
        if let Some(permissions) = self.permissions.take() {
            self.file.set_permissions(permissions)?;
        }
        fs::rename(temporary, &self.target)?;
        self.temporary = None;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // If it cannot be removed there is nobody left to tell.
        self.temporary.iter().for_each(|temporary| drop(fs::remove_file(temporary)));
    }
}

/// Whether a file beside the old one is refused: the folder may not be written, or the
/// owner not be kept.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

/// The file that a path means in the end, which need not be there.
fn destination(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(link) => path = path.parent().unwrap_or(Path::new("")).join(link),
            Err(_) => return Ok(path),
        }
    }
    // The system's own words for such a loop.
    fs::metadata(&path).map(|_| path)
}

/// Makes the file consist of these bytes; how many.
pub(super) fn write(path: &Path, data: &[u8]) -> io::Result<u64> {
    let mut replacement = Replacement::begin(path, PUBLIC)?;
    replacement.file.write_all(data)?;
    replacement.commit()?;
    Ok(data.len() as u64)
}

/// Adds bytes at the end of the file, all or none; how many.
pub(super) fn append(path: &Path, data: &[u8]) -> io::Result<u64> {
    let is_new = fs::symlink_metadata(path).is_err();
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let before = file.metadata()?;
    let mut rest = data;
    while !rest.is_empty() {
        match file.write(rest) {
            Ok(count) if count > 0 => rest = &rest[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            failed => {
                take_back(&file, &before, (data.len() - rest.len()) as u64);
                if is_new && file.metadata().is_ok_and(|left| left.len() == 0) {
                    // The failure is what matters; an empty file that stays does no harm.
                    let _ = fs::remove_file(path);
                }
                return Err(failed.err().unwrap_or(ErrorKind::WriteZero.into()));
            }
        }
    }
    Ok(data.len() as u64)
}

/// Removes what was appended, unless somebody else has appended since.
fn take_back(file: &File, before: &Metadata, written: u64) {
    let ours = file.metadata().is_ok_and(|now| now.len() == before.len() + written);
    if before.is_file() && ours {
        // The failure to write is reported, whether or not this succeeds.
        let _ = file.set_len(before.len());
    }
}

/// Copies a file's bytes and permissions over another; how many bytes.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    let mut source = File::open(from)?;
    let found = source.metadata()?;
    if found.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let is_same = |other: Metadata| (other.dev(), other.ino()) == (found.dev(), found.ino());
    if found.is_file() && fs::metadata(to).is_ok_and(is_same) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "they are the same file"));
    }
    let mut replacement = Replacement::begin(to, if found.is_file() { PRIVATE } else { PUBLIC })?;
    let count = io::copy(&mut source, &mut replacement.file)?;
    if found.is_file() {
        replacement.permissions = Some(found.permissions());
    }
    replacement.commit()?;
    Ok(count)
}

/// Renames a file, folder or link; a file or link that goes to another file system is copied.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {}
        other => return other,
    }
    let found = fs::symlink_metadata(from)?;
    if found.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(from)?, to)?;
    } else if found.is_file() {
        move_contents(from, to, &found)?;
    } else {
        return Err(ErrorKind::CrossesDevices.into());
    }
    fs::remove_file(from)
}

fn move_contents(from: &Path, to: &Path, found: &Metadata) -> io::Result<()> {
    let mut replacement = Replacement::beside(to.to_owned(), None, PRIVATE)?;
    io::copy(&mut File::open(from)?, &mut replacement.file)?;
    replacement.permissions = Some(found.permissions());
    let times = fs::FileTimes::new().set_modified(found.modified()?).set_accessed(found.accessed()?);
    replacement.file.set_times(times)?;
    replacement.commit()
}
