//! `cargo bench --bench echo`: round trips per second over 64 connections and processor time per message, of an
//! echo server in Sentra, one in Rust on bare mio, one in Node and one in Python's asyncio.
//!
//! The server has one core to itself and the load the other; the servers take turns. The bare server is this
//! same program, started with `--serve`.

#[path = "echo_servers/load.rs"]
mod load;
#[path = "echo_servers/mio.rs"]
mod mio_server;
mod options;
mod peer;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(3);
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// How many times the bare server's cost Sentra's may be, and how far ahead of the other servers it has to be.
const OF_BARE: f64 = 1.4;
const AHEAD: f64 = 1.5;

struct Server {
    name: &'static str,
    command: Command,
    results: Vec<Measure>,
}

#[derive(Clone, Copy)]
struct Measure {
    trips_per_second: f64,
    microseconds_per_trip: f64,
}

fn main() {
    if std::env::args().any(|word| word == "--serve") {
        mio_server::serve().expect("the bare server runs");
    }
    let options = options::from_command_line(3);
    let mut servers = servers();
    servers.retain(|server| server.name.contains(&options.filter));
    for _ in 0..options.rounds {
        for server in &mut servers {
            match measure(&mut server.command) {
                Ok(measure) => server.results.push(measure),
                Err(reason) => eprintln!("{}: {reason}", server.name),
            }
        }
    }
    println!("{:<12}{:>18}{:>22}", "server", "round trips/s", "CPU us/round trip");
    let results: Vec<_> = servers.iter().filter_map(|server| Some((server.name, median(&server.results)?))).collect();
    for (name, result) in &results {
        println!("{name:<12}{:>18.0}{:>22.2}", result.trips_per_second, result.microseconds_per_trip);
    }
    compare(&results);
}

fn servers() -> Vec<Server> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/echo_servers");
    let mut bare = Command::new(std::env::current_exe().expect("the path of the running bench"));
    bare.arg("--serve");
    let mut servers = vec![Server { name: "bare mio", command: bare, results: Vec::new() }];
    for peer in std::iter::once(peer::sentra()).chain(peer::others()) {
        let script = directory.join("echo").with_extension(peer.extension);
        if script.is_file() {
            servers.push(Server { name: peer.name, command: peer.command(&script), results: Vec::new() });
        }
    }
    servers
}

fn measure(command: &mut Command) -> Result<Measure, String> {
    // A child inherits the core of its parent.
    pin(SERVER_CORE);
    let server = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    pin(LOAD_CORE);
    let mut server = server.map_err(|e| e.to_string())?;
    let measure = load_on(&mut server);
    let _ = server.kill();
    let _ = server.wait();
    measure
}

fn load_on(server: &mut Child) -> Result<Measure, String> {
    let mut line = String::new();
    let output = server.stdout.take().expect("stdout is a pipe");
    BufReader::new(output).read_line(&mut line).map_err(|e| e.to_string())?;
    let port = line.trim().parse().map_err(|_| format!("prints {line:?} instead of its port"))?;
    let mut load = load::Load::connect(port, CONNECTIONS).map_err(|e| e.to_string())?;
    load.run(WARM_UP).map_err(|e| e.to_string())?;
    let before = processor_seconds(server.id())?;
    let (trips, seconds) = load.run(MEASURED).map_err(|e| e.to_string())?;
    let busy = processor_seconds(server.id())? - before;
    Ok(Measure { trips_per_second: trips as f64 / seconds, microseconds_per_trip: busy * 1e6 / trips as f64 })
}

fn pin(core: usize) {
    let mut cores = CpuSet::new();
    // With a single core there is nothing to choose, and the result says so by itself.
    let _ = cores.set(core).and_then(|()| sched_setaffinity(Pid::from_raw(0), &cores));
}

/// User and system time of all threads, to the nanosecond.
fn processor_seconds(process: u32) -> Result<f64, String> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).map_err(|e| e.to_string())?;
    let mut nanoseconds = 0.0;
    for thread in threads.flatten() {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).map_err(|e| e.to_string())?;
        let first = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
        nanoseconds += first.ok_or("schedstat has no times")?;
    }
    Ok(nanoseconds / 1e9)
}

fn median(results: &[Measure]) -> Option<Measure> {
    let mut sorted = results.to_vec();
    sorted.sort_by(|a, b| a.trips_per_second.total_cmp(&b.trips_per_second));
    sorted.get(sorted.len() / 2).copied()
}

fn compare(results: &[(&str, Measure)]) {
    let of = |name| results.iter().find(|(found, _)| *found == name).map(|(_, measure)| *measure);
    let Some(own) = of("sentra") else { return };
    if let Some(bare) = of("bare mio") {
        let trips = bare.trips_per_second / own.trips_per_second;
        let cost = own.microseconds_per_trip / bare.microseconds_per_trip;
        println!("bare mio does {trips:.2} times the round trips; Sentra's cost {cost:.2} times the CPU");
        if trips > OF_BARE || cost > OF_BARE {
            println!("goal missed: at most {OF_BARE} for both");
        }
    }
    for (name, other) in results.iter().filter(|(name, _)| !matches!(*name, "sentra" | "bare mio")) {
        let ahead = own.trips_per_second / other.trips_per_second;
        let note = if ahead < AHEAD { format!("  goal missed: at least {AHEAD}") } else { String::new() };
        println!("Sentra does {ahead:.2} times the round trips of {name}{note}");
    }
}
