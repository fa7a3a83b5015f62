//! Seeing programs run: the debugger, by the client that VS Code's adapters are tested with, at a terminal and
//! through a pipe; profiles, traces and figures.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};
use sentra::{node, python};

const LIMIT: Duration = Duration::from_secs(120);

fn script(name: &str) -> PathBuf {
    program::root().join("tests/debug").join(name)
}

fn scratch(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("debug").join(test);
    fs::create_dir_all(&path).expect("a scratch directory can be made");
    path
}

/// Debugs a program with these lines at the prompt.
fn piped(name: &str, lines: &[&str]) -> Outcome {
    let mut command = program::sentra_vm();
    command.arg("debug").arg(script(name)).current_dir(scratch("piped"));
    program::run(&mut command, (lines.join("\n") + "\n").as_bytes(), LIMIT)
}

/// The parts come in this order.
#[track_caller]
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} does not come in {rest:?} of\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn an_editor_debugs_programs() {
    let folder = scratch("editor");
    let adapter = folder.join("adapter.sh");
    let vm = program::directory().join("sentra-vm");
    fs::write(&adapter, format!("exec '{}' debug --dap\n", vm.display())).expect("the folder can be written");
    let mut node =
        node::with("dap", Path::new(env!("CARGO_TARGET_TMPDIR")), &["@vscode/debugadapter-testsupport@1.68.0"]);
    node.arg(python::peer("dap_client.js")).arg(&adapter).arg(program::root().join("tests/debug"));
    let outcome = program::run(&mut node, b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}\n{}", outcome.output(), outcome.errors());
    assert_eq!(outcome.output().matches("ok ").count(), 6, "{}", outcome.output());
}

#[test]
fn a_prompt_shows_and_changes_variables_in_a_callback_of_a_fiber() {
    let lines = ["break 10 if item == 2", "c", "where", "locals", "p scaled = 100", "fibers", "delete", "c"];
    let outcome = piped("callback.sn", &lines);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    assert_in_order(
        &outcome.output(),
        &[
            "top level at",
            "breakpoint 1 at",
            "breakpoint 1\n",
            "callback.sn:10",
            "a lambda at",
            "visit at",
            "total = 12",
            "item = 2",
            "scaled = 4",
            "100",
            "fiber 0: top level",
            "1 deleted",
            "scaled 100",
            "scaled 6",
            "total 118",
        ],
    );
}

#[test]
fn a_prompt_steps_and_tells_what_is_wrong() {
    let lines = [
        "s",
        "n",
        "up",
        "down",
        "o",
        "break risky",
        "log 21 turn {busy}",
        "breaks",
        "errors all",
        "c",
        "p n",
        "c",
        "c",
        "c",
        "c",
    ];
    let outcome = piped("steps.sn", &lines);
    assert_eq!(outcome.status, Some(1), "{}", outcome.output());
    assert_in_order(
        &outcome.output(),
        &[
            "steps.sn:11",
            "steps.sn:2",
            "steps.sn:3",
            "steps.sn:11",
            "steps.sn:3",
            "steps.sn:12",
            "breakpoint 1 at",
            "steps.sn:7",
            "log turn",
            "breakpoint 1\n",
            "\n5\n",
            "error: too large",
            "which is caught",
            "caught too large",
            "turn 0",
            "turn 2",
            "breakpoint 1\n",
            "error: too large",
        ],
    );
    let outcome = piped(
        "steps.sn",
        &["nothing", "p 1 +", "b no_such", "frame 9", "fiber 9", "delete 9", "p undefined_name", "quit"],
    );
    assert_eq!(outcome.status, Some(0));
    assert_eq!(outcome.output().matches("error: ").count(), 7, "{}", outcome.output());
}

#[test]
fn a_terminal_stops_a_busy_program_at_ctrl_c() {
    let steps = [
        ("(debug)", "continue\r"),
        ("", "\x03"),
        ("stopped", "print go = false\r"),
        ("false", "b 6\r"),
        ("breakpoint 1", "c\r"),
        ("busy.sn:6", "c\r"),
    ];
    let script: Vec<&str> = steps.iter().flat_map(|(wait, text)| [*wait, *text]).collect();
    let mut command = Command::new("python3");
    command
        .arg(python::peer("terminal.py"))
        .arg(program::directory().join("sentra-vm"))
        .arg("debug")
        .arg(self::script("busy.sn"));
    command.env("TERM", "xterm");
    let outcome = program::run(&mut command, script.join("\0").as_bytes(), LIMIT);
    assert_eq!(outcome.status, Some(0), "{}\n{}", outcome.output(), outcome.errors());
    assert!(outcome.output().contains("left"), "{}", outcome.output());
}

#[test]
fn bytecode_is_debugged_by_what_it_tells() {
    let folder = scratch("bytecode");
    let compiled = |name: &str, strip: bool| {
        let target = folder.join(name);
        let mut command = program::sentrac();
        command.arg("build").arg(script("callback.sn")).arg("-o").arg(&target);
        if strip {
            command.arg("--strip");
        }
        assert_eq!(program::run(&mut command, b"", LIMIT).status, Some(0));
        let mut command = program::sentra_vm();
        command.arg("debug").arg(target);
        program::run(&mut command, b"b 10 if item == 3\nc\nlocals\nc\n", LIMIT)
    };
    let whole = compiled("whole.sbc", false);
    assert_in_order(&whole.output(), &["breakpoint 1\n", "item = 3", "scaled = 6", "scaled 6"]);
    let stripped = compiled("stripped.sbc", true);
    assert_eq!(stripped.status, Some(0));
    assert!(stripped.output().ends_with("total 22\n"), "{}", stripped.output());
}

