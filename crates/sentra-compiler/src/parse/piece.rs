//! Assembles blocks from their pieces.

use std::collections::VecDeque;

use super::build::{Body, Builder, Piece};
use super::{depth, expected, grammar};
use crate::ast::{
    Ast, Block, Expression, ExpressionKind, MatchArm, SelectArm, SelectOperation, Statement, StatementKind,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::lex::MAX_DIAGNOSTICS;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// A block, `match` or `select` that is still open.
#[derive(Default)]
struct Open {
    opener: Option<Token>,
    /// The tokens of the current piece.
    piece: Vec<(u32, TokenKind, u32)>,
    /// The finished blocks among them.
    bodies: VecDeque<Body>,
    statements: Vec<Statement>,
    arms: Vec<MatchArm>,
    cases: Vec<SelectArm>,
    default: Option<Block>,
    /// Whether statements now belong to `default:`.
    in_default: bool,
}

struct Assembly<'s> {
    builder: Builder<'s>,
    open: Vec<Open>,
    /// Where earlier stages found mistakes, in order.
    places: Vec<u32>,
}

/// Builds the tree of a whole file.
pub(super) fn assemble(source: &[u8], tokens: &[Token], places: Vec<u32>) -> (Ast, Vec<Diagnostic>) {
    let mut assembly = Assembly { builder: Builder::new(source), open: vec![Open::default()], places };
    for token in tokens {
        assembly.token(*token);
    }
    let end = source.len() as u32;
    while assembly.open.len() > 1 {
        assembly.close(Token { kind: TokenKind::BlockClose, span: Span::new(end, end) });
    }
    assembly.finish_piece(Token { kind: TokenKind::Terminator, span: Span::new(end, end) });
    let body = assembly.open.pop().map(|file| file.statements).unwrap_or_default();
    (Ast { body }, assembly.builder.diagnostics)
}

impl Assembly<'_> {
    fn token(&mut self, token: Token) {
        match token.kind {
            TokenKind::BlockOpen | TokenKind::MatchOpen | TokenKind::SelectOpen => {
                self.open.push(Open { opener: Some(token), ..Open::default() });
            }
            TokenKind::BlockClose => self.close(token),
            TokenKind::Terminator => self.finish_piece(token),
            kind => self.top().piece.push((token.span.start, kind, token.span.end)),
        }
    }

    fn top(&mut self) -> &mut Open {
        self.open.last_mut().expect("the file itself stays open")
    }

    /// Makes the finished block one token of the piece that encloses it.
    fn close(&mut self, closer: Token) {
        self.finish_piece(closer);
        if self.open.len() < 2 {
            return;
        }
        let Some((open, opener)) = self.open.pop().and_then(|open| open.opener.map(|opener| (open, opener))) else {
            return;
        };
        let span = opener.span.to(closer.span);
        let (kind, body) = match opener.kind {
            TokenKind::MatchOpen => (TokenKind::MatchBody, Body::Arms(open.arms)),
            TokenKind::SelectOpen => (TokenKind::SelectBody, Body::Cases { arms: open.cases, default: open.default }),
            _ => (TokenKind::Block, Body::Block(self.builder.new_block(open.statements, span))),
        };
        let top = self.top();
        top.piece.push((span.start, kind, span.end));
        top.bodies.push_back(body);
    }

    /// Parses the tokens since the last piece; `end` is what ended them.
    fn finish_piece(&mut self, end: Token) {
        let enough = self.builder.diagnostics.len() >= MAX_DIAGNOSTICS;
        let top = self.top();
        if enough {
            // So many mistakes are no program: the rest is not looked at.
            top.piece.clear();
            top.bodies.clear();
        }
        let Some((start, first, _)) = top.piece.first().copied() else { return };
        let in_match = top.opener.is_some_and(|opener| opener.kind == TokenKind::MatchOpen);
        let in_select = top.opener.is_some_and(|opener| opener.kind == TokenKind::SelectOpen);
        let mark = match first {
            TokenKind::Case | TokenKind::Default if in_select => None,
            _ if in_match => Some((start, TokenKind::ArmsMark, start)),
            _ => Some((start, TokenKind::StatementMark, start)),
        };
        let mut tokens = std::mem::take(&mut top.piece);
        self.builder.bodies = std::mem::take(&mut top.bodies);
        let stream = mark.into_iter().chain(tokens.iter().copied()).map(Ok);
        match grammar::PieceParser::new().parse(&mut self.builder, stream) {
            Ok(piece) => self.add(piece, start),
            Err(error) => {
                self.builder.arms.clear();
                self.fail(&expected::Failure { error, tokens: &tokens, end, in_match });
                let last = tokens.last().map_or(start, |token| token.2);
                self.add_error(first, Span::new(start, last));
            }
        }
        tokens.clear();
        self.top().piece = tokens;
    }

    /// Reports a malformed piece, unless something in it has been reported before.
    fn fail(&mut self, failure: &expected::Failure<'_>) {
        let start = failure.tokens.first().map_or(0, |token| token.0);
        let known = self.places.partition_point(|place| *place < start);
        if self.places.get(known).is_some_and(|place| *place <= failure.end.span.start) {
            return;
        }
        let (diagnostic, inside) = expected::diagnose(failure, self.builder.source);
        if let Some(block) = inside {
            self.builder.diagnostics.retain(|other| !(block.start <= other.span.start && other.span.end <= block.end));
        }
        self.builder.report(diagnostic);
    }

    fn add(&mut self, piece: Piece, start: u32) {
        let top = self.open.last_mut().expect("the file itself stays open");
        match piece {
            Piece::Statement(kind, span) => self.add_statement(Statement { kind: *kind, span }),
            Piece::Arms => top.arms.append(&mut self.builder.arms),
            Piece::Case(operation, span) => {
                top.in_default = false;
                top.cases.push(SelectArm { operation: *operation, body: Block { span, ..Block::default() }, span });
            }
            Piece::Default(colon) => {
                top.in_default = true;
                let span = Span::new(start, colon);
                if top.default.replace(Block { span, ..Block::default() }).is_some() {
                    let message = "this `select` has two `default` arms";
                    self.builder.report(Diagnostic::new(Code::UnexpectedToken, span, message));
                }
            }
        }
    }

    fn add_error(&mut self, first: TokenKind, span: Span) {
        if first == TokenKind::Case {
            let channel = Expression { kind: ExpressionKind::Error, span, depth: 1 };
            let operation = Box::new(SelectOperation::Receive { name: None, channel });
            self.add(Piece::Case(operation, span), span.start);
        } else if self.top().opener.is_none_or(|opener| opener.kind != TokenKind::MatchOpen) {
            self.add_statement(Statement { kind: StatementKind::Error, span });
        }
    }

    fn add_statement(&mut self, statement: Statement) {
        let top = self.open.last_mut().expect("the file itself stays open");
        if top.opener.is_none_or(|opener| opener.kind != TokenKind::SelectOpen) {
            return top.statements.push(statement);
        }
        let arm = if top.in_default { top.default.as_mut() } else { top.cases.last_mut().map(|arm| &mut arm.body) };
        let Some(body) = arm else {
            let message = "expected `case` or `default`";
            return self.builder.report(Diagnostic::new(Code::UnexpectedToken, statement.span, message));
        };
        body.depth = body.depth.max(1 + depth::of_statement(&statement));
        body.span = body.span.to(statement.span);
        body.body.push(statement);
        let span = body.span;
        if let Some(arm) = top.cases.last_mut().filter(|_| !top.in_default) {
            arm.span = arm.span.to(span);
        }
    }
}
