//! Another name for what a script declares. The result is analysed before anyone gets it: every name has to mean
//! what it meant before.

use std::collections::{BTreeMap, HashMap};

use lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, PrepareRenameResponse, RenameParams,
    TextDocumentEdit, TextDocumentPositionParams, TextEdit, WorkspaceEdit,
};
use sentra_compiler::layout::is_keyword;
use sentra_compiler::lex::lex;
use sentra_compiler::manifest::Manifest;
use sentra_compiler::span::Span;
use sentra_compiler::token::{TokenKind, WORDS_IN_PLACE};

use super::navigation::{Origin, Use, origin, uses};
use super::{Refusal, place};
use crate::analysis::Analysis;
use crate::analysis::lines::Text;
use crate::analysis::names::{Import, Target};
use crate::documents::Documents;

pub(super) fn prepare(
    documents: &mut Documents,
    params: TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, Refusal> {
    let (_, span, analysis) = renamed(documents, &params)?;
    let placeholder = analysis.slice(span).to_owned();
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder { range: analysis.text.range(span), placeholder }))
}

/// The declaration that is to be renamed from this place, and the name here.
fn renamed(
    documents: &mut Documents,
    params: &TextDocumentPositionParams,
) -> Result<(Origin, Span, std::rc::Rc<Analysis>), Refusal> {
    let (analysis, path, offset) = place(documents, params)?;
    let occurrence = analysis.names.at(offset).ok_or_else(|| match analysis.token_before(offset + 1) {
        Some(token) if is_keyword(token.kind) => {
            Refusal::failed(format!("`{}` is a keyword", analysis.slice(token.span)))
        }
        _ => Refusal::failed("there is no name here"),
    })?;
    let name = analysis.slice(occurrence.span);
    let refuse = |what: &str| Refusal::failed(format!("`{name}` {what}"));
    if let Target::Declaration(id) = occurrence.target {
        match &analysis.names.declarations[id].import {
            Some(Import::Module(_)) => return Err(refuse("is a builtin module; `import … as` gives it another name")),
            Some(Import::Builtin(_)) => return Err(refuse("is a builtin; `import { … as … }` gives it another name")),
            Some(Import::File(_)) => return Err(refuse("is a file; `import … as` gives it another name")),
            _ => {}
        }
    }
    let found = origin(documents, &analysis, &path, &occurrence.target).ok_or_else(|| match &occurrence.target {
        Target::Builtin(_) => refuse("is a builtin and cannot be renamed"),
        Target::Module(_) => refuse("is a builtin module and cannot be renamed"),
        Target::Field => refuse("is a field: whose it is, is not known before the program runs"),
        _ => refuse("is declared nowhere"),
    })?;
    if *found.analysis.names.declarations[found.id].name != *name {
        return Err(refuse("is another name of what it was imported as; rename it there"));
    }
    Ok((found, occurrence.span, analysis.clone()))
}

pub(super) fn rename(documents: &mut Documents, params: RenameParams) -> Result<Option<WorkspaceEdit>, Refusal> {
    let (origin, _, _) = renamed(documents, &params.text_document_position)?;
    let name = params.new_name.as_str();
    check_name(name)?;
    let declaration = &origin.analysis.names.declarations[origin.id];
    let mut files: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    // Another name that an import gave stays.
    for found in
        uses(documents, &origin).into_iter().filter(|found| found.analysis.slice(found.span) == &*declaration.name)
    {
        files.entry(found.path.clone()).or_default().push(found);
    }
    let mut changes = Vec::new();
    for (path, found) in files {
        let Some(analysis) = found.first().map(|found| found.analysis.clone()) else { continue };
        let edits: Vec<(Span, String)> = found.iter().map(|found| edit(&analysis, found.span, name)).collect();
        check_meaning(&analysis, &edits, name)?;
        let edits = edits.into_iter().map(|(span, new_text)| TextEdit { range: analysis.text.range(span), new_text });
        changes.push((path, edits.collect::<Vec<_>>()));
    }
    Ok(Some(workspace_edit(documents, changes)))
}

