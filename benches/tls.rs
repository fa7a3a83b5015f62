//! `cargo bench --bench tls`: processor time of a server for a connection in TLS with one small response, of an
//! HTTPS server in Sentra and of nginx, in both versions, with full handshakes and with resumed ones.
//!
//! The servers take turns; each has one process, whose time the kernel's scheduler tells.

mod options;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use sentra::certificates::Authority;
use sentra::program;
use sentra_netlib::endpoint::tls::{ClientSettings, TlsClient, Versions};

/// Connections of one measurement.
const CONNECTIONS: u32 = 300;
/// How many times nginx's cost Sentra's may be.
const OF_NGINX: f64 = 1.3;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

struct Server {
    name: &'static str,
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

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
            let note =
                if own > OF_NGINX * other { format!("  goal missed: at most {OF_NGINX}") } else { String::new() };
            println!("{name:<16}{own:>12.1}{other:>12.1}{:>8.2}{note}", own / other);
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port()
}

fn started(name: &'static str, command: &mut Command, port: u16) -> Server {
    let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let server = Server { name, process: process.unwrap_or_else(|error| panic!("{name}: {error}")), port };
    let end = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < end, "{name} does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    server
}

fn sentra(cert: &Path, key: &Path) -> Server {
    let script: PathBuf = cert.with_file_name("server.sn");
    let port = free_port();
    let text = format!(
        "let server = http_server_create(\"127.0.0.1\", {port}, {{tls: {{cert: {cert:?}, key: {key:?}}}}})\n\
         http_server_route(server.id, \"GET\", \"/\", fn(req) => \"hello\")\nhttp_server_start(server.id)\n"
    );
    fs::write(&script, text).expect("the folder can be written");
    started("sentra", program::sentra_vm().arg("run").arg(script), port)
}

fn nginx(folder: &Path, cert: &Path, key: &Path) -> Server {
    let (port, folder) = (free_port(), folder.display());
    let text = format!(
        "daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}
         http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
         uwsgi_temp_path {folder}; scgi_temp_path {folder}; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:x:1m;
         server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key};
         location / {{ default_type text/plain; return 200 hello; }} }} }}",
        cert = cert.display(),
        key = key.display(),
    );
    let path = cert.with_file_name("nginx.conf");
    fs::write(&path, text).expect("the folder can be written");
    started("nginx", Command::new("nginx").arg("-c").arg(path), port)
}

/// Microseconds of processor time for a connection.
fn measure(server: &Server, ca: &Path, versions: Versions, resumes: bool) -> f64 {
    let trusting = |alpn: Vec<Vec<u8>>| {
        let settings = ClientSettings { ca_file: Some(ca.into()), versions, alpn, ..ClientSettings::default() };
        TlsClient::new(&settings).expect("the settings are good")
    };
    let before = processor_time(server.process.id());
    for number in 0..CONNECTIONS {
        // Sessions belong to settings: others have none to resume.
        let own = if resumes { server.name.into() } else { format!("{}-{number}", server.name) };
        connect(&trusting(vec![own.into_bytes(), b"http/1.1".to_vec()]), server.port);
    }
    (processor_time(server.process.id()) - before) * 1e6 / f64::from(CONNECTIONS)
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

/// Seconds that all threads of a process have run.
fn processor_time(process: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).expect("it runs").flatten();
    let texts = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    texts.filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok()).sum::<f64>() / 1e9
}
