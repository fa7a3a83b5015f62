//! Hosts and the ways to them, as scripts ask for them. What is found gets its names in
//! `lib/discovery.sn`.

use std::time::Duration;

use sentra_netlib::exchange::traceroute::Plan;
use sentra_netlib::network::Network;
use sentra_netlib::wire::fingerprint;

use super::settings::Settings;
use crate::builtin::{Arguments, Types};
use crate::discovery::ping::{self, Pinging};
use crate::discovery::sweep::{self, MOST, Method, Sweeping};
use crate::discovery::trace::Tracing;
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

const SCAN: &str = "network_scan";
const PING: &str = "host_ping";
const TRACE: &str = "traceroute";

/// The most ports that each host is asked at.
const MOST_PORTS: usize = 1024;
/// Those asked at unless a script says which.
const PORTS: [u16; 4] = [22, 80, 443, 445];
/// The most milliseconds of any wait.
const LONGEST: i64 = 600_000;

builtins! { TABLE:
    "network_scan" in [] (cidr: Types::STRING, options: Types::MAP => "{}") -> "array",
        faults ["parse", "permission", "range", "unreachable"], Net,
        "Finds the hosts of a network such as `192.168.1.0/24`: a map for each that is there, in order, of `ip`, `hostname` (by reverse lookup), `mac`, `vendor` (who has registered the first bits of the MAC address), `os` (a guess from times to live, options of TCP and what open ports say), `latency_ms` and `ports` (those that are open of the ones asked at); texts are empty where nothing is known. On a link of this machine everyone is asked by ARP, which takes the capability CAP_NET_RAW; elsewhere, and without it, by echoes and beginnings of connections. A network of IPv6 that has too many addresses to ask each is asked as a whole, if it is a link of this machine, and who answers echoes is found. Options: `ports` (those to ask at: `[22, 80, 443, 445]`), `method` (`\"any\"`, `\"arp\"`, `\"ping\"`), `timeout_ms` (500), `retries` (1), `rate` (1000 probes a second), `banner` (true: open ports are asked what they are), `banner_timeout_ms` (1500), `names` (true), `dns_server`.",
        "log(network_scan(\"127.0.0.1/32\", {names: false})[0].ip) // expect: 127.0.0.1" => Library;
    "__sweep" in [] (cidr: Types::STRING, options: Types::ANY) -> "array",
        faults ["parse", "permission", "range", "unreachable"], Net,
        "Finds the hosts of a network, without their names.",
        "log(network_scan(\"127.0.0.1/32\", {names: false})[0].ip) // expect: 127.0.0.1" => Native(scan);
    "__system_of" in [] (banner: Types::STRING) -> "string",
        faults [], Nothing,
        "The system that a banner names, `\"\"` if it names none.",
        "log(network_scan(\"127.0.0.1/32\", {names: false})[0].ip) // expect: 127.0.0.1" => Native(system_of);
    "host_ping" in [] (host: Types::STRING, options: Types::MAP => "{}") -> "map",
        faults ["dns", "permission", "range", "unreachable"], Net,
        "Asks a host for echoes: a map of `host`, `ip`, `alive` (whether any came), `sent`, `received`, `loss_percent`, `latency_ms` (the mean), `min_ms`, `max_ms` (nil if none came), `ttl` and `times_ms`. It takes the capability CAP_NET_RAW or a group in the system's `net.ipv4.ping_group_range`. Options: `count` (4), `interval_ms` (200), `timeout_ms` (1000), `size` (56 bytes).",
        "log(host_ping(\"127.0.0.1\", {count: 2, interval_ms: 1}).received) // expect: 2" => Native(ping);
    "traceroute" in [] (host: Types::STRING, options: Types::MAP => "{}") -> "array",
        faults ["dns", "permission", "range", "unreachable"], Net,
        "The routers on the way to a host: a map for each hop of `hop`, `ip` (empty where nobody answers), `hostname`, `latency_ms` (the least, or nil), `reached` (whether it is the host) and `times_ms`. It takes what `host_ping` takes. Options: `max_hops` (30), `queries` for each hop (3), `timeout_ms` (1000), `names` (true), `dns_server`.",
        "log(traceroute(\"127.0.0.1\", {names: false})[0].reached) // expect: true" => Library;
    "__trace" in [] (host: Types::STRING, options: Types::ANY) -> "array",
        faults ["dns", "permission", "range", "unreachable"], Net,
        "The way to a host, without names.",
        "log(traceroute(\"127.0.0.1\", {names: false})[0].reached) // expect: true" => Native(trace);
}

