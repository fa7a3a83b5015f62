//! Which package a program belongs to.

use std::path::{Path, PathBuf};

use crate::package::FILE;

/// More folders in each other are not looked at.
const MOST: usize = 100;

/// The nearest folder with a `sentra.toml`, from a program's own upwards. Folders where everybody leaves files, such
/// as `/tmp`, make nobody's program theirs.
pub fn root_of(program: &str) -> Option<PathBuf> {
    let mut folder = Path::new(program).parent().map(Path::to_owned).unwrap_or_default();
    for _ in 0..MOST {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        if is_shared(here) {
            return None;
        }
        if here.join(FILE).is_file() {
            return Some(folder);
        }
        folder = above(&folder)?;
    }
    None
}

/// The folder above; that of a relative path may be above the current one.
fn above(folder: &Path) -> Option<PathBuf> {
    let up = || {
        let above = folder.join("..");
        // The root folder is above itself.
        (above.canonicalize().ok()? != Path::new(".").join(folder).canonicalize().ok()?).then_some(above)
    };
    match folder.file_name() {
        Some(_) => folder.parent().map(Path::to_owned),
        None if folder.is_absolute() => None,
        None => up(),
    }
}

#[cfg(unix)]
fn is_shared(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // The sticky bit keeps users from removing each other's files.
    folder.metadata().is_ok_and(|data| data.permissions().mode() & 0o1000 != 0)
}

#[cfg(not(unix))]
fn is_shared(_: &Path) -> bool {
    false
}
