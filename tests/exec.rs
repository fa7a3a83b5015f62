//! Programs that scripts run: they end with the script that waits for them.

use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use sentra::program;
use sentra::running::Running;

fn start(source: &str) -> Running {
    Running::start(program::sentra_vm().args(["eval", source]))
}

/// Waits until a process is gone.
fn assert_ends(process: &str) {
    let start = Instant::now();
    // A process that was not its child's to wait for may stay as a zombie, which runs no more.
    let runs = || fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    while runs() {
        assert!(start.elapsed() < Duration::from_secs(20), "process {process} goes on");
        thread::sleep(Duration::from_millis(5));
    }
}

const FAMILY: &str = r#"exec("sh", ["-c", "sleep 1000 & echo $! > /dev/stderr; echo $$ > /proc/$PPID/fd/1; wait"])"#;

#[test]
fn a_signal_that_ends_the_script_ends_its_children() {
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let mut running = start(&format!("try {{ {FAMILY} }} finally {{ log('finally') }}"));
        let child = running.line();
        running.signal(signal);
        let ended = running.end();
        assert_eq!(ended.code(), Some(status));
        assert_ends(&child);
    }
}

#[test]
fn the_second_signal_ends_children_too() {
    let mut running = start(&format!("fn last() {{ {FAMILY} }}\ndefer last()\nlog('ready')\nsleep(100000)"));
    assert_eq!(running.line(), "ready");
    running.signal("INT");
    let child = running.line();
    running.signal("INT");
    assert_eq!(running.end().code(), Some(130));
    assert_ends(&child);
}

#[test]
fn children_end_when_nobody_reads_the_script() {
    let source = format!("spawn {{ {FAMILY} }}\nwhile true {{ log('more'); sleep(1) }}");
    // The first line names the child.
    let shell = r#""$@" | { while read -r line; do case $line in more) ;; *) echo "$line"; break;; esac; done; }"#;
    let mut command = Command::new("sh");
    command.args(["-c", shell, "sh"]).arg(program::sentra_vm().get_program()).args(["eval", &source]);
    let output = command.output().expect("there is a shell");
    assert_ends(String::from_utf8_lossy(&output.stdout).trim());
}

#[test]
fn a_timeout_ends_what_the_child_has_started_too() {
    let mut running = start(
        r#"try {
            exec("sh", ["-c", "sleep 1000 & echo $! > /proc/$PPID/fd/1; wait"], {timeout: 0.5})
        } catch e { log(e.kind) }"#,
    );
    let grandchild = running.line();
    assert_eq!(running.line(), "timeout");
    assert_ends(&grandchild);
    assert!(running.end().success());
}

#[test]
fn a_child_gets_no_descriptors_of_the_script() {
    let mut running = start(
        r#"
        let listener = socket_listen("TCP", "127.0.0.1", 0)
        let reading = spawn { for line in read_lines("/dev/null") { } }
        log(exec("sh", ["-c", "ls -l /proc/self/fd"]).stdout.contains("socket:"))
        socket_close(listener)"#,
    );
    assert_eq!(running.line(), "false");
    assert!(running.end().success());
}
