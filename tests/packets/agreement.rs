//! What tshark says of captures, and whether Sentra says the same.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use sentra::program;

use super::{LIMIT, eval, output};

/// The fields that are compared, in the order in which `tests/peers/frames.sn` prints them.
const FIELDS: &str = "frame.len frame.cap_len frame.time_epoch eth.src eth.dst vlan.id vlan.priority arp.src.hw_mac \
    arp.src.proto_ipv4 arp.dst.proto_ipv4 ip.src ip.dst ip.ttl ip.proto ip.id ip.len ip.frag_offset ip.checksum ipv6.src \
    ipv6.dst ipv6.hlim ipv6.flow ipv6.plen tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.window_size_value \
    tcp.checksum udp.srcport udp.dstport udp.length udp.checksum icmp.type icmp.code icmpv6.type icmpv6.code";

/// How many files are looked at; all of them take tshark ten minutes.
const FILES: usize = 150;

/// What tshark knows that carries packets in packets, or frames of other links: what it finds inside of those is not
/// looked for.
const INSIDE: [&str; 17] = [
    "mpls",
    "pppoes",
    "gre",
    "llc",
    "ppp",
    "vxlan",
    "geneve",
    "l2tp",
    "wlan",
    "ip:ip",
    "ipv6:ip",
    "ip:icmp:ip",
    "ipv6:icmpv6:ipv6",
    "avsp",
    "macsec",
    "fr",
    "isl",
];

/// Links that Sentra reads.
const LINKS: [&str; 6] = ["eth:", "sll:", "null:", "raw:", "ip:", "ipv6:"];

/// Sums of a file, each a number of packets and one of bytes.
pub struct Sums {
    pub total: String,
    /// By what they are of: `from` and an address, `to` and an address, or a protocol and its two ends in order.
    pub parts: BTreeMap<String, String>,
}

/// Those of a file of Ethernet frames that tshark reads to its end.
pub fn sums(path: &Path) -> Option<Sums> {
    let mut command = tshark(path);
    command.args(["-T", "fields", "-E", "occurrence=f"]);
    let fields =
        "frame.len ip.src ipv6.src ip.dst ipv6.dst tcp.srcport tcp.dstport udp.srcport udp.dstport frame.protocols";
    command.args(fields.split(' ').flat_map(|field| ["-e", field]));
    let outcome = command.output().expect("tshark runs");
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let plain = |row: &Vec<&str>| row.len() == 10 && row[9].starts_with("eth:") && !is_inside(row[9]);
    if !outcome.status.success() || rows.is_empty() || !rows.iter().all(plain) {
        return None;
    }
    let mut parts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut bytes = 0;
    for row in &rows {
        let length: u64 = row[0].parse().expect("lengths are numbers");
        bytes += length;
        let either = |first: usize, second: usize| if row[first].is_empty() { row[second] } else { row[first] };
        let (from, to) = (either(1, 2), either(3, 4));
        let mut count = |of: String| {
            let sum = parts.entry(of).or_default();
            *sum = (sum.0 + 1, sum.1 + length);
        };
        if !from.is_empty() {
            count(format!("from {from}"));
            count(format!("to {to}"));
        }
        for (protocol, first, second) in [("TCP", 5, 6), ("UDP", 7, 8)] {
            if !row[first].is_empty() {
                count(connection(protocol, [(from, row[first]), (to, row[second])]));
            }
        }
    }
    let parts = parts.into_iter().map(|(of, (packets, bytes))| (of, format!("{packets} {bytes}"))).collect();
    Some(Sums { total: format!("{} {bytes}", rows.len()), parts })
}

/// A connection's name, whoever began it.
fn connection(protocol: &str, mut ends: [(&str, &str); 2]) -> String {
    ends.sort_unstable();
    let [(one, port), (other, its)] = ends;
    format!("{protocol} {one} {port} {other} {its}")
}

/// What Sentra says of the same file.
pub fn own_sums(path: &Path) -> Sums {
    let source = format!(
        r#"let seen = analyze_traffic("file:{}", 0, {{top: 100000, connections: 100000}})
log(seen.total_packets, seen.total_bytes)
for one in seen.top_sources {{ log(one.packets, one.bytes, "from", one.ip) }}
for one in seen.top_destinations {{ log(one.packets, one.bytes, "to", one.ip) }}
for one in seen.connections {{
    if one.protocol == "TCP" || one.protocol == "UDP" {{
        log(one.packets, one.bytes, one.protocol, one.source_ip, one.source_port, one.destination_ip, one.destination_port)
    }}
}}"#,
        path.display()
    );
    let text = eval(&source);
    let mut lines = text.lines();
    let total = lines.next().unwrap_or_default().to_string();
    let mut sums: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let of = match words[2..] {
            [protocol, one, port, other, its] => connection(protocol, [(one, port), (other, its)]),
            _ => words[2..].join(" "),
        };
        // The same two ends may have begun anew.
        let sum = sums.entry(of).or_default();
        for (sum, word) in sum.iter_mut().zip(&words) {
            *sum += word.parse::<u64>().expect("a number");
        }
    }
    let parts = sums.into_iter().map(|(of, [packets, bytes])| (of, format!("{packets} {bytes}"))).collect();
    Sums { total, parts }
}

