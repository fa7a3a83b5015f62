//! Opening sockets: connecting and listening.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::{self, ConnectOptions, Endpoint, ListenOptions, OPTIONS, Setting};
use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage, address};

use super::resolving::{self, Resolving};
use super::{Result, note};
use crate::builtin::{Arguments, Types};
use crate::builtins::fibers::moment;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::reactor::{Direction, SourceId};
use crate::value::Value;
use crate::vm::Vm;

const CREATE: &str = "socket_create";
const LISTEN: &str = "socket_listen";
/// Seconds that connecting may take.
const TIMEOUT: f64 = 10.0;
/// The next address is tried when one has not answered for so long.
const HEAD_START: Duration = Duration::from_millis(250);
/// How long to wait for room at a listener of this machine.
const RESPITE: Duration = Duration::from_millis(10);

type Opened<T> = std::result::Result<T, NetError>;

/// What kind of socket a script asks for.
#[derive(Clone, Copy)]
enum Transport {
    Tcp,
    Udp,
    Unix,
}

impl Transport {
    fn parse(kind: &str) -> Result<Self> {
        match kind.to_ascii_uppercase().as_str() {
            "TCP" => Ok(Self::Tcp),
            "UDP" => Ok(Self::Udp),
            "UNIX" => Ok(Self::Unix),
            "TLS" => Err(Fault::new("unsupported", "TLS sockets are not available in this version")),
            _ => Err(Fault::range(format!("unknown socket type `{kind}` (known: TCP, UDP, UNIX)"))),
        }
    }
}

pub(super) fn create(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let transport = Transport::parse(&args.string(0))?;
    let settings =
        Settings::new(CREATE, args.optional(3), &["timeout", "bind", "nodelay", "ttl", "keepalive", "broadcast"])?;
    let port = resolving::port(CREATE, args.integer(2))?;
    let until = moment(settings.number("timeout")?.unwrap_or(TIMEOUT));
    let options = connect_options(&settings)?;
    match transport {
        Transport::Tcp => vm.start(Connect::new(Resolving::new(&args.string(1), port), options, until)),
        Transport::Udp => {
            let open = move |address| endpoint::connect_datagram(address, &options);
            vm.start(Open {
                function: CREATE,
                stage: Stage::Connect,
                resolving: Resolving::new(&args.string(1), port),
                open,
            })
        }
        Transport::Unix => vm.start(ConnectLocal { path: path(args), until }),
    }
}

pub(super) fn listen(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let transport = Transport::parse(&args.string(0))?;
    let settings = Settings::new(LISTEN, args.optional(3), &["backlog", "reuse_port", "broadcast"])?;
    let port = resolving::port(LISTEN, args.integer(2))?;
    let mut options = ListenOptions { reuse_port: settings.flag("reuse_port")?.unwrap_or(false), ..Default::default() };
    if let Some(backlog) = settings.integer("backlog", 1, i64::from(i32::MAX))? {
        options.backlog = backlog as i32;
    }
    let broadcast = settings.flag("broadcast")?.unwrap_or(false);
    let resolving = Resolving::new(&args.string(1), port);
    let (function, stage) = (LISTEN, Stage::Listen);
    match transport {
        Transport::Tcp => {
            let open = move |address| endpoint::listen(address, &options);
            vm.start(Open { function, stage, resolving, open })
        }
        Transport::Udp => {
            let open = move |address| {
                let endpoint = endpoint::listen_datagram(address, &options)?;
                endpoint.set_option("broadcast", Setting::Flag(broadcast))?;
                Ok(endpoint)
            };
            vm.start(Open { function, stage, resolving, open })
        }
        Transport::Unix => {
            let path = path(args);
            let opened = endpoint::listen_local(&path)
                .map_err(|error| NetError::system(Stage::Listen, error, path.display().to_string()));
            let fiber = vm.scheduler.running;
            let opened = opened.and_then(|endpoint| take_in(vm, endpoint, &path.display().to_string(), false));
            result(vm, fiber, LISTEN, opened)
        }
    }
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
    let id = vm.sockets.open(endpoint, source, address);
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
    resolving: Resolving,
    open: F,
}

