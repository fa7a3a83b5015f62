//! Rules about what happens when: statements that are never reached, and sockets that stay open.

use std::collections::HashMap;

use crate::ast::{Expression, ExpressionKind, Name, PatternKind, Statement, StatementKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::{Declared, Event, parts};

/// Statements behind one that leaves. Functions are declared wherever they stand.
pub(super) fn unreachable(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    use StatementKind::{Break, Continue, Function, Return, Throw};
    for event in events {
        let Event::Body(body) = event else { continue };
        let leaves = |statement: &Statement| matches!(statement.kind, Return(_) | Throw(_) | Break(_) | Continue(_));
        let Some(index) = body.iter().position(leaves) else { continue };
        let rest = body[index + 1..].iter().find(|statement| !matches!(statement.kind, Function { .. }));
        if let Some(statement) = rest {
            let message = "this is never reached: the statement before it leaves";
            found.push(Diagnostic::new(Code::Unreachable, statement.span, message));
        }
    }
}

/// The builtins that open a socket, and those that use one and leave it open.
const OPENS: &[&str] = &["socket_create", "socket_listen", "socket_accept"];
const USES: &[&str] = &[
    "socket_send",
    "socket_send_to",
    "socket_receive",
    "socket_receive_exact",
    "socket_receive_from",
    "socket_receive_line",
    "socket_info",
    "socket_option",
    "socket_shutdown",
    "socket_accept",
];

/// A socket that a function has opened.
struct Socket<'a> {
    name: &'a Name,
    /// It is used in a way that cannot have kept or closed it, so often.
    harmless: u32,
    /// It is used at all, so often.
    used: u32,
}

/// Sockets that a function opens and then only reads, writes and asks: nothing closes them, and nobody
/// else can.
pub(super) fn leaked(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    let mut functions: Vec<HashMap<&str, Socket<'_>>> = Vec::new();
    for event in events {
        match event {
            Event::Enter => functions.push(HashMap::new()),
            Event::Leave => {
                let opened = functions.pop().into_iter().flat_map(HashMap::into_values);
                let leaked = opened.filter(|socket| socket.used == socket.harmless);
                found.extend(leaked.map(|socket| leak(socket.name)));
            }
            Event::Statement(statement) => {
                let opened = opened(statement);
                if let (Some(name), Some(function)) = (opened, functions.last_mut()) {
                    function.insert(&name.text, Socket { name, harmless: 0, used: 0 });
                }
            }
            // Another variable of that name: which one is meant is not followed.
            Event::Declare(Declared { name, expects_use, .. }) => {
                let own = |socket: &Socket<'_>| socket.name.span == name.span;
                for function in &mut functions {
                    if function.get(&*name.text).is_some_and(|socket| !own(socket)) || !expects_use {
                        function.remove(&*name.text);
                    }
                }
            }
            Event::Use(name) => {
                let sockets = functions.iter_mut().filter_map(|function| function.get_mut(&*name.text));
                sockets.for_each(|socket| socket.used += 1);
            }
            Event::Expression(expression) => {
                for name in harmless(expression) {
                    let sockets = functions.iter_mut().filter_map(|function| function.get_mut(&*name.text));
                    sockets.for_each(|socket| socket.harmless += 1);
                }
            }
            _ => {}
        }
    }
}

fn leak(name: &Name) -> Diagnostic {
    let message = format!("the socket `{}` is opened here and never closed", name.text);
    let help = format!("`defer socket_close({})` closes it when the function ends", name.text);
    Diagnostic::new(Code::LeakedSocket, name.span, message).with_help(help)
}

/// The variable that a statement puts a new socket into.
fn opened(statement: &Statement) -> Option<&Name> {
    let StatementKind::Variable { pattern, value: Some(value), export: false, .. } = &statement.kind else {
        return None;
    };
    match &pattern.kind {
        PatternKind::Name(name) if called(value).is_some_and(|(called, _)| OPENS.contains(&called)) => Some(name),
        _ => None,
    }
}

/// The name of what is called, and the arguments.
pub(super) fn called(expression: &Expression) -> Option<(&str, &[Expression])> {
    let ExpressionKind::Call { callee, arguments } = &expression.kind else { return None };
    match &callee.kind {
        ExpressionKind::Name(name) => Some((&name.text, arguments)),
        _ => None,
    }
}

/// The names right inside an expression that can do nothing to a socket.
fn harmless(expression: &Expression) -> Vec<&Name> {
    let asked: Vec<&Expression> = match (&expression.kind, called(expression)) {
        (_, Some((function, arguments))) if USES.contains(&function) => arguments.first().into_iter().collect(),
        (ExpressionKind::Binary(..) | ExpressionKind::Unary(..), _) => parts(&expression.kind),
        (ExpressionKind::If { condition, .. }, _) => vec![condition],
        _ => Vec::new(),
    };
    let name = |part: &&Expression| matches!(part.kind, ExpressionKind::Name(_));
    asked
        .into_iter()
        .filter(name)
        .filter_map(|part| match &part.kind {
            ExpressionKind::Name(name) => Some(name),
            _ => None,
        })
        .collect()
}
