//! Packets against tshark and tcpdump: captures of others and traffic over a cable between two namespaces.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sentra::captures::{self, Cable, may_make_namespaces};
use sentra::program;
use sentra::running::Running;

#[path = "packets/agreement.rs"]
mod agreement;
#[path = "packets/live_filters.rs"]
mod live_filters;
#[path = "packets/programs.rs"]
mod programs;

const LIMIT: Duration = Duration::from_secs(120);

/// What a script prints.
fn eval(source: &str) -> String {
    let outcome = program::run(program::sentra_vm().arg("eval").arg(source), b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    outcome.output()
}

/// What a command prints.
fn output(command: &mut Command) -> String {
    let outcome = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}

#[test]
fn counts_of_traffic_are_those_of_tshark() {
    let mut checked = 0;
    for path in captures::public() {
        let tshark = agreement::sums(&path);
        // tshark is asked for what is Ethernet; of a damaged file there is no sum.
        let Some(tshark) = tshark else { continue };
        let own = agreement::own_sums(&path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        assert_eq!(own.total, tshark.total, "{name}");
        for (of, counts) in &tshark.parts {
            assert_eq!(own.parts.get(of), Some(counts), "{name}: {of}");
        }
        checked += 1;
        if checked == 40 {
            return;
        }
    }
    panic!("only {checked} files could be compared");
}

#[test]
fn frames_say_what_tshark_says() {
    agreement::frames(&captures::public());
}

#[test]
fn what_tcpdump_has_saved_is_read_and_the_other_way_round() {
    if !may_make_namespaces() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("own.pcap");
    eval(&format!(
        "let frame = packet_build([{{layer: \"ethernet\"}}, {{layer: \"ipv4\", source: \"10.0.0.1\", destination: \"10.0.0.2\"}}, {{layer: \"udp\", source_port: 5, destination_port: 6}}])\npcap_write(\"{}\", [{{raw: frame, timestamp_ns: 1700000000123456789}}])",
        path.display()
    ));
    let text = output(Command::new("tcpdump").args(["-n", "-tt", "--nano", "-r"]).arg(&path));
    assert_eq!(text.trim(), "1700000000.123456789 IP 10.0.0.1.5 > 10.0.0.2.6: UDP, length 0");
    // Pings go by while both listen.
    let cable = Cable::lay();
    let saved = folder.join("tcpdump.pcap");
    let mut tcpdump = cable.at(0, "tcpdump");
    tcpdump.args(["-i", "eth0", "-n", "-c", "6", "-U", "-w"]).arg(&saved).arg("icmp");
    let mut tcpdump = Running::start(&mut tcpdump);
    assert!(tcpdump.error_line().contains("listening") || tcpdump.error_line().contains("listening"));
    let source = "let seen = make_channel(6)\nlet id = capture_start(\"eth0\", \"icmp\", fn(p) { seen <- [p.src_ip, p.ttl, len(p.raw), p.info] })\nlog(\"ready\")\nfor i in range(0, 6) { log(<-seen) }\nlog(capture_stop(id).dropped)";
    let own = Running::start(cable.sentra_vm(0).arg("eval").arg(source));
    assert_eq!(own.line(), "ready");
    let pings = cable.at(1, "ping").args(["-c", "3", "-i", "0.2", "10.77.0.1"]).status().unwrap();
    assert!(pings.success());
    let lines: Vec<String> = (0..6).map(|_| own.line()).collect();
    assert_eq!(own.line(), "0");
    tcpdump.end();
    let text = eval(&format!(
        "for p in packet_capture(\"file:{}\", \"\", 0) {{ log([p.src_ip, p.ttl, len(p.raw), p.info]) }}",
        saved.display()
    ));
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn the_tutorials_traffic_analysis_runs_as_written() {
    if !may_make_namespaces() {
        return;
    }
    let cable = Cable::lay();
    let path = program::root().join("crates/sentra-compiler/tests/data/tutorial/13_traffic_analysis.sn");
    let written = std::fs::read_to_string(&path).unwrap();
    for (interface, target) in [("eth0", "10.77.0.2"), ("lo", "127.0.0.1")] {
        let source = written.replace("eth0", interface);
        let watching = Running::start(cable.sentra_vm(0).arg("eval").arg(&source));
        let mut ping = cable.at(0, "ping");
        let _ping = Running::start(ping.args(["-i", "0.2", target]));
        let lines: Vec<String> = (0..4).map(|_| watching.line()).collect();
        let packets: u64 = lines[0].strip_prefix("Total packets: ").unwrap().parse().unwrap();
        assert!(packets >= 20, "{lines:?}");
        assert!(lines[1].starts_with("Total bytes: ") && lines[2].contains(target), "{lines:?}");
        assert_eq!(lines[3], "Suspicious IPs: []");
    }
}

#[test]
fn frames_are_injected_and_sniffed() {
    if !may_make_namespaces() {
        return;
    }
    let cable = Cable::lay();
    let sniffer = "let id = raw_open(\"eth0\", {filter: \"ether proto 0x88b5 or vlan\"})\nlog(\"ready\")\nlet frame = raw_receive(id, 65536, 10)\nlog(len(frame), packet_decode(frame).payload)\nlog(packet_decode(raw_receive(id, 65536, 10)).layers[1].id)\nlog(socket_info(id).type, socket_close(id))";
    let sniffer = Running::start(cable.sentra_vm(0).arg("eval").arg(sniffer));
    assert_eq!(sniffer.line(), "ready");
    let sender = "let id = raw_open(\"eth0\")\nlog(raw_send(id, packet_build([{layer: \"ethernet\", ethertype: 0x88b5}, {layer: \"payload\", data: \"by hand\"}])))\nlog(raw_send(id, packet_build([{layer: \"ethernet\"}, {layer: \"vlan\", id: 77}, {layer: \"ipv4\", source: \"10.77.0.2\", destination: \"10.77.0.1\"}])))";
    let outcome = program::run(cable.sentra_vm(1).arg("eval").arg(sender), b"", LIMIT);
    assert_eq!(outcome.output(), "21\n38\n", "{}", outcome.errors());
    assert_eq!((sniffer.line(), sniffer.line()), ("21 by hand".into(), "77".into()));
    assert_eq!(sniffer.line(), "RAW true");
}

#[test]
fn filters_take_on_an_interface_what_tcpdump_takes() {
    if !may_make_namespaces() {
        return;
    }
    live_filters::agree("eth0", |_| true, 150);
}

#[test]
fn others_run_while_packets_are_captured() {
    if !may_make_namespaces() {
        return;
    }
    let cable = Cable::lay();
    let source = "let ticks = 0\nlet task = spawn fn() { loop { sleep(10); ticks = ticks + 1 } }()\nlog(\"ready\")\nlet seen = packet_capture(\"eth0\", \"icmp\", 0, {timeout: 2})\nlog(ticks > 50, len(seen) > 100)\nexit(0)";
    let own = Running::start(cable.sentra_vm(0).arg("eval").arg(source));
    assert_eq!(own.line(), "ready");
    let _flood = Running::start(cable.at(1, "ping").args(["-f", "10.77.0.1"]));
    assert_eq!(own.line(), "true true");
}

#[test]
fn without_the_capability_it_says_which_and_how_to_grant_it() {
    if !may_make_namespaces() {
        return;
    }
    let source = "try { packet_capture(\"lo\", \"\", 1) } catch e { log(e.kind, e.message) }\nlog(raw_open(\"lo\"), last_error().kind, last_error().message)\ntry { analyze_traffic(\"lo\", 1) } catch e { log(e.kind) }";
    let mut command = Command::new("setpriv");
    command.args([
        "--bounding-set",
        "-all",
        "--inh-caps",
        "-all",
        "--ambient-caps",
        "-all",
        "--reuid",
        "65534",
        "--clear-groups",
    ]);
    // The file may lie where only the superuser looks.
    let copy = Path::new("/tmp").join(format!("sentra-vm-{}", std::process::id()));
    program::install(&program::directory().join("sentra-vm"), &copy);
    let outcome = program::run(command.arg(&copy).arg("eval").arg(source), b"", LIMIT);
    std::fs::remove_file(&copy).unwrap();
    let text = outcome.output();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}{}", outcome.errors());
    for line in &lines[..2] {
        assert!(line.contains("permission") && line.contains("CAP_NET_RAW") && line.contains("setcap cap_net_raw+ep"));
    }
    assert_eq!(lines[2], "permission");
}

#[test]
fn the_small_tcpdump_and_the_table_of_traffic() {
    if !may_make_namespaces() {
        return;
    }
    let cable = Cable::lay();
    let example = |name: &str| program::root().join("examples").join(name);
    let dump =
        Running::start(cable.sentra_vm(0).arg("run").arg(example("tcpdump.sn")).args(["-c", "2", "eth0", "icmp"]));
    assert_eq!(dump.error_line(), "listening on eth0");
    let _ping = Running::start(cable.at(1, "ping").args(["-i", "0.2", "10.77.0.1"]));
    let lines = [dump.line(), dump.line()];
    assert!(lines[0].contains(" ICMP 10.77.0.2 > 10.77.0.1: echo request id "), "{lines:?}");
    assert!(lines[1].contains(" ICMP 10.77.0.1 > 10.77.0.2: echo reply id "), "{lines:?}");
    let table = cable.sentra_vm(0).arg("run").arg(example("iftop.sn")).args(["eth0", "1", "1"]).output().unwrap();
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("\u{1b}[2J") && table.contains("ICMP   10.77.0.2") && table.contains("two_way"), "{table}");
}

#[test]
fn the_tutorials_monitor_runs_as_written() {
    if may_make_namespaces() {
        programs::monitor("eth0", 1, "10.77.0.1", "10.77.0.2");
        programs::monitor("lo", 0, "127.0.0.1", "127.0.0.1");
    }
}

#[test]
fn passwords_in_the_clear_are_told_without_the_password() {
    if may_make_namespaces() {
        programs::credentials();
    }
}

#[test]
fn a_scanner_is_shut_out() {
    if may_make_namespaces() {
        programs::guard();
    }
}

#[test]
fn the_examples_sniff_and_inject() {
    if may_make_namespaces() {
        programs::raw_sockets();
    }
}
