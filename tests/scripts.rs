//! Every script beneath `tests/scripts` runs from source, from bytecode and with the smallest time slice. Together
//! they show every builtin at work and every fault that one declares.
//!
//! `SENTRA_SCRIPTS=text` runs only those whose path contains the text.

use std::collections::BTreeSet;
use std::path::Path;

use sentra::program;
use sentra::script::{self, Script};
use sentra_vm::builtin::{Builtin, Types};
use sentra_vm::builtins::registry;

/// Faults that no script can provoke: of which builtins, the kind, and why.
const OUT_OF_REACH: &[(&[&str], &str, &str)] = &[
    (
        &[
            "concat",
            "join",
            "hex_encode",
            "base64_encode",
            "base64url_encode",
            "url_encode",
            "html_escape",
            "query_encode",
        ],
        "range",
        "texts of four gigabytes",
    ),
    (&["push", "unshift", "from_entries"], "range", "four billion elements"),
    (
        &["random", "random_int", "random_bytes", "uuid", "generate_id", "password_hash"],
        "system",
        "a system without random numbers",
    ),
    (&["input", "readline"], "range", "a line of 256 MiB on standard input"),
    (&["input", "readline"], "io", "a standard input that is no pipe"),
    (&["file_size", "file_info", "dir_list"], "permission", "a user who is not the superuser"),
    (&["http_server_create", "http_server_static", "port_scan"], "permission", "a user who is not the superuser"),
    (&["network_scan", "host_ping", "traceroute"], "permission", "a user who is not the superuser"),
    (&["host_ping", "traceroute"], "unreachable", "a machine without a network"),
    (&["glob"], "range", "a pattern that visits a million folders"),
    (&["file_move"], "full", "a small file system"),
    (&["read_lines", "json_lines"], "io", "the stream raises it, not the call"),
    (&["read_lines", "json_lines"], "memory", "the stream raises it, not the call"),
    (&["read_lines", "json_lines"], "range", "the stream raises it, not the call"),
    (&["json_lines"], "json", "the stream raises it, not the call"),
    (&["free_port", "loopback_server"], "io", "a system without a free port"),
    (&["http_get"], "busy", "the body raises it, not the call"),
    (&["http_get"], "certificate", "a server with a bad certificate: a test of its own has one"),
    (&["http_get"], "connection_reset", "a peer that resets: a test of its own has one"),
    (
        &["ws_receive", "ws_receive_message", "ws_server_receive_from"],
        "memory",
        "a message that comes when memory is full",
    ),
    (&["detect_intrusions"], "memory", "an interface to watch when memory is full"),
    (
        &[
            "packet_capture",
            "capture_start",
            "analyze_traffic",
            "packet_decode",
            "packet_build",
            "pcap_write",
            "raw_receive",
        ],
        "memory",
        "packets that come when memory is full",
    ),
    (
        &["packet_capture", "packet_save", "capture_start", "analyze_traffic"],
        "permission",
        "a user who is not the superuser",
    ),
    (&["pcap_write"], "permission", "a user who is not the superuser"),
    (&["pcap_write", "packet_save"], "full", "a small file system"),
    (&["pcap_write"], "io", "a disk that fails"),
    (&["capture_start"], "parse", "the fiber that calls back raises it, not the call"),
    (&["detect_intrusions"], "permission", "a user who is not the superuser"),
    (&["db::connect"], "permission", "flags that keep a program from files"),
    (&["ws_server_accept", "ws_server_wait_connection"], "memory", "a client that comes when memory is full"),
];

#[test]
fn scripts_do_what_they_say() {
    let (base, scratch) = (program::root().join("tests/scripts"), Path::new(env!("CARGO_TARGET_TMPDIR")));
    let filter = std::env::var("SENTRA_SCRIPTS").unwrap_or_default();
    let paths = script::find(&base);
    let chosen = paths.iter().filter(|path| path.to_string_lossy().contains(&filter));
    let (scripts, mut failures) = load(chosen.map(|path| path.as_path()));
    assert!(!scripts.is_empty(), "no script's path contains {filter:?}");
    failures.extend(script::run_all(&scripts, &base, scratch));
    println!("{} scripts, {} failures", scripts.len(), failures.len());
    assert!(failures.is_empty(), "\n{}\n{} failures", failures.join("\n"), failures.len());
    // Other builds keep no record.
    if filter.is_empty() && cfg!(debug_assertions) {
        let records: Vec<String> = scripts.iter().map(|script| script.record(&base, scratch)).collect();
        let missing = missing(&records.iter().flat_map(|record| record.lines()).collect());
        assert!(missing.is_empty(), "\n{}\n{} are not shown by any script", missing.join("\n"), missing.len());
    }
}

fn load<'a>(paths: impl Iterator<Item = &'a Path>) -> (Vec<Script>, Vec<String>) {
    let mut failures = Vec::new();
    let scripts = paths.filter_map(|path| Script::load(path).map_err(|message| failures.push(message)).ok()).collect();
    (scripts, failures)
}

/// What the scripts do not show: a builtin at work, one that fails though it can, a fault that one declares.
fn missing(shown: &BTreeSet<&str>) -> Vec<String> {
    let mut missing = Vec::new();
    let functions = registry().iter().filter(|builtin| !builtin.name.starts_with("__") && !builtin.is_constant());
    for builtin in functions {
        let name = builtin.name;
        if builtin.result != "never" && !shown.contains(name) {
            missing.push(format!("{name} at work"));
        }
        let kinds = builtin.faults.iter().filter(|kind| in_reach(name, kind));
        let unseen = kinds.filter(|kind| !shown.contains(format!("{name} {kind}").as_str()));
        missing.extend(unseen.map(|kind| format!("{name} failing with {kind}")));
        let failing = shown.iter().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        if takes_not_all(builtin) && !failing {
            missing.push(format!("{name} failing"));
        }
    }
    missing
}

fn in_reach(name: &str, kind: &str) -> bool {
    !OUT_OF_REACH.iter().any(|(names, unreached, _)| names.contains(&name) && *unreached == kind)
}

/// Whether it refuses some arguments by their type.
fn takes_not_all(builtin: &Builtin) -> bool {
    let mut parameters = builtin.parameters.iter().chain(&builtin.rest);
    parameters.any(|parameter| parameter.types != Types::ANY)
}
