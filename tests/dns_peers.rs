//! The resolver against several name servers, and against one that misbehaves: what it shows is
//! what dig shows.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sentra::name_server::{NameServer, Software, Wish, without_dots};
use sentra::program;

const LIMIT: Duration = Duration::from_secs(30);

/// The records of every type that a server's own configuration can hold, for dnsmasq.
const DNSMASQ: &str = "host-record=www.example,192.0.2.1,2001:db8::1\ncname=alias.example,www.example\n\
    mx-host=example,mx1.example,10\nmx-host=example,mx2.elsewhere.test,20\n\
    txt-record=txt.example,\"hello world\",\"second; \\\"quoted\\\"\"\nptr-record=1.2.0.192.in-addr.arpa,www.example\n\
    srv-host=_sip._tcp.example,www.example,5060,1,2\nnaptr-record=naptr.example,100,10,u,E2U+sip,!^.*$!sip:info@example.com!\n\
    caa-record=caa.example,0,issue,letsencrypt.org\ndns-rr=unknown.example,65400,0a000001\nlocal=/example/\nauth-ttl=60\n";

const DNSMASQ_NAMES: &[(&str, &str)] = &[
    ("www.example", "A"),
    ("www.example", "AAAA"),
    ("alias.example", "A"),
    ("alias.example", "CNAME"),
    ("example", "MX"),
    ("txt.example", "TXT"),
    ("1.2.0.192.in-addr.arpa", "PTR"),
    ("_sip._tcp.example", "SRV"),
    ("naptr.example", "NAPTR"),
    ("caa.example", "CAA"),
    ("unknown.example", "TYPE65400"),
    ("www.example", "MX"),
    ("nosuch.example", "A"),
];

fn start(software: Software, zones: &[(&str, &str)]) -> NameServer {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    NameServer::start(software, Wish { zones, folder, address: "127.0.0.1", port: 0, on: None, tls: None })
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// Complaints about names whose records are not shown as dig shows them.
fn compare(server: &NameServer, names: &[(String, String)]) -> Vec<String> {
    let mut source = String::new();
    for (name, kind) in names {
        let quoted = name.replace('\\', r"\\");
        source += &format!("for r in dns_query(\"{quoted}\", \"{kind}\", at) {{ log(r.rdata) }}\nlog(\"--\")\n");
    }
    let shown = server.sentra(&source);
    let answers = shown.split("--\n").zip(names);
    let complaints = answers.filter_map(|(shown, (name, kind))| {
        let wanted = server.dig(&["+short", name, kind]);
        let wanted = sorted(wanted.iter().map(|line| without_dots(line)).collect());
        let shown = sorted(shown.lines().map(str::to_owned).collect());
        (shown != wanted).then(|| format!("{name} {kind}: {shown:?}, dig shows {wanted:?}"))
    });
    complaints.collect()
}

#[test]
fn every_type_of_record_of_knot() {
    let zone = include_str!("peers/example.zone");
    let server = start(Software::Knot, &[("example", zone)]);
    let mut names: Vec<(String, String)> = Vec::new();
    for line in zone.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [name, "IN", kind, ..] = words[..] {
            let name = if name == "@" { "example".into() } else { format!("{name}.example") };
            names.push((name, kind.to_owned()));
        }
    }
    names.dedup();
    assert!(
        names.iter().all(|(name, kind)| !server.dig(&["+short", name, kind]).is_empty()),
        "knot has all of the zone"
    );
    let complaints = compare(&server, &names);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    let absent = server.sentra("log(dns_lookup(\"nosuch.example\", \"A\", at), last_error().kind)\nlog(dns_lookup(\"www.example\", \"MX\", at), last_error().kind)\nlog(len(dns_lookup(\"big.example\", \"TXT\", at)))\ntry { dns_lookup(\"other.test\", \"A\", at) } catch e { log(ends_with(e.message, \"refused (REFUSED)\")) }");
    assert_eq!(absent, "[] nxdomain\n[] no_data\n40\ntrue\n");
}

