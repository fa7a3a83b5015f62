//! Servers for scans, and sslyze for comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sentra::certificates::Issued;
use sentra::program;
use sentra::python;
use sentra::running::Running;
use serde_json::Value;

pub const LIMIT: Duration = Duration::from_secs(120);

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls_scan").join(name)
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

/// What `analyze_ssl` says.
pub struct Report(pub Value);

impl Report {
    fn names(&self, field: &str, part: &str) -> Vec<&str> {
        let list = self.0[field].as_array().expect("a list");
        list.iter().map(|one| one[part].as_str().expect("a text")).collect()
    }

    pub fn protocols(&self) -> Vec<&str> {
        let all = self.0["protocols"].as_object().expect("a map");
        all.iter().filter(|(_, spoken)| **spoken == true).map(|(name, _)| name.as_str()).collect()
    }

    pub fn suites(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut suites: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (protocol, name) in self.names("ciphers", "protocol").iter().zip(self.names("ciphers", "name")) {
            suites.entry((*protocol).to_string()).or_default().insert(name.to_string());
        }
        suites
    }

    /// Without what every server of these tests lacks.
    pub fn issues(&self) -> Vec<&str> {
        let mut codes = self.names("security_issues", "code");
        codes.retain(|code| *code != "no_hsts");
        codes.sort_unstable();
        codes
    }

    pub fn grade(&self) -> &str {
        self.0["grade"].as_str().expect("a grade")
    }
}

/// What a script finds.
pub fn analyze(host: &str, port: u16, options: &str) -> Report {
    match try_analyze(host, port, options) {
        Ok(report) => report,
        Err(error) => panic!("{error}"),
    }
}

/// The same; or the fault's kind and message.
pub fn try_analyze(host: &str, port: u16, options: &str) -> Result<Report, String> {
    let source = format!(
        "try {{ log(json_encode(analyze_ssl(\"{host}\", {port}, json_decode(args()[0])))) }} catch e {{ log(e.kind + \": \" + e.message) }}"
    );
    let path = folder("scripts").join(format!("{port}.sn"));
    fs::create_dir_all(folder("scripts")).expect("the folder can be made");
    fs::write(&path, source).expect("the folder can be written");
    let outcome = program::run(program::sentra_vm().arg("run").arg(&path).arg(options), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let output = outcome.output();
    serde_json::from_str(&output).map(Report).map_err(|_| output.trim_end().to_string())
}

/// What sslyze finds.
pub fn sslyze(port: u16) -> BTreeMap<String, BTreeSet<String>> {
    let mut python = python::with("sslyze", Path::new(env!("CARGO_TARGET_TMPDIR")), &["sslyze"]);
    let outcome = program::run(python.arg(python::peer("sslyze_scan.py")).arg(port.to_string()), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let line = |line: &str| {
        let mut words = line.split(' ').map(str::to_string);
        (words.next().expect("a version"), words.collect())
    };
    outcome.output().lines().map(line).collect()
}

/// Whether sslyze finds that clients may renegotiate; it cannot tell of versions that its library does not speak.
pub fn sslyze_renegotiates(port: u16) -> Option<bool> {
    let mut python = python::with("sslyze", Path::new(env!("CARGO_TARGET_TMPDIR")), &["sslyze"]);
    python.arg(python::peer("sslyze_scan.py")).args([&port.to_string(), "renegotiation"]);
    let outcome = program::run(&mut python, b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    match outcome.output().trim() {
        "None" => None,
        found => Some(found == "True"),
    }
}

/// `openssl s_server` on a free port.
pub fn openssl(issued: &Issued, arguments: &[&str]) -> (Running, u16) {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", text(&issued.cert)]);
    let all = fs::read_to_string(&issued.cert).expect("a certificate");
    if let Some((_, others)) = all.split_once("-----END CERTIFICATE-----\n").filter(|(_, others)| !others.is_empty()) {
        let chain = issued.cert.with_extension("others.pem");
        fs::write(&chain, others).expect("the folder can be written");
        command.args(["-cert_chain", text(&chain)]);
    }
    command.args(["-key", text(&issued.key)]).args(arguments);
    let server = Running::start(&mut command);
    loop {
        let line = server.line();
        if let Some((_, port)) = line.strip_prefix("ACCEPT ").and_then(|address| address.rsplit_once(':')) {
            return (server, port.parse().expect("a port"));
        }
    }
}

/// `gnutls-serv` with a priority string.
pub fn gnutls(issued: &Issued, priority: &str) -> (Running, u16) {
    let port = free_port();
    let mut command = Command::new("gnutls-serv");
    command.args(["--http", "--port", &port.to_string(), "--priority", priority]);
    command.args(["--x509certfile", text(&issued.cert), "--x509keyfile", text(&issued.key)]);
    let server = Running::start(&mut command);
    wait_for(port);
    (server, port)
}

/// nginx with further lines of configuration.
pub fn nginx(issued: &Issued, name: &str, more: &str) -> (Running, u16) {
    let folder = folder(name);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let port = free_port();
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {}; ssl_certificate_key {}; return 200 hello; {more} }}",
        text(&issued.cert),
        text(&issued.key),
    );
    start_nginx(&folder, &server, port)
}

/// nginx without TLS.
pub fn plain_nginx(name: &str, port: u16) -> (Running, u16) {
    let folder = folder(name);
    fs::create_dir_all(&folder).expect("the folder can be made");
    start_nginx(&folder, &format!("server {{ listen 127.0.0.1:{port}; return 200 hello; }}"), port)
}

fn start_nginx(folder: &Path, server: &str, port: u16) -> (Running, u16) {
    let folder_text = text(folder);
    let configuration = format!(
        "daemon off; worker_processes 1; pid {folder_text}/pid; error_log stderr; events {{}}
         http {{ access_log off; client_body_temp_path {folder_text}; proxy_temp_path {folder_text};
         fastcgi_temp_path {folder_text}; uwsgi_temp_path {folder_text}; scgi_temp_path {folder_text}; {server} }}"
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, configuration).expect("the folder can be written");
    let server = Running::start(Command::new("nginx").args(["-c", text(&path)]));
    wait_for(port);
    (server, port)
}

/// A program of `tests/peers` in Python with packages, which says its port first.
pub fn peer(environment: &str, packages: &[&str], name: &str, arguments: &[&str]) -> (Running, u16) {
    let mut python = match packages {
        [] => Command::new("python3"),
        _ => python::with(environment, Path::new(env!("CARGO_TARGET_TMPDIR")), packages),
    };
    let server = Running::start(python.arg(python::peer(name)).args(arguments));
    let port = server.port();
    (server, port)
}

/// tlslite-ng from one version to another with these ciphers.
pub fn tlslite(issued: &Issued, least: &str, most: &str, ciphers: &[&str]) -> (Running, u16) {
    let arguments = [&[text(&issued.cert), text(&issued.key), least, most], ciphers].concat();
    peer("tlslite", &["tlslite-ng"], "tlslite_server.py", &arguments)
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port()
}

pub fn wait_for(port: u16) {
    let until = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nobody listens on port {port}");
        thread::sleep(Duration::from_millis(20));
    }
}
