//! What commands change about a project: its dependencies, and the commits that `sentra.lock` holds.

use std::path::{Component, Path, PathBuf};

use super::graph::alone;
use super::locking::searched;
use super::{Access, Project};
use crate::compile::Rejected;
use crate::load::{SourceText, plain, read_source, reason};
use crate::package::lock::{Lock, Locked};
use crate::package::source::{Git, Reference, Source};
use crate::package::{self, FILE, edit};
use crate::replace::replace_content;
use crate::resolve::suggest::nearest;

/// Adds a dependency to the `sentra.toml` in a folder, or gives it another source, and gets what is needed.
///
/// # Errors
/// When it cannot be had: then `sentra.toml` stays as it was.
pub fn add(root: &Path, name: &str, source: &Source, access: Access) -> Result<Project, Box<Rejected>> {
    changed(root, access, |text| edit::add(text, name, source))
}

/// Removes a dependency.
///
/// # Errors
/// When there is none of that name, or what is left cannot be had.
pub fn remove(root: &Path, name: &str, access: Access) -> Result<Project, Box<Rejected>> {
    changed(root, access, |text| edit::remove(text, name))
}

fn changed(
    root: &Path,
    access: Access,
    change: impl FnOnce(&str) -> Result<String, String>,
) -> Result<Project, Box<Rejected>> {
    let path = plain(&root.join(FILE));
    let before = read_source(&path).map_err(|reason| alone(&path, reason))?;
    parsed(&path, &before)?;
    let after = change(&String::from_utf8_lossy(&before)).map_err(|reason| alone(&path, reason))?;
    // A change that makes no sense is shown where it would stand.
    parsed(&path, after.as_bytes())?;
    let write = |text: &[u8]| {
        replace_content(&path, text).map_err(|error| alone(&path, format!("it cannot be written: {}", reason(&error))))
    };
    write(after.as_bytes())?;
    let project = searched(root, access, false, |_| Ok(()));
    if project.is_err() {
        write(&before)?;
    }
    project
}

fn parsed(path: &Path, text: &[u8]) -> Result<(), Box<Rejected>> {
    package::read(text).map(|_| ()).map_err(|diagnostics| {
        let source = SourceText { path: path.to_string_lossy().into_owned(), text: text.to_vec() };
        Box::new(Rejected { diagnostics, sources: vec![source] })
    })
}

/// Asks the repositories again what the branches and tags stand for that packages come from: of all packages, or of
/// those with these names.
///
/// # Errors
/// When there is no package of such a name, or one cannot be had.
pub fn update(root: &Path, names: &[String], access: Access) -> Result<Project, Box<Rejected>> {
    let mut before = Lock::default();
    let project = searched(root, access, true, |lock| {
        before = lock.clone();
        forget(lock, names)
    });
    project.map(|mut project| {
        let moved: Vec<String> = before.packages.iter().filter_map(|old| moved(old, &project.lock)).collect();
        project.notes.extend(moved);
        project
    })
}

/// Forgets the packages of these names, or all. What comes from the same commit goes with them.
fn forget(lock: &mut Lock, names: &[String]) -> Result<(), String> {
    let unknown = names.iter().find(|name| lock.packages.iter().all(|package| package.name != **name));
    if let Some(name) = unknown {
        let near = nearest(name, lock.packages.iter().map(|package| package.name.as_str()));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("there is no package `{name}`{hint}"));
    }
    let named = |package: &&Locked| names.is_empty() || names.contains(&package.name);
    let commits: Vec<_> = lock.packages.iter().filter(named).map(|package| origin(&package.source)).collect();
    lock.packages.retain(|package| !commits.contains(&origin(&package.source)));
    Ok(())
}

/// A source without the folder in a repository.
fn origin(source: &Source) -> Source {
    match source {
        Source::Git(git) => Source::Git(Git { subdir: String::new(), ..git.clone() }),
        folder => folder.clone(),
    }
}

/// What is to be said of a package that is another than before.
fn moved(old: &Locked, now: &Lock) -> Option<String> {
    let new = now.packages.iter().find(|package| package.name == old.name && package.source == old.source)?;
    if new.commit == old.commit && new.hash == old.hash {
        return None;
    }
    let from = old.commit.as_deref().unwrap_or(&old.hash);
    let to = new.commit.as_deref().unwrap_or(&new.hash);
    let warning = match &old.source {
        Source::Git(git) if matches!(git.reference, Reference::Tag(_)) => "warning: a tag has moved: ",
        _ => "",
    };
    Some(format!("{warning}{} {} was {from} and is {to}", new.name, new.version))
}

/// The way from one folder to another, both being there.
pub fn relative(from: &Path, to: &Path) -> std::io::Result<PathBuf> {
    let (from, to) = (super::folder::own(from).canonicalize()?, to.canonicalize()?);
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    Ok(if way.as_os_str().is_empty() { PathBuf::from(".") } else { way })
}
