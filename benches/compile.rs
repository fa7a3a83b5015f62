//! `cargo bench --bench compile`: how long `sentrac build` takes for programs of up to a million lines, and
//! whether twice the lines take twice the time.

mod child;
mod options;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sentra::program::sentrac;

const SIZES: [usize; 3] = [250_000, 500_000, 1_000_000];

/// How much more a line may cost in the largest program than in the smallest.
const GROWTH: f64 = 1.25;

fn main() {
    let options = options::from_command_line(3);
    println!("{:<12}{:>10}{:>12}{:>14}{:>12}", "lines", "seconds", "user s", "lines/s", ".sbc MB");
    let mut per_line = Vec::new();
    for lines in SIZES {
        let source = scratch(lines, "sn");
        std::fs::write(&source, program(lines)).expect("the temporary directory can be written");
        let measured = (0..options.rounds).map(|_| compile(&source)).collect::<Result<Vec<_>, _>>();
        let _ = std::fs::remove_file(&source);
        match measured {
            Ok(runs) => per_line.push(print_row(lines, &runs)),
            Err(reason) => {
                println!("{lines}: {reason}");
                std::process::exit(1);
            }
        }
    }
    let growth = per_line[per_line.len() - 1] / per_line[0];
    println!("a line costs {growth:.2} times as much in the largest program as in the smallest");
    if growth > GROWTH {
        println!("goal missed: at most {GROWTH}");
    }
}

struct Compilation {
    elapsed: f64,
    user: f64,
    bytes: u64,
}

fn scratch(lines: usize, extension: &str) -> PathBuf {
    std::env::temp_dir().join(format!("sentra-{lines}-lines-{}.{extension}", std::process::id()))
}

fn compile(source: &Path) -> Result<Compilation, String> {
    let bytecode = source.with_extension("sbc");
    let started = Instant::now();
    let run = child::run(sentrac().arg("build").arg(source).arg("-o").arg(&bytecode))?;
    let elapsed = started.elapsed().as_secs_f64();
    // Nothing is the rule; anything else is worth seeing.
    print!("{}", run.output);
    let bytes = std::fs::metadata(&bytecode).map_err(|e| e.to_string())?.len();
    let _ = std::fs::remove_file(&bytecode);
    Ok(Compilation { elapsed, user: run.user, bytes })
}

/// Prints the best of the runs; gives the seconds of user time per line.
fn print_row(lines: usize, runs: &[Compilation]) -> f64 {
    let best = runs.iter().min_by(|a, b| a.user.total_cmp(&b.user)).expect("at least one round");
    let megabytes = best.bytes as f64 / 1e6;
    let speed = lines as f64 / best.elapsed;
    println!("{lines:<12}{:>10.2}{:>12.2}{speed:>14.0}{megabytes:>12.1}", best.elapsed, best.user);
    best.user / lines as f64
}

/// A program of about `lines` lines: functions of twenty lines with the statements that scripts are made of,
/// each called by the next but one.
fn program(lines: usize) -> String {
    let mut text = String::with_capacity(lines * 32);
    for n in 0..lines / FUNCTION_LINES {
        function(&mut text, n).expect("a string takes any text");
    }
    // What nothing calls need not be compiled to the end: the last two reach all others.
    let last = lines / FUNCTION_LINES - 1;
    for n in [last - 1, last] {
        writeln!(text, "log(work{n}(\"localhost\", 80))").expect("a string takes any text");
    }
    text
}

const FUNCTION_LINES: usize = 20;

fn function(text: &mut String, n: usize) -> std::fmt::Result {
    let called = n.saturating_sub(2);
    writeln!(text, "// Function {n} of many.")?;
    writeln!(text, "fn work{n}(host, port, depth = 0) {{")?;
    writeln!(text, "    if depth > 3 {{ return {{host: host, port: port, open: []}} }}")?;
    writeln!(text, "    let total = {n} + port * 2")?;
    writeln!(text, "    let names = [\"alpha{n}\", 'beta', host + \":\" + port]")?;
    writeln!(text, "    for i in 0..10 {{")?;
    writeln!(text, "        if i % 3 == {} && total > 5 {{ total += i * {} }}", n % 3, n % 97)?;
    writeln!(text, "        else {{ total -= names.len() }}")?;
    writeln!(text, "    }}")?;
    writeln!(text, "    let add = fn(x, y = 1) => x + y + total")?;
    writeln!(text, "    try {{")?;
    writeln!(text, "        let inner = work{called}(host, add(port), depth + 1)")?;
    writeln!(text, "        total = inner.port ?? total")?;
    writeln!(text, "    }} catch e {{")?;
    writeln!(text, "        log(f\"work{n} failed: {{e.message}} on {{host}}:{{port:5}}\")")?;
    writeln!(text, "    }}")?;
    writeln!(text, "    let kind = match total % 4 {{ 0 => \"tcp\", 1 | 2 => \"udp\", _ => nil }}")?;
    writeln!(text, "    while total > 1000000 {{ total = total / 2; names.push(kind) }}")?;
    writeln!(text, "    return {{host: names[0], port: floor(total), kind: kind, open: names[1:]}}")?;
    writeln!(text, "}}")
}
