//! Filters against tcpdump: the same packets for the same text, from programs that are hardly
//! longer.

#[path = "filters/frames.rs"]
mod frames;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use frames::{Bytes, packets, pcap};
use sentra_netlib::filter::{NoNames, Target, compile};
use sentra_netlib::wire::bpf::{Program, listing};
use sentra_netlib::wire::packet::Link;

const EXPRESSIONS: &str = include_str!("filters/expressions.txt");

fn expressions() -> Vec<&'static str> {
    EXPRESSIONS.lines().filter(|line| !line.is_empty()).collect()
}

/// A file in the folder for tests.
fn write(name: &str, contents: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, contents).unwrap();
    path
}

/// Which packets of a file tcpdump selects; `None` if it takes the filter for none.
fn tcpdump(file: &PathBuf, expression: &str) -> Option<Vec<usize>> {
    let mut command = Command::new("tcpdump");
    command.arg("-r").arg(file).args(["-w", "-", "--", expression]);
    let outcome = command.output().expect("tcpdump runs");
    let errors = String::from_utf8_lossy(&outcome.stderr);
    // A filter that selects nothing at all is a mistake to tcpdump.
    if errors.contains("expression rejects all packets") {
        return Some(vec![]);
    }
    outcome.status.success().then(|| frames::numbers(&outcome.stdout))
}

fn ours(frames: &[Bytes], link: Link, expression: &str) -> Option<Vec<usize>> {
    let program = compile(expression, &Target::file(link), &NoNames).ok()?;
    let selected = frames.iter().enumerate().filter(|(_, frame)| program.matches(frame, frame.len() as u32));
    Some(selected.map(|(at, _)| at).collect())
}

/// Compares both on one file and says how often the list of packets was neither empty nor all.
fn compare(name: &str, number: u32, link: Link, frames: &[Bytes]) -> usize {
    let file = write(&format!("filters-{name}.pcap"), &pcap(number, frames));
    let mut telling = 0;
    let mut wrong = vec![];
    for expression in expressions() {
        let (theirs, ours) = (tcpdump(&file, expression), ours(frames, link, expression));
        if theirs != ours {
            let both = theirs.iter().flatten().filter(|at| ours.iter().flatten().any(|one| &one == at)).count();
            let count = |list: &Option<Vec<usize>>| list.as_ref().map(Vec::len);
            wrong.push(format!(
                "{expression}: {:?} by tcpdump, {:?} here, {both} by both",
                count(&theirs),
                count(&ours)
            ));
        }
        telling += usize::from(theirs.is_some_and(|list| !list.is_empty() && list.len() < frames.len()));
    }
    assert!(wrong.is_empty(), "{} of {name} differ:\n{}", wrong.len(), wrong.join("\n"));
    telling
}

#[test]
fn selects_the_ethernet_frames_that_tcpdump_selects() {
    let telling = compare("ethernet", 1, Link::ETHERNET, &frames::frames());
    assert!(telling >= 240, "only {telling} expressions tell frames apart");
}

#[test]
fn selects_what_tcpdump_selects_from_files_without_ethernet() {
    let ip = |kind: u16| kind == 0x800 || kind == 0x86dd;
    let raw: Vec<Bytes> = packets().into_iter().filter(|(kind, _)| ip(*kind)).map(|(_, packet)| packet).collect();
    assert!(compare("raw", 101, Link::RAW, &raw) >= 120);
    let family = |kind: u16, at: usize| if kind == 0x800 { 2_u32 } else { [24, 28, 30][at % 3] };
    let null = packets().into_iter().enumerate().filter(|(_, (kind, _))| ip(*kind));
    let null: Vec<Bytes> =
        null.map(|(at, (kind, packet))| [family(kind, at).to_le_bytes().as_slice(), &packet].concat()).collect();
    assert!(compare("null", 0, Link::NULL, &null) >= 120);
    let swapped: Vec<Bytes> =
        null.iter().map(|frame| [&[frame[3], frame[2], frame[1], frame[0]], &frame[4..]].concat()).collect();
    assert!(compare("loop", 108, Link::LOOP, &swapped) >= 120);
}