/// Runs a script with flags.
fn measured(flags: &[&str], source: &str, folder: &Path) -> Outcome {
    fs::write(folder.join("program.sn"), source).expect("the folder can be written");
    program::run(program::sentra_vm().arg("run").args(flags).arg("program.sn").current_dir(folder), b"", LIMIT)
}

#[test]
fn a_profile_gives_functions_their_shares() {
    let source = "fn heavy() { let s = 0; for i in 0..90000 { s += i * i % 7 } return s }\n\
                  fn light() { let s = 0; for i in 0..30000 { s += i * i % 7 } return s }\n\
                  let all = 0\n\
                  for i in 0..1000 { all += heavy(); all += light() }\n\
                  let text = \"x\".repeat(1000000)\n\
                  let task = spawn { for i in 0..40 { sha256(text) } }\n\
                  wait(task)\n";
    let folder = scratch("profile");
    let outcome = measured(&["--profile", "out.folded"], source, &folder);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let folded = fs::read_to_string(folder.join("out.folded")).expect("it was written");
    let share = |name: &str| -> f64 {
        let lines = folded.lines().filter(|line| line.rsplit_once(' ').is_some_and(|(stack, _)| stack.contains(name)));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
    };
    let (heavy, light) = (share(";heavy ("), share(";light ("));
    // A sample for each tick of the kernel's clock, some hundreds: by chance the part is off by 0.03.
    let part = heavy / (heavy + light);
    assert!((0.6..0.9).contains(&part), "heavy has {part} of both:\n{folded}");
    assert!(share("fiber a lambda") > 0.0 && share(";sha256") > 0.0, "{folded}");
    assert!(folded.contains("top level (program.sn:4);heavy (program.sn:1)"), "{folded}");
    let outcome = measured(&["--profile=out.svg"], source, &folder);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let picture = fs::read_to_string(folder.join("out.svg")).expect("it was written");
    assert!(picture.starts_with("<svg") && picture.contains("heavy (program.sn:1)"), "{picture}");
}

#[test]
fn a_trace_says_what_fibers_wait_for() {
    let source = "let c = make_channel()\n\
                  let t = spawn { sleep(5); c <- 1; file_write(\"out.txt\", \"x\") }\n\
                  log(<-c)\n\
                  wait(t)\n";
    let folder = scratch("trace");
    let outcome = measured(&["--trace", "out.json"], source, &folder);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let text = fs::read_to_string(folder.join("out.json")).expect("it was written");
    let trace: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let events = trace["traceEvents"].as_array().expect("it has events");
    let names: Vec<&str> = events.iter().filter_map(|event| event["name"].as_str()).collect();
    for name in
        ["top level", "a lambda", "wait sleep", "wait receive", "wait wait", "file_write", "events", "thread_name"]
    {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let mut spans: Vec<(u64, f64, f64)> = events
        .iter()
        .filter(|event| event["ph"] == "X")
        .map(|event| {
            let from = event["ts"].as_f64().unwrap();
            (event["tid"].as_u64().unwrap(), from, from + event["dur"].as_f64().unwrap())
        })
        .collect();
    spans.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)).then(other.2.total_cmp(&one.2)));
    let mut open: Vec<(u64, f64)> = Vec::new();
    for (line, from, to) in spans {
        open.retain(|&(other, end)| other == line && end > from + 0.002);
        assert!(open.iter().all(|&(_, end)| to <= end + 0.002), "spans overlap on line {line}: {from} to {to}");
        open.push((line, to));
    }
}

#[test]
fn figures_count_what_a_program_does() {
    let folder = scratch("figures");
    let figures = |source: &str, status: i32| -> serde_json::Value {
        let outcome = measured(&["--stats=json"], source, &folder);
        assert_eq!(outcome.status, Some(status), "{}", outcome.errors());
        let line = outcome.errors().lines().last().unwrap_or_default().to_owned();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    };
    let made = |count: u32| figures(&format!("let n = {count}\nwhile n > 0 {{ let a = [n]; n -= 1 }}\n"), 0);
    let (one, other) = (made(1_000), made(500_000));
    let allocations = |figures: &serde_json::Value| figures["allocations"].as_u64().unwrap();
    assert_eq!(allocations(&other) - allocations(&one), 499_000);
    // Each turn of the loop takes the same instructions.
    let instructions = |count: u32| made(count)["instructions"].as_u64().unwrap();
    let (two, three, four) = (instructions(2), instructions(3), instructions(1_003));
    assert!((2..20).contains(&(three - two)), "{two} {three}");
    assert_eq!(four - three, 1_000 * (three - two));
    assert!(other["collections"].as_u64() > Some(0) && one["collections"] == 0, "{one} {other}");
    for name in [
        "pause_max_ms",
        "peak_heap_mb",
        "peak_memory_mb",
        "fiber_switches",
        "polls",
        "loop_lag_p99_ms",
        "loop_lag_max_ms",
    ] {
        assert!(other[name].is_number(), "{name} is missing in {other}");
    }
    figures("exit(3)\n", 3);
    figures("throw \"it fails\"\n", 1);
    let outcome = measured(&["--stats=xml"], "", &folder);
    assert_eq!(outcome.status, Some(2));
    let outcome = measured(&["--profile", "no/such/folder/x"], "", &folder);
    assert_eq!(outcome.status, Some(2), "{}", outcome.errors());
    let outcome = measured(&["--workers=2", "--trace", "x"], "", &folder);
    assert!(outcome.errors().contains("one process"), "{}", outcome.errors());
}
