//! `cargo bench --bench http_server`: processor time for each request of HTTP servers: Sentra, a bare one on mio that
//! answers fixed bytes, nginx and Node; what an idle connection holds; what a slow client costs the others; and what a second worker adds.
//!
//! The server has one core and wrk the other; the servers take turns. The bare server is this same program, started
//! with `--serve`.

mod bare;
#[path = "http_servers/mio.rs"]
mod mio_server;
mod options;
mod servers;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program;
use servers::{LOAD_CORE, SERVER_CORE, Server, median, verdict};

/// Connections that stay idle.
const IDLE: usize = 9_000;
const MOST_IDLE_KIB: f64 = 2.0;
/// Clients that send their requests a byte at a time.
const SLOW: usize = 5_000;
/// The part of its requests per second that a server is to keep beside them.
const BESIDE_SLOW: f64 = 0.95;
/// How many times the requests of one worker two are to serve.
const TWO_WORKERS: f64 = 1.7;

/// What is asked, and how many times the bare server's processor time Sentra may take.
const LOADS: [(&str, &str, &[&str], f64); 3] = [
    ("text", "/", &[], 1.35),
    ("parameter and JSON", "/users/42", &[], 1.6),
    ("Connection: close", "/", &["-H", "Connection: close"], 1.25),
];

fn main() {
    if std::env::args().any(|word| word == "--serve") {
        mio_server::serve().expect("the bare server runs");
    }
    let options = options::from_command_line(3);
    let wants = |part: &str| part.contains(&options.filter);
    if wants("requests") {
        requests(options.rounds);
    }
    if wants("idle") {
        let kib = idle(&started(&mut sentra("http.sn")));
        println!("an idle connection holds {kib:.2} KiB{}", verdict(kib, MOST_IDLE_KIB));
    }
    if wants("slow") {
        slow_clients(options.rounds);
    }
    if wants("workers") {
        workers(options.rounds);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/http_servers")
}

fn sentra(script: &str) -> Command {
    let mut command = program::sentra_vm();
    command.arg("run").arg(folder().join(script));
    command
}

fn started(command: &mut Command) -> Server {
    Server::start("sentra", command).expect("Sentra starts")
}

fn all_servers() -> Vec<Server> {
    let mut bare = Command::new(std::env::current_exe().expect("the path of the running bench"));
    bare.arg("--serve");
    let mut node = Command::new("node");
    node.arg(folder().join("http.js"));
    let commands = [("bare mio", bare), ("sentra", sentra("http.sn")), ("node", node)];
    let mut servers: Vec<Server> =
        commands.into_iter().filter_map(|(name, mut command)| Server::start(name, &mut command)).collect();
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-nginx");
    let rules = "server { listen PORT; location / { return 200 \"Hello, World!\"; } }";
    servers.extend(Server::nginx(&scratch, rules));
    servers
}

/// Processor time for a request, of all servers in turn.
fn requests(rounds: usize) {
    let servers = all_servers();
    for (load, path, flags, most) in LOADS {
        let mut results = vec![Vec::new(); servers.len()];
        for _ in 0..rounds {
            for (server, results) in servers.iter().zip(&mut results) {
                results.push(microseconds(server, path, flags));
            }
        }
        let bare = median(&results[0]);
        for (server, results) in servers.iter().zip(&results) {
            let (own, ratio) = (median(results), median(results) / bare);
            let note = if server.name == "sentra" { verdict(ratio, most) } else { String::new() };
            println!("{load:<20}{:<10}{own:>8.2} us{ratio:>7.2} times the bare server's{note}", server.name);
        }
    }
}

/// Microseconds of the server's processor time for a request.
fn microseconds(server: &Server, path: &str, flags: &[&str]) -> f64 {
    let before = server.processor_seconds();
    let requests = servers::wrk(&url(server, path), 64, "2s", flags);
    (server.processor_seconds() - before) * 1e6 / requests
}

fn url(server: &Server, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", server.port)
}

/// KiB that an idle connection holds, after a request on each.
fn idle(server: &Server) -> f64 {
    let resident = || program::memory(server.process(), "VmRSS") as f64;
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

/// Requests per second beside clients that never finish their requests, and without them.
fn slow_clients(rounds: usize) {
    let mut parts = Vec::new();
    for _ in 0..rounds {
        let server = started(&mut sentra("http.sn"));
        let alone = servers::wrk(&url(&server, "/"), 64, "3s", &[]);
        let slow = SlowClients::connect(server.port);
        let beside = servers::wrk(&url(&server, "/"), 64, "3s", &[]);
        parts.push(beside / alone);
        slow.end();
    }
    let part = median(&parts);
    let note = if part < BESIDE_SLOW { format!("  goal missed: at least {BESIDE_SLOW}") } else { String::new() };
    println!("beside {SLOW} slow clients others get {part:.2} of their requests per second{note}");
}

/// Clients that each send a byte of a request now and then, in a thread of their own.
struct SlowClients {
    stop: std::sync::mpsc::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl SlowClients {
    fn connect(port: u16) -> Self {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ";
        let start = || {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
            stream.write_all(head).expect("it reads");
            stream
        };
        let mut streams: Vec<TcpStream> = (0..SLOW).map(|_| start()).collect();
        let (stop, stopped) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            // Every client sends a byte in about two seconds, as the known attack does in ten.
            while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(Duration::from_secs(2)) {
                streams.iter_mut().for_each(|stream| drop(stream.write_all(b"x")));
            }
        });
        Self { stop, thread }
    }

    fn end(self) {
        drop(self.stop);
        self.thread.join().expect("it only writes");
    }
}

/// How many times the requests of one worker two serve. A request takes so much longer to answer than to ask that the
/// load hardly takes anything from the cores that the workers have.
fn workers(rounds: usize) {
    let cores = [SERVER_CORE, LOAD_CORE];
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let served = ["1", "2"].map(|count| {
            let mut command = program::sentra_vm();
            command.args(["run", "--workers", count]).arg(folder().join("work.sn"));
            let server = Server::start_on(&cores, "sentra", &mut command).expect("Sentra starts");
            servers::pin(&cores);
            servers::wrk(&url(&server, "/"), 64, "4s", &[])
        });
        ratios.push(served[1] / served[0]);
    }
    let ratio = median(&ratios);
    let note = if ratio < TWO_WORKERS { format!("  goal missed: at least {TWO_WORKERS}") } else { String::new() };
    println!("two workers serve {ratio:.2} times what one serves{note}");
}
