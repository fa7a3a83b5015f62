//! Where packages from repositories are kept: for each repository what was fetched of it, and the files of the
//! commits that were used. All projects of a user share it.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::git::Repository;
use super::unpack::unpack;
use crate::load::reason;
use crate::package::source::Reference;
use crate::package::tree::short;

/// The folder, and what this process has already unpacked in it.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    unpacked: HashSet<PathBuf>,
}

impl Cache {
    /// The user's: `$SENTRA_CACHE`, else `sentra` in the folder for what can be had again.
    pub fn find() -> Result<Self, String> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // Paths in it go into programs, so they are whole.
        let whole = |path: PathBuf| std::path::absolute(&path).ok();
        let user = || set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("sentra"));
        let home = || set("HOME").map(|home| home.join(".cache/sentra"));
        let folder = set("SENTRA_CACHE").and_then(whole).or_else(user).or_else(home);
        let folder = folder.ok_or("there is no folder to keep packages in: neither SENTRA_CACHE nor HOME is set")?;
        Ok(Self { folder, unpacked: HashSet::new() })
    }

    fn repository(&self, url: &str) -> Result<Repository, String> {
        Repository::open(&self.folder.join("git").join(short(url)))
    }

    /// The commit that a reference of a repository stands for: now, or when it was last asked.
    pub fn resolve(&self, url: &str, reference: &Reference, network: bool) -> Result<String, String> {
        let _held = self.hold(url)?;
        let repository = self.repository(url)?;
        match network {
            true => repository.fetch(url, reference),
            false => repository.known(reference).ok_or_else(|| "it has not been fetched yet".to_owned()),
        }
    }

    /// The folder with a commit's files. They are unpacked if they are not there, or if they are to be `fresh`.
    pub fn checkout(&mut self, url: &str, commit: &str, network: bool, fresh: bool) -> Result<PathBuf, String> {
        let folder = self.folder.join("trees").join(short(url)).join(commit);
        if folder.is_dir() && (!fresh || self.unpacked.contains(&folder)) {
            return Ok(folder);
        }
        let _held = self.hold(url)?;
        let repository = self.repository(url)?;
        if !repository.has(commit) {
            if !network {
                return Err("it has not been fetched yet".to_owned());
            }
            repository.fetch(url, &Reference::Rev(commit.to_owned()))?;
        }
        let new = self.folder.join(format!("new-{}-{}", short(url), std::process::id()));
        let replaced = unpack(&repository, commit, &new)
            .and_then(|()| replace(&folder, &new).map_err(|error| format!("{}: {}", folder.display(), reason(&error))));
        // What was not moved away is of no use; nothing is left if it was.
        let _ = std::fs::remove_dir_all(&new);
        replaced?;
        self.unpacked.insert(folder.clone());
        Ok(folder)
    }

    /// Whether a commit is here.
    pub fn has(&self, url: &str, commit: &str) -> bool {
        let folder = self.folder.join("trees").join(short(url)).join(commit);
        folder.is_dir() || self.repository(url).is_ok_and(|repository| repository.has(commit))
    }

    /// Keeps other processes from a repository for as long as the result lives.
    fn hold(&self, url: &str) -> Result<File, String> {
        let folder = self.folder.join("git");
        let held = std::fs::create_dir_all(&folder).and_then(|()| {
            let file = File::create(folder.join(format!("{}.lock", short(url))))?;
            file.lock().map(|()| file)
        });
        held.map_err(|error| format!("{}: {}", folder.display(), reason(&error)))
    }
}

/// Puts a folder in the place of another, which may not be there.
fn replace(folder: &Path, new: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder.parent().unwrap_or(folder))?;
    if folder.exists() {
        let mut old = new.as_os_str().to_owned();
        old.push(".old");
        std::fs::rename(folder, &old)?;
        std::fs::remove_dir_all(&old)?;
    }
    std::fs::rename(new, folder)
}
