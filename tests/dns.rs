//! The resolver against BIND: every type of record equal to what dig shows, and answers that
//! say that there is none.

use std::path::Path;
use std::time::Duration;

use sentra::certificates::Authority;
use sentra::name_server::{NameServer, Software, Wish, without_dots};
use sentra::namespace::{self, Namespace};
use sentra::program;

const LIMIT: Duration = Duration::from_secs(30);

/// Records of every type that the resolver shows, and some that it does not know.
const ZONE: &str = include_str!("peers/example.zone");

fn bind() -> NameServer {
    NameServer::start(Software::Bind, wish(&[("example", ZONE)]))
}

fn wish<'a>(zones: &'a [(&'a str, &'a str)]) -> Wish<'a> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    Wish { zones, folder, address: "127.0.0.1", port: 0, on: None, tls: None }
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
    let bind = bind();
    let mut complaints = Vec::new();
    for (name, kind) in records() {
        let mut wanted: Vec<String> =
            bind.dig(&["+short", &name, &kind]).iter().map(|line| without_dots(line)).collect();
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
    let bind = bind();
    let absent = "log(dns_lookup(\"nosuch.example\", \"A\", at), last_error().kind)\n\
        log(dns_lookup(\"www.example\", \"MX\", at), last_error().kind)\n\
        try { dns_lookup(\"other.test\", \"A\", at) } catch e { log(e.kind, e.message) }";
    let refused = format!("cannot look up other.test: the name server 127.0.0.1:{} refused (REFUSED)", bind.port);
    assert_eq!(bind.sentra(absent), format!("[] nxdomain\n[] no_data\ndns {refused}\n"));
}

#[test]
fn what_does_not_fit_into_a_datagram_comes_over_tcp() {
    let bind = bind();
    assert_eq!(bind.sentra("log(len(dns_lookup(\"big.example\", \"TXT\", at)))"), "40\n");
    let whole = "let m = dns_query(\"www.example\", \"A\", {server: at.server, port: at.port, message: true, tcp: true})\n\
        log(m.status, m.flags.authoritative, m.answers[0].data)";
    assert_eq!(bind.sentra(whole), "NOERROR true 192.0.2.1\n");
}

#[test]
fn many_lookups_at_once_are_answered() {
    let bind = bind();
    let source = "let tasks = []\nfor i in 0..2000 { push(tasks, spawn dns_lookup(\"www.example\", \"A\", {server: at.server, port: at.port, timeout: 20})) }\n\
        let right = 0\nfor task in tasks { if wait(task)[0] == \"192.0.2.1\" { right = right + 1 } }\nlog(right)";
    assert_eq!(bind.sentra(source), "2000\n");
}

/// What the tutorial asks for, on a host that has a name server of its own for it.
#[test]
fn the_tutorials_operations() {
    if !namespace::can_be_made() {
        return;
    }
    let zone = "$ORIGIN example.com.\n$TTL 60\n@ IN SOA ns mail 1 2 3 4 5\n@ IN NS ns\nns IN A 192.0.2.53\n@ IN A 192.0.2.1\n\
        @ IN AAAA 2001:db8::1\n@ IN MX 10 mail\n@ IN TXT \"v=spf1 -all\"\nwww IN CNAME @\n";
    let host = Namespace::new();
    let _server =
        NameServer::start(Software::Bind, Wish { port: 53, on: Some(&host), ..wish(&[("example.com", zone)]) });
    let settings = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial-resolv.conf");
    std::fs::write(&settings, "nameserver 127.0.0.1\n").unwrap();
    host.cover("/etc/resolv.conf", &settings);
    let path = "crates/sentra-compiler/tests/data/tutorial/12_dns_operations.sn";
    let as_written = std::fs::read_to_string(program::root().join(path)).unwrap();
    let shown = "\nlog(ips, ipv6, mx, txt, ns, cname)\nlog(dns_lookup(\"www.example.com\", \"CNAME\"))\n";
    let vm = program::directory().join("sentra-vm");
    let outcome = program::run(host.command(vm).arg("eval").arg(as_written + shown), b"", LIMIT);
    let wanted = "[\"192.0.2.1\"] [\"2001:db8::1\"] [\"10 mail.example.com\"] [\"v=spf1 -all\"] [\"ns.example.com\"] []\n\
        [\"example.com\"]\n";
    assert_eq!((outcome.output().as_str(), outcome.errors().as_str()), (wanted, ""));
}

