//! Parsing: tokens to syntax tree. It cuts the balanced tokens of layout into pieces (statements,
//! `match` arms, `case` heads), innermost blocks first, and has the generated parser read each
//! piece alone: a mistake spoils its own statement only, and nesting costs no recursion here.
//! `parse/piece.rs` and `parse/expected.rs` alone know the generated parser's errors.

mod advice;
pub(crate) mod build;
mod depth;
mod expected;
pub(crate) mod operators;
mod piece;

use lalrpop_util::lalrpop_mod;

use crate::ast::Ast;
use crate::diagnostic::{Code, Diagnostic};
use crate::layout::layout;
use crate::lex::{MAX_DIAGNOSTICS, lex_significant};
use crate::span::Span;
use crate::token::Token;

lalrpop_mod!(
    #[allow(clippy::all, missing_docs, unused, unreachable_pub)]
    #[rustfmt::skip]
    grammar
);

/// Reads a whole source file. A tree with diagnostics has `Error` nodes where they stand.
pub fn parse_source(source: &[u8]) -> (Ast, Vec<Diagnostic>) {
    if source.len() >= u32::MAX as usize {
        let message = "a source file has at most 4 GiB";
        return (Ast::default(), vec![Diagnostic::new(Code::TooLarge, Span::default(), message)]);
    }
    let (tokens, mut found) = lex_significant(source);
    let (laid_out, more) = layout(source, &tokens, &found);
    drop(tokens);
    found.extend(more);
    parse(source, &laid_out, found)
}

/// Reads the tokens that layout made of `source`. `found` are the diagnostics so far: a statement
/// that has one of them gets no second one for being malformed.
pub fn parse(source: &[u8], tokens: &[Token], mut found: Vec<Diagnostic>) -> (Ast, Vec<Diagnostic>) {
    found.sort_by_key(|diagnostic| diagnostic.span.start);
    let places = found.iter().map(|diagnostic| diagnostic.span.start).collect();
    let (ast, more) = piece::assemble(source, tokens, places);
    found.extend(more);
    found.sort_by_key(|diagnostic| diagnostic.span.start);
    // What the lexer refuses needs no second message.
    found.dedup_by(|later, first| later.code == Code::UnexpectedToken && later.span == first.span);
    found.truncate(MAX_DIAGNOSTICS);
    (ast, found)
}
