//! `cargo bench --bench static_files`: processor time per request of a Sentra server and of nginx that serve the same file of
//! 64 KiB, in alternated rounds.
//!
//! The server has one core to itself and wrk the other. nginx runs as one process with `sendfile` and without a log; its
//! other settings are its own.

mod options;
#[allow(dead_code, reason = "the other benches use the rest")]
mod peer;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

const SIZE: usize = 64 << 10;
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;
/// How many times nginx's cost Sentra's may be.
const OF_NGINX: f64 = 1.0;

struct Server {
    name: &'static str,
    command: Command,
    port: u16,
    /// Microseconds per request of each round.
    costs: Vec<f64>,
}

fn main() {
    let options = options::from_command_line(5);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("static-files");
    fs::create_dir_all(folder.join("site")).expect("a folder can be made");
    let content: Vec<u8> = (0..SIZE).map(|at| (at * 31 + at / 253) as u8).collect();
    fs::write(folder.join("site/file"), content).expect("a file can be written");
    let mut servers = [sentra(&folder), nginx(&folder)];
    for _ in 0..options.rounds {
        for server in &mut servers {
            match measure(server) {
                Ok(cost) => server.costs.push(cost),
                Err(reason) => eprintln!("{}: {reason}", server.name),
            }
        }
    }
    println!("{:<12}{:>20}", "server", "CPU us/request");
    let medians: Vec<Option<f64>> = servers.iter().map(|server| median(&server.costs)).collect();
    for (server, median) in servers.iter().zip(&medians) {
        println!("{:<12}{:>20.2}", server.name, median.unwrap_or(f64::NAN));
    }
    if let [Some(sentra), Some(nginx)] = medians[..] {
        let ratio = sentra / nginx;
        let verdict = if ratio <= OF_NGINX { "within" } else { "MISSES" };
        println!("Sentra's is {ratio:.2} of nginx's, {verdict} the bar of {OF_NGINX}");
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("a listener has an address").port()
}

fn sentra(folder: &Path) -> Server {
    let port = free_port();
    let script = format!(
        "let server = http_server_create(\"127.0.0.1\", {port})\nhttp_server_static(server.id, \"/\", \"{}\")\nhttp_server_start(server.id)\n",
        folder.join("site").display()
    );
    let path = folder.join("server.sn");
    fs::write(&path, script).expect("a script can be written");
    Server { name: "Sentra", command: peer::sentra().command(&path), port, costs: Vec::new() }
}

fn nginx(folder: &Path) -> Server {
    let port = free_port();
    let settings = format!(
        "daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; sendfile on; keepalive_requests 1000000000;
            client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
            uwsgi_temp_path {folder}; scgi_temp_path {folder};
            server {{ listen 127.0.0.1:{port}; root {folder}/site; }}
        }}\n",
        folder = folder.display()
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, settings).expect("settings can be written");
    let mut command = Command::new("nginx");
    command.arg("-c").arg(path);
    Server { name: "nginx", command, port, costs: Vec::new() }
}

fn measure(server: &mut Server) -> Result<f64, String> {
    // A child inherits the core of its parent.
    pin(SERVER_CORE);
    let child = server.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn();
    pin(LOAD_CORE);
    let mut child = child.map_err(|e| e.to_string())?;
    let cost = load(&child, server.port);
    let _ = child.kill();
    let _ = child.wait();
    cost
}

fn load(server: &Child, port: u16) -> Result<f64, String> {
    let until = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > until {
            return Err("it does not listen".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    wrk(port, "1s")?;
    let before = processor_seconds(server.id())?;
    let requests = wrk(port, "3s")?;
    Ok((processor_seconds(server.id())? - before) * 1e6 / requests)
}

/// How many requests were answered.
fn wrk(port: u16, duration: &str) -> Result<f64, String> {
    let url = format!("http://127.0.0.1:{port}/file");
    let output = Command::new("wrk").args(["-t1", "-c32", "-d", duration, &url]).output();
    let text = String::from_utf8_lossy(&output.map_err(|e| format!("wrk: {e}"))?.stdout).into_owned();
    let requests =
        text.split_once(" requests in").and_then(|(before, _)| before.split_whitespace().last()?.parse().ok());
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return Err(text);
    }
    requests.ok_or(text)
}

fn pin(core: usize) {
    let mut cores = CpuSet::new();
    // With a single core there is nothing to choose, and the result says so by itself.
    let _ = cores.set(core).and_then(|()| sched_setaffinity(Pid::from_raw(0), &cores));
}

/// User and system time of all threads, to the nanosecond.
fn processor_seconds(process: u32) -> Result<f64, String> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).map_err(|e| e.to_string())?;
    let mut nanoseconds = 0.0;
    for thread in threads.flatten() {
        let text = fs::read_to_string(thread.path().join("schedstat")).map_err(|e| e.to_string())?;
        let first = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
        nanoseconds += first.ok_or("schedstat has no times")?;
    }
    Ok(nanoseconds / 1e9)
}

fn median(costs: &[f64]) -> Option<f64> {
    let mut sorted = costs.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
