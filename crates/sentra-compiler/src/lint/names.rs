//! Rules about names: those that nothing uses, and those that hide a builtin.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::event::{Declared, Declares, Event};
use crate::manifest::Manifest;

/// A scope that is open.
#[derive(Default)]
struct Scope<'a> {
    declared: Vec<Declared<'a>>,
    /// Names that are used in it or further inside and declared there nowhere.
    used: HashSet<&'a str>,
    /// Those of them that were used before their declaration here: another one may be meant, too.
    early: HashSet<&'a str>,
}

/// Names that are declared and never used. A name may be used before the line that declares it.
pub(super) fn unused(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    let mut scopes: Vec<Scope<'_>> = Vec::new();
    for event in events {
        match event {
            Event::Open(_) => scopes.push(Scope::default()),
            Event::Declare(declared) => {
                let Some(scope) = scopes.last_mut() else { continue };
                let name = declared.name;
                if declared.by != Declares::Function && scope.used.contains(&*name.text) {
                    scope.early.insert(&name.text);
                }
                scope.declared.push(*declared);
            }
            Event::Use(name) => {
                scopes.last_mut().into_iter().for_each(|scope| _ = scope.used.insert(&name.text));
            }
            Event::Close => {
                let Some(scope) = scopes.pop() else { continue };
                close(scope, scopes.last_mut(), found);
            }
            _ => {}
        }
    }
}

/// What runs before and after each test of a file.
const ROUND_TESTS: [&str; 2] = ["setup", "teardown"];

fn close<'a>(mut scope: Scope<'a>, outer: Option<&mut Scope<'a>>, found: &mut Vec<Diagnostic>) {
    let top = outer.is_none();
    let has_tests = scope.declared.iter().any(|declared| declared.name.text.starts_with("test_"));
    for Declared { name, by, expects_use, .. } in &scope.declared {
        let test = top && (name.text.starts_with("test_") || has_tests && ROUND_TESTS.contains(&&*name.text));
        if !expects_use || scope.used.contains(&*name.text) || name.text.starts_with('_') || test {
            continue;
        }
        let text = &name.text;
        let (code, message) = match by {
            Declares::Parameter | Declares::Local => continue,
            Declares::Variable(_) => (Code::UnusedName, format!("`{text}` is never used")),
            Declares::Function => (Code::UnusedName, format!("the function `{text}` is never called")),
            Declares::Import => (Code::UnusedImport, format!("`{text}` is imported and never used")),
        };
        found.push(Diagnostic::new(code, name.span, message));
    }
    for Declared { name, .. } in &scope.declared {
        if !scope.early.contains(&*name.text) {
            scope.used.remove(&*name.text);
        }
    }
    if let Some(outer) = outer {
        // The smaller set joins the larger one.
        if outer.used.len() < scope.used.len() {
            std::mem::swap(&mut outer.used, &mut scope.used);
        }
        outer.used.extend(scope.used);
    }
}

/// Names of builtins that mean something else in a part of the file, while another part of it uses the
/// builtin, or calls what has taken its place as if it were still that.
pub(super) fn shadowed(events: &[Event<'_>], found: &mut Vec<Diagnostic>) {
    let manifest = Manifest::get();
    let builtin =
        |name: &str| manifest.builtin(name).is_some_and(|builtin| !builtin.constant && !builtin.is_internal());
    let mut open: Vec<Vec<&str>> = Vec::new();
    let mut visible: HashMap<&str, u32> = HashMap::new();
    let mut as_builtin: HashSet<&str> = HashSet::new();
    let mut declared: Vec<&Declared<'_>> = Vec::new();
    for event in events {
        match event {
            Event::Open(_) => open.push(Vec::new()),
            Event::Declare(found) if builtin(&found.name.text) => {
                *visible.entry(&found.name.text).or_default() += 1;
                open.last_mut().into_iter().for_each(|names| names.push(&found.name.text));
                declared.push(found);
            }
            Event::Use(name) if builtin(&name.text) && visible.get(&*name.text).is_none_or(|count| *count == 0) => {
                as_builtin.insert(&name.text);
            }
            Event::Close => {
                for name in open.pop().into_iter().flatten() {
                    visible.entry(name).and_modify(|count| *count -= 1);
                }
            }
            _ => {}
        }
    }
    for Declared { name, by, expects_use, .. } in declared {
        let replaces = *by == Declares::Function && *expects_use;
        if (replaces || as_builtin.contains(&*name.text)) && *by != Declares::Import {
            let message = format!("`{}` hides the builtin of that name", name.text);
            found.push(Diagnostic::new(Code::ShadowedBuiltin, name.span, message).with_help("choose another name"));
        }
    }
}
