//! `cargo bench --bench library`: the work that the standard library does, in Sentra, Lua, Python and Node, and in
//! Rust as the limit.
//!
//! Every program of `library/` runs alternately under each of them as a whole process over the same files, all must
//! print the same, and the table shows Sentra's user time over each peer's. Lua has no JSON, no hashes and no regular
//! expressions: JSON is that of lua-cjson, its own patterns take the place of regular expressions, hashes are left out.

mod child;
mod contest;
mod inputs;
mod limits;
mod options;
mod peer;
mod ratio;

use std::path::Path;
use std::process::Command;

use contest::Contest;
use inputs::Inputs;

/// The programs, and the file that each reads.
const PROGRAMS: &[(&str, Option<&str>)] = &[
    ("sort_numbers", None),
    ("sort_by_key", None),
    ("sort_by_comparator", None),
    ("split_join", Some("text")),
    ("replace", Some("text")),
    ("word_counts", Some("text")),
    ("regex_find", Some("log")),
    ("regex_captures", Some("log")),
    ("json_decode", Some("json")),
    ("json_encode", None),
    ("base64_both_ways", Some("bytes")),
    ("sha256", Some("bytes")),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, program, rest @ ..] = words.as_slice()
        && flag == "--limit"
    {
        assert!(limits::run(program, rest.first()), "no limit is known of {program}");
        return;
    }
    let options = options::from_command_line(3);
    let inputs = Inputs::new().expect("the temporary folder can be written");
    let mut peers = vec![peer::sentra()];
    peers.extend(peer::compiled());
    let command = |program: &str, name: &str| start(&peers, &inputs, program, name);
    let names = peers[1..].iter().map(|peer| peer.name).chain(["limit"]);
    let contest = Contest {
        programs: PROGRAMS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        peers: names.collect(),
        command: &command,
        goal,
        stored: "stored-library-ratios.txt",
    };
    let failed = contest.run(&options);
    drop(inputs);
    std::process::exit(failed.into());
}

/// The command that runs a program under an interpreter, or as the limit.
fn start(peers: &[peer::Peer], inputs: &Inputs, program: &str, name: &str) -> Option<Command> {
    let mut command = if name == "limit" {
        let mut own = Command::new(std::env::current_exe().ok()?);
        own.args(["--limit", program]);
        limits::has(program).then_some(own)?
    } else {
        let peer = peers.iter().find(|peer| peer.name == name)?;
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/library");
        let script = directory.join(program).with_extension(peer.extension);
        script.is_file().then(|| peer.command(&script))?
    };
    let (_, input) = PROGRAMS.iter().find(|(name, _)| *name == program)?;
    if let Some(input) = input {
        command.arg(inputs.file(input).expect("the temporary folder can be written"));
    }
    Some(command)
}

/// Ahead of Lua and Python, not far from what is native in Node, within twice the limit.
fn goal(_: Option<&str>, peer: &str) -> f64 {
    match peer {
        "node" => 1.5,
        "limit" => 2.0,
        _ => 1.0,
    }
}
