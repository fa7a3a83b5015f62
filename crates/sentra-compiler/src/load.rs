//! How imported files reach the compiler, and how they are read.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Finds and reads imported files.
pub trait Loader {
    /// The canonical path and content of `path` as written in the file `from`, or why it
    /// cannot be had. One file always has one canonical path.
    fn load(&mut self, path: &str, from: &str) -> Result<(String, Vec<u8>), String>;

    /// The names of the packages that the file `from` may import by name.
    fn dependencies(&self, _from: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A source file's path and text, for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceText {
    /// The path shown.
    pub path: String,
    /// The bytes.
    pub text: Vec<u8>,
}

/// Reads imported files from the file system, relative to the importing file.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileLoader;

/// Refuses every import, for programs that have no place of their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLoader;

/// A source file larger than this is refused.
pub const MAX_SOURCE: u64 = 256 << 20;

impl Loader for FileLoader {
    fn load(&mut self, path: &str, from: &str) -> Result<(String, Vec<u8>), String> {
        let wanted = beside(path, from);
        let found = with_ending(&wanted);
        let shown = found.to_string_lossy().into_owned();
        read_source(&found).map(|text| (shown, text)).map_err(|reason| format!("{}: {reason}", wanted.display()))
    }
}

impl Loader for NoLoader {
    fn load(&mut self, _: &str, _: &str) -> Result<(String, Vec<u8>), String> {
        Err("files cannot be imported here".to_owned())
    }
}

/// Where a path that is written in the file `from` leads; the ending may be missing.
pub fn beside(path: &str, from: &str) -> PathBuf {
    let base = Path::new(from).parent().unwrap_or_else(|| Path::new(""));
    plain(&base.join(path))
}

/// The file of that path, or else the one with the ending of programs.
pub fn with_ending(path: &Path) -> PathBuf {
    let mut found = path.to_owned();
    if !found.is_file() {
        found.as_mut_os_string().push(".sn");
    }
    found
}

/// Reads a source file, or says in a few words why not.
pub fn read_source(path: &Path) -> Result<Vec<u8>, String> {
    File::open(path).map_err(|error| reason(&error)).and_then(read_limited)
}

/// Reads a source text to its end, unless that does not come.
pub fn read_limited(input: impl Read) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    input.take(MAX_SOURCE + 1).read_to_end(&mut text).map_err(|error| reason(&error))?;
    match text.len() as u64 > MAX_SOURCE {
        true => Err(format!("larger than {} MiB", MAX_SOURCE >> 20)),
        false => Ok(text),
    }
}

/// What went wrong, without the operating system's error number.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// The path without `.` and resolvable `..`, so that one file has one name.
pub fn plain(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if result.file_name().is_some() => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}
