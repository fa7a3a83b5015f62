//! The packages that a project needs, each once however many ways lead to it: found from its `sentra.toml` on, with
//! `sentra.lock` deciding what of a repository is meant.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::Access;
use super::cache::Cache;
use super::folder::{self, own};
use crate::compile::Rejected;
use crate::diagnostic::{Code, Diagnostic};
use crate::load::{SourceText, plain, read_source};
use crate::package::lock::{Lock, Locked};
use crate::package::source::{Git, Reference, Source};
use crate::package::tree::Tree;
use crate::package::{self, Dependency, FILE, Package};

/// A project has no more packages than this.
const MOST: usize = 1_000;
/// The longest chain of packages of which each needs the next.
const LONGEST_CHAIN: usize = 100;

/// A package in its place.
#[derive(Debug)]
pub(super) struct Node {
    pub package: Package,
    /// Its `sentra.toml`.
    pub text: SourceText,
    pub folder: PathBuf,
    pub origin: Origin,
    /// Its files, if they come from a repository: as they were when their hash was looked at.
    pub tree: Option<Tree>,
    /// The hash of its files, if it is known.
    pub hash: Option<String>,
    /// What it imports by which name.
    pub dependencies: BTreeMap<String, usize>,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The program's own; `sentra.lock` lies beside it.
    Root,
    /// A folder, by its way from the project's.
    Folder(String),
    /// A commit of a repository; its URL is what `sentra.lock` has, and the one that Git is asked for.
    Git { git: Git, asked: String, commit: String },
}

impl Node {
    pub fn is_root(&self) -> bool {
        self.origin == Origin::Root
    }

    /// The way from the project's folder to this one.
    fn way(&self) -> &str {
        match &self.origin {
            Origin::Folder(way) => way,
            _ => "",
        }
    }
}

/// A package that was found and not yet read.
struct Place {
    folder: PathBuf,
    origin: Origin,
    /// The hash that it has to have.
    expected: Option<String>,
}

/// How a project is looked through.
pub(super) struct Search<'l> {
    pub access: Access,
    /// What `sentra.lock` says.
    pub lock: &'l Lock,
    /// Whether hashes of folders are taken anew and commits unpacked again.
    pub renew: bool,
    pub nodes: Vec<Node>,
    /// What `sentra.lock` should say.
    pub used: BTreeSet<Locked>,
    /// What was fetched.
    pub notes: Vec<String>,
    known: HashMap<PathBuf, usize>,
    chain: Vec<usize>,
    cache: Option<Cache>,
}

/// A reason and what may be done about it.
type Reason = (Code, String, Option<String>);

fn missing(message: impl Into<String>) -> Reason {
    (Code::DependencyMissing, message.into(), None)
}

impl<'l> Search<'l> {
    pub fn new(access: Access, lock: &'l Lock, renew: bool) -> Self {
        let (nodes, used, notes) = Default::default();
        Self { access, lock, renew, nodes, used, notes, known: HashMap::new(), chain: Vec::new(), cache: None }
    }

    /// Finds everything that the package in a folder needs.
    pub fn run(&mut self, folder: &Path) -> Result<(), Box<Rejected>> {
        let path = plain(&folder.join(FILE));
        let text = read_source(&path).map_err(|reason| alone(&path, reason))?;
        let place = Place { folder: plain(folder), origin: Origin::Root, expected: None };
        let root = self.node(place, path, text, None)?;
        self.enter(root, own(folder).canonicalize().unwrap_or_default())
    }

    /// Finds what a package needs that was just read; returns when all of it is there.
    fn enter(&mut self, node: Node, identity: PathBuf) -> Result<(), Box<Rejected>> {
        let id = self.nodes.len();
        let dependencies = node.package.dependencies.clone();
        self.nodes.push(node);
        self.known.insert(identity, id);
        self.chain.push(id);
        for dependency in &dependencies {
            let other = self.dependency(id, dependency)?;
            self.nodes[id].dependencies.insert(dependency.name.clone(), other);
        }
        self.chain.pop();
        Ok(())
    }

