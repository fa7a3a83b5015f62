//! What is known of one version of a document: its lines, tokens, tree and names. All requests share it.

pub mod comments;
pub mod cursor;
pub mod lines;
pub mod members;
pub mod names;
mod recovery;
pub mod scope;
mod walk;

use std::collections::BTreeSet;

use sentra_compiler::ast::Ast;
use sentra_compiler::diagnostic::Diagnostic;
use sentra_compiler::layout::layout;
use sentra_compiler::lex::lex;
use sentra_compiler::parse::parse;
use sentra_compiler::span::Span;
use sentra_compiler::token::{Token, TokenKind};

use lines::Text;
use names::Names;

/// An analysed text.
#[derive(Debug)]
pub struct Analysis {
    /// The text with its lines.
    pub text: Text,
    /// The tokens that the lexer made, white space and comments among them.
    pub tokens: Vec<Token>,
    /// The tokens as layout understands them: words that are keywords only in their place are.
    pub words: Vec<Token>,
    /// The tree, with `Error` nodes where the text could not be read.
    pub ast: Ast,
    /// Why it could not.
    pub mistakes: Vec<Diagnostic>,
    /// What names stand for.
    pub names: Names,
}

impl Analysis {
    /// Analyses a text.
    pub fn new(text: Text) -> Self {
        let source = text.source.as_bytes();
        let (tokens, found) = lex(source);
        let (words, more) = layout(source, &tokens, &found);
        let (ast, mistakes) = parse(source, &words, found.into_iter().chain(more).collect());
        let names = walk::names(&text.source, &ast, &tokens);
        Self { text, tokens, words, ast, mistakes, names }
    }

    /// The source.
    pub fn source(&self) -> &str {
        &self.text.source
    }

    /// The text at a place.
    pub fn slice(&self, span: Span) -> &str {
        self.text.slice(span)
    }

    /// The token that holds a byte, or ends before it.
    pub fn token_before(&self, offset: u32) -> Option<&Token> {
        let index = self.tokens.partition_point(|token| token.span.start < offset);
        self.tokens.get(index.checked_sub(1)?)
    }

    /// Fields that occur anywhere in the text.
    pub fn fields(&self) -> BTreeSet<&str> {
        let fields = self.names.occurrences.iter().filter(|occurrence| occurrence.target == names::Target::Field);
        fields.map(|occurrence| self.slice(occurrence.span)).collect()
    }

    /// The tokens that mean something.
    pub fn significant(&self) -> impl DoubleEndedIterator<Item = &Token> {
        let trivia = |kind| matches!(kind, TokenKind::Space | TokenKind::Comment | TokenKind::Newline);
        self.tokens.iter().filter(move |token| !trivia(token.kind))
    }
}
