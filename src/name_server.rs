//! Name servers that tests ask: BIND, Knot and dnsmasq, each with files in a folder of its own.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::certificates::Issued;
use crate::namespace::Namespace;
use crate::program;
use crate::running::Running;

/// How long a server or an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    /// `named`.
    Bind,
    /// `knotd`.
    Knot,
    /// `dnsmasq`.
    Dnsmasq,
}

/// What a server is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Names of zones and their texts; of dnsmasq, lines of its configuration.
    pub zones: &'a [(&'a str, &'a str)],
    /// Where its folder is made.
    pub folder: &'a Path,
    /// The address to answer at.
    pub address: &'a str,
    /// The port; 0 takes a free one of this machine.
    pub port: u16,
    /// The host that it runs on, if that is not this machine.
    pub on: Option<&'a Namespace>,
    /// A certificate to answer within TLS too.
    pub tls: Option<&'a Issued>,
}

/// A name server that runs until it is let go.
#[derive(Debug)]
pub struct NameServer {
    _running: Running,
    address: String,
    /// Where it answers.
    pub port: u16,
    /// Where it answers within TLS.
    pub tls_port: u16,
}

impl NameServer {
    /// Starts a server and waits until it answers.
    pub fn start(software: Software, wish: Wish<'_>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let port = if wish.port == 0 { free_port() } else { wish.port };
        let tls_port = free_port();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = &wish.folder.join(format!("{software:?}-{}-{count}", std::process::id()).to_lowercase());
        // It may be left over from a process that had the same number.
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).expect("the folder can be made");
        for (name, text) in wish.zones {
            fs::write(folder.join(format!("{name}.zone")), text).expect("the folder can be written");
        }
        let (program, configuration, arguments) = match software {
            Software::Bind => ("named", bind(folder, &wish, port, tls_port), &["-g", "-n1", "-c"][..]),
            Software::Knot => ("knotd", knot(folder, &wish, port), &["-c"][..]),
            Software::Dnsmasq => ("dnsmasq", dnsmasq(&wish, port), &["--keep-in-foreground", "-C"][..]),
        };
        let path = folder.join("configuration");
        fs::write(&path, configuration).expect("the folder can be written");
        let mut command = wish.on.map_or_else(|| Command::new(program), |host| host.command(program));
        let running = Running::start(command.args(arguments).arg(path));
        let server = Self { _running: running, address: wish.address.to_owned(), port, tls_port };
        server.wait(wish.on);
        server
    }

    fn wait(&self, on: Option<&Namespace>) {
        let until = Instant::now() + LIMIT;
        let mut command = on.map_or_else(|| Command::new("dig"), |host| host.command("dig"));
        command.args([&format!("@{}", self.address), "-p", &self.port.to_string(), "+time=1", "+tries=1", "."]);
        while !command.output().expect("dig is installed").status.success() {
            assert!(Instant::now() < until, "the name server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What dig shows, line by line, with these arguments.
    pub fn dig(&self, arguments: &[&str]) -> Vec<String> {
        let (server, port) = (format!("@{}", self.address), self.port.to_string());
        let mut command = Command::new("dig");
        command.args([&server, "-p", &port, "+nosplit"]).args(arguments);
        program::run(&mut command, b"", LIMIT).output().lines().map(str::to_string).collect()
    }

    /// What a script prints, in which `at` are the options that name this server.
    pub fn sentra(&self, source: &str) -> String {
        let prelude = format!("let at = {{server: \"{}\", port: {}}}\n", self.address, self.port);
        let outcome = program::run(program::sentra_vm().arg("eval").arg(prelude + source), b"", LIMIT);
        assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
        outcome.output()
    }
}

/// A port that is free for TCP and UDP alike.
pub fn free_port() -> u16 {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
        let port = tcp.local_addr().expect("a listener has an address").port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// dig ends names with a dot, and so do they within data; scripts see them without.
pub fn without_dots(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.strip_suffix('.') {
        Some(name) if !name.is_empty() => name,
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn zone_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.zone"))
}

fn bind(folder: &Path, wish: &Wish<'_>, port: u16, tls_port: u16) -> String {
    let Wish { address, .. } = wish;
    let shown = folder.display();
    let (tls, listen) = wish.tls.map_or_else(Default::default, |issued| {
        let (cert, key) = (issued.cert.display(), issued.key.display());
        (
            format!("tls own {{ cert-file \"{cert}\"; key-file \"{key}\"; }};\n"),
            format!("listen-on port {tls_port} tls own {{ {address}; }};\n"),
        )
    });
    let zones = wish.zones.iter().map(|(name, _)| {
        format!("zone \"{name}\" {{ type primary; file \"{}\"; }};\n", zone_file(folder, name).display())
    });
    format!(
        "{tls}options {{ directory \"{shown}\"; pid-file none; session-keyfile \"{shown}/session.key\";\n\
         listen-on port {port} {{ {address}; }};\n{listen}listen-on-v6 {{ none; }};\n\
         recursion no; allow-query {{ any; }}; minimal-responses yes; notify no; dnssec-validation no; }};\ncontrols {{ }};\n{}",
        zones.collect::<String>()
    )
}

fn knot(folder: &Path, wish: &Wish<'_>, port: u16) -> String {
    let (shown, Wish { address, .. }) = (folder.display(), wish);
    let zones = wish.zones.iter().map(|(name, _)| {
        format!("  - domain: {name}\n    file: {}\n    zonefile-sync: -1\n", zone_file(folder, name).display())
    });
    format!(
        "server:\n    rundir: {shown}\n    listen: {address}@{port}\n    udp-workers: 1\n    tcp-workers: 1\n\
         database:\n    storage: {shown}\nzone:\n{}",
        zones.collect::<String>()
    )
}

fn dnsmasq(wish: &Wish<'_>, port: u16) -> String {
    let lines: Vec<&str> = wish.zones.iter().map(|(_, lines)| *lines).collect();
    let Wish { address, .. } = wish;
    format!(
        "port={port}\nlisten-address={address}\nbind-interfaces\nno-resolv\nno-hosts\nuser=root\npid-file\n{}\n",
        lines.join("\n")
    )
}