fn milliseconds(options: &Settings, name: &str, usual: i64) -> Result<Duration> {
    Ok(Duration::from_millis(options.integer(name, 1, LONGEST)?.unwrap_or(usual) as u64))
}

/// Options that the library heeds; here they are only checked.
fn check_names(options: &Settings) -> Result<()> {
    options.flag("names")?;
    options.text("dns_server").map(drop)
}

fn system_of(vm: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(vm.heap.text(fingerprint::system_of_banner(&args.string(0)).as_bytes()))
}

fn scan(vm: &mut Vm, args: Arguments) -> Result<Value> {
    const KNOWN: &[&str] =
        &["ports", "method", "timeout_ms", "retries", "rate", "banner", "banner_timeout_ms", "names", "dns_server"];
    let options = Settings::new(SCAN, args.optional(1), KNOWN)?;
    check_names(&options)?;
    options.flag("banner")?;
    options.integer("banner_timeout_ms", 1, LONGEST)?;
    let network = Network::parse(args.bytes(0)).map_err(|malformed| Fault::new("parse", malformed.to_string()))?;
    vm.system.permissions.reach(&network)?;
    let count = network.host_count();
    if count > MOST && network.is_ipv4() {
        let text = format!("`{SCAN}` takes networks of up to {MOST} hosts, this one has {count}");
        return Err(Fault::range(text));
    }
    vm.heap.reserve(count.min(MOST) as usize * 16)?;
    let request = sweep::Request {
        network,
        method: method(&options)?,
        ports: ports(&options)?,
        retries: options.integer("retries", 0, 20)?.unwrap_or(1) as u8,
        timeout: milliseconds(&options, "timeout_ms", 500)?,
        rate: options.integer("rate", 1, 1_000_000)?.unwrap_or(1000) as u32,
    };
    Sweeping::start(vm, request)
}

fn method(options: &Settings) -> Result<Method> {
    let text = options.text("method")?;
    match text.as_deref() {
        None | Some("any") => Ok(Method::Any),
        Some("arp") => Ok(Method::Arp),
        Some("ping") => Ok(Method::Ping),
        Some(other) => {
            let shown = other.escape_debug();
            Err(Fault::range(format!("`{SCAN}` knows the methods any, arp and ping, not \"{shown}\"")))
        }
    }
}

fn ports(options: &Settings) -> Result<Vec<u16>> {
    let Some(given) = options.get("ports", Types::ARRAY)?.and_then(Value::as_array) else {
        return Ok(PORTS.to_vec());
    };
    if given.len() > MOST_PORTS {
        return Err(Fault::range(format!("`{SCAN}` asks at {MOST_PORTS} ports at most, got {}", given.len())));
    }
    let port = |value: Value| {
        let number = value.as_integer().and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0);
        number.ok_or_else(|| Fault::range(format!("`{SCAN}` takes numbers from 1 to 65535 as option `ports`")))
    };
    given.to_vec().into_iter().map(port).collect()
}

fn ping(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new(PING, args.optional(1), &["count", "interval_ms", "timeout_ms", "size"])?;
    let request = ping::Request {
        host: args.string(0).into_owned(),
        count: options.integer("count", 1, 10_000)?.unwrap_or(4) as u16,
        interval: milliseconds(&options, "interval_ms", 200)?,
        timeout: milliseconds(&options, "timeout_ms", 1000)?,
        size: options.integer("size", 0, 65_000)?.unwrap_or(56) as usize,
    };
    Pinging::start(vm, request)
}

fn trace(vm: &mut Vm, args: Arguments) -> Result<Value> {
    /// Probes that are out at once: more at once than a router answers would be lost.
    const WINDOW: usize = 16;
    let known = &["max_hops", "queries", "timeout_ms", "names", "dns_server"];
    let options = Settings::new(TRACE, args.optional(1), known)?;
    check_names(&options)?;
    let plan = Plan {
        most_hops: options.integer("max_hops", 1, 255)?.unwrap_or(30) as u8,
        queries: options.integer("queries", 1, 10)?.unwrap_or(3) as u8,
        timeout: milliseconds(&options, "timeout_ms", 1000)?,
        window: WINDOW,
    };
    Tracing::start(vm, args.string(0).into_owned(), plan)
}
