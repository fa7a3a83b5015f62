//! The formatter: formatting keeps the program and its comments, and doing it twice changes nothing more.

use std::fs;
use std::path::{Path, PathBuf};

use sentra_bytecode::encode;
use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::format::format;
use sentra_compiler::lex::lex;
use sentra_compiler::load::FileLoader;
use sentra_compiler::parse::parse_source;
use sentra_compiler::token::TokenKind;

#[path = "support/programs.rs"]
mod generated;
#[path = "support/processor.rs"]
mod processor;

use processor::processor_time;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All programs below a directory, in order.
fn programs(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sn") {
            found.push(path);
        }
    }
    found.sort();
}

/// The bytecode without line numbers, of a program that compiles.
fn bytecode(path: &str, text: &[u8]) -> Option<Vec<u8>> {
    let options = CompileOptions { strip: true, ..CompileOptions::default() };
    compile(path, text, &mut FileLoader, &options).ok().map(|compiled| encode(&compiled.module))
}

fn comments(source: &[u8]) -> Vec<&[u8]> {
    let tokens = lex(source).0;
    let comments = tokens.iter().filter(|token| token.kind == TokenKind::Comment);
    let mut texts: Vec<&[u8]> = comments.map(|token| token.text(source).trim_ascii_end()).collect();
    texts.sort_unstable();
    texts
}

/// Formats a program and checks all that is promised. Nothing, if it has mistakes.
fn formatted(path: &str, text: &[u8]) -> Option<Vec<u8>> {
    let shown = || String::from_utf8_lossy(text).into_owned();
    let once = match format(text) {
        Ok(once) => once,
        Err(found) => {
            assert_eq!(found, parse_source(text).1, "{path}\n{}", shown());
            return None;
        }
    };
    assert_eq!(comments(&once), comments(text), "{path}\n{}", shown());
    assert!(bytecode(path, &once) == bytecode(path, text), "{path}: another program\n{}", shown());
    let twice = format(&once).unwrap_or_else(|found| panic!("{path}: {found:?}\n{}", String::from_utf8_lossy(&once)));
    assert!(twice == once, "{path}: formatting twice gives another text\n{}", shown());
    Some(once)
}

#[test]
fn every_program_of_the_repository_stays_the_same_program() {
    let mut found = Vec::new();
    programs(&root(), &mut found);
    assert!(found.len() > 500, "the programs are there");
    with_stack(|| {
        for path in found {
            formatted(&path.to_string_lossy(), &fs::read(&path).unwrap());
        }
    });
}

#[test]
fn generated_programs_stay_the_same_program() {
    with_stack(|| {
        for seed in 0..5_000 {
            let mut builder = generated::Builder::new(seed);
            for _ in 0..4 {
                builder.statement(3);
            }
            assert!(formatted("generated.sn", builder.text.as_bytes()).is_some(), "{}", builder.text);
        }
    });
}

/// Comments of all kinds at random places of generated programs, close together in some and rare in others: all are
/// kept, in the same program, and the result is stable.
#[test]
fn generated_programs_keep_their_comments() {
    let kinds = ["// c\n", "/* c */", "\n# c\n", "/* c\n c */\n", "// c\n// d\n", "\n"];
    with_stack(|| {
        for seed in 0..2_000_u64 {
            let mut builder = generated::Builder::new(seed);
            builder.statement(3);
            let mut text = Vec::new();
            let (mut random, mut formats) = (seed + 1, 0);
            for token in lex(builder.text.as_bytes()).0 {
                formats -= i32::from(token.kind == TokenKind::FormatEnd);
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let chosen = (random >> 33) as usize;
                if formats == 0 && chosen % 8 <= seed as usize % 8 {
                    text.extend_from_slice(kinds[chosen / 8 % kinds.len()].as_bytes());
                }
                formats += i32::from(token.kind == TokenKind::FormatStart);
                text.extend_from_slice(token.text(builder.text.as_bytes()));
            }
            formatted("generated.sn", &text);
        }
    });
}

