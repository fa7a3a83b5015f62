//! Name servers asked by scripts: records as texts, and replies in full.

mod reply;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::exchange::resolver::{Answer, Found};
use sentra_netlib::wire::dns::system::{PORT, Settings as Servers};
use sentra_netlib::wire::dns::{Kind, Manner, name};
use sentra_netlib::{address, network};

use super::fibers::moment;
use super::settings::Settings;
use crate::builtin::{Arguments, Types};
use crate::dns::resolution::{Outcome, Resolution, Wanted};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

const LOOKUP: &str = "dns_lookup";
const QUERY: &str = "dns_query";
/// Seconds that a lookup may take.
const TIMEOUT: f64 = 10.0;

builtins! { TABLE:
    "dns_lookup" in [] (hostname: Types::STRING, record_type: Types::STRING, options: Types::MAP => "{}") -> "array",
        faults ["dns", "range"], Net,
        "The records of a type (`A`, `AAAA`, `MX`, `TXT`, `PTR`, `TYPE65`, …) at a name, as texts: addresses, names without the dot at their end, `10 mail.example.com`. An IP address with type `PTR` is turned round. `[]` if there is no such name or record; `last_error().kind` is then `nxdomain` or `no_data`. Options: `server`, `port` (53), `timeout` in seconds (10), `tcp`, `cache` (true).",
        "log(dns_lookup(\"localhost\", \"A\")) // expect: [\"127.0.0.1\"]" => Native(lookup);
    "dns_query" in [] (hostname: Types::STRING, record_type: Types::STRING, options: Types::MAP => "{}") -> "array or map",
        faults ["dns", "range"], Net,
        "What a name server answers: a map for each record with `name`, `type`, `ttl`, `class`, `data` (as `dns_lookup` gives them), `rdata` (as zone files have them) and the parts of its data by name, the `server` and the reply's `flags`. Option `message` gives the whole reply instead: `status`, `flags`, `server`, `answers`, `authorities`, `additionals`, `elapsed_ms`. Further options: those of `dns_lookup`, `recursive` (true), `dnssec` (false).",
        "try { dns_query(\"example.com\", \"A\", {server: \"127.0.0.1\", port: 1}) } catch e { log(e.kind) } // expect: dns" => Native(query);
}

const OPTIONS: &[&str] = &["server", "port", "timeout", "tcp", "cache", "recursive", "dnssec", "message"];

/// What both builtins are asked.
struct Question {
    function: &'static str,
    host: String,
    kind: Kind,
    whole: bool,
    begun: Instant,
}

fn lookup(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let known = &OPTIONS[..5];
    start(vm, args, LOOKUP, known)
}

fn query(vm: &mut Vm, args: Arguments) -> Result<Value> {
    start(vm, args, QUERY, OPTIONS)
}

fn start(vm: &mut Vm, args: Arguments, function: &'static str, known: &[&str]) -> Result<Value> {
    let begun = Instant::now();
    let options = Settings::new(function, args.optional(2), known)?;
    let (host, type_name) = (args.string(0).into_owned(), args.string(1));
    let kind = Kind::parse(&type_name).filter(|kind| kind.0 != 0);
    let kind = kind
        .ok_or_else(|| Fault::range(format!("`{function}` knows no record type \"{}\"", type_name.escape_debug())))?;
    let literal = network::parse_address(host.as_bytes()).ok();
    let (system, hosts) = vm.resolver.system(begun);
    let server = server(&options, function)?;
    if function == LOOKUP && server.is_none() {
        let own: Vec<String> = match (literal, kind) {
            (Some(address), Kind::PTR) => hosts.name(address).into_iter().map(str::to_string).collect(),
            (Some(address), Kind::A | Kind::AAAA) => {
                if address.is_ipv4() == (kind == Kind::A) {
                    vec![address.to_string()]
                } else {
                    vec![]
                }
            }
            (None, Kind::A | Kind::AAAA) => {
                let known = hosts.addresses(&host).iter().filter(|address| address.is_ipv4() == (kind == Kind::A));
                known.map(ToString::to_string).collect()
            }
            _ => vec![],
        };
        if !own.is_empty() {
            return reply::texts(vm, own.iter().map(|text| text.as_bytes()));
        }
    }
    let host = match literal.filter(|_| kind == Kind::PTR) {
        Some(address) => name::text(&name::reverse(address)) + ".",
        None => host,
    };
    let resolution = resolution(vm, &options, function, &host, kind, server, system)?;
    let question = Question { function, host, kind, whole: options.flag("message")?.unwrap_or(false), begun };
    vm.start(Query { question, resolution })
}

