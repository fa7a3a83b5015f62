//! The linter: every rule's example is found by it alone, can be allowed, and nothing is said of programs
//! that are as they should be.

use std::fs;
use std::path::Path;

use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::diagnostic::{Code, Diagnostic};
use sentra_compiler::lint::{RULES, lint};
use sentra_compiler::load::{FileLoader, SourceText};

#[path = "support/processor.rs"]
mod processor;

use processor::processor_time;

/// What is said of a program; nothing if it does not compile.
fn said(path: &str, text: &str) -> Option<Vec<Diagnostic>> {
    let compiled = compile(path, text.as_bytes(), &mut FileLoader, &CompileOptions::default()).ok()?;
    Some(lint(&compiled.sources, &compiled.warnings))
}

fn codes(text: &str) -> Vec<&'static str> {
    let found = said("program.sn", text).unwrap_or_else(|| panic!("it compiles: {text}"));
    found.iter().map(|diagnostic| diagnostic.code.text()).collect()
}

#[test]
fn every_example_has_what_it_explains_and_nothing_else() {
    for rule in RULES {
        assert_eq!(codes(rule.code.example()), [rule.code.text()], "{}", rule.code.example());
    }
    let rules = RULES.iter().filter(|rule| rule.code.is_lint()).count();
    assert_eq!(rules, Code::ALL.iter().filter(|code| code.is_lint()).count(), "each code has its rule");
}

#[test]
fn every_rule_can_be_switched_off_in_place() {
    for rule in RULES {
        let example = rule.code.example();
        for name in [rule.name, rule.code.text()] {
            let file = format!("// lint: allow-file({name})\n{example}");
            assert!(codes(&file).is_empty(), "{file}");
            let line = said("program.sn", example).unwrap()[0].span.start as usize;
            let line = example[..line].matches('\n').count();
            let lines = example.lines().enumerate();
            let behind = |(index, text): (usize, &str)| match index == line {
                true => format!("{text} # lint: allow(other, {name})\n"),
                false => format!("{text}\n"),
            };
            let behind: String = lines.clone().map(behind).collect();
            assert!(codes(&behind).is_empty(), "{behind}");
            let above = |(index, text): (usize, &str)| match index == line {
                true => format!("// lint: allow({name})\n\n{text}\n"),
                false => format!("{text}\n"),
            };
            let above: String = lines.map(above).collect();
            assert!(codes(&above).is_empty(), "{above}");
        }
        let other = format!("// lint: allow-file(other)\n{example}");
        assert_eq!(codes(&other), [rule.code.text()]);
    }
}

#[test]
fn what_is_meant_so_is_left_alone() {
    let programs = [
        "fn f(unused) { return 1 }\nlog(f(1))",
        "let _later = 1",
        "let {name, _rest} = args()\nlog(name)",
        "let total = 0\nlet add = |n| total += n\nadd(1)",
        "fn memory() { return 1 }\nfn f() { let memory = memory()\n return memory }\nlog(f())",
        "log(later())\nfn later() { return 1 }",
        "let x = 1\nlog(f\"{x}\")",
        "fn test_it() { assert(true) }",
        "export fn shown() { return 1 }",
        "fn f() {\n return g()\n fn g() { return 1 }\n}\nf()",
        "let values = [1]\nlog(values)",
        "fn f() { let s = socket_create(\"TCP\", \"h\", 1)\n defer socket_close(s)\n return socket_receive(s, 1) }\nf()",
        "fn f() { let s = socket_create(\"TCP\", \"h\", 1)\n return s }\nf()",
        "fn f(all) { let s = socket_create(\"TCP\", \"h\", 1)\n all.push(s) }\nf([])",
        "fn f() { let s = socket_create(\"TCP\", \"h\", 1)\n spawn handle(s) }\nfn handle(s) { socket_close(s) }\nf()",
        "fn f(x) { return type(x) == \"map\" && x == nil || len(x) == 0 }\nf(1)",
        "fn f(x) { return x > 1 && x < 5 || x == 1 && x != 2 }\nf(1)",
        "fn f(token) { return token == nil || token == \"\" || token == \"+\" }\nf(1)",
        "fn f(token_type, password_length) { return token_type == \"word\" && password_length == args() }\nf(1, 2)",
        "log(http_get(\"https://h/\", {verify: true}))",
        "fn f(req) { return http_get(\"http://b/\" + url_encode(req.query.name)) }\nf({})",
        "fn f(req) { return http_get(\"http://b\" + req.path) }\nf({})",
    ];
    for program in programs {
        assert_eq!(codes(program), [""; 0], "{program}");
    }
}