/// What once was lost, or never ended: a broken bracket round a comment alone, two comments for the end of one line, a dot
/// behind a comment on a line of its own.
#[test]
fn comments_meet() {
    let programs = [
        "[map({} // c\n, // d\n)]\n",
        "x = (go // c\n+ // d\nnil)\n",
        "x = [(go // c\n+ // d\nnil), 2]\n",
        "x = [2, (go // c\n+ // d\nnil)]\n",
        "let z = x.map(x // c\n&& // d\nf(1)).g()\n",
        "let z = x.map({c: 1, // c\n}) /* d */\n/* e */ .go() /* f */ .f({b: x // g\n})\n",
        "f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f({ // c\n}))))))))))))))))))))))))))))))))))\n",
    ];
    with_stack(|| {
        for text in programs {
            assert!(formatted("comments.sn", text.as_bytes()).is_some(), "{text}");
        }
    });
}

/// Comments between any two tokens of the examples: none is lost, and the result is stable.
#[test]
fn comments_may_stand_anywhere() {
    let mut found = Vec::new();
    programs(&root().join("examples"), &mut found);
    programs(&root().join("crates/sentra-compiler/tests/data/language"), &mut found);
    with_stack(|| {
        for path in found {
            let text = fs::read(&path).unwrap();
            for (turn, comment) in ["// c\n", "/* c */", "\n# c\n", "\n\n/* c\n c */ "].into_iter().enumerate() {
                let mut commented = Vec::new();
                let mut formats = 0;
                for (index, token) in lex(&text).0.iter().enumerate() {
                    formats -= i32::from(token.kind == TokenKind::FormatEnd);
                    let line_may_end = token.kind == TokenKind::Newline || comment == "/* c */" || turn == 3;
                    if formats == 0 && (index + turn) % 3 == 0 && line_may_end {
                        commented.extend_from_slice(comment.as_bytes());
                    }
                    formats += i32::from(token.kind == TokenKind::FormatStart);
                    commented.extend_from_slice(token.text(&text));
                }
                formatted(&path.to_string_lossy(), &commented);
            }
        }
    });
}

/// What people read to learn the language.
#[test]
fn the_repositorys_own_programs_are_in_the_style() {
    for folder in ["benches", "examples", "crates/sentra-vm/lib"] {
        let mut found = Vec::new();
        programs(&root().join(folder), &mut found);
        assert!(!found.is_empty(), "{folder} has programs");
        for path in found {
            let text = fs::read(&path).unwrap();
            assert!(format(&text).unwrap() == text, "`sentrac fmt` changes {}", path.display());
        }
    }
}

/// What comes out, for programs that show the rules.
#[test]
fn the_style_is_as_blessed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let text = format(&fs::read(folder.join("data/style.sn")).unwrap()).unwrap();
    let golden = folder.join("golden/style.sn");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    let shown = String::from_utf8(text).unwrap();
    assert!(fs::read_to_string(&golden).unwrap_or_default() == shown, "BLESS=1 rewrites {}\n{shown}", golden.display());
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "a line is too long");
    assert_eq!(formatted("style.sn", shown.as_bytes()).unwrap(), shown.as_bytes());
}

/// Long and deeply nested sources take time in proportion to their size, and no stack that the parser
/// would not take too.
#[test]
fn time_is_linear() {
    let units = [
        "x = [1, 2, {a: 1}]\n",
        "f(a, b)\n",
        "if a { b } ",
        "x = a + b * c && d\n",
        "// a comment\n",
        "x = /* c */ 1\n",
        "fn f() { return 1 }\n",
        "match x { 1 => 2, _ => 3 }\n",
        "{}\n",
        "[f(|x| x * 2)].map(g).filter(h)\n",
        "\n",
        ";",
    ];
    let nested = [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("f(", "", ")"),
        ("if a {", "", "}"),
        ("fn() {", "", "}"),
        ("{a: ", "1", "}"),
    ];
    let spent = |source: &str| {
        let start = processor_time();
        format(source.as_bytes()).unwrap_or_else(|found| panic!("{found:?}"));
        processor_time() - start
    };
    with_stack(|| {
        for unit in units {
            let (small, large) = (unit.repeat(20_000 / unit.len()), unit.repeat(640_000 / unit.len()));
            let once = (0..3).map(|_| spent(&small)).min().unwrap();
            let many = spent(&large);
            assert!(many < once * 32 * 4 + std::time::Duration::from_millis(50), "{unit:?}: {once:?}, {many:?}");
        }
        for (open, middle, close) in nested {
            let one = format!("x = {}{middle}{}\n", open.repeat(900), close.repeat(900));
            spent(&one);
        }
        for unit in ["1 + ", "a.b().", "a ? b : ", "!", "a && b || "] {
            spent(&format!("x = {}c\n", unit.repeat(1_500 / unit.len())));
        }
    });
}
