//! Statements and blocks.

use super::Resolver;
use super::import::default_alias;
use super::scope::Binding;
use crate::ast::{self, Declaration, Expression, ExpressionKind, Name, Statement, StatementKind};
use crate::diagnostic::Code;
use crate::fold;
use crate::ir::{self, Block, Callee, Expr, ExprKind, PatternKind, Stmt, StmtKind, VariableId, VariableKind};
use crate::span::Span;

impl<'a> Resolver<'_, '_, 'a> {
    /// A block in a scope of its own.
    pub(super) fn block(&mut self, block: &'a ast::Block) -> Block {
        self.open_scope();
        let body = self.statements(&block.body);
        let declared = self.close_scope();
        Block { body, declared }
    }

    /// A function's outermost statements, in the scope of its parameters.
    pub(super) fn body(&mut self, body: &'a [Statement]) -> Block {
        self.hoist(body);
        let start = self.unit.ir.variables.len() as VariableId;
        self.scopes.last_mut().expect("a function has a scope").start = start;
        let body = self.statements(body);
        let declared = self.scopes.last().map(|scope| scope.declared.clone()).unwrap_or_default();
        Block { body, declared }
    }

    fn statements(&mut self, body: &'a [Statement]) -> Vec<Stmt> {
        body.iter().for_each(|statement| self.announce_statement(statement));
        if let Some(scope) = self.scopes.last_mut() {
            scope.functions.reverse();
            scope.imports.reverse();
        }
        let mut statements = Vec::with_capacity(body.len());
        for statement in body {
            statements.extend(self.statement(statement));
        }
        statements
    }

