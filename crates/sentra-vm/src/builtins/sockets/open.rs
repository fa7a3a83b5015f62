//! Opening sockets: connecting and listening.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::{self, ConnectOptions, Endpoint, ListenOptions, OPTIONS, Setting};
use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage, address};

use super::{Result, fail, note, port};
use crate::builtin::{Arguments, Types};
use crate::builtins::fibers::moment;
use crate::builtins::{settings::Settings, tls_options};
use crate::connect::{Connect, Connected};
use crate::dns::addresses::Addresses;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;
use crate::worker;

const CREATE: &str = "socket_create";
const LISTEN: &str = "socket_listen";
/// Seconds that connecting may take.
const TIMEOUT: f64 = 10.0;
/// How long to wait for room at a listener of this machine.
const RESPITE: Duration = Duration::from_millis(10);

type Opened<T> = std::result::Result<T, NetError>;

/// What kind of socket a script asks for.
#[derive(Clone, Copy)]
enum Transport {
    Tcp,
    Udp,
    Unix,
    Tls,
}

impl Transport {
    fn parse(kind: &str) -> Result<Self> {
        match kind.to_ascii_uppercase().as_str() {
            "TCP" => Ok(Self::Tcp),
            "UDP" => Ok(Self::Udp),
            "UNIX" => Ok(Self::Unix),
            "TLS" => Ok(Self::Tls),
            _ => Err(Fault::range(format!("unknown socket type `{kind}` (known: TCP, UDP, UNIX, TLS)"))),
        }
    }
}

pub(super) fn create(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let transport = Transport::parse(&args.string(0))?;
    let plain: &[&str] = &["timeout", "bind", "nodelay", "ttl", "keepalive", "broadcast"];
    let known = [plain, if matches!(transport, Transport::Tls) { tls_options::CLIENT } else { &[] }].concat();
    let settings = Settings::new(CREATE, args.optional(3), &known)?;
    let port = port(CREATE, args.integer(2))?;
    let until = moment(settings.number("timeout")?.unwrap_or(TIMEOUT));
    let options = connect_options(&settings)?;
    match transport {
        Transport::Tcp => vm.start(Create(Connect::new(&args.string(1), port, options, until))),
        Transport::Tls => {
            let host = args.string(1);
            match tls_options::ready_client(&tls_options::client(vm, &settings)?, &host) {
                Ok(client) => vm.start(Create(Connect::new(&host, port, options, until).with_tls(client))),
                Err(error) => fail(vm, CREATE, &error, Value::NIL),
            }
        }
        Transport::Udp => {
            let open = move |address| endpoint::connect_datagram(address, &options);
            let host = args.string(1).into_owned();
            vm.start(Open::new(CREATE, Stage::Connect, host, port, open))
        }
        Transport::Unix => {
            let path = path(args);
            match vm.system.permissions.write(&path) {
                Ok(path) => vm.start(ConnectLocal { path, until }),
                Err(error) => {
                    let error = NetError::system(Stage::Connect, error, path.display().to_string());
                    fail(vm, CREATE, &error, Value::NIL)
                }
            }
        }
    }
}

pub(super) fn listen(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let transport = Transport::parse(&args.string(0))?;
    let plain: &[&str] = &["backlog", "reuse_port", "broadcast"];
    let known = [plain, if matches!(transport, Transport::Tls) { tls_options::SERVER } else { &[] }].concat();
    let settings = Settings::new(LISTEN, args.optional(3), &known)?;
    let port = port(LISTEN, args.integer(2))?;
    let mut options = ListenOptions { reuse_port: settings.flag("reuse_port")?.unwrap_or(false), ..Default::default() };
    if let Some(backlog) = settings.integer("backlog", 1, i64::from(i32::MAX))? {
        options.backlog = backlog as i32;
    }
    let broadcast = settings.flag("broadcast")?.unwrap_or(false);
    let host = args.string(1).into_owned();
    match transport {
        Transport::Tcp => {
            let open = move |address| listening(Transport::Tcp, address, &options, endpoint::listen);
            vm.start(Open::new(LISTEN, Stage::Listen, host, port, open))
        }
        Transport::Tls => match tls_options::ready_server(tls_options::server(vm, &settings)?, &args.string(1)) {
            Ok(server) => {
                let server = Rc::new(server);
                let open = move |address| {
                    listening(Transport::Tls, address, &options, |address, options| {
                        endpoint::tls::listen(address, options, &server)
                    })
                };
                vm.start(Open::new(LISTEN, Stage::Listen, host, port, open))
            }
            Err(error) => fail(vm, LISTEN, &error, Value::NIL),
        },
        Transport::Udp => {
            let open = move |address| {
                let endpoint = listening(Transport::Udp, address, &options, endpoint::listen_datagram)?;
                endpoint.set_option("broadcast", Setting::Flag(broadcast))?;
                Ok(endpoint)
            };
            vm.start(Open::new(LISTEN, Stage::Listen, host, port, open))
        }
        Transport::Unix => {
            let path = path(args);
            let opened = vm.system.permissions.write(&path).and_then(|path| endpoint::listen_local(&path));
            let opened = opened.map_err(|error| NetError::system(Stage::Listen, error, path.display().to_string()));
            let fiber = vm.scheduler.running;
            let opened = opened.and_then(|endpoint| take_in(vm, endpoint, &path.display().to_string(), false));
            result(vm, fiber, LISTEN, opened)
        }
    }
}

