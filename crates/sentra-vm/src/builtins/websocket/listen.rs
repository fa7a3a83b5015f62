//! Starting a server.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use sentra_netlib::endpoint::tls::{self, TlsServer};
use sentra_netlib::endpoint::{self, Endpoint, ListenOptions};
use sentra_netlib::{NetError, Stage};

use super::Result;
use crate::builtin::{Arguments, Types};
use crate::builtins::settings::Settings;
use crate::builtins::{sockets, tls_options};
use crate::dns::addresses::Addresses;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::Kind;
use crate::websocket::failure::Failure;
use crate::websocket::rules::Rules;
use crate::websocket::server::Server;
use crate::worker;

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
    let port = sockets::port(LISTEN, args.integer(1))?;
    let rules = rules(&settings, LISTEN)?;
    let tls = match tls_server(vm, &settings, &args.string(0))? {
        Ok(tls) => tls,
        Err(error) => {
            let fiber = vm.scheduler.running;
            return Failure::from(error).note(vm, fiber, LISTEN).map(|()| Value::NIL);
        }
    };
    vm.start(Listen { addresses: Addresses::new(&args.string(0), port), rules: Some(rules), tls })
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

/// The server's side of TLS, if the option `tls` asks for it.
fn tls_server(
    vm: &Vm,
    settings: &Settings,
    address: &str,
) -> Result<std::result::Result<Option<Rc<TlsServer>>, NetError>> {
    let Some(map) = settings.get("tls", Types::MAP)? else { return Ok(Ok(None)) };
    let wanted = tls_options::server(vm, &Settings::new(LISTEN, Some(map), tls_options::SERVER)?)?;
    Ok(tls_options::ready_server(wanted, address).map(|server| Some(Rc::new(server))))
}

/// Finds the addresses of a host and listens on the first that will do.
struct Listen {
    addresses: Addresses,
    rules: Option<Rules>,
    tls: Option<Rc<TlsServer>>,
}

impl Listen {
    fn attempt(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Value>, Failure> {
        let Some(addresses) = self.addresses.poll(vm, waiter)? else { return Ok(None) };
        let mut failed = None;
        for &address in &*addresses {
            let allowed = vm.system.permissions.listen(address).map_err(Into::into);
            match allowed.and_then(|()| self.open(address)) {
                Ok(endpoint) => return self.begin(vm, endpoint, address).map(Some),
                Err(error) => failed = Some(NetError::system(Stage::Listen, error, address.to_string())),
            }
        }
        Err(failed.map_or_else(|| Failure::new("dns", "the host has no address"), Failure::from))
    }

    fn open(&self, address: SocketAddr) -> std::io::Result<Endpoint> {
        let mut options = ListenOptions::default();
        let address = worker::shared(worker::Transport::Tcp, address, &mut options)?;
        match &self.tls {
            Some(server) => tls::listen(address, &options, server),
            None => endpoint::listen(address, &options),
        }
    }

    fn begin(&mut self, vm: &mut Vm, mut endpoint: Endpoint, asked: SocketAddr) -> std::result::Result<Value, Failure> {
        let address = endpoint.local_address().unwrap_or(asked);
        let source = vm.reactor.add(&mut endpoint, false, false);
        let source = source.map_err(|error| NetError::system(Stage::Listen, error, address.to_string()))?;
        let Some(rules) = self.rules.take() else { return Err(Failure::closed(None)) };
        let (number, id) = vm.system.websockets.name(Kind::Server, &address.to_string());
        let id = vm.heap.text(id.as_bytes());
        let driver = vm.add_driver(Server::new(id, number, rules, Some((endpoint, source))));
        vm.system.websockets.insert(number, Kind::Server, driver);
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
        self.addresses.abandon(vm);
    }
}
