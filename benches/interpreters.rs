//! `cargo bench --bench interpreters`: the programs of `scripts/` under Sentra and under other interpreters.
//!
//! Every program runs alternately under each of them, all must print the same, and the table shows Sentra's
//! user time over each peer's. Nothing here is special to one program.

mod child;
mod contest;
mod options;
mod peer;
mod ratio;

use std::path::{Path, PathBuf};

use contest::Contest;

fn main() {
    let options = options::from_command_line(3);
    let sentra = peer::sentra();
    let peers = peer::others();
    let command = |program: &str, name: &str| {
        let peer = std::iter::once(&sentra).chain(&peers).find(|peer| peer.name == name)?;
        let script = directory().join(program).with_extension(peer.extension);
        script.is_file().then(|| peer.command(&script))
    };
    let contest = Contest {
        programs: programs(),
        peers: peers.iter().map(|peer| peer.name).collect(),
        command: &command,
        goal,
        stored: "stored-ratios.txt",
    };
    std::process::exit(contest.run(&options).into());
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

/// Lua is the measure; where it is weak, less.
fn goal(program: Option<&str>, peer: &str) -> f64 {
    match (peer, program) {
        ("lua", Some("string_building" | "string_split")) => 0.12,
        ("lua", Some("map_counting")) => 0.55,
        ("lua", Some("binary_trees")) => 0.45,
        ("lua", Some("exceptions") | None) => 0.60,
        ("lua", Some(_)) => 1.10,
        _ => 1.0,
    }
}
