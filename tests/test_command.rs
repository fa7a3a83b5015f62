//! `sentra-vm test` as a shell and a build server see it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use sentra::program::{self, Outcome};
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(40);

/// A folder of one test with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("test-command").join(name);
    let _ = fs::remove_dir_all(&folder);
    for (file, content) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("it can be made");
        fs::write(path, content).expect("it can be written");
    }
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program::sentra_vm();
    command.arg("test").args(arguments).current_dir(folder);
    command
}

fn test(folder: &Path, arguments: &[&str]) -> Outcome {
    program::run(&mut command(folder, arguments), b"", LIMIT)
}

/// The output without durations.
fn lines(outcome: &Outcome) -> Vec<String> {
    let output = outcome.output();
    output.lines().map(|line| line.split(" (").next().unwrap_or_default().to_string()).collect()
}

#[test]
fn files_and_functions_are_found_by_their_names() {
    let files = [
        ("b_test.sn", "fn test_two() { }\nfn test_one() { }\nfn helper() { }\nlet test_data = 1"),
        ("a/deep/x_test.sn", "assert(true)"),
        ("a/plain.sn", "fn test_direct() { }"),
        (".hidden/h_test.sn", "fn test_h() { }"),
    ];
    let folder = folder("found", &files);
    let outcome = test(&folder, &["--list"]);
    assert_eq!(lines(&outcome), ["a/deep/x_test.sn::top level", "b_test.sn::test_two", "b_test.sn::test_one"]);
    let outcome = test(&folder, &["--list", "a/plain.sn", "b_test.sn", "./b_test.sn", "--filter", "_one"]);
    assert_eq!(lines(&outcome), ["b_test.sn::test_one"]);
    let outcome = test(&folder, &["a/plain.sn", "a"]);
    assert_eq!(lines(&outcome)[..2], ["ok   a/plain.sn::test_direct", "ok   a/deep/x_test.sn::top level"]);
    assert_eq!(outcome.status, Some(0));
}

