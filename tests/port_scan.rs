//! Port scans against nmap: the same verdict on every port, by connections, by SYN segments and
//! by datagrams, over a path with delay, loss and filters that the test makes for itself.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use sentra::certificates::Authority;
use sentra::namespace::{self, Namespace};
use sentra::program;
use sentra::running::Running;
use sentra::slow_path::{HOST, SlowPath, TCP, UDP};

const LIMIT: Duration = Duration::from_secs(240);
/// The network of these tests.
struct Path(SlowPath);

impl Path {
    fn new(bridge_does: &str, tcp: &[u16], udp: &[u16]) -> Self {
        Self(SlowPath::new(bridge_does, tcp, udp))
    }

    fn with_rules(self) -> Self {
        Self(self.0.with_rules())
    }

    fn sentra(&self, first: u16, last: u16, scan_type: &str) -> BTreeMap<u16, String> {
        let source = format!(
            "for one in port_scan(\"{HOST}\", {first}, {last}, \"{scan_type}\", {{banner: false}}) {{ log(one.port, one.state) }}"
        );
        let mut command = self.0.scanner.command(program::sentra_vm().get_program());
        let outcome = program::run(command.args(["eval", &source]), b"", LIMIT);
        assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
        verdicts(outcome.output().lines().filter_map(|line| line.split_once(' ')))
    }

    fn nmap(&self, first: u16, last: u16, scan: &str) -> BTreeMap<u16, String> {
        let mut command = self.0.scanner.command("nmap");
        command.args(["-n", "-Pn", scan, "-T4", "-p", &format!("{first}-{last}"), "-oX", "-", HOST]);
        let outcome = program::run(&mut command, b"", LIMIT);
        assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
        nmap_verdicts(&outcome.output())
    }

    fn assert_equal(&self, first: u16, last: u16, scan_type: &str, nmap: &str) {
        let (ours, theirs) = (self.sentra(first, last, scan_type), self.nmap(first, last, nmap));
        assert_eq!(ours.len(), usize::from(last - first) + 1);
        let different: Vec<_> = ours
            .iter()
            .filter(|(port, state)| theirs.get(port) != Some(state))
            .map(|(port, state)| (port, state, theirs.get(port)))
            .collect();
        assert!(different.is_empty(), "{scan_type}: port, Sentra's verdict, nmap's: {different:?}");
    }
}

fn verdicts<'a>(lines: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<u16, String> {
    lines.map(|(port, state)| (port.parse().unwrap(), state.to_owned())).collect()
}

/// The value of an attribute behind `at`.
fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.find(&format!("{name}=\""))? + name.len() + 2;
    text[start..].split('"').next()
}

/// nmap lists ports of which it says more one by one, the others by state, with their ranges.
fn nmap_verdicts(xml: &str) -> BTreeMap<u16, String> {
    let mut found = BTreeMap::new();
    let mut state = "";
    let mut port = None;
    for element in xml.split('<') {
        if element.starts_with("extraports ") {
            state = attribute(element, "state").unwrap();
        } else if element.starts_with("extrareasons ") {
            for range in attribute(element, "ports").unwrap().split(',') {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let ports = first.parse::<u16>().unwrap()..=last.parse().unwrap();
                found.extend(ports.map(|port| (port, state.to_owned())));
            }
        } else if element.starts_with("port ") {
            port = attribute(element, "portid").and_then(|number| number.parse().ok());
        } else if let (true, Some(port)) = (element.starts_with("state "), port.take()) {
            found.insert(port, attribute(element, "state").unwrap().to_owned());
        }
    }
    found
}

#[test]
fn verdicts_by_connections_are_those_of_nmap() {
    if namespace::can_be_made() {
        Path::new("20", TCP, &[]).with_rules().assert_equal(1, 2000, "TCP", "-sT");
    }
}

