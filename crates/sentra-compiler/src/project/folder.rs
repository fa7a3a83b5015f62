//! The files of a package on the disk, within bounds. Links are not followed: a package's files are its own.

use std::path::{Path, PathBuf};

use crate::load::{read_source, reason};
use crate::package::tree::{DEEPEST, Intake, Tree, counts, is_hidden};

/// More entries of folders are not read.
const MOST_ENTRIES: usize = 200_000;

/// All files of a package that count.
pub(super) fn read(folder: &Path) -> Result<Tree, String> {
    let (mut tree, mut intake, mut entries) = (Tree::default(), Intake::default(), 0);
    let mut waiting = vec![(PathBuf::new(), 0)];
    while let Some((inside, depth)) = waiting.pop() {
        let here = folder.join(&inside);
        let listed = std::fs::read_dir(&here).map_err(|error| format!("{}: {}", here.display(), reason(&error)))?;
        for entry in listed {
            let entry = entry.map_err(|error| format!("{}: {}", here.display(), reason(&error)))?;
            entries += 1;
            if entries > MOST_ENTRIES || depth > DEEPEST {
                return Err(format!("{}: too many files and folders for a package", folder.display()));
            }
            let path = inside.join(entry.file_name());
            let kind = entry.file_type().map_err(|error| reason(&error))?;
            let bytes = path.as_os_str().as_encoded_bytes();
            if kind.is_dir() && !is_hidden(entry.file_name().as_encoded_bytes()) {
                waiting.push((path, depth + 1));
            } else if counts(bytes) && !kind.is_dir() {
                let size = entry.metadata().map_err(|error| reason(&error))?.len();
                let name = intake.admit(bytes, size)?;
                if !kind.is_file() {
                    return Err(format!("{name}: a link or a device, and no file"));
                }
                tree.insert(name, read_source(&folder.join(path))?);
            }
        }
    }
    Ok(tree)
}

/// A file of a package, if it is one and no link is on the way to it.
pub(super) fn file(folder: &Path, inside: &str) -> Option<Vec<u8>> {
    let (folder, path) = (own(folder).canonicalize().ok()?, own(folder).join(inside));
    let real = path.canonicalize().ok()?;
    (real == folder.join(inside) && real.is_file()).then(|| read_source(&real).ok()).flatten()
}

/// The empty path is the current folder.
pub(super) fn own(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
