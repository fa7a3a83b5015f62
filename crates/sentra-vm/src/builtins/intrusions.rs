//! `detect_intrusions`: alerts about the traffic of an interface or of a file. Frames of an
//! interface are looked at on the event loop as they come; a file is read and looked at on a
//! worker thread.

mod report;

pub(super) use report::alerts;

use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sentra_netlib::error::kind_of;
use sentra_netlib::exchange::detect::rules::{LONGEST, Rules};
use sentra_netlib::exchange::detect::{Alert, Detection, THRESHOLDS, Thresholds};
use sentra_netlib::trace::{self, Trace};
use sentra_netlib::wire::packet::Link;

use super::fibers::moment;
use super::files;
use super::settings::Settings;
use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::packets::open::{Failure, Request, of_trace};
use crate::packets::source::{Source, Taken};
use crate::permission::Permissions;
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

type Result<T> = std::result::Result<T, Box<Fault>>;

const DETECT: &str = "detect_intrusions";
/// What is looked at of a frame.
const WHOLE: u32 = 262_144;
/// The bytes of frames that may wait.
const BUFFER: i64 = 32 << 20;
/// How much of a file is read before one asks whether somebody still waits.
const STRETCH: usize = 16 << 20;
/// What the kernel may keep back for as long as a block is not full.
const GRACE: Duration = Duration::from_millis(25);

builtins! { TABLE:
    "detect_intrusions" in [] (interface: Types::STRING, seconds: Types::NUMBER, options: Types::MAP => "{}") -> "array",
        faults ["filter", "io", "memory", "not_found", "parse", "permission", "range", "rules"], RawNet,
        "Watches traffic for so many seconds and gives an alert for each attack: a map with `timestamp` (ISO 8601), `alert_type`, `severity` (`low`, `medium`, `high`, `critical`), `source_ip`, `target_ip`, `target_port`, `protocol`, `description` and `evidence`. Of a file (`file:trace.pcap`) so many seconds of recorded time, 0 for all. Types: `Port Scan`, `Host Sweep`, `SYN Flood`, `UDP Flood`, `ICMP Flood`, `Brute Force`, `ARP Spoofing`, `DNS Tunneling`, `DNS Amplification`, `Land Attack`, `Ping of Death`, `IP Fragment Overlap`, `Cleartext Credentials`; there is one alert for each type, source and target. Options: `filter`, `promiscuous`, `buffer` in bytes, `rules` (a file with rules in Suricata's language), `home_net` (what `$HOME_NET` is in them), `eve` (a file to which alerts are added as lines of EVE JSON), and the thresholds: `port_scan_ports` (20), `port_scan_seconds` (60), `host_sweep_hosts` (30), `host_sweep_seconds` (60), `syn_flood_connections` (200), `udp_flood_packets` (1000), `icmp_flood_packets` (200), `brute_force_attempts` (10), `brute_force_seconds` (60), `arp_spoof_replies` (3), `dns_tunnel_names` (40), `dns_tunnel_length` (24), `dns_amplification_responses` (20). It needs the capability CAP_NET_RAW, except for files.",
        "try { detect_intrusions(\"file:nosuch.pcap\", 0) } catch e { log(e.kind) } // expect: not_found" => Native(detect);
}

/// What is asked for.
struct Wanted {
    request: Request,
    thresholds: Thresholds,
    rules: Option<String>,
    home: Option<String>,
    eve: Option<String>,
    seconds: f64,
}

fn detect(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let mut known = vec!["filter", "promiscuous", "buffer", "rules", "home_net", "eve"];
    known.extend(THRESHOLDS.iter().map(|threshold| threshold.name));
    let options = Settings::new(DETECT, args.optional(2), &known)?;
    let seconds = args.number(1);
    if seconds.is_nan() || seconds < 0.0 {
        return Err(Fault::range(format!("`{DETECT}` takes 0 or more seconds, got {seconds}")));
    }
    let mut thresholds = Thresholds::default();
    for threshold in THRESHOLDS {
        if let Some(value) = options.integer(threshold.name, 1, 1 << 32)? {
            thresholds.set(threshold.name, value as u64);
        }
    }
    let mut request = Request {
        interface: args.string(0).into_owned(),
        filter: options.text("filter")?.unwrap_or_default(),
        promiscuous: options.flag("promiscuous")?.unwrap_or(false),
        snaplen: WHOLE,
        buffer: options.integer("buffer", 1 << 16, 1 << 30)?.unwrap_or(BUFFER) as usize,
    };
    request.permit(&vm.system.permissions)?;
    let file = |name: &str, permitted: files::Permitted| -> Result<Option<String>> {
        let Some(path) = options.text(name)? else { return Ok(None) };
        let place = permitted(&vm.system.permissions, path.as_ref());
        let place = place.map_err(|error| files::failure("use", path.as_ref(), &error))?;
        Ok(Some(place.to_string_lossy().into_owned()))
    };
    let wanted = Wanted {
        request,
        thresholds,
        rules: file("rules", Permissions::read)?,
        home: options.text("home_net")?,
        eve: file("eve", Permissions::write)?,
        seconds,
    };
    vm.start(Watch { wanted, stage: Stage::New, eve: None, stop: Arc::default(), last: None })
}

