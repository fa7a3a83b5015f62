//! The formatter: source text to the same program in the one style. It changes white space, commas
//! before closing brackets, `;` between statements and the quotes of strings, and nothing else; what it
//! has made is compared with the source before anyone gets it.

mod block;
mod builder;
mod chain;
mod doc;
mod expression;
mod extent;
mod lexeme;
mod list;
mod print;
mod same;
mod statement;

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::parse::parse_source;
use builder::Builder;
use lexeme::lexemes;

/// After so many rounds what was laid out is taken as it is.
const MAX_ROUNDS: u32 = 8;
/// After so many passes every bracket that may stand on one line is broken.
const MAX_PASSES: u32 = 6;

/// The source in the one style, or its mistakes. It may need much stack for deeply nested source:
/// see [`with_stack`](crate::compile::with_stack).
pub fn format(source: &[u8]) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let (_, diagnostics) = parse_source(source);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let formatted = settle(source);
    if !same::same(source, &formatted) {
        let message = "the formatter would change this program; that is a mistake of its own";
        return Err(vec![Diagnostic::new(Code::UnexpectedToken, Default::default(), message)]);
    }
    Ok(formatted)
}

/// Lays the source out until that changes nothing more: a comment that has found its place may make room for another one
/// beside it. Nearly always the first layout stays.
fn settle(source: &[u8]) -> Vec<u8> {
    let mut formatted = lay_out(source);
    for _ in 1..MAX_ROUNDS {
        let again = lay_out(&formatted);
        if again == formatted {
            break;
        }
        formatted = again;
    }
    formatted
}

/// Lays the source out until nothing more breaks. A bracket that broke stays broken when the result
/// is formatted again; so it does here, and formatting twice gives the same as once.
fn lay_out(source: &[u8]) -> Vec<u8> {
    let (lexemes, comments) = lexemes(source);
    let mut broken = HashSet::new();
    for _ in 0..MAX_PASSES {
        let mut builder = Builder::new(source, &lexemes, &comments, &broken, false);
        let printed = print::print(&builder.file());
        if printed.broken.is_empty() {
            return finish(printed.text);
        }
        broken.extend(printed.broken);
    }
    let mut builder = Builder::new(source, &lexemes, &comments, &broken, true);
    finish(print::print(&builder.file()).text)
}

/// A text ends with one newline, an empty one with none.
fn finish(mut text: Vec<u8>) -> Vec<u8> {
    while text.last() == Some(&b'\n') {
        text.pop();
    }
    if !text.is_empty() {
        text.push(b'\n');
    }
    text
}
