//! Whatever the source: the front end answers with a tree and diagnostics, in linear time.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sentra_compiler::diagnostic::Diagnostic;
use sentra_compiler::lex::lex;
use sentra_compiler::parse::parse_source;
use sentra_compiler::token::TokenKind;

#[path = "support/bodies.rs"]
mod bodies;
#[path = "support/processor.rs"]
mod processor;

use processor::processor_time;

/// A small generator, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Everything the front end does with a source; its promises hold.
fn check(source: &[u8]) -> Vec<Diagnostic> {
    bodies::lex_any(source);
    bodies::parse_any(source)
}

fn samples() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders = ["chapter", "tutorial", "language"].map(|folder| fs::read_dir(data.join(folder)).unwrap());
    let mut paths: Vec<_> = folders.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn random_bytes() {
    let mut random = Random(0x5eed);
    for _ in 0..3_000 {
        let length = random.below(200);
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        check(&bytes);
    }
}

#[test]
fn random_words() {
    let words = [
        "let", "fn", "if", "else", "for", "in", "match", "select", "case", "default", "spawn", "go", "async", "try",
        "catch", "finally", "return", "break", "import", "export", "use", "as", "from", "loop", "while", "not", "and",
        "x", "y", "1", "2.5", "\"s\"", "f\"", "\"", "'", "`", "{", "}", "(", ")", "[", "]", ",", ";", ":", "::", ".",
        "?.", "?", "..", "..=", "...", "=>", "<-", "=", "+=", "==", "+", "-", "*", "|", "||", "&&", "!", "\n", "\n",
        "\n", "{", "}", "\\", "/*", "*/", "//", "_", "nil", "\u{e9}", "\t",
    ];
    let mut random = Random(0xfeed);
    for _ in 0..20_000 {
        let count = random.below(40);
        let spaced = random.below(4) > 0;
        let mut source = String::new();
        for _ in 0..count {
            source += words[random.below(words.len())];
            source += if spaced { " " } else { "" };
        }
        check(source.as_bytes());
    }
}

#[test]
fn every_prefix_of_the_samples() {
    for sample in samples() {
        for end in 0..sample.len() {
            check(&sample[..end]);
        }
    }
}

#[test]
fn every_token_left_out_of_the_samples() {
    for sample in samples() {
        for token in lex(&sample).0.iter().filter(|token| token.kind != TokenKind::Comment) {
            let (before, after) = (&sample[..token.span.start as usize], &sample[token.span.end as usize..]);
            check(&[before, after].concat());
        }
    }
}

#[test]
fn time_is_linear() {
    let units = [
        "(",
        "[",
        "{",
        "f(",
        "{a:",
        "1+",
        "!",
        "-",
        "a.",
        "a=",
        "a?b:",
        "|x|",
        "||",
        "if a {} else ",
        "f\"{",
        "\"\\\"\n",
        "f\"\\\"\n",
        "f'{\"",
        "/*",
        "`",
        "$",
        "let ",
        "x\n",
        "1,",
        ")",
        "}",
        "(]",
        "{)",
        "[}",
        "match x {",
        "a => ",
        "\"",
        "\n",
        ";",
        "fn f() {",
        "spawn ",
        "case ",
        "a<-",
        "not ",
        "a..",
        "if ",
        "?",
        "::",
        "..",
        "\u{e9}",
        "\u{ff}",
        "x y\n",
        "[{",
        "{(]",
        "f\"{x}",
        "(\n",
        "log(\"a)\nlog(\"b\")\n",
        "select {",
        "else ",
        "\\",
        "f\"{(",
        "a,b|",
        "{\n)",
    ];
    for unit in units {
        let source = unit.repeat(1_000_000 / unit.len());
        let start = processor_time();
        let found = parse_source(source.as_bytes()).1.len();
        let taken = processor_time() - start;
        assert!(taken < Duration::from_secs(4), "{unit:?} took {taken:?}");
        assert!(found <= 100, "{unit:?} gave {found} diagnostics");
        println!("{unit:?}: {taken:?}");
    }
}

