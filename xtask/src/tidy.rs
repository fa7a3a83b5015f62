//! The house rules that a program can check. Each complaint names the file, the line and the
//! rule; all are collected and shown together.

mod manifest;
mod source;
mod text;

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A file of the repository, and its text.
pub struct File {
    /// Its path from the root, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Complaint {
    path: String,
    line: usize,
    what: String,
}

impl Complaint {
    /// A complaint about a line, counted from 1, or 0 for the whole file.
    pub fn new(file: &File, line: usize, what: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line, what: what.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// Checks every rule.
pub fn check(root: &Path) -> Result<String, String> {
    let files = files(root)?;
    let mut complaints = Vec::new();
    for file in &files {
        complaints.extend(text::check(file));
        if file.path.ends_with(".rs") {
            complaints.extend(source::check(file));
        }
        if file.path.ends_with("Cargo.toml") {
            complaints.extend(manifest::check(file));
        }
    }
    complaints.extend(source::check_sizes(&files));
    if let Err(stale) = crate::docs::check(root) {
        complaints.push(Complaint { path: "docs".into(), line: 0, what: stale });
    }
    if complaints.is_empty() {
        return Ok(format!("{} files are tidy; {}", files.len(), source::sizes(&files)));
    }
    let lines: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
    Err(format!("{}\n{} complaints", lines.join("\n"), lines.len()))
}

/// The text files that belong to the repository, new ones included.
fn files(root: &Path) -> Result<Vec<File>, String> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(root).output();
    let listed = listed.map_err(|error| format!("git ls-files: {error}"))?;
    if !listed.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr)));
    }
    let paths = String::from_utf8_lossy(&listed.stdout);
    let paths = paths.split('\0').filter(|path| !path.is_empty());
    // A listed file may be deleted, and one that is not UTF-8 is no text.
    let read = |path: &str| Some(File { path: path.into(), text: fs::read_to_string(root.join(path)).ok()? });
    Ok(paths.filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_the_rules() {
        if let Err(complaints) = check(&crate::root()) {
            panic!("\n{complaints}");
        }
    }
}
