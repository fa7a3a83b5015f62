//! Clients that others wrote, and the tutorial's server for them.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use sentra::program;
use sentra::python;
use sentra::running::Running;

use super::{LIMIT, server};

fn curl(arguments: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("curl");
    let outcome = program::run(command.args(["-sS", "--max-time", "30"]).args(arguments), input, LIMIT);
    assert_eq!(outcome.status, Some(0), "curl {arguments:?}: {}", outcome.errors());
    outcome.output()
}

#[test]
fn curl_speaks_every_method_and_way() {
    let (_server, port) = server();
    let url = format!("http://127.0.0.1:{port}");
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"] {
        assert_eq!(curl(&["-X", method, &format!("{url}/")], b""), format!("{method} 0"));
        assert_eq!(curl(&["-X", method, "-d", "hello", &format!("{url}/")], b""), format!("{method} 5"));
    }
    assert!(curl(&["-I", &format!("{url}/")], b"").contains("Content-Length: 6"));
    assert!(curl(&["-i", "-X", "OPTIONS", &format!("{url}/json")], b"").contains("Allow: GET, HEAD, OPTIONS"));
    assert_eq!(curl(&["--http1.0", &format!("{url}/channel")], b"").len(), 40);
    let large = vec![b'x'; 90_000];
    // In chunks, from standard input, and as a file whose size is known, for which curl expects 100.
    assert_eq!(curl(&["-T", "-", &format!("{url}/")], &large), "PUT 90000");
    let data = ["-H", "Expect: 100-continue", "--data-binary", "@-"];
    assert_eq!(curl(&[&data[..], &[&format!("{url}/")]].concat(), &large), "POST 90000");
    assert_eq!(curl(&["-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-", &url], &vec![0; 200_000]), "413");
    // Many on one connection.
    let urls = format!("{url}/users/[1-100]");
    let several = curl(&["-w", "\n%{num_connects}\n", &urls], b"");
    assert_eq!(several.lines().filter(|line| *line == "1").count(), 1, "{several}");
    assert_eq!(several.matches("\"id\":").count(), 100);
}

#[test]
fn curl_over_ipv6() {
    let server = Running::script("tests/programs/http_server.sn", &["::1", "2"]);
    let port = server.port();
    let request = curl(&["-g", "-6", &format!("http://[::1]:{port}/request")], b"");
    assert!(request.contains(&format!("\"host\":\"[::1]:{port}\"")) && request.contains("\"remote_address\":\"::1\""));
    assert!(request.contains(&format!("\"url\":\"http://[::1]:{port}/request\"")), "{request}");
}

#[test]
fn python_requests_and_aiohttp() {
    let (_server, port) = server();
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut python = python::with("http", scratch, &["requests", "aiohttp"]);
    let outcome = program::run(python.arg(python::peer("http_clients.py")).arg(port.to_string()), b"", LIMIT);
    assert_eq!((outcome.output().as_str(), outcome.status), ("done\n", Some(0)), "{}", outcome.errors());
}

#[test]
fn node_fetch() {
    let (_server, port) = server();
    let mut node = Command::new("node");
    let outcome = program::run(node.arg(python::peer("http_fetch.js")).arg(port.to_string()), b"", LIMIT);
    assert_eq!((outcome.output().as_str(), outcome.status), ("done\n", Some(0)), "{}", outcome.errors());
}

/// The tutorial's server, as written but for its port; it stops at its end, so it is asked without its last line.
#[test]
fn the_tutorials_server() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial-server");
    fs::create_dir_all(folder.join("public")).expect("the folder of temporary files is writable");
    fs::write(folder.join("public/hello.txt"), "static").expect("the folder was just made");
    let script = "crates/sentra-compiler/tests/data/tutorial/06_creating_a_server.sn";
    let script = fs::read_to_string(program::root().join(script)).expect("the tutorial's programs are there");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a free port").port();
    let script = script.replace("8080", &port.to_string());
    let run = |script: &str| {
        let mut command = program::sentra_vm();
        command.args(["eval", script]).current_dir(&folder);
        command
    };
    let whole = program::run(&mut run(&script), b"", LIMIT);
    let said = format!("Server running on http://127.0.0.1:{port}");
    assert_eq!((whole.output().lines().next(), whole.status), (Some(&*said), Some(0)), "{}", whole.errors());
    let asked = Running::start(&mut run(&script.replace("http_server_stop(server[\"id\"])", "")));
    assert_eq!(asked.line(), said);
    let url = format!("http://127.0.0.1:{port}");
    assert_eq!(curl(&[&url], b""), "Welcome!");
    assert!(curl(&["-i", &format!("{url}/api/status")], b"").contains("application/json"));
    assert_eq!(curl(&["-d", "some=data", &format!("{url}/data")], b""), "Created");
    assert_eq!(asked.line(), "Received: some=data");
    assert_eq!(curl(&[&format!("{url}/static/hello.txt")], b""), "static");
}
