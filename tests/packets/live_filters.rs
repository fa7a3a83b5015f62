//! The same filters for tcpdump and for Sentra on the same interface, while frames of all kinds arrive.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sentra::namespace::Namespace;
use sentra::program;
use sentra::running::Running;

#[path = "../../crates/sentra-netlib/tests/filters/frames.rs"]
#[allow(dead_code)] // Whoever includes it uses some of it.
mod frames;

const EXPRESSIONS: &str = include_str!("../../crates/sentra-netlib/tests/filters/expressions.txt");
/// What only an interface can say.
const LIVE: &str = "inbound\noutbound\nip broadcast\ninbound and tcp\nnot outbound\nip broadcast or ip multicast";
/// What libpcap's optimizer gets wrong on an interface: it takes IP behind two tags as well.
const UNOPTIMIZED: [&str; 1] = ["ip or (vlan and ip)"];
/// How many filters listen at the same time.
const AT_ONCE: usize = 40;
/// How many frames come at once: so many listeners share few processors, and none may lose a frame.
const PORTION: usize = 200;
/// What the last frame of a portion ends with, and the digits of its number after that.
const LAST: &[u8] = b"this is the last frame of portion ";
const DIGITS: usize = 3;
/// What the first one ends with: libpcap looks itself at what came before its filter was attached, and at one more,
/// and does not know which way that went.
const FIRST: &[u8] = b"this is the first of all frames that are sent here";
const LIMIT: Duration = Duration::from_secs(120);

/// A host with an interface on which nothing happens by itself, and the host at the other end of its cable.
fn silent_cable() -> [Namespace; 2] {
    let [here, there] = [Namespace::new(), Namespace::new()];
    for host in [&here, &there] {
        host.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
    }
    here.connect("eth0", &there, "eth0");
    // Without addresses both know no netmask.
    for host in [&here, &there] {
        host.run("ip link set eth0 arp off mtu 9000");
    }
    [here, there]
}

/// A tcpdump that listens by one filter; nothing if it refuses it.
struct Tcpdump {
    running: Option<Running>,
    file: PathBuf,
}

impl Tcpdump {
    fn start(host: &Namespace, interface: &str, expression: &str, file: PathBuf) -> Self {
        let mut command = host.command("tcpdump");
        command.args(["-i", interface, "-n", "-U", "--immediate-mode", "-s", "1600", "-B", "16384", "-w"]).arg(&file);
        if UNOPTIMIZED.contains(&expression) {
            command.arg("-O");
        }
        let running = Running::start(command.arg("--").arg(expression));
        loop {
            match running.error_line_or_end() {
                Some(line) if line.contains("listening on") => return Self { running: Some(running), file },
                Some(_) => {}
                None => return Self { running: None, file },
            }
        }
    }

