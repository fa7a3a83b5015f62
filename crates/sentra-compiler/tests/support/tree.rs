//! Shows a syntax tree as nested lists, without places.

use sentra_compiler::ast::*;

fn joined<T>(items: &[T], show: impl Fn(&T) -> String, between: &str) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(between)
}

/// `(word part part)`, empty parts left out.
fn list(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    format!("({})", parts.join(" "))
}

fn text(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

fn block(block: &Block) -> String {
    format!("{{{}}}", joined(&block.body, statement, "; "))
}

fn name(name: &Name) -> String {
    name.text.to_string()
}

fn optional<T>(value: Option<&T>, show: impl Fn(&T) -> String) -> String {
    value.map(show).unwrap_or_default()
}

fn label(value: &Option<Name>) -> String {
    optional(value.as_ref(), |label| format!("{}:", label.text))
}

pub fn statement(statement: &Statement) -> String {
    use StatementKind as S;
    match &statement.kind {
        S::Variable { declaration, pattern: bound, value, export } => {
            let word = format!("{}{declaration:?}", if *export { "export " } else { "" }).to_lowercase();
            list(&[word, pattern(bound), optional(value.as_ref(), expression)])
        }
        S::Function { name: own, function: made, export } => {
            let word = if *export { "export" } else { "" };
            list(&[word.into(), own.text.to_string(), function(made)])
        }
        S::Expression(value) => expression(value),
        S::Block(body) => list(&["block".into(), block(body)]),
        S::While { label: own, condition, body } => {
            list(&["while".into(), label(own), expression(condition), block(body)])
        }
        S::Loop { label: own, body } => list(&["loop".into(), label(own), block(body)]),
        S::ForClauses { label: own, init, condition, step, body } => {
            let clause = |value: &Option<Expression>| value.as_ref().map_or("_".into(), expression);
            let init = init.as_deref().map_or("_".into(), self::statement);
            list(&["for".into(), label(own), init, clause(condition), clause(step), block(body)])
        }
        S::ForIn { label: own, key, value, iterable, body } => {
            let key = optional(key.as_ref(), pattern);
            list(&["for".into(), label(own), key, pattern(value), expression(iterable), block(body)])
        }
        S::Try { body, catch, finally } => {
            let catch = optional(catch.as_ref(), |catch| {
                list(&["catch".into(), optional(catch.name.as_ref(), name), block(&catch.body)])
            });
            let finally = optional(finally.as_ref(), |body| list(&["finally".into(), block(body)]));
            list(&["try".into(), block(body), catch, finally])
        }
        S::Throw(value) => list(&["throw".into(), expression(value)]),
        S::Defer(value) => list(&["defer".into(), expression(value)]),
        S::Return(value) => list(&["return".into(), optional(value.as_ref(), expression)]),
        S::Break(target) => list(&["break".into(), optional(target.as_ref(), name)]),
        S::Continue(target) => list(&["continue".into(), optional(target.as_ref(), name)]),
        S::Import { path, alias } => list(&["import".into(), import(path), optional(alias.as_ref(), name)]),
        S::ImportNames { path, names } => {
            let names = joined(
                names,
                |(own, alias)| own.text.to_string() + &optional(alias.as_ref(), |alias| format!(" as {}", alias.text)),
                ", ",
            );
            list(&["import".into(), format!("{{{names}}}"), import(path)])
        }
        S::Use(path) => list(&["use".into(), joined(path, name, "::")]),
        S::Send { channel, value } => list(&["send".into(), expression(channel), expression(value)]),
        S::Select { arms, default } => {
            let default = optional(default.as_ref(), |body| list(&["default".into(), block(body)]));
            list(&["select".into(), joined(arms, select_arm, " "), default])
        }
        S::Error => "error".into(),
    }
}

fn select_arm(arm: &SelectArm) -> String {
    let operation = match &arm.operation {
        SelectOperation::Receive { name: own, channel } => {
            list(&["receive".into(), optional(own.as_ref(), name), expression(channel)])
        }
        SelectOperation::Send { channel, value } => list(&["send".into(), expression(channel), expression(value)]),
    };
    list(&[operation, block(&arm.body)])
}

fn import(path: &ImportPath) -> String {
    match path {
        ImportPath::Module(module) => name(module),
        ImportPath::File(file) => format!("{:?}", file.text),
    }
}

fn function(function: &Function) -> String {
    let mut parameters: Vec<String> = function.parameters.iter().map(parameter).collect();
    parameters.extend(function.rest.iter().map(|rest| format!("...{}", rest.text)));
    let body = match &function.body {
        FunctionBody::Block(body) => block(body),
        FunctionBody::BlockValue(body) => block(body),
        FunctionBody::Expression(value) => format!("=> {}", expression(value)),
    };
    format!("fn ({}) {body}", parameters.join(" "))
}

fn parameter(parameter: &Parameter) -> String {
    pattern(&parameter.pattern) + &optional(parameter.default.as_ref(), |value| format!("={}", expression(value)))
}

fn pattern(value: &Pattern) -> String {
    match &value.kind {
        PatternKind::Wildcard => "_".into(),
        PatternKind::Name(bound) => name(bound),
        PatternKind::Literal(value) => expression(value),
        PatternKind::Range { from, to, inclusive } => {
            format!("{}{}{}", expression(from), if *inclusive { "..=" } else { ".." }, expression(to))
        }
        PatternKind::Array { elements, rest } => {
            let mut elements: Vec<String> = elements.iter().map(pattern).collect();
            elements.extend(rest.iter().map(|rest| format!("...{}", rest.text)));
            format!("[{}]", elements.join(" "))
        }
        PatternKind::Map(fields) => {
            format!("{{{}}}", joined(fields, |(key, value)| format!("{}: {}", key.text, pattern(value)), ", "))
        }
    }
}

fn logical(operator: LogicalOperator) -> &'static str {
    match operator {
        LogicalOperator::And => "&&",
        LogicalOperator::Or => "||",
        LogicalOperator::Coalesce => "??",
    }
}

