//! The names of parameters, before the arguments of calls that do not say themselves what they are.

use lsp_types::{InlayHint, InlayHintKind, InlayHintLabel, InlayHintParams};
use sentra_compiler::span::Span;

use super::signature::of_target;
use super::{Refusal, opened};
use crate::analysis::Analysis;
use crate::analysis::names::{Call, Target};
use crate::documents::Documents;

pub(super) fn hints(documents: &mut Documents, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>, Refusal> {
    let (analysis, path) = opened(documents, &params.text_document.uri)?;
    let wanted = analysis.text.span(params.range);
    let calls = analysis.names.calls.iter();
    let calls = calls.filter(|call| wanted.start <= call.callee.end && call.callee.start <= wanted.end);
    let mut found = Vec::new();
    for call in calls.filter(|call| call.arguments.len() > 1) {
        let Some(target) = analysis.names.at(call.callee.start).map(|occurrence| occurrence.target.clone()) else {
            continue;
        };
        if !matches!(target, Target::Field | Target::Unknown) {
            found.extend(of_call(documents, &analysis, &path, call, &target));
        }
    }
    Ok(Some(found))
}

fn of_call(documents: &mut Documents, analysis: &Analysis, path: &str, call: &Call, target: &Target) -> Vec<InlayHint> {
    let Some(shown) = of_target(documents, analysis, path, target) else { return Vec::new() };
    let names = shown.parameters().into_iter().map(|(start, end)| name(&shown.line[start..end]).to_owned());
    let names: Vec<String> = names.take_while(|name| !name.starts_with("...")).collect();
    let pairs = call.arguments.iter().zip(&names);
    pairs
        .filter(|(argument, name)| !argument.speaks && !says(analysis.slice(argument.span), name))
        .filter(|(_, name)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .map(|(argument, name)| hint(analysis, argument.span, name))
        .collect()
}

/// The name of a parameter, without its type and default.
fn name(parameter: &str) -> &str {
    parameter.split([':', '=']).next().unwrap_or_default().trim()
}

/// Whether an argument is called as the parameter is, or by one letter that no name explains.
fn says(argument: &str, name: &str) -> bool {
    let last = argument.rsplit(['.', ':']).next().unwrap_or_default();
    let last = last.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    name.len() < 2 || last.eq_ignore_ascii_case(name) || last.to_ascii_lowercase().ends_with(&format!("_{name}"))
}

fn hint(analysis: &Analysis, argument: Span, name: &str) -> InlayHint {
    InlayHint {
        position: analysis.text.position(argument.start),
        label: InlayHintLabel::String(format!("{name}:")),
        kind: Some(InlayHintKind::PARAMETER),
        text_edits: None,
        tooltip: None,
        padding_left: None,
        padding_right: Some(true),
        data: None,
    }
}
