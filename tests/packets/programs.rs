//! The tutorial's monitor and the examples that watch and send packets, on a cable with real tools at its other end.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sentra::captures::Cable;
use sentra::program;
use sentra::running::Running;

/// Runs a command again and again beside something else, until that is over.
fn meanwhile<R>(mut command: Command, other: impl FnOnce() -> R) -> R {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let over = AtomicBool::new(false);
    /// Ends the repetition, also when the test fails.
    struct Ends<'a>(&'a AtomicBool);
    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        let _ends = Ends(&over);
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let _ = command.status();
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        other()
    })
}

fn example(cable: &Cable, end: usize, name: &str, arguments: &[&str]) -> Running {
    let path = program::root().join("examples").join(name);
    Running::start(cable.sentra_vm(end).arg("run").arg(path).args(arguments))
}

/// A web server without pages, which says so once it listens.
fn web_server(cable: &Cable, end: usize, port: &str) -> Running {
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/no-pages");
    std::fs::create_dir_all(folder).expect("the target folder can be written");
    let mut server = cable.at(end, "python3");
    Running::start(server.args(["-u", "-m", "http.server", port, "--directory", folder]))
}

/// The next line that begins so, and has a text in it.
fn line_with(program: &Running, start: &str, text: &str) -> String {
    loop {
        let line = program.line();
        if line.starts_with(start) && line.contains(text) {
            return line;
        }
    }
}

/// Seed 1's monitor, with the name of its interface alone changed where that is another one.
pub fn monitor(interface: &str, scanner: usize, target: &str, source: &str) {
    let cable = Cable::lay();
    let path = program::root().join("crates/sentra-compiler/tests/data/tutorial/15_network_monitor.sn");
    let text = std::fs::read_to_string(path).expect("it is there").replace("eth0", interface);
    let watching = Running::start(cable.sentra_vm(0).arg("eval").arg(&text));
    let mut scan = cable.at(scanner, "nmap");
    scan.args(["-sS", "-n", "-Pn", "-p", "1-200", "--max-retries", "0", target]);
    meanwhile(scan, || {
        line_with(&watching, "ALERT: Port Scan", "");
        let rest = [watching.line(), watching.line(), watching.line()];
        assert_eq!(rest[..2], ["  Severity: medium", &format!("  Source: {source}")]);
        assert!(rest[2].starts_with(&format!("  Description: {source} tried ")), "{rest:?}");
    });
}

pub fn credentials() {
    let cable = Cable::lay();
    let server = web_server(&cable, 1, "80");
    let watching = example(&cable, 0, "sniff_credentials_alert.sn", &["eth0", "1"]);
    server.line();
    let mut login = cable.at(0, "curl");
    login.args(["-s", "-m", "5", "-u", "alice:opensesame", "http://10.77.0.2/"]);
    let line = meanwhile(login, || watching.line());
    assert!(line.contains("10.77.0.1 logged in to HTTP of 10.77.0.2 in the clear, as alice (port 80)"), "{line}");
    assert!(!line.contains("opensesame"));
}

pub fn guard() {
    let cable = Cable::lay();
    let guarding = example(&cable, 0, "portscan_guard.sn", &["eth0", "--block", "--seconds", "2"]);
    let mut scan = cable.at(1, "nmap");
    scan.args(["-sT", "-n", "-Pn", "-p", "1-300", "--max-retries", "0", "10.77.0.1"]);
    let reaches =
        || cable.at(1, "ping").args(["-c", "1", "-W", "1", "10.77.0.1"]).output().is_ok_and(|out| out.status.success());
    assert!(reaches(), "before it scans it is answered");
    let (told, shut) = meanwhile(scan, || (guarding.line(), guarding.line()));
    assert!(told.contains("connect scan by 10.77.0.2 of 10.77.0.1: "), "{told}");
    assert_eq!(shut, "10.77.0.2 is shut out");
    assert!(!reaches(), "it is shut out");
}

pub fn raw_sockets() {
    let cable = Cable::lay();
    let server = web_server(&cable, 0, "8080");
    server.line();
    let sniffer = example(&cable, 0, "raw_sniffer.sn", &["eth0", "0", "tcp", "or", "ether", "proto", "0x88b5"]);
    assert_eq!(sniffer.error_line(), "listening on eth0");
    let card = |end: usize| {
        let output = cable.at(end, "cat").arg("/sys/class/net/eth0/address").output().expect("cat runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let (here, there) = (card(0), card(1));
    for (port, verdict) in [("8080", "open (SYN,ACK)"), ("8081", "closed (RST,ACK)")] {
        let injecting = example(&cable, 1, "raw_inject.sn", &["eth0", "10.77.0.2", "10.77.0.1", port, &here]);
        assert_eq!(injecting.line(), format!("10.77.0.1:{port} is {verdict}"));
        let from = format!("{there} > {here}: TCP 10.77.0.2:");
        line_with(&sniffer, &from, &format!(" > 10.77.0.1:{port}, ttl 64, 40 bytes"));
        line_with(&sniffer, &format!("{here} > {there}: TCP 10.77.0.1:{port} > 10.77.0.2:"), "bytes");
    }
    let odd = "let id = raw_open(\"eth0\")\nraw_send(id, packet_build([{layer: \"ethernet\", ethertype: 0x88b5}, {layer: \"payload\", data: \"12345\"}]))";
    assert!(cable.sentra_vm(1).arg("eval").arg(odd).status().is_ok_and(|status| status.success()));
    line_with(&sniffer, "00:00:00:00:00:00 > ", "EtherType 0x88b5, 5 bytes");
}
