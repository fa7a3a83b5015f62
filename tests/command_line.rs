//! The two commands as a shell sees them: exit statuses, usage errors, help, completions, `-`, JSON, listings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(20);

fn sentrac(arguments: &[&str], input: &str) -> Outcome {
    program::run(program::sentrac().args(arguments), input.as_bytes(), LIMIT)
}

fn sentra_vm(arguments: &[&str], input: &str) -> Outcome {
    program::run(program::sentra_vm().args(arguments), input.as_bytes(), LIMIT)
}

/// A file in a scratch directory of one test.
fn file(test: &str, name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-line").join(test).join(name);
    fs::create_dir_all(path.parent().expect("the path has a directory")).expect("it can be made");
    fs::write(&path, content).expect("it can be written");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("scratch paths are UTF-8")
}

fn assert_ended(outcome: &Outcome, status: i32, output: &str) {
    assert_eq!((outcome.status, outcome.output().as_str()), (Some(status), output), "{}", outcome.errors());
}

#[test]
fn run_gives_the_programs_status() {
    for (source, status) in [("log(1)", 0), ("exit(7)", 7), ("exit()", 0), ("throw 1", 1), ("log(", 2), ("nosuch()", 2)]
    {
        let path = file("statuses", "program.sn", source);
        let outcome = sentra_vm(&["run", text(&path)], "");
        assert_eq!(outcome.status, Some(status), "{source}: {}", outcome.errors());
    }
}

