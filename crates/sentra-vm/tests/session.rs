//! The REPL with piped input: what a session keeps, and what ends a line but not the session.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{fs, thread};

const PART: &str = "export let name = \"part\"\nexport fn twice(x) => x * 2\n";

/// Where sessions run, beside a file to import.
static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("session");
    fs::create_dir_all(&directory).expect("a scratch directory can be made");
    fs::write(directory.join("part.sn"), PART).expect("it can be written");
    directory
}

fn session(input: &str) -> Output {
    let directory = DIRECTORY.get_or_init(directory);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentra-vm"));
    command.arg("repl").current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut pipe = child.stdin.take().expect("standard input is piped");
    let input = input.to_owned();
    // It may end before it has read everything.
    let feeder = thread::spawn(move || drop(pipe.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    feeder.join().expect("the feeder does not panic");
    output
}

fn assert_output(input: &str, expected: &[&str]) {
    let output = session(input);
    let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(lines, expected, "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}

fn errors(input: &str) -> String {
    String::from_utf8_lossy(&session(input).stderr).into_owned()
}

#[test]
fn names_of_every_kind_of_declaration_stay() {
    assert_output(
        "let {a, b} = {a: 1, b: 2}\nlet [x, y] = [10, 20]\nvar v = 5\nconst K = 7\na + b + x + y + v + K\n",
        &["45"],
    );
    assert_output("fn f() => 1\nlet g = f\nfn f() => 2\nf() + g()\n", &["3"]);
    assert_output(
        "import { twice, name as n } from \"./part\"\ntwice(4)\nn\nimport \"./part\" as p\np.twice(1)\n",
        &["8", "\"part\"", "2"],
    );
}

#[test]
fn closures_of_different_lines_share_variables() {
    assert_output("let n = 0\nlet up = || { n += 1; nil }\nup(); up()\nn\nn = 10\nup()\nn\n", &["2", "10", "11"]);
}

#[test]
fn a_line_that_faults_keeps_what_it_did_before() {
    assert_output("let done = 1; throw \"no\"; let never = 2\ndone\n", &["1"]);
    assert!(errors("throw {code: 5}\n").contains("thrown map: {\"code\": 5}"));
}

#[test]
fn a_constant_stays_constant_and_can_be_declared_anew() {
    assert!(errors("const K = 1\nK = 2\n").contains("E0202"));
    assert_output("const K = 1\nlet K = 2\nK = 3\n", &["3"]);
}

#[test]
fn nil_is_not_shown_and_keeps_the_last_result() {
    assert_output("5\nnil\nlog(\"x\")\n_\n", &["5", "x", "5"]);
}

#[test]
fn a_deadlock_is_an_error_of_its_line() {
    assert!(errors("<-make_channel(0)\n").contains("deadlock"));
    assert_output("<-make_channel(0)\n1\n", &["1"]);
}

#[test]
fn return_and_defer_belong_to_the_line() {
    assert_output("defer log(\"deferred\")\nreturn 7\n1\n", &["deferred", "7", "1"]);
}

#[test]
fn the_end_of_a_pipe_lets_fibers_finish_and_quitting_cancels_them() {
    assert_output("spawn { sleep(30); log(\"late\") }; nil\n", &["late"]);
    assert_output(
        "spawn { try { sleep(60000) } finally { log(\"cleared\") } }; nil\nsleep(5)\n:quit\nlog(1)\n",
        &["cleared"],
    );
}

#[test]
fn exit_in_a_fiber_ends_the_session() {
    assert_eq!(session("spawn { sleep(5); exit(9) }\nsleep(60000)\n").status.code(), Some(9));
    assert_eq!(session("spawn { sleep(5); exit(9) }\n").status.code(), Some(9));
}

#[test]
fn input_that_ends_in_the_middle_is_reported() {
    assert!(errors("log(1)\nfn f() {\n").contains("E0102"));
}

#[test]
fn scripts_read_the_lines_that_follow() {
    assert_output("let line = readline()\nwhat comes next\nline\n", &["\"what comes next\""]);
}

#[test]
fn help_and_wrong_directives() {
    let output = session(":help\n:help sqrt\n:help nosuch\n:load\n:load nosuch.sn\n:type nosuch\n:zzz\n1\n");
    let (shown, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for part in [":time EXPR", "sqrt(x: number) -> number", "1\n"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    for part in
        ["no builtin `nosuch`", "`:load` needs FILE", "nosuch.sn: no such file", "unknown name `nosuch`", "no `:zzz`"]
    {
        assert!(errors.contains(part), "{part} in {errors}");
    }
}
