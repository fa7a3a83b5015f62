//! `cargo bench --bench tls`: processor time of a server for a connection in TLS with one small response, of an
//! HTTPS server in Sentra and of nginx, in both versions, with full handshakes and with resumed ones.
//!
//! The servers take turns; each has one process, whose time the kernel's scheduler tells.

mod options;
mod servers;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use sentra::certificates::Authority;
use sentra::program;
use sentra_netlib::endpoint::tls::{ClientSettings, TlsClient, Versions};
use servers::{Server, verdict};

/// Connections of one measurement.
const CONNECTIONS: u32 = 300;
/// How many times nginx's cost Sentra's may be.
const OF_NGINX: f64 = 1.3;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn main() {
    let options = options::from_command_line(5);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls-bench");
    let authority = Authority::new(&folder, "Bench");
    let good = authority.good();
    let servers = [sentra(&good.cert, &good.key), nginx(&folder, &good.cert, &good.key)];
    let cases = [("1.3", Versions::Only13), ("1.2", Versions::Only12)];
    println!("{:<16}{:>12}{:>12}{:>8}", "handshake", "sentra us", "nginx us", "ratio");
    for (version, versions) in cases {
        for resumes in [false, true] {
            let name = format!("{version} {}", if resumes { "resumed" } else { "full" });
            if !name.contains(&options.filter) {
                continue;
            }
            let mut best = BTreeMap::new();
            for _ in 0..options.rounds {
                for server in &servers {
                    let spent = measure(server, &authority.cert, versions, resumes);
                    let least = best.entry(server.name).or_insert(spent);
                    *least = spent.min(*least);
                }
            }
            let (own, other) = (best["sentra"], best["nginx"]);
            let note = verdict(own / other, OF_NGINX);
            println!("{name:<16}{own:>12.1}{other:>12.1}{:>8.2}{note}", own / other);
        }
    }
}

fn sentra(cert: &Path, key: &Path) -> Server {
    let script: PathBuf = cert.with_file_name("server.sn");
    let text = format!(
        "let server = http_server_create(\"127.0.0.1\", 0, {{tls: {{cert: {cert:?}, key: {key:?}}}}})\n\
         http_server_route(server.id, \"GET\", \"/\", fn(req) => \"hello\")\nhttp_server_start(server.id)\n\
         println(str(server.port))\n"
    );
    fs::write(&script, text).expect("the folder can be written");
    Server::start("sentra", program::sentra_vm().arg("run").arg(script)).expect("Sentra starts")
}

fn nginx(folder: &Path, cert: &Path, key: &Path) -> Server {
    let rules = format!(
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:x:1m;
         server {{ listen PORT ssl; ssl_certificate {}; ssl_certificate_key {}; location / {{ return 200 hello; }} }}",
        cert.display(),
        key.display(),
    );
    Server::nginx(folder, &rules).expect("nginx is installed")
}

/// Microseconds of processor time for a connection.
fn measure(server: &Server, ca: &Path, versions: Versions, resumes: bool) -> f64 {
    let trusting = |alpn: Vec<Vec<u8>>| {
        let settings = ClientSettings { ca_file: Some(ca.into()), versions, alpn, ..ClientSettings::default() };
        TlsClient::new(&settings).expect("the settings are good")
    };
    let before = server.processor_seconds();
    for number in 0..CONNECTIONS {
        // Sessions belong to settings: others have none to resume.
        let own = if resumes { server.name.into() } else { format!("{}-{number}", server.name) };
        connect(&trusting(vec![own.into_bytes(), b"http/1.1".to_vec()]), server.port);
    }
    (server.processor_seconds() - before) * 1e6 / f64::from(CONNECTIONS)
}

/// One connection with one request.
fn connect(client: &TlsClient, port: u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let mut session = client.session("localhost").expect("a name");
    session.handshake(&mut stream).expect("they agree");
    session.send(&mut stream, REQUEST).expect("it reads");
    let (mut response, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(len @ 1..) = session.receive(&mut stream, &mut buffer) {
        response.extend_from_slice(&buffer[..len]);
    }
    assert!(response.ends_with(b"hello"), "{:?}", String::from_utf8_lossy(&response));
    let _ = session.close(&mut stream).and_then(|()| stream.flush());
    let _ = stream.read(&mut buffer);
}
