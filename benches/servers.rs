//! Servers that benches compare: each a process with one core to itself, and the processor time that the kernel's
//! scheduler tells of it.
#![allow(dead_code, reason = "no bench uses all of it")]

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

/// The core that servers have to themselves.
pub const SERVER_CORE: usize = 0;
/// The core of the load on them.
pub const LOAD_CORE: usize = 1;

/// A server that runs until it is dropped.
pub struct Server {
    pub name: &'static str,
    pub port: u16,
    child: Child,
    /// Kept open for what it may print later.
    output: Option<ChildStdout>,
}

impl Server {
    /// Starts a server that prints its port first; none where it is not installed.
    pub fn start(name: &'static str, command: &mut Command) -> Option<Self> {
        Self::start_on(&[SERVER_CORE], name, command)
    }

    /// The same on other cores.
    pub fn start_on(cores: &[usize], name: &'static str, command: &mut Command) -> Option<Self> {
        let mut child = spawn(cores, name, command.stdout(Stdio::piped()))?;
        let mut output = child.stdout.take();
        let mut line = String::new();
        BufReader::new(output.as_mut()?).read_line(&mut line).ok()?;
        let Ok(port) = line.trim().parse() else { panic!("{name} prints {line:?} instead of its port") };
        Some(Self { name, port, child, output })
    }

    /// Starts an nginx of one process without a log; `rules` are what it serves, with `PORT` for its address.
    pub fn nginx(folder: &Path, rules: &str) -> Option<Self> {
        std::fs::create_dir_all(folder).ok()?;
        let port = free_port();
        let text = format!(
            "daemon off; master_process off; pid {0}/pid; error_log stderr crit; events {{ worker_connections 4096; }}
            http {{ access_log off; sendfile on; keepalive_requests 1000000000; client_body_temp_path {0}/b;
            proxy_temp_path {0}/p; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;
            default_type text/plain; {1} }}",
            folder.display(),
            rules.replace("PORT", &format!("127.0.0.1:{port}")),
        );
        let path = folder.join("nginx.conf");
        std::fs::write(&path, text).ok()?;
        Self::on(port, "nginx", Command::new("nginx").arg("-c").arg(path).args(["-e", "stderr"]))
    }

    /// Starts a server that listens on a known port and prints nothing.
    pub fn on(port: u16, name: &'static str, command: &mut Command) -> Option<Self> {
        let child = spawn(&[SERVER_CORE], name, command.stdout(Stdio::null()))?;
        let server = Self { name, port, child, output: None };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < end, "{} does not listen", self.name);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Seconds of user and system time of all its threads and children, to the nanosecond.
    pub fn processor_seconds(&self) -> f64 {
        processes(self.process()).into_iter().map(processor_seconds).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port()
}

/// Starts a child on its cores.
fn spawn(cores: &[usize], name: &str, command: &mut Command) -> Option<Child> {
    // A child inherits the cores of its parent.
    pin(cores);
    let spawned = command.stdin(Stdio::null()).spawn();
    pin(&[LOAD_CORE]);
    if spawned.is_err() {
        eprintln!("{name} is not installed and is left out");
    }
    spawned.ok()
}

/// Keeps this thread, and what it starts from now on, on these cores.
pub fn pin(cores: &[usize]) {
    let mut set = CpuSet::new();
    let chosen = cores.iter().try_for_each(|&core| set.set(core));
    // With a single core there is nothing to choose, and the result says so by itself.
    let _ = chosen.and_then(|()| sched_setaffinity(Pid::from_raw(0), &set));
}

/// A process and its children.
fn processes(process: u32) -> Vec<u32> {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|word| word.parse().ok());
    std::iter::once(process).chain(children).collect()
}

/// Seconds of user and system time of all threads of a process, to the nanosecond.
pub fn processor_seconds(process: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("the server runs");
    let of = |thread: std::fs::DirEntry| -> f64 {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
    };
    threads.flatten().map(of).sum::<f64>() / 1e9
}

/// The middle one of the results; not a number where there are none.
pub fn median(results: &[f64]) -> f64 {
    let mut sorted = results.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What to print behind a ratio that is more than it may be.
pub fn verdict(ratio: f64, most: f64) -> String {
    if ratio > most { format!("  goal missed: at most {most}") } else { String::new() }
}

/// How many requests wrk sees answered within a duration such as `2s`, over so many connections.
pub fn wrk(url: &str, connections: usize, duration: &str, flags: &[&str]) -> f64 {
    let output =
        Command::new("wrk").args(["-t1", "-c", &connections.to_string(), "-d", duration]).args(flags).arg(url).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).expect("wrk is installed");
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let count = text.lines().find_map(|line| line.trim().split_once(" requests in")).map(|(count, _)| count);
    count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}
