//! What TLS a server speaks, and how well.

mod report;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sentra_netlib::certificate::Moment;
use sentra_netlib::endpoint::tls::judge::Judge;
use sentra_netlib::exchange::tls_scan::{self, Failure, STARTTLS_NAMES, Starttls, Target};

use super::fibers::moment;
use super::settings::Settings;
use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::tls_scan::{Outcome, Plan, TlsScan};
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

const ANALYZE: &str = "analyze_ssl";
/// Seconds that one connection may take.
const PATIENCE: f64 = 5.0;
/// Seconds for the whole.
const WHOLE: f64 = 120.0;
/// Connections at a time.
const CONCURRENCY: i64 = 8;

builtins! { TABLE:
    "analyze_ssl" in [] (host: Types::STRING, port: Types::INTEGER, options: Types::MAP => "{}") -> "map",
        faults ["connection_refused", "dns", "range", "timeout", "tls", "not_found"], Net,
        "What TLS a server speaks, from SSL 2.0 to TLS 1.3, each tried on the wire: `protocols`, `ciphers` with the server's order, `groups`, `certificate_info` with its `chain`, whether it is `trusted` and for this host (`hostname_matches`), `alpn`, `resumption`, known weaknesses (`vulnerabilities`), `security_issues` as maps with `code`, `severity` and `message`, `recommendations`, `scores` and the `grade` by the rating guide of SSL Labs (`T`: not trusted, `M`: for other names). Options: `server_name`, `ca_file`, `starttls` (`smtp`, `imap`, `pop3`, `ftp`, `postgres`, …), `timeout` of each connection in seconds (5), `total_timeout` (120), `concurrency` (8), `http` (true: asks for HSTS).",
        "try { analyze_ssl(\"127.0.0.1\", 1) } catch e { log(e.kind) } // expect: connection_refused" => Native(analyze);
}

const OPTIONS: &[&str] = &["server_name", "ca_file", "starttls", "timeout", "total_timeout", "concurrency", "http"];

fn analyze(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let begun = Instant::now();
    let options = Settings::new(ANALYZE, args.optional(2), OPTIONS)?;
    let host = args.string(0).into_owned();
    let port = port(args.integer(1))?;
    let starttls = starttls(&options)?;
    let named = options.text("server_name")?;
    let asked = named.clone().unwrap_or_else(|| host.clone());
    let is_http = options.flag("http")?.unwrap_or(true) && starttls.is_none();
    let target = Target { host: host.clone(), server_name: tls_scan::server_name(&asked), starttls, is_http };
    let file = options.text("ca_file")?.map(PathBuf::from);
    let judge = Judge::new(file.as_deref())
        .map_err(|error| Fault::new(error.kind, format!("`{ANALYZE}` cannot use the option `ca_file`: {error}")))?;
    let plan = Plan {
        target,
        port,
        patience: seconds(&options, "timeout", PATIENCE)?,
        until: moment(seconds(&options, "total_timeout", WHOLE)?.as_secs_f64()),
        concurrency: options.integer("concurrency", 1, 64)?.unwrap_or(CONCURRENCY) as usize,
    };
    let finish = move |vm: &mut Vm, outcome| {
        let (address, findings) = found(outcome, &host, port)?;
        let verdict = tls_scan::judge(&findings, &asked, &judge, is_http, Moment::now());
        let subject = report::Subject { host: &host, port, address, begun };
        report::analysis(vm, &subject, &findings, &verdict)
    };
    vm.start(TlsScan::new(plan, Box::new(finish)))
}

fn port(number: i64) -> Result<u16> {
    let unfit = || Fault::range(format!("`{ANALYZE}` takes ports from 1 to 65535, got {number}"));
    u16::try_from(number).ok().filter(|&port| port > 0).ok_or_else(unfit)
}

fn seconds(options: &Settings, name: &str, default: f64) -> Result<Duration> {
    let seconds = options.number(name)?.unwrap_or(default);
    let unfit = || Fault::range(format!("`{ANALYZE}` takes 0.001 to 86400 seconds as option `{name}`, got {seconds}"));
    (0.001..=86_400.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds)).ok_or_else(unfit)
}

fn starttls(options: &Settings) -> Result<Option<Starttls>> {
    let Some(name) = options.text("starttls")? else { return Ok(None) };
    let known = || STARTTLS_NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let unknown = || {
        let name = name.escape_debug();
        Fault::range(format!("`{ANALYZE}` knows no way to TLS in \"{name}\" (known: {})", known()))
    };
    Starttls::of(&name.to_lowercase()).map(Some).ok_or_else(unknown)
}

type Found = (std::net::SocketAddr, Box<tls_scan::Findings>);

fn found(outcome: Outcome, host: &str, port: u16) -> Result<Found> {
    let context = || format!("cannot analyze {}:{port}", host.escape_debug());
    let (kind, reason) = match outcome {
        Outcome::Found(address, findings) => return Ok((address, findings)),
        Outcome::Unreachable(error) => (error.kind(), error.to_string()),
        Outcome::Failed(failure) => match failure {
            Failure::TimedOut => ("timeout", "the server does not answer".into()),
            Failure::Closed => ("tls", "the server closes every connection".into()),
            Failure::Refused(alert) => ("tls", format!("the server refuses whatever it is offered ({})", alert.name())),
            Failure::NotTls(what) => ("tls", format!("no TLS there: the server speaks {what}")),
            Failure::NoStarttls => ("tls", "the server does not let TLS begin".into()),
        },
    };
    Err(Fault::new(kind, format!("{}: {reason}", context())))
}
