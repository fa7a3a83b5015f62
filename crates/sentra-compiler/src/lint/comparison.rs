//! Rules about comparisons: those that no values make true, and secrets that `==` gives away.

use super::flow::called;
use crate::ast::{BinaryOperator, Expression, ExpressionKind, LogicalOperator, UnaryOperator};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Event;

/// What `type` can say.
const TYPES: &[&str] = &[
    "nil", "boolean", "number", "string", "array", "map", "function", "error", "range", "task", "channel", "module",
    "pattern", "regex",
];

/// Comparisons that are false whatever the variables hold.
pub(super) fn never_true(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    for event in events {
        let Event::Expression(expression) = event else { continue };
        let why = match &expression.kind {
            ExpressionKind::Binary(operator, left, right) => compared(*operator, left, right),
            ExpressionKind::Logical(LogicalOperator::And, left, right) => contradiction(left, right),
            _ => None,
        };
        if let Some(why) = why {
            found.push(Diagnostic::new(Code::NeverTrue, expression.span, format!("this is never true: {why}")));
        }
    }
}

fn compared(operator: BinaryOperator, left: &Expression, right: &Expression) -> Option<String> {
    use BinaryOperator::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    if matches!(operator, NotEqual | Less | Greater) && name(left).is_some() && name(left) == name(right) {
        return Some("both sides are the same".to_owned());
    }
    let length = |side: &Expression| called(side).is_some_and(|(function, _)| function == "len");
    let negative = |side: &Expression, least: i64| integer(side).is_some_and(|value| value < least);
    let below = match operator {
        Less => length(left) && negative(right, 1),
        LessEqual | Equal => length(left) && negative(right, 0),
        Greater => length(right) && negative(left, 1),
        GreaterEqual => length(right) && negative(left, 0),
        _ => false,
    };
    if below {
        return Some("a length is never negative".to_owned());
    }
    if operator != Equal {
        return None;
    }
    unknown_type(left, right).or_else(|| unknown_type(right, left)).or_else(|| {
        let (left, right) = (kind(left)?, kind(right)?);
        (left != right).then(|| format!("one side is a {left}, the other a {right}"))
    })
}

/// `type(x) == "strnig"`
fn unknown_type(call: &Expression, text: &Expression) -> Option<String> {
    let (function, _) = called(call)?;
    let ExpressionKind::String(text) = &text.kind else { return None };
    let known = TYPES.iter().any(|name| name.as_bytes() == &**text);
    (function == "type" && !known).then(|| format!("`type` never gives \"{}\"", String::from_utf8_lossy(text)))
}

/// What an expression gives, where its form tells.
fn kind(expression: &Expression) -> Option<&'static str> {
    Some(match &expression.kind {
        ExpressionKind::Boolean(_) => "boolean",
        ExpressionKind::Integer(_) | ExpressionKind::Float(_) => "number",
        ExpressionKind::String(_) | ExpressionKind::Format(_) => "string",
        ExpressionKind::Array(_) => "array",
        ExpressionKind::Map(_) => "map",
        ExpressionKind::Nil => "nil",
        ExpressionKind::Call { .. } => match called(expression)?.0 {
            "len" => "number",
            "type" => "string",
            _ => return None,
        },
        _ => return None,
    })
}

/// `x == 1 && x == 2`, `x < 1 && x > 5`
fn contradiction(left: &Expression, right: &Expression) -> Option<String> {
    let ((first, a, bound), (second, b, limit)) = (bounded(left)?, bounded(right)?);
    if first != second {
        return None;
    }
    let empty = match (a.0.max(b.0), a.1.min(b.1)) {
        (Some(least), most) => least > most,
        _ => false,
    };
    (empty && bound != limit).then(|| format!("`{first}` cannot be both"))
}

/// The least value, if there is one, and the greatest, that a comparison of a name with an integer allows.
type Bounds = (Option<i64>, i64);

fn bounded(comparison: &Expression) -> Option<(&str, Bounds, i64)> {
    let ExpressionKind::Binary(operator, left, right) = &comparison.kind else { return None };
    let (name, value) = (name(left)?, integer(right)?);
    let bounds = match operator {
        BinaryOperator::Equal => (Some(value), value),
        // Between two integers there are other numbers: the bounds themselves are let through.
        BinaryOperator::Less | BinaryOperator::LessEqual => (Some(i64::MIN), value),
        BinaryOperator::Greater | BinaryOperator::GreaterEqual => (Some(value), i64::MAX),
        _ => return None,
    };
    Some((name, bounds, value))
}

fn name(expression: &Expression) -> Option<&str> {
    match &expression.kind {
        ExpressionKind::Name(name) => Some(&name.text),
        _ => None,
    }
}

fn integer(expression: &Expression) -> Option<i64> {
    match &expression.kind {
        ExpressionKind::Integer(value) => Some(*value),
        ExpressionKind::Unary(UnaryOperator::Negate, inner) => integer(inner)?.checked_neg(),
        _ => None,
    }
}

/// Words in names of what nobody else may know.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "signature",
    "hmac",
    "csrf",
    "private_key",
    "session_key",
    "session_id",
    "credential",
    "credentials",
];

/// Secrets that are compared with `==`, which takes the longer the more of them is right.
pub(super) fn secrets(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    for event in events {
        let Event::Expression(expression) = event else { continue };
        let ExpressionKind::Binary(BinaryOperator::Equal | BinaryOperator::NotEqual, left, right) = &expression.kind
        else {
            continue;
        };
        let Some(name) = secret(left).or_else(|| secret(right)).filter(|_| may_be_secret(left) && may_be_secret(right))
        else {
            continue;
        };
        let message = format!("`{name}` is compared in a time that tells how much of it is right");
        let diagnostic = Diagnostic::new(Code::SecretCompared, expression.span, message);
        found.push(diagnostic.with_help("`constant_time_eq(a, b)` takes the same time whatever they are"));
    }
}

/// The name of a secret, if the expression is named as one.
fn secret(expression: &Expression) -> Option<String> {
    let name = match &expression.kind {
        ExpressionKind::Name(name) | ExpressionKind::Field { name, .. } => name.text.to_lowercase(),
        ExpressionKind::Index(_, index) => match &index.kind {
            ExpressionKind::String(text) => String::from_utf8_lossy(text).to_lowercase().replace('-', "_"),
            _ => return None,
        },
        _ => return None,
    };
    let fits =
        |word: &&str| name == **word || name.ends_with(&format!("_{word}")) || name.starts_with(&format!("{word}_"));
    // Whether there is one, how long it is and what it is for are no secrets.
    let about = ["_type", "_kind", "_length", "_len", "_count", "_name", "_id", "_index", "_start", "_end", "_age"];
    let about = name != "session_id" && about.iter().any(|end| name.ends_with(end));
    (!about && SECRET.iter().any(fits)).then(|| name.clone())
}

/// Whether a side can be a secret: fixed values that are none are not, nor words that a parser compares.
fn may_be_secret(side: &Expression) -> bool {
    match &side.kind {
        ExpressionKind::Nil | ExpressionKind::Boolean(_) | ExpressionKind::Integer(_) | ExpressionKind::Float(_) => {
            false
        }
        ExpressionKind::String(text) => text.len() > 3,
        ExpressionKind::Map(_) | ExpressionKind::Array(_) => false,
        _ => true,
    }
}
