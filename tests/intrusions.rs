//! Intrusion detection in networks that the tests make: attacks by the tools that attackers
//! have raise one alert each, with the right source and target; ordinary traffic raises none.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sentra::namespace::{self, Namespace};
use sentra::program;
use sentra::running::Running;

#[path = "intrusions/ordinary.rs"]
mod ordinary;

const LIMIT: Duration = Duration::from_secs(60);
const ATTACKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/attacks.py");

const VICTIM: &str = "10.77.0.2";
const ATTACKER: &str = "10.77.0.66";
const GATEWAY: &str = "10.77.0.1";

/// Three hosts on one link, whose switch is the victim.
struct Net {
    victim: Namespace,
    attacker: Namespace,
    gateway: Namespace,
}

impl Net {
    fn new() -> Self {
        let net = Self { victim: Namespace::new(), attacker: Namespace::new(), gateway: Namespace::new() };
        net.victim
            .run("ip link add switch type bridge && ip link set switch up && ip addr add 10.77.0.2/24 dev switch");
        for (host, port, address) in [(&net.attacker, "port1", ATTACKER), (&net.gateway, "port2", GATEWAY)] {
            net.victim.connect(port, host, "eth0");
            net.victim.run(&format!("ip link set {port} master switch"));
            host.run(&format!("ip addr add {address}/24 dev eth0; ip route add default via {VICTIM} || true"));
        }
        // Hosts know each other before anything happens.
        net.attacker.run(&format!("ping -c 1 -W 5 {VICTIM} >/dev/null"));
        net.gateway.run(&format!("ping -c 1 -W 5 {VICTIM} >/dev/null"));
        net
    }

    /// What the victim is alerted of while something happens: lines of type, source and target. On a busy machine it
    /// may take longer than a watch: then there is a longer one.
    fn watch(&self, options: &str, happens: impl Fn(&Self)) -> Vec<String> {
        let alerts = [4, 12, 40, 200].iter().find_map(|seconds| self.watch_for(*seconds, options, &happens));
        alerts.expect("it is over before the watch is")
    }

    fn watch_for(&self, seconds: u64, options: &str, happens: impl Fn(&Self)) -> Option<Vec<String>> {
        let file = tempfile(&format!("{}.pcap", self.victim.pid()));
        // A recording and the live watch see the same.
        let mut recorder = self.victim.command("tcpdump");
        recorder.args(["-i", "switch", "-U", "--immediate-mode", "-s", "9000", "-B", "16384", "-w", &file]);
        let mut recorder = Running::start(&mut recorder);
        while !recorder.error_line().contains("listening on") {}
        let script = format!(
            "let alerts = detect_intrusions(\"switch\", {seconds}, {options})\n\
             for a in alerts {{ log(a.alert_type + \" \" + a.source_ip + \" \" + a.target_ip) }}\nlog(\"end\")"
        );
        let begun = Instant::now();
        let mut live = self.victim.command(program::directory().join("sentra-vm"));
        let live = Running::start(live.args(["eval", &script]));
        self.wait_for_sockets(2);
        happens(self);
        if begun.elapsed() + Duration::from_millis(300) > Duration::from_secs(seconds) {
            return None;
        }
        let mut lines = vec![];
        let until = begun + Duration::from_secs(seconds) + LIMIT;
        while let Some(line) = live.line_until(until).filter(|line| line != "end") {
            lines.push(line);
        }
        recorder.signal("TERM");
        recorder.end();
        let recorded = recorded(&file, options);
        let _ = std::fs::remove_file(&file);
        assert_eq!(recorded, lines, "a recording gives the same");
        Some(lines)
    }

    /// Waits until so many packet sockets of the victim get what an interface carries: bound to one, and running.
    fn wait_for_sockets(&self, count: usize) {
        let until = Instant::now() + LIMIT;
        while self.victim.run("awk '$5 > 0 && $6 == 1' /proc/net/packet").lines().count() < count {
            assert!(Instant::now() < until, "nobody captures");
        }
    }

    fn attack(&self, line: &str) {
        self.attacker.run(&format!("{line} >/dev/null 2>&1 || true"));
    }

