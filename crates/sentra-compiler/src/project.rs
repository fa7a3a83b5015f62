//! The packages that a program is made of: found from its file upwards, checked against `sentra.lock`, and what its
//! imports lead to. Whether anything may be fetched or written is the caller's [`Access`].

mod cache;
mod change;
mod find;
mod folder;
mod git;
mod graph;
mod locking;
mod process;
mod unpack;

use std::path::{Path, PathBuf};

use crate::compile::{CompileOptions, Compiled, Rejected, compile};
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::{FileLoader, Loader, SourceText, beside, plain, read_source, with_ending};
use crate::package::lock::Lock;
use crate::package::name::check_path;
pub use change::{add, relative, remove, update};
pub use find::root_of;
use graph::Node;
pub use locking::{fetch, look, main_of, open};

/// What may be done to have the packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Repositories may be asked.
    pub network: bool,
    /// `sentra.lock` may be written.
    pub write: bool,
    /// `sentra.lock` has to be there and to fit exactly.
    pub locked: bool,
}

impl Access {
    /// What is there is used as it is.
    pub const LOOK: Self = Self { network: false, write: false, locked: false };
    /// What is missing is fetched.
    pub const FETCH: Self = Self { network: true, write: true, locked: false };
}

/// The packages of a program; none if it belongs to none.
#[derive(Debug, Default)]
pub struct Project {
    /// The program's own package first.
    nodes: Vec<Node>,
    /// What `sentra.lock` says of them, or would.
    lock: Lock,
    /// What was done beside looking, in sentences.
    pub notes: Vec<String>,
}

/// Compiles a program with its packages, and tells what was done to have them. Warnings about packages that it
/// imports are left out.
///
/// # Errors
/// When the packages cannot be had, or the program does not compile.
pub fn compile_with(
    path: &str,
    text: &[u8],
    access: Access,
    options: &CompileOptions,
    tell: &mut dyn FnMut(&str),
) -> Result<Compiled, Box<Rejected>> {
    let mut project = open(path, access)?;
    project.notes.iter().for_each(|note| tell(note));
    match compile(path, text, &mut project, options) {
        Ok(mut compiled) => {
            project.keep_own(&mut compiled.warnings, &compiled.sources);
            Ok(compiled)
        }
        Err(mut rejected) => {
            project.keep_own(&mut rejected.diagnostics, &rejected.sources);
            Err(rejected)
        }
    }
}

/// Where an import leads.
struct Target<'p> {
    node: Option<&'p Node>,
    path: PathBuf,
}

impl Project {
    fn keep_own(&self, diagnostics: &mut Vec<Diagnostic>, sources: &[SourceText]) {
        diagnostics.retain(|diagnostic| {
            let source = sources.get(diagnostic.source as usize);
            diagnostic.code.severity() == Severity::Error || source.is_none_or(|source| self.is_own(&source.path))
        });
    }

    /// Whether a file belongs to no package that is only imported.
    pub fn is_own(&self, path: &str) -> bool {
        self.owner(path).is_none_or(|node| node.is_root())
    }

    /// The package that a file belongs to: the one with the longest way to it.
    fn owner(&self, path: &str) -> Option<&Node> {
        let path = Path::new(path);
        let around = self.nodes.iter().filter(|node| path.starts_with(&node.folder));
        around.max_by_key(|node| node.folder.components().count()).or(self.nodes.first())
    }

    /// Where an import in the file `from` leads, without the ending that may be left out. A path whose first name is
    /// that of a dependency leads there; `./` makes it a file's.
    fn target(&self, path: &str, from: &str) -> Result<Target<'_>, String> {
        let owner = self.owner(from);
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let dependency = owner.and_then(|owner| owner.dependencies.get(first));
        if let Some(node) = dependency.map(|id| &self.nodes[*id]) {
            let inside = if rest.is_empty() { &node.package.main } else { rest };
            check_path(inside)?;
            return Ok(Target { node: Some(node), path: plain(&node.folder.join(inside)) });
        }
        let wanted = beside(path, from);
        match owner {
            Some(owner) if !owner.is_root() && !wanted.starts_with(&owner.folder) => {
                Err(format!("it is outside of the package `{}`", owner.package.name))
            }
            _ => Ok(Target { node: owner, path: wanted }),
        }
    }

    /// The path that an import in the file `from` leads to, whether or not something is there; the ending may be
    /// missing.
    pub fn locate(&self, path: &str, from: &str) -> PathBuf {
        self.target(path, from).map_or_else(|_| beside(path, from), |target| target.path)
    }

    /// Finds and reads a file that another imports.
    ///
    /// # Errors
    /// Why there is none.
    pub fn imported(&self, path: &str, from: &str) -> Result<(String, Vec<u8>), String> {
        if self.nodes.is_empty() {
            return FileLoader.load(path, from);
        }
        let target = self.target(path, from)?;
        Self::read(&target).map_err(|reason| format!("{}: {reason}", target.path.display()))
    }

    /// Reads from the files that were checked where there are such, else from the disk.
    fn read(target: &Target<'_>) -> Result<(String, Vec<u8>), String> {
        let Some(node) = target.node.filter(|node| !node.is_root()) else {
            let found = with_ending(&target.path);
            return Ok((found.to_string_lossy().into_owned(), read_source(&found)?));
        };
        let inside = target.path.strip_prefix(&node.folder).map_err(|_| "outside of its package")?;
        let inside = inside.to_str().ok_or("a name that is not UTF-8")?;
        let with_sn = format!("{inside}.sn");
        let names = [inside, with_sn.as_str()];
        let found = match &node.tree {
            Some(tree) => names.iter().find_map(|name| Some((*name, tree.get(name)?.to_vec()))),
            None => names.iter().find_map(|name| folder::file(&node.folder, name).map(|text| (*name, text))),
        };
        let (name, text) = found.ok_or_else(|| format!("no such file in the package `{}`", node.package.name))?;
        Ok((node.folder.join(name).to_string_lossy().into_owned(), text))
    }

    /// The packages that a package depends on, as a tree in lines.
    pub fn tree(&self) -> String {
        let mut text = String::new();
        if let Some(root) = self.nodes.first() {
            graph::draw(&self.nodes, root, &mut text);
        }
        text
    }
}

impl Loader for Project {
    fn load(&mut self, path: &str, from: &str) -> Result<(String, Vec<u8>), String> {
        self.imported(path, from)
    }

    fn dependencies(&self, from: &str) -> Vec<String> {
        self.owner(from).map(|owner| owner.dependencies.keys().cloned().collect()).unwrap_or_default()
    }
}
