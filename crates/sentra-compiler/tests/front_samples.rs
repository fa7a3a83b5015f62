//! The sample programs of the tutorials parse as they were written.

use std::fs;
use std::path::{Path, PathBuf};

use sentra_compiler::layout::is_keyword;
use sentra_compiler::lex::lex;
use sentra_compiler::parse::parse_source;
use sentra_compiler::token::{KEYWORDS, TokenKind, WORDS_IN_PLACE};

fn samples() -> Vec<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders = ["chapter", "tutorial", "language"].map(|folder| fs::read_dir(data.join(folder)).unwrap());
    let mut paths: Vec<_> = folders.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn samples_parse_without_diagnostics() {
    let mut complaints = String::new();
    let samples = samples();
    assert!(samples.len() > 28, "the samples are there");
    for path in samples {
        let (ast, diagnostics) = parse_source(&fs::read(&path).unwrap());
        assert!(!ast.body.is_empty() || !diagnostics.is_empty(), "{}: empty", path.display());
        for diagnostic in diagnostics {
            complaints += &format!("{}: {:?}: {}\n", path.display(), diagnostic.span, diagnostic.message);
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn keywords_are_those_of_the_lexers_table() {
    let table = include_str!("../src/token.rs");
    let patterns = table.split("#[token(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut words: Vec<&str> = patterns.filter(|text| text.bytes().all(|byte| byte.is_ascii_lowercase())).collect();
    words.sort_unstable();
    assert_eq!(words, KEYWORDS);
    assert!(KEYWORDS.iter().all(|word| is_keyword(lex(word.as_bytes()).0[0].kind)));
    assert!(WORDS_IN_PLACE.iter().all(|word| lex(word.as_bytes()).0[0].kind == TokenKind::Name));
}
