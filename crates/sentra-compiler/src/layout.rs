//! Layout: decides which newlines end statements, what each `{` opens, which words are keywords in
//! their place and which bars belong to a lambda. Its result is balanced: a missing closer is
//! put in, a closer without opener is left out, and both have been reported.
//! It looks at most two tokens ahead and knows no grammar beyond that.

mod brackets;
mod ending;
pub mod pending;
mod words;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::token::{Token, TokenKind};
use brackets::Brackets;
pub use words::is_keyword;

/// Rewrites tokens as the grammar wants them. `found` are the lexer's diagnostics.
pub fn layout(source: &[u8], tokens: &[Token], found: &[Diagnostic]) -> (Vec<Token>, Vec<Diagnostic>) {
    let trivia = |token: &Token| matches!(token.kind, TokenKind::Space | TokenKind::Comment);
    if tokens.iter().any(trivia) {
        let significant: Vec<Token> = tokens.iter().filter(|token| !trivia(token)).copied().collect();
        return layout(source, &significant, found);
    }
    let brackets = match brackets::pair(source, tokens, found) {
        Ok(brackets) => brackets,
        Err(index) => {
            let message = "brackets nest too deeply here";
            return (Vec::new(), vec![Diagnostic::new(Code::TooDeep, tokens[index].span, message)]);
        }
    };
    let mut layout = Layout {
        source,
        tokens,
        position: 0,
        brackets: &brackets,
        frames: vec![Frame::new(FrameKind::Block, false)],
        heads: Vec::new(),
        output: Vec::with_capacity(tokens.len() + 8),
        newline: None,
        importing: false,
        end: source.len() as u32,
    };
    layout.run();
    let output = layout.output;
    (output, brackets.diagnostics)
}

/// What a bracket that is still open holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    Paren,
    Square,
    Map,
    Format,
    Block,
    Match,
    Select,
}

impl FrameKind {
    /// Whether newlines and `;` end statements directly inside.
    fn has_statements(self) -> bool {
        matches!(self, Self::Block | Self::Match | Self::Select)
    }

    fn closer(self) -> TokenKind {
        match self {
            Self::Paren => TokenKind::RightParen,
            Self::Square => TokenKind::RightSquare,
            Self::Map => TokenKind::MapClose,
            Self::Format => TokenKind::FormatClose,
            Self::Block | Self::Match | Self::Select => TokenKind::BlockClose,
        }
    }
}

struct Frame {
    kind: FrameKind,
    /// No closer follows in the source.
    unclosed: bool,
    /// How many heads were waiting outside.
    heads: usize,
    /// Between the bars of a lambda's parameters.
    bars: bool,
    /// In the head of a `case` or `default`.
    case: bool,
    /// `?` that wait for their `:`.
    ternaries: u32,
    /// Where in the output it was opened.
    opened: usize,
    /// Where in the output the current statement begins.
    statement: usize,
    /// Where in the output the last block directly inside was opened.
    block: usize,
}

impl Frame {
    fn new(kind: FrameKind, unclosed: bool) -> Self {
        Self { kind, unclosed, heads: 0, bars: false, case: false, ternaries: 0, opened: 0, statement: 0, block: 0 }
    }
}

/// A keyword that waits for its `{`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Match,
    Fn,
    Other,
}

struct Layout<'a> {
    source: &'a [u8],
    tokens: &'a [Token],
    position: usize,
    brackets: &'a Brackets,
    frames: Vec<Frame>,
    heads: Vec<Head>,
    output: Vec<Token>,
    /// The last newline that has not been judged yet.
    newline: Option<Span>,
    /// Inside an `import`, where `as` and `from` are keywords.
    importing: bool,
    end: u32,
}

