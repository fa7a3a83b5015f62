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

#[test]
fn programs_are_formatted_in_place() {
    let folder = place("formatted");
    std::fs::create_dir_all(folder.join("inner")).expect("a folder can be made");
    let files = ["good.sn", "ugly.sn", "inner/ugly.sn", "broken.sn", "inner/other.txt"].map(|name| folder.join(name));
    let texts = ["let a = 1\n", "let a=1", "f( 1 )\n", "let = (", "let a=1"];
    for (file, text) in files.iter().zip(texts) {
        std::fs::write(file, text).expect("a file can be written");
    }
    let named = folder.to_str().expect("a plain path");
    let checked = sentrac(&["fmt", "--check", files[0].to_str().unwrap(), files[1].to_str().unwrap()], "");
    assert_eq!((checked.status.code(), checked.stdout.ends_with(b"ugly.sn\n")), (Some(1), true), "{}", error(&checked));
    let done = sentrac(&["fmt", named], "");
    assert_eq!(done.status.code(), Some(2), "one file has a mistake");
    assert!(error(&done).contains("broken.sn:1:7"), "{}", error(&done));
    let read = |file: &PathBuf| std::fs::read_to_string(file).expect("a file can be read");
    let after: Vec<String> = files.iter().map(read).collect();
    assert_eq!(after, ["let a = 1\n", "let a = 1\n", "f(1)\n", "let = (", "let a=1"]);
    std::fs::remove_file(&files[3]).expect("a file can be removed");
    assert_eq!(sentrac(&["fmt", "--check", named], "").status.code(), Some(0));
    let names = std::fs::read_dir(&folder).expect("a folder can be read").count();
    assert_eq!(names, 3, "nothing is left behind");
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    for arguments in [&["fmt"][..], &["fmt", "-"]] {
        let output = sentrac(arguments, "let a=1;f( a )");
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"let a = 1\nf(a)\n"[..]));
    }
    let output = sentrac(&["fmt", "--check"], "let a=1");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b"<stdin>\n"[..]));
}

#[cfg(unix)]
#[test]
fn formatting_keeps_permissions_and_links() {
    use std::os::unix::fs::PermissionsExt;
    let folder = place("linked");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let (file, link) = (folder.join("file.sn"), folder.join("link.sn"));
    std::fs::write(&file, "let a=1").expect("a file can be written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it has permissions");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink("file.sn", &link).expect("a link can be made");
    assert_eq!(sentrac(&["fmt", link.to_str().expect("a plain path")], "").status.code(), Some(0));
    assert!(link.symlink_metadata().expect("it is there").file_type().is_symlink());
    let mode = file.metadata().expect("it is there").permissions().mode();
    assert_eq!((mode & 0o777, std::fs::read_to_string(&file).expect("text")), (0o755, "let a = 1\n".to_owned()));
}