#[test]
fn selects_what_tcpdump_selects_from_cooked_frames() {
    let cooked = |(at, (kind, packet)): (usize, (u16, Bytes))| {
        let head = [0, [0, 4][at % 2], 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
        [head.as_slice(), &kind.to_be_bytes(), &packet].concat()
    };
    let frames: Vec<Bytes> = packets().into_iter().enumerate().map(cooked).collect();
    assert!(compare("cooked", 113, Link::COOKED, &frames) >= 130);
    let cooked = |(at, (kind, packet)): (usize, (u16, Bytes))| {
        let rest = [0, 0, 0, 0, 0, 2, 0, 1, [0, 4][at % 2], 6, 2, 0, 0, 0, 0, 1, 0, 0];
        [kind.to_be_bytes().as_slice(), &rest, &packet].concat()
    };
    let frames: Vec<Bytes> = packets().into_iter().enumerate().map(cooked).collect();
    assert!(compare("cooked2", 276, Link::COOKED_2, &frames) >= 130);
}

#[test]
fn programs_are_hardly_longer_than_those_of_libpcap() {
    let mut ratios = vec![];
    let mut longest = vec![];
    for expression in expressions() {
        let mut command = Command::new("tcpdump");
        command.args(["-y", "EN10MB", "-d", "--", expression]);
        let outcome = command.output().expect("tcpdump runs");
        let theirs = outcome.stdout.split(|&byte| byte == b'\n').count() - 1;
        let Ok(program) = compile(expression, &Target::file(Link::ETHERNET), &NoNames) else { continue };
        if theirs > 0 {
            let ratio = program.instructions().len() as f64 / theirs as f64;
            ratios.push(ratio);
            longest.push((ratio, format!("{expression}: {} for {theirs}", program.instructions().len())));
        }
    }
    ratios.sort_by(f64::total_cmp);
    longest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let median = ratios[ratios.len() / 2];
    println!("median {median:.3}, worst {:.2} of {}", ratios[ratios.len() - 1], ratios.len());
    longest.iter().take(25).for_each(|(ratio, line)| println!("{ratio:.2} {line}"));
    assert!(median <= 1.0, "the median is {median}");
    let long = ratios.iter().filter(|&&ratio| ratio > 1.5).count();
    assert!(long <= 8, "{long} are more than half longer: {:?}", &longest[..long]);
}

/// Not a test of its own: shows both programs of `FILTER`.
#[test]
fn shows_programs() {
    let Ok(expression) = std::env::var("FILTER") else { return };
    println!(
        "{}",
        listing(compile(&expression, &Target::file(Link::ETHERNET), &NoNames).unwrap().instructions()).join("\n")
    );
    let outcome = Command::new("tcpdump").args(["-y", "EN10MB", "-d", &expression]).output().unwrap();
    println!("{}", String::from_utf8_lossy(&outcome.stdout));
}

/// What is shown of a mistake in a filter.
fn mistake(text: &str) -> String {
    compile(text, &Target::file(Link::ETHERNET), &NoNames).expect_err(text).to_string()
}

#[test]
fn mistakes_are_marked_where_they_are() {
    let shown = mistake("tcp port htpp");
    assert_eq!(shown, "expected a port number or service, found `htpp`\n    tcp port htpp\n             ^^^^");
    for (text, message) in [
        ("10.0.0.1", "expected a qualifier such as `host` or `port` before a name or number"),
        ("host", "expected a number, a name or an address after `host`, found the end"),
        ("tcp port", "expected a number, a name or an address after `port`, found the end"),
        ("tcp and", "expected a condition such as `host 10.0.0.1` or `tcp` after `and`, found the end"),
        ("tcp )", "after `tcp`, found `)`"),
        ("(tcp", "found the end"),
        ("tcp[13", "expected `]` or `:` after `13`, found the end"),
        ("tcp[13]", "this is a number: expected a comparison after it, such as `= 1`"),
        ("tcp[13:3] = 1", "one, two or four bytes are a number"),
        ("ip proto tcp", "(the name of the protocol is written `\\tcp`)"),
        ("port 70000", "ports are 0 to 65535, not 70000"),
        ("tcp port ntp", "`ntp` is a service of UDP"),
        ("net 10.0.0.1/8", "the address has bits beyond the network's"),
        ("net 10.0.0.0/33", "expected the length of a prefix, 0 to 32"),
        ("host 10.0.0.0/8", "only `net` takes a prefix or a mask"),
        ("host 10.0.0.256", "`10.0.0.256` is no address: its parts are 0 to 255"),
        ("tcp host 10.0.0.1", "`tcp` has no IPv4 addresses of its own"),
        ("arp port 80", "`arp` has no ports"),
        ("gateway 10.0.0.1", "`gateway` is not supported"),
        ("host no.such.host", "there is no host `no.such.host`"),
        ("vlan 5000", "the number of a VLAN is at most 4095"),
        ("mpls and vlan", "no VLAN tag follows an MPLS label"),
        ("ip[0] / 0 = 1", "this divides by zero"),
        ("inbound", "a file does not say which frames came in and which went out"),
        ("tcp ; udp", "`;` has no meaning in a filter"),
        ("ip[0] = 99999999999", "99999999999 is more than 4294967295"),
        ("host 1.2.3.4 é", "`é` has no meaning in a filter"),
    ] {
        let shown = mistake(text);
        assert!(shown.lines().next().is_some_and(|line| line.contains(message)), "{text}: {shown}");
        assert!(shown.ends_with('^'), "{shown}");
    }
}

#[test]
fn filters_that_are_too_much_are_refused() {
    for text in [
        format!("{}tcp{}", "(".repeat(30_000), ")".repeat(30_000)),
        "!".repeat(60_000) + "tcp",
        format!("{}ip[0] = 1", "-".repeat(60_000)),
        format!("ip[0]{} = 1", " + ip[1]".repeat(5000)),
        format!("ip[{}0{}] = 1", "ip[".repeat(5000), "]".repeat(5000)),
        " ".repeat(70_000),
        (0..2000).map(|at| format!("ether[{at}] = ether[{}] or ", 2 * at + 1)).collect::<String>() + "tcp",
        format!("port 1{}", " or 7 and not 5".repeat(3000)),
    ] {
        compile(&text, &Target::interface(Link::ETHERNET), &NoNames).expect_err(&text[..20]);
    }
    // As many hosts as have room.
    let hosts: Vec<String> = (0..900).map(|host| format!("10.0.{}.{}", host / 250, host % 250)).collect();
    let program = compile(&format!("host {}", hosts.join(" or ")), &Target::file(Link::ETHERNET), &NoNames).unwrap();
    let from =
        |last: u8| frames::Ip4 { from: [10, 0, 3, last], to: [1; 4], ..frames::Ip4::new(0, 0, 6) }.with(&[0; 20]);
    let frame = |last: u8| [[0; 12].as_slice(), &[8, 0], &from(last)].concat();
    assert!(program.matches(&frame(149), 60) && !program.matches(&frame(200), 60));
}

#[test]
fn the_kernel_keeps_a_tag_beside_the_frame() {
    let program = compile("vlan 5 and tcp", &Target::interface(Link::ETHERNET), &NoNames).unwrap();
    let lines = listing(program.instructions()).join("\n");
    assert!(lines.contains("[vlanp]") && lines.contains("[vlan_tci]"), "{lines}");
    let outbound = compile("outbound", &Target::interface(Link::ETHERNET), &NoNames).unwrap();
    assert!(listing(outbound.instructions()).join("\n").contains("[type]"));
}

#[test]
fn instructions_that_are_no_program_are_refused() {
    use sentra_netlib::wire::bpf::Instruction;
    let instruction = |code, jt, jf, k| Instruction { code, jt, jf, k };
    let end = instruction(6, 0, 0, 1);
    for (program, why) in [
        (vec![], "1 to 4096"),
        (vec![end; 4097], "1 to 4096"),
        (vec![instruction(0x28, 0, 0, 0)], "does not return"),
        (vec![instruction(0x15, 1, 0, 0), end], "leads out"),
        (vec![instruction(0x05, 0, 0, u32::MAX), end], "leads out"),
        (vec![instruction(0x34, 0, 0, 0), end], "divides by zero"),
        (vec![instruction(0x64, 0, 0, 32), end], "31 bits"),
        (vec![instruction(0x02, 0, 0, 16), end], "memory"),
        (vec![instruction(0xffff, 0, 0, 0), end], "none of classic BPF"),
        (vec![instruction(0x48 | 0x20, 0, 0, 0), end], "none of classic BPF"),
    ] {
        let error = Program::new(program).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    assert!(Program::everything().matches(&[], 0));
}
