//! The REPL at a terminal that Python's `pty` plays: what other threads and fibers do to the prompt.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{fs, thread};

/// Types at a terminal: each step is what to wait for and what to type then. All that was shown, and the status.
fn typed(test: &str, steps: &[(&str, &str)]) -> (String, Option<i32>) {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terminal").join(test);
    // A history left over from an earlier run would be shown.
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).expect("a scratch directory can be made");
    let player = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/terminal.py");
    let mut command = Command::new("python3");
    command.arg(player).arg(env!("CARGO_BIN_EXE_sentra-vm")).arg("repl").env("HOME", &home).env("NO_COLOR", "1");
    command.env("TERM", "xterm").env_remove("XDG_STATE_HOME").current_dir(&home);
    let script: Vec<&str> = steps.iter().flat_map(|(wait, text)| [*wait, *text]).collect();
    let output = play(command, script.join("\0"));
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    (format!("{shown}{}", String::from_utf8_lossy(&output.stderr)), output.status.code())
}

fn play(mut command: Command, script: String) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("python3 is there");
    let mut pipe = child.stdin.take().expect("standard input is piped");
    let feeder = thread::spawn(move || drop(pipe.write_all(script.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    feeder.join().expect("the feeder does not panic");
    output
}

#[test]
fn a_fiber_that_lets_no_other_run_is_interrupted_and_the_line_goes_on() {
    let steps = [(">", "spawn { loop { } }\r"), (">", "20 + 1\r"), ("", "\x03"), ("21", "21 * 2\r"), ("42", "\x04")];
    let (shown, status) = typed("busy", &steps);
    assert_eq!(status, Some(0), "{shown}");
}

#[test]
fn output_of_fibers_goes_above_the_line_being_typed() {
    let steps = [
        (">", "spawn { sleep(300); log(\"from \" + \"behind\"); print(\"no \" + \"newline\") }; nil\r"),
        (">", "let half = 4"),
        ("no newline\n> let half = 4", "2\r"),
        (">", "half\r"),
        ("42", "\x04"),
    ];
    let (shown, status) = typed("above", &steps);
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.contains("from behind\r\n"), "{shown}");
}

#[test]
fn the_prompt_begins_its_own_line() {
    let (shown, status) = typed("column", &[(">", "print(\"with\" + \"out\")\r"), ("without\n> ", "\x04")]);
    assert_eq!(status, Some(0), "{shown}");
}

#[test]
fn exit_in_a_fiber_ends_the_session_while_the_prompt_waits() {
    let (shown, status) = typed("exit", &[(">", "spawn { sleep(300); exit(5) }; nil\r"), (">", "half a line")]);
    assert_eq!(status, Some(5), "{shown}");
    // Pasted text would be marked in the shell otherwise.
    assert!(shown.trim_end().ends_with("\x1b[?2004l"), "{shown:?}");
}

#[test]
fn leaving_runs_what_is_pending() {
    let steps =
        [(">", "spawn { try { sleep(60000) } finally { log(\"cleared \" + \"up\") } }; nil\r"), (">", ":quit\r")];
    let (shown, status) = typed("leave", &steps);
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.contains("cleared up"), "{shown}");
    assert!(!shown.contains("cancelled"), "{shown}");
}
