//! Where a name is declared, and where it is used: in its file, and if it is exported in those that import it.

use std::rc::Rc;

use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, GotoDefinitionParams, GotoDefinitionResponse,
    Location, Range, ReferenceParams,
};
use sentra_compiler::span::Span;

use super::{Refusal, place};
use crate::analysis::Analysis;
use crate::analysis::names::{Id, Import, Target};
use crate::documents::Documents;

/// A declaration in its file.
pub(super) struct Origin {
    pub path: String,
    pub analysis: Rc<Analysis>,
    pub id: Id,
}

/// A place in a file.
pub(super) struct Use {
    pub path: String,
    pub analysis: Rc<Analysis>,
    pub span: Span,
    pub declares: bool,
}

/// The declaration behind a name, in whatever file it is.
pub(super) fn origin(
    documents: &mut Documents,
    analysis: &Rc<Analysis>,
    path: &str,
    target: &Target,
) -> Option<Origin> {
    let (written, name) = match target {
        Target::Declaration(id) => match &analysis.names.declarations[*id].import {
            Some(Import::Member { path, name }) => (path, name),
            _ => return Some(Origin { path: path.to_owned(), analysis: analysis.clone(), id: *id }),
        },
        Target::Member { path, name } => (path, name),
        _ => return None,
    };
    let file = documents.imported(written, path);
    let other = documents.analysis(&file)?;
    let id = other.names.exported(name)?;
    Some(Origin { path: file, analysis: other, id })
}

/// Every place where the name of a declaration stands, its own among them.
pub(super) fn uses(documents: &mut Documents, origin: &Origin) -> Vec<Use> {
    let mut found = Vec::new();
    for occurrence in origin.analysis.names.uses(origin.id) {
        let Origin { path, analysis, .. } = origin;
        let (span, declares) = (occurrence.span, occurrence.declares);
        found.push(Use { path: path.clone(), analysis: analysis.clone(), span, declares });
    }
    let declaration = &origin.analysis.names.declarations[origin.id];
    if declaration.exported {
        for path in documents.programs().into_iter().filter(|path| *path != origin.path) {
            let Some(analysis) = documents.analysis(&path) else { continue };
            for span in imported_uses(documents, &analysis, &path, &origin.path, &declaration.name) {
                found.push(Use { path: path.clone(), analysis: analysis.clone(), span, declares: false });
            }
        }
    }
    found
}

/// Where a file names what another one exports.
fn imported_uses(documents: &Documents, analysis: &Analysis, path: &str, from: &str, name: &str) -> Vec<Span> {
    let names = &analysis.names;
    if !names.imports.iter().any(|(written, _)| documents.imported(written, path) == from) {
        return Vec::new();
    }
    let is_it = |written: &str, member: &str| member == name && documents.imported(written, path) == from;
    let means = |target: &Target| match target {
        Target::Member { path, name } => is_it(path, name),
        Target::Declaration(id) => match &names.declarations[*id].import {
            Some(Import::Member { path, name }) => is_it(path, name),
            _ => false,
        },
        _ => false,
    };
    names.occurrences.iter().filter(|occurrence| means(&occurrence.target)).map(|occurrence| occurrence.span).collect()
}

pub(super) fn definition(
    documents: &mut Documents,
    params: GotoDefinitionParams,
) -> Result<Option<GotoDefinitionResponse>, Refusal> {
    let (analysis, path, offset) = place(documents, &params.text_document_position_params)?;
    let imports = &analysis.names.imports;
    let import = imports.iter().find(|(_, span)| span.start <= offset && offset <= span.end);
    let file = match import {
        Some((written, _)) => Some(written.clone()),
        None => analysis.names.at(offset).and_then(|occurrence| imported_file(&analysis, &occurrence.target)),
    };
    let found = match file {
        Some(written) => {
            let file = documents.imported(&written, &path);
            let exists = documents.analysis(&file).is_some();
            documents.uri(&file).filter(|_| exists).map(|uri| Location { uri, range: Range::default() })
        }
        None => analysis.names.at(offset).map(|occurrence| occurrence.target.clone()).and_then(|target| {
            let origin = origin(documents, &analysis, &path, &target)?;
            let span = origin.analysis.names.declarations[origin.id].span;
            Some(Location { uri: documents.uri(&origin.path)?, range: origin.analysis.text.range(span) })
        }),
    };
    Ok(found.map(GotoDefinitionResponse::Scalar))
}

/// The file that a name stands for.
fn imported_file(analysis: &Analysis, target: &Target) -> Option<String> {
    let Target::Declaration(id) = target else { return None };
    match &analysis.names.declarations[*id].import {
        Some(Import::File(written)) => Some(written.clone()),
        _ => None,
    }
}

pub(super) fn references(documents: &mut Documents, params: ReferenceParams) -> Result<Option<Vec<Location>>, Refusal> {
    let (analysis, path, offset) = place(documents, &params.text_document_position)?;
    let Some(target) = analysis.names.at(offset).map(|occurrence| occurrence.target.clone()) else { return Ok(None) };
    let found = match origin(documents, &analysis, &path, &target) {
        Some(origin) => uses(documents, &origin),
        None => same(&analysis, &path, &target),
    };
    let wanted = found.into_iter().filter(|other| params.context.include_declaration || !other.declares);
    let location =
        |other: Use| Some(Location { uri: documents.uri(&other.path)?, range: other.analysis.text.range(other.span) });
    Ok(Some(wanted.filter_map(location).collect()))
}

/// Where a document names the same builtin or module.
fn same(analysis: &Rc<Analysis>, path: &str, target: &Target) -> Vec<Use> {
    if matches!(target, Target::Field | Target::Unknown) {
        return Vec::new();
    }
    let same = analysis.names.occurrences.iter().filter(|other| other.target == *target);
    same.map(|other| Use { path: path.to_owned(), analysis: analysis.clone(), span: other.span, declares: false })
        .collect()
}

pub(super) fn highlight(
    documents: &mut Documents,
    params: DocumentHighlightParams,
) -> Result<Option<Vec<DocumentHighlight>>, Refusal> {
    let (analysis, path, offset) = place(documents, &params.text_document_position_params)?;
    let Some(occurrence) = analysis.names.at(offset) else { return Ok(None) };
    let found = same(&analysis, &path, &occurrence.target).into_iter().map(|other| DocumentHighlight {
        range: analysis.text.range(other.span),
        kind: Some(DocumentHighlightKind::TEXT),
    });
    Ok(Some(found.collect()))
}