#[test]
fn records_of_dnsmasq() {
    let server = start(Software::Dnsmasq, &[("example", DNSMASQ)]);
    let names: Vec<(String, String)> =
        DNSMASQ_NAMES.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect();
    let complaints = compare(&server, &names);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// What the first label of a name has a server do.
const HABITS: &[(&str, Seen)] = &[
    ("right", Seen::Address),
    ("slow", Seen::Address),
    // The first question is lost, the second is answered.
    ("lossy", Seen::Address),
    ("truncated", Seen::Address),
    // Forged answers come first: they are waited past.
    ("wrong-id", Seen::Address),
    ("wrong-question", Seen::Address),
    ("wrong-type", Seen::Address),
    ("wrong-port", Seen::Address),
    ("a-question", Seen::Address),
    ("nxdomain", Seen::Absent),
    ("no-data", Seen::Absent),
    ("servfail", Seen::Failure("SERVFAIL")),
    ("refused", Seen::Failure("REFUSED")),
    ("notimp", Seen::Failure("NOTIMP")),
    ("formerr", Seen::Failure("FORMERR")),
    // dig shows that there is nothing in it, and does not judge.
    ("lame", Seen::Useless),
    ("silent", Seen::Failure("timed out")),
    ("cut-record", Seen::Failure("malformed")),
    ("loop", Seen::Failure("malformed")),
    ("many-records", Seen::Failure("malformed")),
    ("short-address", Seen::Failure("malformed")),
    ("pointer-beyond", Seen::Failure("malformed")),
];

/// What both show.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Address,
    Absent,
    Useless,
    Failure(&'static str),
}

/// Who asked, and what.
type Question = (SocketAddr, Vec<u8>);

/// A name server that does what names ask for.
struct Wilful {
    port: u16,
    questions: Arc<Mutex<Vec<Question>>>,
}

const ADDRESS: [u8; 16] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];

impl Wilful {
    fn start() -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let port = udp.local_addr().unwrap().port();
        let questions = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&questions);
        thread::spawn(move || {
            let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
            let mut asked = HashSet::new();
            let mut buffer = [0; 2048];
            while let Ok((len, from)) = udp.recv_from(&mut buffer) {
                let question = buffer[..len].to_vec();
                seen.lock().unwrap().push((from, question.clone()));
                let habit = habit(&question);
                let is_first = asked.insert(question[12..].to_ascii_lowercase());
                for (at_once, reply) in replies(&habit, &question, is_first) {
                    let (socket, peer) = (if at_once { &udp } else { &stranger }, from);
                    socket.send_to(&reply, peer).unwrap();
                }
                if habit == "slow" {
                    let (socket, reply) = (udp.try_clone().unwrap(), answer(&question, 0x80, 1, &ADDRESS));
                    thread::spawn(move || {
                        thread::sleep(Duration::from_millis(900));
                        socket.send_to(&reply, from)
                    });
                }
            }
        });
        thread::spawn(move || {
            for stream in tcp.incoming() {
                serve_stream(stream.unwrap());
            }
        });
        Self { port, questions }
    }
}

fn serve_stream(mut stream: std::net::TcpStream) {
    use std::io::{Read, Write};
    let mut len = [0; 2];
    while stream.read_exact(&mut len).is_ok() {
        let mut question = vec![0; usize::from(u16::from_be_bytes(len))];
        stream.read_exact(&mut question).unwrap();
        let reply = answer(&question, 0x80, 1, &ADDRESS);
        stream.write_all(&[&(reply.len() as u16).to_be_bytes()[..], &reply].concat()).unwrap();
    }
}

/// The first label of the name that is asked for.
fn habit(question: &[u8]) -> String {
    let len = usize::from(question[12]);
    String::from_utf8_lossy(&question[13..13 + len]).to_lowercase()
}

/// A reply with a code and so many answers; `flags` is the header's last byte.
fn answer(question: &[u8], flags: u8, answers: u8, records: &[u8]) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|&byte| byte == 0).unwrap() + 5;
    let mut reply = question[..end].to_vec();
    reply[2] = 0x81;
    reply[3] = flags;
    reply[4..12].copy_from_slice(&[0, 1, 0, answers, 0, 0, 0, 0]);
    reply.extend(records);
    reply
}

/// What is sent, each from the right port or from another one.
fn replies(habit: &str, question: &[u8], is_first: bool) -> Vec<(bool, Vec<u8>)> {
    let right = answer(question, 0x80, 1, &ADDRESS);
    let mut forged = right.clone();
    let last = forged.len() - 1;
    forged[last] = 66;
    let code = |code: u8| vec![(true, answer(question, 0x80 | code, 0, &[]))];
    let damaged = |records: &[u8]| vec![(true, answer(question, 0x80, 1, records))];
    match habit {
        "slow" | "silent" => vec![],
        "lossy" if is_first => vec![],
        "truncated" => {
            let mut cut = answer(question, 0x80, 0, &[]);
            cut[2] |= 2;
            vec![(true, cut)]
        }
        "wrong-id" => {
            forged[0] ^= 0x55;
            vec![(true, forged), (true, right)]
        }
        "wrong-question" => {
            forged[13] ^= 1;
            vec![(true, forged), (true, right)]
        }
        "wrong-type" => {
            let at = forged.len() - ADDRESS.len() - 3;
            forged[at] = 28;
            vec![(true, forged), (true, right)]
        }
        "wrong-port" => vec![(false, forged), (true, right)],
        "a-question" => {
            forged[2] &= 0x7f;
            vec![(true, forged), (true, right)]
        }
        "nxdomain" => code(3),
        "no-data" => code(0),
        "servfail" => code(2),
        "refused" => code(5),
        "notimp" => code(4),
        "formerr" => code(1),
        "lame" => {
            let referral = [&[0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 60, 0, 4][..], &[2, b'n', b's', 0]].concat();
            let mut reply = answer(question, 0, 0, &referral);
            reply[9] = 1;
            vec![(true, reply)]
        }
        "cut-record" => damaged(&ADDRESS[..13]),
        "loop" => damaged(&[&[0xc0, right.len() as u8 - 16][..], &ADDRESS[2..]].concat()),
        "many-records" => vec![(true, answer(question, 0x80, 200, &ADDRESS))],
        "short-address" => damaged(&[&ADDRESS[..11], &[2, 192, 0]].concat()),
        "pointer-beyond" => damaged(&[&[0xff, 0xff][..], &ADDRESS[2..]].concat()),
        _ => vec![(true, right)],
    }
}

