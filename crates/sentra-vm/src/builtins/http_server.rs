//! HTTP servers: what scripts call. The connections are in `crate::http`.

mod access_log;

use std::rc::Rc;
use std::time::Duration;

use sentra_netlib::endpoint::tls::TlsServer;
use sentra_netlib::endpoint::{self, ListenOptions};
use sentra_netlib::error::Cause;
use sentra_netlib::exchange::http::server::Limits;
use sentra_netlib::wire::http::field;
use sentra_netlib::{NetError, Stage};

use super::settings::Settings;
use super::{sockets, tls_options};
use crate::builtin::{Arguments, Types};
use crate::dns::addresses::Addresses;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::http::response;
use crate::http::route::Target;
use crate::http::server::Options;
use crate::value::Value;
use crate::vm::Vm;
use crate::worker;

type Result<T> = std::result::Result<T, Box<Fault>>;

const CREATE: &str = "http_server_create";
/// Limits unless a script sets others.
const MAX_BODY: i64 = 16 << 20;
const MAX_HEADER: i64 = 64 << 10;
const SPILL: i64 = 1 << 20;
const MAX_CONNECTIONS: i64 = 65_536;
/// Seconds.
const TIMEOUT: f64 = 30.0;
const KEEP_ALIVE: f64 = 75.0;
const DRAIN: f64 = 10.0;
/// Shorter bodies hardly shrink.
const COMPRESS: u64 = 1024;
const BODY: Types = Types::STRING.or(Types::MAP).or(Types::ARRAY).or(Types::NIL).or(Types::CHANNEL).or(Types::FUNCTION);

builtins! { TABLE:
    "http_server_create" in [] (address: Types::STRING, port: Types::INTEGER, options: Types::MAP => "{}") -> "map",
        faults ["address_in_use", "address_not_available", "certificate", "dns", "is_a_directory", "not_a_directory", "not_found", "permission", "range"], Net,
        "Binds a server to an address, where port 0 takes a free one: its `id`, `address`, `port` and whether it is `running`, which is not before `http_server_start`. Options: `max_body` in bytes (16 MiB, else 413), `max_header` (64 KiB, else 431), `max_connections` (65536), in seconds `timeout` (30; a request that takes longer to arrive is answered with 408, a response that is not taken is dropped), `keep_alive` (75; how long a connection may be idle) and `drain` (10; how long requests in flight may take once it stops); `reuse_port`; `compress` (true: text of 1 KiB and more is sent as gzip to clients that take it; a number is another least length); `access_log` (off): `\"common\"` or true, `\"combined\"` or `\"json\"` for lines about requests on standard error, or a map of `path` and `format` for a file; `spill` (1 MiB: of a form with files so much is kept in memory; the files beyond that are on disk while the request lasts); `tls`, a map with the options of `socket_listen` for TLS: `cert`, `key` and others.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nlog(server.running) // expect: false" => Native(create);
    "http_server_route" in [] (server: Types::STRING, method: Types::STRING, path: Types::STRING, handler: Types::FUNCTION) -> "boolean",
        faults ["arity", "closed", "range"], Net,
        "Has a function answer requests for a path: `/a/b`, `/users/:id` with a parameter, `/api/*` for all below, with any method if that is `ANY`. The most exact route wins, then the first declared; HEAD is answered by GET's. The handler gets the request, a map of `method`, `path`, `query` and `params` (maps, decoded), `query_string`, `headers` (in any spelling), `body`, `remote_address`, `remote_port`, `host`, `url`, `http_version`, and runs in a fiber of its own. It returns an `http_response`, a string (plain text), a map or array (JSON), nil (204), or a channel or function that gives the pieces of the body. An error is a 500 and is printed.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nlog(http_server_route(server.id, \"GET\", \"/users/:id\", fn(req) => \"user \" + req.params.id)) // expect: true" => Native(route);
    "http_server_start" in [] (server: Types::STRING) -> "boolean",
        faults ["closed"], Net,
        "Begins to take connections; returns at once. The program goes on as long as the server runs.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nlog(http_server_start(server.id)) // expect: true\nhttp_server_stop(server.id)" => Native(start);
    "http_server_stop" in [] (server: Types::STRING) -> "boolean",
        faults [], Net,
        "Takes no further connections and requests; those in flight are finished. False if there is no such server, or it stops already.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nlog(http_server_stop(server.id), http_server_stop(server.id)) // expect: true false" => Native(stop);
    "http_response" in [] (status_code: Types::INTEGER, body: BODY => "nil", headers: Types::MAP => "{}") -> "map",
        faults ["header", "range"], Nothing,
        "A response for a handler to return: a map of `status_code`, `body` and `headers`. A body that is a map or an array is sent as JSON; a channel, or a function that gives pieces until it gives nil, or one that takes a function to send them with, is sent piece by piece, and as server-sent events if its `Content-Type` is `text/event-stream`: a piece is then text or a map of `data`, `event`, `id`, `retry`, `comment`. A header with several values has them in an array. The server itself sets `Content-Length`, `Transfer-Encoding` and `Connection`.",
        "log(http_response(404, \"not here\")) // expect: {\"status_code\": 404, \"body\": \"not here\", \"headers\": {}}" => Native(http_response);
}

