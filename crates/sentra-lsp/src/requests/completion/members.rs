//! Members: of modules and files what they offer, of values the fields that the text shows them with, the methods
//! of the object that they were made as, and the builtins that can be called as methods.

use std::collections::BTreeSet;

use lsp_types::CompletionItemKind;
use sentra_compiler::manifest::{Builtin, Manifest, Object};
use sentra_compiler::token::TokenKind;
use serde_json::{Value, json};

use super::{Candidate, builtin, declared, module};
use crate::analysis::Analysis;
use crate::analysis::members::Owner;
use crate::analysis::names::Target;
use crate::documents::Documents;

/// The types whose values have methods.
const RECEIVERS: &[&str] = &["any", "string", "array", "map", "number", "integer", "function", "task", "channel"];

/// What may follow the dot behind these words.
pub(super) fn of(
    documents: &mut Documents,
    analysis: &Analysis,
    path: &str,
    words: &[String],
    offset: u32,
) -> Vec<Candidate> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let scope = analysis.names.scope_at(offset);
    match analysis.names.owner(&words, scope, offset) {
        Some(Owner::File(written)) => exports(documents, path, &written),
        Some(owner) => owner.members().into_iter().filter_map(|(name, target)| member(name, &target)).collect(),
        None => of_value(analysis, &words, scope, offset),
    }
}

fn member(name: &str, target: &Target) -> Option<Candidate> {
    match target {
        Target::Builtin(full) => builtin(name, full, 0),
        Target::Module(full) => Some(module(name, full)),
        _ => None,
    }
}

/// What the file of an import exports.
fn exports(documents: &mut Documents, path: &str, written: &str) -> Vec<Candidate> {
    let file = documents.imported(written, path);
    let Some(other) = documents.analysis(&file) else { return Vec::new() };
    let exported = other.names.declarations.iter().filter(|declaration| declaration.exported);
    exported.map(|declaration| declared(&other, &file, declaration, 0)).collect()
}

/// Names for the braces of an import.
pub(super) fn imported(
    documents: &mut Documents,
    analysis: &Analysis,
    path: &str,
    from: Option<&str>,
) -> Vec<Candidate> {
    let Some(from) = from else { return Vec::new() };
    match (from.as_bytes().first(), Manifest::get().module(from)) {
        (Some(b'"' | b'\''), _) => exports(documents, path, from.trim_matches(['"', '\''])),
        (_, Some(module)) => {
            let members = Owner::Module(module).members();
            members.into_iter().filter_map(|(name, target)| member(name, &target)).collect()
        }
        _ => analysis.names.exported(from).map(|_| Vec::new()).unwrap_or_default(),
    }
}

fn of_value(analysis: &Analysis, words: &[&str], scope: usize, offset: u32) -> Vec<Candidate> {
    let names = &analysis.names;
    let known = match words {
        [name] => names.look_up(name, scope, offset).map(|id| &names.declarations[id]),
        _ => None,
    };
    let typed = analysis.token_before(offset).filter(|token| token.kind == TokenKind::Name).map(|token| token.span);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for field in known.into_iter().flat_map(|declaration| &declaration.fields) {
        // What is being written is no field that has been seen.
        let only_here = typed.is_some_and(|span| {
            analysis.slice(span) == &**field
                && names.occurrences.iter().filter(|other| analysis.slice(other.span) == &**field).count() == 1
        });
        if !only_here && seen.insert(field.to_string()) {
            found.push(field_candidate(field, 0));
        }
    }
    let objects = known.and_then(|declaration| objects_of(declaration.made_by?)).unwrap_or_default();
    let sure = !objects.is_empty();
    let all = Manifest::get().objects().iter().filter(|_| !sure);
    for (object, group) in objects.into_iter().map(|object| (object, 1)).chain(all.map(|object| (object, 4))) {
        for method in object.methods.iter().filter(|method| seen.insert(method.name().to_owned())) {
            found.push(Candidate {
                label: method.name().to_owned(),
                kind: CompletionItemKind::METHOD,
                detail: Some(format!("{}.{}", object.name, method.signature)),
                data: json!({"object": object.name}),
                group,
            });
        }
    }
    let manifest = Manifest::get();
    for name in manifest.builtins().filter(|name| !name.contains("::")) {
        if manifest.builtin(name).is_some_and(is_method) && seen.insert(name.to_owned()) {
            found.extend(builtin(name, name, 2).map(as_method));
        }
    }
    let here = typed.map(|span| analysis.slice(span)).unwrap_or_default();
    for field in analysis.fields().into_iter().filter(|field| *field != here && !seen.contains(*field)) {
        found.push(field_candidate(field, 3));
    }
    found
}

fn field_candidate(name: &str, group: u8) -> Candidate {
    let kind = CompletionItemKind::FIELD;
    Candidate { label: name.to_owned(), kind, detail: None, data: Value::Null, group }
}

fn as_method(candidate: Candidate) -> Candidate {
    Candidate { kind: CompletionItemKind::METHOD, ..candidate }
}

/// Whether a builtin can be called as a method of its first argument.
fn is_method(builtin: &Builtin) -> bool {
    let first = builtin.signature.split_once('(').map_or("", |(_, rest)| rest).split([',', ')']).next();
    let types = first.and_then(|first| first.split_once(':')).map_or("", |(_, types)| types);
    !builtin.constant && types.split([' ', ',']).any(|word| RECEIVERS.contains(&word))
}

/// The objects that a builtin may give, by the name of its result: `http::get` says `request`.
fn objects_of(builtin: &str) -> Option<Vec<&'static Object>> {
    let manifest = Manifest::get();
    let (module, _) = builtin.rsplit_once("::")?;
    let exactly = manifest.objects().iter().find(|object| object.name == module);
    if let Some(object) = exactly {
        return Some(vec![object]);
    }
    let (_, result) = manifest.builtin(builtin)?.signature.rsplit_once("-> ")?;
    let fits = |object: &&Object| {
        let of_module = object.name.strip_prefix(module).and_then(|rest| rest.strip_prefix("::"));
        of_module.is_some_and(|name| name.to_lowercase().ends_with(result))
    };
    Some(manifest.objects().iter().filter(fits).collect())
}