fn tshark(path: &Path) -> Command {
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-r"]).arg(path);
    command
}

fn is_inside(protocols: &str) -> bool {
    let marked = format!(":{protocols}:");
    INSIDE.iter().any(|name| marked.contains(&format!(":{name}:")))
}

/// Compares every field of every frame that Sentra claims to understand.
pub fn frames(files: &[PathBuf]) {
    let step = (files.len() / FILES).max(1);
    let chosen: Vec<&PathBuf> = files.iter().step_by(step).collect();
    let script = program::root().join("tests/peers/frames.sn");
    let outcome = program::run(program::sentra_vm().arg("run").arg(script).args(&chosen), b"", LIMIT * 4);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let own = outcome.output();
    let mut by_file: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut current = "";
    for line in own.lines() {
        match line.strip_prefix("== ") {
            Some(name) => current = name,
            None => by_file.entry(current).or_default().push(line),
        }
    }
    let (mut compared, mut wrong) = (0, Vec::new());
    for path in chosen {
        let mut command = tshark(path);
        command.args(["-T", "fields", "-E", "occurrence=f"]);
        for field in FIELDS.split_whitespace() {
            command.args(["-e", field]);
        }
        let theirs = output(command.args(["-e", "frame.protocols", "-e", "arp.hw.size", "-e", "_ws.malformed"]));
        let lines = by_file.get(&*path.to_string_lossy()).cloned().unwrap_or_default();
        for (number, (own, theirs)) in lines.iter().zip(theirs.lines()).enumerate() {
            compared += 1;
            let complaint = differences(own, theirs);
            wrong.extend(complaint.map(|what| format!("{} frame {}: {what}", path.display(), number + 1)));
        }
    }
    assert!(compared > 1000, "only {compared} frames could be compared");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// What differs between the two lines of a frame. The last fields say what tshark took for what.
fn differences(own: &str, theirs: &str) -> Option<String> {
    let own: Vec<&str> = own.split('\t').collect();
    let theirs: Vec<&str> = theirs.split('\t').collect();
    let [.., protocols, sizes, malformed] = theirs[..] else { return Some(format!("{theirs:?}")) };
    if !LINKS.iter().any(|link| protocols.starts_with(link)) || protocols.starts_with("eth:eth") {
        return None;
    }
    // ARP for other hardware, and headers that are cut short, are no headers to Sentra.
    let partial = !malformed.is_empty() || protocols.contains("arp") && sizes != "6" || is_inside(protocols);
    let fields = FIELDS.split_whitespace().enumerate();
    let differs = fields.filter_map(|(at, field)| {
        let own = own.get(at).copied().unwrap_or_default();
        let theirs = normal(field, theirs.get(at).copied().unwrap_or_default());
        let other_tag = field.starts_with("vlan") && protocols.contains("8021ad");
        let fits = own == theirs || own.is_empty() && partial || other_tag || is_no_time(field, own, &theirs);
        (!fits).then(|| format!("{field} is {own:?}, tshark says {theirs:?} ({protocols})"))
    });
    let all: Vec<String> = differs.collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Whether there is no time: frames without one, and those that tests for damage have, whose microseconds are ASCII zeros.
fn is_no_time(field: &str, own: &str, theirs: &str) -> bool {
    field == "frame.time_epoch" && (own.starts_with("80846") || theirs.is_empty() && own == "0")
}

/// A value as Sentra shows it.
fn normal(field: &str, value: &str) -> String {
    if let (true, Some((seconds, part))) = (field == "frame.time_epoch", value.split_once('.')) {
        return format!("{seconds}{part}").trim_start_matches('0').to_string();
    }
    if field == "ip.frag_offset" {
        return value.parse().map_or_else(|_| value.to_string(), |eights: u32| (eights * 8).to_string());
    }
    match value.strip_prefix("0x").map(|digits| u64::from_str_radix(digits, 16)) {
        Some(Ok(number)) => number.to_string(),
        _ => value.to_string(),
    }
}
