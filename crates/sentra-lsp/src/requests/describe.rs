//! What is said of names, in Markdown: of builtins, modules and objects what the manifest says, of what a script
//! declares its first line and the comment above it.

use lsp_types::{MarkupContent, MarkupKind};
use sentra_compiler::manifest::{Builtin, Manifest, Method, Object};

use crate::analysis::names::{Declaration, Id, Import, Kind, Target};
use crate::analysis::{Analysis, comments};
use crate::documents::Documents;

/// The longest first line that is shown.
const LONGEST: usize = 200;

pub(super) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

/// A signature, and below it what it does.
fn entry(code: &str, doc: &str) -> String {
    format!("```sentra\n{code}\n```\n\n{doc}").trim_end().to_owned()
}

pub(super) fn builtin(builtin: &Builtin) -> String {
    entry(builtin.signature, builtin.doc)
}

pub(super) fn method(object: &Object, method: &Method) -> String {
    entry(method.signature, &format!("Method of `{}`. {}", object.name, method.doc))
}

pub(super) fn module(name: &str) -> String {
    let manifest = Manifest::get();
    let mut members: Vec<&str> = manifest.members(name).collect();
    members.sort_unstable();
    let members: Vec<String> = members.iter().map(|member| format!("`{member}`")).collect();
    let object = manifest.objects().iter().find(|object| object.name == name);
    entry(&format!("module {name}"), &format!("{} {}", object.map_or("", |object| object.doc), members.join(", ")))
}

/// What is said of a target; `path` is the file that it occurs in.
pub(super) fn target(documents: &mut Documents, analysis: &Analysis, path: &str, target: &Target) -> Option<String> {
    match target {
        Target::Declaration(id) => Some(declaration(documents, analysis, path, *id)),
        Target::Builtin(name) => Manifest::get().builtin(name).map(builtin),
        Target::Module(name) => Some(module(name)),
        Target::Member { path: written, name } => member(documents, path, written, name),
        Target::Field | Target::Unknown => None,
    }
}

/// What an imported file exports.
fn member(documents: &mut Documents, path: &str, written: &str, name: &str) -> Option<String> {
    let file = documents.imported(written, path);
    let other = documents.analysis(&file)?;
    let id = other.names.exported(name)?;
    Some(own(&other, id))
}

/// What is said of a declaration; of an import, what is said of that which it brings.
pub(super) fn declaration(documents: &mut Documents, analysis: &Analysis, path: &str, id: Id) -> String {
    let imported = match &analysis.names.declarations[id].import {
        Some(Import::Builtin(name)) => Manifest::get().builtin(name).map(builtin),
        Some(Import::Module(name)) => Some(module(name)),
        Some(Import::Member { path: written, name }) => member(documents, path, written, name),
        Some(Import::File(written)) => Some(file(documents, path, written)),
        None => None,
    };
    imported.unwrap_or_else(|| own(analysis, id))
}

/// The comment that a file begins with.
fn file(documents: &mut Documents, path: &str, written: &str) -> String {
    let found = documents.imported(written, path);
    let first = documents.analysis(&found).and_then(|other| {
        let start = other.significant().next()?.span.start;
        comments::above(&other, start)
    });
    entry(&format!("import \"{written}\""), &first.unwrap_or_default())
}

fn own(analysis: &Analysis, id: Id) -> String {
    let declaration = &analysis.names.declarations[id];
    let doc = comments::above(analysis, declaration.extent.start).unwrap_or_default();
    entry(&head(analysis, declaration), &doc)
}

/// The first line of a declaration, without what a function does.
pub(super) fn head(analysis: &Analysis, declaration: &Declaration) -> String {
    let name = &declaration.name;
    if let Some(signature) = &declaration.signature {
        return format!("fn {name}({})", signature.parameters.join(", "));
    }
    match declaration.kind {
        Kind::Parameter => format!("{name} // a parameter"),
        Kind::Local => format!("{name} // a variable of this block"),
        _ => {
            let text = analysis.slice(declaration.extent);
            text.lines().next().unwrap_or_default().chars().take(LONGEST).collect()
        }
    }
}
