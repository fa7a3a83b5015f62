//! `sentra.lock`: of every package that a project is made of, where it came from and the hash of its files.

use super::field::{Fields, document};
use super::name::{check_package, check_version};
use super::source::{self, Git, Source, is_whole};
use crate::diagnostic::{Code, Diagnostic};

/// The name of the file, which lies beside `sentra.toml`.
pub const FILE: &str = "sentra.lock";

/// The form that this compiler writes and reads.
const VERSION: i64 = 1;
/// A longer file is refused.
pub const LONGEST: usize = 16 << 20;

const HEAD: &str =
    "# Written by sentrac: which files the packages consist of. It belongs beside sentra.toml in version control.\n";

/// What a `sentra.lock` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The packages, in order.
    pub packages: Vec<Locked>,
}

/// A package as it was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locked {
    /// Its own name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it came from; a folder is relative to the project's.
    pub source: Source,
    /// The commit, if it came from a repository.
    pub commit: Option<String>,
    /// The hash of its files.
    pub hash: String,
}

impl Lock {
    /// What is known of a folder of a repository.
    pub fn git(&self, git: &Git) -> Option<&Locked> {
        self.packages.iter().find(|package| matches!(&package.source, Source::Git(known) if known == git))
    }

    /// The commit that a reference of a repository stands for.
    pub fn commit(&self, git: &Git) -> Option<&str> {
        let same = |known: &Git| known.url == git.url && known.reference == git.reference;
        let package = self.packages.iter().find(|package| matches!(&package.source, Source::Git(known) if same(known)));
        package?.commit.as_deref()
    }

    /// What is known of a folder.
    pub fn path(&self, path: &str) -> Option<&Locked> {
        self.packages.iter().find(|package| matches!(&package.source, Source::Path(known) if known == path))
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}version = {VERSION}\n");
        for package in &self.packages {
            text += "\n[[package]]\n";
            let mut line = |key: &str, value: &str| text += &format!("{key} = {}\n", toml_edit::Value::from(value));
            line("name", &package.name);
            line("version", &package.version);
            match &package.source {
                Source::Path(path) => line("path", path),
                Source::Git(git) => write_git(git, &mut line),
            }
            if let Some(commit) = &package.commit {
                line("commit", commit);
            }
            line("hash", &package.hash);
        }
        text
    }
}

fn write_git(git: &Git, line: &mut impl FnMut(&str, &str)) {
    line("git", &git.url);
    if let Some((key, value)) = git.reference.field() {
        line(key, value);
    }
    if !git.subdir.is_empty() {
        line("subdir", &git.subdir);
    }
}

/// Reads a `sentra.lock`.
///
/// # Errors
/// All that is wrong with it.
pub fn read(text: &[u8]) -> Result<Lock, Vec<Diagnostic>> {
    let document = document(text, LONGEST)?;
    let (mut found, mut packages) = (Vec::new(), Vec::new());
    let mut root = Fields::of(document.as_table(), &mut found);
    match root.number("version") {
        Some(VERSION) => {
            root.allow("the file", &["version", "package"]);
            root.tables("package", |fields| packages.extend(locked(fields)));
        }
        Some(_) => root.complain(Code::LockFile, None, "a newer sentrac has written this file".to_owned()),
        None => drop(root.missing::<()>("the file", "version")),
    }
    if found.is_empty() { Ok(Lock { packages }) } else { Err(found) }
}

fn locked(fields: &mut Fields<'_, '_>) -> Option<Locked> {
    let known = ["name", "version", "path", "git", "rev", "tag", "branch", "subdir", "commit", "hash"];
    fields.allow("[[package]]", &known);
    let name = fields.checked("name", check_package).or_else(|| fields.missing("[[package]]", "name"));
    let version = fields.checked("version", check_version).or_else(|| fields.missing("[[package]]", "version"));
    let hash = fields.checked("hash", check_hash).or_else(|| fields.missing("[[package]]", "hash"));
    let commit = fields.checked("commit", check_commit);
    let source = source::taken(fields);
    let source = source.map_err(|reason| fields.complain(Code::PackageField, None, reason)).ok().flatten()?;
    if matches!(source, Source::Git(_)) && commit.is_none() {
        return fields.missing("[[package]]", "commit");
    }
    Some(Locked { name: name?, version: version?, source, commit, hash: hash? })
}

fn check_commit(commit: &str) -> Result<(), String> {
    if is_whole(commit) { Ok(()) } else { Err("a commit has 40 or 64 hexadecimal digits".to_owned()) }
}

fn check_hash(hash: &str) -> Result<(), String> {
    let digits = hash.strip_prefix("sha256:").unwrap_or_default();
    match digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err("a hash is `sha256:` and 64 hexadecimal digits".to_owned()),
    }
}
