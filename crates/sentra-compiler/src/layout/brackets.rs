//! Pairs brackets and reports those without partner, each mistake once: at the opener where there
//! is one.

use crate::ast::MAX_DEPTH;
use crate::diagnostic::{Code, Diagnostic};
use crate::lex::MAX_DIAGNOSTICS;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// Indentation beyond this is not told apart.
const MAX_INDENTATION: usize = 200;

/// The brackets that have no partner, by the index of their token, in order.
pub(super) struct Brackets {
    unclosed: Vec<usize>,
    stray: Vec<usize>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Brackets {
    pub(super) fn is_unclosed(&self, index: usize) -> bool {
        self.unclosed.binary_search(&index).is_ok()
    }

    pub(super) fn has_unclosed(&self) -> bool {
        !self.unclosed.is_empty()
    }

    /// Whether there is a closer without opener, or a pair of different shapes.
    pub(super) fn is_beyond_mending(&self) -> bool {
        self.diagnostics.len() > self.unclosed.len() || !self.stray.is_empty()
    }

    pub(super) fn is_stray(&self, index: usize) -> bool {
        self.stray.binary_search(&index).is_ok()
    }
}

/// Finds the partners of all brackets. `found` are the lexer's diagnostics. Brackets that nest too
/// deeply give the index of the first one that does.
pub(super) fn pair(source: &[u8], tokens: &[Token], found: &[Diagnostic]) -> Result<Brackets, usize> {
    let plain = run(source, tokens, found, false)?;
    let brace = |index: &usize| tokens[*index].kind == TokenKind::LeftBrace;
    if !plain.unclosed.iter().any(brace)
        && !plain.stray.iter().any(|index| tokens[*index].kind == TokenKind::RightBrace)
    {
        return Ok(plain);
    }
    // Some brace is missing: the indentation shows where, if it explains no less.
    let indented = run(source, tokens, found, true)?;
    Ok(if indented.diagnostics.len() <= plain.diagnostics.len() { indented } else { plain })
}

fn run(source: &[u8], tokens: &[Token], found: &[Diagnostic], indentation: bool) -> Result<Brackets, usize> {
    let brackets = Brackets { unclosed: Vec::new(), stray: Vec::new(), diagnostics: Vec::new() };
    let swallowed = swallowed(source, found);
    let (open, places) = (Vec::new(), Default::default());
    let mut pairing = Pairing { source, tokens, swallowed, open, places, brackets };
    let mut line = 0;
    for (index, token) in tokens.iter().enumerate() {
        if let Some(shape) = opened(token.kind) {
            pairing.places[shape].push(pairing.open.len());
            pairing.open.push(Opener { index, line });
            if pairing.open.len() >= MAX_DEPTH as usize {
                return Err(index);
            }
        } else if let Some(shape) = closed(token.kind) {
            if indentation && shape == 2 && index == line {
                pairing.close_deeper(line);
            }
            pairing.close(index, shape);
        } else if token.kind == TokenKind::Newline {
            line = index + 1;
        }
    }
    while let Some(opener) = pairing.pop() {
        pairing.unclosed(opener);
    }
    pairing.brackets.unclosed.sort_unstable();
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

/// An open bracket, and the first token of its line.
#[derive(Clone, Copy)]
struct Opener {
    index: usize,
    line: usize,
}

struct Pairing<'a> {
    source: &'a [u8],
    tokens: &'a [Token],
    swallowed: Vec<Span>,
    /// The open brackets.
    open: Vec<Opener>,
    /// Where in `open` those of each shape stand.
    places: [Vec<usize>; 4],
    brackets: Brackets,
}

impl Pairing<'_> {
    fn pop(&mut self) -> Option<usize> {
        let opener = self.open.pop()?.index;
        self.places[self.shape(opener)].pop();
        Some(opener)
    }

    /// Gives up braces whose line is indented further than the closing brace that begins a line,
    /// if an outer one's line is indented just like it.
    fn close_deeper(&mut self, closer: usize) {
        let column = self.column(closer);
        let outer = self.places[2].iter().rev().find(|place| self.column(self.open[**place].line) <= column);
        let Some(outer) = outer.copied().filter(|outer| self.column(self.open[*outer].line) == column) else { return };
        while self.open.len() > outer + 1 {
            self.pop().into_iter().for_each(|opener| self.unclosed(opener));
        }
    }

    /// How far a token stands from the start of its line.
    fn column(&self, token: usize) -> usize {
        let start = self.tokens[token].span.start as usize;
        let near = &self.source[start.saturating_sub(MAX_INDENTATION)..start];
        near.iter().rev().take_while(|byte| **byte != b'\n').count()
    }

    fn shape(&self, opener: usize) -> usize {
        opened(self.tokens[opener].kind).unwrap_or_default()
    }

    fn close(&mut self, closer: usize, shape: usize) {
        let top = self.open.last().map(|opener| self.shape(opener.index));
        if self.reachable(shape) {
            while let Some(opener) = self.pop().filter(|opener| self.shape(*opener) != shape) {
                self.unclosed(opener);
            }
        } else if matches!(top, Some(0 | 1)) {
            self.mismatched(closer);
        } else {
            self.brackets.stray.push(closer);
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
        self.brackets.unclosed.push(opener);
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
