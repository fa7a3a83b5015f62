//! What the resolver says of mistakes: each at its place, none a consequence of another.

use sentra_compiler::compile::{CompileOptions, compile};
use sentra_compiler::diagnostic::{Code, Diagnostic};
use sentra_compiler::load::Loader;
use sentra_compiler::package;

/// Files by name.
struct Files(&'static [(&'static str, &'static str)]);

impl Loader for Files {
    fn load(&mut self, path: &str, _: &str) -> Result<(String, Vec<u8>), String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).ok_or_else(|| "no such file".to_owned())
    }
}

fn diagnostics_with(text: &str, files: &'static [(&'static str, &'static str)]) -> Vec<Diagnostic> {
    match compile("main.sn", text.as_bytes(), &mut Files(files), &CompileOptions::default()) {
        Ok(compiled) => compiled.warnings,
        Err(rejected) => rejected.diagnostics,
    }
}

/// Each message as `line: CODE message (help)`.
fn shown(text: &str) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| text[..diagnostic.span.start as usize].matches('\n').count() + 1;
    let help = |diagnostic: &Diagnostic| diagnostic.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let show = |diagnostic: Diagnostic| {
        format!("{}: {} {}{}", line(&diagnostic), diagnostic.code.text(), diagnostic.message, help(&diagnostic))
    };
    diagnostics_with(text, &[]).into_iter().map(show).collect()
}

#[test]
fn every_example_has_its_mistake_and_no_other() {
    for code in Code::ALL.iter().filter(|code| !code.example().is_empty()) {
        let diagnostics = match code.is_about_packages() {
            true => package::read(code.example().as_bytes()).expect_err("it has a mistake"),
            false => diagnostics_with(code.example(), &[]),
        };
        let found: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        let expected = if code.is_lint() { &[][..] } else { std::slice::from_ref(code) };
        assert_eq!(found, expected, "{}", code.example());
    }
}

#[test]
fn unknown_names_suggest_the_nearest() {
    assert_eq!(
        shown("let count = 1\nlog(cout)\nconst K = 1\nK = 2\n"),
        [
            "2: E0201 unknown name `cout` (did you mean `count`?)",
            "4: E0202 `K` is a constant and cannot be assigned to"
        ]
    );
    assert_eq!(shown("printlm(1)"), ["1: E0201 unknown name `printlm` (did you mean `println`?)"]);
    assert_eq!(shown("total = 1"), ["1: E0201 unknown name `total` (`let total = …` declares a variable)"]);
    assert_eq!(shown("import math\nlog(math.sqr(2))"), ["2: E0208 `math` has no member `sqr` (did you mean `sqrt`?)"]);
}

#[test]
fn names_declared_below_are_visible_to_functions_only() {
    assert_eq!(shown("log(x)\nlet x = 1"), ["1: E0201 unknown name `x` (`x` is declared further below)"]);
    assert!(shown("fn f() { return x }\nlet x = 1\nlog(f())").is_empty());
    assert!(shown("fn f() { let g = || y\n let y = 2\n return g() }\nlog(f())").is_empty());
}

#[test]
fn one_unknown_name_is_one_message() {
    assert_eq!(shown("log(zzz)\nlog(zzz)\nzzz.f()").len(), 1);
}

#[test]
fn syntax_errors_hide_no_declarations() {
    let found = shown("let total = 1 $ 2\nlog(total)\nlog(zzzz)");
    assert_eq!(found.iter().filter(|message| message.contains("E0201")).count(), 1, "{found:?}");
}

#[test]
fn constness() {
    assert_eq!(shown("const a = 1\nfn f() { a += 1 }\nf()").len(), 1);
    assert_eq!(
        shown("len = 3"),
        ["1: E0202 `len` is a builtin and cannot be assigned to (`let len = …` makes a variable of that name)"]
    );
    assert!(shown("let len = 3\nlen = 4").is_empty());
    assert!(shown("fn f() { return 1 }\nf = 2").is_empty());
}

#[test]
fn loops_and_labels() {
    assert_eq!(shown("while true { let f = fn() { break } }"), ["1: E0204 `break` outside a loop"]);
    assert_eq!(
        shown("outer: loop { break outr }"),
        ["1: E0205 no enclosing loop is labelled `outr` (did you mean `outer`?)"]
    );
}

#[test]
fn wrong_counts_are_warnings() {
    assert_eq!(
        shown("fn f(a, b = 1) { return a + b }\nf()\nf(1, 2, 3)\nf(1)"),
        ["2: W0301 `f` takes 1 to 2 arguments, 0 given", "3: W0301 `f` takes 1 to 2 arguments, 3 given"]
    );
    assert!(shown("fn f(a) { return a }\nf = log\nf()").is_empty());
    assert_eq!(shown("let f = |x| x\nf()"), ["2: W0301 `f` takes 1 argument, 0 given"]);
}

#[test]
fn conditions_that_assign_plain_values_are_warned_of() {
    for program in ["let x = 1\nif x = 2 { }", "let x = 1\nwhile (x = nil) { }", "let x = 1\nfor (; x = x; ) { break }"]
    {
        assert_eq!(shown(program), ["2: W0302 this condition assigns its value (write `==` to compare)"], "{program}");
    }
    assert!(shown("let x = [1]\nwhile (x = len(x)) { break }").is_empty());
}

#[test]
fn imports_that_do_not_work() {
    let files: &[(&str, &str)] = &[("a", "import \"b\""), ("b", "import \"a\""), ("c", "export fn run() { return 1 }")];
    let codes = |text| -> Vec<_> { diagnostics_with(text, files).into_iter().map(|found| found.code.text()).collect() };
    assert_eq!(codes("import \"a\""), ["E0210"]);
    assert_eq!(codes("import \"nowhere\" as n\nn.f()"), ["E0209"]);
    assert_eq!(codes("import \"c\"\nc.rn()"), ["E0208"]);
    assert_eq!(codes("import { run, stop } from \"c\"\nrun()\nstop()"), ["E0208"]);
    assert_eq!(codes("import { run } from \"c\"\nrun = 2"), ["E0202"]);
    assert_eq!(codes("import { run as go_on } from \"c\"\ngo_on(1)"), ["W0301"]);
}