#[test]
fn the_rules_see_more_than_their_examples() {
    let programs = [
        ("import { sqrt, floor as down } from math\nlog(sqrt(4))", "W0402"),
        ("import math as m\nlog(1)", "W0402"),
        ("for x in [1] {\n continue\n log(x)\n}", "W0403"),
        ("fn f() {\n throw 1\n let _x = 1\n}\nf()", "W0403"),
        ("fn f(x) { let len = x\n return len }\nlog(f(1), len(\"a\"))", "W0404"),
        (
            "fn f() { let s = socket_listen(\"TCP\", \"h\", 1)\n if s == nil { return nil }\n log(socket_info(s)) }\nf()",
            "W0405",
        ),
        ("let x = args()\nif x == 1 && x == 2 { log(x) }", "W0406"),
        ("let x = args()\nif x < 1 && x > 5 { log(x) }", "W0406"),
        ("let x = args()\nif len(x) < 0 { log(x) }", "W0406"),
        ("let x = args()\nif x != x { log(x) }", "W0406"),
        ("let x = args()\nif len(x) == \"0\" { log(x) }", "W0406"),
        ("fn f(req, key) { return req.headers[\"X-Api-Key\"] == key || req.body.password != key }\nf({}, 1)", "W0407"),
        ("fn f(user_token, given) { return given == user_token }\nf({}, 1)", "W0407"),
        ("let options = {\"verify\": false, timeout: 3}\nlog(http_get(\"https://h/\", options))", "W0408"),
        ("let name = input(\"name? \")\nlog(http_get(\"http://b/\" + name))", "W0409"),
        (
            "fn f(req) {\n let id = req[\"params\"][\"id\"]\n let url = f\"http://b/{id}\"\n return http_request(\"GET\", url)\n}\nf({})",
            "W0409",
        ),
    ];
    for (program, code) in programs {
        let found = codes(program);
        assert!(
            !found.is_empty() && found.iter().all(|found| *found == code),
            "{found:?} instead of {code}\n{program}"
        );
    }
}

/// All programs below a folder, in order.
fn programs(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sn") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What is said of the examples and the tutorial is right: it stands here, and nothing else is said.
#[test]
fn no_false_alarm_on_the_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders =
        ["examples", "crates/sentra-compiler/tests/data/tutorial", "crates/sentra-compiler/tests/data/chapter"];
    let mut all = String::new();
    with_stack(|| {
        for path in folders.iter().flat_map(|folder| programs(&root.join(folder))) {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            for found in said(&path.to_string_lossy(), &text).into_iter().flatten() {
                let line = 1 + text[..found.span.start as usize].matches('\n').count();
                all += &format!("{name}:{line}: {} {}\n", found.code.text(), found.message);
            }
        }
    });
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/lint.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, &all).unwrap();
    }
    assert_eq!(fs::read_to_string(golden).unwrap_or_default(), all, "BLESS=1 rewrites it; each line has to be right");
}

/// Whatever the program: an answer, in linear time.
#[test]
fn long_programs_take_time_in_proportion() {
    let program = |count: usize| -> String {
        (0..count)
            .map(|index| format!("fn f{index}(a) {{ if a == {index} {{ return len(a) }}\n log(a) }}\nf{index}(1)\n"))
            .collect()
    };
    let time = |text: String| {
        let source = SourceText { path: "program.sn".to_owned(), text: text.into_bytes() };
        let start = processor_time();
        lint(&[source], &[]);
        processor_time() - start
    };
    with_stack(|| {
        let once = (0..3).map(|_| time(program(500))).min().unwrap();
        let many = time(program(8_000));
        assert!(many < once * 16 * 4 + std::time::Duration::from_millis(50), "{once:?}, {many:?}");
        time(format!("x = {}1{}", "[".repeat(900), "]".repeat(900)));
        time(format!("{}{}", "if a {".repeat(900), "}".repeat(900)));
    });
}
