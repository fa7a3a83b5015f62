//! The commands about packages, and how every command that compiles may have them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sentra_compiler::command_line::Parsed;
use sentra_compiler::compile::Rejected;
use sentra_compiler::package::FILE;
use sentra_compiler::package::name::check_dependency;
use sentra_compiler::package::source::{self, Git, Reference, Source};
use sentra_compiler::project::{self, Access, Project};
use sentra_compiler::render::render;

use super::{Failure, colour, complain, complain_of, print};

/// What the flags allow.
pub(super) fn access(parsed: &Parsed) -> Access {
    let locked = parsed.has("locked");
    Access { network: !parsed.has("offline"), write: !locked, locked }
}

/// Tells what was done beside what was asked for.
pub(super) fn tell(note: &str) {
    complain(note);
}

/// The folder of the package that the current one belongs to.
fn root() -> Result<PathBuf, Failure> {
    project::root_of("").ok_or_else(|| {
        let message = format!("error: there is no {FILE} here or in a folder above; `sentrac new` makes a package");
        Failure::Other(message)
    })
}

/// The main module of the package that the current folder belongs to.
pub(super) fn main_file() -> Result<OsString, Failure> {
    let main = project::main_of(&root()?).map_err(shown)?;
    Ok(main.into_os_string())
}

/// Shows why packages cannot be had.
fn shown(rejected: impl std::ops::Deref<Target = Rejected>) -> Failure {
    complain_of(&render(&rejected.diagnostics, &rejected.sources, colour()));
    Failure::Quiet
}

fn done(project: Result<Project, Box<Rejected>>) -> Result<(), Failure> {
    project.map_err(shown)?.notes.iter().for_each(|note| tell(note));
    Ok(())
}

pub(super) fn add(parsed: &Parsed) -> Result<(), Failure> {
    let wrong = |message: String| Failure::Other(format!("error: {message}\nTry `sentrac add --help`.\n"));
    let root = root()?;
    let name = parsed.text(0).unwrap_or_default();
    check_dependency(&name).map_err(|(reason, help)| {
        let help = help.map(|help| format!("; {help}")).unwrap_or_default();
        wrong(format!("{reason}{help}"))
    })?;
    let source = source(parsed, &root).map_err(wrong)?;
    done(project::add(&root, &name, &source, access(parsed)))
}

/// What the flags say of where a package comes from.
fn source(parsed: &Parsed, root: &Path) -> Result<Source, String> {
    let text = |flag: &str| parsed.value(flag).map(|value| value.to_string_lossy().into_owned());
    let references =
        [text("tag").map(Reference::Tag), text("rev").map(Reference::Rev), text("branch").map(Reference::Branch)];
    let mut references = references.into_iter().flatten();
    let (reference, more) = (references.next(), references.next().is_some());
    match (text("path"), text("git")) {
        _ if more => Err("one of --tag, --rev and --branch says which commit".to_owned()),
        (Some(_), None) if reference.is_some() || parsed.has("subdir") => {
            Err("--tag, --rev, --branch and --subdir belong to --git".to_owned())
        }
        (Some(path), None) => Ok(Source::Path(from_root(&path, root)?)),
        (None, Some(url)) => {
            let url = if url.starts_with('.') { from_root(&url, root)? } else { url };
            source::check_url(&url)?;
            let subdir = text("subdir").unwrap_or_default();
            Ok(Source::Git(Git { url, reference: reference.unwrap_or(Reference::Head), subdir }))
        }
        _ => Err("either --path or --git says where the package is".to_owned()),
    }
}

/// A path that is relative to the current folder, as the package has to say it.
fn from_root(path: &str, root: &Path) -> Result<String, String> {
    if Path::new(path).is_absolute() {
        return Ok(path.to_owned());
    }
    let way = project::relative(root, Path::new(path)).map_err(|_| format!("there is no folder {path}"))?;
    let way = way.to_str().ok_or("a path that is not UTF-8")?;
    Ok(if way.starts_with('.') { way.to_owned() } else { format!("./{way}") })
}

pub(super) fn remove(parsed: &Parsed) -> Result<(), Failure> {
    done(project::remove(&root()?, &parsed.text(0).unwrap_or_default(), access(parsed)))
}

pub(super) fn update(parsed: &Parsed) -> Result<(), Failure> {
    let names: Vec<String> = parsed.operands.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    done(project::update(&root()?, &names, Access::FETCH))
}

pub(super) fn fetch(parsed: &Parsed) -> Result<(), Failure> {
    done(project::fetch(&root()?, access(parsed)))
}

pub(super) fn tree(_: &Parsed) -> Result<(), Failure> {
    print(project::look(&root()?).map_err(shown)?.tree().as_bytes())
}
