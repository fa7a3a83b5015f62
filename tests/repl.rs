//! The interactive session, with piped input and at a terminal that Python's `pty` plays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(60);

/// A home directory of one test's own, so that no history of the user's is touched.
fn home(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("repl").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a scratch directory can be made");
    path
}

fn at_home<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    command.env("HOME", home).env_remove("XDG_STATE_HOME").env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
    command.env("TERM", "xterm").env_remove("NO_COLOR").current_dir(home)
}

fn piped(test: &str, input: &str) -> Outcome {
    let home = home(test);
    program::run(at_home(program::sentra_vm().arg("repl"), &home), input.as_bytes(), LIMIT)
}

/// Types at a terminal; each step is what to wait for and what to type then. All that the terminal showed.
fn typed(home: &Path, steps: &[(&str, &str)]) -> String {
    let script: Vec<String> = steps.iter().flat_map(|(wait, text)| [(*wait).to_owned(), (*text).to_owned()]).collect();
    let mut command = Command::new("python3");
    command
        .arg(program::root().join("tests/peers/terminal.py"))
        .arg(program::directory().join("sentra-vm"))
        .arg("repl");
    let outcome = program::run(at_home(&mut command, home), script.join("\0").as_bytes(), LIMIT);
    assert_eq!(outcome.status, Some(0), "{}\n{}", outcome.output(), outcome.errors());
    outcome.output()
}

fn assert_shown(shown: &str, parts: &[&str]) {
    for part in parts {
        assert!(shown.contains(part), "{part:?} is not shown in:\n{shown}");
    }
}

#[test]
fn piped_results_are_shown() {
    let outcome = piped("results", "1 + 2\n\"text\"\n[1, {a: 2}]\nlet x = 5\nx * 2\nnil\n");
    let output = outcome.output();
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    assert_shown(&output, &["3\n", "text", "10\n"]);
}

#[test]
fn piped_definitions_stay() {
    let outcome =
        piped("definitions", "let n = 1\nfn f(x) { return x + n }\nf(1)\nn = 10\nf(1)\nfn f(x) => 99\nf(0)\n");
    assert_eq!(
        outcome.output().split_whitespace().collect::<Vec<_>>(),
        ["2", "10", "11", "99"],
        "{}",
        outcome.errors()
    );
}

#[test]
fn piped_statements_may_span_lines() {
    let outcome = piped("lines", "fn f(x) {\n  let y = x\n  return y * 2\n}\nf(\n  21\n)\n");
    assert_shown(&outcome.output(), &["42\n"]);
}

#[test]
fn an_error_ends_the_line_and_not_the_session() {
    let outcome =
        piped("errors", "let a = 1\n1 / 0\nlog(\"after fault\")\nnosuch\nlog(\"after unknown\")\n1 + * 2\nlog(a)\n");
    assert_eq!(outcome.output(), "after fault\nafter unknown\n1\n", "{}", outcome.errors());
    assert_shown(&outcome.errors(), &["division by zero", "nosuch", "E0101"]);
}

#[test]
fn the_last_result_is_underscore() {
    assert_shown(&piped("underscore", "6 * 7\n_ + 1\n").output(), &["42\n", "43\n"]);
}

#[test]
fn fibers_run_between_lines() {
    let outcome = piped("fibers", "let t = spawn { sleep(5); \"from fiber\" }\nwait(t)\n");
    assert_shown(&outcome.output(), &["from fiber"]);
}

#[test]
fn commands_help_load_type_time_quit() {
    let home = home("commands");
    fs::write(home.join("part.sn"), "let loaded = 7\nlog(\"loading\")\n").expect("the home is writable");
    let input = ":load part.sn\nloaded + 1\n:type [1]\n:time 1 + 1\n:help split\n:quit\nlog(\"never\")\n";
    let outcome = program::run(at_home(program::sentra_vm().arg("repl"), &home), input.as_bytes(), LIMIT);
    assert_shown(&outcome.output(), &["loading", "8\n", "array", "split("]);
    assert!(!outcome.output().contains("never"));
    assert_eq!(outcome.status, Some(0));
}

#[test]
fn unknown_commands_are_answered() {
    let outcome = piped("unknown", ":nosuch\nlog(\"on\")\n");
    assert_shown(&outcome.output(), &["on\n"]);
    assert_shown(&outcome.errors(), &[":nosuch"]);
}

#[test]
fn exit_leaves_with_its_status() {
    assert_eq!(piped("exit", "exit(3)\nlog(\"never\")\n").status, Some(3));
}

#[test]
fn a_terminal_shows_prompt_and_results() {
    let shown = typed(
        &home("terminal"),
        &[(">", "6 * 7\r"), ("42", "let name = [1, {k: \"v\"}]\r"), (">", "name\r"), ("v", "\x04")],
    );
    assert_shown(&shown, &["42"]);
}

#[test]
fn a_terminal_takes_several_lines_while_a_block_is_open() {
    let shown = typed(
        &home("block"),
        &[(">", "fn f(x) {\r"), ("", "return x * 3\r"), ("", "}\r"), (">", "f(33)\r"), ("99", "\x04")],
    );
    assert_shown(&shown, &["99"]);
}

#[test]
fn interrupting_ends_the_line_and_not_the_session() {
    let shown = typed(
        &home("interrupt"),
        &[
            (">", "let half = (1 +\x03"),
            (">", "loop { }\r"),
            ("", "\x03"),
            (">", "sleep(100000)\r"),
            ("", "\x03"),
            (">", "log(\"still \" + \"here\")\r"),
            ("still here", "\x04"),
        ],
    );
    assert_shown(&shown, &["still here"]);
}

#[test]
fn history_is_kept_between_starts() {
    let home = home("history");
    typed(&home, &[(">", "let remembered = 40 + 1\r"), (">", "\x04")]);
    let shown = typed(&home, &[(">", "\x1b[A"), ("remembered", "\r"), (">", "remembered + 1\r"), ("42", "\x04")]);
    assert_shown(&shown, &["42"]);
}

#[test]
fn names_members_and_files_complete() {
    let home = home("completion");
    let shown = typed(
        &home,
        &[
            (">", "let elephant = {trunk: 11}\r"),
            (">", "eleph\t.tru\t * 2\r"),
            ("22", "socket_rec\t\t\x03"),
            ("socket_receive_line", "\x04"),
        ],
    );
    assert_shown(&shown, &["22", "socket_receive_line"]);
}

#[test]
fn background_fibers_run_while_the_prompt_waits() {
    let steps = [
        (">", "let t = spawn { sleep(200); log(\"in the \" + \"background\") }\r"),
        ("in the background", "1 + 1\r"),
        ("2", "\x04"),
    ];
    assert_shown(&typed(&home("background"), &steps), &["in the background"]);
}
