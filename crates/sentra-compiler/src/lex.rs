//! Lexing: bytes to tokens whose spans tile the source. Knows nothing of statements;
//! the inside of an f-string's braces is lexed like everything else.

mod format;
pub(crate) mod literal;
pub(crate) mod scan;

use logos::Logos;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// More diagnostics than this for one file help no one.
pub(crate) const MAX_DIAGNOSTICS: usize = 100;

/// Cuts a source into tokens, white space and comments included.
pub fn lex(source: &[u8]) -> (Vec<Token>, Vec<Diagnostic>) {
    scan_all(source, true)
}

/// The same without white space and comments.
pub(crate) fn lex_significant(source: &[u8]) -> (Vec<Token>, Vec<Diagnostic>) {
    scan_all(source, false)
}

fn scan_all(source: &[u8], trivia: bool) -> (Vec<Token>, Vec<Diagnostic>) {
    let (tokens, diagnostics) = scan_once(source, trivia, false);
    let endless = |diagnostic: &Diagnostic| matches!(diagnostic.code, Code::UnterminatedString | Code::Unclosed);
    if diagnostics.iter().any(endless) { scan_once(source, trivia, true) } else { (tokens, diagnostics) }
}

/// One pass; `doubting` after another has shown that some string has no end.
fn scan_once(source: &[u8], trivia: bool, doubting: bool) -> (Vec<Token>, Vec<Diagnostic>) {
    let notes = Notes { doubting, ..Notes::default() };
    let mut lexer = Lexer { inner: TokenKind::lexer_with_extras(source, notes), formats: Vec::new(), waiting: None };
    check_encoding(source, &mut lexer.inner.extras);
    let mut tokens: Vec<Token> = Vec::with_capacity(source.len() / 4);
    while let Some(token) = lexer.next_token() {
        match (tokens.last_mut(), token.kind) {
            (_, TokenKind::Space | TokenKind::Comment) if !trivia => {}
            (Some(last), TokenKind::Invalid)
                if last.kind == TokenKind::Invalid && last.span.end == token.span.start =>
            {
                last.span.end = token.span.end;
            }
            _ => tokens.push(token),
        }
    }
    lexer.finish(&mut tokens, source.len() as u32);
    let mut diagnostics = lexer.inner.extras.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    (tokens, diagnostics)
}

/// Reports each stretch of bytes that is not UTF-8, wherever it stands.
fn check_encoding(source: &[u8], notes: &mut Notes) {
    let mut position = 0;
    for chunk in source.utf8_chunks() {
        let start = position + chunk.valid().len();
        position = start + chunk.invalid().len();
        if position > start {
            let span = Span::new(start as u32, position as u32);
            notes.report(Code::UnexpectedCharacter, span, "this is not UTF-8 text");
        }
    }
}

/// What the lexer notes beside its tokens.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    diagnostics: Vec<Diagnostic>,
    /// A string has run to the end of the source without a closing quote: from then on strings
    /// are sought on their own line only, which keeps lexing linear.
    unterminated: bool,
    /// Some string of this source has no end: one that spans lines and does not end as strings
    /// usually do is taken for it.
    doubting: bool,
}

impl Notes {
    /// Records a diagnostic unless there are too many already.
    pub(crate) fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::new(code, span, message));
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// How far a string may reach into what follows it.
    pub(crate) fn reach<'s>(&self, rest: &'s [u8]) -> &'s [u8] {
        if self.unterminated { &rest[..scan::line_length(rest)] } else { rest }
    }

    /// Whether a string with this inside, followed by `rest`, is taken for one.
    pub(crate) fn trusts(&self, inside: &[u8], rest: &[u8]) -> bool {
        let plausible = rest.first().is_none_or(|next| b" \t\r\n),];}.+:=!?".contains(next));
        !self.doubting || plausible || !inside.contains(&b'\n')
    }

    /// Reports a string without end.
    pub(crate) fn unterminated(&mut self, span: Span, message: &str) {
        self.report(Code::UnterminatedString, span, message);
    }
}