impl<F: Fn(SocketAddr) -> std::io::Result<Endpoint>> Open<F> {
    fn attempt(&mut self, vm: &mut Vm, waiter: Waiter) -> Opened<Option<Value>> {
        let Some(addresses) = self.resolving.poll(vm, waiter)? else { return Ok(None) };
        let mut failed = None;
        for &address in &*addresses {
            match (self.open)(address) {
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

impl<F: Fn(SocketAddr) -> std::io::Result<Endpoint>> Operation for Open<F> {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let opened = self.attempt(vm, waiter);
        opened.transpose().map(|opened| result(vm, waiter.fiber, self.function, opened)).transpose()
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.resolving.abandon(vm);
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

/// Connects to the first of a host's addresses that answers. The next one is tried when the
/// one before fails, or has not answered for a while.
struct Connect {
    resolving: Resolving,
    options: ConnectOptions,
    until: Option<Instant>,
    untried: Option<VecDeque<SocketAddr>>,
    attempts: Vec<(SocketAddr, Endpoint, SourceId)>,
    next_at: Instant,
    failed: Option<NetError>,
}

impl Connect {
    fn new(resolving: Resolving, options: ConnectOptions, until: Option<Instant>) -> Self {
        let next_at = Instant::now();
        Self { resolving, options, until, untried: None, attempts: Vec::new(), next_at, failed: None }
    }

    fn attempt(&mut self, vm: &mut Vm, waiter: Waiter) -> Opened<Option<Value>> {
        if self.untried.is_none() {
            match self.resolving.poll(vm, waiter)? {
                Some(addresses) => self.untried = Some(addresses.iter().copied().collect()),
                None => return self.wait(vm, waiter),
            }
        }
        if let Some((address, endpoint, source)) = self.winner(vm) {
            return Ok(Some(vm.heap.text(vm.sockets.open(endpoint, source, &address.to_string()).as_bytes())));
        }
        self.begin_next(vm);
        if self.attempts.is_empty() {
            let nowhere = || NetError::new(Stage::Resolve, Cause::NoAddress("no address".into()), "the host");
            return Err(self.failed.take().unwrap_or_else(nowhere));
        }
        self.wait(vm, waiter)
    }

    /// Takes out the attempts that have ended; the one that succeeded.
    fn winner(&mut self, vm: &mut Vm) -> Option<(SocketAddr, Endpoint, SourceId)> {
        let mut index = 0;
        while let Some((address, endpoint, source)) = self.attempts.get(index) {
            if !vm.reactor.is_ready(*source, Direction::Write) {
                index += 1;
                continue;
            }
            match endpoint.finish_connecting() {
                Ok(()) => return Some(self.attempts.swap_remove(index)),
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    vm.reactor.exhausted(*source, Direction::Write);
                    index += 1;
                }
                Err(error) => {
                    self.failed = Some(NetError::system(Stage::Connect, error, address.to_string()));
                    let (_, mut endpoint, source) = self.attempts.swap_remove(index);
                    vm.reactor.remove(source, &mut endpoint);
                }
            }
        }
        None
    }

    fn begin_next(&mut self, vm: &mut Vm) {
        let now = Instant::now();
        while self.attempts.is_empty() || now >= self.next_at {
            let Some(address) = self.untried.as_mut().and_then(VecDeque::pop_front) else { return };
            let begun = endpoint::connect(address, &self.options).and_then(|mut endpoint| {
                let source = vm.reactor.add(&mut endpoint, false, false)?;
                Ok((address, endpoint, source))
            });
            match begun {
                Ok(attempt) => {
                    self.attempts.push(attempt);
                    self.next_at = now + HEAD_START;
                }
                Err(error) => self.failed = Some(NetError::system(Stage::Connect, error, address.to_string())),
            }
        }
    }

    fn wait(&mut self, vm: &mut Vm, waiter: Waiter) -> Opened<Option<Value>> {
        let peer = self.attempts.last().map_or_else(|| "the host".to_string(), |(address, ..)| address.to_string());
        if self.until.is_some_and(|until| until <= Instant::now()) {
            return Err(NetError::new(Stage::Connect, Cause::TimedOut, peer));
        }
        for (_, _, source) in &self.attempts {
            vm.reactor.forget(*source, Direction::Write, waiter);
            vm.reactor.wait(*source, Direction::Write, waiter);
        }
        let more = self.untried.as_ref().is_some_and(|untried| !untried.is_empty());
        let times = more.then_some(self.next_at).into_iter().chain(self.until);
        times.min().into_iter().for_each(|at| vm.set_deadline(waiter, at));
        Ok(None)
    }

    fn drop_attempts(&mut self, vm: &mut Vm) {
        for (_, mut endpoint, source) in self.attempts.drain(..) {
            vm.reactor.remove(source, &mut endpoint);
        }
    }
}

impl Operation for Connect {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let opened = match self.attempt(vm, waiter) {
            Ok(None) => return Ok(None),
            Ok(Some(id)) => Ok(id),
            Err(error) => Err(error),
        };
        self.abandon(vm, waiter);
        result(vm, waiter.fiber, CREATE, opened).map(Some)
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.drop_attempts(vm);
        self.resolving.abandon(vm);
    }
}
