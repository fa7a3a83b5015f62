//! Mistakes in source text: each is reported once, at its place, in plain words.
//!
//! The golden files hold a program and what is said of it. `BLESS=1 cargo test` rewrites them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sentra_compiler::load::SourceText;
use sentra_compiler::parse::parse_source;
use sentra_compiler::render::render;

fn said(program: &str) -> String {
    let (_, diagnostics) = parse_source(program.as_bytes());
    let source = SourceText { path: "file.sn".to_owned(), text: program.as_bytes().to_vec() };
    render(&diagnostics, &[source], false)
}

/// Compares with a golden file, or writes it.
fn compare(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{name} differs; BLESS=1 rewrites it\n{actual}");
}

/// Programs of one file: each begins at a line `=== title`.
fn programs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.strip_prefix("=== ").unwrap().split("\n=== ").map(|part| part.split_once('\n').unwrap())
}

#[test]
fn messages_are_as_blessed() {
    let mut actual = String::new();
    for (title, program) in programs(include_str!("data/mistakes.txt")) {
        let _ = writeln!(actual, "=== {title}\n{}", said(program.trim_end_matches('\n')));
    }
    compare("mistakes.txt", &actual);
}

#[test]
fn every_mistake_is_reported_and_none_is_a_consequence() {
    let (_, diagnostics) = parse_source(b"let x = 1\nlog(x +)\nlog(1\nfoo bar\n");
    let places: Vec<u32> = diagnostics.iter().map(|diagnostic| diagnostic.span.start).collect();
    assert_eq!(places, [17, 22, 29], "{diagnostics:?}");
}
