//! What `sentra-vm` prints about itself, against files in `golden/` (`BLESS=1` rewrites them), and
//! what it makes of sizes, bytecode and full disks.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use sentra_compiler::compile::{CompileOptions, compile};
use sentra_compiler::load::NoLoader;

fn sentra_vm(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sentra-vm")).args(arguments).stdin(Stdio::null()).output().expect("it starts")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn golden(name: &str, arguments: &[&str]) {
    let output = sentra_vm(arguments);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &output.stdout).expect("golden files can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{arguments:?} differs from {}", path.display());
    assert_eq!((output.status.code(), errors(&output)), (Some(0), String::new()));
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command");
    fs::create_dir_all(&directory).expect("a scratch directory can be made");
    let path = directory.join(name);
    fs::write(&path, content).expect("it can be written");
    path
}

#[test]
fn help_texts() {
    golden("help.txt", &["--help"]);
    golden("help-run.txt", &["run", "--help"]);
    golden("help-repl.txt", &["repl", "--help"]);
    golden("help-split.txt", &["help", "split"]);
    golden("man.1", &["man"]);
    golden("completions.bash", &["completions", "bash"]);
    golden("completions.zsh", &["completions", "zsh"]);
    golden("completions.fish", &["completions", "fish"]);
}

#[test]
fn help_lists_every_public_builtin() {
    let list = String::from_utf8_lossy(&sentra_vm(&["help"]).stdout).into_owned();
    let words: Vec<&str> = list.split_whitespace().collect();
    let manifest = include_str!("../../sentra-compiler/src/manifest.txt");
    let rows = manifest.lines().filter(|line| !line.starts_with("__"));
    for name in rows.filter_map(|line| line.split('\t').next()) {
        // Those of a module stand below its name.
        let own = name.rsplit("::").next().unwrap_or(name);
        assert!(words.contains(&own), "{name} is not listed");
    }
    assert!(!list.contains("__"), "inner builtins are listed");
}

#[test]
fn an_error_shows_its_place_also_from_bytecode() {
    let source = b"fn half(n) {\n\treturn n / nothing()\n}\nfn nothing() => 0\nlog(half(4))\n";
    let path = file("half.sn", source);
    let shown = path.to_str().expect("scratch paths are UTF-8");
    let compiled = compile(shown, source, &mut NoLoader, &CompileOptions::default()).expect("it compiles");
    let bytecode = file("half.sbc", &sentra_bytecode::encode(&compiled.module));
    let expected = format!(
        "error: division by zero (division)\n --> {shown}:2:9\n  |\n2 |     return n / nothing()\n  |            \
         ^^^^^^^^^^^^^\n  at half ({shown}:2)\n  at top level ({shown}:5)\n"
    );
    for run in [shown, bytecode.to_str().expect("scratch paths are UTF-8")] {
        let output = sentra_vm(&["run", run]);
        assert_eq!((output.status.code(), errors(&output)), (Some(1), expected.clone()), "{run}");
    }
}

#[test]
fn memory_is_limited_when_asked() {
    let path = file("hungry.sn", b"let all = []\nloop { push(all, \"x\" + len(all)) }\n");
    let output = sentra_vm(&["run", "--max-memory", "16M", path.to_str().expect("scratch paths are UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("out of memory: the limit is 16777216 bytes"), "{}", errors(&output));
    let output = sentra_vm(&["run", "--max-memory", "lots", "x.sn"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("`lots` is no size"), "{}", errors(&output));
}

#[test]
fn figures_come_at_the_end() {
    let output = sentra_vm(&["eval", "--stats", "sleep(1)"]);
    for figure in ["collections: ", "pause p50: ", "pause p99: ", "pause max: ", "peak heap: ", "polls: "] {
        assert!(errors(&output).contains(figure), "{figure} in {}", errors(&output));
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let Ok(full) = fs::File::create("/dev/full") else { return };
    let output = Command::new(env!("CARGO_BIN_EXE_sentra-vm")).args(["eval", "log(1)"]).stdout(full).output();
    let output = output.expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("standard output cannot be written"), "{}", errors(&output));
}

#[test]
fn a_program_that_needs_an_unknown_builtin_is_refused_before_it_runs() {
    let compiled = compile("x.sn", b"log(1)\nsqrt(2)", &mut NoLoader, &CompileOptions::default());
    let mut module = compiled.expect("it compiles").module;
    let row = module.externs.iter_mut().find(|row| row.name == "sqrt").expect("it is used");
    row.name = "of_another_version".to_string();
    let path = file("unknown.sbc", &sentra_bytecode::encode(&module));
    let output = sentra_vm(&["run", path.to_str().expect("scratch paths are UTF-8")]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    assert!(errors(&output).contains("needs the builtin `of_another_version`"), "{}", errors(&output));
}
