//! The functions, patterns and statements that the grammar's actions build.

use super::{Binding, Body, Builder, Parameters, name_kind};
use crate::ast::*;
use crate::span::Span;

/// Functions and patterns.
impl Builder<'_> {
    pub(crate) fn lambda(&mut self, parameters: Parameters, body: FunctionBody, span: Span) -> Expression {
        let Parameters { list: parameters, rest } = parameters;
        self.expression(ExpressionKind::Lambda(Box::new(Function { parameters, rest, body, span })), span)
    }

    pub(crate) fn function(
        &mut self,
        name: Name,
        parameters: Parameters,
        body: FunctionBody,
        export: bool,
        span: Span,
    ) -> Box<StatementKind> {
        let Parameters { list: parameters, rest } = parameters;
        let function = Box::new(Function { parameters, rest, body, span });
        Box::new(StatementKind::Function { name, function, export })
    }

    pub(crate) fn parameter(&mut self, pattern: Pattern, default: Option<Expression>) -> Parameter {
        self.check_binds(&pattern);
        Parameter { pattern, default }
    }

    pub(crate) fn name_pattern(&self, name: Name) -> PatternKind {
        name_kind(name)
    }

    /// Refuses the patterns that only a `match` can take.
    fn check_binds(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Name(_) => {}
            PatternKind::Literal(_) | PatternKind::Range { .. } => {
                self.unexpected(pattern.span, "expected a name, found a literal");
            }
            PatternKind::Array { elements, .. } => elements.iter().for_each(|element| self.check_binds(element)),
            PatternKind::Map(fields) => fields.iter().for_each(|(_, field)| self.check_binds(field)),
        }
    }
}

/// Statements.
impl Builder<'_> {
    pub(crate) fn variable(
        &mut self,
        declaration: Declaration,
        pattern: Pattern,
        value: Option<Expression>,
        export: bool,
    ) -> Box<StatementKind> {
        self.check_binds(&pattern);
        let needs_value = declaration == Declaration::Const || !matches!(pattern.kind, PatternKind::Name(_));
        if value.is_none() && needs_value {
            self.unexpected(pattern.span, "expected a value: `= …`");
        }
        Box::new(StatementKind::Variable { declaration, pattern, value, export })
    }

    pub(crate) fn try_statement(
        &mut self,
        body: Block,
        catch: Option<Catch>,
        finally: Option<Block>,
    ) -> Box<StatementKind> {
        if catch.is_none() && finally.is_none() {
            let end = Span::new(body.span.end.saturating_sub(1), body.span.end);
            self.unexpected(end, "expected `catch` or `finally` after the block of a `try`");
        }
        Box::new(StatementKind::Try { body, catch, finally })
    }

    pub(crate) fn defer(&mut self, call: Expression) -> Box<StatementKind> {
        if !matches!(call.kind, ExpressionKind::Call { .. } | ExpressionKind::Error) {
            self.unexpected(call.span, "expected a call after `defer`");
        }
        Box::new(StatementKind::Defer(call))
    }

    pub(crate) fn select(&mut self) -> Box<StatementKind> {
        let Some(Body::Cases { arms, default }) = self.bodies.pop_front() else {
            unreachable!("each select token has its arms, in order")
        };
        Box::new(StatementKind::Select { arms, default })
    }

    pub(crate) fn case_receive(&mut self, name: Option<Name>, operation: Expression) -> Box<SelectOperation> {
        let span = operation.span;
        let channel = match operation.kind {
            ExpressionKind::Receive(channel) => *channel,
            ExpressionKind::Error => operation,
            _ => {
                self.unexpected(span, "expected `<-channel` or `channel <- value`");
                operation
            }
        };
        Box::new(SelectOperation::Receive { name, channel })
    }

    /// Gives a loop its label.
    pub(crate) fn labelled(&self, name: Option<Name>, mut kind: Box<StatementKind>) -> Box<StatementKind> {
        use StatementKind as S;
        if let S::While { label, .. } | S::Loop { label, .. } | S::ForClauses { label, .. } | S::ForIn { label, .. } =
            &mut *kind
        {
            *label = name;
        }
        kind
    }

    pub(crate) fn for_in(&mut self, binding: Binding, iterable: Expression, body: Block) -> Box<StatementKind> {
        let Binding { key, value } = binding;
        key.iter().for_each(|key| self.check_binds(key));
        self.check_binds(&value);
        Box::new(StatementKind::ForIn { label: None, key, value, iterable, body })
    }

    /// `for (x in xs)`: what stands in the parentheses has been read as an expression.
    pub(crate) fn for_expression(&mut self, head: Expression, body: Block) -> Box<StatementKind> {
        let span = head.span;
        let message = match head.kind {
            ExpressionKind::Binary(BinaryOperator::In, value, iterable) => match value.kind {
                ExpressionKind::Name(name) => return self.for_in(Binding::name(name), *iterable, body),
                _ => "expected a name before `in`; other patterns stand there without parentheses",
            },
            ExpressionKind::Error => return Box::new(StatementKind::Error),
            _ => "expected `name in values` or three clauses with `;` between them",
        };
        self.unexpected(span, message);
        Box::new(StatementKind::Error)
    }
}