#[test]
fn wrong_usage_is_status_two_and_says_so() {
    for arguments in
        [&["run"][..], &["nosuchcommand"], &["run", "--nosuchflag", "x.sn"], &["eval"], &["run", "nosuch.sn"]]
    {
        let outcome = sentra_vm(arguments, "");
        assert_eq!((outcome.status, outcome.output().as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!outcome.stderr.is_empty(), "{arguments:?}");
    }
    for arguments in
        [&["build"][..], &["nosuchcommand"], &["check", "--nosuchflag"], &["build", "nosuch.sn"], &["list"]]
    {
        let outcome = sentrac(arguments, "");
        assert_eq!((outcome.status, outcome.output().as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!outcome.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn no_arguments_show_what_there_is() {
    for command in [program::sentrac(), program::sentra_vm()] {
        let mut command = command;
        let outcome = program::run(&mut command, b"", LIMIT);
        assert_eq!(outcome.status, Some(2), "{command:?}");
        assert!(outcome.errors().to_lowercase().contains("usage"), "{}", outcome.errors());
    }
}

#[test]
fn help_names_every_command() {
    let outcome = sentrac(&["--help"], "");
    assert_eq!(outcome.status, Some(0));
    for word in ["build", "check", "list"] {
        assert!(outcome.output().contains(word), "{}", outcome.output());
    }
    let outcome = sentra_vm(&["--help"], "");
    assert_eq!(outcome.status, Some(0));
    for word in ["run", "eval", "repl", "help"] {
        assert!(outcome.output().contains(word), "{}", outcome.output());
    }
    assert!(!outcome.output().contains("--fuel"), "a flag for tests is shown");
    assert!(sentrac(&["build", "--help"], "").output().contains("--strip"));
}

#[test]
fn version_is_the_workspaces() {
    let version = env!("CARGO_PKG_VERSION");
    assert_ended(&sentrac(&["--version"], ""), 0, &format!("sentrac {version}\n"));
    assert_ended(&sentra_vm(&["--version"], ""), 0, &format!("sentra-vm {version}\n"));
}

#[test]
fn completions_and_man_pages_come_from_the_same_table() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(sentrac(&["completions", shell], "").output().contains("strip"), "{shell}");
        assert!(sentra_vm(&["completions", shell], "").output().contains("max-memory"), "{shell}");
    }
    assert_eq!(sentrac(&["completions", "nosuchshell"], "").status, Some(2));
    let page = sentra_vm(&["man"], "").output();
    assert!(page.contains(".TH") && page.contains("max\\-memory"), "{page}");
}

#[test]
fn completion_scripts_are_valid_bash() {
    for script in [sentrac(&["completions", "bash"], ""), sentra_vm(&["completions", "bash"], "")] {
        let outcome = program::run(Command::new("bash").arg("-n"), &script.stdout, LIMIT);
        assert_ended(&outcome, 0, "");
    }
}

#[test]
fn eval_shows_the_last_value() {
    assert_ended(&sentra_vm(&["eval", "1 + 2"], ""), 0, "3\n");
    assert_ended(&sentra_vm(&["eval", "log(\"x\")"], ""), 0, "x\n");
    assert_eq!(sentra_vm(&["eval", "1 +"], "").status, Some(2));
    assert_eq!(sentra_vm(&["eval", "1 / 0"], "").status, Some(1));
}

#[test]
fn a_dash_reads_standard_input() {
    assert_ended(&sentra_vm(&["run", "-"], "log(\"from stdin\")"), 0, "from stdin\n");
    assert_ended(&sentra_vm(&["run", "-", "a", "b"], "log(args())"), 0, "[\"a\", \"b\"]\n");
    assert_eq!(sentrac(&["check", "-"], "log(").status, Some(2));
}

#[test]
fn a_file_without_a_command_runs() {
    let path = file("plain", "program.sn", "#!/usr/bin/env sentra-vm\nlog(args())");
    assert_ended(&sentra_vm(&[text(&path), "--flag", "x"], ""), 0, "[\"--flag\", \"x\"]\n");
}

#[test]
fn flags_after_the_file_belong_to_the_program() {
    let path = file("flags", "program.sn", "log(args())");
    assert_ended(&sentra_vm(&["run", text(&path), "--help", "--", "-x"], ""), 0, "[\"--help\", \"--\", \"-x\"]\n");
}

#[test]
fn build_writes_beside_the_source_or_where_told() {
    let path = file("build", "program.sn", "log(\"built\")");
    assert_ended(&sentrac(&["build", text(&path)], ""), 0, "");
    let beside = path.with_extension("sbc");
    assert_ended(&sentra_vm(&["run", text(&beside)], ""), 0, "built\n");
    let elsewhere = path.with_file_name("elsewhere.bin");
    assert_ended(&sentrac(&["build", text(&path), "-o", text(&elsewhere)], ""), 0, "");
    assert_ended(&sentra_vm(&["run", text(&elsewhere)], ""), 0, "built\n");
}

#[test]
fn build_holds_the_imports() {
    let path = file("imports", "main.sn", "import \"./part\"\nlog(part.value())");
    let part = file("imports", "part.sn", "export fn value() => 42");
    assert_ended(&sentrac(&["build", text(&path)], ""), 0, "");
    fs::remove_file(part).expect("it was there");
    assert_ended(&sentra_vm(&["run", text(&path.with_extension("sbc"))], ""), 0, "42\n");
}

#[test]
fn strip_leaves_lines_out_and_only_them() {
    let path = file("strip", "main.sn", "fn culprit() { return nil.x }\nlog(\"ok\")\nculprit()");
    let bytecode = path.with_extension("sbc");
    let size = |flags: &[&str]| {
        let mut arguments = vec!["build", text(&path)];
        arguments.extend(flags);
        assert_ended(&sentrac(&arguments, ""), 0, "");
        fs::metadata(&bytecode).expect("the build wrote it").len()
    };
    let (full, stripped) = (size(&[]), size(&["--strip"]));
    assert!(stripped < full, "{stripped} bytes stripped, {full} bytes with lines");
    let outcome = sentra_vm(&["run", text(&bytecode)], "");
    assert_ended(&outcome, 1, "ok\n");
    assert!(!outcome.errors().contains("main.sn:1"), "{}", outcome.errors());
}

#[test]
fn a_failed_build_leaves_no_file() {
    let path = file("failed", "program.sn", "log(");
    assert_eq!(sentrac(&["build", text(&path)], "").status, Some(2));
    assert!(!path.with_extension("sbc").exists());
}

#[test]
fn check_finds_every_mistake_of_one_run_at_its_place() {
    let outcome = sentrac(&["check", "-"], "let x = 1\nlog(x +)\nlog(1\nfoo bar\n");
    assert_eq!(outcome.status, Some(2));
    let errors = outcome.errors();
    assert!(errors.contains(":2:8"), "{errors}");
    assert!(errors.contains(":3:4"), "{errors}");
    let outcome = sentrac(&["check", "-"], "let count = 1\nlog(cout)\nconst K = 1\nK = 2\n");
    let errors = outcome.errors();
    assert_eq!(errors.matches("error[").count(), 2, "{errors}");
    assert!(errors.contains(":2:5") && errors.contains("`count`") && errors.contains(":4:1"), "{errors}");
}

#[test]
fn check_of_several_files_names_each() {
    let good = file("several", "good.sn", "log(1)");
    let bad = file("several", "bad.sn", "log(");
    let outcome = sentrac(&["check", text(&good), text(&bad)], "");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.errors().contains("bad.sn") && !outcome.errors().contains("good.sn"), "{}", outcome.errors());
    assert_ended(&sentrac(&["check", text(&good)], ""), 0, "");
}

#[test]
fn lint_says_what_is_probably_not_meant() {
    let kept = "let unused = 1 // lint: allow(W0401)\nlog(2)\n";
    let found = "fn f() {\n    return 1\n    log(2)\n}\nf()\n";
    let (good, bad) = (file("lint", "good.sn", kept), file("lint", "deeper/bad.sn", found));
    assert_ended(&sentrac(&["lint", text(&good)], ""), 0, "");
    let folder = good.parent().expect("it lies in a folder");
    let outcome = sentrac(&["lint", text(folder)], "");
    assert_ended(&outcome, 1, "");
    let said = outcome.errors();
    assert!(said.contains("bad.sn:3:5") && said.contains("[W0") && !said.contains("good.sn"), "{said}");
    let outcome = sentrac(&["lint", "--json", text(&bad)], "");
    let code = sentra_vm(&["eval", "json_decode(readline()).code"], &outcome.output());
    assert!(outcome.status == Some(1) && code.output().starts_with("W0"), "{}", outcome.output());
    assert_ended(&sentrac(&["lint"], kept), 0, "");
    // What does not compile is no matter of taste.
    assert_eq!(sentrac(&["lint", "-"], "log(").status, Some(2));
}

#[test]
fn new_programs_are_as_they_should_be() {
    for template in ["test", "scanner", "service"] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-line/new").join(template);
        let _ = fs::remove_dir_all(&folder);
        let made = sentrac(&["new", text(&folder), "--template", template], "");
        assert!(made.status == Some(0) && made.output().contains("sentra-vm test"), "{}", made.errors());
        for command in [&["fmt", "--check"][..], &["lint"], &["check"]] {
            let programs = [text(&folder.join("main.sn")).to_owned(), text(&folder).to_owned()];
            let target = &programs[usize::from(command[0] != "check")];
            assert_ended(&sentrac(&[command, &[target.as_str()]].concat(), ""), 0, "");
        }
        let tested = sentra_vm(&["test", text(&folder)], "");
        assert!(tested.status == Some(0) && tested.output().contains(" passed"), "{}", tested.output());
        let again = sentrac(&["new", text(&folder)], "");
        assert!(again.status == Some(2) && again.errors().contains("not empty"), "{}", again.errors());
    }
    assert_ended(&sentrac(&["new", "nowhere", "--template", "nosuch"], ""), 2, "");
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn check_speaks_json() {
    let path = file("json", "program.sn", "let count = 1\nlog(cout)\n");
    let outcome = sentrac(&["check", "--json", text(&path)], "");
    assert_eq!(outcome.status, Some(2));
    let output = outcome.output();
    assert_eq!(output.lines().count(), 1, "{output}");
    for part in ["\"code\":\"E0201\"", "\"severity\":\"error\"", "\"line\":2", "\"column\":5", "count"] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let decoded = sentra_vm(&["eval", "json_decode(readline()).line"], &output);
    assert_ended(&decoded, 0, "2\n");
}

#[test]
fn list_shows_functions_and_source_lines() {
    let path = file("list", "program.sn", "fn double(n) {\n  return n * 2\n}\nlog(double(4))\n");
    let listing = sentrac(&["list", text(&path)], "").output();
    assert!(listing.contains("double") && listing.contains("return n * 2"), "{listing}");
    assert_eq!(sentrac(&["build", text(&path)], "").status, Some(0));
    let listing = sentrac(&["list", text(&path.with_extension("sbc"))], "").output();
    assert!(listing.contains("double"), "{listing}");
}

#[test]
fn colour_is_for_terminals() {
    for outcome in [sentrac(&["check", "-"], "log("), sentra_vm(&["run", "-"], "throw 1")] {
        assert!(!outcome.errors().contains('\x1b'), "{}", outcome.errors());
    }
}

#[test]
fn help_of_a_builtin() {
    let outcome = sentra_vm(&["help", "split"], "");
    assert_eq!(outcome.status, Some(0));
    assert!(outcome.output().contains("split("), "{}", outcome.output());
    let outcome = sentra_vm(&["help", "splitt"], "");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.errors().contains("split"), "{}", outcome.errors());
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let path = file("pipe", "program.sn", "loop { log(\"y\") }");
    let vm = program::directory().join("sentra-vm");
    let pipeline = format!("'{}' run '{}' | head -n 2", vm.display(), path.display());
    let outcome = program::run(Command::new("bash").args(["-c", &pipeline]), b"", LIMIT);
    assert_ended(&outcome, 0, "y\ny\n");
    assert_eq!(outcome.errors(), "");
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let path = file("foreign", "empty.sbc", "");
    assert_eq!(sentra_vm(&["run", text(&path)], "").status, Some(2));
    let path = file("foreign", "cut.sbc", "\x7fSBC");
    let outcome = sentra_vm(&["run", text(&path)], "");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.errors().contains("cut.sbc"), "{}", outcome.errors());
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    assert_eq!(sentra_vm(&["run", text(directory)], "").status, Some(2));
}
