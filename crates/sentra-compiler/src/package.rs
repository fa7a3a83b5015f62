//! Packages as their files say them: `sentra.toml`, read with places for messages, and its parts.
//! It knows texts only; who reads files and asks Git is `project`.

pub mod edit;
mod field;
pub mod lock;
pub mod name;
pub mod source;
pub mod tree;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use field::{Fields, document};
use source::Source;

/// The name of the file that makes a folder a package.
pub const FILE: &str = "sentra.toml";

/// The module that a package's name stands for, unless its `sentra.toml` says which.
const MAIN: &str = "main.sn";

/// A `sentra.toml` longer than this is refused.
pub const LONGEST: usize = 1 << 20;

/// More dependencies than this are a mistake.
const MOST_DEPENDENCIES: usize = 1_000;

/// What a `sentra.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its program or main module, relative to its folder.
    pub main: String,
    /// What it is, in a line.
    pub description: Option<String>,
    /// Under which terms it may be used.
    pub license: Option<String>,
    /// What it needs, in the order of names.
    pub dependencies: Vec<Dependency>,
}

/// A package that another one imports from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name that imports use.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// Its line.
    pub span: Span,
}

/// Reads a `sentra.toml`.
///
/// # Errors
/// All that is wrong with it.
pub fn read(text: &[u8]) -> Result<Package, Vec<Diagnostic>> {
    let document = document(text, LONGEST)?;
    let mut found = Vec::new();
    let package = whole(&mut Fields::of(document.as_table(), &mut found));
    match package {
        Some(package) if found.is_empty() => Ok(package),
        _ => Err(found),
    }
}

fn whole(root: &mut Fields<'_, '_>) -> Option<Package> {
    root.allow("the file", &["package", "dependencies"]);
    let package = match root.table("package") {
        Some(mut fields) => head(&mut fields),
        None => root.missing("the file", "[package]"),
    };
    let mut package = package?;
    if let Some(mut fields) = root.table("dependencies") {
        package.dependencies = dependencies(&mut fields);
    }
    Some(package)
}

fn head(fields: &mut Fields<'_, '_>) -> Option<Package> {
    fields.allow("[package]", &["name", "version", "main", "description", "license"]);
    let name = fields.checked("name", name::check_package).or_else(|| fields.missing("[package]", "name"));
    let version = fields.checked("version", name::check_version).or_else(|| fields.missing("[package]", "version"));
    let main = fields.checked("main", check_main).unwrap_or_else(|| MAIN.to_owned());
    let (description, license) = (fields.text("description"), fields.text("license"));
    Some(Package { name: name?, version: version?, main, description, license, dependencies: Vec::new() })
}

fn check_main(path: &str) -> Result<(), String> {
    name::check_path(path)?;
    match path.ends_with(".sn") {
        true => Ok(()),
        false => Err("the main module is a file that ends in .sn".to_owned()),
    }
}

fn dependencies(fields: &mut Fields<'_, '_>) -> Vec<Dependency> {
    let names = fields.keys();
    if names.len() > MOST_DEPENDENCIES {
        fields.complain(Code::PackageField, None, format!("more than {MOST_DEPENDENCIES} dependencies"));
        return Vec::new();
    }
    let mut found = Vec::new();
    for (name, span) in names {
        if let Err((reason, help)) = name::check_dependency(&name) {
            fields.report(Diagnostic { help, ..Diagnostic::new(Code::DependencyName, span, reason) });
            continue;
        }
        let source = fields.table(&name).and_then(|mut inner| source::read(&mut inner));
        found.extend(source.map(|source| Dependency { name, source, span }));
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}
