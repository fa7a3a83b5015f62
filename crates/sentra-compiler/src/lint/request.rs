//! Rules about the network: certificates that nobody checks, and requests that are put together from what
//! somebody else has sent.

use std::collections::HashMap;

use super::flow::called;
use crate::ast::{BinaryOperator, Expression, ExpressionKind, FormatPart, PatternKind, StatementKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Event;

/// `verify: false` in options.
pub(super) fn verification(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    for event in events {
        let Event::Expression(expression) = event else { continue };
        let ExpressionKind::Map(entries) = &expression.kind else { continue };
        for (key, value) in entries {
            if is_key(key, b"verify") && matches!(value.kind, ExpressionKind::Boolean(false)) {
                let message = "whoever is in between can answer for the server: certificates are not verified";
                let help = "`ca: …` trusts the certificate of an authority of your own";
                let diagnostic = Diagnostic::new(Code::VerificationOff, key.span.to(value.span), message);
                found.push(diagnostic.with_help(help));
            }
        }
    }
}

fn is_key(key: &Expression, wanted: &[u8]) -> bool {
    matches!(&key.kind, ExpressionKind::String(text) if **text == *wanted)
}

/// The builtins that send requests, and which argument is the URL.
const SENDS: &[(&str, usize)] = &[
    ("http_get", 0),
    ("http_head", 0),
    ("http_post", 0),
    ("http_put", 0),
    ("http_patch", 0),
    ("http_delete", 0),
    ("http_json", 0),
    ("http_download", 0),
    ("http_stream", 0),
    ("http_request", 1),
    ("ws_connect", 0),
];

/// URLs that have input in them as it came.
pub(super) fn unescaped(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    // What was put into variables last, by name: inputs and texts made of them.
    let mut inputs: HashMap<&str, String> = HashMap::new();
    let mut texts: HashMap<&str, String> = HashMap::new();
    for event in events {
        match event {
            Event::Statement(statement) => {
                let StatementKind::Variable { pattern, value: Some(value), .. } = &statement.kind else { continue };
                let PatternKind::Name(name) = &pattern.kind else { continue };
                let (what, text) = (input(value, &inputs), built(value, &inputs));
                set(&mut inputs, &name.text, what);
                set(&mut texts, &name.text, text);
            }
            Event::Expression(expression) => {
                let Some((function, arguments)) = called(expression) else { continue };
                let place = SENDS.iter().find(|(name, _)| *name == function).map(|(_, place)| *place);
                let Some(url) = place.and_then(|place| arguments.get(place)) else { continue };
                let input = built(url, &inputs).or_else(|| match &url.kind {
                    ExpressionKind::Name(name) => texts.get(&*name.text).cloned(),
                    _ => None,
                });
                if let Some(input) = input {
                    let message = format!("{input} goes into this request as it came");
                    let diagnostic = Diagnostic::new(Code::UnescapedRequest, url.span, message);
                    found.push(diagnostic.with_help("`url_encode(…)` keeps it one part of the URL"));
                }
            }
            _ => {}
        }
    }
}

fn set<'a>(known: &mut HashMap<&'a str, String>, name: &'a str, what: Option<String>) {
    match what {
        Some(what) => _ = known.insert(name, what),
        None => _ = known.remove(name),
    }
}

/// What a text is put together from, if one of its parts is input.
fn built(text: &Expression, inputs: &HashMap<&str, String>) -> Option<String> {
    match &text.kind {
        ExpressionKind::Format(parts) => parts.iter().skip(1).find_map(|part| match part {
            FormatPart::Value { value, .. } => input(value, inputs),
            FormatPart::Text(_) => None,
        }),
        ExpressionKind::Binary(BinaryOperator::Add, left, right) => {
            let right = input(right, inputs).or_else(|| built(right, inputs));
            right.or_else(|| built(left, inputs))
        }
        _ => None,
    }
}

/// How to name an expression that gives what somebody else has sent or typed.
fn input(expression: &Expression, inputs: &HashMap<&str, String>) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Name(name) => inputs.get(&*name.text).map(|_| format!("`{}`", name.text)),
        ExpressionKind::Call { .. } => {
            let (function, _) = called(expression)?;
            (function == "input").then(|| "what `input` gives".to_owned())
        }
        ExpressionKind::Field { object, name, .. } => from_request(object, &name.text),
        ExpressionKind::Index(object, index) => match &index.kind {
            ExpressionKind::String(key) => from_request(object, &String::from_utf8_lossy(key)),
            _ => None,
        },
        _ => None,
    }
}

/// `req.query.name`, `req.params.name` and the like.
fn from_request(object: &Expression, name: &str) -> Option<String> {
    let (holder, part) = match &object.kind {
        ExpressionKind::Field { object, name, .. } => (object, name.text.to_string()),
        ExpressionKind::Index(object, index) => match &index.kind {
            ExpressionKind::String(key) => (object, String::from_utf8_lossy(key).into_owned()),
            _ => return None,
        },
        _ => return None,
    };
    let ExpressionKind::Name(request) = &holder.kind else { return None };
    let request = matches!(&*request.text, "req" | "request");
    let part = matches!(&*part, "query" | "params" | "form" | "cookies");
    (request && part).then(|| format!("`{name}` of a request"))
}
