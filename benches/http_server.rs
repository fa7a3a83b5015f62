//! `cargo bench --bench http_server`: processor time for each request of HTTP servers: Sentra, a bare one on mio that
//! answers fixed bytes, nginx and Node; and what an idle connection holds.
//!
//! The server has one core and wrk the other; the servers take turns. The bare server is this same program, started
//! with `--serve`.

#[path = "http_servers/mio.rs"]
mod mio_server;
mod options;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use sentra::program;

const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;
const SECONDS: &str = "-d2s";
/// Connections that stay idle.
const IDLE: usize = 9_000;
const MOST_IDLE_KIB: f64 = 2.0;

/// What is asked, and how many times the bare server's processor time Sentra may take.
const LOADS: [(&str, &str, &[&str], f64); 3] = [
    ("text", "/", &[], 1.35),
    ("parameter and JSON", "/users/42", &[], 1.6),
    ("Connection: close", "/", &["-H", "Connection: close"], 1.25),
];

struct Server {
    name: &'static str,
    child: Child,
    port: u16,
    /// Microseconds for a request, by load and round.
    results: Vec<Vec<f64>>,
}

fn main() {
    if std::env::args().any(|word| word == "--serve") {
        mio_server::serve().expect("the bare server runs");
    }
    let options = options::from_command_line(3);
    // A child inherits the core of its parent.
    pin(SERVER_CORE);
    let mut servers = servers();
    pin(LOAD_CORE);
    for _ in 0..options.rounds {
        for (load, (_, path, flags, _)) in LOADS.iter().enumerate() {
            for server in &mut servers {
                let microseconds = measure(server, path, flags);
                server.results[load].push(microseconds);
            }
        }
    }
    report(&servers);
    let sentra = servers.iter_mut().find(|server| server.name == "sentra").expect("it is among them");
    let kib = idle(sentra);
    let note = if kib > MOST_IDLE_KIB { "  goal missed: at most 2" } else { "" };
    println!("an idle connection holds {kib:.2} KiB{note}");
    for server in &mut servers {
        let _ = server.child.kill();
        let _ = server.child.wait();
    }
}

fn servers() -> Vec<Server> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/http_servers");
    let mut bare = Command::new(std::env::current_exe().expect("the path of the running bench"));
    bare.arg("--serve");
    let mut sentra = program::sentra_vm();
    sentra.arg("run").arg(folder.join("http.sn"));
    let mut node = Command::new("node");
    node.arg(folder.join("http.js"));
    let mut servers: Vec<Server> =
        [("bare mio", bare), ("sentra", sentra), ("node", node)].into_iter().filter_map(start).collect();
    servers.extend(nginx());
    servers
}

fn start((name, mut command): (&'static str, Command)) -> Option<Server> {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        eprintln!("{name} is not installed and is left out");
        return None;
    };
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    let port = line.trim().parse().ok()?;
    Some(Server { name, child, port, results: vec![Vec::new(); LOADS.len()] })
}

fn nginx() -> Option<Server> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-nginx");
    std::fs::create_dir_all(&folder).ok()?;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).ok()?.port();
    let config = format!(
        "daemon off; master_process off; pid {0}/pid; error_log stderr crit; events {{ worker_connections 1024; }}
        http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {0}/b; proxy_temp_path {0}/p;
        fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s; default_type text/plain;
        server {{ listen 127.0.0.1:{port}; location / {{ return 200 \"Hello, World!\"; }} }} }}",
        folder.display()
    );
    let path = folder.join("nginx.conf");
    std::fs::write(&path, config).ok()?;
    let child = Command::new("nginx").arg("-c").arg(path).args(["-e", "stderr"]).spawn();
    let Ok(child) = child else {
        eprintln!("nginx is not installed and is left out");
        return None;
    };
    thread::sleep(Duration::from_millis(500));
    Some(Server { name: "nginx", child, port, results: vec![Vec::new(); LOADS.len()] })
}

/// Microseconds of the server's processor time for a request.
fn measure(server: &Server, path: &str, flags: &[&str]) -> f64 {
    let url = format!("http://127.0.0.1:{}{path}", server.port);
    let before = processor_seconds(server.child.id());
    let output = Command::new("wrk").args(["-t1", "-c64", SECONDS]).args(flags).arg(url).output();
    let busy = processor_seconds(server.child.id()) - before;
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).expect("wrk is installed");
    let count = output.lines().find_map(|line| line.trim().split_once(" requests in")).map(|(count, _)| count);
    let requests: f64 = count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{output}"));
    busy * 1e6 / requests
}

/// User and system time of all threads, to the nanosecond.
fn processor_seconds(process: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("the server runs");
    let of = |thread: std::fs::DirEntry| -> f64 {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
    };
    threads.flatten().map(of).sum::<f64>() / 1e9
}

fn pin(core: usize) {
    let mut cores = CpuSet::new();
    // With a single core there is nothing to choose, and the result says so by itself.
    let _ = cores.set(core).and_then(|()| sched_setaffinity(Pid::from_raw(0), &cores));
}

fn median(results: &[f64]) -> f64 {
    let mut sorted = results.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn report(servers: &[Server]) {
    for (load, (name, _, _, most)) in LOADS.iter().enumerate() {
        let bare = servers.iter().find(|server| server.name == "bare mio").map(|server| median(&server.results[load]));
        for server in servers {
            let own = median(&server.results[load]);
            let ratio = own / bare.unwrap_or(f64::NAN);
            let missed = server.name == "sentra" && ratio > *most;
            let note = if missed { format!("  goal missed: at most {most}") } else { String::new() };
            println!("{name:<20}{:<10}{own:>8.2} us{ratio:>7.2} times the bare server's{note}", server.name);
        }
    }
}

/// KiB that an idle connection holds, after a request on each.
fn idle(server: &Server) -> f64 {
    let resident = || program::memory(server.child.id(), "VmRSS") as f64;
    let open = |count: usize| -> Vec<TcpStream> { (0..count).map(|_| ask(server.port)).collect() };
    let warm = open(100);
    let before = resident();
    let idle = open(IDLE);
    let kib = (resident() - before) / idle.len() as f64;
    drop(warm);
    kib
}

fn ask(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens; `ulimit -n` allows it");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
    let mut answer = [0; 512];
    assert!(stream.read(&mut answer).is_ok_and(|len| len > 0), "it answers");
    stream
}
