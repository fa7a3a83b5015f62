//! Mistakes in source text: each is reported once, at its place, in plain words.
//!
//! The golden files hold a program and what is said of it. `BLESS=1 cargo test` rewrites them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sentra_compiler::ast::StatementKind;
use sentra_compiler::diagnostic::Code;
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

#[test]
fn examples_have_the_mistake_they_explain_and_no_other() {
    // The examples of what is wrong with packages are no programs: `back_diagnostics` takes them.
    for code in Code::ALL.iter().filter(|code| !code.text().starts_with("E05")) {
        let (_, diagnostics) = parse_source(code.example().as_bytes());
        let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code.text()).collect();
        let early = code.text().starts_with("E00") || code.text().starts_with("E01");
        let expected = if early && !code.example().is_empty() { vec![code.text()] } else { vec![] };
        assert_eq!(codes, expected, "{}", code.example());
    }
}

#[test]
fn bytes_that_are_not_text_are_reported_where_they_stand() {
    let cases: [(&[u8], &[u32]); 6] = [
        (b"let x = \"a\xffb\"", &[10]),
        (b"# \xc3(\nlet y = 1", &[2]),
        (b"let x = \xf0\x9f 1", &[8]),
        (b"\xff\xfe", &[0, 1]),
        (b"\xef\xbb\xbflet x = 1", &[]),
        (b"log('\xed\xa0\x80')", &[5, 6, 7]),
    ];
    for (source, expected) in cases {
        let (_, diagnostics) = parse_source(source);
        let places: Vec<u32> = diagnostics.iter().map(|diagnostic| diagnostic.span.start).collect();
        assert_eq!(places, expected, "{diagnostics:?}");
    }
}

#[test]
fn a_mistake_leaves_the_rest_of_the_program_alone() {
    let (ast, diagnostics) =
        parse_source(b"let a = 1\nlet b = (2\nlet c = 3 3\nfn d() {\n let = 1\n return 2\n}\nlet e = 5\n");
    assert_eq!(diagnostics.len(), 3, "{diagnostics:?}");
    assert_eq!(ast.body.len(), 5);
    assert!(!matches!(ast.body[4].kind, StatementKind::Error));
}