#[test]
fn verdicts_by_segments_are_those_of_nmap() {
    if namespace::can_be_made() {
        Path::new("20", TCP, &[]).with_rules().assert_equal(1, 2000, "SYN", "-sS");
    }
}

#[test]
fn verdicts_by_datagrams_are_those_of_nmap() {
    if namespace::can_be_made() {
        Path::new("20", &[], UDP).with_rules().assert_equal(1, 200, "UDP", "-sU");
    }
}

#[test]
fn closed_ports_of_a_host_that_says_so_once_a_second_are_all_found() {
    if namespace::can_be_made() {
        let path = Path::new("1", &[], &[105]);
        let states = path.sentra(100, 111, "UDP");
        assert!(states.iter().all(|(port, state)| state == if *port == 105 { "open" } else { "closed" }), "{states:?}");
    }
}

/// 25 of them, all over.
fn open_ports() -> Vec<u16> {
    (0..25u16).map(|index| 7 + index * 390).collect()
}

/// All of them are found on such a path, and nothing else, by connections and by segments.
fn assert_all_found(rules: &str) {
    if namespace::can_be_made() {
        let path = Path::new(rules, &open_ports(), &[]);
        for scan_type in ["TCP", "SYN"] {
            let states = path.sentra(1, 10_000, scan_type);
            let open: Vec<u16> = states.iter().filter(|(_, state)| *state == "open").map(|(port, _)| *port).collect();
            assert_eq!(open, open_ports(), "{scan_type}");
        }
    }
}

#[test]
fn no_open_port_is_lost_where_frames_are() {
    assert_all_found("20 0.05");
}

#[test]
fn no_open_port_is_lost_where_a_path_takes_little() {
    // A queue of 50 frames before 3,000 a second.
    assert_all_found("20 0 50 3000");
}

#[test]
fn a_host_that_is_not_there_is_filtered() {
    if namespace::can_be_made() {
        let path = Path::new("1", &[], &[]);
        path.0.host.run("ip address flush dev eth0");
        for scan_type in ["TCP", "SYN"] {
            let states = path.sentra(1, 50, scan_type);
            assert!(states.values().all(|state| state == "filtered"), "{scan_type} {states:?}");
        }
    }
}

#[test]
fn without_the_capability_a_scan_by_segments_says_which_and_how_to_get_it() {
    let source = "try { port_scan(\"127.0.0.1\", 1, 2, \"SYN\") } catch e { log(e.kind, e.message) }";
    let vm = program::sentra_vm();
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-net_raw", "--inh-caps=-net_raw", "--"]).arg(vm.get_program()).args(["eval", source]);
    if !nix_is_root() {
        command = program::sentra_vm();
        command.args(["eval", source]);
    }
    let output = program::run(&mut command, b"", LIMIT).output();
    assert!(
        output.starts_with("permission cannot connect to 127.0.0.1: raw sockets need the capability CAP_NET_RAW"),
        "{output}"
    );
    assert!(output.contains("setcap cap_net_raw+ep"), "{output}");
}

fn nix_is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id is installed");
    output.stdout == b"0\n"
}

