//! Detectors and rules on traffic that is made here: each attack raises its one alert, ordinary
//! traffic none, and rules match what they say.

use std::net::Ipv4Addr;

use sentra_netlib::exchange::detect::rules::Rules;
use sentra_netlib::exchange::detect::{Alert, Detection, Evidence, Thresholds, eve};
use sentra_netlib::wire::packet::icmp::kind;
use sentra_netlib::wire::packet::tcp::{Choice, Flags};
use sentra_netlib::wire::packet::{Arp, Ethernet, Icmp, Ipv4, Link, Mac, Tcp, Udp, ethernet, ip};

const ATTACKER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 66);
const VICTIM: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 7);
const MILLISECOND: u64 = 1000;

/// Traffic that goes through all detectors.
struct Wire {
    detection: Detection,
    at: u64,
}

impl Wire {
    fn new() -> Self {
        Self::with("")
    }

    fn with(rules: &str) -> Self {
        let rules = (!rules.is_empty()).then(|| Rules::parse(rules, Some("10.0.0.0/24")).unwrap());
        Self { detection: Detection::new(Link::ETHERNET, &Thresholds::default(), rules), at: 1_700_000_000_000_000 }
    }

    fn wait(&mut self, microseconds: u64) {
        self.at += microseconds;
    }

    fn frame(&mut self, kind: u16, payload: &[u8]) {
        let mut frame = vec![];
        let ethernet = Ethernet { destination: Mac([2; 6]), source: Mac([4; 6]), kind, ..Ethernet::default() };
        ethernet.write(&mut frame);
        frame.extend(payload);
        self.detection.frame(self.at, &frame, frame.len() as u32);
        self.wait(10);
    }

    fn ip(&mut self, header: Ipv4, payload: &[u8]) {
        let mut packet = vec![];
        header.write(payload.len(), &mut packet);
        packet.extend(payload);
        self.frame(ethernet::kind::IPV4, &packet);
    }

    fn tcp(&mut self, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), flags: Flags, payload: &[u8]) {
        self.segment(from, to, flags, &[], payload);
    }

    fn segment(&mut self, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), flags: Flags, options: &[u8], payload: &[u8]) {
        let mut segment = vec![];
        let tcp = Tcp { source: from.1, destination: to.1, flags, options, ..Tcp::default() };
        tcp.write(from.0.into(), to.0.into(), payload, &mut segment);
        self.ip(header(from.0, to.0, ip::TCP), &segment);
    }

    fn udp(&mut self, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), payload: &[u8]) {
        let mut datagram = vec![];
        Udp { source: from.1, destination: to.1, ..Udp::default() }.write(
            from.0.into(),
            to.0.into(),
            payload,
            &mut datagram,
        );
        self.ip(header(from.0, to.0, ip::UDP), &datagram);
    }

    fn ping(&mut self, from: Ipv4Addr, to: Ipv4Addr, kind: u8) {
        let mut message = vec![];
        Icmp::echo(kind, 1, 1).write(&[0; 56], &mut message);
        self.ip(header(from, to, ip::ICMP), &message);
    }

    fn arp(&mut self, operation: u16, sender: (u8, Ipv4Addr), target: (u8, Ipv4Addr)) {
        let mut message = vec![];
        let mac = |last| Mac([2, 0, 0, 0, 0, last]);
        let (sender_mac, target_mac) = (mac(sender.0), mac(target.0));
        Arp { operation, sender_mac, sender_ip: sender.1, target_mac, target_ip: target.1 }.write(&mut message);
        self.frame(ethernet::kind::ARP, &message);
    }

    /// A packet that a card sends to another host on its link.
    fn packet_of_card(&mut self, card: u8, from: Ipv4Addr, to: Ipv4Addr) {
        let (mut frame, mut packet) = (vec![], vec![]);
        let source = Mac([2, 0, 0, 0, 0, card]);
        Ethernet { destination: Mac([2; 6]), source, kind: ethernet::kind::IPV4, ..Ethernet::default() }
            .write(&mut frame);
        header(from, to, ip::UDP).write(0, &mut packet);
        frame.extend(packet);
        self.detection.frame(self.at, &frame, frame.len() as u32);
        self.wait(10);
    }

    /// A connection with data both ways.
    fn talk(&mut self, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), request: &[u8], response: &[u8]) {
        let mut options = vec![];
        Choice::MaximumSegment(1460).write(&mut options);
        Choice::Timestamps(1, 2).write(&mut options);
        self.segment(from, to, Flags::SYN, &options, b"");
        self.segment(to, from, Flags::SYN.with(Flags::ACK), &options, b"");
        self.tcp(from, to, Flags::ACK, b"");
        self.tcp(from, to, Flags::ACK.with(Flags::PSH), request);
        for part in response.chunks(1400) {
            self.tcp(to, from, Flags::ACK, part);
            self.tcp(from, to, Flags::ACK, b"");
        }
        self.tcp(from, to, Flags::FIN.with(Flags::ACK), b"");
        self.tcp(to, from, Flags::FIN.with(Flags::ACK), b"");
        self.tcp(from, to, Flags::ACK, b"");
    }

    fn end(self) -> Vec<Alert> {
        self.detection.end()
    }

    /// The one alert that there is: type, source, target.
    fn one(self) -> (String, String, String) {
        let alerts = self.end();
        assert_eq!(alerts.len(), 1, "{alerts:#?}");
        let alert = &alerts[0];
        (alert.name.clone(), alert.source.to_string(), alert.target.to_string())
    }
}

