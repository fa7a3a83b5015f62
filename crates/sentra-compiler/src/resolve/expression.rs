//! Expressions.

use super::scope::Binding;
use super::{Resolver, wrong_count};
use crate::ast::{self, Access, AssignOperator, Expression, ExpressionKind, FormatPart, Name};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Arm, Call, Callee, Constant, Expr, ExprKind, Target, UpdateOperator, VariableKind};
use crate::span::Span;

impl<'a> Resolver<'_, '_, 'a> {
    /// An expression with what it contains.
    pub(super) fn expression(&mut self, expression: &'a Expression) -> Expr {
        let span = expression.span;
        let kind = match &expression.kind {
            ExpressionKind::Name(name) => self.name(name),
            ExpressionKind::Lambda(function) => self.lambda(function, ""),
            ExpressionKind::Call { .. }
            | ExpressionKind::Index(..)
            | ExpressionKind::Slice { .. }
            | ExpressionKind::Field { .. } => return self.chain(expression),
            ExpressionKind::Assign { target, operator, value } => return self.assign(target, *operator, value, span),
            ExpressionKind::Match { value, arms } => self.matching(value, arms),
            ExpressionKind::Spawn(value) => ExprKind::Spawn(Box::new(self.later(value))),
            ExpressionKind::Format(parts) => ExprKind::Text(parts.iter().map(|part| self.part(part, span)).collect()),
            other => self.plain(other),
        };
        Expr::new(kind, span)
    }

    fn boxed(&mut self, expression: &'a Expression) -> Box<Expr> {
        Box::new(self.expression(expression))
    }