#[test]
fn all_ports_of_this_machine_are_scanned_with_few_descriptors() {
    let listeners: Vec<TcpListener> = (0..25).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let source = "for one in port_scan(\"127.0.0.1\", 1, 65535, \"TCP\", {banner: false}) { if one.state == \"open\" { log(one.port) } }";
    let line = format!("ulimit -n 64; exec '{}' eval '{source}'", program::sentra_vm().get_program().display());
    let outcome = program::run(Command::new("sh").args(["-c", &line]), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let found: Vec<u16> = outcome.output().lines().map(|line| line.parse().expect(line)).collect();
    for listener in &listeners {
        let port = listener.local_addr().unwrap().port();
        assert!(found.contains(&port), "{port}");
    }
}

#[test]
fn scans_without_descriptors_say_so() {
    let source = "let held = []\nwhile len(held) < 200 { let one = socket_create(\"UDP\", \"127.0.0.1\", 9)\n if one == nil { break }\n push(held, one) }\n\
        try { port_scan(\"127.0.0.1\", 1, 9, \"TCP\") } catch e { log(e.kind) }\n\
        try { network_scan(\"127.0.0.1/32\", {method: \"ping\"}) } catch e { log(e.kind) }";
    let line = format!("ulimit -n 64; exec '{}' eval '{source}'", program::sentra_vm().get_program().display());
    let outcome = program::run(Command::new("sh").args(["-c", &line]), b"", LIMIT);
    assert_eq!(outcome.output(), "exhausted\nexhausted\n", "{}", outcome.errors());
}

#[test]
fn ports_that_never_speak_cost_their_own_time_together() {
    let listeners: Vec<TcpListener> = (0..40).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    let (first, last) = (ports.iter().min().unwrap(), ports.iter().max().unwrap());
    let source = format!(
        "let begun = monotonic_ms()\nlet found = port_scan(\"127.0.0.1\", {first}, {last}, \"TCP\", {{banner_timeout_ms: 400}})\n\
         log(len(filter(found, fn(one) => one.state == \"open\" && one.banner == \"\")) >= 40)"
    );
    let outcome = program::run(program::sentra_vm().args(["eval", &source]), b"", LIMIT);
    assert_eq!(outcome.output(), "true\n", "{}", outcome.errors());
    // One after the other they would take 16 seconds.
    assert!(outcome.elapsed < Duration::from_secs(12), "{:?}", outcome.elapsed);
}

/// Answers to whatever is said first, then closes.
fn serve(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut stream = stream;
                let _ = stream.write_all(answer);
                thread::sleep(Duration::from_millis(50));
            });
        }
    });
    port
}

#[test]
fn malformed_banners_end_in_a_report() {
    let endless: &'static [u8] = Box::leak(vec![b'A'; 1 << 20].into_boxed_slice());
    let odd: &[&[u8]] = &[
        b"",
        b"\0",
        b"SSH-",
        b"\xff\xfb",
        b"\x16\x03\x01\xff\xff\x02",
        b"\x4a\0\0\0\x0a5.5.5-",
        b"\xff\xff\xff\0\xff",
        b"HTTP/1.1 200 OK\r\nServer: ",
        b"HTTP/",
        b"E\xff\xff\xff\xffSFATAL",
        b"\0\0\0\x40\xfeSMB",
        b"\0\x1e^\x17\x80\0\0\x01\xff\xff\xff\xff",
        b"220 \x1b]0;title\x07 ESMTP\r\n",
        endless,
    ];
    for answer in odd {
        let port = serve(answer);
        let source = format!(
            "let one = port_scan(\"127.0.0.1\", {port}, {port}, \"TCP\", {{banner_timeout_ms: 1500}})[0]\nlog(one.state, len(one.banner) <= 1024, regex_match(\"[\\\\x00-\\\\x1f]\", one.banner))"
        );
        let outcome = program::run(program::sentra_vm().args(["eval", &source]), b"", Duration::from_secs(20));
        assert_eq!(
            outcome.output(),
            "open true false\n",
            "{:?}: {}",
            &answer[..answer.len().min(20)],
            outcome.errors()
        );
    }
}

#[test]
fn the_tutorials_scan_runs_as_written() {
    if !namespace::can_be_made() {
        return;
    }
    let (scanner, host) = (Namespace::new(), Namespace::new());
    scanner.connect("eth0", &host, "eth0");
    scanner.run("ip address add 192.168.1.2/24 dev eth0");
    host.run("ip address add 192.168.1.1/24 dev eth0");
    let source = "let listener = socket_listen(\"TCP\", \"192.168.1.1\", 22)\nlog(\"ready\")\n\
        while true { socket_send(socket_accept(listener), \"SSH-2.0-Test_1\\r\\n\") }";
    let server = Running::start(host.command(program::sentra_vm().get_program()).args(["eval", source]));
    assert_eq!(server.line(), "ready");
    let script = program::root().join("crates/sentra-compiler/tests/data/tutorial/10_port_scanning.sn");
    let outcome = program::run(scanner.command(program::sentra_vm().get_program()).arg("run").arg(script), b"", LIMIT);
    assert_eq!(outcome.output(), "Port 22 is open\n  Service: ssh\n  Banner: SSH-2.0-Test_1\n", "{}", outcome.errors());
}

