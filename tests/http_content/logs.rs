//! The access log: what it says, and that it never stands in the way.

use std::fs;
use std::process::Command;

use sentra::running::Running;

use super::{Server, wait_until};

#[test]
fn lines_say_what_was_asked_and_answered() {
    let server = Server::with(&[("a.txt", b"some text")]);
    let log = || fs::read_to_string(server.folder.join("access.log")).unwrap_or_default();
    server.get("/a.txt", "User-Agent: te\"st\r\nReferer: http://x/\r\n");
    server.get("/nosuch?q=\"'<>", "");
    server.raw(b"nonsense\r\n\r\n");
    server.raw(b"GET /a\xff\x1b.txt HTTP/1.0\r\nUser-Agent: \xe2\x80\xa8\tx\r\n\r\n");
    wait_until("four lines", || log().lines().count() == 4);
    let lines: Vec<String> =
        log().lines().map(|line| line.replacen(line.split(['[', ']']).nth(1).unwrap(), "TIME", 1)).collect();
    assert_eq!(lines[0], r#"127.0.0.1 - - [TIME] "GET /a.txt HTTP/1.1" 200 9 "http://x/" "te\"st""#);
    assert_eq!(lines[1], r#"127.0.0.1 - - [TIME] "GET /nosuch?q=\"'<> HTTP/1.1" 404 14 "-" "-""#);
    assert!(lines[2].starts_with(r#"127.0.0.1 - - [TIME] "-" 400 "#), "{}", lines[2]);
    assert!(lines[3].is_ascii() && lines[3].contains(" 400 "), "{}", lines[3]);
    // Another file takes the name, as when logs are rotated.
    fs::rename(server.folder.join("access.log"), server.folder.join("access.log.1")).unwrap();
    server.get("/a.txt", "");
    wait_until("a new file", || log().lines().count() == 1);
}

/// A file that takes nothing: the server goes on, and says so once.
#[test]
fn a_full_disk_does_not_matter() {
    let script = "
        let server = http_server_create('127.0.0.1', 0, {access_log: {path: '/dev/full', format: 'json'}})
        http_server_route(server.id, 'GET', '/', fn(req) => 'hello')
        http_server_start(server.id)
        log('port', server.port)";
    let running = Running::start(sentra::program::sentra_vm().args(["eval", &script.replace('\'', "\"")]));
    let port = running.port();
    let get = || {
        let output = Command::new("curl").args(["-sS", &format!("http://127.0.0.1:{port}/")]).output().unwrap();
        assert_eq!(output.stdout, b"hello");
    };
    get();
    assert!(running.error_line().starts_with("error: the access log cannot be written: No space left"));
    get();
    running.signal("TERM");
}

/// A pipe that nobody reads: the server goes on.
#[test]
fn a_full_pipe_does_not_matter() {
    let server = Server::with(&[]);
    let script = "
        let server = http_server_create('127.0.0.1', 0, {access_log: true})
        http_server_start(server.id)
        log('port', server.port)";
    let vm = sentra::program::sentra_vm();
    let mut command = Command::new("sh");
    command.args(["-c", r#"mkfifo "$2" && exec "$0" eval "$1" 2<>"$2""#]).arg(vm.get_program());
    let running = Running::start(command.arg(script.replace('\'', "\"")).arg(server.folder.join("pipe")));
    let port = running.port();
    let request = format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x".repeat(50_000));
    for _ in 0..30 {
        let answer = sentra::raw_http::exchange(port, request.as_bytes(), usize::MAX);
        assert_eq!(sentra::raw_http::statuses(&answer), "404");
    }
}

#[test]
fn formats_and_the_console() {
    for (option, wanted) in
        [("true", "127.0.0.1 - - ["), ("\"combined\"", "127.0.0.1 - - ["), ("\"json\"", "{\"time\":\"20")]
    {
        let script = format!(
            "let server = http_server_create(\"127.0.0.1\", 0, {{access_log: {option}}})
            http_server_route(server.id, \"GET\", \"/\", fn(req) => \"hello\")
            http_server_start(server.id)
            log(\"port\", server.port)"
        );
        let running = Running::start(sentra::program::sentra_vm().args(["eval", &script]));
        let url = format!("http://127.0.0.1:{}/x?y", running.port());
        assert!(Command::new("curl").args(["-sS", &url]).output().unwrap().status.success());
        let line = running.error_line();
        assert!(line.starts_with(wanted) && line.contains("/x?y") && line.contains("404"), "{line}");
    }
}