fn binary(operator: BinaryOperator) -> &'static str {
    use BinaryOperator as B;
    match operator {
        B::Add => "+",
        B::Subtract => "-",
        B::Multiply => "*",
        B::Divide => "/",
        B::Remainder => "%",
        B::BitAnd => "&",
        B::BitOr => "|",
        B::BitXor => "^",
        B::ShiftLeft => "<<",
        B::ShiftRight => ">>",
        B::Equal => "==",
        B::NotEqual => "!=",
        B::Less => "<",
        B::LessEqual => "<=",
        B::Greater => ">",
        B::GreaterEqual => ">=",
        B::In => "in",
    }
}

fn assign(operator: AssignOperator) -> String {
    match operator {
        AssignOperator::Set => "=".into(),
        AssignOperator::Compound(operator) => format!("{}=", binary(operator)),
        AssignOperator::Coalesce => "??=".into(),
    }
}

pub fn expression(value: &Expression) -> String {
    use ExpressionKind as E;
    match &value.kind {
        E::Nil => "nil".into(),
        E::Boolean(value) => value.to_string(),
        E::Integer(value) => value.to_string(),
        E::Float(value) => format!("{value:?}"),
        E::String(value) => text(value),
        E::Format(parts) => list(&["f".into(), joined(parts, format_part, " ")]),
        E::Name(own) => name(own),
        E::Array(items) => format!("[{}]", joined(items, expression, " ")),
        E::Map(entries) if entries.is_empty() => "{:}".into(),
        E::Map(entries) => {
            let entry = |(key, value): &(Expression, Expression)| format!("{}: {}", expression(key), expression(value));
            format!("{{{}}}", joined(entries, entry, ", "))
        }
        E::Lambda(made) => format!("({})", function(made)),
        E::Unary(operator, operand) => {
            let sign = match operator {
                UnaryOperator::Not => "!",
                UnaryOperator::Negate => "-",
                UnaryOperator::BitNot => "~",
            };
            list(&[sign.into(), expression(operand)])
        }
        E::Receive(channel) => list(&["<-".into(), expression(channel)]),
        E::Binary(operator, left, right) => list(&[binary(*operator).into(), expression(left), expression(right)]),
        E::Logical(operator, left, right) => list(&[logical(*operator).into(), expression(left), expression(right)]),
        E::Ternary(condition, then, other) => {
            list(&["?".into(), expression(condition), expression(then), expression(other)])
        }
        E::Range { from, to, inclusive } => {
            list(&[if *inclusive { "..=" } else { ".." }.into(), expression(from), expression(to)])
        }
        E::Assign { target, operator, value } => list(&[assign(*operator), expression(target), expression(value)]),
        E::Call { callee, arguments } => list(&["call".into(), expression(callee), joined(arguments, expression, " ")]),
        E::Index(object, index) => list(&["index".into(), expression(object), expression(index)]),
        E::Slice { object, from, to } => {
            let end = |value: &Option<Box<Expression>>| value.as_deref().map_or("_".into(), expression);
            list(&["slice".into(), expression(object), end(from), end(to)])
        }
        E::Field { object, name, access } => {
            let sign = match access {
                Access::Dot => ".",
                Access::Optional => "?.",
                Access::Path => "::",
            };
            list(&[format!("{sign}{}", name.text), expression(object)])
        }
        E::If { condition, then, otherwise } => {
            list(&["if".into(), expression(condition), block(then), optional(otherwise.as_deref(), expression)])
        }
        E::Match { value, arms } => list(&["match".into(), expression(value), joined(arms, match_arm, " ")]),
        E::Block(body) => block(body),
        E::Spawn(started) => list(&["spawn".into(), expression(started)]),
        E::Error => "error".into(),
    }
}

fn match_arm(arm: &MatchArm) -> String {
    let guard = optional(arm.guard.as_ref(), |guard| format!("if {}", expression(guard)));
    list(&[joined(&arm.patterns, pattern, " | "), guard, expression(&arm.body)])
}

fn format_part(part: &FormatPart) -> String {
    match part {
        FormatPart::Text(value) => text(value),
        FormatPart::Value { value, spec } => {
            expression(value) + &optional(spec.as_ref(), |spec| format!(":{}", spec.text))
        }
    }
}
