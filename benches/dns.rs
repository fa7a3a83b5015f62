//! Lookups of names a second and core, a hundred at once and nothing remembered, against
//! hickory's resolver, Go's, and c-ares in Node. The time is the processor time of the whole
//! process, the system's included; the name server is Knot.

#[allow(dead_code)] // What counts here is the time of the system too.
mod child;
mod options;

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use sentra::name_server::{NameServer, Software, Wish};
use sentra::program;

/// Lookups of one run.
const COUNT: usize = 30_000;
/// What is answered to all of them.
const ZONE: &str =
    "$ORIGIN example.\n$TTL 300\n@ IN SOA ns mail 1 2 3 4 5\n@ IN NS ns\nns IN A 192.0.2.53\n* IN A 192.0.2.1\n";
/// The least that Sentra may reach of each peer.
const GOALS: [(&str, f64); 3] = [("hickory", 1.0), ("go", 1.0), ("node", 0.8)];

fn main() {
    let options = options::from_command_line(3);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let zones = [("example", ZONE)];
    let wish = Wish { zones: &zones, folder, address: "127.0.0.1", port: 0, on: None, tls: None };
    let server = NameServer::start(Software::Knot, wish);
    let commands = commands(folder);
    let mut best = vec![f64::INFINITY; commands.len()];
    for _ in 0..options.rounds {
        for ((name, command), best) in commands.iter().zip(&mut best) {
            let seconds = measure(name, command, server.port);
            *best = best.min(seconds);
        }
    }
    println!("{:10} {:>12} {:>8} {:>6}", "", "lookups/s", "ratio", "goal");
    for ((name, _), seconds) in commands.iter().zip(&best) {
        let goal = GOALS.iter().find(|(peer, _)| peer == name).map(|(_, goal)| *goal);
        let (rate, ratio) = (COUNT as f64 / seconds, seconds / best[0]);
        match goal {
            Some(goal) => println!("{name:10} {rate:>12.0} {ratio:>8.2} {goal:>6}"),
            None => println!("{name:10} {rate:>12.0}"),
        }
    }
}

/// Sentra and the peers that can be had here, as commands that take a port and a count.
fn commands(folder: &Path) -> Vec<(&'static str, Vec<PathBuf>)> {
    let own = program::root().join("benches/dns_resolvers");
    let mut commands =
        vec![("sentra", vec![program::sentra_vm().get_program().into(), "run".into(), own.join("sentra.sn")])];
    let hickory = folder.join("hickory");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--quiet", "--manifest-path"]).arg(own.join("hickory/Cargo.toml"));
    if is_built(cargo.arg("--target-dir").arg(&hickory)) {
        commands.push(("hickory", vec![hickory.join("release/hickory-lookups")]));
    }
    let go = folder.join("go-lookups");
    if is_built(Command::new("go").arg("build").arg("-o").arg(&go).arg(own.join("go/main.go"))) {
        commands.push(("go", vec![go]));
    }
    commands.push(("node", vec!["node".into(), own.join("node.js")]));
    commands
}

fn is_built(command: &mut Command) -> bool {
    let built = command.status().is_ok_and(|status| status.success());
    if !built {
        eprintln!("left out, since it cannot be built: {command:?}");
    }
    built
}

/// Seconds of processor time that all lookups take.
fn measure(name: &str, command: &[PathBuf], port: u16) -> f64 {
    let before = processor_seconds();
    let mut run = Command::new(&command[0]);
    run.args(&command[1..]).args([port.to_string(), COUNT.to_string()]);
    let outcome = child::run(&mut run).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(outcome.output.trim(), COUNT.to_string(), "{name} has found all names");
    processor_seconds() - before
}

/// What children have used so far, the system's time for them included.
fn processor_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system keeps account of children");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    micros as f64 / 1e6
}