#[test]
fn a_folder_that_somebody_else_has_made_is_left_alone() {
    let folder = folder("foreign", &[("x_test.sn", "assert(true)")]);
    let mut command = Command::new("sh");
    command.args(["-c", r#"mkdir sentra-test-$$; touch sentra-test-$$/kept; exec "$@""#, "sh"]);
    command.arg(program::sentra_vm().get_program()).arg("test").env("TMPDIR", &folder).current_dir(&folder);
    assert_eq!(program::run(&mut command, b"", LIMIT).status, Some(0));
    let names = fs::read_dir(&folder).expect("it is there").flatten().map(|entry| entry.file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with("sentra-")).count(), 1);
}

#[test]
fn each_test_starts_afresh() {
    let source = "let n = 0\nenv_set(\"SEEN\", env(\"SEEN\", \"\") + \"x\")
        fn test_a() { n += 1; assert_equal([n, env(\"SEEN\")], [1, \"x\"]); env_set(\"SEEN\", \"changed\") }
        fn test_b() { n += 1; assert_equal([n, env(\"SEEN\")], [1, \"x\"]) }";
    let outcome = test(&folder("afresh", &[("a_test.sn", source)]), &["--jobs", "1"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.output());
}

#[test]
fn setup_and_teardown_surround_each_test() {
    let source = "fn setup() { log(\"setup\") }\nfn teardown() { log(\"teardown\") }
        fn test_a() { log(\"test\"); assert(false) }";
    let outcome = test(&folder("setup", &[("a_test.sn", source)]), &[]);
    assert!(outcome.output().contains("  | setup\n  | test\n  | teardown\n"), "{}", outcome.output());
}

#[test]
fn every_way_to_fail_is_told_apart() {
    let cases = [
        ("assert_equal(1, 2)", "assertion"),
        ("throw \"x\"", ""),
        ("exit(0)", "exit"),
        ("while true { let x = 1 }", "timeout"),
        ("sleep(1000000)", "timeout"),
        ("spawn { throw 1 }; sleep(5)", "fiber"),
        ("let kept = spawn { throw 1 }; sleep(5)", "fiber"),
        ("<-make_channel(0)", "deadlock"),
        ("exec(\"sh\", [\"-c\", \"kill -9 $PPID\"])", "crash"),
    ];
    for (body, kind) in cases {
        if body.starts_with("exec") && !has_builtin("exec") {
            continue;
        }
        let folder = folder("kinds", &[("a_test.sn", &format!("fn test_a() {{ {body} }}"))]);
        let outcome = test(&folder, &["--json", "--timeout", "0.5"]);
        let wanted = "\"status\":\"failed\",\"duration_ms\":";
        assert!(outcome.output().contains(wanted), "{body}: {}", outcome.output());
        assert!(outcome.output().contains(&format!("\"kind\":\"{kind}\"")), "{body}: {}", outcome.output());
        assert_eq!(outcome.status, Some(1), "{body}");
    }
}

fn has_builtin(name: &str) -> bool {
    program::run(program::sentra_vm().args(["help", name]), b"", LIMIT).status == Some(0)
}

#[test]
fn what_is_left_running_is_ended_in_good_order() {
    let source = "fn test_a() {
        let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)
        spawn { socket_accept(server) }
        spawn { defer log(\"ended\"); sleep(1000000) }
        spawn { while true { yield() } }
        sleep(5)
    }";
    let outcome = test(&folder("left", &[("a_test.sn", source)]), &["--json"]);
    assert!(outcome.output().contains("\"status\":\"passed\""), "{}", outcome.output());
    assert!(outcome.output().contains("\"output\":\"ended\\n\""), "{}", outcome.output());
    assert!(outcome.elapsed < Duration::from_secs(3), "{:?}", outcome.elapsed);
}

#[test]
fn failures_show_the_place_the_values_and_the_output() {
    let source = "fn check(got) {\n    assert_equal(got, {port: 80})\n}\nfn test_a() {\n    log(\"printed\")\n    check({port: 81})\n}";
    let outcome = test(&folder("shown", &[("a_test.sn", source)]), &[]);
    let output = outcome.output();
    for part in [
        "expected {\"port\": 80}, got {\"port\": 81}",
        "--> a_test.sn:2:5",
        "at check (a_test.sn:2)",
        "at test_a (a_test.sn:6)",
        "  | printed",
        "0 passed, 1 failed",
    ] {
        assert!(output.contains(part), "{part}\n{output}");
    }
    assert!(!output.contains('\x1b'), "{output}");
}

#[test]
fn statuses_tell_what_happened() {
    let folder = folder(
        "statuses",
        &[("good_test.sn", ""), ("bad_test.sn", "assert(false)"), ("broken_test.sn", "log("), ("empty/x.sn", "")],
    );
    for (arguments, status) in [
        (&["good_test.sn"][..], 0),
        (&["good_test.sn", "bad_test.sn"], 1),
        (&["good_test.sn", "broken_test.sn"], 2),
        (&["empty"], 2),
        (&["nosuch"], 2),
        (&["good_test.sn", "--filter", "nosuch"], 2),
        (&["--jobs", "0"], 2),
        (&["--timeout", "-1"], 2),
        (&["--max-memory", "x"], 2),
    ] {
        let outcome = test(&folder, arguments);
        assert_eq!(outcome.status, Some(status), "{arguments:?}: {}{}", outcome.output(), outcome.errors());
        let both = outcome.output() + &outcome.errors();
        assert!(!both.is_empty(), "{arguments:?}");
    }
}

#[test]
fn reports_for_programs_are_well_formed() {
    let source = "fn test_a() { log(\"<&>\\\"\\x01\\u{1F600}\\xff\"); throw \"<&\\\"\\n]]>\" }\nfn test_b() { }";
    let folder = folder("forms", &[("a_test.sn", source), ("b_test.sn", "log(")]);
    let outcome = test(&folder, &["--json", "--junit", "report.xml"]);
    let check = "import sys, json, xml.etree.ElementTree as tree
events = [json.loads(line) for line in sys.stdin]
assert [event['event'] for event in events] == ['broken', 'test', 'test', 'summary'], events
assert events[1]['message'] == '<&\"\\n]]>' and events[2]['status'] == 'passed', events
assert (events[3]['passed'], events[3]['failed'], events[3]['not_compiled']) == (1, 1, 1), events
root = tree.parse('report.xml').getroot()
assert (root.tag, root.get('tests'), root.get('failures'), root.get('errors')) == ('testsuites', '3', '1', '1')
failure = root.find('.//failure')
assert failure.get('message') == '<&\"\\n]]>', failure.attrib
assert '<&>' in root.find('.//system-out').text
print('well')";
    let python = program::run(
        Command::new("python3").args(["-c", check]).current_dir(&folder),
        outcome.output().as_bytes(),
        LIMIT,
    );
    assert_eq!(python.output(), "well\n", "{}\n{}", python.errors(), outcome.output());
}

#[test]
fn the_first_failure_can_be_the_last() {
    let tests: String = (0..40).map(|number| format!("fn test_{number}() {{ sleep(20) }}\n")).collect();
    let folder = folder("fast", &[("a_test.sn", &format!("fn test_bad() {{ assert(false) }}\n{tests}"))]);
    let outcome = test(&folder, &["--fail-fast", "--jobs", "2"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.output().contains(" not run in "), "{}", outcome.output());
}

#[test]
fn tests_run_side_by_side() {
    let tests: String = (0..8).map(|number| format!("fn test_{number}() {{ sleep(1000) }}\n")).collect();
    let folder = folder("parallel", &[("a_test.sn", &tests)]);
    let start = Instant::now();
    assert_eq!(test(&folder, &["--jobs", "8"]).status, Some(0));
    // One after the other they would take eight seconds.
    assert!(start.elapsed() < Duration::from_secs(7), "{:?}", start.elapsed());
}

#[test]
fn an_interrupt_ends_tests_in_good_order_and_still_sums_up() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("test-command-ended");
    let _ = fs::remove_file(&path);
    let shown = path.display();
    let source = format!(
        "fn test_a() {{ }}\nfn test_b() {{\n    defer file_write(\"{shown}\", \"ended\")\n    file_write(\"{shown}\", \"begun\")\n    sleep(1000000)\n}}"
    );
    let folder = folder("interrupt", &[("a_test.sn", &source)]);
    let mut running = Running::start(&mut command(&folder, &["--jobs", "1"]));
    assert!(running.line().starts_with("ok   a_test.sn::test_a"));
    let start = Instant::now();
    while !path.exists() && start.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.signal("INT");
    let status = running.end();
    assert_eq!(status.code(), Some(130));
    let rest = running.rest();
    assert!(rest.iter().any(|line| line.starts_with("stopped by a signal: 1 passed, 1 not run")), "{rest:?}");
    assert_eq!(fs::read_to_string(&path).ok().as_deref(), Some("ended"));
}
