//! Temporary folders are gone when the program is, however it ends.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sentra::program;
use sentra::running::Running;

/// A folder for the temporary folders of one test.
fn parent(name: &str) -> std::path::PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("temporary").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the target directory can be written");
    path
}

fn eval(parent: &Path, source: &str) -> Command {
    let mut command = program::sentra_vm();
    command.args(["eval", source]).env("TMPDIR", parent);
    command
}

fn left(parent: &Path) -> usize {
    fs::read_dir(parent).expect("the folder is still there").count()
}

const MAKE: &str = "let folder = temp_dir()\nfile_write(path_join(folder, \"x\"), \"1\")\nlog(dir_exists(folder))\n";

#[test]
fn programs_that_end_by_themselves_leave_nothing() {
    for (name, end, status) in [("end", "", 0), ("exit", "exit(3)", 3), ("error", "throw 1", 1)] {
        let parent = parent(name);
        let outcome = program::run(&mut eval(&parent, &format!("{MAKE}{end}")), b"", Duration::from_secs(20));
        assert_eq!((outcome.status, outcome.output().as_str()), (Some(status), "true\n"), "{}", outcome.errors());
        assert_eq!(left(&parent), 0, "{name}");
    }
}

#[test]
fn signals_leave_nothing() {
    for signal in ["INT", "TERM"] {
        let parent = parent(signal);
        let mut running = Running::start(&mut eval(&parent, &format!("{MAKE}sleep(1000000)")));
        assert_eq!((running.line().as_str(), left(&parent)), ("true", 1));
        running.signal(signal);
        running.end();
        assert_eq!(left(&parent), 0, "{signal}");
    }
}

#[test]
fn a_reader_that_goes_away_leaves_nothing() {
    let parent = parent("pipe");
    let mut command = Command::new("sh");
    command.args(["-c", "\"$0\" eval \"$1\" | head -n 1"]).arg(program::directory().join("sentra-vm"));
    command.arg(format!("{MAKE}loop {{ log(\"more\") }}")).env("TMPDIR", &parent);
    let outcome = program::run(&mut command, b"", Duration::from_secs(20));
    assert_eq!(outcome.output(), "true\n", "{}", outcome.errors());
    assert_eq!(left(&parent), 0);
}

#[test]
fn tests_that_run_out_of_time_leave_nothing() {
    let parent = parent("test");
    let file = parent.with_extension("sn");
    fs::write(&file, format!("{MAKE}while true {{ let x = 1 }}")).expect("it can be written");
    let mut command = program::sentra_vm();
    command.args(["test", "--timeout", "0.5"]).arg(&file).env("TMPDIR", &parent);
    let outcome = program::run(&mut command, b"", Duration::from_secs(20));
    assert!(outcome.output().contains("(timeout)"), "{}", outcome.output());
    assert_eq!(left(&parent), 0);
}