    fn script(&self, name: &str, argument: &str) {
        self.attacker.run(&format!("python3 '{ATTACKS}' {name} {VICTIM} '{argument}'"));
    }
}

fn tempfile(name: &str) -> String {
    format!("{}/intrusions-{name}", env!("CARGO_TARGET_TMPDIR"))
}

/// What a script prints.
fn eval(source: &str) -> String {
    let outcome = program::run(program::sentra_vm().args(["eval", source]), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    outcome.output()
}

fn recorded(file: &str, options: &str) -> Vec<String> {
    let script = format!(
        "for a in detect_intrusions(\"file:{file}\", 0, {options}) {{ log(a.alert_type + \" \" + a.source_ip + \" \" + a.target_ip) }}"
    );
    eval(&script).lines().map(str::to_string).collect()
}

fn raises(happens: impl Fn(&Net), expected: &str) {
    if namespace::can_be_made() {
        assert_eq!(Net::new().watch("{}", happens), [expected]);
    }
}

#[test]
fn scans_by_nmap() {
    for kind in ["-sS", "-sT", "-sX"] {
        let line = format!("nmap {kind} -n -Pn -p 1-150 --max-retries 0 {VICTIM}");
        raises(|net| net.attack(&line), "Port Scan 10.77.0.66 10.77.0.2");
    }
}

#[test]
fn stealthy_scans_by_nmap() {
    for kind in ["-sF", "-sN"] {
        let line = format!("nmap {kind} -n -Pn -p 1-150 --max-retries 0 {VICTIM}");
        raises(|net| net.attack(&line), "Port Scan 10.77.0.66 10.77.0.2");
    }
}

#[test]
fn a_sweep_by_nmap() {
    let sweep = |net: &Net| net.attack("nmap -sn -n --max-retries 0 10.77.0.128/26");
    raises(sweep, "Host Sweep 10.77.0.66 10.77.0.128/26");
}

#[test]
fn floods_by_hping() {
    let flood = |line: &str| format!("timeout 8 hping3 -q {line} {VICTIM}");
    raises(|net| net.attack(&flood("-S -p 80 -i u2000 -c 800")), "SYN Flood 10.77.0.66 10.77.0.2");
    raises(|net| net.attack(&flood("-S -p 80 -i u2000 -c 800 --rand-source")), "SYN Flood multiple 10.77.0.2");
    raises(|net| net.attack(&flood("--udp -p 7 -i u50 -c 20000")), "UDP Flood 10.77.0.66 10.77.0.2");
    raises(|net| net.attack(&flood("--icmp -i u1000 -c 2000")), "ICMP Flood 10.77.0.66 10.77.0.2");
}

#[test]
fn a_land_attack_by_hping() {
    let line = format!("timeout 8 hping3 -q -S -a {VICTIM} -p 139 -s 139 -k -i u100000 -c 3 {VICTIM}");
    raises(|net| net.attack(&line), "Land Attack 10.77.0.2 10.77.0.2");
}

/// A victim talks to its gateway, so that both have said which card they have; the attacker says every second that it
/// is the gateway: by two programs, as one says so every other second, which is hardly more often than a question that
/// excuses it comes by.
fn spoof(net: &Net, options: &str) {
    net.victim.run(&format!("ip neighbour flush all; ping -c 1 -W 5 {GATEWAY}"));
    net.attacker.run(&format!("ip neighbour flush all; ping -c 1 -W 5 {VICTIM}"));
    let lie = |seconds: u32| format!("timeout -s KILL {seconds} arpspoof -i eth0 {options} {GATEWAY}");
    net.attack(&format!("({} & sleep 1; {}; wait)", lie(7), lie(6)));
}

#[test]
fn arpspoof() {
    raises(|net| spoof(net, &format!("-t {VICTIM}")), "ARP Spoofing 10.77.0.66 10.77.0.2");
    // To everyone.
    raises(|net| spoof(net, ""), "ARP Spoofing 10.77.0.66 10.77.0.1");
}

#[test]
fn logins_that_are_tried() {
    for service in ["ssh", "ftp"] {
        let brute = |net: &Net| {
            let mut server = net.victim.command("python3");
            let server = Running::start(server.args([ATTACKS, "server", VICTIM, service]));
            assert_eq!(server.line(), "listens");
            net.script("brute", service);
        };
        raises(brute, "Brute Force 10.77.0.66 10.77.0.2");
    }
}

#[test]
fn abuse_of_dns() {
    raises(|net| net.script("tunnel", ""), "DNS Tunneling 10.77.0.66 10.77.0.2");
    raises(|net| net.script("amplify", ""), "DNS Amplification 10.77.0.66 10.77.0.2");
}

#[test]
fn fragments_that_no_system_sends() {
    let argument = format!("eth0,{ATTACKER}");
    raises(|net| net.script("death", &argument), "Ping of Death 10.77.0.66 10.77.0.2");
    raises(|net| net.script("overlap", &argument), "IP Fragment Overlap 10.77.0.66 10.77.0.2");
}

/// A web server of Python's on the victim.
fn web_server(net: &Net) -> Running {
    let folder = tempfile(&format!("{}-web", net.victim.pid()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(format!("{folder}/large"), vec![7; 20 << 20]).unwrap();
    std::fs::write(format!("{folder}/page.html"), "<p>a page</p>".repeat(500)).unwrap();
    let mut server = net.victim.command("python3");
    server.args(["-u", "-m", "http.server", "80", "--directory", &folder]).stderr(Stdio::null());
    let server = Running::start(&mut server);
    server.line();
    server
}

#[test]
fn a_password_in_the_clear() {
    let login = |net: &Net| {
        let _server = web_server(net);
        net.attacker.run(&format!("curl -s -u alice:secret http://{VICTIM}/page.html >/dev/null"));
    };
    raises(login, "Cleartext Credentials 10.77.0.66 10.77.0.2");
}

#[test]
fn ordinary_traffic_raises_none() {
    if !namespace::can_be_made() {
        return;
    }
    let net = Net::new();
    let alerts = net.watch("{}", |net| {
        let _server = web_server(net);
        // Pages, a download, pings, a few logins by SSH, names that are asked for, a stream.
        net.attacker.run(&format!(
            "for i in $(seq 40); do curl -s http://{VICTIM}/page.html http://{VICTIM}/nosuch >/dev/null; done; \
             curl -s http://{VICTIM}/large >/dev/null; ping -c 5 -i 0.2 {VICTIM} >/dev/null"
        ));
        net.gateway.run(&format!(
            "python3 -c 'import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
             for i in range(3000):\n s.sendto(bytes(1200), (\"{VICTIM}\", 5004)); time.sleep(0.0005)'"
        ));
    });
    assert!(alerts.is_empty(), "{alerts:?}");
}

#[test]
fn an_hour_of_ordinary_traffic_raises_none() {
    if namespace::can_be_made() {
        ordinary::raises_none();
    }
}

#[test]
fn rules_and_eve() {
    if !namespace::can_be_made() {
        return;
    }
    let (rules, lines) = (tempfile("rules"), tempfile("eve.json"));
    let rule = "alert tcp any any -> any 80 (msg:\"looks for a secret\"; flow:established,to_server; \
                content:\"GET /secret\"; depth:20; sid:1000001; priority:1;)\n";
    std::fs::write(&rules, rule).unwrap();
    let net = Net::new();
    let alerts = net.watch(&format!("{{rules: \"{rules}\", eve: \"{lines}\"}}"), |net| {
        let (_server, _) = (web_server(net), std::fs::write(&lines, ""));
        net.attacker.run(&format!("curl -s http://{VICTIM}/secret http://{VICTIM}/page.html >/dev/null"));
    });
    assert_eq!(alerts, ["looks for a secret 10.77.0.66 10.77.0.2"]);
    let eve = std::fs::read_to_string(&lines).unwrap();
    assert_eq!(eve.lines().count(), 2, "one by the live watch, one by the recording: {eve}");
    let mut check = Command::new("python3");
    check.args(["-c", "import json, sys\nfor line in sys.stdin: print(json.loads(line)['alert']['signature_id'])"]);
    let outcome = program::run(&mut check, eve.as_bytes(), LIMIT);
    assert_eq!(outcome.output(), "1000001\n1000001\n", "{}", outcome.errors());
}
