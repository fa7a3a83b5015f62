//! Where statements end: at newlines, at `;`, and at a block that closes its statement.
//! It judges each token as layout comes to it; it does not read ahead.

use super::{FrameKind, Layout, words};
use crate::span::Span;
use crate::token::{Token, TokenKind};

impl Layout<'_> {
    /// Ends the statement if the newline before `token` does.
    pub(super) fn judge_newline(&mut self, token: Token) {
        let Some(newline) = self.newline.take() else { return self.judge_line(token) };
        let waiting = self.is_head_waiting();
        let head = token.kind == TokenKind::LeftBrace && waiting;
        let previous = self.previous();
        let open = self.frame().unclosed && self.frame().kind == FrameKind::Block;
        if open && words::follows_own_block(token.kind) && previous != TokenKind::BlockClose {
            // The missing brace belongs before this `else`.
            return self.close(newline.start);
        }
        let ends = words::can_end(previous) || words::starts_statement(token.kind) && words::is_cut_off(previous);
        if !ends || words::continues(token.kind) || head {
            return;
        }
        while self.frame().unclosed && !self.frame().kind.has_statements() {
            self.close(newline.start);
        }
        if self.frame().kind.has_statements() && !words::is_closer(token.kind) {
            self.terminate(newline);
        }
    }

    /// Ends the statement before `token` on the same line if its block ends it, or if `token` begins
    /// the next `case`.
    fn judge_line(&mut self, token: Token) {
        let waiting = self.is_head_waiting();
        let place = Span::new(token.span.start, token.span.start);
        if waiting || !self.frame().kind.has_statements() {
            return;
        }
        if self.frame().kind == FrameKind::Select && matches!(token.text(self.source), b"case" | b"default") {
            if words::can_end(self.previous()) {
                self.terminate(place);
            }
        } else if self.previous() == TokenKind::BlockClose && self.block_ends_statement(token.kind) {
            self.terminate(place);
        }
    }

    /// Whether the block that ends here ends the statement too, when `next` follows.
    fn block_ends_statement(&mut self, next: TokenKind) -> bool {
        match self.statement() {
            _ if self.is_body_after_arrow() => words::follows_block(next),
            _ if self.frame().kind == FrameKind::Match => false,
            [TokenKind::Try, _] if self.before_block() == Some(TokenKind::Try) => false,
            [first, second] => words::ends_with_block(first, second, next),
        }
    }

    /// Whether the last block is the body of a `match` arm or of `fn name() =>`.
    fn is_body_after_arrow(&mut self) -> bool {
        let arrow = self.before_block() == Some(TokenKind::Arrow);
        arrow && (self.frame().kind == FrameKind::Match || self.statement() == [TokenKind::Fn, TokenKind::Name])
    }

    /// What stands before the last block.
    fn before_block(&mut self) -> Option<TokenKind> {
        let before = self.frame().block.checked_sub(1)?;
        self.output.get(before).map(|token| token.kind)
    }

    /// The first two kinds of the current statement, without `export` and label.
    fn statement(&mut self) -> [TokenKind; 2] {
        let start = self.frame().statement;
        let kind = |index: usize| self.output.get(start + index).map_or(TokenKind::Terminator, |token| token.kind);
        match [kind(0), kind(1)] {
            [TokenKind::Export, first] => [first, kind(2)],
            [TokenKind::Name, TokenKind::Colon] => [kind(2), kind(3)],
            kinds => kinds,
        }
    }

    pub(super) fn terminate(&mut self, span: Span) {
        if self.at_start() {
            return;
        }
        let heads = self.frame().heads;
        self.heads.truncate(heads);
        self.frame().bars = false;
        self.frame().case = false;
        self.frame().ternaries = 0;
        self.importing = false;
        self.emit(TokenKind::Terminator, span);
        self.frame().statement = self.output.len();
    }
}
