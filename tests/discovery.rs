//! Hosts found on networks that the test makes for itself, and the ways to them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sentra::name_server::{NameServer, Software, Wish};
use sentra::namespace::{self, Namespace};
use sentra::program;

const LIMIT: Duration = Duration::from_secs(60);

/// A bridge with hosts `h1`, `h2`, … at 192.168.1.11, 12, … and one more, from where they are
/// looked for, at 192.168.1.1 with a name server that knows them.
struct Neighbourhood {
    scanner: Namespace,
    hosts: Vec<Namespace>,
    _bridge: Namespace,
    _names: NameServer,
}

impl Neighbourhood {
    fn new(count: usize) -> Self {
        let (bridge, scanner) = (Namespace::new(), Namespace::new());
        bridge.run("ip link add br0 type bridge; ip link set br0 up");
        join(&bridge, &scanner, "s0", "192.168.1.1/24", "02:00:00:00:00:01");
        let hosts: Vec<Namespace> = (0..count).map(|_| Namespace::new()).collect();
        for (index, host) in hosts.iter().enumerate() {
            join(&bridge, host, &format!("h{index}"), &format!("192.168.1.{}/24", 11 + index), &mac(index));
        }
        let records: String =
            (0..count).map(|index| format!("host-record=h{index}.lan,192.168.1.{}\n", 11 + index)).collect();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let zones = [("lan", records.as_str())];
        let wish = Wish { zones: &zones, folder, address: "127.0.0.1", port: 53, on: Some(&scanner), tls: None };
        let names = NameServer::start(Software::Dnsmasq, wish);
        let settings = folder.join(format!("resolv-{}.conf", scanner.pid()));
        fs::write(&settings, "nameserver 127.0.0.1\noptions timeout:1\n").unwrap();
        scanner.cover("/etc/resolv.conf", &settings);
        Self { scanner, hosts, _bridge: bridge, _names: names }
    }

    fn eval(&self, source: &str) -> String {
        eval(&self.scanner, source)
    }
}

/// Puts a host on the bridge.
fn join(bridge: &Namespace, host: &Namespace, port: &str, address: &str, mac: &str) {
    bridge.connect(port, host, "eth0");
    bridge.run(&format!("ip link set {port} master br0"));
    let number = address.strip_prefix("192.168.1.").and_then(|rest| rest.strip_suffix("/24")).unwrap();
    host.run(&format!(
        "ip link set eth0 address {mac}; ip address add {address} dev eth0; ip address add fd00:1::{number}/64 dev eth0 nodad"
    ));
}

/// The first one's card is registered, the others' are not.
fn mac(index: usize) -> String {
    if index == 0 { "00:00:0c:00:00:11".into() } else { format!("02:00:00:00:01:{index:02x}") }
}

