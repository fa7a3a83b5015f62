//! Uploads to disks that are full or slow.

use std::fs::File;
use std::process::{Command, Stdio};

use super::{Server, can};

/// The argument that has curl send a file of so many MiB.
fn large(server: &Server, mebibytes: u64) -> String {
    let path = server.folder.join(format!("large-{mebibytes}"));
    File::create(&path).and_then(|file| file.set_len(mebibytes << 20)).unwrap();
    format!("file=@{}", path.display())
}

#[test]
fn a_full_disk_fails_an_upload_and_nothing_else() {
    if !can("a file system of one's own", &["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]) {
        return;
    }
    let mount = r#"mount -t tmpfs -o size=3m none "$TMPDIR" && exec "$@""#;
    let server = Server::started_by(&["unshare", "-rm", "sh", "-c", mount, "sh"], &[]);
    let fits = large(&server, 2);
    let is_too_large = large(&server, 6);
    for _ in 0..3 {
        let answer = server.curl("/form", &["-F", &is_too_large, "-w", "%{http_code}"]);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.ends_with("507") && answer.contains("cannot be stored"), "{answer}");
        // What had been written has made room again.
        let answer = server.curl("/form", &["-F", &fits, "-w", "%{http_code}"]);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.ends_with("200") && answer.contains("\"size\":2097152"), "{answer}");
    }
}

/// Each write takes a fiftieth of a second. Others are answered meanwhile, and no memory fills with what waits.
#[test]
fn a_slow_disk_holds_up_its_upload_only() {
    let delay = "inject=write,pwrite64:delay_enter=20000";
    let trace = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=write,pwrite64", "-e", delay];
    if !can("strace", &[&["strace"], &trace[..], &["true"]].concat()) {
        return;
    }
    // The tracer is a process of its own, so that the server is the child.
    let server = Server::started_by(&[&["strace", "-D"], &trace[..]].concat(), &[]);
    let file = large(&server, 32);
    let before = server.running.memory();
    let url = format!("http://127.0.0.1:{}/form", server.port);
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--max-time", "60", "-F", &file, &url]).stdout(Stdio::piped());
    let mut curl = curl.spawn().unwrap();
    let mut answers = 0;
    while curl.try_wait().unwrap().is_none() {
        assert_eq!(server.get("/text/1", "").status, 200);
        answers += 1;
        let grown = server.running.memory().saturating_sub(before);
        assert!(grown < 20_000, "{grown} KiB more");
    }
    let answer = curl.wait_with_output().unwrap().stdout;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("\"size\":33554432"), "{answer}");
    assert!(answers > 1, "others are answered meanwhile");
}