#[test]
fn nesting_is_limited_and_its_limit_is_reached() {
    let nested: [(&str, &str, &str); 8] = [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("if a {", "", "}"),
        ("fn() {", "", "}"),
        ("f(", "", ")"),
        ("match a { _ => ", "1", "}"),
        ("f\"{", "1", "}\""),
        ("!", "x", ""),
    ];
    for (open, middle, close) in nested {
        let program = |depth: usize| format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        assert_eq!(check(program(900).as_bytes()), [], "{open}");
        let found = check(program(3_000).as_bytes());
        assert_eq!(found.len(), 1, "{open}: {found:?}");
    }
    let chains = ["1+", "a.", "a[0]+", "a?b:", "a=", "|x|", "!", "- ", "if a {} else ", "a(1).", "a.."];
    for unit in chains {
        let source = unit.repeat(5_000) + if unit.starts_with("if") { "{}" } else { "b" };
        assert!(check(source.as_bytes()).iter().all(|found| found.code.text() != "E0101"), "{unit}");
        assert!(!check(source.as_bytes()).is_empty(), "{unit}");
    }
}

const PACKAGE: &str = "[package]\nname = \"app\" # ä\nversion = \"0.1.0\"\nmain = 'x.sn'\n\n[dependencies]\n\
                       a = { path = \"../a\" }\nb = { git = \"https://x/y\", tag = \"v1\", subdir = \"s\" }\n\n[dependencies.c]\ngit = \"../c\"\n";

const LOCK: &str = "version = 1\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\ngit = \"https://x/y\"\ntag = \"v1\"\n\
                    commit = \"e3252a3f8f52756744830dc39a9bf8860478f60f\"\n\
                    hash = \"sha256:a992bf464ffca70abaea18d23fdf08b110db6459683910d00dd40d951ed3be58\"\n";

#[test]
fn packages_of_any_text() {
    assert!(sentra_compiler::package::read(PACKAGE.as_bytes()).is_ok_and(|package| package.dependencies.len() == 3));
    assert!(sentra_compiler::package::lock::read(LOCK.as_bytes()).is_ok_and(|lock| lock.packages.len() == 1));
    for sample in [PACKAGE, LOCK] {
        for end in 0..=sample.len() {
            bodies::package_any(&sample.as_bytes()[..end]);
        }
    }
    let words = [
        "[",
        "]",
        "[[",
        "]]",
        "package",
        "dependencies",
        "name",
        "version",
        "path",
        "git",
        "tag",
        "rev",
        "x",
        "é",
        ".",
        "=",
        "=",
        "=",
        "\"",
        "\"a\"",
        "\"1.0.0\"",
        "'",
        "\"\"\"",
        "{",
        "}",
        ",",
        "\n",
        "\n",
        "\n",
        "#",
        "1",
        "-",
        "true",
        "\\",
        "1979-05-27",
        "\u{1b}",
        "\0",
        "\r",
    ];
    let mut random = Random(0xbeef);
    for _ in 0..5_000 {
        let parts: Vec<&str> = (0..random.below(30)).map(|_| words[random.below(words.len())]).collect();
        bodies::package_any(parts.join(["", " "][random.below(2)]).as_bytes());
    }
}

#[test]
fn packages_of_any_size() {
    let texts = [
        format!("x = \"{}\"", "x".repeat(10 << 20)),
        "[".repeat(1 << 20),
        format!("x = {}", "[".repeat(1 << 19)),
        format!("x = {}1{}", "{a = ".repeat(1 << 17), "}".repeat(1 << 17)),
        format!("[{}x]", "a.".repeat(1 << 18)),
        format!("[dependencies]\n{}", (0..20_000).map(|n| format!("d{n} = {{ path = \"x\" }}\n")).collect::<String>()),
        format!("version = 1\n{}", "[[package]]\n".repeat(100_000)),
        "x = 1\n".repeat(100_000),
    ];
    for text in texts {
        let start = processor_time();
        bodies::package_any(text.as_bytes());
        let time = processor_time() - start;
        assert!(time < Duration::from_secs(20), "{time:?} for {}…", &text[..20]);
    }
}