fn create(vm: &mut Vm, args: Arguments) -> Result<Value> {
    const KNOWN: &[&str] = &[
        "max_body",
        "max_header",
        "max_connections",
        "timeout",
        "keep_alive",
        "drain",
        "reuse_port",
        "compress",
        "access_log",
        "spill",
        "tls",
    ];
    let settings = Settings::new(CREATE, args.optional(2), KNOWN)?;
    let port = sockets::port(CREATE, args.integer(1))?;
    let limits = Limits {
        head: settings.integer("max_header", 64, 16 << 20)?.unwrap_or(MAX_HEADER) as usize,
        body: settings.integer("max_body", 0, u32::MAX.into())?.unwrap_or(MAX_BODY) as u64,
    };
    let options = Options {
        limits,
        timeout: seconds(&settings, "timeout", TIMEOUT)?,
        keep_alive: seconds(&settings, "keep_alive", KEEP_ALIVE)?,
        drain: seconds(&settings, "drain", DRAIN)?,
        max_connections: settings.integer("max_connections", 1, 1 << 24)?.unwrap_or(MAX_CONNECTIONS) as usize,
        compress: compress(&settings)?,
        log: None,
        spill: settings.integer("spill", 0, 1 << 30)?.unwrap_or(SPILL) as usize,
    };
    let log = access_log::Opening::new(CREATE, &settings)?;
    let listen = ListenOptions { reuse_port: settings.flag("reuse_port")?.unwrap_or(false), ..Default::default() };
    let tls = tls(vm, &settings, &args.string(0))?;
    vm.start(Create { addresses: Addresses::new(&args.string(0), port), listen, tls, options: Some(options), log })
}

/// The server's side of TLS, if the option `tls` asks for it.
fn tls(vm: &Vm, settings: &Settings, address: &str) -> Result<Option<Rc<TlsServer>>> {
    let Some(map) = settings.get("tls", Types::MAP)? else { return Ok(None) };
    let mut wanted = tls_options::server(vm, &Settings::new(CREATE, Some(map), tls_options::SERVER)?)?;
    if wanted.alpn.is_empty() {
        // Clients that offer protocols take it amiss if none of theirs is known.
        wanted.alpn = vec![b"http/1.1".to_vec(), b"http/1.0".to_vec()];
    }
    let server = tls_options::ready_server(wanted, address).map_err(|error| failed(&error))?;
    Ok(Some(Rc::new(server)))
}

