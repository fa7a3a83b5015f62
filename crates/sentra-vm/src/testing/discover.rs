//! Finds test files, and the tests in them: a file is compiled, not run.

use std::fs;
use std::path::{Path, PathBuf};

use sentra_compiler::compile::CompileOptions;
use sentra_compiler::load::{read_source, reason};
use sentra_compiler::package::FILE;

use super::{Settings, Test};
use crate::output::colour_wanted;
use crate::program::{Program, text_of};

/// How the name of a file with tests ends.
const SUFFIX: &str = "_test.sn";
/// How the name of a function that is a test begins.
const PREFIX: &str = "test_";
/// The name of the one test of a file without such functions.
pub(super) const TOP_LEVEL: &str = "top level";

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub tests: Vec<Test>,
    pub broken: Vec<Broken>,
}

/// A file that does not compile.
#[derive(Debug)]
pub(super) struct Broken {
    pub file: String,
    pub report: String,
}

/// The tests that the settings ask for, by file and then as they are declared.
pub(super) fn find(settings: &Settings) -> Result<Found, String> {
    let mut files = Vec::new();
    for path in &settings.paths {
        collect(path, &mut files).map_err(|error| format!("error: {}: {}", path.display(), reason(&error)))?;
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    let mut found = Found::default();
    for path in &files {
        inspect(path, &mut found);
    }
    let all = found.tests.len();
    found.tests.retain(|test| test.id().contains(&settings.filter));
    if found.tests.is_empty() && found.broken.is_empty() {
        return Err(match (all, files.len()) {
            (0, _) => format!("error: no tests: no file named *{SUFFIX} in {}", listed(&settings.paths)),
            (all, _) => format!("error: none of {all} tests has `{}` in FILE::NAME", settings.filter),
        });
    }
    Ok(found)
}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Adds a file, or the test files beneath a folder. Hidden folders, links to folders and other packages are left out.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let inside = if path == Path::new(".") { PathBuf::from(&name) } else { path.join(&name) };
        let name = name.to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') && !inside.join(FILE).is_file() {
            collect(&inside, files)?;
        } else if !kind.is_dir() && name.ends_with(SUFFIX) {
            files.push(inside);
        }
    }
    Ok(())
}

fn inspect(path: &Path, found: &mut Found) {
    let file = path.to_string_lossy().into_owned();
    match names(path, &file) {
        Ok(names) => found.tests.extend(names.into_iter().map(|name| Test { file: file.clone(), name })),
        Err(report) => found.broken.push(Broken { file, report }),
    }
}

/// The names of a file's tests.
fn names(path: &Path, shown: &str) -> Result<Vec<String>, String> {
    let source = read_source(path).map_err(|reason| format!("error: {shown}: {reason}\n"))?;
    let colour = colour_wanted(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    let options = CompileOptions { session: Some(Vec::new()), ..CompileOptions::default() };
    let program = Program::compile(shown, source, options, colour).map_err(|rejected| text_of(&rejected, colour))?;
    let functions = program.names.into_iter().filter(|name| name.function && name.name.starts_with(PREFIX));
    let mut names: Vec<String> = functions.map(|name| name.name).collect();
    if names.is_empty() {
        names.push(TOP_LEVEL.to_string());
    }
    Ok(names)
}