/// What is there before the watch begins: rules, and the file that alerts are added to.
type Prepared = (Option<Rules>, Option<File>);

enum Stage {
    New,
    /// Rules are being read, and the file for alerts is opened.
    Prepared(Ticket<std::result::Result<Prepared, Failure>>),
    Open(Source, Option<Rules>),
    Live(Source, Box<Detection>),
    /// A file is being looked at.
    File(Ticket<std::result::Result<Vec<Alert>, Failure>>),
    /// Alerts are being written.
    Written(Ticket<std::result::Result<(), Failure>>, Vec<Alert>),
    Done,
}

/// The wait for the end of the watch.
struct Watch {
    wanted: Wanted,
    stage: Stage,
    eve: Option<File>,
    /// Tells a worker that nobody waits any more.
    stop: Arc<AtomicBool>,
    /// The latest moment of an interface's watch.
    last: Option<Instant>,
}

impl Operation for Watch {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        loop {
            let stage = std::mem::replace(&mut self.stage, Stage::Done);
            match self.step(vm, waiter, stage)? {
                Step::Waits(stage) => {
                    self.stage = stage;
                    return Ok(None);
                }
                Step::On(stage) => self.stage = stage,
                Step::Result(alerts) => return report::alerts(&mut vm.heap, &alerts).map(Some),
            }
        }
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.stop.store(true, Ordering::Relaxed);
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Open(mut source, _) | Stage::Live(mut source, _) => source.close(vm, Some(waiter)),
            Stage::Prepared(_) | Stage::File(_) | Stage::Written(..) => vm.reactor.workers.give_up(),
            Stage::New | Stage::Done => {}
        }
    }
}

/// What a stage came to.
enum Step {
    Waits(Stage),
    On(Stage),
    Result(Vec<Alert>),
}

impl Watch {
    fn step(&mut self, vm: &mut Vm, waiter: Waiter, stage: Stage) -> Result<Step> {
        Ok(match stage {
            Stage::New => {
                let (rules, home) = (self.wanted.rules.clone(), self.wanted.home.clone());
                let eve = self.wanted.eve.clone();
                Step::On(Stage::Prepared(vm.reactor.workers.submit(waiter, move || {
                    let rules = rules.map(|path| read_rules(&path, home.as_deref())).transpose()?;
                    Ok((rules, eve.map(|path| open_eve(&path)).transpose()?))
                })))
            }
            Stage::Prepared(ticket) => match vm.reactor.workers.take(&ticket) {
                Some(prepared) => {
                    let (rules, eve) = prepared?;
                    self.eve = eve;
                    Step::On(self.open(vm, waiter, rules))
                }
                None => Step::Waits(Stage::Prepared(ticket)),
            },
            Stage::Open(mut source, rules) => match source.is_open(vm)? {
                true => Step::On(self.begin(vm, waiter, source, rules)),
                false => Step::Waits(Stage::Open(source, rules)),
            },
            Stage::Live(source, detection) => self.watch(vm, waiter, source, detection)?,
            Stage::File(ticket) => match vm.reactor.workers.take(&ticket) {
                Some(alerts) => self.end(vm, waiter, alerts?),
                None => Step::Waits(Stage::File(ticket)),
            },
            Stage::Written(ticket, alerts) => match vm.reactor.workers.take(&ticket) {
                Some(outcome) => {
                    outcome?;
                    Step::Result(alerts)
                }
                None => Step::Waits(Stage::Written(ticket, alerts)),
            },
            Stage::Done => Step::Result(vec![]),
        })
    }

    fn open(&self, vm: &mut Vm, waiter: Waiter, rules: Option<Rules>) -> Stage {
        Stage::Open(Source::new(vm, self.wanted.request.clone(), waiter), rules)
    }

