//! `cargo bench --bench packets`: packets against tcpdump, tshark, scapy and pyshark: filtering and counting a capture
//! file of 1 GB, and what a capture loses on a veth where tcpdump loses nothing.
//!
//! The file is made here; times are processor time of whole processes, user and system, in alternated rounds.

#[path = "packets/live.rs"]
mod live;
mod options;
#[path = "packets/processor.rs"]
mod processor;
#[path = "packets/trace.rs"]
mod trace;

use std::path::Path;
use std::process::Command;

use processor::seconds;
use sentra::program;

/// The size of the file, and of the one that Python's tools read.
const SIZE: usize = 1 << 30;
const SMALL: usize = 4 << 20;
/// Filters that files are read through.
const FILTERS: [&str; 3] = ["tcp port 9999", "udp and dst host 10.0.0.7", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0"];

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--send").skip(1);
    if let Some(rate) = words.next() {
        return live::send_frames(rate.parse().expect("a number of frames each second"));
    }
    let options = options::from_command_line(3);
    let folder = program::directory().parent().expect("it is in the target folder").join("bench-packets");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let (large, small) = (folder.join("large.pcap"), folder.join("small.pcap"));
    trace::make(&large, SIZE);
    trace::make(&small, SMALL);
    for filter in FILTERS {
        let (mut own, mut tcpdump) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            own.push(seconds(&mut sentra(&format!(
                "log(packet_save(\"file:{}\", \"{filter}\", \"/dev/null\"))",
                large.display()
            ))));
            tcpdump
                .push(seconds(Command::new("tcpdump").args(["-n", "-w", "/dev/null", "-r"]).arg(&large).arg(filter)));
        }
        print("filter", filter, best(&own), &[("tcpdump", best(&tcpdump), 1.0)]);
    }
    analyze(&large, &small, options.rounds);
    live::run(options.rounds);
}

fn analyze(large: &Path, small: &Path, rounds: usize) {
    let source = |path: &Path| format!("log(analyze_traffic(\"file:{}\", 0).total_packets)", path.display());
    let (mut own, mut tshark) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        own.push(seconds(&mut sentra(&source(large))));
        if round == 0 {
            let statistics = ["-q", "-z", "conv,ip", "-z", "conv,tcp", "-z", "io,phs", "-n", "-r"];
            tshark.push(seconds(Command::new("tshark").args(statistics).arg(small)));
        }
    }
    let scale = SIZE as f64 / SMALL as f64;
    print("analyze_traffic", "1 GB", best(&own), &[("tshark", best(&tshark) * scale, 0.2)]);
    let python = std::env::var("SENTRA_BENCH_PYTHON").unwrap_or_else(|_| "python3".into());
    let scapy = "import sys\nfrom collections import Counter\nfrom scapy.all import PcapReader, IP\nc=Counter()\nfor p in PcapReader(sys.argv[1]):\n    if IP in p: c[p[IP].src]+=len(p)\nprint(len(c))";
    let pyshark = "import sys, pyshark\nfrom collections import Counter\nc=Counter()\nfor p in pyshark.FileCapture(sys.argv[1], keep_packets=False):\n    if 'IP' in p: c[p.ip.src]+=int(p.length)\nprint(len(c))";
    for (name, code) in [("scapy", scapy), ("pyshark", pyshark)] {
        if !Command::new(&python).args(["-c", &format!("import {name}")]).output().is_ok_and(|out| out.status.success())
        {
            println!("{name}: not installed (set SENTRA_BENCH_PYTHON)");
            continue;
        }
        let time = seconds(Command::new(&python).arg("-c").arg(code).arg(small)) * scale;
        print("analyze_traffic", "1 GB", best(&own), &[(name, time, 0.02)]);
    }
    let outcome = program::run(&mut sentra(&source(large)), b"", std::time::Duration::from_secs(170));
    println!("peak memory of analyze_traffic over 1 GB: {} MB", outcome.peak_memory / 1024);
}

fn sentra(source: &str) -> Command {
    let mut command = program::sentra_vm();
    command.arg("eval").arg(source);
    command
}

fn best(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

fn print(what: &str, which: &str, own: f64, peers: &[(&str, f64, f64)]) {
    for (peer, time, goal) in peers {
        let missed = if own / time > *goal { " (missed)" } else { "" };
        println!("{what} {which}: {own:.2} s, {:.3} of {peer}'s {time:.2} s, at most {goal}{missed}", own / time);
    }
}
