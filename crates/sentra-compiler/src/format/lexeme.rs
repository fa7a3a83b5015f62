//! Lexemes: the tokens of layout, each with the comments that stand before it. An f-string with
//! all that is in it is one lexeme, for its inside is kept as it is.

use crate::layout::layout;
use crate::lex::lex;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// A comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment {
    pub span: Span,
    /// It ends with its line.
    pub line: bool,
    /// It begins its line.
    pub own_line: bool,
    /// An empty line stands before it.
    pub blank_before: bool,
    /// Nothing follows it on its line.
    pub last_on_line: bool,
}

/// A token and what stands before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    pub kind: TokenKind,
    pub span: Span,
    /// Its comments, from one index up to another.
    pub comments: (usize, usize),
    /// A newline stands between it and what is before it.
    pub newline_before: bool,
    /// An empty line does.
    pub blank_before: bool,
}

/// The lexemes of a source without mistakes, and its comments. The last lexeme is a terminator that
/// stands for the end of the file.
pub(super) fn lexemes(source: &[u8]) -> (Vec<Lexeme>, Vec<Comment>) {
    let (all, _) = lex(source);
    let (laid_out, _) = layout(source, &all, &[]);
    let mut gaps = Gaps { source, all: &all, position: 0, comments: Vec::new() };
    let mut lexemes: Vec<Lexeme> = Vec::with_capacity(laid_out.len() + 1);
    let mut depth = 0;
    for token in laid_out {
        let inside = depth > 0;
        match token.kind {
            TokenKind::FormatStart => depth += 1,
            TokenKind::FormatEnd => depth -= 1,
            _ => {}
        }
        match (inside, token.kind) {
            (true, _) => {
                if let Some(string) = lexemes.last_mut() {
                    string.span.end = string.span.end.max(token.span.end);
                    gaps.skip_to(string.span.end);
                }
            }
            (false, TokenKind::Terminator) => {
                let span = Span::new(token.span.start, token.span.start);
                lexemes.push(Lexeme { newline_before: false, ..bare(token.kind, span) });
            }
            (false, _) => lexemes.push(gaps.before(token)),
        }
    }
    let end = Span::new(source.len() as u32, source.len() as u32);
    lexemes.push(gaps.before(Token { kind: TokenKind::Terminator, span: end }));
    (lexemes, gaps.comments)
}

fn bare(kind: TokenKind, span: Span) -> Lexeme {
    Lexeme { kind, span, comments: (0, 0), newline_before: false, blank_before: false }
}

/// Goes through what lies between the lexemes.
struct Gaps<'s> {
    source: &'s [u8],
    all: &'s [Token],
    position: usize,
    comments: Vec<Comment>,
}

impl Gaps<'_> {
    fn skip_to(&mut self, end: u32) {
        while self.all.get(self.position).is_some_and(|token| token.span.start < end) {
            self.position += 1;
        }
    }

    /// The lexeme, with what stands between the one before and this.
    fn before(&mut self, token: Token) -> Lexeme {
        let first = self.comments.len();
        let mut newlines = if self.position == 0 { 1 } else { 0 };
        while let Some(next) = self.all.get(self.position).filter(|next| next.span.start < token.span.start) {
            self.position += 1;
            match next.kind {
                TokenKind::Newline => {
                    newlines += 1;
                    if let Some(comment) = self.comments[first..].last_mut().filter(|_| newlines == 1) {
                        comment.last_on_line = true;
                    }
                }
                TokenKind::Comment => {
                    let comment = self.comment(next.span, newlines);
                    self.comments.push(comment);
                    newlines = 0;
                }
                _ => {}
            }
        }
        let (newline_before, blank_before) = (newlines > 0, newlines > 1);
        let lexeme = Lexeme {
            comments: (first, self.comments.len()),
            newline_before,
            blank_before,
            ..bare(token.kind, token.span)
        };
        self.skip_to(token.span.end);
        lexeme
    }

    fn comment(&self, span: Span, newlines: u32) -> Comment {
        let text = &self.source[span.start as usize..span.end as usize];
        let line = !text.starts_with(b"/*");
        let length = if line { text.trim_ascii_end().len() } else { text.len() };
        let span = Span::new(span.start, span.start + length as u32);
        Comment { span, line, own_line: newlines > 0, blank_before: newlines > 1, last_on_line: line }
    }
}
