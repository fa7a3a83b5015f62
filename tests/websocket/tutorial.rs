//! The tutorial's programs, as written but for an address and what they leave undefined.

use std::fs;
use std::io::Write;
use std::path::Path;

use sentra::certificates::Authority;
use sentra::program;
use sentra::running::Running;

use super::{LIMIT, node, raw, rest, wait_for, wait_for_free};

/// A program of the tutorial with changes, where it can be run.
fn changed(name: &str, changes: &[(&str, &str)]) -> String {
    let path = program::root().join(format!("crates/sentra-compiler/tests/data/tutorial/{name}.sn"));
    let mut text = fs::read_to_string(path).expect("the tutorial is here");
    for (from, to) in changes {
        assert!(text.contains(from), "{name} has {from:?}");
        text = text.replace(from, to);
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.sn"));
    fs::write(&path, text).expect("the target folder can be written");
    path.display().to_string()
}

#[test]
fn its_client() {
    let authority = Authority::new(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("websocket-tutorial"), "authority");
    let site = authority.good();
    let server = Running::start(node("websocket_server.js").args([&site.cert, &site.key]));
    let url = format!("wss://localhost:{}", server.port());
    let path = changed("07_basic_websocket_usage", &[("wss://echo.websocket.org", &url)]);
    let mut client = program::sentra_vm();
    client.arg("run").arg(path).env("SSL_CERT_FILE", &authority.cert);
    let outcome = program::run(&mut client, b"", LIMIT);
    assert_eq!(outcome.output(), "Received: Hello WebSocket!\n", "{}", outcome.errors());
    assert_eq!(outcome.status, Some(0));
    assert_eq!(server.line(), "closed 1000 ");
}

/// It names no client where it means the one that it has taken.
#[test]
fn its_server() {
    wait_for_free(8765);
    let before = "// Get all connected clients";
    let named = format!("let client_id = client[\"id\"]\n{before}");
    let path = changed("08_complete_websocket_server", &[(before, &named)]);
    let mut server = Running::start(program::sentra_vm().arg("run").arg(path));
    wait_for(8765);
    let mut client = raw(8765);
    client.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).expect("the server reads");
    let got = rest(&mut client);
    assert_eq!(got, b"\x81\x08Welcome!\x81\x15Server message to all\x88\x02\x03\xe8");
    assert_eq!(server.line(), "WebSocket server on ws://127.0.0.1:8765");
    assert!(server.line().starts_with("New client: ws#"));
    assert_eq!(server.line(), "Connected clients: 1");
    assert_eq!(server.end().code(), Some(0), "{}", server.errors());
}
