//! Pairs brackets and reports those without partner, each mistake once: at the opener where there
//! is one.

use std::collections::HashSet;

use crate::ast::MAX_DEPTH;
use crate::diagnostic::{Code, Diagnostic};
use crate::lex::MAX_DIAGNOSTICS;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// The brackets that have no partner, by the index of their token.
pub(super) struct Brackets {
    unclosed: HashSet<usize>,
    stray: HashSet<usize>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Brackets {
    pub(super) fn is_unclosed(&self, index: usize) -> bool {
        !self.unclosed.is_empty() && self.unclosed.contains(&index)
    }

    pub(super) fn is_stray(&self, index: usize) -> bool {
        !self.stray.is_empty() && self.stray.contains(&index)
    }
}

/// Finds the partners of all brackets. `found` are the lexer's diagnostics. Brackets that nest too
/// deeply give the index of the first one that does.
pub(super) fn pair(source: &[u8], tokens: &[Token], found: &[Diagnostic]) -> Result<Brackets, usize> {
    let brackets = Brackets { unclosed: HashSet::new(), stray: HashSet::new(), diagnostics: Vec::new() };
    let swallowed = swallowed(source, found);
    let mut pairing = Pairing { source, tokens, swallowed, open: Vec::new(), places: Default::default(), brackets };
    for (index, token) in tokens.iter().enumerate() {
        if let Some(shape) = opened(token.kind) {
            pairing.places[shape].push(pairing.open.len());
            pairing.open.push(index);
            if pairing.open.len() >= MAX_DEPTH as usize {
                return Err(index);
            }
        } else if let Some(shape) = closed(token.kind) {
            pairing.close(index, shape);
        }
    }
    while let Some(opener) = pairing.pop() {
        pairing.unclosed(opener);
    }
    Ok(pairing.brackets)
}

/// The stretches of source whose openers may have lost their closer to a string, f-string or
/// comment without end: such a string swallows the rest of its line, the others swallow the file.
fn swallowed(source: &[u8], found: &[Diagnostic]) -> Vec<Span> {
    let stretch = |diagnostic: &Diagnostic| {
        let place = diagnostic.span.start;
        match diagnostic.code {
            Code::UnterminatedString => {
                let line = source[..place as usize].iter().rposition(|byte| *byte == b'\n');
                Some(Span::new(line.map_or(0, |newline| newline as u32), place))
            }
            Code::UnterminatedComment | Code::Unclosed => Some(Span::new(0, place)),
            _ => None,
        }
    };
    found.iter().filter_map(stretch).collect()
}

/// The shapes `( )`, `[ ]`, `{ }` and the braces of an f-string, as indexes.
fn opened(kind: TokenKind) -> Option<usize> {
    use TokenKind::{FormatOpen, LeftBrace, LeftParen, LeftSquare};
    [LeftParen, LeftSquare, LeftBrace, FormatOpen].iter().position(|opener| *opener == kind)
}

fn closed(kind: TokenKind) -> Option<usize> {
    use TokenKind::{FormatClose, RightBrace, RightParen, RightSquare};
    [RightParen, RightSquare, RightBrace, FormatClose].iter().position(|closer| *closer == kind)
}

struct Pairing<'a> {
    source: &'a [u8],
    tokens: &'a [Token],
    swallowed: Vec<Span>,
    /// The open brackets.
    open: Vec<usize>,
    /// Where in `open` those of each shape stand.
    places: [Vec<usize>; 4],
    brackets: Brackets,
}

impl Pairing<'_> {
    fn pop(&mut self) -> Option<usize> {
        let opener = self.open.pop()?;
        self.places[self.shape(opener)].pop();
        Some(opener)
    }

    fn shape(&self, opener: usize) -> usize {
        opened(self.tokens[opener].kind).unwrap_or_default()
    }

    fn close(&mut self, closer: usize, shape: usize) {
        let top = self.open.last().map(|opener| self.shape(*opener));
        if self.reachable(shape) {
            while let Some(opener) = self.pop().filter(|opener| self.shape(*opener) != shape) {
                self.unclosed(opener);
            }
        } else if matches!(top, Some(0 | 1)) {
            self.mismatched(closer);
        } else {
            self.brackets.stray.insert(closer);
            let message = format!("`{}` closes nothing", self.text(closer));
            self.report(closer, message);
        }
    }

    /// Whether an open bracket of the shape may be closed by a closer here: parentheses and square
    /// brackets do not reach across an open brace.
    fn reachable(&self, shape: usize) -> bool {
        let place = self.places[shape].last();
        place.is_some() && (shape >= 2 || place > self.places[2].last().max(self.places[3].last()))
    }

    /// `(1]`: a pair after all, only written wrongly.
    fn mismatched(&mut self, closer: usize) {
        if let Some(opener) = self.pop() {
            let message = format!("`{}` is closed by `{}`", self.text(opener), self.text(closer));
            self.report(opener, message);
        }
    }

    fn unclosed(&mut self, opener: usize) {
        self.brackets.unclosed.insert(opener);
        if !self.is_consequence(opener) {
            let message = format!("this `{}` is never closed", self.text(opener));
            self.report(opener, message);
        }
    }

    fn is_consequence(&self, opener: usize) -> bool {
        let start = self.tokens[opener].span.start;
        self.swallowed.iter().any(|stretch| stretch.start <= start && start <= stretch.end)
    }

    fn text(&self, index: usize) -> String {
        String::from_utf8_lossy(self.tokens[index].text(self.source)).into_owned()
    }

    fn report(&mut self, index: usize, message: String) {
        if self.brackets.diagnostics.len() < MAX_DIAGNOSTICS {
            let span = self.tokens[index].span;
            self.brackets.diagnostics.push(Diagnostic::new(Code::Unclosed, span, message));
        }
    }
}
