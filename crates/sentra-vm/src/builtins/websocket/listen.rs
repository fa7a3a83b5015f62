//! Starting a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use sentra_netlib::endpoint::tls::{self, Pair, ServerSettings, TlsServer};
use sentra_netlib::endpoint::{self, Endpoint, ListenOptions};
use sentra_netlib::{NetError, Stage};

use super::Result;
use crate::builtin::{Arguments, Types};
use crate::builtins::settings::Settings;
use crate::builtins::sockets::resolving::{self, Resolving};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::Kind;
use crate::websocket::failure::Failure;
use crate::websocket::rules::Rules;
use crate::websocket::server::Server;

const LISTEN: &str = "ws_listen";
/// The largest message, if not told otherwise.
pub(super) const MESSAGE: usize = 16 << 20;
/// The largest that may be allowed.
pub(super) const LARGEST: i64 = 1 << 30;
const QUEUE: usize = 1 << 20;
const PING_INTERVAL: f64 = 30.0;

const OPTIONS: &[&str] =
    &["path", "origins", "subprotocols", "tls", "max_clients", "max_message", "max_queue", "ping_interval"];

pub(super) fn listen(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let settings = Settings::new(LISTEN, args.optional(2), OPTIONS)?;
    let port = resolving::port(LISTEN, args.integer(1))?;
    let rules = rules(&settings, LISTEN)?;
    let tls = tls_settings(&settings)?;
    vm.start(Listen { resolving: Resolving::new(&args.string(0), port), rules: Some(rules), tls })
}

/// What a server's options say about its clients.
pub(super) fn rules(settings: &Settings, builtin: &str) -> Result<Rules> {
    Ok(Rules {
        path: settings.text("path")?.map(String::into_bytes),
        origins: texts(settings, builtin, "origins")?,
        protocols: protocols(settings, builtin)?,
        max_clients: settings.integer("max_clients", 1, i64::MAX)?.map_or(usize::MAX, |most| most as usize),
        max_message: settings.integer("max_message", 1, LARGEST)?.map_or(MESSAGE, |most| most as usize),
        max_queue: settings.integer("max_queue", 1, LARGEST)?.map_or(QUEUE, |most| most as usize),
        ping_interval: ping_interval(settings, builtin, PING_INTERVAL)?,
    })
}

/// The time between pings; nothing for none.
pub(super) fn ping_interval(settings: &Settings, builtin: &str, usual: f64) -> Result<Option<Duration>> {
    let seconds = settings.number("ping_interval")?.unwrap_or(usual);
    let checked = Duration::try_from_secs_f64(seconds).ok().filter(|interval| interval.as_secs() < 1 << 32);
    let interval = checked.ok_or_else(|| {
        Fault::range(format!("`{builtin}` expects seconds, or 0 for none, as option `ping_interval`, got {seconds}"))
    })?;
    Ok((!interval.is_zero()).then_some(interval))
}

/// An option that is an array of strings.
pub(super) fn texts(settings: &Settings, builtin: &str, name: &str) -> Result<Vec<String>> {
    let Some(array) = settings.get(name, Types::ARRAY)?.and_then(Value::as_array) else { return Ok(Vec::new()) };
    let text = |value: Value| match value.as_bytes() {
        Some(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        None => {
            Err(Fault::type_error(format!("`{builtin}` expects strings in option `{name}`, got {}", value.type_name())))
        }
    };
    array.iter().map(text).collect()
}

/// The subprotocols, which are names without blanks.
pub(super) fn protocols(settings: &Settings, builtin: &str) -> Result<Vec<String>> {
    let protocols = texts(settings, builtin, "subprotocols")?;
    match protocols.iter().find(|name| !sentra_netlib::wire::http::field::is_token(name.as_bytes())) {
        Some(wrong) => Err(Fault::range(format!("`{builtin}` takes names as option `subprotocols`, got {wrong:?}"))),
        None => Ok(protocols),
    }
}

fn tls_settings(settings: &Settings) -> Result<Option<ServerSettings>> {
    let Some(map) = settings.get("tls", Types::MAP)? else { return Ok(None) };
    let tls = Settings::new("ws_listen (option `tls`)", Some(map), &["cert", "key", "client_ca"])?;
    let path = |name: &str| {
        let missing = || Fault::range(format!("`{LISTEN}` expects `{name}` in option `tls`, a file"));
        tls.text(name)?.map(PathBuf::from).ok_or_else(missing)
    };
    let pair = Pair { cert: path("cert")?, key: path("key")? };
    let client_ca = tls.text("client_ca")?.map(PathBuf::from);
    Ok(Some(ServerSettings { certificates: vec![pair], client_ca, ..ServerSettings::default() }))
}

/// Finds the addresses of a host and listens on the first that will do.
struct Listen {
    resolving: Resolving,
    rules: Option<Rules>,
    tls: Option<ServerSettings>,
}

impl Listen {
    fn attempt(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Value>, Failure> {
        let Some(addresses) = self.resolving.poll(vm, waiter)? else { return Ok(None) };
        let mut failed = None;
        for &address in &*addresses {
            match self.open(address) {
                Ok(endpoint) => return self.begin(vm, endpoint, address).map(Some),
                Err(error) => failed = Some(NetError::system(Stage::Listen, error, address.to_string())),
            }
        }
        Err(failed.map_or_else(|| Failure::new("dns", "the host has no address"), Failure::from))
    }

    fn open(&self, address: SocketAddr) -> std::io::Result<Endpoint> {
        let options = ListenOptions::default();
        match &self.tls {
            Some(settings) => tls::listen(address, &options, TlsServer::new(settings.clone())?),
            None => endpoint::listen(address, &options),
        }
    }

    fn begin(&mut self, vm: &mut Vm, mut endpoint: Endpoint, asked: SocketAddr) -> std::result::Result<Value, Failure> {
        let address = endpoint.local_address().unwrap_or(asked);
        let source = vm.reactor.add(&mut endpoint, false, false);
        let source = source.map_err(|error| NetError::system(Stage::Listen, error, address.to_string()))?;
        let Some(rules) = self.rules.take() else { return Err(Failure::closed(None)) };
        let (number, id) = vm.websockets.name(Kind::Server, &address.to_string());
        let id = vm.heap.text(id.as_bytes());
        let driver = vm.add_driver(Server::new(id, number, rules, Some((endpoint, source))));
        vm.websockets.insert(number, Kind::Server, driver);
        let ip = vm.heap.text(address.ip().to_string().as_bytes());
        let map = vm.heap.map(3);
        for (key, value) in [("id", id), ("address", ip), ("port", Value::small(address.port().into()))] {
            map.set_text(&mut vm.heap, key, value).map_err(|_| Failure::new("memory", "out of memory"))?;
        }
        Ok(map.value())
    }
}

impl Operation for Listen {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        match self.attempt(vm, waiter) {
            Ok(result) => Ok(result),
            Err(failure) => failure.note(vm, waiter.fiber, LISTEN).map(|()| Some(Value::NIL)),
        }
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.resolving.abandon(vm);
    }
}
