//! What the word under the pointer is, and what is wrong with it.

use lsp_types::{Hover, HoverContents, HoverParams};
use sentra_compiler::manifest::Manifest;

use super::{Refusal, describe, place};
use crate::analysis::names::Target;
use crate::documents::Documents;

pub(super) fn hover(documents: &mut Documents, params: HoverParams) -> Result<Option<Hover>, Refusal> {
    let (analysis, path, offset) = place(documents, &params.text_document_position_params)?;
    let mut parts = Vec::new();
    let mut span = None;
    if let Some(occurrence) = analysis.names.at(offset) {
        let said = match &occurrence.target {
            Target::Field => methods(analysis.slice(occurrence.span)),
            target => describe::target(documents, &analysis, &path, target),
        };
        span = said.is_some().then_some(occurrence.span);
        parts.extend(said);
    }
    let found = documents.at(&path).map(|document| document.found.clone()).unwrap_or_default();
    for found in found.iter().filter(|found| found.span.start <= offset && offset <= found.span.end) {
        parts.push(format!("**{}**: {}", found.code.text(), found.code.explanation()));
        span = span.or(Some(found.span));
    }
    let range = span.map(|span| analysis.text.range(span));
    let contents = HoverContents::Markup(describe::markdown(parts.join("\n\n---\n\n")));
    Ok((!parts.is_empty()).then_some(Hover { contents, range }))
}

/// What methods of that name do: of objects, and the builtin that is called as one.
fn methods(name: &str) -> Option<String> {
    let manifest = Manifest::get();
    let objects = manifest.objects().iter();
    let found = objects.flat_map(|object| object.methods.iter().map(move |method| (object, method)));
    let found = found.filter(|(_, method)| method.name() == name);
    let mut parts: Vec<String> = found.map(|(object, method)| describe::method(object, method)).collect();
    let builtin = manifest.builtin(name).filter(|builtin| !builtin.constant && builtin.max != Some(0));
    parts.extend(builtin.map(describe::builtin));
    // Many objects have a method of a common name: which one is meant is not known.
    parts.truncate(4);
    (!parts.is_empty()).then(|| parts.join("\n\n---\n\n"))
}
