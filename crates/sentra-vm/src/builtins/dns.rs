//! Name servers asked by scripts: records as texts, and replies in full.

mod reply;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::tls::ClientSettings;
use sentra_netlib::exchange::resolver::{Answer, Found};
use sentra_netlib::wire::dns::system::{PORT, Settings as Servers, TLS_PORT};
use sentra_netlib::wire::dns::{Kind, Manner, name};
use sentra_netlib::{address, network};

use super::fibers::moment;
use super::settings::Settings;
use super::tls_options;
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
        "The records of a type (`A`, `AAAA`, `MX`, `TXT`, `PTR`, `TYPE65`, …) at a name, as texts: addresses, names without the dot at their end, `10 mail.example.com`. An IP address with type `PTR` is turned round. `[]` if there is no such name or record; `last_error().kind` is then `nxdomain` or `no_data`. Options: `server`, `port` (53, 853 with `tls`), `timeout` in seconds (10), `tcp`, `tls` (asks within TLS and in no other way, with `server_name`, the name to find in the server's certificate instead of its address, `ca_file` and `verify`), `cache` (true).",
        "log(dns_lookup(\"localhost\", \"A\")) // expect: [\"127.0.0.1\"]" => Native(lookup);
    "dns_query" in [] (hostname: Types::STRING, record_type: Types::STRING, options: Types::MAP => "{}") -> "array or map",
        faults ["dns", "range"], Net,
        "What a name server answers: a map for each record with `name`, `type`, `ttl`, `class`, `data` (as `dns_lookup` gives them), `rdata` (as zone files have them) and the parts of its data by name, the `server` and the reply's `flags`. Option `message` gives the whole reply instead: `status`, `flags`, `server`, `answers`, `authorities`, `additionals`, `elapsed_ms`. Further options: those of `dns_lookup`, `recursive` (true), `dnssec` (false).",
        "try { dns_query(\"example.com\", \"A\", {server: \"127.0.0.1\", port: 1}) } catch e { log(e.kind) } // expect: dns" => Native(query);
}

const OPTIONS: &[&str] = &[
    "server",
    "port",
    "timeout",
    "tcp",
    "tls",
    "server_name",
    "verify",
    "ca_file",
    "cache",
    "recursive",
    "dnssec",
    "message",
];
/// So many of them are for lookups too.
const OF_LOOKUPS: usize = 9;

/// What both builtins are asked.
struct Question {
    function: &'static str,
    host: String,
    kind: Kind,
    whole: bool,
    begun: Instant,
}

fn lookup(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let known = &OPTIONS[..OF_LOOKUPS];
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
    let (system, hosts) = vm.system.resolver.system(begun);
    let way = Way::new(vm, &options, &system)?;
    if function == LOOKUP && way.is_usual {
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
    if way.is_usual {
        vm.system.permissions.look_up(&host)?;
    } else {
        way.servers.servers.iter().try_for_each(|&server| vm.system.permissions.connect("", server))?;
    }
    let resolution = resolution(vm, &options, &host, kind, way)?;
    let question = Question { function, host, kind, whole: options.flag("message")?.unwrap_or(false), begun };
    vm.start(Query { question, resolution })
}

/// Whom to ask and how, as options say it.
struct Way {
    servers: Servers,
    tls: Option<Rc<ClientSettings>>,
    /// Whether these are the servers of this machine, whose answers are remembered.
    is_usual: bool,
}

impl Way {
    fn new(vm: &Vm, options: &Settings, system: &Servers) -> Result<Self> {
        let tls = options.flag("tls")?.unwrap_or(false);
        let usual_port = if tls { TLS_PORT } else { PORT };
        let port = options.integer("port", 1, 65_535)?.unwrap_or(i64::from(usual_port)) as u16;
        let server = server(options, port)?;
        let mut servers = match server {
            // A name is asked for as it stands: what search domains mean is for this machine's servers.
            Some(server) => Servers { servers: vec![server], search: Vec::new(), ..Servers::default() },
            None => system.clone(),
        };
        if tls {
            servers.servers.iter_mut().for_each(|server| server.set_port(port));
        }
        servers.tcp = options.flag("tcp")?.unwrap_or(system.tcp);
        servers.tls = tls;
        let tls = tls.then(|| tls_options::client(vm, options)).transpose()?.map(Rc::new);
        Ok(Self { servers, is_usual: server.is_none() && tls.is_none(), tls })
    }
}

/// The server that an option names.
fn server(options: &Settings, port: u16) -> Result<Option<SocketAddr>> {
    let Some(text) = options.text("server")? else { return Ok(None) };
    let unfit = || {
        let (function, text) = (options.builtin(), text.escape_debug());
        Fault::range(format!("`{function}` expects an IP address as option `server`, got \"{text}\""))
    };
    let address = address::literal(&text, port).or_else(|| text.parse().ok());
    address.map(Some).ok_or_else(unfit)
}

fn resolution(vm: &mut Vm, options: &Settings, host: &str, kind: Kind, way: Way) -> Result<Resolution> {
    let function = options.builtin();
    let recursive = options.flag("recursive")?.unwrap_or(true);
    let signatures = options.flag("dnssec")?.unwrap_or(false);
    let seconds = options.number("timeout")?.unwrap_or(TIMEOUT);
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(Fault::range(format!("`{function}` takes a time above 0 as option `timeout`, got {seconds}")));
    }
    let until = moment(seconds);
    let Way { mut servers, tls, is_usual } = way;
    let patience = Duration::from_secs_f64((seconds / f64::from(servers.attempts)).clamp(0.001, 3600.0));
    servers.timeout = servers.timeout.min(patience);
    let cached = options.flag("cache")?.unwrap_or(true) && is_usual && recursive && !signatures;
    let about = (cached && function == LOOKUP).then_some(0);
    let manner = Manner { recursive, signatures, ..Manner::default() };
    let wanted = Wanted { host, kind, settings: Rc::new(servers), manner, tls, about, until };
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
