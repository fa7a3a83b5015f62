//! Files that are replaced whole or not at all: what is new is made beside them and takes their place at the end. It
//! knows nothing of what is in them.

use std::io;
use std::path::{Path, PathBuf};

/// Puts a file in its place once `make` has made it where it is told to. `unwritable` is for the last step.
///
/// # Errors
///
/// That of `make`, or what `unwritable` makes of one; then nothing has changed.
pub fn replace<E>(
    target: &Path,
    make: impl FnOnce(&Path) -> Result<(), E>,
    unwritable: impl FnOnce(io::Error) -> E,
) -> Result<(), E> {
    let mut partial = target.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(partial);
    let replaced = make(&partial).and_then(|()| std::fs::rename(&partial, target).map_err(unwritable));
    if replaced.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&partial);
    }
    replaced
}

/// Puts a new content in a file's place.
///
/// # Errors
///
/// If it cannot be written; then nothing has changed.
pub fn replace_content(target: &Path, content: &[u8]) -> io::Result<()> {
    replace(target, |partial| std::fs::write(partial, content), |error| error)
}
