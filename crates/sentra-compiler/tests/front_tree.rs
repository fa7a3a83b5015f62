//! What the front end makes of programs: tokens after layout, and the syntax tree, as golden files.
//! `BLESS=1 cargo test` rewrites them.

#[path = "support/tree.rs"]
mod tree;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sentra_compiler::ast::ExpressionKind;
use sentra_compiler::layout::layout;
use sentra_compiler::lex::lex;
use sentra_compiler::parse::parse_source;

fn compare(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{name} differs; BLESS=1 rewrites it\n{actual}");
}

/// The statements of a program, a line each.
fn trees(program: &str) -> String {
    let (ast, diagnostics) = parse_source(program.as_bytes());
    assert_eq!(diagnostics, []);
    ast.body.iter().map(|statement| tree::statement(statement) + "\n").collect()
}

/// The tree of one expression.
fn expression(text: &str) -> String {
    trees(text).trim_end().to_owned()
}

#[test]
fn trees_are_as_blessed() {
    compare("statements.txt", &trees(include_str!("data/language/statements.sn")));
    compare("expressions.txt", &trees(include_str!("data/language/expressions.sn")));
}

#[test]
fn tokens_are_as_blessed() {
    let mut actual = String::new();
    for source in [include_str!("data/language/statements.sn"), include_str!("data/language/expressions.sn")] {
        let (tokens, found) = lex(source.as_bytes());
        let (tokens, more) = layout(source.as_bytes(), &tokens, &found);
        assert!(found.is_empty() && more.is_empty());
        for token in tokens {
            let text = String::from_utf8_lossy(token.text(source.as_bytes())).into_owned();
            let _ = writeln!(actual, "{:?} {:?}", token.kind, text);
        }
    }
    compare("tokens.txt", &actual);
}

#[test]
fn operators_bind_as_documented() {
    // From loosest to tightest: each groups after the one before it.
    let levels = ["??", "||", "&&", "==", "<", "|", "^", "&", "<<", "..", "+", "*"];
    for pair in levels.windows(2) {
        let (loose, tight) = (pair[0], pair[1]);
        let expected = format!("({loose} a ({tight} b c))");
        assert_eq!(expression(&format!("a {loose} b {tight} c")), expected);
        let expected = format!("({loose} ({tight} a b) c)");
        assert_eq!(expression(&format!("a {tight} b {loose} c")), expected);
    }
    for operator in levels {
        let expected = format!("({operator} ({operator} a b) c)");
        assert_eq!(expression(&format!("a {operator} b {operator} c")), expected);
    }
}

