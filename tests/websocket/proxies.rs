//! WebSockets through a proxy, named by an option or by the environment, in TLS and without.

use sentra::certificates::Authority;
use sentra::program;
use sentra::running::Running;
use sentra::tunnel::Tunnel;

use super::{LIMIT, scratch};

const SERVER: &str = r#"
let plain = ws_listen("127.0.0.1", 0)
let safe = ws_listen("127.0.0.1", 0, {tls: {cert: args()[0], key: args()[1]}})
for server in [plain, safe] {
    ws_server_on(server.id, "message", fn(client, data) { ws_send(client.id, data) })
    println(str(server.port))
}
"#;

const CLIENT: &str = r#"
let proxy = args()[0]
let ca = args()[1]
fn echo(url, options) {
    options["ca_file"] = ca
    let conn = ws_connect(url, options)
    if conn == nil { return last_error().kind }
    ws_send(conn.id, "through")
    let answer = ws_receive(conn.id, 20)
    ws_close(conn.id)
    return answer
}
let urls = [f"ws://localhost:{args()[2]}/", f"wss://localhost:{args()[3]}/"]
for url in urls { log(echo(url, {proxy: f"http://user:pass@{proxy}"})) }
env_set("http_proxy", proxy)
env_set("https_proxy", f"http://{proxy}")
for url in urls { log(echo(url, {})) }
env_set("no_proxy", "localhost")
for url in urls { log(echo(url, {})) }
log(echo(urls[0], {proxy: "http://127.0.0.1:1"}))
"#;

fn written(name: &str, text: &str) -> String {
    let path = scratch().join(name);
    std::fs::write(&path, text).expect("the target folder can be written");
    path.display().to_string()
}

#[test]
fn a_proxy_opens_a_way() {
    let authority = Authority::new(&scratch().join("websocket-proxy"), "WebSocket Proxy");
    let good = authority.good();
    let (server, client) = (written("proxy_server.sn", SERVER), written("proxy_client.sn", CLIENT));
    let server = Running::start(program::sentra_vm().arg("run").arg(server).args([&good.cert, &good.key]));
    let (plain, safe) = (server.port(), server.port());
    let tunnel = Tunnel::start();
    let mut command = program::sentra_vm();
    command.arg("run").arg(client).arg(format!("127.0.0.1:{}", tunnel.port)).arg(&authority.cert);
    let outcome = program::run(command.args([plain.to_string(), safe.to_string()]), b"", LIMIT);
    let wanted = "through\n".repeat(6) + "connection_refused\n";
    assert_eq!(outcome.output(), wanted, "{}", outcome.errors());
    let heads = tunnel.heads();
    assert_eq!(heads.len(), 4, "{heads:?}");
    for (head, port) in heads.iter().zip([plain, safe, plain, safe]) {
        assert!(head.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{head}");
    }
    let named = |head: &String| head.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnz");
    assert_eq!(heads.iter().map(named).collect::<Vec<_>>(), [true, true, false, false]);
}
