//! Which crate may use which, and within a crate which module. A new module needs a row here;
//! a new edge needs a reason that fits the data's way from source to running program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that may use each other, and what else they may use of their crate: naming one
/// module of another row allows them all.
struct Row {
    modules: &'static [&'static str],
    uses: &'static [&'static str],
}

const fn row(modules: &'static [&'static str], uses: &'static [&'static str]) -> Row {
    Row { modules, uses }
}

/// Crates of the workspace and those that each may use.
const CRATES: &[(&str, &[&str])] = &[
    ("sentra-bytecode", &[]),
    ("sentra-compiler", &["sentra-bytecode"]),
    ("sentra-lsp", &["sentra-compiler"]),
    ("sentra-netlib", &[]),
    ("sentra-vm", &["sentra-bytecode", "sentra-compiler", "sentra-netlib"]),
    ("sentra-playground", &["sentra-vm"]),
];

const BYTECODE: &[Row] = &[
    row(&["instruction", "opcode"], &[]),
    row(&["module"], &["instruction"]),
    row(&["bundle", "checksum", "varint"], &[]),
    row(&["format"], &["checksum", "opcode"]),
    row(&["encode"], &["format", "instruction", "module", "opcode", "varint"]),
    row(&["decode"], &["checksum", "format", "instruction", "module", "opcode", "varint"]),
    row(&["verify"], &["format", "instruction", "module", "opcode"]),
    row(&["listing"], &["instruction", "module", "opcode"]),
];

/// One way from text to module; only `compile` (in `lib`) knows all stages.
const COMPILER: &[Row] = &[
    row(&["span"], &[]),
    row(&["diagnostic"], &["span"]),
    row(&["render"], &["diagnostic", "load", "span"]),
    row(&["ast"], &["span"]),
    row(&["lex", "token"], &["diagnostic", "span"]),
    row(&["layout"], &["ast", "diagnostic", "lex", "span", "token"]),
    row(&["grammar", "parse"], &["ast", "diagnostic", "layout", "lex", "span", "token"]),
    // The formatter compares its own result with the source.
    row(&["format"], &["diagnostic", "layout", "lex", "parse", "span", "token"]),
    row(&["load", "manifest", "replace"], &[]),
    row(&["event"], &["ast", "span"]),
    row(&["lint"], &["ast", "diagnostic", "event", "lex", "load", "manifest", "parse", "token"]),
    row(&["ir"], &["ast", "span"]),
    row(&["fold"], &["ast", "ir"]),
    row(&["resolve"], &["ast", "diagnostic", "fold", "ir", "load", "manifest", "parse", "span"]),
    row(&["emit"], &["ast", "diagnostic", "fold", "ir", "load", "span"]),
    row(&["compile"], &["ast", "diagnostic", "emit", "fold", "ir", "load", "resolve"]),
    // Packages as texts; the names of builtin modules are not free, and `resolve` finds the nearest name.
    row(&["package"], &["diagnostic", "manifest", "resolve", "span", "token"]),
    // Packages on the disk and in repositories.
    row(&["project"], &["compile", "diagnostic", "load", "package", "replace", "resolve"]),
    // `resolve` finds the nearest name, for options too.
    row(&["command_line"], &["resolve"]),
    // The command: it puts the stages together.
    row(
        &["sentrac"],
        &["command_line", "compile", "diagnostic", "format", "lint", "load", "package", "project", "render", "replace"],
    ),
];

/// One analysis of a document, which all requests read.
const LSP: &[Row] = &[
    row(&["analysis", "transport", "uri"], &[]),
    row(&["diagnostics", "documents"], &["analysis", "uri"]),
    row(&["requests"], &["analysis", "documents", "uri"]),
    row(&["server"], &["analysis", "documents", "requests", "transport", "uri"]),
];

const VM: &[Row] = &[
    // What values are made of. It knows no fiber and no VM; the heap shows builtins by name.
    row(&["clock", "fault", "heap", "image", "nesting", "number", "value"], &["builtins"]),
    row(&["difference", "format", "show"], &["value"]),
    // It decides and opens nothing.
    row(&["permission"], &["value"]),
    // The machine that runs code: one state, so its parts may use each other.
    row(
        &[
            "builtin",
            "bare",
            "call",
            "capture",
            "channel",
            "children",
            "connect",
            "console",
            "database",
            "debug",
            "discovery",
            "dns",
            "driver",
            "fetch",
            "fiber",
            "http",
            "interpret",
            "library",
            "link",
            "measure",
            "output",
            "owner",
            "packets",
            "reactor",
            "record",
            "report",
            "scan",
            "scheduler",
            "signals",
            "socket",
            "stream",
            "system",
            "task",
            "temporary",
            "timer",
            "tls_scan",
            "vm",
            "wait_queue",
            "websocket",
            "worker",
            "workers",
        ],
        &["builtins", "permission", "show", "value"],
    ),
    // `host` adds a host program's functions to the registry.
    row(&["builtins", "host"], &["permission", "show", "value", "vm"]),
    row(&["convert"], &["value"]),
    // What host programs and the commands use.
    row(
        &[
            "adapter", "advance", "bundle", "command", "convert", "error", "help", "program", "prompt", "repl",
            "session", "testing",
        ],
        &["builtins", "permission", "show", "value", "vm"],
    ),
];