    /// Makes the names known that a statement will declare in the innermost scope.
    pub(super) fn announce_statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Variable { declaration: Declaration::Var, .. } => {}
            StatementKind::Variable { pattern, .. } => self.announce_pattern(pattern),
            StatementKind::Function { name, function, .. } => self.announce_function(name, function),
            StatementKind::Import { path, alias } => {
                let source = self.load_import(path);
                self.bind_import(path, alias.as_ref(), source);
                self.remember_import(source);
            }
            StatementKind::ImportNames { path, names } => {
                let source = self.load_import(path);
                self.bind_imported(path, names, source);
                self.remember_import(source);
            }
            StatementKind::Use(words) => self.use_module(words),
            _ => {}
        }
    }

    fn remember_import(&mut self, source: Option<ir::SourceId>) {
        self.scopes.last_mut().expect("a scope is open").imports.push(source);
    }

    fn announce_function(&mut self, name: &'a Name, function: &ast::Function) {
        let start = self.scopes.last().expect("a scope is open").start;
        let id = self.new_function(&name.text, function.span);
        let variable = self.declare(&name.text, VariableKind::Function(id));
        self.unit.ir.variables[variable as usize].lambda = Some(id);
        let declared = &mut self.unit.ir.functions[id as usize];
        declared.variable = Some(variable);
        declared.scope_start = start;
        self.unreached.insert(variable);
        self.scopes.last_mut().expect("a scope is open").functions.push(variable);
        if self.in_session() && self.at_top() {
            self.unit.ir.variables[variable as usize].public = true;
        }
    }

    /// `use std::net::http;`: the last word is a builtin module.
    fn use_module(&mut self, words: &'a [Name]) {
        let Some(last) = words.last() else { return };
        let nested =
            words.len().checked_sub(2).and_then(|before| self.unit.manifest.nested(&words[before].text, &last.text));
        match nested.or_else(|| self.unit.manifest.module(&last.text)) {
            Some(module) => self.bind(&last.text, Binding::Module(module)),
            None => {
                self.unknown_module(last);
                self.bind(&last.text, Binding::Module(""));
            }
        }
    }

    /// The statements that one statement stands for: mostly one.
    pub(super) fn statement(&mut self, statement: &'a Statement) -> Vec<Stmt> {
        let span = statement.span;
        let kind = match &statement.kind {
            StatementKind::Import { path, alias } => {
                let source = self.scopes.last_mut().and_then(|scope| scope.imports.pop()).flatten();
                let name = alias.as_ref().map_or_else(|| default_alias(path), |alias| &alias.text);
                return self.import_statement(source, span, vec![name]);
            }
            StatementKind::ImportNames { names, .. } => {
                let source = self.scopes.last_mut().and_then(|scope| scope.imports.pop()).flatten();
                let names = names.iter().map(|(name, alias)| &*alias.as_ref().unwrap_or(name).text).collect();
                return self.import_statement(source, span, names);
            }
            StatementKind::Variable { declaration, pattern, value, export } => {
                self.variables(*declaration, pattern, value.as_ref(), *export)
            }
            StatementKind::Function { name, function, export } => Some(self.declared_function(name, function, *export)),
            other => self.simple(other, span),
        };
        kind.into_iter().map(|kind| Stmt { kind, span }).collect()
    }

    fn simple(&mut self, statement: &'a StatementKind, span: Span) -> Option<StmtKind> {
        Some(match statement {
            StatementKind::Expression(value) => StmtKind::Expr(self.expression(value)),
            StatementKind::Block(block) => StmtKind::Block(self.block(block)),
            StatementKind::While { label, condition, body } => self.while_loop(label, condition, body),
            StatementKind::Loop { label, body } => self.endless_loop(label, body),
            StatementKind::ForClauses { label, init, condition, step, body } => {
                self.for_clauses(label, init.as_deref(), condition.as_ref(), step.as_ref(), body)
            }
            StatementKind::ForIn { label, key, value, iterable, body } => {
                self.for_in(label, key.as_ref(), value, iterable, body)
            }
            StatementKind::Try { body, catch, finally } => self.try_statement(body, catch.as_ref(), finally.as_ref()),
            StatementKind::Throw(value) => StmtKind::Throw(self.expression(value)),
            StatementKind::Defer(value) => self.defer(value),
            StatementKind::Return(value) => StmtKind::Return(value.as_ref().map(|value| self.expression(value))),
            StatementKind::Break(label) => StmtKind::Break(self.target_loop(label, "break", span)?),
            StatementKind::Continue(label) => StmtKind::Continue(self.target_loop(label, "continue", span)?),
            StatementKind::Send { channel, value } => StmtKind::Send(self.expression(channel), self.expression(value)),
            StatementKind::Select { arms, default } => self.select(arms, default.as_ref()),
            _ => return None,
        })
    }

    /// `let`, `var` and `const`.
    fn variables(
        &mut self,
        declaration: Declaration,
        pattern: &'a ast::Pattern,
        value: Option<&'a Expression>,
        export: bool,
    ) -> Option<StmtKind> {
        self.check_pattern(pattern);
        let hoisted = declaration == Declaration::Var;
        let span = value.map_or(pattern.span, |value| value.span);
        let nothing = value.is_none();
        let value = match value {
            Some(value) => self.initialiser(pattern, value),
            None => Expr::new(ExprKind::Constant(ir::Constant::Nil), span),
        };
        let kind = if declaration == Declaration::Const { VariableKind::Constant } else { VariableKind::Plain };
        let public = export || (self.in_session() && self.at_top());
        let pattern = self.pattern(pattern, &mut |resolver, name| {
            let id = match hoisted {
                true => resolver.function_variable(name),
                false => resolver.declare(&name.text, kind),
            };
            resolver.unit.ir.variables[id as usize].public |= public;
            if export {
                resolver.export(name, id);
            }
            id
        });
        if export && !self.at_top() {
            self.error(Code::ExportNotTop, pattern.span, "only declarations at the top level can be exported");
        }
        if let (PatternKind::Bind(id), false) = (&pattern.kind, hoisted) {
            self.learn(*id, &value);
        }
        (!(hoisted && nothing)).then_some(StmtKind::Let(pattern, value))
    }

    /// The value of a declaration; a lambda takes the variable's name.
    fn initialiser(&mut self, pattern: &'a ast::Pattern, value: &'a Expression) -> Expr {
        match (&value.kind, &pattern.kind) {
            (ExpressionKind::Lambda(function), ast::PatternKind::Name(name)) => {
                Expr::new(self.lambda(function, &name.text), value.span)
            }
            _ => self.expression(value),
        }
    }

    /// Declares the `var`s of a function's statements, blocks in them included, in its outermost scope.
    fn hoist(&mut self, body: &'a [Statement]) {
        for statement in body {
            match &statement.kind {
                StatementKind::Variable { declaration: Declaration::Var, pattern, .. } => {
                    self.pattern_names(pattern, &mut |resolver, name| {
                        resolver.function_variable(name);
                    });
                }
                StatementKind::Expression(value) | StatementKind::Variable { value: Some(value), .. } => {
                    self.hoist_expression(value);
                }
                StatementKind::Block(block)
                | StatementKind::While { body: block, .. }
                | StatementKind::Loop { body: block, .. }
                | StatementKind::ForIn { body: block, .. } => self.hoist(&block.body),
                StatementKind::ForClauses { init, body, .. } => {
                    init.iter().for_each(|init| self.hoist(std::slice::from_ref(init)));
                    self.hoist(&body.body);
                }
                StatementKind::Try { body, catch, finally } => {
                    self.hoist(&body.body);
                    catch.iter().for_each(|catch| self.hoist(&catch.body.body));
                    finally.iter().for_each(|finally| self.hoist(&finally.body));
                }
                StatementKind::Select { arms, default } => {
                    arms.iter().for_each(|arm| self.hoist(&arm.body.body));
                    default.iter().for_each(|default| self.hoist(&default.body));
                }
                _ => {}
            }
        }
    }

    fn hoist_expression(&mut self, value: &'a Expression) {
        match &value.kind {
            ExpressionKind::If { then, otherwise, .. } => {
                self.hoist(&then.body);
                otherwise.iter().for_each(|otherwise| self.hoist_expression(otherwise));
            }
            ExpressionKind::Match { arms, .. } => arms.iter().for_each(|arm| self.hoist_expression(&arm.body)),
            ExpressionKind::Block(block) => self.hoist(&block.body),
            _ => {}
        }
    }

    /// The variable of a `var`, which belongs to the whole function.
    fn function_variable(&mut self, name: &'a Name) -> VariableId {
        let scope = self.current().scope;
        let known = self
            .names
            .get(&*name.text)
            .and_then(|entries| entries.iter().find(|entry| entry.scope == scope && !entry.pending)?.binding);
        if let Some(Binding::Variable(id)) = known {
            self.unit.ir.variables[id as usize].assigned = true;
            return id;
        }
        let top = self.functions.len() == 1;
        let id = self.variable(&name.text, VariableKind::Plain, top);
        let public = self.in_session() && top;
        let variable = &mut self.unit.ir.variables[id as usize];
        variable.assigned = true;
        variable.public = public;
        self.bind_in(scope, &name.text, Binding::Variable(id));
        self.function_mut().vars.push(id);
        id
    }

    /// Remembers what a declaration says of its variable's value.
    fn learn(&mut self, id: VariableId, value: &Expr) {
        let constant = fold::constant(value).filter(is_small);
        let exact = self.unit.scene.exact;
        let variable = &mut self.unit.ir.variables[id as usize];
        variable.constant = constant.filter(|_| !exact || variable.kind == VariableKind::Constant);
        if let ExprKind::Function(function) = value.kind {
            variable.lambda = Some(function);
            self.unit.ir.functions[function as usize].variable = Some(id);
        }
    }

    fn export(&mut self, name: &Name, id: VariableId) {
        self.unit.ir.variables[id as usize].public = true;
        let exports = &mut self.unit.ir.sources[self.source as usize].exports;
        exports.insert(name.text.to_string(), id);
    }

    fn declared_function(&mut self, name: &'a Name, function: &'a ast::Function, export: bool) -> StmtKind {
        let variable = self.scopes.last_mut().and_then(|scope| scope.functions.pop());
        let variable = variable.expect("every function statement was announced");
        let id = self.unit.ir.variables[variable as usize].lambda.expect("it was declared with its function");
        if export && !self.at_top() {
            self.error(Code::ExportNotTop, name.span, "only declarations at the top level can be exported");
        } else if export {
            self.export(name, variable);
        }
        self.function(id, function);
        self.unreached.remove(&variable);
        StmtKind::Function(variable)
    }

    fn try_statement(
        &mut self,
        body: &'a ast::Block,
        catch: Option<&'a ast::Catch>,
        finally: Option<&'a ast::Block>,
    ) -> StmtKind {
        let body = self.block(body);
        let catch = catch.map(|catch| {
            self.open_scope();
            let variable = catch.name.as_ref().map(|name| self.declare(&name.text, VariableKind::Plain));
            let block = self.block(&catch.body);
            self.close_scope();
            (variable, block)
        });
        StmtKind::Try { body, catch, finally: finally.map(|finally| self.block(finally)) }
    }

    fn defer(&mut self, value: &'a Expression) -> StmtKind {
        self.function_mut().defers = true;
        StmtKind::Defer(Box::new(self.later(value)))
    }

    /// The call that `defer` or `spawn` makes later.
    pub(super) fn later(&mut self, value: &'a Expression) -> ir::Call {
        if let ExpressionKind::Call { callee, arguments } = &value.kind {
            return self.call(callee, arguments, value.span).0;
        }
        let callee = match &value.kind {
            ExpressionKind::Lambda(_) => self.expression(value),
            _ => self.delayed(value),
        };
        ir::Call { callee: Callee::Value(callee), arguments: Vec::new() }
    }

    fn select(&mut self, arms: &'a [ast::SelectArm], default: Option<&'a ast::Block>) -> StmtKind {
        let arms = arms.iter().map(|arm| self.select_arm(arm)).collect();
        StmtKind::Select { arms, default: default.map(|default| self.block(default)) }
    }

    fn select_arm(&mut self, arm: &'a ast::SelectArm) -> ir::SelectArm {
        let (name, channel, value) = match &arm.operation {
            ast::SelectOperation::Receive { name, channel } => (name.as_ref(), channel, None),
            ast::SelectOperation::Send { channel, value } => (None, channel, Some(value)),
        };
        let channel = self.expression(channel);
        let value = value.map(|value| self.expression(value));
        self.open_scope();
        let variable = name.map(|name| self.declare(&name.text, VariableKind::Plain));
        let body = self.block(&arm.body);
        self.close_scope();
        ir::SelectArm { channel, value, variable, body }
    }
}

/// Whether a constant may stand wherever its variable is used: long strings would multiply.
fn is_small(constant: &ir::Constant) -> bool {
    !matches!(constant, ir::Constant::String(bytes) if bytes.len() > 64)
}
