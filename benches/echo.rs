//! `cargo bench --bench echo`: round trips per second over 64 connections and processor time per message, of an
//! echo server in Sentra, one in Rust on bare mio, one in Node and one in Python's asyncio.
//!
//! The server has one core to itself and the load the other; the servers take turns. The bare server is this
//! same program, started with `--serve`.

mod bare;
mod load;
#[path = "echo_servers/mio.rs"]
mod mio_server;
mod options;
mod peer;
mod servers;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use load::{Load, Talk};

const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(3);
/// Bytes in a message: a short request.
const MESSAGE: usize = 64;

/// How many times the bare server's cost Sentra's may be, and how far ahead of the other servers it has to be.
const OF_BARE: f64 = 1.4;
const AHEAD: f64 = 1.5;

struct Contestant {
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
    let mut servers = contestants();
    servers.retain(|server| server.name.contains(&options.filter));
    for _ in 0..options.rounds {
        for server in &mut servers {
            match measure(server) {
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

fn contestants() -> Vec<Contestant> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/echo_servers");
    let mut bare = Command::new(std::env::current_exe().expect("the path of the running bench"));
    bare.arg("--serve");
    let mut servers = vec![Contestant { name: "bare mio", command: bare, results: Vec::new() }];
    for peer in std::iter::once(peer::sentra()).chain(peer::others()) {
        let script = directory.join("echo").with_extension(peer.extension);
        if script.is_file() {
            servers.push(Contestant { name: peer.name, command: peer.command(&script), results: Vec::new() });
        }
    }
    servers
}

fn measure(contestant: &mut Contestant) -> Result<Measure, String> {
    let server = servers::Server::start(contestant.name, &mut contestant.command).ok_or("it does not start")?;
    let talk = Talk { hello: b"", message: vec![b'x'; MESSAGE], answer: MESSAGE, to_all: false };
    let mut load = Load::connect(server.port, CONNECTIONS, talk).map_err(|e| e.to_string())?;
    load.run(WARM_UP).map_err(|e| e.to_string())?;
    let before = server.processor_seconds();
    let (trips, seconds) = load.run(MEASURED).map_err(|e| e.to_string())?;
    let busy = server.processor_seconds() - before;
    Ok(Measure { trips_per_second: trips as f64 / seconds, microseconds_per_trip: busy * 1e6 / trips as f64 })
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
