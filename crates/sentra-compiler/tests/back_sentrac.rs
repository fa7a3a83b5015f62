//! The `sentrac` command from outside: what it writes, prints and returns.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn sentrac(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentrac"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("sentrac starts");
    child.stdin.take().expect("its input is a pipe").write_all(input.as_bytes()).expect("it reads its input");
    child.wait_with_output().expect("it ends")
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn place(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    directory.join(format!("{}-{name}", std::process::id()))
}

#[test]
fn build_writes_bytecode_that_list_shows() {
    let (source, target) = (place("built.sn"), place("built.sbc"));
    std::fs::write(&source, "fn twice(n) { return n * 2 }\nlog(twice(21))\n").expect("a source can be written");
    let source = source.to_str().expect("a plain path");
    let built = sentrac(&["build", source], "");
    assert_eq!((built.status.code(), error(&built)), (Some(0), String::new()));
    let listed = sentrac(&["list", target.to_str().expect("a plain path")], "");
    let text = String::from_utf8_lossy(&listed.stdout);
    assert!(text.contains("mul.li") && text.contains("return n * 2"), "{text}");
    let piped = sentrac(&["build", source, "-o", "-", "--strip"], "");
    assert!(piped.stdout.len() < std::fs::read(&target).expect("it was written").len());
}

#[test]
fn nothing_is_written_for_a_program_with_errors() {
    let target = place("refused.sbc");
    let output = sentrac(&["build", "-", "-o", target.to_str().expect("a plain path")], "log(cout)\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains("unknown name `cout`"));
    assert!(!target.exists());
}

#[test]
fn check_reports_several_mistakes() {
    let output = sentrac(&["check"], "let count = 1\nlog(cout)\nconst K = 1\nK = 2\n");
    assert_eq!(output.status.code(), Some(2));
    let text = error(&output);
    assert!(text.contains("<stdin>:2:5") && text.contains("did you mean `count`?"), "{text}");
    assert!(text.contains("<stdin>:4:1") && text.contains("2 errors"), "{text}");
    let lines = sentrac(&["check", "--json", "-"], "log(cout)\n").stdout;
    assert!(String::from_utf8_lossy(&lines).starts_with("{\"code\":\"E0201\""));
    assert_eq!(sentrac(&["check"], "log(1)\n").status.code(), Some(0));
}

#[test]
fn wrong_usage_and_missing_files_are_refused() {
    for arguments in
        [&["build"][..], &["explain", "E9999"], &["list", "no-such-file"], &["check", "no-such-file"], &["nonsense"]]
    {
        let output = sentrac(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn damaged_bytecode_is_refused() {
    let target = place("damaged.sbc");
    std::fs::write(&target, b"not bytecode").expect("a file can be written");
    let output = sentrac(&["list", target.to_str().expect("a plain path")], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn codes_are_explained() {
    let text = sentrac(&["explain", "e0202"], "").stdout;
    assert!(String::from_utf8_lossy(&text).starts_with("E0202: assignment to a constant"));
    let all = sentrac(&["explain"], "").stdout;
    assert!(String::from_utf8_lossy(&all).contains("W0301"));
}