/// An f-string that has begun and not ended.
struct Format {
    /// Where its `f` stands.
    start: u32,
    quote: u8,
    /// Where the `{` of the current value stands; none while in text.
    open: Option<u32>,
    /// Open brackets inside the value.
    depth: u32,
    /// `?` of the value that still wait for their `:`.
    ternaries: u32,
}

struct Lexer<'s> {
    inner: logos::Lexer<'s, TokenKind>,
    formats: Vec<Format>,
    /// A token that has been made beside the last one.
    waiting: Option<Token>,
}

impl Lexer<'_> {
    fn next_token(&mut self) -> Option<Token> {
        if self.waiting.is_some() {
            return self.waiting.take();
        }
        if self.formats.last().is_some_and(|format| format.open.is_none()) {
            return Some(self.format_text());
        }
        let kind = match self.inner.next()? {
            Ok(kind) => kind,
            Err(()) => self.unexpected(),
        };
        if self.inner.extras.doubting && self.loses_brace(kind) {
            return Some(self.close_format());
        }
        let kind = if self.formats.is_empty() { kind } else { self.inside_format(kind) };
        if kind == TokenKind::FormatStart {
            let quote = self.inner.slice()[1];
            let start = self.inner.span().start as u32;
            self.formats.push(Format { start, quote, open: None, depth: 0, ternaries: 0 });
        }
        Some(self.token(kind))
    }

    fn token(&self, kind: TokenKind) -> Token {
        let span = self.inner.span();
        Token { kind, span: Span::new(span.start as u32, span.end as u32) }
    }

    /// A byte that starts no token: takes its whole character and reports it, unless it is not UTF-8.
    fn unexpected(&mut self) -> TokenKind {
        let start = self.inner.span().start;
        let rest = &self.inner.source()[start..];
        let character = rest[..rest.len().min(4)].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        let Some(character) = character else { return TokenKind::Invalid };
        self.inner.bump((start + character.len_utf8()).saturating_sub(self.inner.span().end));
        let span = Span::new(start as u32, start as u32 + character.len_utf8() as u32);
        let message = format!("unexpected character `{}`", character.escape_debug());
        let diagnostic = Diagnostic::new(Code::UnexpectedCharacter, span, message);
        self.inner.extras.push(match scan::plain_spelling(character) {
            Some(" ") => diagnostic.with_help("write an ordinary space"),
            Some(plain) => diagnostic.with_help(format!("write `{plain}`")),
            None => diagnostic,
        });
        TokenKind::Invalid
    }

    /// Whether a string inside an f-string's value is rather the end of the f-string, whose `}` is
    /// missing: its quote is the same and it does not end on its line.
    fn loses_brace(&self, kind: TokenKind) -> bool {
        let text = self.inner.slice();
        let quote = self.formats.last().map(|format| format.quote);
        let closed = text.len() > 1 && text.last() == text.first() && !text.contains(&b'\n');
        kind == TokenKind::String && text.first().copied() == quote && !closed
    }

    /// Takes the quote that was just read for the end of the f-string.
    fn close_format(&mut self) -> Token {
        let start = self.inner.span().start;
        let mut notes = std::mem::take(&mut self.inner.extras);
        notes.diagnostics.retain(|diagnostic| diagnostic.span.start != start as u32);
        if let Some(open) = self.formats.pop().and_then(|format| format.open) {
            notes.report(Code::Unclosed, Span::new(open, open + 1), "this `{` in an f-string has no closing `}`");
        }
        self.inner = TokenKind::lexer_with_extras(self.inner.source(), notes);
        self.inner.bump(start + 1);
        let start = start as u32;
        self.waiting = Some(Token { kind: TokenKind::FormatEnd, span: Span::new(start, start + 1) });
        Token { kind: TokenKind::FormatClose, span: Span::new(start, start) }
    }

    /// Follows the brackets of a value inside an f-string, to know its end and its specification.
    fn inside_format(&mut self, kind: TokenKind) -> TokenKind {
        let Some(format) = self.formats.last_mut() else { return kind };
        match kind {
            TokenKind::LeftParen | TokenKind::LeftSquare | TokenKind::LeftBrace => format.depth += 1,
            TokenKind::RightBrace if format.depth == 0 => {
                format.open = None;
                return TokenKind::FormatClose;
            }
            TokenKind::RightParen | TokenKind::RightSquare | TokenKind::RightBrace => {
                format.depth = format.depth.saturating_sub(1);
            }
            TokenKind::Question if format.depth == 0 => format.ternaries += 1,
            TokenKind::Colon if format.depth == 0 && format.ternaries > 0 => format.ternaries -= 1,
            TokenKind::Colon if format.depth == 0 => {
                let quote = format.quote;
                return self.format_spec(quote);
            }
            _ => {}
        }
        kind
    }

    /// `:spec`, up to the brace.
    fn format_spec(&mut self, quote: u8) -> TokenKind {
        let rest = self.inner.remainder();
        let length = rest.iter().position(|byte| matches!(byte, b'}' | b'\n') || *byte == quote).unwrap_or(rest.len());
        let valid = format::is_spec(&rest[..length]);
        self.inner.bump(length);
        if !valid {
            let span = self.token(TokenKind::FormatSpec).span;
            let message = "this format specification cannot be read";
            self.inner.extras.report(Code::BadFormat, Span::new(span.start + 1, span.end.max(span.start + 2)), message);
        }
        TokenKind::FormatSpec
    }

    /// What stands between the braces of an f-string: its text, the start of a value, or its end.
    fn format_text(&mut self) -> Token {
        let start = self.inner.span().end as u32;
        let rest = self.inner.extras.reach(self.inner.remainder());
        let Some(format) = self.formats.last_mut() else { return self.token(TokenKind::Invalid) };
        let text = format::text_length(rest, format.quote);
        let (kind, length) = match rest.get(text) {
            Some(_) if text > 0 => (TokenKind::FormatText, text),
            Some(b'{') => {
                format.open = Some(start);
                (format.depth, format.ternaries) = (0, 0);
                (TokenKind::FormatOpen, 1)
            }
            Some(_) => (TokenKind::FormatEnd, 1),
            None => {
                self.inner.extras.unterminated = true;
                let line = scan::line_length(rest);
                let span = Span::new(format.start, format.start + 2);
                self.inner.extras.unterminated(span, "this f-string has no closing quote");
                (TokenKind::FormatEnd, line)
            }
        };
        if kind == TokenKind::FormatEnd {
            self.formats.pop();
        }
        if kind == TokenKind::FormatText {
            let text = &rest[..length];
            scan::check_escapes(text, start, &mut self.inner.extras);
            format::check_braces(text, start, &mut self.inner.extras);
        }
        self.inner.bump(length);
        Token { kind, span: Span::new(start, start + length as u32) }
    }

    /// At the end of the source: an f-string whose value never ended has swallowed the rest, so
    /// nothing after it can be trusted.
    fn finish(&mut self, tokens: &mut Vec<Token>, end: u32) {
        let Some(outermost) = self.formats.first() else { return };
        let start = outermost.start;
        let open = outermost.open.unwrap_or(start);
        tokens.retain(|token| token.span.start < start);
        tokens.push(Token { kind: TokenKind::Invalid, span: Span::new(start, end) });
        self.inner.extras.diagnostics.retain(|diagnostic| diagnostic.span.start < start);
        let span = Span::new(open, open + 1);
        self.inner.extras.report(Code::Unclosed, span, "this `{` in an f-string has no closing `}`");
    }
}