fn eval(host: &Namespace, source: &str) -> String {
    let vm = program::directory().join("sentra-vm");
    let outcome = program::run(host.command(vm).arg("eval").arg(source), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    outcome.output()
}

/// Listens on a port of a host.
fn listen(host: &Namespace, port: u16) -> sentra::running::Running {
    greet(host, port, "")
}

/// The same, and says something to all who come.
fn greet(host: &Namespace, port: u16, greeting: &str) -> sentra::running::Running {
    let source = format!(
        "let l = socket_listen(\"TCP\", \"::\", {port})\nlog(\"ready\")\nwhile true {{ let c = socket_accept(l)\n \
         if c != nil {{ socket_send(c, \"{greeting}\")\n socket_close(c) }} }}"
    );
    let vm = program::directory().join("sentra-vm");
    let running = sentra::running::Running::start(host.command(vm).arg("eval").arg(source));
    assert_eq!(running.line(), "ready");
    running
}

#[test]
fn hosts_of_a_link_are_found_and_none_is_invented() {
    if !namespace::can_be_made() {
        return;
    }
    let lan = Neighbourhood::new(8);
    let _web = listen(&lan.hosts[2], 80);
    let _ssh = greet(&lan.hosts[5], 22, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\\r\\n");
    // Who drops echoes and segments is found all the same.
    lan.hosts[3].run("nft add table t; nft 'add chain t in { type filter hook input priority 0; policy drop; }'");
    let found = lan.eval(
        "for h in network_scan(\"192.168.1.0/24\") { log(h.ip, h.hostname == \"\" ? \"-\" : h.hostname, h.mac, h.vendor, h.os, h.ports, h.latency_ms < 500) }",
    );
    let mut wanted = vec!["192.168.1.1 - 02:00:00:00:00:01  Linux [] true".to_owned()];
    for index in 0..8 {
        let vendor = if index == 0 { "Cisco Systems, Inc" } else { "" };
        let (os, ports) = match index {
            2 => ("Linux", "[80]"),
            3 => ("", "[]"),
            5 => ("Linux (Debian)", "[22]"),
            _ => ("Linux or Unix", "[]"),
        };
        wanted.push(format!("192.168.1.{} h{index}.lan {} {vendor} {os} {ports} true", 11 + index, mac(index)));
    }
    assert_eq!(found.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn neighbours_of_ipv6_are_found_all_at_once() {
    if !namespace::can_be_made() {
        return;
    }
    let lan = Neighbourhood::new(3);
    let _web = listen(&lan.hosts[1], 80);
    let found = lan.eval("for h in network_scan(\"fd00:1::/64\", {names: false}) { log(h.ip, h.mac, h.os, h.ports) }");
    let wanted = "fd00:1::1 02:00:00:00:00:01 Linux []\nfd00:1::11 00:00:0c:00:00:11 Linux or Unix []\n\
        fd00:1::12 02:00:00:00:01:01 Linux [80]\nfd00:1::13 02:00:00:00:01:02 Linux or Unix []\n";
    assert_eq!(found, wanted);
    let few = lan.eval("log(network_scan(\"fd00:1::10/124\", {names: false}).map(|h| h.ip))");
    assert_eq!(few, "[\"fd00:1::11\", \"fd00:1::12\", \"fd00:1::13\"]\n");
    let far = lan.eval("try { network_scan(\"fd00:9::/64\") } catch e { log(e.kind) }");
    assert_eq!(far, "unreachable\n");
}

#[test]
fn the_tutorials_discovery() {
    if !namespace::can_be_made() {
        return;
    }
    let lan = Neighbourhood::new(2);
    let path = "crates/sentra-compiler/tests/data/tutorial/11_network_discovery.sn";
    let shown = lan.eval(&fs::read_to_string(program::root().join(path)).unwrap());
    let wanted = "Found: 192.168.1.1\n  Hostname: \n  MAC: 02:00:00:00:00:01\n  OS: Linux\n\
        Found: 192.168.1.11\n  Hostname: h0.lan\n  MAC: 00:00:0c:00:00:11\n  OS: Linux or Unix\n\
        Found: 192.168.1.12\n  Hostname: h1.lan\n  MAC: 02:00:00:00:01:01\n  OS: Linux or Unix\n";
    assert_eq!(shown, wanted);
}

#[test]
fn without_the_capability_hosts_are_found_by_connections() {
    if !namespace::can_be_made() {
        return;
    }
    let lan = Neighbourhood::new(3);
    let vm = program::directory().join("sentra-vm");
    let run = |source: &str| {
        let mut command = lan.scanner.command("setpriv");
        command.args(["--bounding-set=-net_raw", "--inh-caps=-net_raw", "--"]).arg(&vm).args(["eval", source]);
        program::run(&mut command, b"", LIMIT)
    };
    lan.scanner.run("sysctl -qw net.ipv4.ping_group_range='1 0'");
    let found = run("for h in network_scan(\"192.168.1.8/29\") { log(h.ip, h.mac, h.hostname) }");
    assert_eq!(found.errors(), "");
    let wanted: Vec<String> =
        (0..3).map(|index| format!("192.168.1.{} {} h{index}.lan", 11 + index, mac(index))).collect();
    assert_eq!(found.output().lines().collect::<Vec<_>>(), wanted);
    let refused = run(
        "try { host_ping(\"192.168.1.11\") } catch e { log(e.kind) }\ntry { network_scan(\"192.168.1.0/24\", {method: \"arp\"}) } catch e { log(e.kind) }",
    );
    assert_eq!(refused.output(), "permission\npermission\n");
    // Everyone in a group that the system names may ask for echoes.
    lan.scanner.run("sysctl -qw net.ipv4.ping_group_range='0 2147483647'");
    let pinged =
        run("let p = host_ping(\"192.168.1.11\", {interval_ms: 1})\nlog(p.ip, p.received, p.loss_percent, p.ttl)");
    assert_eq!(pinged.output(), "192.168.1.11 4 0 64\n");
}

/// Hosts `a` and `b` with routers between them: 10.0.1.0/24, 10.0.2.0/24, …
struct Way {
    nodes: Vec<Namespace>,
}

impl Way {
    fn new(routers: usize) -> Self {
        let nodes: Vec<Namespace> = (0..routers + 2).map(|_| Namespace::new()).collect();
        for (index, pair) in nodes.windows(2).enumerate() {
            let net = index + 1;
            pair[0].connect("right", &pair[1], "left");
            pair[0].run(&format!(
                "ip address add 10.0.{net}.1/24 dev right; ip -6 address add fd00:{net}::1/64 dev right nodad"
            ));
            pair[1].run(&format!(
                "ip address add 10.0.{net}.2/24 dev left; ip -6 address add fd00:{net}::2/64 dev left nodad"
            ));
        }
        let last = nodes.len() - 1;
        for (index, node) in nodes.iter().enumerate() {
            // Routers say little at once unless they are told otherwise.
            node.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0");
            for net in 1..=last {
                let via = match net {
                    net if net > index + 1 => format!("10.0.{}.2 fd00:{}::2", index + 1, index + 1),
                    net if net < index => format!("10.0.{index}.1 fd00:{index}::1"),
                    _ => continue,
                };
                let (four, six) = via.split_once(' ').unwrap();
                node.run(&format!(
                    "ip route add 10.0.{net}.0/24 via {four}; ip -6 route add fd00:{net}::/64 via {six}"
                ));
            }
        }
        Self { nodes }
    }
}

#[test]
fn the_way_through_routers() {
    if !namespace::can_be_made() {
        return;
    }
    let way = Way::new(3);
    let here = &way.nodes[0];
    let trace = |host: &str| {
        let source = format!(
            "for h in traceroute(\"{host}\", {{names: false, timeout_ms: 700}}) {{ log(h.hop, h.ip, h.times_ms.filter(|t| t != nil).len(), h.reached, h.latency_ms == nil) }}"
        );
        eval(here, &source)
    };
    assert_eq!(
        trace("10.0.4.2"),
        "1 10.0.1.2 3 false false\n2 10.0.2.2 3 false false\n3 10.0.3.2 3 false false\n4 10.0.4.2 3 true false\n"
    );
    assert_eq!(
        trace("fd00:4::2"),
        "1 fd00:1::2 3 false false\n2 fd00:2::2 3 false false\n3 fd00:3::2 3 false false\n4 fd00:4::2 3 true false\n"
    );
    // As the usual tool sees it.
    let theirs = here.run("traceroute -n -I -q 1 10.0.4.2 | tail -n +2 | awk '{print $1, $2}'");
    assert_eq!(theirs, "1 10.0.1.2\n2 10.0.2.2\n3 10.0.3.2\n4 10.0.4.2\n");
    // A router that says nothing is a gap, and a way that ends ends.
    way.nodes[2].run("nft add table t; nft 'add chain t out { type filter hook output priority 0; }'; nft add rule t out icmp type time-exceeded drop");
    assert_eq!(
        trace("10.0.4.2"),
        "1 10.0.1.2 3 false false\n2  0 false true\n3 10.0.3.2 3 false false\n4 10.0.4.2 3 true false\n"
    );
    way.nodes[3].run("ip route add unreachable 10.0.9.0/24");
    way.nodes[0].run("ip route add 10.0.9.0/24 via 10.0.1.2");
    way.nodes[1].run("ip route add 10.0.9.0/24 via 10.0.2.2");
    way.nodes[2].run("ip route add 10.0.9.0/24 via 10.0.3.2");
    // A kernel rations what it says of what cannot be reached: the first word may be missing.
    let mut ended = trace("10.0.9.9");
    for _ in 0..10 {
        if ended.lines().count() == 3 {
            break;
        }
        ended = trace("10.0.9.9");
    }
    assert_eq!(ended.lines().last().map(|line| line.starts_with("3 10.0.3.2 ")), Some(true), "{ended}");
    let pinged = eval(
        here,
        "let p = host_ping(\"10.0.9.9\", {count: 1, timeout_ms: 300})\nlog(p.alive, p.received, p.latency_ms)",
    );
    assert_eq!(pinged, "false 0 nil\n");
}

#[test]
fn hosts_beyond_routers_are_found_by_echoes() {
    if !namespace::can_be_made() {
        return;
    }
    let way = Way::new(1);
    let _web = listen(&way.nodes[2], 80);
    let source = "for h in network_scan(\"10.0.2.0/24\", {names: false}) { log(h.ip, h.mac, h.os, h.ports) }";
    assert_eq!(eval(&way.nodes[0], source), "10.0.2.1  Linux or Unix []\n10.0.2.2  Linux or Unix [80]\n");
    // Who answers no echo may accept connections.
    way.nodes[2].run("sysctl -qw net.ipv4.icmp_echo_ignore_all=1");
    assert_eq!(eval(&way.nodes[0], source), "10.0.2.1  Linux or Unix []\n10.0.2.2   [80]\n");
}

#[test]
fn pings_of_this_machine() {
    let source = "let p = host_ping(\"localhost\", {count: 3, interval_ms: 5})\nlog(p.host, p.alive, p.sent, p.received, p.times_ms.len(), p.min_ms <= p.latency_ms)";
    let outcome =
        program::run(Command::new(program::directory().join("sentra-vm")).arg("eval").arg(source), b"", LIMIT);
    match outcome.status {
        Some(0) => assert_eq!(outcome.output(), "localhost true 3 3 3 true\n"),
        _ => assert!(outcome.errors().contains("net.ipv4.ping_group_range"), "{}", outcome.errors()),
    }
}
