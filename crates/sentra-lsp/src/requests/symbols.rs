//! What documents declare: functions with those inside them, and variables of the file.

use lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Location, OneOf, SymbolKind, WorkspaceSymbol,
    WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

use super::{Refusal, is_like, opened};
use crate::analysis::Analysis;
use crate::analysis::names::{Declaration, Kind};
use crate::documents::Documents;

/// More symbols than this help no one.
const MOST: usize = 500;
/// Deeper than this the outline shows no functions in functions.
const DEEPEST: usize = 50;

/// The kind of symbol that a declaration is; nothing if it is none.
fn kind(declaration: &Declaration) -> Option<SymbolKind> {
    match declaration.kind {
        Kind::Function => Some(SymbolKind::FUNCTION),
        _ if declaration.signature.is_some() => Some(SymbolKind::FUNCTION),
        Kind::Let | Kind::Var if declaration.scope == 0 => Some(SymbolKind::VARIABLE),
        Kind::Const if declaration.scope == 0 => Some(SymbolKind::CONSTANT),
        _ => None,
    }
}

pub(super) fn of_document(
    documents: &mut Documents,
    params: DocumentSymbolParams,
) -> Result<Option<DocumentSymbolResponse>, Refusal> {
    let (analysis, _) = opened(documents, &params.text_document.uri)?;
    Ok(Some(DocumentSymbolResponse::Nested(outline(&analysis))))
}

/// The symbols, those of a function within it.
fn outline(analysis: &Analysis) -> Vec<DocumentSymbol> {
    let mut declared: Vec<(&Declaration, SymbolKind)> =
        analysis.names.declarations.iter().filter_map(|declaration| Some((declaration, kind(declaration)?))).collect();
    declared.sort_by_key(|(declaration, _)| (declaration.extent.start, u32::MAX - declaration.extent.end));
    let mut open: Vec<(u32, DocumentSymbol)> = Vec::new();
    let mut top = Vec::new();
    for (declaration, kind) in declared {
        close_before(declaration.extent.end, declaration.extent.start, &mut open, &mut top);
        open.push((declaration.extent.end, symbol(analysis, declaration, kind)));
    }
    close_before(u32::MAX, u32::MAX, &mut open, &mut top);
    top
}

/// Closes the symbols that do not hold a place.
fn close_before(end: u32, start: u32, open: &mut Vec<(u32, DocumentSymbol)>, top: &mut Vec<DocumentSymbol>) {
    while let Some((last, _)) = open.last() {
        let holds = *last >= end && start < *last;
        if holds && open.len() < DEEPEST {
            return;
        }
        let Some((_, closed)) = open.pop() else { return };
        match open.last_mut() {
            Some((_, parent)) => parent.children.get_or_insert_default().push(closed),
            None => top.push(closed),
        }
    }
}

fn symbol(analysis: &Analysis, declaration: &Declaration, kind: SymbolKind) -> DocumentSymbol {
    let detail = declaration.signature.as_ref().map(|signature| format!("({})", signature.parameters.join(", ")));
    // The client insists that the name lies within the whole.
    let extent = declaration.extent.to(declaration.span);
    #[allow(deprecated)] // The field is part of the type.
    DocumentSymbol {
        name: declaration.name.to_string(),
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: analysis.text.range(extent),
        selection_range: analysis.text.range(declaration.span),
        children: None,
    }
}

pub(super) fn of_workspace(
    documents: &mut Documents,
    params: WorkspaceSymbolParams,
) -> Result<Option<WorkspaceSymbolResponse>, Refusal> {
    let wanted = params.query.to_lowercase();
    let mut found = Vec::new();
    for path in documents.programs() {
        let (Some(analysis), Some(uri)) = (documents.analysis(&path), documents.uri(&path)) else { continue };
        for declaration in &analysis.names.declarations {
            let Some(kind) = kind(declaration).filter(|_| is_like(&declaration.name.to_lowercase(), &wanted)) else {
                continue;
            };
            let range = analysis.text.range(declaration.span);
            found.push(WorkspaceSymbol {
                name: declaration.name.to_string(),
                kind,
                tags: None,
                container_name: Some(path.rsplit('/').next().unwrap_or_default().to_owned()),
                location: OneOf::Left(Location { uri: uri.clone(), range }),
                data: None,
            });
        }
        if found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    Ok(Some(WorkspaceSymbolResponse::Nested(found)))
}
