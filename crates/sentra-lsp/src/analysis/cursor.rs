//! What stands round the cursor, read from the tokens before it: they are there while the line is unfinished.

use sentra_compiler::layout::is_keyword;
use sentra_compiler::span::Span;
use sentra_compiler::token::{Token, TokenKind};

use super::Analysis;

/// What may be written at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nothing that anyone could propose: a comment, a string, a number, a new name.
    Nothing,
    /// The path of a file.
    File(String),
    /// A member of what these words name; none if it is a value without a name.
    Member(Vec<String>),
    /// A builtin module.
    Module,
    /// A name that a module or file gives, if it is written already which.
    Imported(Option<String>),
    /// Whatever can begin an expression or a statement.
    Name,
}

/// A call that is being written.
#[derive(Clone, Debug)]
pub struct OpenCall {
    /// The words before the bracket.
    pub path: Vec<String>,
    /// Which argument the cursor is in, from 0.
    pub argument: u32,
}

impl Analysis {
    /// Where the word begins that ends at a byte, and what may stand there.
    pub fn place(&self, offset: u32) -> (u32, Place) {
        let before = self.tokens.partition_point(|token| token.span.start < offset);
        let inside = self.tokens[..before].last();
        match inside.filter(|token| token.span.end >= offset) {
            Some(token) if token.kind == TokenKind::Comment => (offset, Place::Nothing),
            Some(token) if matches!(token.kind, TokenKind::String | TokenKind::RawString) => self.string(token, offset),
            Some(token) if matches!(token.kind, TokenKind::FormatText | TokenKind::FormatSpec | TokenKind::Number) => {
                (offset, Place::Nothing)
            }
            Some(token) if token.kind == TokenKind::Name || is_keyword(token.kind) => {
                (token.span.start, self.after(before - 1))
            }
            _ => (offset, self.after(before)),
        }
    }

    /// Within a string: the path of an import, or nothing. Behind the last quote an operator would follow.
    fn string(&self, string: &Token, offset: u32) -> (u32, Place) {
        let text = self.slice(string.span);
        let index = self.tokens.partition_point(|token| token.span.start < string.span.start);
        let previous = self.before(index);
        let imports = previous.is_some_and(|token| {
            token.kind == TokenKind::Import || token.kind == TokenKind::Name && self.slice(token.span) == "from"
        });
        let start = string.span.start + 1;
        let closed = text.len() > 1 && text.ends_with(&text[..1]) && offset == string.span.end;
        match imports && !closed && start <= offset {
            true => (start, Place::File(self.slice(Span::new(start, offset)).to_owned())),
            false => (offset, Place::Nothing),
        }
    }

    /// The last token before the one of this index that means something.
    fn before(&self, index: usize) -> Option<&Token> {
        self.before_index(index).map(|index| &self.tokens[index])
    }

    fn before_index(&self, index: usize) -> Option<usize> {
        let trivia = |kind| matches!(kind, TokenKind::Space | TokenKind::Comment | TokenKind::Newline);
        self.tokens[..index].iter().rposition(|token| !trivia(token.kind))
    }

    /// What may stand behind the tokens before this index.
    fn after(&self, index: usize) -> Place {
        let Some(last) = self.before_index(index) else { return Place::Name };
        let same_line = !self.tokens[last..index].iter().any(|token| token.kind == TokenKind::Newline);
        match self.tokens[last].kind {
            TokenKind::Dot | TokenKind::QuestionDot | TokenKind::ColonColon => {
                let path = self.path_before(last);
                match path.first().map(String::as_str) {
                    Some("use") => Place::Module,
                    _ => Place::Member(path),
                }
            }
            TokenKind::Import if same_line => Place::Module,
            TokenKind::Fn | TokenKind::Let | TokenKind::Var | TokenKind::Const if same_line => Place::Nothing,
            TokenKind::Name if same_line && ["use", "from"].contains(&self.slice(self.tokens[last].span)) => {
                Place::Module
            }
            TokenKind::LeftBrace | TokenKind::Comma => self.in_import(last).unwrap_or(Place::Name),
            _ => Place::Name,
        }
    }

