//! `cargo bench --bench pauses`: how long the collector stops a program that holds a gigabyte and goes on allocating.
//!
//! The figures are the virtual machine's own, those of `sentra-vm run --stats` for `pauses.sn`.

mod options;

use std::path::Path;
use std::time::Duration;

use sentra::program::{self, sentra_vm};

/// The longest pause that 99 of 100 may reach, in milliseconds.
const LONGEST_MS: f64 = 10.0;

/// Less would not be the heap that is meant.
const LEAST_MB: f64 = 1000.0;

const LONGEST_RUN: Duration = Duration::from_secs(180);

fn main() {
    let options = options::from_command_line(1);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pauses.sn");
    for _ in 0..options.rounds {
        let outcome = program::run(sentra_vm().args(["run", "--stats"]).arg(&script), b"", LONGEST_RUN);
        if outcome.status != Some(0) {
            println!("failed: {}", outcome.errors());
            std::process::exit(1);
        }
        print!("sessions held and made: {}{}", outcome.output(), outcome.errors());
        judge(&outcome.errors());
    }
}

fn judge(statistics: &str) {
    match (figure(statistics, "pause p99"), figure(statistics, "peak heap")) {
        (Some(pause), Some(_)) if pause > LONGEST_MS => println!("goal missed: at most {LONGEST_MS} ms (p99)"),
        (Some(_), Some(heap)) if heap < LEAST_MB => println!("the heap is too small: at least {LEAST_MB} MB"),
        (Some(_), Some(_)) => {}
        _ => println!("--stats does not tell"),
    }
}

/// The number in the line `name: number unit`.
fn figure(statistics: &str, name: &str) -> Option<f64> {
    let line = statistics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}