fn header(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8) -> Ipv4<'static> {
    Ipv4 { source, destination, protocol, ttl: 64, ..Ipv4::default() }
}

fn is(alert: (String, String, String), name: &str, source: &str, target: &str) {
    assert_eq!(alert, (name.into(), source.into(), target.into()));
}

fn count(alert: &Alert, name: &str) -> u64 {
    match alert.evidence.iter().find(|(known, _)| *known == name) {
        Some((_, Evidence::Count(count))) => *count,
        _ => panic!("no {name} in {alert:?}"),
    }
}

/// A question for a name, or the answer to it with some bytes of data.
fn dns(id: u16, name: &str, kind: u16, answer: Option<usize>) -> Vec<u8> {
    let mut message = id.to_be_bytes().to_vec();
    message.extend([if answer.is_some() { 0x84 } else { 1 }, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.push(0);
    message.extend(kind.to_be_bytes());
    message.extend([0, 1]);
    message.extend(vec![7; answer.unwrap_or(0)]);
    message
}

#[test]
fn scans_of_ports() {
    let xmas = Flags::FIN.with(Flags::PSH).with(Flags::URG);
    for (flags, scan) in [(Flags::SYN, "SYN"), (Flags::FIN, "FIN"), (Flags(0), "NULL"), (xmas, "Xmas")] {
        let mut wire = Wire::new();
        for port in 1..=100 {
            wire.tcp((ATTACKER, 40_000), (VICTIM, port), flags, b"");
            wire.tcp((VICTIM, port), (ATTACKER, 40_000), Flags::RST.with(Flags::ACK), b"");
        }
        let alerts = wire.end();
        assert_eq!(alerts.len(), 1, "{alerts:#?}");
        assert_eq!(count(&alerts[0], "ports"), 100);
        assert_eq!(alerts[0].evidence[0], ("scan", Evidence::Text(scan.into())));
        assert_eq!((&*alerts[0].name, alerts[0].source.to_string()), ("Port Scan", ATTACKER.to_string()));
        assert_eq!(alerts[0].target.to_string(), VICTIM.to_string());
    }
    // By `connect`, where SYNs have what systems send.
    let mut wire = Wire::new();
    let mut options = vec![];
    Choice::Timestamps(1, 2).write(&mut options);
    for port in 1..=30 {
        wire.segment((ATTACKER, 40_000 + port), (VICTIM, port), Flags::SYN, &options, b"");
    }
    let alerts = wire.end();
    assert_eq!(alerts[0].evidence[0], ("scan", Evidence::Text("connect".into())));
    // Slower than it looks, and with fewer ports, it is none.
    let mut wire = Wire::new();
    for port in 1..=60 {
        wire.tcp((ATTACKER, 40_000), (VICTIM, port), Flags::SYN, b"");
        wire.wait(4_000 * MILLISECOND);
    }
    assert!(wire.end().is_empty());
}

#[test]
fn sweeps_for_hosts() {
    let host = |last| Ipv4Addr::new(10, 0, 1, last);
    let mut wire = Wire::new();
    (1..=60).for_each(|last| wire.tcp((ATTACKER, 40_000), (host(last), 22), Flags::SYN, b""));
    is(wire.one(), "Host Sweep", "10.0.0.66", "10.0.1.0/26");
    let mut wire = Wire::new();
    (1..=60).for_each(|last| wire.ping(ATTACKER, host(last), kind::ECHO_REQUEST));
    (1..=60).for_each(|last| wire.arp(1, (66, ATTACKER), (0, host(last))));
    is(wire.one(), "Host Sweep", "10.0.0.66", "10.0.1.0/26");
    // Whoever answers was not looked for in vain.
    let mut wire = Wire::new();
    for last in 1..=60 {
        wire.ping(CLIENT, host(last), kind::ECHO_REQUEST);
        wire.ping(host(last), CLIENT, kind::ECHO_REPLY);
    }
    assert!(wire.end().is_empty());
}

#[test]
fn floods() {
    let mut wire = Wire::new();
    (0..1000).for_each(|port| wire.tcp((ATTACKER, 1024 + port), (VICTIM, 80), Flags::SYN, b""));
    is(wire.one(), "SYN Flood", "10.0.0.66", "10.0.0.2");
    let mut wire = Wire::new();
    for number in 0..1000_u32 {
        let forged = Ipv4Addr::from(0x5000_0000 + number * 977);
        wire.tcp((forged, 1024), (VICTIM, 80), Flags::SYN, b"");
    }
    is(wire.one(), "SYN Flood", "multiple", "10.0.0.2");
    let mut wire = Wire::new();
    (0..5000).for_each(|port| wire.udp((ATTACKER, 1024 + port), (VICTIM, 7), &[0; 100]));
    is(wire.one(), "UDP Flood", "10.0.0.66", "10.0.0.2");
    let mut wire = Wire::new();
    for number in 0..15_000_u32 {
        wire.udp((Ipv4Addr::from(0x5000_0000 + number * 977), 9), (VICTIM, 7), &[0; 100]);
    }
    is(wire.one(), "UDP Flood", "multiple", "10.0.0.2");
    let mut wire = Wire::new();
    for _ in 0..1000 {
        wire.ping(ATTACKER, VICTIM, kind::ECHO_REQUEST);
        wire.ping(VICTIM, ATTACKER, kind::ECHO_REPLY);
    }
    is(wire.one(), "ICMP Flood", "10.0.0.66", "10.0.0.2");
}

#[test]
fn streams_and_busy_servers_are_no_floods() {
    let mut wire = Wire::new();
    // A video at 5000 packets a second, one way.
    for _ in 0..20_000 {
        wire.udp((VICTIM, 5004), (CLIENT, 5004), &[0; 1200]);
        wire.wait(190);
    }
    // A download over QUIC, and a name server that many ask.
    for number in 0..20_000_u32 {
        wire.udp((VICTIM, 443), (CLIENT, 50_000), &[0; 1200]);
        if number % 10 == 0 {
            wire.udp((CLIENT, 50_000), (VICTIM, 443), &[0; 40]);
        }
    }
    for number in 0..20_000_u16 {
        let asker = (Ipv4Addr::from(0x0a01_0000 + u32::from(number % 500)), 1024 + number);
        wire.udp(asker, (VICTIM, 53), &dns(number, "www.example.com", 1, None));
        wire.udp((VICTIM, 53), asker, &dns(number, "www.example.com", 1, Some(16)));
    }
    for port in 0..5000 {
        wire.talk((CLIENT, 10_000 + port), (VICTIM, 80), b"GET / HTTP/1.1\r\n\r\n", &[7; 3000]);
    }
    let alerts = wire.end();
    assert!(alerts.is_empty(), "{alerts:#?}");
}

#[test]
fn logins_that_are_tried() {
    for (port, request, response) in [
        (22, b"SSH-2.0-libssh\r\n".as_slice(), b"SSH-2.0-OpenSSH_9.2\r\n".as_slice()),
        (21, b"PASS secret\r\n", b"530 Login incorrect.\r\n"),
        (80, b"GET /admin HTTP/1.1\r\nAuthorization: Basic YTpi\r\n\r\n", b"HTTP/1.1 401 Unauthorized\r\n\r\n"),
        (143, b"a1 LOGIN user secret\r\n", b"a1 NO LOGIN failed\r\n"),
        (110, b"PASS secret\r\n", b"-ERR invalid password\r\n"),
    ] {
        let mut wire = Wire::new();
        for attempt in 0..15 {
            wire.talk((ATTACKER, 50_000 + attempt), (VICTIM, port), request, response);
            wire.wait(500 * MILLISECOND);
        }
        is(wire.one(), "Brute Force", "10.0.0.66", "10.0.0.2");
        let mut wire = Wire::new();
        for attempt in 0..5 {
            wire.talk((CLIENT, 50_000 + attempt), (VICTIM, port), request, response);
            wire.wait(500 * MILLISECOND);
        }
        assert!(wire.end().is_empty());
    }
}

#[test]
fn cards_that_lie() {
    let gateway = Ipv4Addr::new(10, 0, 0, 1);
    let mut wire = Wire::new();
    wire.arp(1, (2, VICTIM), (0, gateway));
    wire.arp(2, (1, gateway), (2, VICTIM));
    wire.arp(1, (66, ATTACKER), (0, VICTIM));
    wire.arp(2, (2, VICTIM), (66, ATTACKER));
    for _ in 0..5 {
        wire.wait(2_000 * MILLISECOND);
        wire.arp(2, (66, gateway), (2, VICTIM));
    }
    is(wire.one(), "ARP Spoofing", "10.0.0.66", "10.0.0.2");
    // Lies that begin before anyone looks: what the cards send tells whose they are.
    let mut wire = Wire::new();
    for _ in 0..3 {
        wire.arp(2, (66, gateway), (2, VICTIM));
        wire.packet_of_card(1, gateway, VICTIM);
        wire.packet_of_card(66, ATTACKER, VICTIM);
        wire.wait(2_000 * MILLISECOND);
    }
    is(wire.one(), "ARP Spoofing", "10.0.0.66", "10.0.0.2");
    // Right behind a question, which is answered already.
    let mut wire = Wire::new();
    wire.arp(1, (66, ATTACKER), (0, VICTIM));
    wire.arp(1, (2, VICTIM), (0, gateway));
    wire.arp(2, (1, gateway), (2, VICTIM));
    for _ in 0..4 {
        wire.arp(2, (66, gateway), (2, VICTIM));
        wire.wait(2_000 * MILLISECOND);
    }
    is(wire.one(), "ARP Spoofing", "10.0.0.66", "10.0.0.2");
    // A host with two cards on one link answers by both.
    let mut wire = Wire::new();
    (0..20).for_each(|_| {
        wire.arp(1, (2, VICTIM), (0, gateway));
        wire.arp(2, (1, gateway), (2, VICTIM));
        wire.arp(2, (9, gateway), (2, VICTIM));
        wire.arp(2, (9, gateway), (2, VICTIM));
        wire.wait(1_000 * MILLISECOND);
    });
    assert!(wire.end().is_empty());
    // A machine that gets another card announces it once or twice.
    let mut wire = Wire::new();
    wire.arp(1, (2, VICTIM), (0, gateway));
    wire.arp(2, (1, gateway), (2, VICTIM));
    wire.arp(2, (9, gateway), (9, gateway));
    wire.arp(2, (9, gateway), (9, gateway));
    (0..20).for_each(|_| {
        wire.arp(1, (2, VICTIM), (0, gateway));
        wire.arp(2, (9, gateway), (2, VICTIM));
        wire.wait(1_000 * MILLISECOND);
    });
    assert!(wire.end().is_empty());
}

#[test]
fn names_that_carry_data_and_answers_that_nobody_wanted() {
    let server = Ipv4Addr::new(10, 0, 0, 53);
    let mut wire = Wire::new();
    for number in 0..100_u16 {
        let name = format!("{number:04x}{}.t.evil.example.com", "f00ba4".repeat(8));
        wire.udp((ATTACKER, 5000), (server, 53), &dns(number, &name, 16, None));
    }
    is(wire.one(), "DNS Tunneling", "10.0.0.66", "10.0.0.53");
    let mut wire = Wire::new();
    for number in 0..100_u16 {
        wire.udp((server, 53), (VICTIM, 5000), &dns(number, "example.com", 255, Some(3000)));
    }
    is(wire.one(), "DNS Amplification", "10.0.0.53", "10.0.0.2");
    let mut wire = Wire::new();
    for number in 0..100_u16 {
        wire.udp((VICTIM, 5000 + number), (server, 53), &dns(number, "example.com", 255, None));
        wire.udp((server, 53), (VICTIM, 5000 + number), &dns(number, "example.com", 255, Some(1200)));
    }
    is(wire.one(), "DNS Amplification", "10.0.0.53", "10.0.0.2");
    // Many names of ordinary length, and large answers to who asked.
    let mut wire = Wire::new();
    for number in 0..300_u16 {
        let name = format!("host{number}.example{}.co.uk", number % 40);
        wire.udp((CLIENT, 5000 + number), (server, 53), &dns(number, &name, 1, None));
        wire.udp((server, 53), (CLIENT, 5000 + number), &dns(number, &name, 1, Some(1000)));
        wire.wait(50 * MILLISECOND);
    }
    assert!(wire.end().is_empty());
}

#[test]
fn packets_that_no_system_sends() {
    let mut wire = Wire::new();
    wire.tcp((VICTIM, 139), (VICTIM, 139), Flags::SYN, b"");
    wire.tcp((VICTIM, 139), (VICTIM, 139), Flags::SYN, b"");
    is(wire.one(), "Land Attack", "10.0.0.2", "10.0.0.2");
    let part = |offset, more_fragments| Ipv4 {
        identification: 7,
        fragment_offset: offset,
        more_fragments,
        ..header(ATTACKER, VICTIM, ip::ICMP)
    };
    let mut wire = Wire::new();
    wire.ip(part(0, true), &[8; 1480]);
    wire.ip(part(65_120, false), &[8; 1000]);
    is(wire.one(), "Ping of Death", "10.0.0.66", "10.0.0.2");
    let mut wire = Wire::new();
    wire.ip(part(0, true), &[8; 800]);
    wire.ip(part(400, false), &[9; 800]);
    is(wire.one(), "IP Fragment Overlap", "10.0.0.66", "10.0.0.2");
    // Fragments in any order, twice, and then another packet with the same number.
    let mut wire = Wire::new();
    for _ in 0..2 {
        wire.ip(part(1480, true), &[8; 1480]);
        wire.ip(part(1480, true), &[8; 1480]);
        wire.ip(part(0, true), &[8; 1480]);
        wire.ip(part(2960, false), &[8; 100]);
    }
    wire.ip(part(0, true), &[8; 800]);
    wire.ip(part(800, false), &[8; 800]);
    assert!(wire.end().is_empty());
}

#[test]
fn passwords_that_anybody_can_read() {
    for (port, request, response, user) in [
        (
            80,
            b"GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n".as_slice(),
            b"HTTP/1.1 200 OK\r\n\r\n".as_slice(),
            "alice",
        ),
        (
            8080,
            b"POST /login HTTP/1.1\r\nContent-Length: 29\r\n\r\nusername=bob&password=hunter2",
            b"HTTP/1.1 302 Found\r\n\r\n",
            "bob",
        ),
        (25, b"AUTH PLAIN AGNhcm9sAHNlY3JldA==\r\n", b"235 ok\r\n", "carol"),
        (143, b"a LOGIN \"dave\" secret\r\n", b"a OK\r\n", "dave"),
    ] {
        let mut wire = Wire::new();
        wire.talk((CLIENT, 50_000), (VICTIM, port), request, response);
        wire.talk((CLIENT, 50_001), (VICTIM, port), request, response);
        let alerts = wire.end();
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        assert!(alerts[0].evidence.contains(&("user", Evidence::Text(user.into()))), "{alerts:?}");
        assert!(!format!("{alerts:?}").contains("secret") && !format!("{alerts:?}").contains("hunter2"));
    }
    let ftp = |user: &str, answer: &str| {
        let mut wire = Wire::new();
        let (client, server) = ((CLIENT, 50_000), (VICTIM, 21));
        for (line, reply) in
            [(format!("USER {user}\r\n"), "331 password please\r\n"), ("PASS secret\r\n".into(), answer)]
        {
            wire.tcp(client, server, Flags::ACK, line.as_bytes());
            wire.tcp(server, client, Flags::ACK, reply.as_bytes());
        }
        wire.end().len()
    };
    assert_eq!(
        (ftp("erin", "230 welcome\r\n"), ftp("erin", "530 no\r\n"), ftp("anonymous", "230 welcome\r\n")),
        (1, 0, 0)
    );
}

const RULES: &str = r#"
# Everything that is in the language.
alert tcp any any -> $HOME_NET 22 (msg:"knocks at SSH"; flags:S; sid:1; rev:2; classtype:attempted-recon;)
alert tcp $EXTERNAL_NET any -> any [80,8000:8100] (msg:"asks for passwd"; flow:established,to_server; content:"GET "; depth:4; content:"/etc/passwd"; nocase; distance:0; sid:2; priority:1;)
alert udp any any -> any !53 (msg:"marker"; content:"|de ad|be"; offset:2; content:"ef"; within:2; dsize:>6; sid:3;)
alert icmp any any <> 10.0.0.2 any (msg:"large ping"; itype:8; icode:0; dsize:>500; sid:4;)
alert tcp any any -> any any (msg:"third time"; content:"again"; threshold: type threshold, track by_src, count 3, seconds 60; sid:5;)
alert tcp any any -> any any (msg:"pattern"; pcre:"/user=[a-z]{3}\d+/i"; content:!"quiet"; sid:6;)
alert tcp any any -> any any (msg:"beyond"; content:"more"; detection_filter: track by_dst, count 2, seconds 60; sid:7;)
"#;

#[test]
fn rules_match_what_they_say() {
    let names = |wire: Wire| wire.end().into_iter().map(|alert| alert.name).collect::<Vec<_>>();
    let mut wire = Wire::with(RULES);
    wire.tcp((ATTACKER, 1234), (VICTIM, 22), Flags::SYN, b"");
    wire.tcp((ATTACKER, 1234), (Ipv4Addr::new(11, 0, 0, 1), 22), Flags::SYN, b"");
    assert_eq!(names(wire), ["knocks at SSH"]);
    let mut wire = Wire::with(RULES);
    wire.talk((CLIENT, 1234), (VICTIM, 8042), b"GET /../../ETC/PASSWD HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 no\r\n\r\n");
    wire.talk((CLIENT, 1235), (VICTIM, 9000), b"GET /etc/passwd HTTP/1.1\r\n\r\n", b"");
    wire.talk((CLIENT, 1236), (VICTIM, 80), b"PUT /etc/passwd GET ", b"GET /etc/passwd");
    assert_eq!(names(wire), ["asks for passwd"]);
    let mut wire = Wire::with(RULES);
    wire.udp((CLIENT, 1), (VICTIM, 2), b"..\xde\xadbeef.");
    wire.udp((CLIENT, 1), (VICTIM, 2), b"\xde\xadbeef...");
    wire.udp((CLIENT, 1), (VICTIM, 53), b"..\xde\xadbeef.");
    let alerts = wire.end();
    assert_eq!((alerts.len(), count(&alerts[0], "count"), count(&alerts[0], "sid")), (1, 1, 3));
    let mut wire = Wire::with(RULES);
    let mut message = vec![];
    Icmp::echo(kind::ECHO_REQUEST, 1, 1).write(&[0; 600], &mut message);
    wire.ip(header(VICTIM, CLIENT, ip::ICMP), &message);
    assert_eq!(names(wire), ["large ping"]);
    let mut wire = Wire::with(RULES);
    (0..2).for_each(|_| wire.tcp((CLIENT, 1), (VICTIM, 2), Flags::ACK, b"again"));
    assert!(names(wire).is_empty());
    let mut wire = Wire::with(RULES);
    (0..7).for_each(|_| wire.tcp((CLIENT, 1), (VICTIM, 2), Flags::ACK, b"again and more"));
    let alerts = wire.end();
    assert_eq!(alerts.iter().map(|alert| count(alert, "count")).collect::<Vec<_>>(), [2, 5], "{alerts:?}");
    let mut wire = Wire::with(RULES);
    wire.tcp((CLIENT, 1), (VICTIM, 2), Flags::ACK, b"USER=Bob42 quiet");
    wire.tcp((CLIENT, 1), (VICTIM, 2), Flags::ACK, b"USER=Bob42");
    let alerts = wire.end();
    assert_eq!(alerts.len(), 1);
    let line = eve(&alerts[0], "2026-01-01T00:00:00.000000+0000");
    assert_eq!(
        line,
        r#"{"timestamp":"2026-01-01T00:00:00.000000+0000","event_type":"alert","src_ip":"10.0.0.7","src_port":1,"dest_ip":"10.0.0.2","dest_port":2,"proto":"TCP","alert":{"action":"allowed","gid":1,"signature_id":6,"rev":1,"signature":"pattern","category":"","severity":3},"metadata":{"sid":6,"count":1}}"#
    );
}

#[test]
fn mistakes_in_rules_are_marked_where_they_are() {
    let mistake = |rule: &str| Rules::parse(&format!("# first\n{rule}"), None).err().map(|error| error.to_string());
    let shown = mistake(r#"alert tcp any any -> any 99999 (msg:"x"; sid:1;)"#).unwrap();
    let expected = "line 2: expected `any`, a port or a range such as `1024:`\n    \
                    alert tcp any any -> any 99999 (msg:\"x\"; sid:1;)\n                             ^^^^^";
    assert_eq!(shown, expected);
    for (rule, message) in [
        ("drop tcp any any -> any any (msg:\"x\"; sid:1;)", "expected `alert`"),
        ("alert http any any -> any any (msg:\"x\"; sid:1;)", "expected `ip`, `tcp`, `udp` or `icmp`"),
        ("alert tcp any any any any (msg:\"x\"; sid:1;)", "expected `alert tcp SOURCE PORT -> TARGET PORT (…)`"),
        ("alert tcp $DNS any -> any any (msg:\"x\"; sid:1;)", "only `$HOME_NET`"),
        ("alert tcp 10.0.0.0/33 any -> any any (msg:\"x\"; sid:1;)", "expected `any`, an address or a network"),
        ("alert tcp any any -> any any", "expected options in parentheses"),
        ("alert tcp any any -> any any (msg:\"x\";)", "expected a number of the rule"),
        ("alert tcp any any -> any any (sid:1;)", "expected a message"),
        ("alert tcp any any -> any any (msg:\"x\"; nosuch:1; sid:1;)", "there is no such option here"),
        ("alert tcp any any -> any any (msg:\"x\"; nocase; sid:1;)", "expected a `content` before this"),
        ("alert tcp any any -> any any (msg:\"x\"; content:\"|0|\"; sid:1;)", "expected bytes such as"),
        ("alert tcp any any -> any any (msg:\"x\"; content:\"\"; sid:1;)", "expected bytes to look for"),
        ("alert tcp any any -> any any (msg:\"x\"; pcre:\"/(/\"; sid:1;)", "unclosed group"),
        ("alert tcp any any -> any any (msg:\"x\"; pcre:\"/a/R\"; sid:1;)", "expected `/pattern/`"),
        ("alert tcp any any -> any any (msg:\"x\"; flags:Q; sid:1;)", "expected flags"),
        ("alert udp any any -> any any (msg:\"x\"; flags:S; sid:1;)", "only rules for `tcp`"),
        ("alert tcp any any -> any any (msg:\"x\"; flow:sideways; sid:1;)", "expected `established`"),
        ("alert tcp any any -> any any (msg:\"x\"; threshold:type limit, count 5; sid:1;)", "expected `type`, `track`"),
        ("alert tcp any any -> any any (msg:\"x\"; dsize:big; sid:1;)", "expected a number, `<5`"),
    ] {
        let shown = mistake(rule).unwrap_or_default();
        assert!(shown.lines().next().is_some_and(|line| line.contains(message)), "{rule}: {shown}");
        assert!(shown.ends_with('^'), "{shown}");
    }
}

#[test]
fn state_is_bounded() {
    // Every packet with another source, port, name: nothing may grow without end, and all of it
    // is still looked at fast.
    let mut wire = Wire::new();
    for number in 0..300_000_u32 {
        let (forged, port) = (Ipv4Addr::from(number.wrapping_mul(2_654_435_761)), number as u16);
        match number % 4 {
            0 => wire.tcp((forged, port), (VICTIM, port), Flags::SYN, b""),
            1 => wire.udp((forged, 53), (VICTIM, 53), &dns(port, &format!("a{number}.b{number}.c"), 1, None)),
            2 => wire.tcp((forged, port), (Ipv4Addr::from(!number), 80), Flags::ACK, b"GET / HTTP/1.1\r\n\r\n"),
            _ => wire.arp(2, (port as u8, forged), (3, Ipv4Addr::from(!number))),
        }
    }
    wire.end();
}
