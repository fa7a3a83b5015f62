//! `cargo bench --bench interpreters`: the programs of `scripts/` under Sentra and under other interpreters.
//!
//! Every program runs alternately under each of them, all must print the same, and the table shows Sentra's
//! user time over each peer's. Nothing here is special to one program.

mod child;
mod options;
mod peer;
mod ratio;

use std::path::{Path, PathBuf};

use peer::Peer;
use ratio::Ratios;

fn main() {
    let options = options::from_command_line(3);
    let sentra = peer::sentra();
    let peers = peer::others();
    let programs: Vec<_> = programs().into_iter().filter(|name| name.contains(&options.filter)).collect();
    let mut ratios = Ratios::new();
    let mut failures = Vec::new();
    print_head(&peers);
    for program in &programs {
        let (best, failed) = measure(program, &sentra, &peers, options.rounds);
        print_row(program, &best, &peers);
        failures.extend(failed);
        for (peer, time) in peers.iter().zip(&best[1..]) {
            if let (Some(own), Some(other)) = (best[0], *time) {
                ratios.insert((program.clone(), peer.name.to_owned()), own / other);
            }
        }
    }
    print_means(&ratios, &peers);
    report(&ratios, &failures);
    if options.save {
        ratio::save(&ratios).expect("benches/stored-ratios.txt can be written");
    }
    if !failures.is_empty() {
        std::process::exit(1);
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scripts")
}

/// The names of all programs: whatever there is in Sentra.
fn programs() -> Vec<String> {
    let entries = std::fs::read_dir(directory()).expect("benches/scripts can be read");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension == "sn"));
    let mut names: Vec<_> = sources.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// The best user time of Sentra and of each peer, and what went wrong.
fn measure(program: &str, sentra: &Peer, peers: &[Peer], rounds: usize) -> (Vec<Option<f64>>, Vec<String>) {
    let mut best = vec![None; peers.len() + 1];
    let mut outputs: Vec<Option<String>> = vec![None; peers.len() + 1];
    let mut failures = Vec::new();
    for _ in 0..rounds {
        for (at, peer) in std::iter::once(sentra).chain(peers).enumerate() {
            let script = directory().join(program).with_extension(peer.extension);
            let failed = failures.iter().any(|(failed, _)| *failed == at);
            if failed || !script.is_file() {
                continue;
            }
            match child::run(&mut peer.command(&script)) {
                Ok(run) => {
                    best[at] = Some(best[at].map_or(run.user, |user: f64| user.min(run.user)));
                    outputs[at] = Some(run.output);
                }
                Err(reason) => failures.push((at, format!("{program}/{}: {}", peer.name, reason.trim_end()))),
            }
        }
    }
    let mut failures: Vec<_> = failures.into_iter().map(|(_, text)| text).collect();
    failures.extend(disagreement(program, &outputs, sentra, peers));
    (best, failures)
}

/// Which of the interpreters print something else than the first peer.
fn disagreement(program: &str, outputs: &[Option<String>], sentra: &Peer, peers: &[Peer]) -> Vec<String> {
    let Some(expected) = outputs[1..].iter().flatten().next() else { return Vec::new() };
    let named = std::iter::once(sentra).chain(peers).zip(outputs);
    named
        .filter_map(|(peer, output)| Some((peer, output.as_ref()?)))
        .filter(|(_, output)| *output != expected)
        .map(|(peer, output)| format!("{program}/{} prints\n{output}instead of\n{expected}", peer.name))
        .collect()
}

fn print_head(peers: &[Peer]) {
    print!("{:<18}{:>9}", "program", "seconds");
    for peer in peers {
        print!("{:>10}", format!("/{}", peer.name));
    }
    println!();
}

fn print_row(program: &str, best: &[Option<f64>], peers: &[Peer]) {
    print!("{program:<18}{:>9}", best[0].map_or("-".into(), |own| format!("{own:.3}")));
    for (peer, time) in peers.iter().zip(&best[1..]) {
        let cell = match (best[0], *time) {
            (Some(own), Some(other)) => mark(own / other, ratio::goal(program, peer.name)),
            // Without Sentra's time the peer's own is of use.
            (None, Some(other)) => format!("{other:.3} s "),
            _ => "- ".into(),
        };
        print!("{cell:>10}");
    }
    println!();
}

/// The ratio, with a star if it misses the goal.
fn mark(ratio: f64, goal: f64) -> String {
    format!("{ratio:.2}{}", if ratio > goal { '*' } else { ' ' })
}

fn print_means(ratios: &Ratios, peers: &[Peer]) {
    print!("{:<27}", "geometric mean");
    for peer in peers {
        let of_peer: Vec<f64> =
            ratios.iter().filter(|((_, name), _)| name == peer.name).map(|(_, ratio)| *ratio).collect();
        let goal = if peer.name == "lua" { ratio::LUA_MEAN } else { 1.0 };
        print!("{:>10}", ratio::geometric_mean(&of_peer).map_or("- ".into(), |mean| mark(mean, goal)));
    }
    println!();
}

/// Missed goals, changes against the stored ratios and failures, each only if there are any.
fn report(ratios: &Ratios, failures: &[String]) {
    for ((program, peer), ratio) in ratios {
        let goal = ratio::goal(program, peer);
        if *ratio > goal {
            println!("goal missed: {program}/{peer} {ratio:.2}, at most {goal:.2}");
        }
    }
    for line in ratio::changes(&ratio::load(), ratios) {
        println!("{line}");
    }
    for failure in failures {
        println!("failed: {failure}");
    }
}
