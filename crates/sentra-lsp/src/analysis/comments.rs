//! The comment above a declaration: what it says is its documentation.

use sentra_compiler::token::{Token, TokenKind};

use super::Analysis;

/// The lines of the comments that end right above a place, without their marks.
pub fn above(analysis: &Analysis, place: u32) -> Option<String> {
    let end = analysis.tokens.partition_point(|token| token.span.start < place);
    let mut lines: Vec<String> = Vec::new();
    let mut newlines = 0;
    for (index, token) in analysis.tokens[..end].iter().enumerate().rev() {
        match token.kind {
            TokenKind::Space => {}
            TokenKind::Newline if newlines == 0 => newlines = 1,
            TokenKind::Comment if newlines == 1 && is_alone(&analysis.tokens[..index]) => {
                newlines = 0;
                lines.extend(plain(analysis.slice(token.span)).into_iter().rev());
            }
            _ => break,
        }
    }
    lines.reverse();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Whether nothing stands before it on its line.
fn is_alone(before: &[Token]) -> bool {
    let last = before.iter().rev().find(|token| token.kind != TokenKind::Space);
    last.is_none_or(|token| token.kind == TokenKind::Newline)
}

/// What a comment says. Marks for tools and the line of an interpreter say nothing to a reader.
fn plain(comment: &str) -> Vec<String> {
    if comment.starts_with("#!") {
        return Vec::new();
    }
    if let Some(block) = comment.strip_prefix("/*") {
        let block = block.strip_suffix("*/").unwrap_or(block);
        return block.lines().map(|line| line.trim().trim_start_matches('*').trim().to_owned()).collect();
    }
    let line = comment.trim_start_matches(['/', '#', '!']).trim();
    if line.starts_with("lint:") { Vec::new() } else { vec![line.to_owned()] }
}
