//! Where a dependency comes from: a folder, or a commit of a Git repository. What could be taken for something else
//! by the `git` command is refused here, so that nothing else ever sees it.

use std::fmt::{self, Display, Formatter};

use super::field::Fields;
use super::name::{check_path, has_control};
use crate::diagnostic::{Code, Diagnostic};

/// Where a dependency's files come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A folder, relative to that of the package that names it, or absolute.
    Path(String),
    /// A repository.
    Git(Git),
}

/// A folder of a Git repository at some time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Git {
    /// The repository.
    pub url: String,
    /// Which commit of it.
    pub reference: Reference,
    /// The package's folder in it; empty is the repository's own.
    pub subdir: String,
}

/// How a commit is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// What the repository offers by itself.
    Head,
    /// The newest of a branch.
    Branch(String),
    /// What a tag names.
    Tag(String),
    /// The commit's own name, or the beginning of it.
    Rev(String),
}

/// The ways that lead to repositories.
const SCHEMES: &[&str] = &["https", "http", "ssh", "git", "file"];
const LONGEST: usize = 2_000;

impl Reference {
    /// The key of `sentra.toml` for it and its value.
    pub fn field(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Head => None,
            Self::Branch(name) => Some(("branch", name)),
            Self::Tag(name) => Some(("tag", name)),
            Self::Rev(name) => Some(("rev", name)),
        }
    }
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.field() {
            None => f.write_str("HEAD"),
            Some((kind, name)) => write!(f, "{kind} `{name}`"),
        }
    }
}

impl Git {
    /// Whether the repository is on this machine.
    pub fn is_local(&self) -> bool {
        is_path(&self.url) || scheme(&self.url) == Some("file")
    }
}

/// Whether a repository is named by a path rather than a URL.
pub fn is_path(url: &str) -> bool {
    url.starts_with(['/', '.'])
}

fn scheme(url: &str) -> Option<&str> {
    url.split_once("://").map(|(scheme, _)| scheme)
}

/// Takes the source from the fields of a dependency.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<Source> {
    fields.allow("a dependency", &["path", "git", "rev", "tag", "branch", "subdir"]);
    let source = taken(fields);
    source.map_err(|reason| fields.complain(Code::PackageField, None, reason)).ok().flatten()
}

/// The source; nothing if what is wrong with it has been said.
pub(super) fn taken(fields: &mut Fields<'_, '_>) -> Result<Option<Source>, String> {
    let path = fields.checked("path", check_folder);
    let url = fields.checked("git", check_url);
    let references = [
        fields.checked("branch", check_reference).map(Reference::Branch),
        fields.checked("tag", check_reference).map(Reference::Tag),
        fields.checked("rev", check_commit).map(Reference::Rev),
    ];
    let subdir = fields.checked("subdir", check_path);
    let mut references = references.into_iter().flatten();
    let (reference, more) = (references.next(), references.next().is_some());
    match (path, url) {
        (Some(path), None) if reference.is_none() && subdir.is_none() => Ok(Some(Source::Path(path))),
        (Some(_), None) => Err("a folder has no `rev`, `tag`, `branch` or `subdir`".to_owned()),
        (Some(_), Some(_)) => Err("a dependency has a `path` or a `git`, not both".to_owned()),
        (None, None) => {
            let message = "a dependency needs a `path` or a `git`: where it comes from";
            fields.report(Diagnostic::new(Code::PackageField, fields.place(), message));
            Ok(None)
        }
        (None, Some(_)) if more => Err("only one of `rev`, `tag` and `branch` can say which commit".to_owned()),
        (None, Some(url)) => {
            let reference = reference.unwrap_or(Reference::Head);
            Ok(Some(Source::Git(Git { url, reference, subdir: subdir.unwrap_or_default() })))
        }
    }
}

/// The path of a folder: any that can be written in a line.
pub fn check_folder(path: &str) -> Result<(), String> {
    match path.is_empty() || path.len() > LONGEST || has_control(path) {
        true => Err("the path of a folder".to_owned()),
        false => Ok(()),
    }
}

/// A repository: a URL, `USER@HOST:PATH`, or a path.
pub fn check_url(url: &str) -> Result<(), String> {
    if url.is_empty() || url.len() > LONGEST || url.starts_with('-') || has_control(url) || url.contains(' ') {
        return Err("no URL or path of a repository".to_owned());
    }
    if is_path(url) {
        return Ok(());
    }
    if let Some(scheme) = scheme(url) {
        if !SCHEMES.contains(&scheme) {
            return Err(format!("repositories are reached by {}", SCHEMES.join(", ")));
        }
        return check_authority(&url[scheme.len() + 3..], scheme);
    }
    // `helper::address` would have Git start a program of that name.
    match url.split_once(':') {
        Some((host, path)) if !host.contains('/') && !host.is_empty() && !path.starts_with(':') => Ok(()),
        _ => Err("a repository is a URL, USER@HOST:PATH, or a path that begins with `/` or `.`".to_owned()),
    }
}

fn check_authority(rest: &str, scheme: &str) -> Result<(), String> {
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') {
        return Err("a URL with a password would be kept in `sentra.lock`; Git's credential helpers keep it".to_owned());
    }
    match host.starts_with('-') || user.starts_with('-') || (host.is_empty() && scheme != "file") {
        true => Err("no URL of a repository".to_owned()),
        false => Ok(()),
    }
}

/// The name of a branch or tag, by the rules of `git check-ref-format`.
pub fn check_reference(name: &str) -> Result<(), String> {
    let bad = name.is_empty()
        || name.len() > 250
        || name.starts_with(['-', '/', '.'])
        || name.ends_with(['/', '.'])
        || name.contains(['~', '^', ':', '?', '*', '[', '\\', ' '])
        || has_control(name)
        || ["..", "@{", "//", "/."].iter().any(|pair| name.contains(pair))
        || name.split('/').any(|part| part.ends_with(".lock"));
    if bad { Err("no name of a branch or tag".to_owned()) } else { Ok(()) }
}

/// A commit's name: 7 to 64 hexadecimal digits.
pub fn check_commit(name: &str) -> Result<(), String> {
    match (7..=64).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(()),
        false => Err("a commit is named by 7 to 64 of the digits 0-9 and a-f".to_owned()),
    }
}

/// Whether a commit's name is a whole one.
pub fn is_whole(commit: &str) -> bool {
    matches!(commit.len(), 40 | 64) && check_commit(commit).is_ok()
}
