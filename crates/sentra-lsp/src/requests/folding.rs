//! What can be folded: whatever stands in brackets over several lines, and runs of comments.

use lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};
use sentra_compiler::token::TokenKind;

use super::{Refusal, opened};
use crate::analysis::Analysis;
use crate::documents::Documents;

pub(super) fn fold(
    documents: &mut Documents,
    params: FoldingRangeParams,
) -> Result<Option<Vec<FoldingRange>>, Refusal> {
    let (analysis, _) = opened(documents, &params.text_document.uri)?;
    let mut found = brackets(&analysis);
    found.extend(comments(&analysis));
    found.sort_by_key(|range| (range.start_line, range.end_line));
    // Two brackets that open on one line fold as one.
    found.dedup_by_key(|range| range.start_line);
    Ok(Some(found))
}

fn range(start: u32, end: u32, kind: Option<FoldingRangeKind>) -> Option<FoldingRange> {
    let range = FoldingRange { start_line: start, end_line: end, kind, ..FoldingRange::default() };
    (start < end).then_some(range)
}

/// From the line of a bracket to the one before its partner, which stays to be seen.
fn brackets(analysis: &Analysis) -> Vec<FoldingRange> {
    use TokenKind::{LeftBrace, LeftParen, LeftSquare, RightBrace, RightParen, RightSquare};
    let mut open = Vec::new();
    let mut found = Vec::new();
    for token in &analysis.tokens {
        let line = analysis.text.line(token.span.start);
        match token.kind {
            LeftBrace | LeftParen | LeftSquare => open.push(line),
            RightBrace | RightParen | RightSquare => {
                found.extend(open.pop().and_then(|start| range(start, line.saturating_sub(1), None)));
            }
            _ => {}
        }
    }
    found
}

fn comments(analysis: &Analysis) -> Vec<FoldingRange> {
    let mut found = Vec::new();
    let mut run: Option<(u32, u32)> = None;
    let mut end = |run: Option<(u32, u32)>| {
        found.extend(run.and_then(|(start, end)| range(start, end, Some(FoldingRangeKind::Comment))));
    };
    for token in analysis.tokens.iter().filter(|token| token.kind == TokenKind::Comment) {
        let first = analysis.text.line(token.span.start);
        let last = analysis.text.line(token.span.end.saturating_sub(1));
        run = match run {
            Some((start, before)) if before + 1 == first => Some((start, last)),
            before => {
                end(before);
                Some((first, last))
            }
        };
    }
    end(run);
    found
}
