//! What may be written next: names in scope, builtins, modules and keywords; members of modules, files and values;
//! paths of files. What each of them does is told when the client asks for it.

mod members;

use std::path::Path;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, CompletionResponse, CompletionTextEdit,
    Documentation, TextEdit,
};
use sentra_compiler::load::beside;
use sentra_compiler::manifest::Manifest;
use sentra_compiler::span::Span;
use sentra_compiler::token::{KEYWORDS, WORDS_IN_PLACE};
use serde_json::{Value, json};

use super::{Refusal, describe, is_like, place};
use crate::analysis::Analysis;
use crate::analysis::cursor::Place;
use crate::analysis::names::{Declaration, Kind, Target};
use crate::documents::Documents;

/// More files of a folder help no one.
const MOST_FILES: usize = 500;

/// Something to propose, and what is told of it.
struct Candidate {
    label: String,
    kind: CompletionItemKind,
    detail: Option<String>,
    /// What `resolve` describes it by.
    data: Value,
    /// Groups of candidates, the most likely first.
    group: u8,
}

pub(super) fn complete(
    documents: &mut Documents,
    params: CompletionParams,
) -> Result<Option<CompletionResponse>, Refusal> {
    let (analysis, path, offset) = place(documents, &params.text_document_position)?;
    let (start, what) = analysis.place(offset);
    let found = match &what {
        Place::Nothing => Vec::new(),
        Place::File(written) => return Ok(Some(files(&analysis, &path, written, Span::new(start, offset)))),
        Place::Member(words) => members::of(documents, &analysis, &path, words, offset),
        Place::Module => modules(),
        Place::Imported(module) => members::imported(documents, &analysis, &path, module.as_deref()),
        Place::Name => names(&analysis, &path, offset),
    };
    // What does not have the letters that are written is not sent, so there may be more once they change.
    let written = analysis.slice(Span::new(start, offset)).to_lowercase();
    let fitting = found.into_iter().filter(|candidate| is_like(&candidate.label.to_lowercase(), &written));
    let items = fitting.map(item).collect();
    Ok(Some(CompletionResponse::List(CompletionList { is_incomplete: !written.is_empty(), items })))
}

fn item(candidate: Candidate) -> CompletionItem {
    CompletionItem {
        sort_text: Some(format!("{}{}", candidate.group, candidate.label)),
        label: candidate.label,
        kind: Some(candidate.kind),
        detail: candidate.detail,
        data: (!candidate.data.is_null()).then_some(candidate.data),
        ..CompletionItem::default()
    }
}

fn names(analysis: &Analysis, path: &str, offset: u32) -> Vec<Candidate> {
    let names = &analysis.names;
    let visible = names.visible(offset);
    let mut found: Vec<Candidate> =
        visible.values().map(|id| declared(analysis, path, &names.declarations[*id], 0)).collect();
    let hidden = |name: &str| visible.contains_key(name);
    found.extend(broken_words(analysis, offset).filter(|word| !hidden(word)).map(word));
    let manifest = Manifest::get();
    let builtins = manifest.builtins().filter(|name| !name.contains("::") && !hidden(name));
    found.extend(builtins.filter_map(|name| builtin(name, name, 1)));
    found.extend(modules().into_iter().filter(|module| !hidden(&module.label)));
    found.extend(KEYWORDS.iter().chain(WORDS_IN_PLACE).map(|keyword| Candidate {
        label: (*keyword).to_owned(),
        kind: CompletionItemKind::KEYWORD,
        detail: None,
        data: Value::Null,
        group: 3,
    }));
    found
}

/// The words of the broken statement that the cursor is in: what they declare is not known.
fn broken_words(analysis: &Analysis, offset: u32) -> impl Iterator<Item = &str> {
    let names = &analysis.names;
    let place = names.errors.iter().find(|place| place.start <= offset && offset <= place.end);
    let place = place.copied().unwrap_or_default();
    let start = names.occurrences.partition_point(|occurrence| occurrence.span.start < place.start);
    let inside = names.occurrences[start..].iter().take_while(move |occurrence| occurrence.span.end <= place.end);
    let unknown = inside.filter(move |other| other.target == Target::Unknown && other.span.end != offset);
    unknown.map(|occurrence| analysis.slice(occurrence.span)).collect::<std::collections::BTreeSet<_>>().into_iter()
}