    /// The source is open: a file goes to a worker.
    fn begin(&mut self, vm: &mut Vm, waiter: Waiter, mut source: Source, rules: Option<Rules>) -> Stage {
        let mut detection = Box::new(Detection::new(Link::ETHERNET, &self.wanted.thresholds, rules));
        if let Some(trace) = source.take_file() {
            source.close(vm, Some(waiter));
            let (seconds, stop) = (self.wanted.seconds, Arc::clone(&self.stop));
            let path = self.wanted.request.file().unwrap_or_default().to_string();
            return Stage::File(vm.reactor.workers.submit(waiter, move || {
                look_at(*trace, &mut detection, seconds, &stop).map_err(|failure| of_trace(&path, failure))?;
                Ok(detection.end())
            }));
        }
        self.last = moment(self.wanted.seconds).map(|last| last + GRACE);
        Stage::Live(source, detection)
    }

    fn watch(
        &mut self,
        vm: &mut Vm,
        waiter: Waiter,
        mut source: Source,
        mut detection: Box<Detection>,
    ) -> Result<Step> {
        let taken = source.take(vm, waiter, |_, frame| {
            detection.set_link(frame.link);
            let length = u32::try_from(frame.length).unwrap_or(u32::MAX);
            detection.frame(microseconds(frame.nanoseconds), frame.bytes, length);
            Ok(true)
        });
        let ended = match &taken {
            Ok(Taken::Enough | Taken::End) => true,
            Ok(_) => self.last.is_some_and(|last| last <= Instant::now()),
            Err(_) => true,
        };
        if !ended {
            self.last.into_iter().for_each(|last| vm.set_deadline(waiter, last));
            return Ok(Step::Waits(Stage::Live(source, detection)));
        }
        source.close(vm, Some(waiter));
        taken?;
        let dropped = source.dropped();
        if dropped > 0 {
            let text = format!("{dropped} packets were lost because they came faster than they were looked at");
            super::note(vm, waiter.fiber, DETECT, "dropped", &text)?;
        }
        Ok(self.end(vm, waiter, detection.end()))
    }

    /// The alerts are there: they may have to be written too.
    fn end(&mut self, vm: &mut Vm, waiter: Waiter, alerts: Vec<Alert>) -> Step {
        let Some(mut file) = self.eve.take() else { return Step::Result(alerts) };
        let lines = report::lines(&alerts);
        let path = self.wanted.eve.clone().unwrap_or_default();
        let job = move || file.write_all(lines.as_bytes()).map_err(|error| eve_failure(&path, &error));
        Step::On(Stage::Written(vm.reactor.workers.submit(waiter, job), alerts))
    }
}

/// Opens the file for alerts before the watch, so that nobody watches in vain.
fn open_eve(path: &str) -> std::result::Result<File, Failure> {
    File::options().append(true).create(true).open(path).map_err(|error| eve_failure(path, &error))
}

fn eve_failure(path: &str, error: &std::io::Error) -> Failure {
    let kind = kind_of(error);
    let kind = if matches!(kind, "permission" | "not_found") { kind } else { "io" };
    Failure { kind, message: format!("cannot add alerts to {}: {error}", path.escape_debug()) }
}

fn microseconds(nanoseconds: i64) -> u64 {
    u64::try_from(nanoseconds / 1000).unwrap_or(0)
}

/// Shows a file's frames to detectors, as many seconds of recorded time as are wanted.
fn look_at(
    mut trace: Trace,
    detection: &mut Detection,
    seconds: f64,
    stop: &AtomicBool,
) -> std::result::Result<(), trace::Failure> {
    let length = if seconds > 0.0 { (seconds * 1e9) as i64 } else { i64::MAX };
    let mut first = None;
    let mut more = true;
    while more && !stop.load(Ordering::Relaxed) {
        let mut ended = false;
        more = trace.read(STRETCH, |record| {
            let begun = *first.get_or_insert(record.nanoseconds);
            ended = record.nanoseconds.saturating_sub(begun) > length;
            if !ended {
                detection.set_link(record.link);
                let length = u32::try_from(record.length).unwrap_or(u32::MAX);
                detection.frame(microseconds(record.nanoseconds), record.frame, length);
            }
            !ended
        })?;
        more &= !ended;
    }
    Ok(())
}

fn read_rules(path: &str, home: Option<&str>) -> std::result::Result<Rules, Failure> {
    let fail = |kind, what: String| Failure {
        kind,
        message: format!("cannot read the rules {}: {what}", path.escape_debug()),
    };
    let of_system = |error: std::io::Error| {
        let kind = kind_of(&error);
        fail(if matches!(kind, "permission" | "not_found") { kind } else { "io" }, error.to_string())
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(of_system)?;
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(of_system)?;
    let text = String::from_utf8_lossy(&bytes);
    Rules::parse(&text, home).map_err(|error| fail("rules", error.to_string()))
}
