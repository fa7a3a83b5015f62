//! An hour of ordinary traffic. Each activity is recorded as real programs make it (`tests/peers/ordinary.sh`); the hour
//! has each of them again and again. Within an activity all times are as they were recorded, so that nothing is slower
//! or smoother than it was; only the pauses between activities are made.

use std::fs;
use std::path::{Path, PathBuf};

use sentra::running::Running;

use super::{GATEWAY, Net, eval, tempfile};

/// What is done, and when in the hour: from a second on, every so many seconds, so many times.
const HOUR: &[(&str, u64, u64, u64)] = &[
    ("browser", 5, 120, 30),
    ("pages", 40, 150, 24),
    ("names", 20, 60, 59),
    ("ssh", 90, 600, 6),
    ("apt", 300, 900, 4),
    // A film of half an hour, and a call of three minutes whose packets follow each other without a pause.
    ("video", 900, 60, 30),
    ("call", 3000, 3, 60),
    ("pings", 10, 300, 12),
];
const SECOND: u64 = 1_000_000;
/// When the hour begins.
const BEGIN: u64 = 1_700_000_000 * SECOND;

/// A frame as it is in a file: its time in microseconds, its lengths, and its bytes.
struct Frame {
    at: u64,
    lengths: [u8; 8],
    bytes: Vec<u8>,
}

/// The frames that tcpdump has saved, with times from the first one on.
fn frames(path: &Path) -> Vec<Frame> {
    let file = fs::read(path).expect("tcpdump has saved it");
    let mut rest = &file[24..];
    let mut frames = Vec::new();
    while rest.len() >= 16 {
        let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().expect("four bytes"));
        let (at, end) = (u64::from(word(0)) * SECOND + u64::from(word(4)), 16 + word(8) as usize);
        let Some(bytes) = rest.get(16..end) else { break };
        frames.push(Frame { at, lengths: rest[8..16].try_into().expect("eight bytes"), bytes: bytes.to_vec() });
        rest = &rest[end..];
    }
    let first = frames.first().map_or(0, |frame| frame.at);
    frames.iter_mut().for_each(|frame| frame.at = frame.at.saturating_sub(first));
    frames
}

/// Puts the hour together.
fn write_hour(folder: &Path, hour: &Path) {
    let recorded: Vec<Vec<Frame>> =
        HOUR.iter().map(|(name, ..)| frames(&folder.join(format!("{name}.pcap")))).collect();
    let mut all: Vec<(u64, &Frame)> = Vec::new();
    for ((_, begin, every, times), frames) in HOUR.iter().zip(&recorded) {
        let starts = (0..*times).map(|turn| BEGIN + (begin + every * turn) * SECOND);
        all.extend(starts.flat_map(|start| frames.iter().map(move |frame| (start + frame.at, frame))));
    }
    all.sort_by_key(|(at, _)| *at);
    let mut file: Vec<u8> = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend(word.to_le_bytes());
    }
    for (at, frame) in all {
        file.extend(((at / SECOND) as u32).to_le_bytes());
        file.extend(((at % SECOND) as u32).to_le_bytes());
        file.extend(frame.lengths);
        file.extend(&frame.bytes);
    }
    fs::write(hour, file).expect("the target folder can be written");
}

/// Records an activity of the client on the link.
fn record(net: &Net, name: &str, folder: &Path) {
    let mut recorder = net.victim.command("tcpdump");
    let file = folder.join(format!("{name}.pcap"));
    recorder.args(["-i", "switch", "-U", "--immediate-mode", "-s", "9000", "-B", "16384", "-w"]).arg(&file);
    let mut recorder = Running::start(&mut recorder);
    while !recorder.error_line().contains("listening on") {}
    net.attacker.run(&format!("'{}' {name} '{}'", script().display(), folder.display()));
    recorder.signal("TERM");
    recorder.end();
}

fn script() -> PathBuf {
    sentra::program::root().join("tests/peers/ordinary.sh")
}

/// The alerts of a live watch meanwhile, and those of the hour, of which there are none.
pub fn raises_none() {
    let net = Net::new();
    let folder = PathBuf::from(tempfile(&format!("{}-ordinary", net.victim.pid())));
    fs::create_dir_all(&folder).expect("the target folder can be written");
    fs::write(folder.join("resolv.conf"), format!("nameserver {GATEWAY}\n")).expect("the folder is ours");
    net.attacker.cover("/etc/resolv.conf", &folder.join("resolv.conf"));
    let mut server = Running::start(net.gateway.command(script()).arg("serve").arg(&folder));
    while server.line() != "ready" {}
    let source = "let over = false\nspawn { readline(); over = true }\n\
        while !over { for alert in detect_intrusions(\"switch\", 2) { log(alert.alert_type, alert.description) } }\nlog(\"end\")";
    let mut watch = net.victim.command(sentra::program::directory().join("sentra-vm"));
    let mut watch = Running::start(watch.arg("eval").arg(source));
    net.wait_for_sockets(1);
    HOUR.iter().for_each(|(name, ..)| record(&net, name, &folder));
    watch.write(b"\n");
    assert_eq!(watch.line(), "end", "a live alert");
    let hour = folder.join("hour.pcap");
    write_hour(&folder, &hour);
    let seen = eval(&format!(
        "let seen = analyze_traffic(\"file:{0}\", 0)\n\
         log(seen.duration_seconds > 3400, seen.total_packets > 50000, len(seen.dns_names) > 5, len(seen.http_hosts) > 5)\n\
         log([\"HTTP\", \"DNS\", \"SSH\", \"UDP\", \"ICMP\", \"ARP\"].filter(|name| !has(seen.protocol_stats, name)))\n\
         log(seen.alerts, seen.suspicious_ips)\n\
         log(detect_intrusions(\"file:{0}\", 0))",
        hour.display()
    ));
    assert_eq!(seen, "true true true true\n[]\n[] []\n[]\n");
    server.close_input();
    server.end();
    // It is large.
    let _ = fs::remove_dir_all(&folder);
}