fn word(text: &str) -> Candidate {
    let kind = CompletionItemKind::TEXT;
    Candidate { label: text.to_owned(), kind, detail: None, data: Value::Null, group: 1 }
}

fn declared(analysis: &Analysis, path: &str, declaration: &Declaration, group: u8) -> Candidate {
    Candidate {
        label: declaration.name.to_string(),
        kind: match declaration.kind {
            _ if declaration.signature.is_some() => CompletionItemKind::FUNCTION,
            Kind::Const => CompletionItemKind::CONSTANT,
            Kind::Import => CompletionItemKind::MODULE,
            _ => CompletionItemKind::VARIABLE,
        },
        detail: Some(describe::head(analysis, declaration)),
        data: json!({"path": path, "at": declaration.span.start}),
        group,
    }
}

/// A builtin under a name of its own or its module's.
fn builtin(label: &str, name: &str, group: u8) -> Option<Candidate> {
    let builtin = Manifest::get().builtin(name)?;
    let kind = if builtin.constant { CompletionItemKind::CONSTANT } else { CompletionItemKind::FUNCTION };
    let detail = Some(builtin.signature.to_owned());
    Some(Candidate { label: label.to_owned(), kind, detail, data: json!({"builtin": name}), group })
}

fn module(label: &str, name: &str) -> Candidate {
    let detail = Some(format!("module {name}"));
    let data = json!({"module": name});
    Candidate { label: label.to_owned(), kind: CompletionItemKind::MODULE, detail, data, group: 2 }
}

fn modules() -> Vec<Candidate> {
    let names = Manifest::get().modules().filter(|name| !name.contains("::"));
    names.map(|name| module(name, name)).collect()
}

/// Programs and folders beside a document, for the path of an import.
fn files(analysis: &Analysis, path: &str, written: &str, span: Span) -> CompletionResponse {
    let (folder, begun) = written.rsplit_once('/').map_or(("", written), |(folder, begun)| (folder, begun));
    let place = beside(if folder.is_empty() { "." } else { folder }, path);
    let start = span.end - begun.len() as u32;
    let range = analysis.text.range(Span::new(start, span.end));
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten().take(MOST_FILES);
    let proposal = |entry: std::fs::DirEntry| {
        let (name, kind) = (entry.file_name().into_string().ok()?, entry.file_type().ok()?);
        let is_program = Path::new(&name).extension().is_some_and(|ending| ending == "sn");
        let own = entry.path() == Path::new(path);
        let label = if kind.is_dir() { format!("{name}/") } else { name };
        let kind = if kind.is_dir() { CompletionItemKind::FOLDER } else { CompletionItemKind::FILE };
        let wanted = (is_program || kind == CompletionItemKind::FOLDER) && !own && !label.starts_with('.');
        wanted.then_some(Candidate { label, kind, detail: None, data: Value::Null, group: 0 })
    };
    let items = entries.filter_map(proposal).map(item).map(|item| {
        // A name of a file has other letters than a word.
        let edit = TextEdit { range, new_text: item.label.clone() };
        CompletionItem { text_edit: Some(CompletionTextEdit::Edit(edit)), ..item }
    });
    let items = items.collect();
    CompletionResponse::List(CompletionList { is_incomplete: false, items })
}

/// Adds what is said of a candidate.
pub(super) fn resolve(documents: &mut Documents, mut item: CompletionItem) -> Result<CompletionItem, Refusal> {
    let manifest = Manifest::get();
    let data = item.data.clone().unwrap_or_default();
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    let said = if let Some(name) = text("builtin") {
        manifest.builtin(name).map(describe::builtin)
    } else if let Some(name) = text("module") {
        manifest.module(name).map(describe::module)
    } else if let Some(name) = text("object") {
        let object = manifest.objects().iter().find(|object| object.name == name);
        object.and_then(|object| {
            let method = object.methods.iter().find(|method| method.name() == item.label)?;
            Some(describe::method(object, method))
        })
    } else {
        let path = text("path").unwrap_or_default().to_owned();
        let at = data.get("at").and_then(Value::as_u64).unwrap_or(u64::MAX);
        documents.analysis(&path).and_then(|analysis| {
            let id = analysis.names.declarations.iter().position(|known| u64::from(known.span.start) == at)?;
            Some(describe::declaration(documents, &analysis, &path, id))
        })
    };
    item.documentation = said.map(|said| Documentation::MarkupContent(describe::markdown(said)));
    Ok(item)
}