    fn dependency(&mut self, id: usize, dependency: &Dependency) -> Result<usize, Box<Rejected>> {
        let place = self.place(id, dependency).map_err(|reason| self.refused(id, dependency, reason))?;
        let reason = |error: std::io::Error| missing(crate::load::reason(&error));
        let identity =
            own(&place.folder).canonicalize().map_err(|error| self.refused(id, dependency, reason(error)))?;
        let (origin, expected) = (place.origin.clone(), place.expected.clone());
        let other = match self.known.get(&identity) {
            Some(&known) if self.chain.contains(&known) => return Err(self.cycle(id, dependency, known)),
            Some(&known) => known,
            None => self.read(id, dependency, place, identity)?,
        };
        self.note_used(other, &origin, expected).map_err(|reason| self.refused(id, dependency, reason))?;
        Ok(other)
    }

    /// Reads a package that is met for the first time.
    fn read(
        &mut self,
        id: usize,
        dependency: &Dependency,
        place: Place,
        identity: PathBuf,
    ) -> Result<usize, Box<Rejected>> {
        if self.nodes.len() >= MOST || self.chain.len() >= LONGEST_CHAIN {
            let message = format!("a project has at most {MOST} packages, {LONGEST_CHAIN} in a chain");
            return Err(self.refused(id, dependency, missing(message)));
        }
        let path = plain(&place.folder.join(FILE));
        let (text, tree) = self.files(&place).map_err(|reason| self.refused(id, dependency, reason))?;
        let node = self.node(place, path, text, tree)?;
        let other = self.nodes.len();
        self.enter(node, identity)?;
        Ok(other)
    }

    /// The `sentra.toml` of a package, and all of its files where they have to have a hash.
    fn files(&self, place: &Place) -> Result<(Vec<u8>, Option<Tree>), Reason> {
        let none = || missing(format!("{} has no {FILE}, so it is no package", place.folder.display()));
        if !matches!(place.origin, Origin::Git { .. }) {
            return Ok((folder::file(&place.folder, FILE).ok_or_else(none)?, None));
        }
        let tree = folder::read(&place.folder).map_err(missing)?;
        let text = tree.get(FILE).ok_or_else(none)?.to_vec();
        Ok((text, Some(tree)))
    }

    fn node(&self, place: Place, path: PathBuf, text: Vec<u8>, tree: Option<Tree>) -> Result<Node, Box<Rejected>> {
        let text = SourceText { path: path.to_string_lossy().into_owned(), text };
        let hash = tree.as_ref().map(Tree::hash);
        match package::read(&text.text) {
            Ok(package) => {
                let Place { folder, origin, .. } = place;
                Ok(Node { package, text, folder, origin, tree, hash, dependencies: BTreeMap::new() })
            }
            Err(diagnostics) => Err(Box::new(Rejected { diagnostics, sources: vec![text] })),
        }
    }

    /// Where a dependency is. What comes from a repository is there afterwards.
    fn place(&mut self, id: usize, dependency: &Dependency) -> Result<Place, Reason> {
        let parent = &self.nodes[id];
        match (&dependency.source, parent.origin.clone()) {
            (Source::Path(path), Origin::Git { git, asked, commit }) => {
                let subdir = plain(&Path::new(&git.subdir).join(path));
                let within = !Path::new(path).is_absolute() && !subdir.starts_with("..");
                let subdir = subdir.to_str().filter(|_| within);
                let subdir = subdir.ok_or_else(|| missing(format!("`{path}` is outside of the repository")))?;
                self.checkout(Git { subdir: subdir.replace('\\', "/"), ..git }, asked, Some(commit))
            }
            (Source::Path(path), _) => {
                let folder = plain(&parent.folder.join(path));
                if !own(&folder).is_dir() {
                    return Err(missing(format!("there is no folder {}", folder.display())));
                }
                let way = plain(&Path::new(parent.way()).join(path)).to_string_lossy().into_owned();
                let expected = self.lock.path(&way).map(|locked| locked.hash.clone());
                Ok(Place { folder, origin: Origin::Folder(way), expected })
            }
            (Source::Git(git), Origin::Git { git: outer, .. })
                if git.is_local() && (git.url.starts_with('.') || !outer.is_local()) =>
            {
                Err(missing(format!("a package from a repository cannot ask for {} of this machine", git.url)))
            }
            (Source::Git(git), _) => {
                let (named, asked) = self.addresses(parent, &git.url)?;
                self.checkout(Git { url: named, ..git.clone() }, asked, None)
            }
        }
    }