#[test]
fn operators_group_with_their_neighbours() {
    let cases = [
        ("!m[\"x\"]", "(! (index m \"x\"))"),
        ("not a == b", "(== (! a) b)"),
        ("a not in b and c", "(&& (! (in a b)) c)"),
        ("-a.b(c)", "(- (call (.b a) c))"),
        ("<-ch + 1", "(+ (<- ch) 1)"),
        ("a ? b : c ? d : e", "(? a b (? c d e))"),
        ("a ?? b ? c : d", "(? (?? a b) c d)"),
        ("a = b = c", "(= a (= b c))"),
        ("a += b ? c : d", "(+= a (? b c d))"),
        ("a ? b : c = d", "(? a b (= c d))"),
        ("|x| x + 1", "(fn (x) => (+ x 1))"),
        ("|x||y| x + y", "(fn (x) => (fn (y) => (+ x y)))"),
        ("a || |x| x || y", "(|| a (fn (x) => (|| x y)))"),
        ("|| a || b", "(fn () => (|| a b))"),
        ("f(|a, b| a, 1)", "(call f (fn (a b) => a) 1)"),
        ("fn(x) => x ? 1 : 2", "(fn (x) => (? x 1 2))"),
        ("a?.b.c::d", "(::d (.c (?.b a)))"),
        ("a[b ? c : d : e]", "(slice a (? b c d) e)"),
        ("a[:]", "(slice a _ _)"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9.223372036854776e18"),
        ("0xFFFF_FFFF_FFFF_FFFF", "1.8446744073709552e19"),
        ("1_000", "1000"),
        ("1..-1", "(.. 1 -1)"),
        ("spawn f(x).y(z)", "(spawn (call (.y (call f x)) z))"),
        ("spawn { 1 }.wait()", "(call (.wait (spawn {1})))"),
        ("'\\x41\\u{e9}\\n'", "\"A\u{e9}\\n\""),
        ("f\"a{{{b:>5}}}\"", "(f \"a{\" b:>5 \"}\")"),
        ("f'{a ? b : c:x} {d::e}'", "(f (? a b c):x \" \" (::e d))"),
        ("f\"{f\"{a}\"}{m[\"k\"]}\"", "(f (f a) (index m \"k\"))"),
    ];
    for (text, expected) in cases {
        assert_eq!(expression(text), expected, "{text}");
    }
}

#[test]
fn newlines_end_statements_where_they_should() {
    let cases = [
        ("a\n(b)", 2),
        ("a\n[b]", 2),
        ("a\n-b", 2),
        ("a +\nb", 1),
        ("a\n+ b", 1),
        ("a // c\n// d\n.b", 1),
        ("f(a,\n b\n)", 1),
        ("f(|x| {\na\nb\n})", 1),
        ("a;b;;c", 3),
        ("\n\n a \n\n", 1),
        ("return\na", 2),
        ("if a { b }\nelse { c }", 1),
        ("if a { b }\n\n// note\nelse { c }\nd", 2),
        ("if a\n{ b }\n{ c }", 2),
        ("a\r\nb\r\n", 2),
        ("let x = a\n    ? b\n    : c", 1),
        ("a /* b\n c */ d", 0),
        ("{a: b}", 0),
    ];
    for (text, expected) in cases {
        let (ast, diagnostics) = parse_source(text.as_bytes());
        let statements = if diagnostics.is_empty() { ast.body.len() } else { 0 };
        assert_eq!(statements, expected, "{text:?} {diagnostics:?}");
    }
}

#[test]
fn braces_open_maps_or_blocks() {
    let cases = [
        ("let a = {}", "(let a {:})"),
        ("let a = {b: 1}", "(let a {\"b\": 1})"),
        ("fn(x) => {}", "(fn (x) {})"),
        ("fn f(x) => { x }", "(f fn (x) {x})"),
        ("|| {}", "(fn () {})"),
        ("|x| {a: x}", "(fn (x) => {\"a\": x})"),
        ("|x| { a }", "(fn (x) {a})"),
        ("match a { _ => {} }", "(match a (_ {}))"),
        ("match a { _ => {b: 1} }", "(match a (_ {\"b\": 1}))"),
        ("match a { {b} => b }", "(match a ({b: b} b))"),
        ("if a == {} { b }", "(if (== a {:}) {b})"),
        ("for x in {a: 1} { x }", "(for x {\"a\": 1} {x})"),
        ("match {a: 1} { _ => 1 }", "(match {\"a\": 1} (_ 1))"),
        ("match if a { b } else { c } { _ => 1 }", "(match (if a {b} {c}) (_ 1))"),
        ("let f = fn({a, b}) { a }", "(let f (fn ({a: a, b: b}) {a}))"),
        ("if f(fn() { a }) { b }", "(if (call f (fn () {a})) {b})"),
        ("if a { outer: loop { break outer } }", "(if a {(loop outer: {(break outer)})})"),
    ];
    for (text, expected) in cases {
        assert_eq!(expression(text), expected, "{text}");
    }
}

#[test]
fn soft_keywords_are_names_elsewhere() {
    for word in ["go", "async", "use", "case", "default", "select", "from", "as", "type", "_", "f"] {
        let program = format!(
            "let {word} = 1\n{word} = {word} + 1\nf({word}, {word}.{word}, {word}::{word}, {{{word}: {word}}})\n\
             if {word} {{ {word} }}\n{word}({word})\nreturn {word}\n"
        );
        assert_eq!(parse_source(program.as_bytes()).1, [], "{word}");
    }
}

#[test]
fn every_word_is_a_name_after_a_dot_and_as_a_key() {
    let words = "let var const fn if else for in while loop match try catch finally throw return break continue and or not \
        nil null true false spawn defer import export select case use go async";
    for word in words.split_whitespace() {
        let program =
            format!("a.{word}(a?.{word}, a::{word})\nlet m = {{{word}: 1, {word}: 2}}\nlet {{{word}: x}} = m\n");
        assert_eq!(parse_source(program.as_bytes()).1, [], "{word}");
    }
}

#[test]
fn spans_cover_what_was_written() {
    let source = "let x = (a + b) * c.d[1]";
    let (ast, _) = parse_source(source.as_bytes());
    let sentra_compiler::ast::StatementKind::Variable { value: Some(value), .. } = &ast.body[0].kind else { panic!() };
    assert_eq!(&source[value.span.start as usize..value.span.end as usize], "(a + b) * c.d[1]");
    let ExpressionKind::Binary(_, left, right) = &value.kind else { panic!() };
    assert_eq!(&source[left.span.start as usize..left.span.end as usize], "(a + b)");
    assert_eq!(&source[right.span.start as usize..right.span.end as usize], "c.d[1]");
    assert_eq!((value.depth, left.depth, right.depth), (4, 2, 3));
}