    /// The words that a dot follows: `use std::net::` begins with `use`.
    fn path_before(&self, dot: usize) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut dot = Some(dot);
        while let Some(at) = dot {
            let Some(word) = self.before_index(at) else { break };
            let token = self.tokens[word];
            if token.kind != TokenKind::Name && !is_keyword(token.kind) {
                return Vec::new();
            }
            words.push(self.slice(token.span).to_owned());
            dot = self.before_index(word).filter(|before| {
                matches!(self.tokens[*before].kind, TokenKind::Dot | TokenKind::QuestionDot | TokenKind::ColonColon)
            });
            let first = self.before(word);
            if dot.is_none() && first.is_some_and(|token| self.slice(token.span) == "use") {
                words.push("use".to_owned());
            }
        }
        words.reverse();
        words
    }

    /// Within the braces of `import { a, b } from …`.
    fn in_import(&self, index: usize) -> Option<Place> {
        let inside = |kind| {
            matches!(
                kind,
                TokenKind::Name | TokenKind::Comma | TokenKind::Space | TokenKind::Newline | TokenKind::Comment
            )
        };
        let open = self.tokens[..=index].iter().rposition(|token| !inside(token.kind))?;
        let is_import = self.tokens[open].kind == TokenKind::LeftBrace && self.before(open)?.kind == TokenKind::Import;
        let mut rest = self.tokens[index + 1..].iter().filter(|token| token.kind != TokenKind::Space);
        let close = rest.by_ref().find(|token| !inside(token.kind));
        let from = close.filter(|token| token.kind == TokenKind::RightBrace).and_then(|_| rest.nth(1));
        is_import.then(|| Place::Imported(from.map(|token| self.slice(token.span).to_owned())))
    }

    /// The call whose arguments the cursor is in.
    pub fn open_call(&self, offset: u32) -> Option<OpenCall> {
        let mut depth = 0u32;
        let mut argument = 0;
        let end = self.tokens.partition_point(|token| token.span.end <= offset);
        for (index, token) in self.tokens[..end].iter().enumerate().rev() {
            match token.kind {
                TokenKind::RightParen | TokenKind::RightSquare | TokenKind::RightBrace | TokenKind::FormatClose => {
                    depth += 1;
                }
                TokenKind::Comma if depth == 0 => argument += 1,
                TokenKind::LeftParen if depth == 0 => return self.called(index, argument),
                // What is counted so far belongs to a list or map; a function's body has statements.
                TokenKind::LeftSquare | TokenKind::FormatOpen if depth == 0 => argument = 0,
                TokenKind::LeftBrace if depth == 0 && self.opens_map(token) => argument = 0,
                TokenKind::LeftBrace if depth == 0 => return None,
                TokenKind::LeftParen | TokenKind::LeftSquare | TokenKind::LeftBrace | TokenKind::FormatOpen => {
                    depth -= 1;
                }
                _ => {}
            }
        }
        None
    }

    fn opens_map(&self, brace: &Token) -> bool {
        let first = self.words.partition_point(|word| word.span.start < brace.span.start);
        let here = self.words[first..].iter().take_while(|word| word.span.start == brace.span.start);
        here.into_iter().any(|word| word.kind == TokenKind::MapOpen)
    }

    fn called(&self, bracket: usize, argument: u32) -> Option<OpenCall> {
        let name = self.before_index(bracket)?;
        if self.tokens[name].kind != TokenKind::Name {
            return None;
        }
        let before = self.before(name).map(|token| token.kind);
        if before == Some(TokenKind::Fn) {
            return None;
        }
        let mut path = match self.before_index(name) {
            Some(dot)
                if matches!(self.tokens[dot].kind, TokenKind::Dot | TokenKind::QuestionDot | TokenKind::ColonColon) =>
            {
                let path = self.path_before(dot);
                if path.is_empty() { vec![String::new()] } else { path }
            }
            _ => Vec::new(),
        };
        path.push(self.slice(self.tokens[name].span).to_owned());
        Some(OpenCall { path, argument })
    }
}