    /// Waits for the last frame of a portion, if it has no filter.
    fn wait_for(&self, portion: usize) {
        let until = Instant::now() + LIMIT;
        while frames_of(&self.file).last().is_none_or(|frame| portion_ended(frame) != Some(portion)) {
            assert!(Instant::now() < until, "the last frame of portion {portion} does not arrive");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it has taken before the last frame, once that has arrived, and ends it; nothing if it refuses its filter.
    fn finish(mut self) -> Option<Vec<frames::Bytes>> {
        let mut running = self.running.take()?;
        let until = Instant::now() + LIMIT;
        // It sleeps when there is no frame for it.
        while !running.is_asleep() {
            assert!(Instant::now() < until, "tcpdump does not come to rest");
            std::thread::sleep(Duration::from_millis(5));
        }
        running.signal("TERM");
        running.end();
        let mut taken = frames_of(&self.file);
        taken.retain(|frame| !is_marked(frame));
        Some(taken)
    }
}

/// The number of a portion that a frame ends.
fn portion_ended(frame: &[u8]) -> Option<usize> {
    let (text, digits) = frame.split_at_checked(frame.len().checked_sub(DIGITS)?)?;
    if text.ends_with(LAST) { std::str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

/// Whether a frame is the first or the last of some, which are not compared.
fn is_marked(frame: &[u8]) -> bool {
    frame.ends_with(FIRST) || portion_ended(frame).is_some()
}

/// The frames in a file that may be written still; an empty list if there is none.
fn frames_of(file: &Path) -> Vec<frames::Bytes> {
    let bytes = fs::read(file).unwrap_or_default();
    let mut rest = bytes.get(24..).unwrap_or_default();
    let mut list = vec![];
    while rest.len() >= 16 {
        let length = u32::from_le_bytes(rest[8..12].try_into().expect("four bytes")) as usize;
        let Some((frame, following)) = rest[16..].split_at_checked(length) else { break };
        list.push(frame.to_vec());
        rest = following;
    }
    list
}

/// Sends frames from the other end of the cable, a portion for each line of input.
fn sender(host: &Namespace, file: &Path) -> Running {
    let source = format!(
        "let id = raw_open(\"eth0\")
         for portion in packet_capture(\"file:{}\", \"\", 0).chunk({PORTION}) {{
             readline()
             for one in portion {{ assert(raw_send(id, one.raw) > 0) }}
         }}",
        file.display()
    );
    Running::start(host.command(program::directory().join("sentra-vm")).arg("eval").arg(source))
}

/// What both take of some portions by some filters from an interface: how many of them tell frames apart.
fn compare(interface: &str, expressions: &[&str], sent: &Path, portions: usize, folder: &Path) -> usize {
    let [here, there] = silent_cable();
    let list = folder.join("expressions");
    fs::write(&list, expressions.join("\n")).expect("the folder is ours");
    let own_file = |at: usize| -> PathBuf { folder.join(format!("own-{at}.pcap")) };
    // The socket that was opened first is the last to get a frame: when it has the last one, Sentra has all.
    let control = Tcpdump::start(&here, interface, "", folder.join("control.pcap"));
    let start = |(at, expression): (usize, &&str)| {
        let _ = fs::remove_file(own_file(at));
        Tcpdump::start(&here, interface, expression, folder.join(format!("theirs-{at}.pcap")))
    };
    let tcpdumps: Vec<Tcpdump> = expressions.iter().enumerate().map(start).collect();
    let mut own = here.command(program::directory().join("sentra-vm"));
    own.arg("run").arg(program::root().join("tests/peers/live_filters.sn")).arg(interface).arg(&list).arg(folder);
    let mut own = Running::start(&mut own);
    assert_eq!(own.line(), "ready");
    let mut sender = sender(&there, sent);
    for portion in 0..portions {
        sender.write(b"\n");
        control.wait_for(portion);
        own.write(b"taken\n");
        assert_eq!(own.line(), "taken");
    }
    let all = control.finish().expect("it has no filter").len();
    own.write(b"end\n");
    let mut telling = 0;
    for ((at, expression), tcpdump) in expressions.iter().enumerate().zip(tcpdumps) {
        let (verdict, theirs) = (own.line(), tcpdump.finish());
        let mut ours = frames_of(&own_file(at));
        ours.retain(|frame| !is_marked(frame));
        match &theirs {
            None => assert_eq!(verdict, "refused", "{expression}: tcpdump refuses it"),
            Some(theirs) => {
                assert_eq!(verdict, "dropped 0", "{expression}");
                assert!(*theirs == ours, "{expression}: {} by tcpdump, {} here", theirs.len(), ours.len());
                telling += usize::from(!theirs.is_empty() && theirs.len() < all);
            }
        }
    }
    telling
}

/// Both on an interface, for all expressions that `chosen` picks: at least so many have to tell frames apart.
pub fn agree(interface: &str, chosen: impl Fn(&str) -> bool, least: usize) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-filters-{interface}"));
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let mut sent = frames::frames();
    // An interface sends nothing that has no whole header, and takes no tag that is cut short.
    sent.retain(|frame| frame.len() > 14);
    if interface == "any" {
        // There tcpdump leaves out tags that the kernel has taken off.
        sent.retain(|frame| !matches!(frame[12..14], [0x81, 0x00] | [0x88, 0xa8]));
    }
    let first = frames::Ip4::new(1, 2, 6).with(&frames::tcp(1, 2, 0, FIRST));
    sent.insert(0, [&[0x02; 12], [0x08, 0x00].as_slice(), &first].concat());
    let portions = sent.len().div_ceil(PORTION - 1);
    for portion in 0..portions {
        let last = format!("{}{portion:0DIGITS$}", String::from_utf8_lossy(LAST));
        let last = [&[0x02; 12], [0x88, 0xb5].as_slice(), last.as_bytes()].concat();
        sent.insert(sent.len().min(portion * PORTION + PORTION - 1), last);
    }
    let file = folder.join("sent.pcap");
    fs::write(&file, frames::pcap(1, &sent)).expect("the folder is ours");
    let all = EXPRESSIONS.lines().chain(LIVE.lines());
    let expressions: Vec<&str> = all.filter(|line| !line.is_empty() && chosen(line)).collect();
    let telling = expressions.chunks(AT_ONCE).map(|some| compare(interface, some, &file, portions, &folder));
    let telling: usize = telling.sum();
    assert!(telling >= least, "only {telling} of {} expressions tell frames apart", expressions.len());
}
