//! The HTTP client against servers that are not Sentra's: one that says whatever the test wants,
//! Python's, Node's, nginx, Apache, and `openssl s_server` with certificates good and bad.

#[path = "http_client/raw.rs"]
mod raw;
#[path = "http_client/ways.rs"]
mod ways;
#[path = "http_client/web.rs"]
mod web;

use std::collections::HashMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use raw::{Answer, Raw};
use sentra::certificates::{Authority, Wish};
use sentra::program::{self, Outcome};
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(120);

/// Runs a script of this folder, or of the examples.
fn run(script: &str, arguments: &[&str]) -> Outcome {
    let path = program::root().join(script);
    program::run(program::sentra_vm().arg("run").arg(path).args(arguments), b"", LIMIT)
}

/// What a script prints that is given as text; addresses are its arguments.
fn eval(script: &str, arguments: &[&str]) -> String {
    let folder = program::directory().join("http_client");
    std::fs::create_dir_all(&folder).unwrap();
    let name = std::thread::current().name().unwrap_or("script").replace("::", "-");
    let path = folder.join(format!("{name}.sn"));
    std::fs::write(&path, script).unwrap();
    let mut command = program::sentra_vm();
    let outcome = program::run(command.current_dir(&folder).arg("run").arg(&path).args(arguments), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}\n{}", outcome.output(), outcome.errors());
    outcome.output()
}

/// What came of requests for some paths.
fn requests(base: &str, paths: &[String]) -> HashMap<String, String> {
    let mut arguments = vec![base];
    arguments.extend(paths.iter().map(String::as_str));
    let outcome = run("tests/http_client/requests.sn", &arguments);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let found: HashMap<String, String> = outcome
        .output()
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(path, result)| (path.to_string(), result.to_string()))
        .collect();
    assert_eq!(found.len(), paths.len(), "{}", outcome.output());
    found
}

/// The path of a request: `GET /3/17 HTTP/1.1` asks for answer 3 in pieces of 17 or cut there.
fn numbers(request: &str) -> Vec<usize> {
    let path = request.split(' ').nth(1).unwrap_or_default();
    path.split('/').filter_map(|part| part.parse().ok()).collect()
}

/// Responses and what a client is to make of them: a part of the line that the script prints.
const RESPONSES: &[(&str, &str)] = &[
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 \"hello\""),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "200 \"hello\""),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n0\r\nT: x\r\n\r\n", "200 \"hello\""),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "200 \"hello\""),
    ("HTTP/1.1 200 OK\r\n\r\nhello", "200 \"hello\""),
    ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", "200 \"hello\""),
    (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "200 \"hello\"",
    ),
    ("HTTP/1.1 204 No\r\n\r\n", "204 \"\""),
    ("HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", "304 \"\""),
    ("HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nno", "404 \"no\""),
    ("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "999 \"\""),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", "200 \"hello\""),
    ("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "302 \"\""),
    ("", "closed the server closed the connection without an answer"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", "closed the server closed the connection in the middle"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "http more than one Content-Length"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "http both Content-Length"),
    ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "http Content-Length is no number"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello", "http Content-Length is no number"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", "http Content-Length is no number"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nhello", "too_large the body is longer"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "http a Transfer-Encoding other"),
    (
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "http Transfer-Encoding in a message of HTTP/1.0",
    ),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", "http the size of a chunk"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n", "http the size of a chunk"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n", "http a line of the chunked body"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n", "http a chunk does not end"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "closed"),
    ("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "http a line of the response's head"),
    ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\nhello", "http the response's head has a line"),
    ("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", "http the response's head has a line"),
    ("HTTP/1.1 200 OK\r\nA: b\rContent-Length: 5\r\n\r\nhello", "http the response's head has a line"),
    ("HTTP/1.1 20 OK\r\n\r\n", "http the response has no status"),
    ("HTTP/2.0 200 OK\r\n\r\n", "http what answers does not speak HTTP/1"),
    ("SSH-2.0-OpenSSH_9\r\n", "http what answers does not speak HTTP/1"),
    ("220 mail ready\r\n", "http what answers does not speak HTTP/1"),
    (
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        "http the compressed body is damaged",
    ),
    ("HTTP/1.1 302 Found\r\nLocation: ftp://a/\r\nContent-Length: 0\r\n\r\n", "redirect"),
    ("HTTP/1.1 302 Found\r\nLocation: http://a\\@b/\r\nContent-Length: 0\r\n\r\n", "redirect"),
];

