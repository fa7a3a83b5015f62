//! What may stand where someone asks for completion: `Query` is read from the line, the answer
//! comes from the session's names and values. It evaluates nothing.

use crate::builtins::{self, objects};
use crate::call::receiver_of;
use crate::help;
use crate::value::Value;
use crate::vm::Vm;

/// More candidates help no one.
const MOST: usize = 500;

const KEYWORDS: &[&str] = &[
    "break", "catch", "const", "continue", "defer", "else", "export", "false", "finally", "fn", "for", "if", "import",
    "in", "let", "loop", "match", "nil", "not", "return", "select", "spawn", "throw", "true", "try", "use", "var",
    "while",
];

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// Anything that can begin an expression.
    Names,
    /// Builtins and modules.
    Topics,
    /// What may follow the dot behind these names.
    Members(Vec<String>),
}

impl Query {
    /// The question at the end of `text`, and where the word begins that the answer replaces.
    pub fn read(text: &str) -> Option<(usize, Self)> {
        let start = word_start(text);
        let mut before = &text[..start];
        let mut path = Vec::new();
        while let Some(rest) = ["?.", ".", "::"].iter().find_map(|dot| before.strip_suffix(dot)) {
            let name = word_start(rest);
            if name == rest.len() {
                return None;
            }
            path.insert(0, rest[name..].to_string());
            before = &rest[..name];
        }
        if path.first().is_some_and(|root| root.starts_with(|c: char| c.is_ascii_digit())) {
            return None;
        }
        Some((start, if path.is_empty() { Self::Names } else { Self::Members(path) }))
    }
}

/// Where the name at the end of a text begins.
fn word_start(text: &str) -> usize {
    text.len() - text.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// The answer, sorted.
pub(super) fn find(vm: &Vm, query: &Query) -> Vec<String> {
    let mut found = match query {
        Query::Names => names(vm),
        Query::Topics => topics(),
        Query::Members(path) => members(vm, path),
    };
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found
}

fn names(vm: &Vm) -> Vec<String> {
    let session = vm.session_names.iter().map(|known| known.name.clone());
    session.chain(KEYWORDS.iter().map(|word| (*word).to_string())).chain(topics()).collect()
}

fn topics() -> Vec<String> {
    let builtins = help::public().map(|builtin| builtin.name.to_string()).filter(|name| !name.contains("::"));
    builtins.chain(help::modules().into_keys().map(str::to_string)).collect()
}

fn members(vm: &Vm, path: &[String]) -> Vec<String> {
    match vm.get(&path[0]) {
        Some(root) => value_at(root, &path[1..]).map(members_of).unwrap_or_default(),
        None => {
            let path = if path[0] == "std" { &path[1..] } else { path };
            let module = path.join("::");
            let members = help::modules().remove(module.as_str()).unwrap_or_default();
            let nested =
                builtins::MODULES.iter().filter_map(|name| name.strip_prefix(module.as_str())?.strip_prefix("::"));
            members.into_iter().map(|(member, _)| member).chain(nested).map(str::to_string).collect()
        }
    }
}

/// The value in nested maps.
fn value_at(root: Value, path: &[String]) -> Option<Value> {
    path.iter().try_fold(root, |value, name| value.as_map()?.get_text(name.as_bytes()))
}

/// A map's fields, and the methods of the value's type.
fn members_of(value: Value) -> Vec<String> {
    let keys = value.as_map().into_iter().flat_map(|map| map.iter().take(MOST).collect::<Vec<_>>());
    let fields = keys.filter_map(|(key, _)| String::from_utf8(key.as_bytes()?.to_vec()).ok());
    let fields = fields.filter(|field| !field.is_empty() && word_start(field) == 0);
    let receiver = receiver_of(value);
    let methods = help::public().filter(|builtin| builtins::has_method(builtin.name, receiver));
    let object = value.as_map().and_then(|map| objects::numbered(map.prototype()));
    let own = object.into_iter().flat_map(|object| object.methods).map(|method| method.name().to_string());
    fields.chain(own).chain(methods.map(|builtin| builtin.name.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_from_the_end_of_the_line() {
        let path = |names: &[&str]| Query::Members(names.iter().map(|name| (*name).to_string()).collect());
        assert_eq!(Query::read("log(le"), Some((4, Query::Names)));
        assert_eq!(Query::read(""), Some((0, Query::Names)));
        assert_eq!(Query::read("x + user.na"), Some((9, path(&["user"]))));
        assert_eq!(Query::read("a?.b::c."), Some((8, path(&["a", "b", "c"]))));
        assert_eq!(Query::read("f(x).a"), None);
        assert_eq!(Query::read("1."), None);
    }
}
