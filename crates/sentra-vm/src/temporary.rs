//! Temporary folders: they end with the VM that made them, and with the process where that ends
//! itself. Folders are made by other threads; nothing here waits for them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All that are there, for the process that ends itself.
static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The folders of one VM.
#[derive(Default)]
pub(crate) struct Temporary(Arc<Mutex<Folders>>);

#[derive(Default)]
struct Folders {
    paths: Vec<PathBuf>,
    over: bool,
}

/// Makes folders for a VM that may be gone by then.
pub(crate) struct Maker(Arc<Mutex<Folders>>);

impl Temporary {
    /// What makes them, on any thread.
    pub fn maker(&self) -> Maker {
        Maker(Arc::clone(&self.0))
    }
}

impl Maker {
    /// Makes a folder that nobody else can read, beneath `parent`.
    pub fn make(&self, parent: &Path) -> io::Result<PathBuf> {
        let mut folders = lock(&self.0);
        if folders.over {
            return Err(io::Error::other("the program has ended"));
        }
        let path = create(parent)?;
        folders.paths.push(path.clone());
        lock(&ALL).push(path.clone());
        Ok(path)
    }
}

/// Makes a folder with a new name that nobody else can read; who makes it removes it.
pub(crate) fn create(parent: &Path) -> io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let mut path = PathBuf::new();
    under_new_name(|name| {
        path = parent.join(name);
        fs::DirBuilder::new().mode(0o700).create(&path)
    })?;
    Ok(path)
}

/// Makes something under the first of some unguessable names that is free.
pub(crate) fn under_new_name<T>(mut make: impl FnMut(String) -> io::Result<T>) -> io::Result<T> {
    loop {
        let number = getrandom::u64().map_err(|error| io::Error::other(error.to_string()))?;
        match make(format!("sentra-{number:016x}")) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut folders = lock(&self.0);
        folders.over = true;
        for path in folders.paths.drain(..) {
            remove(&path);
            lock(&ALL).retain(|other| *other != path);
        }
    }
}

/// Removes the folders of all VMs: the process is about to end itself.
pub(crate) fn remove_all() {
    lock(&ALL).drain(..).for_each(|path| remove(&path));
}

/// What a script has protected from itself stays; nobody is left to tell.
fn remove(path: &Path) {
    let _ = fs::remove_dir_all(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_end_with_their_owner() {
        let owner = Temporary::default();
        let maker = owner.maker();
        let path = maker.make(&std::env::temp_dir()).expect("a temporary folder can be made");
        fs::write(path.join("file"), "content").expect("it can be written to");
        drop(owner);
        assert!(!path.exists());
        assert!(maker.make(&std::env::temp_dir()).is_err());
    }
}
