//! What captures lose on a veth: at the highest rate where tcpdump loses nothing, Sentra may lose nothing either.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sentra::captures::{Cable, may_make_namespaces};
use sentra_netlib::wire::packet::{Ethernet, Ipv4, Mac, Udp, ethernet, ip};

/// Rates in frames each second, the highest first.
const RATES: [u32; 6] = [400_000, 300_000, 200_000, 150_000, 100_000, 50_000];
const SECONDS: u64 = 2;

/// Finds the rate and tries Sentra at it.
pub fn run(rounds: usize) {
    if !may_make_namespaces() {
        return;
    }
    let cable = Cable::lay();
    for rate in RATES {
        let lost: Vec<u64> = (0..rounds).map(|_| with_tcpdump(&cable, rate)).collect();
        if lost.iter().any(|lost| *lost > 0) {
            println!("live: tcpdump loses {lost:?} at {rate} frames/s");
            continue;
        }
        for what in ["packet_capture", "analyze_traffic", "detect_intrusions"] {
            let lost: Vec<u64> = (0..rounds).map(|_| with_sentra(&cable, what, rate)).collect();
            println!("live: {what} loses {lost:?} at {rate} frames/s, where tcpdump loses nothing");
        }
        return;
    }
}

fn with_tcpdump(cable: &Cable, rate: u32) -> u64 {
    let mut command = cable.at(0, "tcpdump");
    command.args(["-i", "eth0", "-n", "-s", "96", "-B", "32768", "-w", "/dev/null", "udp port 9"]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("tcpdump runs");
    thread::sleep(Duration::from_millis(500));
    send(cable, rate);
    thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    let errors = std::io::read_to_string(child.stderr.take().expect("it is piped")).unwrap_or_default();
    let _ = child.wait();
    let line = errors.lines().find(|line| line.contains("dropped by kernel"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("tcpdump tells what it dropped")
}

fn interrupt(child: &Child) {
    // `ip netns exec` becomes the program itself.
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
}

fn with_sentra(cable: &Cable, what: &str, rate: u32) -> u64 {
    let wait = SECONDS + 1;
    let source = match what {
        "packet_capture" => format!(
            "let n = 0\nlet id = capture_start(\"eth0\", \"udp port 9\", fn(p) {{ n = n + 1 }}, {{snaplen: 96}})\nsleep({}000)\nlog(capture_stop(id).dropped)",
            wait + 1
        ),
        "detect_intrusions" => format!(
            "detect_intrusions(\"eth0\", {wait}, {{filter: \"udp port 9\"}})\nlet lost = last_error()\nlog(lost == nil ? 0 : parse_int(split(lost.message, \" \")[0]))"
        ),
        _ => format!("log(analyze_traffic(\"eth0\", {wait}, {{filter: \"udp port 9\"}}).dropped)"),
    };
    let child = cable.sentra_vm(0).arg("eval").arg(source).stdout(Stdio::piped()).spawn().expect("it runs");
    thread::sleep(Duration::from_millis(500));
    send(cable, rate);
    let outcome = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&outcome.stdout).trim().parse().unwrap_or(u64::MAX)
}

/// Sends frames at a rate, from this program in the other namespace.
fn send(cable: &Cable, rate: u32) {
    let own = std::env::current_exe().expect("a running program has a path");
    let status = cable.at(1, own).args(["--send", &rate.to_string()]).status().expect("it runs");
    assert!(status.success());
}

/// What this program does in the other namespace.
pub fn send_frames(rate: u32) {
    let socket = sentra_netlib::endpoint::packet::PacketSocket::open("eth0", &[]).expect("the superuser runs this");
    let (source, destination) = ([10, 77, 0, 2].into(), [10, 77, 0, 1].into());
    let mut segment = Vec::new();
    Udp { source: 9, destination: 9, ..Udp::default() }.write(
        std::net::IpAddr::V4(source),
        std::net::IpAddr::V4(destination),
        &[0; 200],
        &mut segment,
    );
    let mut frame = Vec::new();
    let own = socket.interface().mac.unwrap_or_default();
    Ethernet { source: own, destination: Mac::BROADCAST, kind: ethernet::kind::IPV4, ..Ethernet::default() }
        .write(&mut frame);
    Ipv4 { protocol: ip::UDP, source, destination, ..Ipv4::default() }.write(segment.len(), &mut frame);
    frame.extend(segment);
    let (begun, total) = (Instant::now(), u64::from(rate) * SECONDS);
    let mut sent = 0;
    while sent < total {
        let due = (begun.elapsed().as_secs_f64() * f64::from(rate)) as u64;
        while sent < due.min(total) {
            if socket.send(&frame).is_ok() {
                sent += 1;
            }
        }
        thread::yield_now();
    }
}