/// A new name is a name, and none that means something else in places.
fn check_name(name: &str) -> Result<(), Refusal> {
    let (tokens, found) = lex(name.as_bytes());
    match tokens.as_slice() {
        [token] if is_keyword(token.kind) => Err(Refusal::failed(format!("`{name}` is a keyword"))),
        [token] if token.kind == TokenKind::Name && found.is_empty() => {
            if WORDS_IN_PLACE.contains(&name) {
                return Err(Refusal::failed(format!("`{name}` is a keyword in some places")));
            }
            Ok(())
        }
        _ => Err(Refusal::failed(format!("`{name}` is no name: names are made of letters, digits and `_`"))),
    }
}

/// What replaces one occurrence: the name, and in a map pattern that takes a field by it, the field as well.
fn edit(analysis: &Analysis, span: Span, name: &str) -> (Span, String) {
    let declarations = &analysis.names.declarations;
    let key = declarations.iter().any(|declaration| declaration.is_key && declaration.span == span);
    (span, if key { format!("{}: {name}", analysis.slice(span)) } else { name.to_owned() })
}

/// Refuses a change after which some name means something else.
fn check_meaning(analysis: &Analysis, edits: &[(Span, String)], name: &str) -> Result<(), Refusal> {
    let mut source = analysis.source().to_owned();
    let mut sorted: Vec<&(Span, String)> = edits.iter().collect();
    sorted.sort_by_key(|(span, _)| span.start);
    for (span, text) in sorted.iter().rev() {
        source.replace_range(span.start as usize..span.end as usize, text);
    }
    let after = Analysis::new(Text::new(source, Default::default()));
    let moved = |offset: u32| {
        let before = sorted.iter().take_while(|(span, _)| span.start < offset);
        let added: i64 = before.map(|(span, text)| text.len() as i64 - i64::from(span.end - span.start)).sum();
        u32::try_from(i64::from(offset) + added).unwrap_or_default()
    };
    let taken = || {
        let builtin = Manifest::get().builtin(name).is_some();
        let other = if builtin { "the builtin of that name" } else { "something else of that name" };
        Refusal::failed(format!("`{name}` would be mistaken for {other}"))
    };
    let (old, new) = (meanings(analysis), meanings(&after));
    let same = old.len() == new.len()
        && after.names.errors.len() == analysis.names.errors.len()
        && old.iter().all(|(at, meaning)| {
            // A field that was split in two has its name behind the key.
            let place = moved(*at);
            let split = sorted.iter().find(|(span, text)| span.start == *at && text.contains(": "));
            let place = split.map_or(place, |(_, text)| place + text.find(": ").unwrap_or(0) as u32 + 2);
            new.get(&place) == Some(&meaning.as_ref().map(|declared| moved_declaration(*declared, &sorted, &moved)))
        });
    if same { Ok(()) } else { Err(taken()) }
}

fn moved_declaration(declared: u32, edits: &[&(Span, String)], moved: &dyn Fn(u32) -> u32) -> u32 {
    let split = edits.iter().find(|(span, text)| span.start == declared && text.contains(": "));
    moved(declared) + split.map_or(0, |(_, text)| text.find(": ").unwrap_or(0) as u32 + 2)
}

/// Where the names of a text stand, and where that which they mean is declared: nothing for what is no
/// declaration of the text.
fn meanings(analysis: &Analysis) -> HashMap<u32, Option<u32>> {
    let names = &analysis.names;
    let meaning = |target: &Target| match target {
        Target::Declaration(id) => Some(names.declarations[*id].span.start),
        _ => None,
    };
    let known = names.occurrences.iter().filter(|occurrence| occurrence.target != Target::Field);
    known.map(|occurrence| (occurrence.span.start, meaning(&occurrence.target))).collect()
}

fn workspace_edit(documents: &Documents, changes: Vec<(String, Vec<TextEdit>)>) -> WorkspaceEdit {
    let changes = changes.into_iter().filter_map(|(path, edits)| {
        let version = documents.at(&path).map(|document| document.version);
        Some((documents.uri(&path)?, version, edits))
    });
    if !documents.versioned_edits {
        #[allow(clippy::mutable_key_type)] // The protocol's type; nothing changes it.
        let changes = changes.map(|(uri, _, edits)| (uri, edits)).collect();
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let changes = changes.map(|(uri, version, edits)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    });
    let document_changes = Some(DocumentChanges::Edits(changes.collect()));
    WorkspaceEdit { document_changes, ..WorkspaceEdit::default() }
}
