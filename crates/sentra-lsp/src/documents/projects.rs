//! The packages of the programs that are edited, as `sentra.lock` has them: nothing is fetched while somebody types.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use sentra_compiler::load::{FileLoader, Loader, beside, read_source};
use sentra_compiler::package::{self, FILE, lock};
use sentra_compiler::project::{Project, look, root_of};

/// More projects than this are not remembered.
const MOST: usize = 64;

/// When its two files were changed.
type Stamp = [Option<SystemTime>; 2];

/// What is known of the projects, by their folders.
#[derive(Default)]
pub(super) struct Projects(RefCell<HashMap<PathBuf, (Stamp, Rc<Known>)>>);

/// A project, or why it cannot be had.
enum Known {
    Sound(Project),
    Broken { reason: String, dependencies: Vec<String> },
}

impl Projects {
    fn of(&self, program: &str) -> Option<Rc<Known>> {
        let root = root_of(program)?;
        let changed = |name: &str| root.join(name).metadata().and_then(|data| data.modified()).ok();
        let stamp = [changed(FILE), changed(lock::FILE)];
        let mut known = self.0.borrow_mut();
        if let Some((_, project)) = known.get(&root).filter(|(seen, _)| *seen == stamp) {
            return Some(project.clone());
        }
        let project = Rc::new(open(&root));
        // What is missing may come without a change to these files.
        if matches!(*project, Known::Sound(_)) {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(root, (stamp, project.clone()));
        }
        Some(project)
    }

    /// Where an import leads.
    pub fn locate(&self, path: &str, from: &str) -> PathBuf {
        match named(path).then(|| self.of(from)).flatten().as_deref() {
            Some(Known::Sound(project)) => project.locate(path, from),
            _ => beside(path, from),
        }
    }

    /// Reads what is imported.
    pub fn load(&self, path: &str, from: &str) -> Result<(String, Vec<u8>), String> {
        match named(path).then(|| self.of(from)).flatten().as_deref() {
            Some(Known::Sound(project)) => project.imported(path, from),
            Some(Known::Broken { reason, .. }) => FileLoader.load(path, from).map_err(|_| reason.clone()),
            None => FileLoader.load(path, from),
        }
    }

    /// The packages that a file may import.
    pub fn dependencies(&self, from: &str) -> Vec<String> {
        match self.of(from).as_deref() {
            Some(Known::Sound(project)) => project.dependencies(from),
            Some(Known::Broken { dependencies, .. }) => dependencies.clone(),
            None => Vec::new(),
        }
    }
}

/// Whether a path may begin with the name of a package.
fn named(path: &str) -> bool {
    !path.starts_with(['.', '/'])
}

fn open(root: &Path) -> Known {
    look(root).map(Known::Sound).unwrap_or_else(|rejected| {
        let first = rejected.diagnostics.first();
        let reason = first.map(|diagnostic| diagnostic.message.clone()).unwrap_or_default();
        let read = read_source(&root.join(FILE)).ok().and_then(|text| package::read(&text).ok());
        let dependencies = read.unwrap_or_default().dependencies;
        Known::Broken { reason, dependencies: dependencies.into_iter().map(|known| known.name).collect() }
    })
}
