//! Which files a command works on: those that are named, and all programs in a folder.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use sentra_compiler::load::reason;
use sentra_compiler::package::FILE;

use super::complain;

/// The files that are named and the programs in the folders that are, or standard input if there are
/// none; and whether one of the folders could not be read.
pub(super) fn files(named: &[OsString]) -> (Vec<OsString>, bool) {
    if named.is_empty() {
        return (vec![OsString::from("-")], false);
    }
    let (mut files, mut failed) = (Vec::new(), false);
    for name in named {
        if name == "-" || !Path::new(name).is_dir() {
            files.push(name.clone());
        } else if let Err(error) = programs(PathBuf::from(name), &mut files) {
            complain(&format!("error: {}: {}", name.to_string_lossy(), reason(&error)));
            failed = true;
        }
    }
    (files, failed)
}

/// The programs below a folder, in order; hidden folders, links to folders and other packages are passed over.
fn programs(folder: PathBuf, files: &mut Vec<OsString>) -> io::Result<()> {
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let mut entries = std::fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        let mut inner = Vec::new();
        for entry in entries {
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                let other = hidden || path.join(FILE).is_file();
                inner.extend((!other).then_some(path));
            } else if path.extension() == Some(OsStr::new("sn")) && path.is_file() {
                files.push(path.into_os_string());
            }
        }
        folders.extend(inner.into_iter().rev());
    }
    Ok(())
}
