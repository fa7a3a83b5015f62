//! Where the REPL keeps its history between starts.

use std::env;
use std::fs;
use std::path::PathBuf;

/// The history file, its directory made if need be; nothing if there is no place for it.
pub(super) fn path() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let directory = state.or_else(home)?.join("sentra");
    fs::create_dir_all(&directory).ok()?;
    Some(directory.join("history"))
}