impl Layout<'_> {
    fn run(&mut self) {
        while let Some(token) = self.tokens.get(self.position).copied() {
            if token.kind == TokenKind::Newline {
                self.newline = Some(token.span);
            } else if !self.brackets.is_stray(self.position) {
                self.judge_newline(token);
                self.token(token);
            }
            self.position += 1;
        }
        self.close_down_to(1, self.end);
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the file's own frame is never popped")
    }

    /// Whether a keyword still waits for its `{`.
    fn is_head_waiting(&self) -> bool {
        self.frames.last().is_some_and(|frame| self.heads.len() > frame.heads)
    }

    fn previous(&self) -> TokenKind {
        self.output.last().map_or(TokenKind::Terminator, |token| token.kind)
    }

    fn at_start(&self) -> bool {
        use TokenKind::{BlockOpen, MatchOpen, SelectOpen, Terminator};
        matches!(self.previous(), Terminator | BlockOpen | MatchOpen | SelectOpen)
    }

    fn emit(&mut self, kind: TokenKind, span: Span) {
        self.output.push(Token { kind, span });
    }

    /// The next token after this one, newlines skipped or not.
    fn next(&self, ahead: usize, skip_newlines: bool) -> TokenKind {
        let rest = self.tokens.get(self.position + 1..).unwrap_or_default();
        let mut kinds =
            rest.iter().map(|token| token.kind).filter(|kind| !skip_newlines || *kind != TokenKind::Newline);
        kinds.nth(ahead).unwrap_or(TokenKind::Terminator)
    }

    /// Closes the innermost bracket, for which the source has no closer.
    fn close(&mut self, at: u32) {
        let Some(frame) = self.frames.pop() else { return };
        self.leave(&frame, Span::new(at, at));
        if frame.kind == FrameKind::Format {
            self.emit(TokenKind::FormatEnd, Span::new(at, at));
        }
    }

    fn close_down_to(&mut self, length: usize, at: u32) {
        while self.frames.len() > length.max(1) {
            self.close(at);
        }
    }

    fn open(&mut self, kind: FrameKind, token: TokenKind, span: Span) {
        let mut frame = Frame::new(kind, self.brackets.is_unclosed(self.position));
        frame.heads = self.heads.len();
        frame.opened = self.output.len();
        frame.statement = frame.opened + 1;
        self.frames.push(frame);
        self.emit(token, span);
    }

    fn closer(&mut self, token: Token) {
        let Some(open) = self.frames.iter().rposition(|frame| !frame.unclosed).filter(|open| *open > 0) else {
            return;
        };
        self.close_down_to(open + 1, token.span.start);
        if let Some(frame) = self.frames.pop() {
            self.leave(&frame, token.span);
        }
    }

    fn leave(&mut self, frame: &Frame, closer: Span) {
        self.heads.truncate(frame.heads);
        self.emit(frame.kind.closer(), closer);
        self.frame().block = frame.opened;
    }

    fn token(&mut self, token: Token) {
        use TokenKind as T;
        match self.word(token.kind) {
            T::LeftParen => self.open(FrameKind::Paren, T::LeftParen, token.span),
            T::LeftSquare => self.open(FrameKind::Square, T::LeftSquare, token.span),
            T::FormatOpen => self.open(FrameKind::Format, T::FormatOpen, token.span),
            T::LeftBrace => self.brace(token.span),
            T::RightParen | T::RightSquare | T::RightBrace | T::FormatClose => self.closer(token),
            T::Semicolon if self.frame().kind.has_statements() && !self.is_head_waiting() => self.terminate(token.span),
            T::Pipe | T::OrOr => self.bar(token),
            T::Colon => self.colon(token.span),
            kind => {
                self.note(kind);
                self.emit(kind, token.span);
            }
        }
    }

    /// Remembers what later tokens depend on.
    fn note(&mut self, kind: TokenKind) {
        use TokenKind as T;
        match kind {
            T::If if self.frame().kind == FrameKind::Match && !words::expects_operand(self.previous()) => {}
            T::If | T::While | T::For | T::Catch => self.heads.push(Head::Other),
            T::Match => self.heads.push(Head::Match),
            T::Fn => self.heads.push(Head::Fn),
            T::Arrow if self.heads.len() > self.frame().heads && self.heads.last() == Some(&Head::Fn) => {
                self.heads.pop();
            }
            T::Question => self.frame().ternaries += 1,
            T::Case | T::Default => self.frame().case = true,
            T::Import => self.importing = true,
            _ => {}
        }
    }

    /// `|` or `||`: an operator, or a lambda's bars where an operand is expected.
    fn bar(&mut self, token: Token) {
        let operand = words::expects_operand(self.previous());
        if token.kind == TokenKind::OrOr && self.frame().bars {
            // `|x||y| …`: one list of parameters ends and the next begins.
            let middle = token.span.start + 1;
            self.emit(TokenKind::Bar, Span::new(token.span.start, middle));
            return self.emit(TokenKind::Bar, Span::new(middle, token.span.end));
        }
        let kind = match token.kind {
            TokenKind::Pipe if self.frame().bars => {
                self.frame().bars = false;
                TokenKind::Bar
            }
            TokenKind::Pipe if operand => {
                self.frame().bars = true;
                TokenKind::Bar
            }
            TokenKind::OrOr if operand => TokenKind::Bars,
            kind => kind,
        };
        self.emit(kind, token.span);
    }

    /// `:`, which ends the head of a `case`.
    fn colon(&mut self, span: Span) {
        self.emit(TokenKind::Colon, span);
        let frame = self.frame();
        if frame.ternaries > 0 {
            frame.ternaries -= 1;
        } else if frame.case {
            self.terminate(Span::new(span.end, span.end));
        }
    }

    /// `{`: a map, a block, or the body of a `match` or `select`.
    fn brace(&mut self, span: Span) {
        let waiting = self.is_head_waiting();
        if self.opens_map() {
            return self.open(FrameKind::Map, TokenKind::MapOpen, span);
        }
        let previous = self.previous();
        if previous == TokenKind::Select {
            return self.open(FrameKind::Select, TokenKind::SelectOpen, span);
        }
        let own = words::takes_block(previous) && previous != TokenKind::Catch;
        let head = if waiting && !own && !self.at_start() { self.heads.pop() } else { None };
        match head {
            Some(Head::Match) => self.open(FrameKind::Match, TokenKind::MatchOpen, span),
            _ => self.open(FrameKind::Block, TokenKind::BlockOpen, span),
        }
    }

    fn opens_map(&mut self) -> bool {
        use TokenKind as T;
        let previous = self.previous();
        if self.at_start() {
            return self.frame().kind == FrameKind::Match;
        }
        if matches!(previous, T::Let | T::Var | T::Const | T::Import) {
            return true;
        }
        if !words::expects_operand(previous) || words::takes_block(previous) {
            return false;
        }
        let (first, second) = (self.next(0, true), self.next(1, true));
        let key = words::is_word(first) || matches!(first, T::String | T::RawString | T::Number);
        if key && second == T::Colon {
            return !matches!(self.next(2, true), T::For | T::While | T::Loop);
        }
        if first == T::Minus && second == T::Number {
            return self.next(2, true) == T::Colon;
        }
        let body = previous == T::Arrow || previous == T::Bar && !self.frame().bars || previous == T::Bars;
        !body && (first == T::RightBrace || first == T::Name && matches!(second, T::Comma | T::RightBrace))
    }

    /// What a word is in its place: a keyword, or a name after all.
    fn word(&mut self, kind: TokenKind) -> TokenKind {
        if !words::is_word(kind) {
            return kind;
        }
        let previous = self.previous();
        if matches!(previous, TokenKind::Dot | TokenKind::QuestionDot | TokenKind::ColonColon) || self.is_key() {
            return TokenKind::Name;
        }
        if kind != TokenKind::Name {
            return kind;
        }
        let text = self.tokens[self.position].text(self.source);
        self.keyword(text).unwrap_or(TokenKind::Name)
    }

    /// Whether the word is a bare key of a map or map pattern.
    fn is_key(&mut self) -> bool {
        use TokenKind as T;
        self.frame().kind == FrameKind::Map
            && matches!(self.previous(), T::MapOpen | T::Comma)
            && matches!(self.next(0, true), T::Colon | T::Comma | T::RightBrace)
    }

    /// The keyword that a name is in this place.
    fn keyword(&mut self, text: &[u8]) -> Option<TokenKind> {
        use TokenKind as T;
        let start = self.at_start();
        let in_select = self.frame().kind == FrameKind::Select;
        match text {
            b"go" | b"async" if words::expects_operand(self.previous()) && self.starts_fiber() => Some(T::Spawn),
            b"use" if start && self.next(0, false) == T::Name => Some(T::Use),
            b"select" if start && self.next(0, true) == T::LeftBrace => Some(T::Select),
            b"case" if start && in_select => Some(T::Case),
            b"default" if start && in_select && self.next(0, true) == T::Colon => Some(T::Default),
            b"as" if self.importing && matches!(self.previous(), T::Name | T::String) => {
                (self.next(0, true) == T::Name).then_some(T::As)
            }
            b"from" if self.importing && self.previous() == T::MapClose => Some(T::From),
            _ => None,
        }
    }

    /// Whether what follows `go` or `async` can be started.
    fn starts_fiber(&mut self) -> bool {
        let waiting = self.is_head_waiting();
        !self.importing
            && match self.next(0, false) {
                TokenKind::LeftBrace => !waiting,
                TokenKind::Name | TokenKind::Fn => true,
                _ => false,
            }
    }
}