#[test]
fn the_tutorials_scanner_finds_what_is_wrong_with_a_host() {
    if !namespace::can_be_made() {
        return;
    }
    let (scanner, host) = (Namespace::new(), Namespace::new());
    scanner.connect("eth0", &host, "eth0");
    scanner.run("ip address add 192.168.1.2/24 dev eth0");
    host.run("ip address add 192.168.1.1/24 dev eth0");
    let source = "let ports = [22, 23, 40000].map(|port| socket_listen(\"TCP\", \"0.0.0.0\", port))\nlog(\"ready\")\n\
        for listener in ports { spawn fn() { while true { socket_send(socket_accept(listener), \"\\r\\nhello\\r\\n\") } }() }";
    let server = Running::start(host.command(program::sentra_vm().get_program()).args(["eval", source]));
    assert_eq!(server.line(), "ready");
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("security-scanner");
    let issued = Authority::new(&folder, "Scanner").good();
    let mut openssl = host.command("openssl");
    openssl.args(["s_server", "-accept", "0.0.0.0:443", "-www", "-tls1_2", "-cert"]).arg(&issued.cert);
    let web = Running::start(openssl.arg("-key").arg(&issued.key));
    while !web.line().starts_with("ACCEPT") {}
    let as_written = std::fs::read_to_string(
        program::root().join("crates/sentra-compiler/tests/data/tutorial/16_security_scanner.sn"),
    )
    .unwrap();
    let script = folder.join("scan.sn");
    let shown = "\nfor port in security_scan(\"192.168.1.1\") { log(port[\"port\"], port[\"service\"]) }\n";
    std::fs::write(&script, as_written + shown).unwrap();
    let outcome = program::run(scanner.command(program::sentra_vm().get_program()).arg("run").arg(script), b"", LIMIT);
    let wanted = "Scanning 192.168.1.1...\nWARNING: Insecure telnet service found!\nSSL vulnerabilities found!\n\
        22 ssh\n23 telnet\n443 https\n40000 safetynetp\n";
    assert_eq!(outcome.output(), wanted, "{}", outcome.errors());
}

#[test]
fn the_example_shows_a_table_and_writes_reports() {
    let port = serve(b"SSH-2.0-<b>&Test\r\n");
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("netscan");
    std::fs::create_dir_all(&folder).unwrap();
    let (json, html) = (folder.join("report.json"), folder.join("report.html"));
    let example = program::root().join("examples/netscan.sn");
    let range = format!("{}-{}", port - 1, port + 1);
    let mut command = program::sentra_vm();
    let outcome =
        program::run(command.arg("run").arg(example).args(["127.0.0.1", &range]).arg(&json).arg(&html), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let (output, errors) = (outcome.output(), outcome.errors());
    let row = output.lines().find(|line| line.starts_with(&port.to_string())).expect("a row for the port");
    assert!(row.contains("open") && row.contains("ssh") && row.ends_with("SSH-2.0-<b>&Test"), "{output}");
    assert!(errors.contains("[########################################] 100 %, 1 open"), "{errors}");
    let json = std::fs::read_to_string(json).unwrap();
    assert!(json.contains("\"banner\": \"SSH-2.0-<b>&Test\"") && json.contains("\"open\": 1"), "{json}");
    let html = std::fs::read_to_string(html).unwrap();
    assert!(html.contains("<td>SSH-2.0-&lt;b&gt;&amp;Test</td>") && html.ends_with("</html>\n"), "{html}");
}