fn seconds(settings: &Settings, name: &str, default: f64) -> Result<Duration> {
    let seconds = settings.number(name)?.unwrap_or(default);
    if !(0.001..=1e9).contains(&seconds) {
        return Err(Fault::range(format!("`{CREATE}` takes seconds above 0 as option `{name}`, got {seconds}")));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// Finds the address and binds to it.
struct Create {
    addresses: Addresses,
    listen: ListenOptions,
    tls: Option<Rc<TlsServer>>,
    options: Option<Options>,
    log: access_log::Opening,
}

/// The least length of a body that is compressed; `false` compresses none.
fn compress(settings: &Settings) -> Result<Option<u64>> {
    match settings.get("compress", Types::BOOLEAN.or(Types::INTEGER))? {
        Some(Value::FALSE) => Ok(None),
        None | Some(Value::TRUE) => Ok(Some(COMPRESS)),
        Some(_) => Ok(settings.integer("compress", 0, i64::MAX)?.map(|least| least as u64)),
    }
}

fn failed(error: &NetError) -> Box<Fault> {
    Fault::new(error.kind(), error.to_string())
}

impl Operation for Create {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let Some(log) = self.log.poll(vm, waiter)? else { return Ok(None) };
        let Some(addresses) = self.addresses.poll(vm, waiter).map_err(|error| failed(&error))? else { return Ok(None) };
        let mut last = NetError::new(Stage::Resolve, Cause::NoAddress("no address".into()), "the host");
        for &address in &*addresses {
            let refused = |error| NetError::system(Stage::Listen, error, address.to_string());
            let allowed = vm.system.permissions.listen(address).map_err(Into::into);
            let shared = allowed.and_then(|()| worker::shared(worker::Transport::Tcp, address, &mut self.listen));
            let listening = shared.and_then(|address| match &self.tls {
                Some(tls) => endpoint::tls::listen(address, &self.listen, tls),
                None => endpoint::listen(address, &self.listen),
            });
            match listening {
                Ok(endpoint) => {
                    let Some(mut options) = self.options.take() else { return Ok(None) };
                    options.log = log;
                    let server = vm.open_http_server(endpoint, options).map_err(|error| failed(&refused(error)))?;
                    let (address, port) = (server.address.ip().to_string(), server.address.port());
                    let map = vm.heap.map(4);
                    let id = vm.heap.text(server.id.as_bytes());
                    map.set_text(&mut vm.heap, "id", id)?;
                    let address = vm.heap.text(address.as_bytes());
                    map.set_text(&mut vm.heap, "address", address)?;
                    map.set_text(&mut vm.heap, "port", Value::small(port.into()))?;
                    map.set_text(&mut vm.heap, "running", Value::FALSE)?;
                    return Ok(Some(map.value()));
                }
                Err(error) => last = refused(error),
            }
        }
        Err(failed(&last))
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.addresses.abandon(vm);
        self.log.abandon(vm);
    }
}

/// The server with the id that a script gave.
pub(super) fn server(vm: &Vm, args: Arguments) -> Result<std::rc::Rc<crate::http::server::Shared>> {
    let open = vm.http_server(args.bytes(0)).filter(|server| !server.is_stopping());
    open.ok_or_else(|| Fault::new("closed", format!("no open HTTP server \"{}\"", args.string(0).escape_debug())))
}

fn route(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let server = server(vm, args)?;
    let (method, path, handler) = (args.string(1), args.string(2), args.value(3));
    if !field::is_token(method.as_bytes()) {
        return Err(Fault::range(format!("\"{}\" is no method of HTTP", method.escape_debug())));
    }
    if crate::call::arguments_taken(vm, handler) == Some(0) {
        return Err(Fault::new("arity", "a handler takes one argument, the request"));
    }
    let added = server.routes.borrow_mut().add(&method, &path, Target::Handler(handler));
    added.map_err(|wrong| Fault::range(format!("the route \"{}\" {wrong}", path.escape_debug())))?;
    Ok(Value::TRUE)
}

fn start(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let server = server(vm, args)?;
    vm.start_http_server(&server);
    Ok(Value::TRUE)
}

fn stop(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(server) = vm.http_server(args.bytes(0)).filter(|server| !server.is_stopping()) else {
        return Ok(Value::FALSE);
    };
    vm.stop_http_server(&server);
    Ok(Value::TRUE)
}

fn http_response(vm: &mut Vm, args: Arguments) -> Result<Value> {
    response::status(args.value(0))?;
    let headers = match args.optional(2).and_then(Value::as_map) {
        Some(headers) => {
            response::check_headers(headers)?;
            headers
        }
        None => vm.heap.map(0),
    };
    let map = vm.heap.map(3);
    map.set_text(&mut vm.heap, "status_code", args.value(0))?;
    map.set_text(&mut vm.heap, "body", args.value(1))?;
    map.set_text(&mut vm.heap, "headers", headers.value())?;
    Ok(map.value())
}