/// The server that an option names.
fn server(options: &Settings, function: &str) -> Result<Option<SocketAddr>> {
    let port = options.integer("port", 1, 65_535)?.unwrap_or(i64::from(PORT)) as u16;
    let Some(text) = options.text("server")? else { return Ok(None) };
    let unfit = || {
        Fault::range(format!("`{function}` expects an IP address as option `server`, got \"{}\"", text.escape_debug()))
    };
    let address = address::literal(&text, port).or_else(|| text.parse().ok());
    address.map(Some).ok_or_else(unfit)
}

fn resolution(
    vm: &mut Vm,
    options: &Settings,
    function: &str,
    host: &str,
    kind: Kind,
    server: Option<SocketAddr>,
    system: Rc<Servers>,
) -> Result<Resolution> {
    let recursive = options.flag("recursive")?.unwrap_or(true);
    let signatures = options.flag("dnssec")?.unwrap_or(false);
    let tcp = options.flag("tcp")?.unwrap_or(system.tcp);
    let seconds = options.number("timeout")?.unwrap_or(TIMEOUT);
    let until = moment(seconds);
    let settings = match server {
        // A name is asked for as it stands: what search domains mean is for this machine's servers.
        Some(server) => Servers { servers: vec![server], tcp, search: Vec::new(), ..Servers::default() },
        None => Servers { tcp, ..(*system).clone() },
    };
    let patience = Duration::from_secs_f64((seconds / f64::from(settings.attempts)).clamp(0.001, 3600.0));
    let settings = Rc::new(Servers { timeout: settings.timeout.min(patience), ..settings });
    let cached = options.flag("cache")?.unwrap_or(true) && server.is_none() && recursive && !signatures;
    let about = (cached && function == LOOKUP).then_some(0);
    let manner = Manner { recursive, signatures, ..Manner::default() };
    let wanted = Wanted { host, kind, settings, manner, about, until };
    let unfit = || Fault::range(format!("`{function}` expects a host name, got \"{}\"", host.escape_debug()));
    Resolution::new(vm, wanted).ok_or_else(unfit)
}

/// The wait for an answer.
struct Query {
    question: Question,
    resolution: Resolution,
}

impl Operation for Query {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let outcome = self.resolution.poll(vm, waiter);
        outcome.map(|outcome| self.question.result(vm, waiter, outcome)).transpose()
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.resolution.abandon(vm);
    }
}

impl Question {
    fn result(&self, vm: &mut Vm, waiter: Waiter, outcome: Outcome) -> Result<Value> {
        let (answer, age) = outcome.map_err(|failed| {
            let host = self.host.escape_debug();
            Fault::new("dns", format!("cannot look up {host}: {failed}"))
        })?;
        if self.whole {
            return reply::message(vm, &answer, self.begun);
        }
        if answer.found != Found::Records {
            self.note_absence(vm, waiter, &answer)?;
        }
        match self.function {
            LOOKUP => {
                let shown: Vec<Vec<u8>> =
                    answer.records(self.kind).map(|(reply, record)| reply::shown(reply, record)).collect();
                reply::texts(vm, shown.iter().map(Vec::as_slice))
            }
            _ => reply::records(vm, &answer, age),
        }
    }

    /// Leaves with the fiber why there are no records.
    fn note_absence(&self, vm: &mut Vm, waiter: Waiter, answer: &Answer) -> Result<()> {
        let host = self.host.escape_debug();
        let (kind, message) = match answer.found {
            Found::NoName => ("nxdomain", format!("there is no name {host}")),
            _ => ("no_data", format!("{host} has no {} records", self.kind)),
        };
        super::note(vm, waiter.fiber, self.function, kind, &message)
    }
}
