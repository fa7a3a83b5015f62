//! The programs in folders, within bounds: a client may work in a folder of any size.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::path::PathBuf;

/// More files than this are not looked at.
const MOST_FILES: usize = 2_000;
/// The files that are looked at have no more bytes than this.
pub(super) const MOST_BYTES: u64 = 64 << 20;
/// More entries than this are not read.
const MOST_ENTRIES: usize = 100_000;
/// Folders of other tools.
const PASSED_OVER: &[&str] = &["node_modules", "target"];

/// The paths of the programs in these folders, those nearest to the top first. Hidden folders and links to folders
/// are passed over.
pub(super) fn programs(folders: &[PathBuf]) -> Vec<String> {
    let mut waiting: VecDeque<PathBuf> = folders.iter().cloned().collect();
    let mut found = Vec::new();
    let (mut seen, mut bytes) = (0, 0);
    while let Some(folder) = waiting.pop_front() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            seen += 1;
            if seen > MOST_ENTRIES || bytes > MOST_BYTES || found.len() == MOST_FILES {
                return found;
            }
            let (path, name) = (entry.path(), entry.file_name());
            let passed_over =
                name.as_encoded_bytes().starts_with(b".") || PASSED_OVER.iter().any(|other| name == OsStr::new(other));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !passed_over => waiting.push_back(path),
                Ok(kind) if kind.is_file() && path.extension() == Some(OsStr::new("sn")) => {
                    bytes += entry.metadata().map_or(0, |data| data.len());
                    found.extend(path.into_os_string().into_string());
                }
                _ => {}
            }
        }
    }
    found
}
