//! The document in the one style, as one change from the first line that differs to the last.

use lsp_types::{DocumentFormattingParams, TextEdit};
use sentra_compiler::span::Span;

use super::{Refusal, opened};
use crate::documents::Documents;

/// Nothing is changed in a document with mistakes: the diagnostics say which.
pub(super) fn format(
    documents: &mut Documents,
    params: DocumentFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Refusal> {
    let (analysis, _) = opened(documents, &params.text_document.uri)?;
    let source = analysis.source();
    let Ok(formatted) = sentra_compiler::format::format(source.as_bytes()) else { return Ok(None) };
    let Ok(formatted) = String::from_utf8(formatted) else { return Ok(None) };
    if formatted == source {
        return Ok(Some(Vec::new()));
    }
    let (old, new): (Vec<&str>, Vec<&str>) =
        (source.split_inclusive('\n').collect(), formatted.split_inclusive('\n').collect());
    let first = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let last = old[first..].iter().rev().zip(new[first..].iter().rev()).take_while(|(old, new)| old == new).count();
    let length = |lines: &[&str]| lines.iter().map(|line| line.len() as u32).sum::<u32>();
    let span = Span::new(length(&old[..first]), length(&old[..old.len() - last]));
    let new_text = new[first..new.len() - last].concat();
    Ok(Some(vec![TextEdit { range: analysis.text.range(span), new_text }]))
}
