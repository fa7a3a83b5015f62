//! Random control flow, the same in Sentra and in Python, which has the same rules for `try`, `finally`, `return`,
//! `break`, `continue` and closures: both must print the same.

use std::fmt::Write;
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};

const PROGRAMS: u64 = 15;
const FUNCTIONS: usize = 25;
const LIMIT: Duration = Duration::from_secs(60);

/// A program in two languages, written side by side.
struct Writer {
    random: u64,
    sentra: String,
    python: String,
    indent: usize,
    /// Numbers what is printed and thrown, so that each place can be told apart.
    next: usize,
    /// Loops round the place under way, within its function.
    loops: usize,
    /// Functions that are complete and can be called.
    callable: usize,
}

impl Writer {
    fn new(seed: u64) -> Self {
        let random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let sentra = "let seed = 1\n\
            fn chance(n) { seed = (seed * 1103515245 + 12345) % 2147483648; return (seed >> 16) % n == 0 }\n\
            let depth = 0\n";
        let python = "import sys\nsys.setrecursionlimit(10000)\nseed = 1\ndepth = 0\n\
            class Thrown(Exception): pass\n\
            def chance(n):\n    global seed\n    seed = (seed * 1103515245 + 12345) % 2147483648\n    return (seed >> 16) % n == 0\n";
        Self { random, sentra: sentra.into(), python: python.into(), indent: 0, next: 0, loops: 0, callable: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as usize % bound
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn line(&mut self, sentra: &str, python: &str) {
        for (text, line) in [(&mut self.sentra, sentra), (&mut self.python, python)] {
            if !line.is_empty() {
                let _ = writeln!(text, "{:indent$}{line}", "", indent = self.indent * 4);
            }
        }
    }

    /// A head, a body and, in Sentra, a brace.
    fn block(&mut self, sentra: &str, python: &str, body: impl FnOnce(&mut Self)) {
        self.line(&format!("{sentra} {{"), &format!("{python}:"));
        self.indent += 1;
        self.line("", "pass");
        body(self);
        self.indent -= 1;
        self.line("}", "");
    }

    fn function(&mut self, number: usize) {
        self.block(&format!("fn f{number}(x)"), &format!("def f{number}(x)"), |writer| {
            writer.line("", "global depth");
            writer.line("", "deferred = []");
            // A program may call itself round in circles: what is too deep returns.
            writer.line("if depth > 5 { return x }", "if depth > 5: return x");
            writer.line("depth += 1", "depth += 1");
            writer.line("defer leave()", "deferred.append(lambda: leave())");
            writer.line("", "try:");
            writer.indent += 1;
            writer.statements(4);
            writer.line("return x", "return x");
            writer.indent -= 1;
            writer.line("", "finally:\n        while deferred: deferred.pop()()");
        });
        self.callable = number + 1;
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..=self.below(4) {
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        if depth == 0 {
            return self.simple();
        }
        match self.below(9) {
            0 | 1 => self.attempt(depth - 1),
            2 => {
                let number = self.number();
                self.in_loop(
                    &format!("for i{number} in 0..3"),
                    &format!("for i{number} in range(3)"),
                    depth - 1,
                    "",
                    "",
                );
            }
            3 => {
                let number = self.number();
                self.line(&format!("let w{number} = 0"), &format!("w{number} = 0"));
                let step = format!("w{number} += 1");
                let condition = format!("while w{number} < 3");
                self.in_loop(&condition, &condition, depth - 1, &step, &step);
            }
            4 => self.block("if chance(2)", "if chance(2)", |writer| writer.statements(depth - 1)),
            5 => {
                self.block("if chance(3)", "if chance(3)", |writer| writer.statements(depth - 1));
                self.block("else", "else", |writer| writer.statements(depth - 1));
            }
            _ => self.simple(),
        }
    }

    fn in_loop(&mut self, sentra: &str, python: &str, depth: usize, sentra_first: &str, python_first: &str) {
        self.loops += 1;
        self.block(sentra, python, |writer| {
            writer.line(sentra_first, python_first);
            writer.statements(depth);
        });
        self.loops -= 1;
    }

    fn attempt(&mut self, depth: usize) {
        let kind = self.below(3);
        self.block("try", "try", |writer| writer.statements(depth));
        if kind != 0 {
            let number = self.number();
            self.block(&format!("catch e{number}"), &format!("except Thrown as e{number}"), |writer| {
                let sentra = format!("log(\"caught\", e{number}, x)");
                writer.line(&sentra, &format!("print(\"caught\", e{number}.args[0], x)"));
                writer.statements(depth);
            });
        }
        if kind != 1 {
            self.block("finally", "finally", |writer| writer.statements(depth));
        }
    }

    fn simple(&mut self) {
        let number = self.number();
        match self.below(12) {
            0 | 1 => self.line(&format!("log({number}, x)"), &format!("print({number}, x)")),
            2 => self
                .line(&format!("if chance(2) {{ throw {number} }}"), &format!("if chance(2): raise Thrown({number})")),
            3 => self.line(&format!("if chance(2) {{ return {number} }}"), &format!("if chance(2): return {number}")),
            4 if self.loops > 0 => self.line("if chance(2) { break }", "if chance(2): break"),
            5 if self.loops > 0 => self.line("if chance(2) { continue }", "if chance(2): continue"),
            6 => self.line(&format!("x += {number}"), &format!("x += {number}")),
            7 => self.line(
                &format!("defer log(\"deferred\", {number}, x)"),
                &format!("deferred.append(lambda x=x: print(\"deferred\", {number}, x))"),
            ),
            8 => {
                let sentra = format!("let g{number} = fn(k) {{ x += k; return x }}\n");
                self.line(
                    &sentra,
                    &format!("def g{number}(k):\n{0:1$}    nonlocal x; x += k; return x", "", self.indent * 4),
                );
                self.line(&format!("log(g{number}(2), x)"), &format!("print(g{number}(2), x)"));
            }
            9 | 10 if self.callable > 0 => {
                let callee = self.below(self.callable);
                self.line(&format!("log(f{callee}({number}))"), &format!("print(f{callee}({number}))"));
            }
            _ => self.line(&format!("x = x * 3 % 1000 + {number}"), &format!("x = x * 3 % 1000 + {number}")),
        }
    }
}

/// The program with this number, in both languages.
fn programs(number: u64) -> (String, String) {
    let mut writer = Writer::new(number + 1);
    writer.line("fn leave() { depth -= 1 }", "def leave():\n    global depth\n    depth -= 1");
    for function in 0..FUNCTIONS {
        writer.function(function);
        let sentra = format!("try {{ log(\"gave\", f{function}(7)) }} catch e {{ log(\"threw\", e) }}");
        let python = format!("try: print(\"gave\", f{function}(7))\nexcept Thrown as e: print(\"threw\", e.args[0])");
        writer.line(&sentra, &python);
    }
    (writer.sentra, writer.python)
}

fn assert_same(number: u64, wanted: &Outcome, got: &Outcome) {
    assert_eq!(got.status, Some(0), "program {number}: {}", got.errors());
    let (wanted, got) = (wanted.output(), got.output());
    for (index, (wanted, got)) in wanted.lines().zip(got.lines()).enumerate() {
        assert_eq!(got, wanted, "program {number}, line {}", index + 1);
    }
    assert_eq!(got.lines().count(), wanted.lines().count(), "program {number}");
}

#[test]
fn control_flow_is_that_of_python() {
    let mut lines = 0;
    for number in 0..PROGRAMS {
        let (sentra, python) = programs(number);
        let wanted = program::run(Command::new("python3").arg("-"), python.as_bytes(), LIMIT);
        assert_eq!(wanted.status, Some(0), "the reference failed: {}", wanted.errors());
        lines += wanted.output().lines().count();
        for flags in [&[][..], &["--fuel", "1"]] {
            let mut command = program::sentra_vm();
            command.arg("run").args(flags).arg("-");
            assert_same(number, &wanted, &program::run(&mut command, sentra.as_bytes(), LIMIT));
        }
    }
    assert!(lines > 1_000, "only {lines} lines were compared");
}
