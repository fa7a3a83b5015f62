//! `cargo bench --bench middleware`: what five middlewares that only call `next()` add to the processor time of a
//! request, in rounds that alternate between a server with them and one without, both in one process.

mod options;
mod servers;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sentra::program;
use servers::{median, processor_seconds, verdict};

const SECONDS: &str = "-d2s";
const GOAL: f64 = 1.15;

fn main() {
    let options = options::from_command_line(5);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/http_servers/middleware.sn");
    let mut child =
        program::sentra_vm().arg("run").arg(script).stdout(Stdio::piped()).spawn().expect("sentra-vm starts");
    let ports = ports(&mut child);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..options.rounds {
        for (port, times) in ports.iter().zip(&mut times) {
            times.push(measure(child.id(), port));
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    let [bare, chain] = times.map(|times| median(&times));
    let ratio = chain / bare;
    let note = verdict(ratio, GOAL);
    println!("bare {bare:.2} µs, five middlewares {chain:.2} µs, ratio {ratio:.3}{note}");
}

fn ports(child: &mut Child) -> Vec<String> {
    let output = child.stdout.take().expect("standard output is piped");
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).expect("it prints its ports");
    line.split_whitespace().map(str::to_owned).collect()
}

/// Microseconds of the server's processor time for a request.
fn measure(process: u32, port: &str) -> f64 {
    let before = processor_seconds(process);
    let url = format!("http://127.0.0.1:{port}/users/42");
    let output = Command::new("wrk").args(["-t1", "-c64", SECONDS, &url]).output().expect("wrk is installed");
    let busy = processor_seconds(process) - before;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let count = output.lines().find_map(|line| line.trim().split_once(" requests in")).map(|(count, _)| count);
    busy * 1e6 / count.and_then(|count| count.parse::<f64>().ok()).unwrap_or_else(|| panic!("{output}"))
}
