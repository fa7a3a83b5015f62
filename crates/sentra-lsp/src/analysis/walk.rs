//! The names of a syntax tree: a first pass over its events finds what is declared, a second what is meant.

mod declare;
mod mean;

use sentra_compiler::ast::Ast;
use sentra_compiler::event::events;
use sentra_compiler::token::Token;

use super::names::Names;

/// All names of a text.
pub(super) fn names(source: &str, ast: &Ast, tokens: &[Token]) -> Names {
    let events = events(ast);
    let mut names = Names::default();
    declare::declare(source, tokens, &events, &mut names);
    mean::mean(source, tokens, &events, &mut names);
    names.occurrences.sort_by_key(|occurrence| (occurrence.span.start, !occurrence.declares));
    // A map pattern's key and the name that it binds are one word, and so are the uses of a broken place.
    names.occurrences.dedup_by_key(|occurrence| occurrence.span);
    names
}
