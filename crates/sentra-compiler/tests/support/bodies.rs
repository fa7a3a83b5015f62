//! What must hold for any source at all. The fuzz targets run the same functions.

use sentra_compiler::diagnostic::Diagnostic;
use sentra_compiler::lex::lex;
use sentra_compiler::load::SourceText;
use sentra_compiler::package::{self, lock};
use sentra_compiler::parse::parse_source;
use sentra_compiler::render::{json, render};

/// The tokens' spans follow one another from the source's start to its end.
pub fn lex_any(source: &[u8]) {
    let (tokens, _) = lex(source);
    let mut end = 0;
    for token in &tokens {
        assert_eq!(token.span.start, end, "spans tile the source {:?}", String::from_utf8_lossy(source));
        end = token.span.end;
    }
    assert_eq!(end as usize, source.len(), "spans reach the end of {:?}", String::from_utf8_lossy(source));
}

/// Parsing ends with diagnostics that can be shown.
pub fn parse_any(source: &[u8]) -> Vec<Diagnostic> {
    let (_, diagnostics) = parse_source(source);
    for diagnostic in &diagnostics {
        assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end as usize <= source.len());
        let words = diagnostic.message.strip_prefix("expected ").map_or(0, |rest| {
            let expected = rest.split(", found").next().unwrap_or_default();
            1 + expected.matches(" or ").count() + expected.matches("`, ").count()
        });
        assert!(words <= 4, "{}", diagnostic.message);
    }
    let shown = &diagnostics[..diagnostics.len().min(3)];
    let sources = [SourceText { path: "a.sn".into(), text: source.to_vec() }];
    assert!(!render(shown, &sources, true).contains('\0') && json(shown, &sources).lines().count() == shown.len());
    diagnostics
}

/// `sentra.toml` and `sentra.lock` are read or refused with messages that can be shown. What is read can be written, and
/// is then read as the same.
pub fn package_any(source: &[u8]) {
    let shown = |diagnostics: Vec<Diagnostic>| {
        let sources = [SourceText { path: "sentra.toml".into(), text: source.to_vec() }];
        for diagnostic in &diagnostics {
            assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end as usize <= source.len() + 1);
            assert!(!diagnostic.message.contains(char::is_control), "{:?}", diagnostic.message);
        }
        let first = &diagnostics[..diagnostics.len().min(3)];
        assert!(!first.is_empty() && !render(first, &sources, true).is_empty());
    };
    if let Err(diagnostics) = package::read(source) {
        shown(diagnostics);
    }
    match lock::read(source) {
        Ok(lock) => assert_eq!(lock::read(lock.text().as_bytes()), Ok(lock)),
        Err(diagnostics) => shown(diagnostics),
    }
}
