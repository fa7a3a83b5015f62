//! Opening a project: its packages are found, and `sentra.lock` is compared with them or written.

use std::path::{Path, PathBuf};

use super::graph::{Search, alone};
use super::{Access, Project, root_of};
use crate::compile::Rejected;
use crate::diagnostic::{Code, Diagnostic};
use crate::load::{SourceText, plain, read_source, reason};
use crate::package;
use crate::package::lock::{self, Lock};
use crate::package::source::Source;
use crate::replace::replace_content;

/// The packages of a program, by its path.
///
/// # Errors
/// When one cannot be had as it should be; the diagnostics are about `sentra.toml` or `sentra.lock`.
pub fn open(program: &str, access: Access) -> Result<Project, Box<Rejected>> {
    match root_of(program) {
        Some(root) => searched(&root, access, false, |_| Ok(())),
        None => Ok(Project::default()),
    }
}

/// Gets the packages of the project in a folder anew, so that what is kept of them is as their repositories have it.
///
/// # Errors
/// As of [`open`].
pub fn fetch(root: &Path, access: Access) -> Result<Project, Box<Rejected>> {
    searched(root, access, true, |_| Ok(()))
}

/// The packages of the project in a folder as they are: nothing is fetched or written.
///
/// # Errors
/// As of [`open`].
pub fn look(root: &Path) -> Result<Project, Box<Rejected>> {
    searched(root, Access::LOOK, false, |_| Ok(()))
}

/// The path of the main module of the package in a folder.
///
/// # Errors
/// When its `sentra.toml` is not as it should be.
pub fn main_of(root: &Path) -> Result<PathBuf, Box<Rejected>> {
    let path = plain(&root.join(package::FILE));
    let text = read_source(&path).map_err(|reason| alone(&path, reason))?;
    match package::read(&text) {
        Ok(package) => Ok(plain(&root.join(package.main))),
        Err(diagnostics) => {
            let source = SourceText { path: path.to_string_lossy().into_owned(), text };
            Err(Box::new(Rejected { diagnostics, sources: vec![source] }))
        }
    }
}

/// Finds the packages of a project, after a change to what `sentra.lock` says.
pub(super) fn searched(
    root: &Path,
    access: Access,
    renew: bool,
    change: impl FnOnce(&mut Lock) -> Result<(), String>,
) -> Result<Project, Box<Rejected>> {
    let path = plain(&root.join(lock::FILE));
    let (exists, mut lock) = known(&path)?;
    let before = lock.clone();
    change(&mut lock).map_err(|reason| alone(&path, reason))?;
    let mut search = Search::new(access, &lock, renew);
    search.run(root)?;
    let used = Lock { packages: std::mem::take(&mut search.used).into_iter().collect() };
    let (nodes, mut notes) = (search.nodes, search.notes);
    if used != before && (exists || !used.packages.is_empty()) {
        if access.locked {
            return Err(unfit(&path, &before, &used));
        }
        if access.write {
            replace_content(&path, used.text().as_bytes())
                .map_err(|error| alone(&path, format!("it cannot be written: {}", reason(&error))))?;
            notes.push(format!("{} is written", path.display()));
        }
    }
    Ok(Project { nodes, lock: used, notes })
}

/// Whether there is a `sentra.lock`, and what it says.
fn known(path: &Path) -> Result<(bool, Lock), Box<Rejected>> {
    if !path.exists() {
        return Ok((false, Lock::default()));
    }
    let text = read_source(path).map_err(|reason| alone(path, reason))?;
    match lock::read(&text) {
        Ok(mut lock) => {
            lock.packages.sort();
            Ok((true, lock))
        }
        Err(diagnostics) => {
            let source = SourceText { path: path.to_string_lossy().into_owned(), text };
            Err(Box::new(Rejected { diagnostics, sources: vec![source] }))
        }
    }
}

/// Says in what a `sentra.lock` differs from what is used.
fn unfit(path: &Path, lock: &Lock, used: &Lock) -> Box<Rejected> {
    let missing = used.packages.iter().find(|package| !lock.packages.contains(package));
    let needless = lock.packages.iter().find(|package| !used.packages.contains(package));
    let what = match (missing, needless) {
        (Some(package), _) => format!("has not what is used of `{}`, {}", package.name, shown(&package.source)),
        (None, Some(package)) => format!("has `{}`, {}, which is not used", package.name, shown(&package.source)),
        (None, None) => "names a package twice".to_owned(),
    };
    let diagnostic = Diagnostic::new(Code::LockFile, Default::default(), format!("{} {what}", path.display()));
    let diagnostic = diagnostic.with_help("`sentrac fetch` brings it up to date");
    Box::new(Rejected { diagnostics: vec![diagnostic], sources: Vec::new() })
}

fn shown(source: &Source) -> String {
    match source {
        Source::Path(path) => path.clone(),
        Source::Git(git) => format!("{}, {}", git.url, git.reference),
    }
}