    /// A repository's address as `sentra.lock` has it and as Git gets it: a path is relative to the project there, and
    /// whole here.
    fn addresses(&self, parent: &Node, url: &str) -> Result<(String, String), Reason> {
        if !url.starts_with('.') {
            return Ok((url.to_owned(), url.to_owned()));
        }
        let way = plain(&Path::new(parent.way()).join(url));
        let named = if way.starts_with("..") { way.clone() } else { Path::new(".").join(&way) };
        let asked = std::path::absolute(plain(&parent.folder.join(url)));
        let asked = asked.map_err(|error| missing(crate::load::reason(&error)))?;
        Ok((named.to_string_lossy().into_owned(), plain(&asked).to_string_lossy().into_owned()))
    }

    /// The folder of a package in a commit, which is fetched if that may be.
    fn checkout(&mut self, git: Git, asked: String, commit: Option<String>) -> Result<Place, Reason> {
        let locked = self.lock.git(&git);
        if locked.is_none() && self.access.locked {
            let message = format!("{FILE} needs {}, {}, which sentra.lock does not have", git.url, git.reference);
            return Err((Code::LockFile, message, Some("`sentrac fetch` brings sentra.lock up to date".to_owned())));
        }
        let expected = locked.map(|locked| locked.hash.clone());
        let commit = commit.or_else(|| self.lock.commit(&git).map(str::to_owned));
        if locked.is_none() && !self.access.write {
            let help = "`sentrac fetch` fetches it and writes sentra.lock".to_owned();
            return Err((Code::DependencyMissing, format!("{} is not in sentra.lock", git.url), Some(help)));
        }
        let refused = |reason: String| {
            let help = (!self.access.network).then(|| "`sentrac fetch` fetches it".to_owned());
            (Code::DependencyMissing, format!("{}: {reason}", git.url), help)
        };
        if self.cache.is_none() {
            self.cache = Some(Cache::find().map_err(missing)?);
        }
        let cache = self.cache.as_mut().expect("it was just found");
        let network = self.access.network;
        let commit = match commit {
            Some(commit) => {
                if network && !cache.has(&asked, &commit) {
                    look_for_moves(cache, &asked, &git, &commit, &mut self.notes).map_err(refused)?;
                }
                commit
            }
            None => {
                let commit = cache.resolve(&asked, &git.reference, network).map_err(refused)?;
                self.notes.push(format!("{}: {} is commit {commit}", git.url, git.reference));
                commit
            }
        };
        let fresh = self.access.write && (expected.is_none() || self.renew);
        let folder = cache.checkout(&asked, &commit, network, fresh).map_err(refused)?;
        let folder = if git.subdir.is_empty() { folder } else { folder.join(&git.subdir) };
        if !folder.is_dir() {
            return Err(missing(format!("{} has no folder `{}` with a package in it", git.url, git.subdir)));
        }
        Ok(Place { folder, origin: Origin::Git { git, asked, commit }, expected })
    }

    /// Compares a package with what `sentra.lock` says of it, and takes note of what it should say.
    fn note_used(&mut self, id: usize, origin: &Origin, expected: Option<String>) -> Result<(), Reason> {
        let node = &mut self.nodes[id];
        let (source, commit) = match origin {
            Origin::Root => return Ok(()),
            Origin::Git { git, commit, .. } => (Source::Git(git.clone()), Some(commit.clone())),
            Origin::Folder(way) => {
                // People change the folders beside their project all the time.
                let matters = self.access.locked || self.renew || (self.access.write && expected.is_none());
                if node.hash.is_none() && matters {
                    node.hash = Some(folder::read(&node.folder).map_err(missing)?.hash());
                }
                (Source::Path(way.clone()), None)
            }
        };
        let checked = self.access.locked || commit.is_some();
        let hash = node.hash.clone().or_else(|| expected.clone()).unwrap_or_default();
        if let Some(expected) = expected.filter(|expected| checked && *expected != hash) {
            let place = node.folder.display();
            let message = format!("the files in {place} have the hash {hash}; sentra.lock says {expected}");
            return Err((Code::HashMismatch, message, Some(remedy(commit.is_some(), self.renew))));
        }
        let (name, version) = (node.package.name.clone(), node.package.version.clone());
        self.used.insert(Locked { name, version, source, commit, hash });
        Ok(())
    }