/// The rows of each crate. `lib` and `main` put the modules together and may use them all.
const TABLES: &[(&str, &[Row])] =
    &[("sentra-bytecode", BYTECODE), ("sentra-compiler", COMPILER), ("sentra-lsp", LSP), ("sentra-vm", VM)];

/// What only some modules may name: each has one owner.
const OWNERS: &[(&str, &str, &[&str])] = &[
    // One loop waits for events.
    ("sentra-vm", "mio::Poll", &["reactor"]),
    ("sentra-vm", "Poll::new", &["reactor"]),
    // Nothing calls back into the interpreter: so every script can wait anywhere.
    ("sentra-vm", "interpret::run", &["scheduler"]),
    ("sentra-vm", "interpret::{self", &["scheduler"]),
    ("sentra-vm", "rustyline::", &["prompt", "repl"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A source file: the module of the crate that it belongs to, and its code.
struct Source {
    path: String,
    module: String,
    code: String,
}

fn sources(name: &str) -> Vec<Source> {
    let src = root().join("crates").join(name).join("src");
    let mut found = Vec::new();
    collect(&src, &src, &mut found);
    assert!(!found.is_empty(), "{} has no sources", src.display());
    found
}

fn collect(src: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(src, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "lalrpop") {
            let inside = path.strip_prefix(src).unwrap();
            let first = inside.iter().next().unwrap().to_str().unwrap();
            found.push(Source {
                path: path.strip_prefix(root()).unwrap().display().to_string(),
                module: first.split('.').next().unwrap_or_default().to_owned(),
                code: code(&fs::read_to_string(&path).unwrap()),
            });
        }
    }
}

/// The text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules that some code names as `crate::module` or in `crate::{module, …}`.
fn used(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut used = BTreeSet::new();
    for (at, prefix) in code.match_indices("crate::") {
        let after = &code[at + prefix.len()..];
        match after.strip_prefix('{') {
            Some(list) => used.extend(outermost(list).map(|item| name(item.trim()))),
            None => drop(used.insert(name(after))),
        }
    }
    used
}

/// The items of a list up to its closing brace, nested lists left whole.
fn outermost(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let end = list.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth < 0
    });
    let mut depth = 0;
    list[..end.unwrap_or(list.len())].split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    })
}

fn may_use(rows: &[Row], row: &Row, target: &str) -> bool {
    let Some(wanted) = rows.iter().find(|row| row.modules.contains(&target)) else { return false };
    std::ptr::eq(wanted, row) || row.uses.iter().any(|named| wanted.modules.contains(named))
}

/// Complaints about one crate's modules.
fn broken_edges(name: &str, rows: &[Row]) -> Vec<String> {
    let sources = sources(name);
    let modules: BTreeSet<&str> = sources.iter().map(|source| source.module.as_str()).collect();
    let mut complaints = Vec::new();
    for source in &sources {
        if ["lib", "main"].contains(&source.module.as_str()) {
            continue;
        }
        let Some(row) = rows.iter().find(|row| row.modules.contains(&source.module.as_str())) else {
            complaints.push(format!("{}: module `{}` has no row", source.path, source.module));
            continue;
        };
        for target in used(&source.code).iter().filter(|target| modules.contains(target.as_str())) {
            if !may_use(rows, row, target) {
                complaints.push(format!("{}: `{}` may not use `{target}`", source.path, source.module));
            }
        }
    }
    complaints
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let complaints: Vec<String> = TABLES.iter().flat_map(|(name, rows)| broken_edges(name, rows)).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn rows_name_modules_that_exist() {
    for (name, rows) in TABLES {
        let sources = sources(name);
        for named in rows.iter().flat_map(|row| row.modules.iter().chain(row.uses)) {
            assert!(sources.iter().any(|source| source.module == *named), "{name} has no module `{named}`");
        }
    }
}

#[test]
fn crates_use_only_what_the_table_allows() {
    for (name, allowed) in CRATES {
        let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let manifest = manifest.split("[dev-dependencies]").next().unwrap();
        for line in manifest.lines().filter(|line| line.starts_with("sentra-")) {
            let used = line.split(['.', ' ', '=']).next().unwrap();
            assert!(allowed.contains(&used), "{name} may not use {used}");
        }
    }
}

#[test]
fn owned_names_stay_with_their_owners() {
    for (name, owned, owners) in OWNERS {
        for source in sources(name).iter().filter(|source| source.code.contains(owned)) {
            assert!(owners.contains(&source.module.as_str()), "{}: only {owners:?} may use {owned}", source.path);
        }
    }
}

#[test]
fn used_modules_are_found_in_every_form_of_import() {
    let text = "use crate::heap::{Map, Text};\nuse crate::{value::Value, fiber::{Fiber, State}, vm};\n// crate::no\n";
    let found = used(&code(text));
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["fiber", "heap", "value", "vm"]);
}