#[test]
fn within_tls() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dns-tls");
    let authority = Authority::new(&folder, "names");
    let (by_address, by_name) = (authority.good(), authority.named("named", "DNS:dns.test"));
    for (issued, name) in [(&by_address, "127.0.0.1"), (&by_name, "dns.test")] {
        let server = NameServer::start(Software::Bind, Wish { tls: Some(issued), ..wish(&[("example", ZONE)]) });
        let trust = format!("server_name: \"{name}\", ca_file: \"{}\"", authority.cert.display());
        let at = format!("server: \"127.0.0.1\", port: {}, tls: true", server.tls_port);
        let source = format!(
            "let tls = {{{at}, {trust}}}\nlog(dns_lookup(\"www.example\", \"A\", tls), len(dns_lookup(\"big.example\", \"TXT\", tls)))\n\
             log(wait_all(range(0, 500).map(|i| spawn dns_lookup(\"www.example\", \"A\", tls))).filter(|a| a == [\"192.0.2.1\"]).len())\n\
             fn attempt(o) {{ try {{ log(dns_lookup(\"www.example\", \"A\", o)) }} catch e {{ log(e.kind, e.message) }} }}\n\
             attempt({{{at}}})\nattempt({{{at}, verify: false}})\nattempt({{{at}, {trust}, server_name: \"other.test\"}})\n\
             attempt({{server: \"127.0.0.1\", port: {}, tls: true, timeout: 1}})",
            server.port
        );
        let output = server.sentra(&source);
        let lines: Vec<&str> = output.lines().collect();
        let peer = format!("the name server 127.0.0.1:{}", server.tls_port);
        assert_eq!(&lines[..2], ["[\"192.0.2.1\"] 40", "500"]);
        assert_eq!(
            lines[2],
            format!(
                "dns cannot look up www.example: {peer} is not reached in TLS: the certificate has an unknown issuer: CN=names"
            )
        );
        assert_eq!(lines[3], "[\"192.0.2.1\"]");
        assert!(lines[4].contains("other.test"), "{}", lines[4]);
        assert!(lines[5].starts_with("dns "), "a server without TLS is not asked in another way: {}", lines[5]);
    }
}

/// What lines say, however they are spaced.
fn words(lines: &[String]) -> Vec<String> {
    let mut words: Vec<String> =
        lines.iter().map(|line| without_dots(&line.split_whitespace().collect::<Vec<_>>().join(" "))).collect();
    words.sort();
    words
}

#[test]
fn the_example_answers_as_dig_does() {
    let bind = bind();
    let example = |arguments: &[&str]| {
        let path = program::root().join("examples/dig.sn");
        let mut command = program::sentra_vm();
        command.arg("run").arg(path).args(["@127.0.0.1", "-p", &bind.port.to_string()]).args(arguments);
        program::run(&mut command, b"", LIMIT)
    };
    for (name, kind) in records() {
        let section = example(&[&name, &kind]).output();
        let shown: Vec<String> =
            section.lines().filter(|line| !line.starts_with(';') && !line.is_empty()).map(str::to_string).collect();
        let wanted = bind.dig(&["+noall", "+answer", "+authority", "+additional", &name, &kind]);
        assert_eq!(words(&shown), words(&wanted), "{name} {kind}");
        let shown: Vec<String> = example(&[&name, &kind, "+short"]).output().lines().map(str::to_string).collect();
        assert_eq!(words(&shown), words(&bind.dig(&["+short", &name, &kind])), "{name} {kind} +short");
    }
    let absent = example(&["nosuch.example"]).output();
    assert!(absent.starts_with(";; status: NXDOMAIN, flags: qr aa rd;"), "{absent}");
    let refused = example(&["other.test"]);
    assert_eq!(refused.status, Some(1));
    assert!(refused.errors().ends_with("refused (REFUSED)\n"), "{}", refused.errors());
    assert_eq!(example(&[]).status, Some(2));
}
