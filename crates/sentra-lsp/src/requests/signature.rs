//! The parameters of the call that is being written.

use lsp_types::{
    Documentation, ParameterInformation, ParameterLabel, SignatureHelp, SignatureHelpParams, SignatureInformation,
};
use sentra_compiler::manifest::Manifest;

use super::{Refusal, describe, place};
use crate::analysis::names::{Id, Import, Signature, Target};
use crate::analysis::{Analysis, comments};
use crate::documents::Documents;

/// A signature as it is shown: what the call is, and where in the line its parameters stand.
pub(super) struct Shown {
    pub line: String,
    pub doc: String,
}

pub(super) fn help(documents: &mut Documents, params: SignatureHelpParams) -> Result<Option<SignatureHelp>, Refusal> {
    let (analysis, path, offset) = place(documents, &params.text_document_position_params)?;
    let Some(call) = analysis.open_call(offset) else { return Ok(None) };
    let words: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let signatures: Vec<SignatureInformation> = candidates(documents, &analysis, &path, &words, offset)
        .into_iter()
        .map(|(shown, skipped)| information(&shown, call.argument + skipped))
        .collect();
    Ok((!signatures.is_empty()).then_some(SignatureHelp {
        signatures,
        active_signature: Some(0),
        active_parameter: None,
    }))
}

/// What may be called, and how many parameters are given already: a method's first one stands before the dot.
fn candidates(
    documents: &mut Documents,
    analysis: &Analysis,
    path: &str,
    words: &[&str],
    offset: u32,
) -> Vec<(Shown, u32)> {
    let Some((name, before)) = words.split_last() else { return Vec::new() };
    let scope = analysis.names.scope_at(offset);
    let target = match before {
        [] => Some(analysis.names.target(name, scope, offset)),
        _ => analysis.names.owner(before, scope, offset).map(|owner| owner.member(name)),
    };
    match target {
        Some(target) => of_target(documents, analysis, path, &target).into_iter().map(|shown| (shown, 0)).collect(),
        None => {
            let manifest = Manifest::get();
            let methods = manifest.objects().iter().flat_map(|object| &object.methods);
            let methods = methods.filter(|method| method.name() == *name);
            let shown = methods.map(|method| (builtin(method.signature, method.doc), 0));
            let builtins = manifest.builtin(name).filter(|builtin| !builtin.constant);
            shown.take(4).chain(builtins.map(|found| (builtin(found.signature, found.doc), 1))).collect()
        }
    }
}

fn builtin(signature: &str, doc: &str) -> Shown {
    Shown { line: signature.to_owned(), doc: doc.to_owned() }
}

/// The signature of what is called, if it is known.
pub(super) fn of_target(documents: &mut Documents, analysis: &Analysis, path: &str, target: &Target) -> Option<Shown> {
    let manifest = Manifest::get();
    let of_builtin = |name: &str| manifest.builtin(name).map(|found| builtin(found.signature, found.doc));
    match target {
        Target::Builtin(name) => of_builtin(name),
        Target::Declaration(id) => match &analysis.names.declarations[*id].import {
            Some(Import::Builtin(name)) => of_builtin(name),
            Some(Import::Member { path: written, name }) => exported(documents, path, written, name),
            _ => own(analysis, *id),
        },
        Target::Member { path: written, name } => exported(documents, path, written, name),
        _ => None,
    }
}

fn exported(documents: &mut Documents, path: &str, written: &str, name: &str) -> Option<Shown> {
    let file = documents.imported(written, path);
    let other = documents.analysis(&file)?;
    own(&other, other.names.exported(name)?)
}

fn own(analysis: &Analysis, id: Id) -> Option<Shown> {
    let declaration = &analysis.names.declarations[id];
    let Signature { parameters } = declaration.signature.as_ref()?;
    let line = format!("{}({})", declaration.name, parameters.join(", "));
    Some(Shown { line, doc: comments::above(analysis, declaration.extent.start).unwrap_or_default() })
}

impl Shown {
    /// Where the parameters stand in the line, as bytes.
    pub fn parameters(&self) -> Vec<(usize, usize)> {
        let Some(open) = self.line.find('(') else { return Vec::new() };
        let (mut depth, mut start, mut quoted) = (0, open + 1, false);
        let mut found = Vec::new();
        for (index, byte) in self.line.bytes().enumerate().skip(open) {
            match byte {
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
            // A comma between types, as in `value: string, array or map`, parts no parameters.
            let parts = byte == b',' && depth == 1 && !quoted && begins_parameter(&self.line[index + 1..]);
            if parts || depth == 0 {
                let text = &self.line[start..index];
                let from = start + text.len() - text.trim_start().len();
                found.extend((from < index).then_some((from, index)));
                start = index + 1;
            }
            if depth == 0 {
                break;
            }
        }
        found
    }
}

/// Whether what follows a comma is a parameter: a name with its type, its default or nothing behind it.
fn begins_parameter(rest: &str) -> bool {
    let word = rest.trim_start().trim_start_matches("...");
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
    let behind = word[end..].trim_start();
    // In a list of types the last one is followed by `or`, and the others by commas that types follow.
    let is_type = ["string", "array", "map", "number", "integer", "function", "range", "task", "channel", "error"]
        .contains(&&word[..end]);
    !(is_type && (behind.starts_with(',') || behind.starts_with("or ")))
}

fn information(shown: &Shown, argument: u32) -> SignatureInformation {
    let units = |end: usize| shown.line[..end].encode_utf16().count() as u32;
    let places = shown.parameters();
    let rest = places.iter().position(|(start, _)| shown.line[*start..].starts_with("..."));
    let active = rest.map_or(argument, |rest| argument.min(rest as u32));
    let parameters = places.iter().map(|(start, end)| ParameterInformation {
        label: ParameterLabel::LabelOffsets([units(*start), units(*end)]),
        documentation: None,
    });
    SignatureInformation {
        label: shown.line.clone(),
        documentation: (!shown.doc.is_empty())
            .then(|| Documentation::MarkupContent(describe::markdown(shown.doc.clone()))),
        parameters: Some(parameters.collect()),
        active_parameter: Some(active),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_parted_where_they_begin() {
        let parts = |line: &str| {
            let shown = Shown { line: line.to_owned(), doc: String::new() };
            shown.parameters().iter().map(|(start, end)| line[*start..*end].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(parts("f()"), Vec::<String>::new());
        assert_eq!(parts("f(a, b = [1, 2], ...c)"), ["a", "b = [1, 2]", "...c"]);
        assert_eq!(parts("len(value: string, array, map or range) -> number"), ["value: string, array, map or range"]);
        assert_eq!(
            parts("g(a: string, array or map, b: string = \",\") -> x"),
            ["a: string, array or map", "b: string = \",\""]
        );
    }
}
