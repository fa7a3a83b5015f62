//! Port scans: what scripts call. `port_scan` is written in Sentra (`lib/scan.sn`), so that its
//! callback may wait; the scan itself is moved on by `crate::scan`.

use std::time::Duration;

use sentra_netlib::exchange::scan::Report;
use sentra_netlib::wire::service::{self, Transport};

use crate::builtin::{Arguments, Types};
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::scan::{Findings, Method, Request, Scanning};
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

const NAME: &str = "port_scan";
const OPTIONS: &[&str] =
    &["timeout_ms", "rate", "concurrency", "retries", "banner", "banner_timeout_ms", "on_progress"];
/// Milliseconds: the longest wait for an answer, and for what an open port says.
const TIMEOUT: i64 = 1500;
const BANNER_TIMEOUT: i64 = 3000;
/// Probes that are out at the same time, as far as the host answers them.
const CONCURRENCY: i64 = 4096;
/// What a finding's map takes.
const BYTES: usize = 192;

builtins! { TABLE:
    "port_scan" in [] (host: Types::STRING, first: Types::INTEGER, last: Types::INTEGER, scan_type: Types::STRING, options: Types::MAP => "{}") -> "array",
        faults ["dns", "memory", "permission", "range", "unreachable"], Net,
        "Finds out which ports of a host are open: a map for each port in order, of `host`, `port`, `protocol`, `state` (`open`, `closed`, `filtered`, `open|filtered`), `service` (the name that IANA has registered, corrected by what the port says; empty where unknown), `banner` and `latency_ms` (nil where nothing answered). `\"TCP\"` connects; `\"SYN\"` only asks for connections and needs the capability CAP_NET_RAW; `\"UDP\"` sends what the services there understand. It goes as fast as the host and this machine take it without losing anything. Options: `timeout_ms` (1500: the longest wait for an answer), `rate` (the most probes a second), `concurrency` (4096: the most probes that are out at once), `retries` (as many as losses ask for), `banner` (true: open ports are asked what they are), `banner_timeout_ms` (3000: how long one is), `on_progress` (`fn(done, total, open)`).",
        "let listener = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlet port = socket_info(listener).local_port\nlet found = port_scan(\"127.0.0.1\", port, port, \"TCP\", {banner: false})\nlog(found[0].state, found[0].protocol) // expect: open TCP" => Library;
    "__scan_start" in [] (host: Types::STRING, first: Types::INTEGER, last: Types::INTEGER, scan_type: Types::STRING, options: Types::ANY) -> "scan",
        faults [], Net,
        "Starts a scan.",
        "log(len(port_scan(\"127.0.0.1\", 1, 2, \"TCP\"))) // expect: 2" => Native(start);
    "__scan_wait" in [] (scan: Types::OBJECT, news: Types::BOOLEAN) -> "array",
        faults [], Net,
        "Waits for the end of a scan, or for news: whether it has ended, ports done, all ports, open ones.",
        "log(len(port_scan(\"127.0.0.1\", 1, 2, \"TCP\"))) // expect: 2" => Native(wait);
    "__scan_results" in [] (scan: Types::OBJECT) -> "array",
        faults [], Net,
        "What a scan that has ended has found.",
        "log(len(port_scan(\"127.0.0.1\", 1, 2, \"TCP\"))) // expect: 2" => Native(results);
    "__scan_stop" in [] (scan: Types::OBJECT) -> "nil",
        faults [], Net,
        "Ends a scan.",
        "log(len(port_scan(\"127.0.0.1\", 1, 2, \"TCP\"))) // expect: 2" => Native(stop);
}

/// A scan as a value.
struct ScanValue {
    scanning: Scanning,
    host: Vec<u8>,
    transport: Transport,
}

impl Payload for ScanValue {
    fn type_name(&self) -> &'static str {
        "scan"
    }

    fn trace(&self, _: &mut Marker) {}
}

fn scan<'a>(args: Arguments) -> Result<&'a ScanValue> {
    args.value(0).as_payload::<ScanValue>().ok_or_else(|| Fault::type_error("the value is no scan"))
}

fn start(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new(NAME, args.optional(4), OPTIONS)?;
    let request = request(&options, args)?;
    let transport = if request.method == Method::Datagram { Transport::Udp } else { Transport::Tcp };
    let scanning = Scanning::start(vm, request)?;
    Ok(vm.heap.payload(ScanValue { scanning, host: args.bytes(0).to_vec(), transport }))
}

