//! `cargo bench --bench analyze_ssl`: how long `analyze_ssl` takes for an nginx on this machine, and how long nmap's
//! `ssl-enum-ciphers` and sslyze take for the same, in alternated rounds.
//!
//! Elapsed time of whole processes, since most of the work is the server's. Sentra's analysis is whole; nmap's
//! enumerates suites only, and sslyze's suites, certificate, curves and what else it does when it is not told otherwise.

mod options;
#[allow(dead_code, reason = "the other benches use the rest")]
mod peer;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sentra::certificates::{Authority, Wish};
use sentra::python;
use sentra::running::Running;

/// A tool, and the seconds of its rounds.
struct Tool {
    name: &'static str,
    command: Command,
    seconds: Vec<f64>,
}

fn main() {
    let options = options::from_command_line(5);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("analyze-ssl");
    let authority = Authority::new(&folder, "Bench");
    let rsa = authority.issue("rsa", Wish { key: "rsa:2048", ..Wish::default() });
    let port = free_port();
    let settings = format!(
        "daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit; events {{}}
        http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
        uwsgi_temp_path {folder}; scgi_temp_path {folder};
        server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3; return 200 hello; }} }}\n",
        folder = folder.display(),
        cert = rsa.cert.display(),
        key = rsa.key.display(),
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, settings).expect("settings can be written");
    let _server = Running::start(Command::new("nginx").arg("-c").arg(&path));
    wait_for(port);
    let mut tools = [sentra(&folder, port), nmap(port), sslyze(port)];
    for _ in 0..options.rounds {
        for tool in &mut tools {
            let begun = Instant::now();
            let status = tool.command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            match status {
                Ok(status) if status.success() => tool.seconds.push(begun.elapsed().as_secs_f64()),
                other => eprintln!("{}: {other:?}", tool.name),
            }
        }
    }
    println!("{:<24}{:>10}{:>16}", "tool", "seconds", "Sentra over it");
    let sentra = median(&tools[0].seconds);
    for tool in &tools {
        let median = median(&tool.seconds);
        println!("{:<24}{median:>10.3}{:>16.2}", tool.name, sentra / median);
    }
}

fn sentra(folder: &Path, port: u16) -> Tool {
    let path = folder.join("analyze.sn");
    let script = format!("let result = analyze_ssl(\"127.0.0.1\", {port})\nassert(result.complete)\n");
    fs::write(&path, script).expect("a script can be written");
    Tool { name: "Sentra", command: peer::sentra().command(&path), seconds: Vec::new() }
}

fn nmap(port: u16) -> Tool {
    let mut command = Command::new("nmap");
    // The sign has it look although the port is not one that it expects TLS at.
    command.args(["-n", "-Pn", "-sT", "--script", "+ssl-enum-ciphers", "-p", &port.to_string(), "127.0.0.1"]);
    Tool { name: "nmap ssl-enum-ciphers", command, seconds: Vec::new() }
}

fn sslyze(port: u16) -> Tool {
    let mut command = python::with("sslyze", Path::new(env!("CARGO_TARGET_TMPDIR")), &["sslyze"]);
    command.args(["-m", "sslyze", "--mozilla_config=disable", &format!("localhost:{port}{{127.0.0.1}}")]);
    Tool { name: "sslyze", command, seconds: Vec::new() }
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("a listener has an address").port()
}

fn wait_for(port: u16) {
    let until = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nginx does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
}