    fn refused(&self, id: usize, dependency: &Dependency, (code, message, help): Reason) -> Box<Rejected> {
        let message = format!("`{}`: {message}", dependency.name);
        let diagnostic = Diagnostic { help, ..Diagnostic::new(code, dependency.span, message) };
        Box::new(Rejected { diagnostics: vec![diagnostic], sources: vec![self.nodes[id].text.clone()] })
    }

    fn cycle(&self, id: usize, dependency: &Dependency, known: usize) -> Box<Rejected> {
        let start = self.chain.iter().position(|open| *open == known).unwrap_or(0);
        let names = self.chain[start..].iter().chain([&known]).map(|id| self.nodes[*id].package.name.as_str());
        let message = format!("packages depend on each other: {}", names.collect::<Vec<_>>().join(" → "));
        self.refused(id, dependency, (Code::PackageCycle, message, None))
    }
}

/// Says so if a tag that has to be fetched anyway names another commit than it did; the locked one is used.
fn look_for_moves(cache: &Cache, asked: &str, git: &Git, commit: &str, notes: &mut Vec<String>) -> Result<(), String> {
    notes.push(format!("{}: commit {commit} is fetched", git.url));
    if !matches!(git.reference, Reference::Tag(_)) {
        return Ok(());
    }
    let now = cache.resolve(asked, &git.reference, true)?;
    if now != commit {
        notes.push(format!("warning: {} of {} has moved to commit {now}", git.reference, git.url));
    }
    Ok(())
}

/// What may be done about files that are not those of `sentra.lock`.
fn remedy(from_repository: bool, renewed: bool) -> String {
    match (from_repository, renewed) {
        (true, false) => "`sentrac fetch` gets them again".to_owned(),
        (true, true) => {
            "they were just unpacked: `sentrac update` takes them, if they are what they should be".to_owned()
        }
        (false, _) => "`sentrac fetch` takes what is there now".to_owned(),
    }
}

/// What is wrong with a file as a whole.
pub(super) fn alone(path: &Path, reason: String) -> Box<Rejected> {
    let message = format!("{}: {reason}", path.display());
    let diagnostic = Diagnostic::new(Code::DependencyMissing, Default::default(), message);
    Box::new(Rejected { diagnostics: vec![diagnostic], sources: Vec::new() })
}

/// Draws what a package depends on; what is drawn already is only named.
pub(super) fn draw(nodes: &[Node], root: &Node, text: &mut String) {
    let mut drawn = BTreeSet::new();
    *text += &format!("{} {}\n", root.package.name, root.package.version);
    let mut waiting: Vec<(String, usize, usize)> = inner(root, 1);
    while let Some((name, id, depth)) = waiting.pop() {
        let node = &nodes[id];
        let (own, from) = (&node.package, origin(node));
        let alias = if name == own.name { String::new() } else { format!(" (as {name})") };
        let again = !drawn.insert(id) && !node.dependencies.is_empty();
        let mark = if again { " …" } else { "" };
        *text += &format!("{}{} {}{alias}  {from}{mark}\n", "  ".repeat(depth), own.name, own.version);
        if !again {
            waiting.extend(inner(node, depth + 1));
        }
    }
}

/// The dependencies of a node, the last one first.
fn inner(node: &Node, depth: usize) -> Vec<(String, usize, usize)> {
    node.dependencies.iter().rev().map(|(name, id)| (name.clone(), *id, depth)).collect()
}

fn origin(node: &Node) -> String {
    match &node.origin {
        Origin::Root => String::new(),
        Origin::Folder(way) => way.clone(),
        Origin::Git { git, commit, .. } => {
            let subdir = if git.subdir.is_empty() { String::new() } else { format!(" {}", git.subdir) };
            format!("{}{subdir} {}", git.url, &commit[..12])
        }
    }
}
