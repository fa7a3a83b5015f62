//! The parts of the site that mdBook does not have, by the command that it runs.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the command with an input.
fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it can be started");
    // What reads no input may have ended already.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

#[test]
fn code_is_coloured_within_a_book() {
    assert!(run(&["highlight", "supports", "html"], "").status.success());
    let book =
        r#"[{"root": "."}, {"items": [{"Chapter": {"name": "One", "content": "```sentra\nlet a = 1\n```\n"}}]}]"#;
    let output = run(&["highlight"], book);
    let book = String::from_utf8(output.stdout).expect("it is text");
    assert!(output.status.success() && book.contains("hljs-keyword") && book.contains("\"name\":\"One\""), "{book}");
    let output = run(&["highlight"], "no book");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("not what mdBook writes"), "{said}");
}

#[test]
fn links_that_lead_nowhere_are_named() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("links");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("deep")).unwrap();
    let check = |page: &str| {
        fs::write(folder.join("deep/page.html"), page).unwrap();
        let output = run(&["links", folder.to_str().unwrap()], "");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    fs::write(folder.join("index.html"), "<h1 id=\"top\">Top</h1>").unwrap();
    let good = r#"<a href="../index.html#top">a</a> <a href="..">b</a> <a href="https://example.com/">c</a>"#;
    assert_eq!(check(good), (true, "3 links on 2 pages\n".into()));
    let bad = r#"<a href="../index.html#bottom">a</a> <img src="shot.png">"#;
    let complaint = "links that lead nowhere:\ndeep/page.html: ../index.html#bottom\ndeep/page.html: shot.png\n";
    assert_eq!(check(bad), (false, complaint.into()));
}
