//! A scanner and a host with a slow bridge between them that may lose frames, and a firewall on
//! the host: networks that port scans are tried on.

use std::io::Write;
use std::process::Stdio;

use crate::namespace::Namespace;
use crate::program;
use crate::running::Running;

/// The address of the host.
pub const HOST: &str = "10.99.0.2";

/// What a firewall of the host does: ports that are dropped, that are reset, and that are refused by ICMP.
const RULES: &str = "table inet t { chain in { type filter hook input priority 0
    tcp dport 100-299 drop
    tcp dport 300-349 reject with tcp reset
    tcp dport 400-449 reject
    tcp dport 450-459 reject with icmpx type admin-prohibited
    tcp dport 700-799 drop
    udp dport 100-110 drop
    udp dport 111-114 reject
    udp dport 115-117 reject with icmpx type admin-prohibited
}
}
";
/// Ports of TCP that it listens on; some lie behind those rules.
pub const TCP: &[u16] = &[22, 80, 150, 333, 420, 455, 777, 950, 1500, 1999];
/// Likewise of UDP.
pub const UDP: &[u16] = &[53, 105, 112, 116, 123, 161, 1100];

/// A scanner and a host, with a bridge between them that is slow or loses frames.
#[derive(Debug)]
pub struct SlowPath {
    /// Who scans.
    pub scanner: Namespace,
    _bridge: Namespace,
    /// Who is scanned.
    pub host: Namespace,
    _programs: Vec<Running>,
}

fn peer(name: &str) -> String {
    program::root().join("tests/peers").join(name).display().to_string()
}

fn start(host: &Namespace, script: &str, arguments: &str) -> Running {
    let line = format!("exec python3 '{}' {arguments}", peer(script));
    let running = Running::start(host.command("sh").args(["-c", &line]));
    assert_eq!(running.line(), "ready", "{script}");
    running
}

impl SlowPath {
    /// What the bridge does is `MILLISECONDS [LOSS [QUEUE [RATE]]]`.
    pub fn new(bridge_does: &str, tcp: &[u16], udp: &[u16]) -> Self {
        let (scanner, bridge, host) = (Namespace::new(), Namespace::new(), Namespace::new());
        bridge.connect("m0", &scanner, "eth0");
        bridge.connect("m1", &host, "eth0");
        let quiet = format!("python3 '{}'", peer("no_offload.py"));
        scanner.run(&format!("ip address add 10.99.0.1/24 dev eth0; {quiet} eth0"));
        host.run(&format!("ip address add {HOST}/24 dev eth0; {quiet} eth0"));
        bridge.run(&format!("{quiet} m0 m1"));
        let words = |ports: &[u16]| ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
        let programs = vec![
            start(&bridge, "slow_bridge.py", &format!("m0 m1 {bridge_does}")),
            start(&host, "many_ports.py", &format!("tcp {} udp {}", words(tcp), words(udp))),
        ];
        Self { scanner, _bridge: bridge, host, _programs: programs }
    }

    /// Has the host refuse and drop; it may say so as often as it has to.
    #[must_use]
    pub fn with_rules(self) -> Self {
        let mut nft = self.host.command("nft").args(["-f", "-"]).stdin(Stdio::piped()).spawn().unwrap();
        nft.stdin.take().unwrap().write_all(RULES.as_bytes()).unwrap();
        assert!(nft.wait().unwrap().success(), "nft takes the rules");
        self.unrationed()
    }

    /// Answers by ICMP are not limited, neither to one host nor to all together.
    #[must_use]
    pub fn unrationed(self) -> Self {
        self.host.run("sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000 net.ipv4.icmp_msgs_burst=1000000 || true");
        self
    }
}
