//! Functions: parameters, bodies, and the code that runs in a fiber of its own.

use std::collections::HashSet;

use super::{Context, Resolver};
use crate::ast;
use crate::diagnostic::Code;
use crate::ir::{self, Block, Expr, ExprKind, FunctionId, Parameter, Stmt, StmtKind, VariableKind};
use crate::span::Span;

impl<'a> Resolver<'_, '_, 'a> {
    /// Registers a function of the current one, its body still to come.
    pub(super) fn new_function(&mut self, name: &str, span: Span) -> FunctionId {
        let id = self.unit.ir.functions.len() as FunctionId;
        let parent = self.functions.last().map(|context| context.id);
        let function =
            ir::Function { name: name.to_owned(), source: self.source, parent, span, ..ir::Function::default() };
        self.unit.ir.functions.push(function);
        id
    }

    /// Opens a function's code; everything until [`Self::leave`] belongs to it.
    pub(super) fn enter(&mut self, id: FunctionId) {
        self.open_scope();
        let scope = self.scopes.len() - 1;
        self.functions.push(Context { id, scope, free: HashSet::new(), loops: Vec::new(), next_loop: 0 });
    }

    pub(super) fn leave(&mut self, body: Block, yields: bool) {
        let function = self.function_mut();
        function.body = body;
        function.yields = yields;
        self.functions.pop();
        self.close_scope();
    }

    /// Resolves a function's parameters and body.
    pub(super) fn function(&mut self, id: FunctionId, function: &'a ast::Function) {
        self.enter(id);
        let mut names = HashSet::new();
        for parameter in &function.parameters {
            self.check_pattern_names(&parameter.pattern, &mut names);
        }
        if let Some(rest) = &function.rest {
            self.check_duplicate(rest, &mut names);
        }
        self.parameters(function);
        let (body, yields) = match &function.body {
            ast::FunctionBody::Block(block) => (self.body(&block.body), false),
            ast::FunctionBody::BlockValue(block) => (self.body(&block.body), true),
            ast::FunctionBody::Expression(value) => (self.value_body(value), true),
        };
        self.leave(body, yields);
    }

    fn value_body(&mut self, value: &'a ast::Expression) -> Block {
        let value = self.expression(value);
        Block { body: vec![Stmt { span: value.span, kind: StmtKind::Expr(value) }], declared: Vec::new() }
    }

    fn parameters(&mut self, function: &'a ast::Function) {
        if function.parameters.len() > usize::from(u16::MAX) - 2 {
            self.error(Code::TooLarge, function.span, "a function takes at most 65,000 parameters");
            return;
        }
        let required = function.parameters.iter().rposition(|parameter| parameter.default.is_none());
        self.function_mut().required = required.map_or(0, |index| index as u16 + 1);
        let slots: Vec<_> = function.parameters.iter().map(|parameter| self.parameter_slot(parameter)).collect();
        if let Some(rest) = &function.rest {
            let variable = self.declare(&rest.text, VariableKind::Plain);
            self.function_mut().rest = Some(variable);
        }
        for (parameter, variable) in function.parameters.iter().zip(slots) {
            let default = parameter.default.as_ref().map(|value| self.expression(value));
            let whole = matches!(parameter.pattern.kind, ast::PatternKind::Name(_));
            let pattern = (!whole).then(|| self.binding_pattern(&parameter.pattern, VariableKind::Plain));
            self.function_mut().parameters.push(Parameter { variable, pattern, default });
        }
    }

    fn parameter_slot(&mut self, parameter: &'a ast::Parameter) -> ir::VariableId {
        match &parameter.pattern.kind {
            ast::PatternKind::Name(name) => self.declare(&name.text, VariableKind::Plain),
            _ => self.hidden(),
        }
    }

    /// A lambda as a value; `name` is what a declaration calls it.
    pub(super) fn lambda(&mut self, function: &'a ast::Function, name: &str) -> ExprKind {
        let id = self.new_function(name, function.span);
        self.function(id, function);
        ExprKind::Function(id)
    }

    /// A function without parameters that returns the value of what `build` makes.
    pub(super) fn thunk(&mut self, span: Span, build: impl FnOnce(&mut Self) -> Block) -> Expr {
        let id = self.new_function("", span);
        self.enter(id);
        let body = build(self);
        self.leave(body, true);
        Expr::new(ExprKind::Function(id), span)
    }

    /// An expression, evaluated when the resulting function is called.
    pub(super) fn delayed(&mut self, value: &'a ast::Expression) -> Expr {
        self.thunk(value.span, |resolver| match &value.kind {
            ast::ExpressionKind::Block(block) => resolver.body(&block.body),
            _ => resolver.value_body(value),
        })
    }
}