#[test]
fn hostile_responses_whole_and_byte_by_byte() {
    let server = Raw::start(|request| match numbers(request)[..] {
        [index] => Answer::of(RESPONSES[index].0),
        [index, piece] => Answer { piece, ..Answer::of(RESPONSES[index].0) },
        _ => Answer::of(""),
    });
    let ways = ["", "/1", "/7"];
    let paths: Vec<String> = (0..RESPONSES.len()).flat_map(|index| ways.map(|way| format!("/{index}{way}"))).collect();
    let found = requests(&format!("http://127.0.0.1:{}", server.port), &paths);
    for (index, (response, expected)) in RESPONSES.iter().enumerate() {
        for way in ways {
            let result = &found[&format!("/{index}{way}")];
            assert!(result.contains(expected), "{response:?}{way}: {result}");
        }
    }
}

#[test]
fn no_cut_is_taken_for_the_whole() {
    let whole = [RESPONSES[0].0, RESPONSES[2].0, RESPONSES[6].0];
    let server = Raw::start(move |request| match numbers(request)[..] {
        [index, cut] => Answer::of(&whole[index].as_bytes()[..cut]),
        _ => Answer::of(""),
    });
    let cuts = |index: usize| (0..whole[index].len()).map(move |cut| format!("/{index}/{cut}"));
    let paths: Vec<String> = (0..whole.len()).flat_map(cuts).collect();
    for (path, result) in requests(&format!("http://127.0.0.1:{}", server.port), &paths) {
        assert!(result.starts_with("closed "), "{path}: {result}");
    }
}

