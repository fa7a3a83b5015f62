//! Programs that may be started, by the places where they were found at first: neither another
//! search path nor a link of the same name makes another program of them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A program.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// As it was named.
    name: Vec<u8>,
    /// Where it is, its folder without links.
    path: PathBuf,
}

impl Place {
    /// Looks for a program as a shell does, by a path or in the folders of `PATH`.
    pub fn find(name: &str) -> Option<Self> {
        let path = if name.contains('/') {
            super::path::entry(Path::new(name)).ok().filter(|path| is_program(path))?
        } else {
            let folders = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
            let places =
                std::env::split_paths(&folders).filter_map(|folder| super::path::entry(&folder.join(name)).ok());
            places.into_iter().find(|path| is_program(path))?
        };
        Some(Self { name: name.as_bytes().to_vec(), path })
    }

    /// Its place, if this names it: by its name, or by a path that leads there.
    pub fn of(&self, program: &[u8]) -> Option<Vec<u8>> {
        let is_path = program.contains(&b'/');
        let is_it = if is_path {
            super::path::entry(Path::new(OsStr::from_bytes(program))).is_ok_and(|path| path == self.path)
        } else {
            program == self.name
        };
        is_it.then(|| self.path.as_os_str().as_bytes().to_vec())
    }
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
