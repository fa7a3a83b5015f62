//! `cargo bench --bench port_scan`: all 65,535 TCP ports of this machine, 25 of which are open: by connections
//! against a bare scanner on epoll and nmap, by SYN segments (as root) against nmap. Whoever misses an open port
//! or invents one has failed. The bare scanner is this same program, started with `--bare`.
//!
//! Then, as root, 2,000 ports of a host behind a path of 20 ms, ranges of which are dropped and refused.

#[path = "port_scanners/bare.rs"]
mod bare;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use sentra::namespace;
use sentra::program;
use sentra::slow_path::{HOST, SlowPath, TCP};

const OPEN: usize = 25;
const HERE: &str = "127.0.0.1";

/// How many times a peer's time Sentra's may be.
const OF_BARE: f64 = 1.2;
const OF_NMAP: f64 = 1.0;

struct Scanner {
    name: &'static str,
    command: Command,
    /// The open ports in its output.
    read: fn(&str) -> BTreeSet<u16>,
    /// Elapsed and processor seconds of each round.
    rounds: Vec<(f64, f64)>,
    wrong: usize,
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if words.iter().any(|word| word == "--bare") {
        let open = bare::scan(1, u16::MAX).expect("the bare scanner runs");
        open.iter().for_each(|port| println!("{port}"));
        return;
    }
    let rounds = words.iter().skip_while(|word| *word != "--rounds").nth(1).and_then(|n| n.parse().ok()).unwrap_or(5);
    let listeners: Vec<TcpListener> =
        (0..OPEN).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let ours: BTreeSet<u16> = listeners.iter().map(|one| one.local_addr().expect("it is bound").port()).collect();
    let mut scanners = scanners();
    for _ in 0..rounds {
        for scanner in &mut scanners {
            scanner.measure(&ours);
        }
    }
    report(&scanners);
    if namespace::can_be_made() {
        slow_path(rounds.min(3));
    }
}

/// Those of the host's ports that its firewall lets through.
const REACHED: [u16; 5] = [22, 80, 950, 1500, 1999];

fn slow_path(rounds: usize) {
    let path = SlowPath::new("20", TCP, &[]).with_rules();
    let ours: BTreeSet<u16> = REACHED.into();
    let within = |command: Command| {
        let mut there = path.scanner.command(command.get_program());
        there.args(command.get_args());
        there
    };
    let sentra = |scan_type| within(sentra(HOST, 2000, scan_type));
    let nmap = |scan| within(nmap(HOST, 2000, scan));
    let mut scanners = vec![
        Scanner::new("sentra TCP", sentra("TCP"), lines),
        Scanner::new("nmap -sT", nmap("-sT"), grepable),
        Scanner::new("sentra SYN", sentra("SYN"), lines),
        Scanner::new("nmap -sS", nmap("-sS"), grepable),
    ];
    for _ in 0..rounds {
        scanners.iter_mut().for_each(|scanner| scanner.measure(&ours));
    }
    println!("over a path of 20 ms, 2,000 ports:");
    report(&scanners);
}

fn scanners() -> Vec<Scanner> {
    let mut bare = Command::new(std::env::current_exe().expect("the path of the running bench"));
    bare.arg("--bare");
    vec![
        Scanner::new("bare", bare, lines),
        Scanner::new("sentra TCP", sentra(HERE, u16::MAX, "TCP"), lines),
        Scanner::new("nmap -sT", nmap(HERE, u16::MAX, "-sT"), grepable),
        Scanner::new("sentra SYN", sentra(HERE, u16::MAX, "SYN"), lines),
        Scanner::new("nmap -sS", nmap(HERE, u16::MAX, "-sS"), grepable),
    ]
}

fn sentra(host: &str, last: u16, scan_type: &str) -> Command {
    let mut command = program::sentra_vm();
    let scan = format!("port_scan(\"{host}\", 1, {last}, \"{scan_type}\", {{banner: false}})");
    command.args(["eval", &format!("for one in {scan} {{ if one.state == \"open\" {{ log(one.port) }} }}")]);
    command
}

fn nmap(host: &str, last: u16, scan: &str) -> Command {
    let mut command = Command::new("nmap");
    command.args(["-n", "-Pn", scan, "-T4", &format!("-p1-{last}"), "-oG", "-", host]);
    command
}

fn lines(output: &str) -> BTreeSet<u16> {
    output.lines().filter_map(|line| line.parse().ok()).collect()
}

fn grepable(output: &str) -> BTreeSet<u16> {
    let words = output.split([' ', '\t', ',']);
    words.filter_map(|word| word.split_once("/open/")?.0.parse().ok()).collect()
}

impl Scanner {
    fn new(name: &'static str, command: Command, read: fn(&str) -> BTreeSet<u16>) -> Self {
        Self { name, command, read, rounds: Vec::new(), wrong: 0 }
    }

    fn measure(&mut self, ours: &BTreeSet<u16>) {
        let (begun, before) = (Instant::now(), processor_seconds());
        let output = self.command.stdin(Stdio::null()).stderr(Stdio::null()).output();
        let elapsed = begun.elapsed().as_secs_f64();
        let Ok(output) = output.map_err(|error| eprintln!("{}: {error}", self.name)) else { return };
        self.rounds.push((elapsed, processor_seconds() - before));
        let found = (self.read)(&String::from_utf8_lossy(&output.stdout));
        // Others may listen here too; ours have to be there.
        self.wrong += usize::from(!found.is_superset(ours));
    }

    /// The medians of elapsed and processor seconds.
    fn medians(&self) -> Option<(f64, f64)> {
        let median = |of: fn(&(f64, f64)) -> f64| {
            let mut all: Vec<f64> = self.rounds.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied()
        };
        Some((median(|round| round.0)?, median(|round| round.1)?))
    }
}

fn processor_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage of children has no way to fail");
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

fn report(scanners: &[Scanner]) {
    println!("{:<12}{:>10}{:>10}{:>8}", "scanner", "seconds", "CPU", "wrong");
    for scanner in scanners {
        if let Some((elapsed, processor)) = scanner.medians() {
            println!("{:<12}{elapsed:>10.3}{processor:>10.3}{:>8}", scanner.name, scanner.wrong);
        }
    }
    let of = |name| scanners.iter().find(|one| one.name == name).and_then(Scanner::medians);
    for (own, peer, goal) in
        [("sentra TCP", "bare", OF_BARE), ("sentra TCP", "nmap -sT", OF_NMAP), ("sentra SYN", "nmap -sS", OF_NMAP)]
    {
        let (Some(ours), Some(theirs)) = (of(own), of(peer)) else { continue };
        let (elapsed, processor) = (ours.0 / theirs.0, ours.1 / theirs.1);
        let note = if elapsed > goal { format!("  goal missed: at most {goal}") } else { String::new() };
        println!("{own} takes {elapsed:.2} of the time of {peer}, {processor:.2} of its processor time{note}");
    }
}
