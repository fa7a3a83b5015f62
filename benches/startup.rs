//! `cargo bench --bench startup`: from the start of an interpreter to its first output, and the memory it holds then.
//!
//! The scripts of `first_output/` write a line and then wait for one, so that the process still stands when its
//! peak memory is read.

mod options;
mod peer;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sentra::program::sentrac;

/// The goals: milliseconds and megabytes.
const LONGEST_MS: f64 = 5.0;
const MOST_MB: f64 = 10.0;

struct Subject {
    name: String,
    command: Command,
    starts: Vec<Start>,
}

struct Start {
    milliseconds: f64,
    megabytes: f64,
}

fn main() {
    let options = options::from_command_line(30);
    let mut subjects = subjects();
    subjects.retain(|subject| subject.name.contains(&options.filter));
    for _ in 0..options.rounds {
        for subject in &mut subjects {
            match start(&mut subject.command) {
                Ok(start) => subject.starts.push(start),
                Err(reason) => eprintln!("{}: {reason}", subject.name),
            }
        }
    }
    println!("{:<14}{:>16}{:>12}{:>16}", "", "median ms", "best ms", "peak memory MB");
    for subject in &subjects {
        print_row(subject);
    }
}

fn subjects() -> Vec<Subject> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/first_output");
    let script = |extension| directory.join("first_output").with_extension(extension);
    let mut subjects = Vec::new();
    if let Some(bytecode) = build(&script("sn")) {
        let command = peer::sentra().command(&bytecode);
        subjects.push(Subject { name: "sentra .sbc".into(), command, starts: Vec::new() });
    }
    for peer in std::iter::once(peer::sentra()).chain(peer::others()) {
        let name = format!("{} .{}", peer.name, peer.extension);
        subjects.push(Subject { name, command: peer.command(&script(peer.extension)), starts: Vec::new() });
    }
    subjects
}

/// Compiles the script to bytecode beside the build's other output.
fn build(script: &Path) -> Option<PathBuf> {
    let bytecode = std::env::temp_dir().join(format!("sentra-first-output-{}.sbc", std::process::id()));
    let status = sentrac().arg("build").arg(script).arg("-o").arg(&bytecode).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success()).then_some(bytecode)
}

fn start(command: &mut Command) -> Result<Start, String> {
    let started = Instant::now();
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = spawned.map_err(|e| e.to_string())?;
    let mut first = [0];
    let output = child.stdout.as_mut().expect("stdout is a pipe");
    let got = output.read(&mut first).map_err(|e| e.to_string());
    let elapsed = started.elapsed();
    let memory = peak_memory(child.id());
    let ended = end(child);
    if got? == 0 {
        return Err("no output".into());
    }
    ended?;
    Ok(Start { milliseconds: elapsed.as_secs_f64() * 1e3, megabytes: memory? })
}

/// Gives the child the line it waits for.
fn end(mut child: Child) -> Result<(), String> {
    let _ = child.stdin.take().expect("stdin is a pipe").write_all(b"\n");
    let patience = Instant::now() + Duration::from_secs(5);
    while Instant::now() < patience {
        if child.try_wait().map_err(|e| e.to_string())?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    let _ = child.wait();
    Err("does not end after its line of input".into())
}

fn peak_memory(process: u32) -> Result<f64, String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).map_err(|e| e.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "VmHWM is no number")?;
    Ok(kilobytes / 1024.0)
}

fn print_row(subject: &Subject) {
    let mut times: Vec<f64> = subject.starts.iter().map(|start| start.milliseconds).collect();
    times.sort_by(f64::total_cmp);
    let Some(best) = times.first() else { return };
    let median = times[times.len() / 2];
    let memory = subject.starts.iter().map(|start| start.megabytes).fold(0.0, f64::max);
    let missed = subject.name.starts_with("sentra") && (median > LONGEST_MS || memory > MOST_MB);
    let note = if missed { format!("  goal missed: {LONGEST_MS} ms, {MOST_MB} MB") } else { String::new() };
    println!("{:<14}{median:>16.1}{best:>12.1}{memory:>16.1}{note}", subject.name);
}