/// Listens as a worker has to, if this process is one.
fn listening(
    transport: Transport,
    address: SocketAddr,
    options: &ListenOptions,
    listen: impl FnOnce(SocketAddr, &ListenOptions) -> io::Result<Endpoint>,
) -> io::Result<Endpoint> {
    let mut options = options.clone();
    let transport = match transport {
        Transport::Udp => worker::Transport::Udp,
        _ => worker::Transport::Tcp,
    };
    let address = worker::shared(transport, address, &mut options)?;
    listen(address, &options)
}

fn path(args: Arguments) -> PathBuf {
    PathBuf::from(std::ffi::OsStr::from_bytes(args.bytes(1)))
}

fn connect_options(settings: &Settings) -> Result<ConnectOptions> {
    let mut options = ConnectOptions::default();
    if let Some(text) = settings.text("bind")? {
        let local = text.parse().ok().or_else(|| address::literal(&text, 0));
        let unfit = || {
            Fault::range(format!(
                "`{CREATE}` expects an IP address, with or without a port, as option `bind`, got \"{text}\""
            ))
        };
        options.bind = Some(local.ok_or_else(unfit)?);
    }
    for &name in OPTIONS.iter().filter(|name| ["nodelay", "ttl", "keepalive", "broadcast"].contains(name)) {
        if let Some(value) = settings.get(name, Types::BOOLEAN.or(Types::NUMBER))? {
            options.settings.push((name, super::info::setting(name, value)?));
        }
    }
    Ok(options)
}

/// Gives an endpoint an id.
fn take_in(vm: &mut Vm, mut endpoint: Endpoint, address: &str, readable: bool) -> Opened<Value> {
    let source = vm.reactor.add(&mut endpoint, readable, true);
    let source = source.map_err(|error| NetError::system(Stage::Connect, error, address))?;
    let id = vm.system.sockets.open(endpoint, source, address);
    Ok(vm.heap.text(id.as_bytes()))
}

/// The id, or nil after noting why there is none.
fn result(vm: &mut Vm, fiber: u32, function: &str, opened: Opened<Value>) -> Result<Value> {
    match opened {
        Ok(id) => Ok(id),
        Err(error) => note(vm, fiber, function, &error).map(|()| Value::NIL),
    }
}

/// Finds a host's addresses and opens a socket with the first that will do.
struct Open<F> {
    function: &'static str,
    stage: Stage,
    host: String,
    addresses: Addresses,
    open: F,
}

impl<F: Fn(SocketAddr) -> io::Result<Endpoint>> Open<F> {
    fn new(function: &'static str, stage: Stage, host: String, port: u16, open: F) -> Self {
        let addresses = Addresses::new(&host, port);
        Self { function, stage, host, addresses, open }
    }

    /// Opens a socket at an address, if the program may.
    fn open_at(&self, vm: &Vm, address: SocketAddr) -> io::Result<Endpoint> {
        match self.stage {
            Stage::Listen => vm.system.permissions.listen(address)?,
            _ => vm.system.permissions.connect(&self.host, address)?,
        }
        (self.open)(address)
    }

    fn attempt(&mut self, vm: &mut Vm, waiter: Waiter) -> Opened<Option<Value>> {
        let Some(addresses) = self.addresses.poll(vm, waiter)? else { return Ok(None) };
        let mut failed = None;
        for &address in &*addresses {
            match self.open_at(vm, address) {
                Ok(endpoint) => {
                    let own = (self.stage == Stage::Listen).then(|| endpoint.local_address()).flatten();
                    return take_in(vm, endpoint, &own.unwrap_or(address).to_string(), false).map(Some);
                }
                Err(error) => failed = Some(NetError::system(self.stage, error, address.to_string())),
            }
        }
        Err(failed.unwrap_or_else(|| NetError::new(Stage::Resolve, Cause::NoAddress("no address".into()), "the host")))
    }
}

impl<F: Fn(SocketAddr) -> io::Result<Endpoint>> Operation for Open<F> {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let opened = self.attempt(vm, waiter);
        opened.transpose().map(|opened| result(vm, waiter.fiber, self.function, opened)).transpose()
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.addresses.abandon(vm);
    }
}

/// Connects to a UNIX socket, as soon as its listener has room.
struct ConnectLocal {
    path: PathBuf,
    until: Option<Instant>,
}

impl Operation for ConnectLocal {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let name = self.path.display().to_string();
        let opened = match endpoint::connect_local(&self.path) {
            Ok(endpoint) => take_in(vm, endpoint, &name, false),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let now = Instant::now();
                if self.until.is_none_or(|until| now < until) {
                    vm.set_deadline(waiter, now + RESPITE);
                    return Ok(None);
                }
                Err(NetError::new(Stage::Connect, Cause::TimedOut, name))
            }
            Err(error) => Err(NetError::system(Stage::Connect, error, name)),
        };
        result(vm, waiter.fiber, CREATE, opened).map(Some)
    }
}

/// Connects, and gives the connection an id.
struct Create(Connect);

impl Operation for Create {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let opened = match self.0.poll(vm, waiter) {
            Ok(None) => return Ok(None),
            Ok(Some(Connected { address, endpoint, source })) => {
                Ok(vm.heap.text(vm.system.sockets.open(endpoint, source, &address.to_string()).as_bytes()))
            }
            Err(error) => Err(error),
        };
        result(vm, waiter.fiber, CREATE, opened).map(Some)
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.0.abandon(vm);
    }
}
