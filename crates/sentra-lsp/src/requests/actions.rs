//! What can be done about messages: take the name that was probably meant, switch a rule of the linter off.

use std::rc::Rc;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, TextEdit, Uri, WorkspaceEdit,
};
use sentra_compiler::lint::rule_of;
use sentra_compiler::span::Span;

use super::{Refusal, opened};
use crate::analysis::Analysis;
use crate::diagnostics::{Found, shown};
use crate::documents::Documents;

pub(super) fn actions(
    documents: &mut Documents,
    params: CodeActionParams,
) -> Result<Option<CodeActionResponse>, Refusal> {
    let (analysis, path) = opened(documents, &params.text_document.uri)?;
    let Some(document) = documents.at(&path) else { return Ok(None) };
    if document.stale {
        // The messages are about an older version: their places may be wrong.
        return Ok(Some(Vec::new()));
    }
    let wanted = analysis.text.span(params.range);
    let found = Rc::clone(&document.found);
    let touched = found.iter().filter(|found| found.span.start <= wanted.end && wanted.start <= found.span.end);
    let mut actions = Vec::new();
    for found in touched {
        for (title, edit, preferred) in [meant(&analysis, found), allowed(&analysis, found)].into_iter().flatten() {
            actions.push(CodeActionOrCommand::CodeAction(CodeAction {
                title,
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![shown(documents, &analysis.text, found)]),
                edit: Some(change(&document.uri, edit)),
                is_preferred: Some(preferred),
                ..CodeAction::default()
            }));
        }
    }
    Ok(Some(actions))
}

/// The name that a message suggests.
fn meant(analysis: &Analysis, found: &Found) -> Option<(String, TextEdit, bool)> {
    let name = found.help.as_ref()?.strip_prefix("did you mean `")?.strip_suffix("`?")?;
    let edit = TextEdit { range: analysis.text.range(found.span), new_text: name.to_owned() };
    Some((format!("Write `{name}`"), edit, true))
}

/// A comment above the line that allows what the linter complains of.
fn allowed(analysis: &Analysis, found: &Found) -> Option<(String, TextEdit, bool)> {
    let rule = rule_of(found.code)?;
    let line = analysis.text.line_span(analysis.text.line(found.span.start));
    let text = analysis.slice(line);
    let indent = &text[..text.len() - text.trim_start().len()];
    let range = analysis.text.range(Span::new(line.start, line.start));
    let edit = TextEdit { range, new_text: format!("{indent}// lint: allow({})\n", rule.name) };
    Some((format!("Allow `{}` here", rule.name), edit, false))
}

fn change(uri: &Uri, edit: TextEdit) -> WorkspaceEdit {
    #[allow(clippy::mutable_key_type)] // The protocol's type; nothing changes it.
    let changes = [(uri.clone(), vec![edit])].into_iter().collect();
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
