//! The resolver against BIND: every type of record equal to what dig shows, and answers that
//! say that there is none.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sentra::program;
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(30);

/// Records of every type that the resolver shows, and some that it does not know.
const ZONE: &str = include_str!("peers/example.zone");

/// A name server for `example`, in a folder of its own.
struct Bind {
    _running: Running,
    port: u16,
}

impl Bind {
    fn start() -> Self {
        let port = free_port();
        let path = &Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bind-{port}"));
        fs::create_dir_all(path).unwrap();
        fs::write(path.join("example.zone"), ZONE).unwrap();
        fs::write(path.join("named.conf"), configuration(path, port)).unwrap();
        let mut command = Command::new("named");
        command.arg("-g").arg("-n1").arg("-c").arg(path.join("named.conf"));
        let running = Running::start(&mut command);
        let bind = Self { _running: running, port };
        bind.wait();
        bind
    }

    fn wait(&self) {
        let until = Instant::now() + LIMIT;
        while self.dig(&["www.example", "A", "+time=1", "+tries=1"]) != ["192.0.2.1"] {
            assert!(Instant::now() < until, "named does not answer");
        }
    }

    /// What dig shows of the answers.
    fn dig(&self, arguments: &[&str]) -> Vec<String> {
        let port = self.port.to_string();
        let mut command = Command::new("dig");
        command.args(["@127.0.0.1", "-p", &port, "+short", "+nosplit"]).args(arguments);
        let outcome = program::run(&mut command, b"", LIMIT);
        outcome.output().lines().map(str::to_string).collect()
    }

    fn sentra(&self, source: &str) -> String {
        let prelude = format!("let at = {{server: \"127.0.0.1\", port: {}}}\n", self.port);
        let outcome = program::run(program::sentra_vm().arg("eval").arg(prelude + source), b"", LIMIT);
        assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
        outcome.output()
    }
}

fn free_port() -> u16 {
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    UdpSocket::bind(("127.0.0.1", port)).unwrap();
    port
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "options {{ directory \"{folder}\"; pid-file none; session-keyfile \"{folder}/session.key\"; listen-on port {port} {{ 127.0.0.1; }};\n\
         listen-on-v6 {{ none; }}; recursion no; allow-query {{ any; }}; minimal-responses yes; notify no; dnssec-validation no; }};\n\
         controls {{ }};\n\
         zone \"example\" {{ type primary; file \"{folder}/example.zone\"; }};\n"
    )
}

/// dig ends names with a dot, and so do they within data.
fn without_dots(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.strip_suffix('.') {
        Some(name) if !name.is_empty() => name,
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The names and types in the zone: a name stands in front, a type behind `IN`.
fn records() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in ZONE.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [name, "IN", kind, ..] = words[..] {
            let name = if name == "@" { "example".into() } else { format!("{name}.example") };
            found.push((name, kind.to_string()));
        }
    }
    found.dedup();
    assert!(found.len() > 30, "the zone has a record of each type");
    found
}

#[test]
fn every_type_of_record_is_shown_as_dig_shows_it() {
    let bind = Bind::start();
    let mut complaints = Vec::new();
    for (name, kind) in records() {
        let mut wanted: Vec<String> = bind.dig(&[&name, &kind]).iter().map(|line| without_dots(line)).collect();
        let quoted = name.replace('\\', r"\\");
        let shown =
            bind.sentra(&format!("for record in dns_query(\"{quoted}\", \"{kind}\", at) {{ log(record.rdata) }}"));
        let mut shown: Vec<String> = shown.lines().map(str::to_string).collect();
        wanted.sort();
        shown.sort();
        if shown != wanted || wanted.is_empty() {
            complaints.push(format!("{name} {kind}: {shown:?}, dig shows {wanted:?}"));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn answers_that_say_that_there_is_none() {
    let bind = Bind::start();
    let absent = "log(dns_lookup(\"nosuch.example\", \"A\", at), last_error().kind)\n\
        log(dns_lookup(\"www.example\", \"MX\", at), last_error().kind)\n\
        try { dns_lookup(\"other.test\", \"A\", at) } catch e { log(e.kind, e.message) }";
    let refused = format!("cannot look up other.test: the name server 127.0.0.1:{} refused (REFUSED)", bind.port);
    assert_eq!(bind.sentra(absent), format!("[] nxdomain\n[] no_data\ndns {refused}\n"));
}

#[test]
fn what_does_not_fit_into_a_datagram_comes_over_tcp() {
    let bind = Bind::start();
    assert_eq!(bind.sentra("log(len(dns_lookup(\"big.example\", \"TXT\", at)))"), "40\n");
    let whole = "let m = dns_query(\"www.example\", \"A\", {server: at.server, port: at.port, message: true, tcp: true})\n\
        log(m.status, m.flags.authoritative, m.answers[0].data)";
    assert_eq!(bind.sentra(whole), "NOERROR true 192.0.2.1\n");
}

#[test]
fn many_lookups_at_once_are_answered() {
    let bind = Bind::start();
    let source = "let tasks = []\nfor i in 0..2000 { push(tasks, spawn dns_lookup(\"www.example\", \"A\", {server: at.server, port: at.port, timeout: 20})) }\n\
        let right = 0\nfor task in tasks { if wait(task)[0] == \"192.0.2.1\" { right = right + 1 } }\nlog(right)";
    assert_eq!(bind.sentra(source), "2000\n");
}