#[test]
fn connections_are_used_again_unless_something_speaks_against_it() {
    let server = Raw::start(|request| {
        let stays = |bytes: &str| Answer { stays: true, ..Answer::of(bytes) };
        match request.split(' ').nth(1) {
            Some("/stay") => stays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            Some("/close") => stays("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
            Some("/old") => stays("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            Some("/more") => stays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nbad"),
            // It closes without having said so.
            _ => Answer::of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        }
    });
    let script = "let base = args()[0]\nfor path in args().slice(1) { log(http_get(base + path).body) }";
    let base = format!("http://127.0.0.1:{}", server.port);
    for (paths, connections) in [
        (&["/stay"; 5][..], 1),
        (&["/close"; 3], 3),
        (&["/old"; 3], 3),
        (&["/more"; 3], 3),
        (&["/silent"; 4], 4),
        (&["/stay", "/close", "/stay", "/stay"], 2),
    ] {
        let before = server.connections.load(Ordering::SeqCst);
        let arguments: Vec<&str> = [&base[..]].into_iter().chain(paths.iter().copied()).collect();
        assert_eq!(eval(script, &arguments), "ok\n".repeat(paths.len()), "{paths:?}");
        assert_eq!(server.connections.load(Ordering::SeqCst) - before, connections, "{paths:?}");
    }
}

/// The server closes a kept connection at the moment at which the next request comes.
#[test]
fn a_stale_connection_is_replaced_for_what_may_be_repeated() {
    let seen = Mutex::new(HashMap::new());
    let server = Raw::start(move |request| {
        let method = request.split(' ').next().unwrap_or_default().to_string();
        let mut seen = seen.lock().unwrap();
        let count = seen.entry(method).or_insert(0);
        *count += 1;
        // Of each method the second request finds the connection closed.
        let bytes = if *count == 2 { "" } else { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
        Answer { stays: *count != 2, ..Answer::of(bytes) }
    });
    let script = "for method in [\"GET\", \"PUT\", \"DELETE\", \"POST\"] {\n    for round in 1..=2 {\n        try { log(method, http_request(method, args()[0], nil, \"body\").body) } catch e { log(method, e.kind) }\n    }\n}";
    let expected = "GET ok\nGET ok\nPUT ok\nPUT ok\nDELETE ok\nDELETE ok\nPOST ok\nPOST closed\n";
    assert_eq!(eval(script, &[&format!("http://127.0.0.1:{}/", server.port)]), expected);
}

#[test]
fn endless_heads_slow_servers_and_bombs_are_bounded() {
    let server = Raw::start(|request| match request.split(' ').nth(1) {
        Some("/fields") => Answer::of(format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(200_000))),
        Some("/line") => Answer::of(format!("HTTP/1.1 200 OK\r\nA: {}", "b".repeat(2_000_000))),
        Some("/interim") => Answer::of("HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000)),
        Some("/bomb") => {
            let bomb = sentra_netlib::code::gzip::compress(&vec![0; 200 << 20], 9);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
            Answer::of([head.as_bytes(), &bomb].concat())
        }
        _ => {
            std::thread::sleep(Duration::from_secs(5));
            Answer::of("")
        }
    });
    let base = format!("http://127.0.0.1:{}", server.port);
    let script = "let base = args()[0]\nfn failure(path, options) {\n    try { log(path, http_get(base + path, options).status) } catch e { log(path, e.kind) }\n}\nfor path in [\"/fields\", \"/line\", \"/interim\", \"/bomb\"] { failure(path, {}) }\nfailure(\"/slow\", {timeout: 0.2})\nfailure(\"/bomb\", {max_body: 1000})";
    let expected = "/fields http\n/line http\n/interim http\n/bomb too_large\n/slow timeout\n/bomb too_large\n";
    assert_eq!(eval(script, &[&base]), expected);
}

#[test]
fn certificates_good_and_bad() {
    let folder = program::directory().join("http_client_certificates");
    let authority = Authority::new(&folder, "Client Test Authority");
    let ca = authority.cert.display().to_string();
    let expired = Wish { valid: ("20200101000000Z", "20210101000000Z"), ..Wish::default() };
    for (name, issued, options, expected) in [
        ("good", authority.good(), "{ca_file: args()[1]}", "200 ok"),
        ("unknown", authority.good(), "{}", "certificate"),
        ("not verified", authority.good(), "{verify: false}", "200 ok"),
        ("expired", authority.issue("expired", expired), "{ca_file: args()[1]}", "certificate"),
        ("self-signed", authority.self_signed("self", Wish::default()), "{ca_file: args()[1]}", "certificate"),
        ("wrong name", authority.named("other", "DNS:other.example"), "{ca_file: args()[1]}", "certificate"),
    ] {
        let server = web::openssl(&issued, &[]);
        let script = format!(
            "let url = f\"https://127.0.0.1:{{args()[0]}}/\"\nfor round in 1..=2 {{\n    try {{ log(http_get(url, {options}).status) }} catch e {{\n        log(e.kind)\n        eprint(e.message)\n    }}\n}}"
        );
        let output = eval(&script, &[&server.port.to_string(), &ca]);
        assert!(output.lines().all(|line| line.contains(expected)), "{name}: {output}");
    }
}

#[test]
fn nodes_server() {
    let mut command = Command::new("node");
    command.arg(program::root().join("tests/peers/http_node.js"));
    let server = Running::start(&mut command);
    let base = format!("http://127.0.0.1:{}", server.port());
    let outcome = run("tests/http_client/node.sn", &[&base]);
    assert_eq!(
        (outcome.output().as_str(), outcome.status),
        (include_str!("http_client/node.txt"), Some(0)),
        "{}",
        outcome.errors()
    );
}

#[test]
fn files_of_nginx_apache_and_python() {
    for server in [web::nginx(), web::apache(), web::python()] {
        let outcome = run("tests/http_client/files.sn", &[&server.base, &server.folder.display().to_string()]);
        assert_eq!(
            (outcome.output().as_str(), outcome.status),
            ("all is well\n", Some(0)),
            "{}: {}",
            server.name,
            outcome.errors()
        );
    }
}

/// A proxy that is told whole URLs passes them on, and one that is asked for a way through opens it.
#[test]
fn proxies() {
    let server = Raw::start(|request| {
        let first = request.lines().next().unwrap_or_default().to_string();
        let allowed = request.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnz");
        let status = if allowed { "200 OK" } else { "407 Authenticate" };
        Answer::of(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{first}", first.len()))
    });
    let script = "let proxy = args()[0]\nlog(http_get(\"http://nowhere.invalid/x?y\", {proxy: f\"http://user:pass@{proxy}\"}).body)\nlog(http_get(\"http://nowhere.invalid/\", {proxy: f\"http://{proxy}\"}).status_code)\ntry { http_get(\"https://nowhere.invalid/\", {proxy: f\"http://{proxy}\"}) } catch e { log(e.kind) }\nenv_set(\"http_proxy\", f\"user:pass@{proxy}\")\nenv_set(\"no_proxy\", \"127.0.0.1\")\nlog(http_get(\"http://other.invalid/\").body)\ntry { http_get(\"http://127.0.0.1:1/\") } catch e { log(e.kind) }\ntry { http_get(\"http://other.invalid/\", {proxy: false}) } catch e { log(e.kind) }";
    let expected = "GET http://nowhere.invalid/x?y HTTP/1.1\n407\nproxy\nGET http://other.invalid/ HTTP/1.1\nconnection_refused\ndns\n";
    assert_eq!(eval(script, &[&format!("127.0.0.1:{}", server.port)]), expected);
}

/// The tutorial's requests, as written but for the addresses.
#[test]
fn the_tutorials_requests() {
    let mut command = Command::new("node");
    command.arg(program::root().join("tests/peers/http_node.js"));
    let server = Running::start(&mut command);
    let base = format!("http://127.0.0.1:{}", server.port());
    for name in ["04_basic_requests", "05_advanced_http"] {
        let path = program::root().join(format!("crates/sentra-compiler/tests/data/tutorial/{name}.sn"));
        let text = std::fs::read_to_string(path).unwrap();
        let text = text
            .replace("https://api.example.com/data", &format!("{base}/plain"))
            .replace("https://api.example.com/json", &format!("{base}/echo"))
            .replace("https://example.com/file.zip", &format!("{base}/gzip"));
        let given = if name.starts_with("04") { "" } else { "let headers = {A: \"b\"}\nlet body = \"c\"\n" };
        let shown = "\nlog(result[\"status_code\"])";
        let output = eval(&format!("let url = \"{base}/echo\"\n{given}{text}{shown}"), &[]);
        let expected = if given.is_empty() { "Status: 200\nBody: plain\n200\n" } else { "200\n" };
        assert_eq!(output, expected, "{name}");
    }
}

#[test]
fn examples_that_ask_servers() {
    let server = web::nginx();
    let target = server.folder.join("../downloaded");
    let outcome = run("examples/download.sn", &[&format!("{}/large", server.base), &target.display().to_string()]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    assert!(outcome.output().contains("2.9 MiB"), "{}", outcome.output());
    assert!(outcome.errors().contains("[########################################] 2.9 MiB of 2.9 MiB"));
    assert!(std::fs::read(&target).unwrap() == std::fs::read(server.folder.join("large")).unwrap());
    assert_eq!(run("examples/download.sn", &[&format!("{}/missing", server.base)]).status, Some(1));
    let small = format!("{}/small", server.base);
    assert_eq!(run("examples/health_checker.sn", &[&small, &small]).status, Some(0));
    let outcome = run("examples/health_checker.sn", &[&small, "http://127.0.0.1:1/"]);
    let lines: Vec<String> = outcome.output().lines().map(str::to_string).collect();
    assert!(lines[0].starts_with("up  ") && lines[1].ends_with("connection_refused") && lines[2] == "1 of 2 are up");
    assert_eq!(outcome.status, Some(1));
}