/// What dig makes of a name.
fn dig(port: u16, name: &str) -> Seen {
    let mut command = Command::new("dig");
    command.args(["@127.0.0.1", "-p", &port.to_string(), "+time=2", "+tries=2", "+noedns", name, "A"]);
    let output = program::run(&mut command, b"", LIMIT).output();
    let status = output.lines().find_map(|line| line.split_once("status: ")?.1.split(',').next());
    let malformed = ["malformed", "bad packet", "parse", "FORMERR from"].iter().any(|word| output.contains(word));
    match status {
        _ if malformed => Seen::Failure("malformed"),
        None => Seen::Failure("timed out"),
        Some("NOERROR") if output.contains("192.0.2.1\n") => Seen::Address,
        Some("NOERROR") if output.contains("AUTHORITY: 1") => Seen::Useless,
        Some("NOERROR" | "NXDOMAIN") => Seen::Absent,
        Some("SERVFAIL") => Seen::Failure("SERVFAIL"),
        Some("REFUSED") => Seen::Failure("REFUSED"),
        Some("NOTIMP") => Seen::Failure("NOTIMP"),
        Some("FORMERR") => Seen::Failure("FORMERR"),
        Some(other) => panic!("{name}: {other}"),
    }
}

#[test]
fn misbehaviour_is_seen_as_dig_sees_it() {
    let server = Wilful::start();
    let names: Vec<String> = HABITS.iter().map(|(habit, _)| format!("\"{habit}\"")).collect();
    let source = format!(
        "fn look(habit) {{\n try {{ let found = dns_lookup(f\"{{habit}}.example\", \"A\", {{server: \"127.0.0.1\", port: {}, timeout: 3}})\n \
         return found.len() > 0 ? found.join(\" \") : last_error().kind }} catch e {{ return e.message }}\n}}\n\
         for habit in [{}] {{ log(look(habit)) }}",
        server.port,
        names.join(", ")
    );
    let outcome = program::run(program::sentra_vm().arg("eval").arg(source), b"", LIMIT);
    assert_eq!(outcome.errors(), "");
    let shown = outcome.output();
    let mut complaints = Vec::new();
    for ((habit, wanted), shown) in HABITS.iter().zip(shown.lines()) {
        let theirs = dig(server.port, &format!("{habit}.other"));
        let seen = match shown {
            "192.0.2.1" => Seen::Address,
            "nxdomain" | "no_data" => Seen::Absent,
            shown if shown.ends_with("knows nothing of this name and asks nobody else") => Seen::Useless,
            shown => match wanted {
                Seen::Failure(word) if shown.contains(word) => *wanted,
                _ => Seen::Failure("otherwise"),
            },
        };
        // dig takes a question for an answer.
        if seen != *wanted || theirs != *wanted && *habit != "a-question" {
            complaints.push(format!("{habit}: {wanted:?} is wanted, dig sees {theirs:?}, here: {shown}"));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// How often each of sixteen bits is set, as a share.
fn shares(numbers: &[u16]) -> Vec<f64> {
    let set = |bit: u32| numbers.iter().filter(|number| *number >> bit & 1 == 1).count();
    (0..16).map(|bit| set(bit) as f64 / numbers.len() as f64).collect()
}

#[test]
fn questions_cannot_be_foreseen() {
    let server = Wilful::start();
    let source = format!(
        "for i in 0..1000 {{ dns_lookup(\"abcdefghijklmnop.example\", \"A\", {{server: \"127.0.0.1\", port: {}}}) }}",
        server.port
    );
    let outcome = program::run(program::sentra_vm().arg("eval").arg(source), b"", LIMIT);
    assert_eq!((outcome.status, outcome.errors()), (Some(0), String::new()));
    let questions = server.questions.lock().unwrap();
    assert_eq!(questions.len(), 1000);
    let ids: Vec<u16> = questions.iter().map(|(_, bytes)| u16::from_be_bytes([bytes[0], bytes[1]])).collect();
    let case = |bytes: &[u8]| bytes[13..29].iter().fold(0, |bits, letter| bits << 1 | u16::from(letter & 0x20 != 0));
    let cases: Vec<u16> = questions.iter().map(|(_, bytes)| case(bytes)).collect();
    for numbers in [&ids, &cases] {
        // Of 1000 fair coins fewer than 400 or more than 600 are heads once in billions of times.
        assert!(shares(numbers).iter().all(|share| (0.4..0.6).contains(share)), "{:?}", shares(numbers));
        let distinct: HashSet<&u16> = numbers.iter().collect();
        assert!(distinct.len() > 950, "{} of 1000 differ", distinct.len());
    }
    let ports: HashSet<u16> = questions.iter().map(|(from, _)| from.port()).collect();
    assert!(ports.len() >= 5, "a port is used for {} questions", 1000 / ports.len());
}

#[test]
fn a_flood_of_forged_answers_does_not_hide_the_right_one() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        let (len, from) = socket.recv_from(&mut buffer).unwrap();
        let right = answer(&buffer[..len], 0x80, 1, &ADDRESS);
        let until = Instant::now() + Duration::from_millis(200);
        while Instant::now() < until {
            let mut forged = right.clone();
            forged[0] ^= 0x80;
            *forged.last_mut().unwrap() = 66;
            let _ = socket.send_to(&forged, from);
        }
        // Its buffer may be full of the others.
        for _ in 0..20 {
            socket.send_to(&right, from).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
    });
    let source = format!("log(dns_lookup(\"www.example\", \"A\", {{server: \"127.0.0.1\", port: {port}}}))");
    let outcome = program::run(program::sentra_vm().arg("eval").arg(source), b"", LIMIT);
    assert_eq!(outcome.output(), "[\"192.0.2.1\"]\n");
}

/// A server that reads nothing until nothing more comes has at once what its buffer can keep,
/// and has every question once: while others hold a question back its time does not run.
#[test]
fn a_server_gets_no_more_questions_at_once_than_it_can_keep() {
    const LOOKUPS: usize = 1000;
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let mut batches = Vec::new();
        while batches.iter().sum::<usize>() < LOOKUPS {
            let mut peeked = [0; 1];
            socket.set_read_timeout(Some(LIMIT)).unwrap();
            socket.peek_from(&mut peeked).expect("questions come");
            thread::sleep(Duration::from_millis(700));
            socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            let mut questions = Vec::new();
            let mut buffer = [0; 2048];
            while let Ok((len, from)) = socket.recv_from(&mut buffer) {
                questions.push((answer(&buffer[..len], 0x80, 1, &ADDRESS), from));
            }
            batches.push(questions.len());
            questions.into_iter().for_each(|(answer, from)| drop(socket.send_to(&answer, from)));
        }
        batches
    });
    let source = format!(
        "let at = {{server: \"127.0.0.1\", port: {port}, timeout: 20}}\n\
         let answers = wait_all(range(0, {LOOKUPS}).map(|i| spawn dns_lookup(\"www.example\", \"A\", at)))\n\
         log(answers.filter(|answer| answer == [\"192.0.2.1\"]).len())"
    );
    let outcome = program::run(program::sentra_vm().arg("eval").arg(source), b"", LIMIT);
    assert_eq!((outcome.output(), outcome.errors()), (format!("{LOOKUPS}\n"), String::new()));
    let batches = server.join().unwrap();
    assert!(batches.iter().all(|&count| count <= 128), "{batches:?}");
    assert_eq!(batches.iter().sum::<usize>(), LOOKUPS, "none is asked again: {batches:?}");
}

/// A server that takes connections and says nothing is given up in time, and holds nothing up after that.
#[test]
fn a_program_does_not_stay_for_a_server_that_never_speaks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for way in ["tls", "tcp"] {
        let at = format!("{{server: \"127.0.0.1\", port: {port}, {way}: true, timeout: 1}}");
        let source = format!("try {{ dns_lookup(\"www.example\", \"A\", {at}) }} catch e {{ log(e.message) }}");
        let outcome = program::run(program::sentra_vm().arg("eval").arg(source), b"", LIMIT);
        assert!(outcome.output().contains("timed out"), "{}", outcome.output());
        // A channel is renewed after ten seconds in any case.
        assert!(outcome.elapsed < Duration::from_secs(8), "{way}: {:?}", outcome.elapsed);
    }
}