fn request(options: &Settings, args: Arguments) -> Result<Request> {
    let port = |index: usize, name: &str| {
        let number = args.integer(index);
        let wrong = || Fault::range(format!("`{NAME}` takes ports from 1 to 65535, got {number} as `{name}`"));
        u16::try_from(number).ok().filter(|port| *port > 0).ok_or_else(wrong)
    };
    let (first, last) = (port(1, "first")?, port(2, "last")?);
    if first > last {
        return Err(Fault::range(format!("`{NAME}`: the first port, {first}, is behind the last, {last}")));
    }
    let milliseconds = |name, default| -> Result<Duration> {
        Ok(Duration::from_millis(options.integer(name, 1, 600_000)?.unwrap_or(default) as u64))
    };
    let banner_timeout = milliseconds("banner_timeout_ms", BANNER_TIMEOUT)?;
    options.get("on_progress", Types::FUNCTION)?;
    Ok(Request {
        host: args.string(0).into_owned(),
        first,
        last,
        method: method(&args.string(3))?,
        timeout: milliseconds("timeout_ms", TIMEOUT)?,
        rate: rate(options)?,
        concurrency: options.integer("concurrency", 1, 65_535)?.unwrap_or(CONCURRENCY) as usize,
        retries: options.integer("retries", 0, 100)?.map(|retries| retries as u8),
        inquire: options.flag("banner")?.unwrap_or(true).then_some(banner_timeout),
    })
}

fn method(scan_type: &str) -> Result<Method> {
    match &*scan_type.to_ascii_uppercase() {
        "TCP" => Ok(Method::Connect),
        "UDP" => Ok(Method::Datagram),
        "SYN" => Ok(Method::Segment),
        _ => {
            let shown = scan_type.escape_debug();
            Err(Fault::range(format!("`{NAME}` knows the scan types TCP, UDP and SYN, not \"{shown}\"")))
        }
    }
}

fn rate(options: &Settings) -> Result<Option<f64>> {
    let rate = options.number("rate")?;
    match rate {
        Some(rate) if !(0.01..=1e9).contains(&rate) => {
            Err(Fault::range(format!("`{NAME}` takes 0.01 to 1000000000 as option `rate`, got {rate}")))
        }
        rate => Ok(rate),
    }
}

fn wait(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let waiting = scan(args)?.scanning.wait(args.value(1) == Value::TRUE);
    vm.start(waiting)
}

fn stop(vm: &mut Vm, args: Arguments) -> Result<Value> {
    scan(args)?.scanning.stop(vm);
    Ok(Value::NIL)
}

fn results(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let scan = scan(args)?;
    let Some(findings) = scan.scanning.take() else { return Ok(Value::NIL) };
    vm.heap.reserve(findings.reports.len() * BYTES)?;
    let keys = ["host", "port", "protocol", "state", "service", "banner", "latency_ms"];
    let keys = keys.map(|key| vm.heap.intern(key.as_bytes()));
    let protocol = if scan.transport == Transport::Udp { "UDP" } else { "TCP" };
    let (host, protocol) = (vm.heap.text(&scan.host), vm.heap.text(protocol.as_bytes()));
    let array = vm.heap.array_with_capacity(findings.reports.len());
    for report in &findings.reports {
        let state = vm.heap.intern(report.state.name().as_bytes());
        let (service, banner) = told(&findings, report, scan.transport);
        let (service, banner) = (vm.heap.text(service.as_bytes()), vm.heap.text(banner.as_bytes()));
        let latency = report.latency.map_or(Value::NIL, |time| Value::number(time.as_micros() as f64 / 1000.0));
        let port = Value::number(f64::from(report.port));
        let map = vm.heap.map_with_keys(&keys, &[host, port, protocol, state, service, banner, latency]);
        array.push(&mut vm.heap, map.value())?;
    }
    Ok(array.value())
}

/// The service of a port and its banner. What stands for TLS says only that: the port tells
/// what is spoken in it.
fn told<'a>(findings: &'a Findings, report: &Report, transport: Transport) -> (&'a str, &'a str) {
    let registered = service::name(transport, report.port);
    match findings.identities.get(&report.port) {
        None => (registered, ""),
        Some(identity) => {
            let service = identity.service.filter(|name| *name != "tls" || registered.is_empty());
            (service.unwrap_or(registered), &identity.banner)
        }
    }
}
