//! How deep parts of the tree nest. Expressions and blocks carry their depth, so no function here
//! looks further than its node's own parts.

use crate::ast::{
    Block, Expression, ExpressionKind, FormatPart, Function, FunctionBody, MatchArm, SelectArm, SelectOperation,
    Statement, StatementKind,
};

fn of(expression: &Expression) -> u32 {
    expression.depth
}

fn of_option(expression: &Option<Box<Expression>>) -> u32 {
    expression.as_deref().map_or(0, of)
}

fn deepest(depths: impl Iterator<Item = u32>) -> u32 {
    depths.max().unwrap_or(0)
}

/// The depth of an expression's deepest part.
pub(super) fn of_parts(kind: &ExpressionKind) -> u32 {
    use ExpressionKind as E;
    match kind {
        E::Nil | E::Boolean(_) | E::Integer(_) | E::Float(_) | E::String(_) | E::Name(_) | E::Error => 0,
        E::Format(parts) => deepest(parts.iter().map(of_format)),
        E::Array(items) => deepest(items.iter().map(of)),
        E::Map(entries) => deepest(entries.iter().map(|(key, value)| of(key).max(of(value)))),
        E::Lambda(function) => of_function(function),
        E::Unary(_, operand) | E::Receive(operand) | E::Spawn(operand) => of(operand),
        E::Binary(_, left, right) | E::Logical(_, left, right) | E::Index(left, right) => of(left).max(of(right)),
        E::Ternary(condition, then, otherwise) => of(condition).max(of(then)).max(of(otherwise)),
        E::Range { from, to, .. } => of(from).max(of(to)),
        E::Assign { target, value, .. } => of(target).max(of(value)),
        E::Call { callee, arguments } => of(callee).max(deepest(arguments.iter().map(of))),
        E::Slice { object, from, to } => of(object).max(of_option(from)).max(of_option(to)),
        E::Field { object, .. } => of(object),
        E::If { condition, then, otherwise } => of(condition).max(then.depth).max(of_option(otherwise)),
        E::Match { value, arms } => of(value).max(deepest(arms.iter().map(of_arm))),
        E::Block(block) => block.depth,
    }
}

fn of_format(part: &FormatPart) -> u32 {
    match part {
        FormatPart::Text(_) => 0,
        FormatPart::Value { value, .. } => of(value),
    }
}

fn of_arm(arm: &MatchArm) -> u32 {
    of(&arm.body).max(arm.guard.as_ref().map_or(0, of))
}

fn of_function(function: &Function) -> u32 {
    let defaults = function.parameters.iter().filter_map(|parameter| parameter.default.as_ref());
    let body = match &function.body {
        FunctionBody::Block(block) | FunctionBody::BlockValue(block) => block.depth,
        FunctionBody::Expression(expression) => of(expression),
    };
    body.max(deepest(defaults.map(of)))
}

/// A statement's depth.
pub(super) fn of_statement(statement: &Statement) -> u32 {
    use StatementKind as S;
    match &statement.kind {
        S::Variable { value, .. } | S::Return(value) => value.as_ref().map_or(0, of),
        S::Function { function, .. } => of_function(function),
        S::Expression(value) | S::Throw(value) | S::Defer(value) => of(value),
        S::Block(body) | S::Loop { body, .. } => body.depth,
        S::While { condition, body, .. } => of(condition).max(body.depth),
        S::ForClauses { init, condition, step, body, .. } => {
            let clauses = deepest([condition, step].into_iter().flatten().map(of));
            clauses.max(init.as_deref().map_or(0, of_statement)).max(body.depth)
        }
        S::ForIn { iterable, body, .. } => of(iterable).max(body.depth),
        S::Try { body, catch, finally } => {
            let blocks = [catch.as_ref().map(|catch| &catch.body), finally.as_ref()];
            body.depth.max(deepest(blocks.into_iter().flatten().map(|block| block.depth)))
        }
        S::Send { channel, value } => of(channel).max(of(value)),
        S::Select { arms, default } => of_select(arms, default.as_ref()),
        S::Break(_) | S::Continue(_) | S::Import { .. } | S::ImportNames { .. } | S::Use(_) | S::Error => 0,
    }
}

fn of_select(arms: &[SelectArm], default: Option<&Block>) -> u32 {
    let of_operation = |operation: &SelectOperation| match operation {
        SelectOperation::Receive { channel, .. } => of(channel),
        SelectOperation::Send { channel, value } => of(channel).max(of(value)),
    };
    let arms = deepest(arms.iter().map(|arm| arm.body.depth.max(of_operation(&arm.operation))));
    arms.max(default.map_or(0, |block| block.depth))
}