    fn all(&mut self, expressions: &'a [Expression]) -> Vec<Expr> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    /// What needs no more than its parts.
    fn plain(&mut self, kind: &'a ExpressionKind) -> ExprKind {
        match kind {
            ExpressionKind::Boolean(value) => ExprKind::Constant(Constant::Boolean(*value)),
            ExpressionKind::Integer(value) => ExprKind::Constant(Constant::Integer(*value)),
            ExpressionKind::Float(value) => ExprKind::Constant(crate::fold::number(*value)),
            ExpressionKind::String(bytes) => ExprKind::Constant(Constant::String(bytes.clone())),
            ExpressionKind::Array(elements) => ExprKind::Array(self.all(elements)),
            ExpressionKind::Map(entries) => ExprKind::Map(
                entries.iter().map(|(key, value)| (self.expression(key), self.expression(value))).collect(),
            ),
            ExpressionKind::Unary(operator, operand) => ExprKind::Unary(*operator, self.boxed(operand)),
            ExpressionKind::Receive(channel) => ExprKind::Receive(self.boxed(channel)),
            ExpressionKind::Binary(operator, left, right) => {
                ExprKind::Binary(*operator, self.boxed(left), self.boxed(right))
            }
            ExpressionKind::Logical(operator, left, right) => {
                ExprKind::Logical(*operator, self.boxed(left), self.boxed(right))
            }
            ExpressionKind::Ternary(condition, then, otherwise) => {
                ExprKind::If(self.boxed(condition), self.boxed(then), Some(self.boxed(otherwise)))
            }
            ExpressionKind::Range { from, to, inclusive } => {
                ExprKind::Range(self.boxed(from), self.boxed(to), *inclusive)
            }
            ExpressionKind::If { condition, then, otherwise } => {
                let condition = Box::new(self.condition(condition));
                let then = Box::new(Expr::new(ExprKind::Block(Box::new(self.block(then))), then.span));
                ExprKind::If(condition, then, otherwise.as_ref().map(|otherwise| self.boxed(otherwise)))
            }
            ExpressionKind::Block(block) => ExprKind::Block(Box::new(self.block(block))),
            _ => ExprKind::Constant(Constant::Nil),
        }
    }

    fn part(&mut self, part: &'a FormatPart, span: Span) -> Expr {
        match part {
            FormatPart::Text(text) => Expr::new(ExprKind::Constant(Constant::String(text.clone())), span),
            FormatPart::Value { value, spec: None } => self.expression(value),
            FormatPart::Value { value, spec: Some(spec) } => {
                let place = value.span;
                Expr::new(ExprKind::Format(self.boxed(value), spec.text.clone()), place)
            }
        }
    }

    /// A postfix chain: what `?.` skips ends where the chain does.
    fn chain(&mut self, expression: &'a Expression) -> Expr {
        let (value, optional) = self.link(expression);
        match optional {
            true => {
                let span = value.span;
                Expr::new(ExprKind::Chain(Box::new(value)), span)
            }
            false => value,
        }
    }

    /// One link of a chain, and whether the chain up to it has `?.` in it.
    fn link(&mut self, expression: &'a Expression) -> (Expr, bool) {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Call { callee, arguments } => {
                let (call, optional) = self.call(callee, arguments, span);
                let place = match &callee.kind {
                    ExpressionKind::Field { name, .. } => name.span.to(Span::new(span.end, span.end)),
                    _ => span,
                };
                (Expr::new(ExprKind::Call(Box::new(call)), place), optional)
            }
            ExpressionKind::Index(object, index) => {
                let (object, optional) = self.link(object);
                let index = self.boxed(index);
                (Expr::new(ExprKind::Index(Box::new(object), index), span), optional)
            }
            ExpressionKind::Slice { object, from, to } => {
                let (object, optional) = self.link(object);
                let from = from.as_ref().map(|from| self.boxed(from));
                let to = to.as_ref().map(|to| self.boxed(to));
                (Expr::new(ExprKind::Slice(Box::new(object), from, to), span), optional)
            }
            ExpressionKind::Field { object, name, access } => {
                if let Some(module) = self.module_of(object, *access, name) {
                    return (Expr::new(self.member(module, name), span), false);
                }
                let (object, optional) = self.object(object, *access);
                let place = name.span.to(Span::new(span.end, span.end));
                (Expr::new(ExprKind::Field(Box::new(object), name.text.clone()), place), optional)
            }
            _ => (self.expression(expression), false),
        }
    }

    /// The object of a field or method.
    fn object(&mut self, object: &'a Expression, access: Access) -> (Expr, bool) {
        let (object, optional) = self.link(object);
        match access {
            Access::Optional => {
                let span = object.span;
                (Expr::new(ExprKind::Unless(Box::new(object)), span), true)
            }
            _ => (object, optional),
        }
    }

    /// A call, and whether its callee's chain has `?.` in it.
    pub(super) fn call(&mut self, callee: &'a Expression, arguments: &'a [Expression], span: Span) -> (Call, bool) {
        let (callee, optional) = self.callee(callee, arguments.len(), span);
        if arguments.len() > 60_000 {
            self.error(Code::TooLarge, span, "a call has more than 60,000 arguments");
            return (Call { callee, arguments: Vec::new() }, optional);
        }
        (Call { callee, arguments: self.all(arguments) }, optional)
    }

    fn callee(&mut self, callee: &'a Expression, count: usize, span: Span) -> (Callee, bool) {
        match &callee.kind {
            ExpressionKind::Name(name) => (self.named_callee(name, callee.span, count, span), false),
            ExpressionKind::Field { object, name, access } => match self.module_of(object, *access, name) {
                Some(module) => (self.member_callee(module, name, callee.span, count, span), false),
                None => {
                    let (object, optional) = self.object(object, *access);
                    (Callee::Method(object, name.text.clone()), optional)
                }
            },
            _ => {
                let (value, optional) = self.link(callee);
                (Callee::Value(value), optional)
            }
        }
    }

    fn named_callee(&mut self, name: &'a Name, place: Span, count: usize, span: Span) -> Callee {
        match self.look_up(&name.text) {
            Some(Binding::Builtin(builtin)) => self.builtin_callee(builtin, count, place, span),
            Some(Binding::Variable(_)) => {
                let kind = self.name(name);
                self.value_callee(kind, place, count, span)
            }
            None if self.unit.builtin(&name.text).is_some() => self.builtin_callee(&name.text, count, place, span),
            _ => Callee::Value(Expr::new(self.name(name), place)),
        }
    }

    fn member_callee(
        &mut self,
        module: super::path::Static,
        name: &'a Name,
        place: Span,
        count: usize,
        span: Span,
    ) -> Callee {
        if let super::path::Static::Module(module) = module
            && let Some(builtin) = self.unit.manifest.member(module, &name.text)
        {
            return self.builtin_callee(builtin.name, count, place, span);
        }
        let kind = self.member(module, name);
        self.value_callee(kind, place, count, span)
    }

    fn value_callee(&mut self, kind: ExprKind, place: Span, count: usize, span: Span) -> Callee {
        if let ExprKind::Variable(id) = kind {
            self.unit.calls.push((id, count, self.source, span));
        }
        Callee::Value(Expr::new(kind, place))
    }

    /// A call of a builtin, with a warning if it cannot take so many arguments.
    fn builtin_callee(&mut self, name: &str, count: usize, place: Span, span: Span) -> Callee {
        let id = self.extern_of(name, place);
        let Some(builtin) = self.unit.builtin(name) else { return Callee::Builtin(id) };
        if builtin.constant {
            return Callee::Value(Expr::new(ExprKind::Builtin(id), place));
        }
        let (least, most) = (usize::from(builtin.min), builtin.max.map(usize::from));
        if let Some(message) = wrong_count(name, count, least, most) {
            let help = format!("it is `{}`", builtin.signature);
            self.report(Diagnostic::new(Code::ArgumentCount, span, message).with_help(help));
        }
        Callee::Builtin(id)
    }

    /// A condition of `if` or a loop; one that assigns a plain value was meant to compare.
    pub(super) fn condition(&mut self, condition: &'a Expression) -> Expr {
        if let ExpressionKind::Assign { operator: AssignOperator::Set, value, .. } = &condition.kind
            && is_plain(value)
        {
            let message = "this condition assigns its value";
            let diagnostic = Diagnostic::new(Code::AssignedCondition, condition.span, message);
            self.report(diagnostic.with_help("write `==` to compare"));
        }
        self.expression(condition)
    }

    fn assign(&mut self, target: &'a Expression, operator: AssignOperator, value: &'a Expression, span: Span) -> Expr {
        let target = self.assign_target(target);
        let value = self.boxed(value);
        let Some(target) = target else { return *value };
        let kind = match operator {
            AssignOperator::Set => ExprKind::Assign(target, value),
            AssignOperator::Compound(operator) => self.update(target, operator, value, span),
            AssignOperator::Coalesce => ExprKind::Update(target, UpdateOperator::Coalesce, value),
        };
        Expr::new(kind, span)
    }

    /// `x += v` is `x = x + v`; an element's object and index are evaluated once.
    fn update(&mut self, target: Target, operator: ast::BinaryOperator, value: Box<Expr>, span: Span) -> ExprKind {
        match target {
            Target::Variable(id) => {
                let old = Box::new(Expr::new(ExprKind::Variable(id), span));
                let sum = Expr::new(ExprKind::Binary(operator, old, value), span);
                ExprKind::Assign(target, Box::new(sum))
            }
            _ => ExprKind::Update(target, UpdateOperator::Binary(operator), value),
        }
    }

    fn assign_target(&mut self, target: &'a Expression) -> Option<Target> {
        match &target.kind {
            ExpressionKind::Name(name) => self.target(name).map(Target::Variable),
            ExpressionKind::Index(object, index) => {
                let object = self.boxed(object);
                Some(Target::Index(object, self.boxed(index)))
            }
            ExpressionKind::Field { object, name, access } => {
                if self.module_of(object, *access, name).is_some() {
                    let message = format!("`{}` belongs to a module and cannot be assigned to", name.text);
                    self.error(Code::AssignToConst, name.span, message);
                    return None;
                }
                if *access == Access::Optional {
                    self.error(Code::BadTarget, target.span, "a field reached by `?.` cannot be assigned to");
                    return None;
                }
                Some(Target::Field(self.boxed(object), name.text.clone()))
            }
            ExpressionKind::Error => None,
            _ => {
                self.error(Code::BadTarget, target.span, "this cannot be assigned to");
                None
            }
        }
    }

    fn matching(&mut self, value: &'a Expression, arms: &'a [ast::MatchArm]) -> ExprKind {
        let value = self.boxed(value);
        let subject = self.hidden();
        ExprKind::Match(subject, value, arms.iter().map(|arm| self.arm(arm)).collect())
    }

    fn arm(&mut self, arm: &'a ast::MatchArm) -> Arm {
        self.open_scope();
        let mut bound = std::collections::HashMap::new();
        let mut patterns = Vec::with_capacity(arm.patterns.len());
        for pattern in &arm.patterns {
            self.check_pattern(pattern);
            patterns.push(self.pattern(pattern, &mut |resolver, name| {
                *bound.entry(&*name.text).or_insert_with(|| resolver.declare(&name.text, VariableKind::Plain))
            }));
        }
        let guard = arm.guard.as_ref().map(|guard| self.condition(guard));
        let body = self.expression(&arm.body);
        let mut bound = self.close_scope();
        bound.dedup();
        Arm { patterns, bound, guard, body }
    }
}

/// Whether an expression is a literal or a name.
fn is_plain(expression: &Expression) -> bool {
    use ExpressionKind::{Boolean, Float, Integer, Name, Nil, String};
    matches!(expression.kind, Boolean(_) | Float(_) | Integer(_) | Name(_) | Nil | String(_))
}
