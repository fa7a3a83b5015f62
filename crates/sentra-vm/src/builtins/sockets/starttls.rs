//! TLS that begins on a connection which was plain so far (STARTTLS).

use std::io::{Error, ErrorKind};
use std::time::Instant;

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::endpoint::tls::Session;
use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage};

use super::{Result, closed, fail, note};
use crate::builtin::Arguments;
use crate::builtins::fibers::moment;
use crate::builtins::settings::Settings;
use crate::builtins::tls_options::{self, CLIENT, SERVER};
use crate::connect;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

const FUNCTION: &str = "socket_starttls";
/// Seconds that the handshake may take.
const TIMEOUT: f64 = 10.0;

/// Takes a socket through its handshake.
struct StartTls {
    number: u64,
    /// Whom messages name.
    host: String,
    until: Option<Instant>,
}

pub(super) fn starttls(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let known: Vec<&str> = ["timeout", "server"].iter().chain(CLIENT).chain(SERVER).copied().collect();
    let settings = Settings::new(FUNCTION, args.optional(2), &known)?;
    let until = moment(settings.number("timeout")?.unwrap_or(TIMEOUT));
    let session = session(vm, args, &settings)?;
    match session.and_then(|session| begin(vm, args.value(0), session)) {
        Ok(number) => vm.start(StartTls { number, host: args.string(1).into_owned(), until }),
        Err(error) => fail(vm, FUNCTION, &error, Value::FALSE),
    }
}

type Ready<T> = std::result::Result<T, NetError>;

/// This side of TLS, as client or as server.
fn session(vm: &Vm, args: Arguments, settings: &Settings) -> Result<Ready<Session>> {
    let host = args.string(1);
    let failed = |error| NetError::system(Stage::Handshake, Error::from(error), &*host);
    if settings.flag("server")?.unwrap_or(false) {
        let server = tls_options::ready_server(tls_options::server(vm, settings)?, &host);
        return Ok(server.and_then(|server| server.session().map_err(failed)));
    }
    let client = tls_options::ready_client(&tls_options::client(vm, settings)?, &host);
    Ok(client.and_then(|client| client.session(&host).map_err(failed)))
}

/// Puts the session over the socket's endpoint.
fn begin(vm: &mut Vm, id: Value, session: Session) -> Ready<u64> {
    let number =
        vm.system.sockets.find(id.as_bytes().unwrap_or_default()).ok_or_else(|| closed(Stage::Handshake, id))?;
    let refused = |kind: ErrorKind, text: &str, peer: &str| {
        Err(NetError::system(Stage::Handshake, Error::new(kind, text.to_string()), peer))
    };
    let Some(socket) = vm.system.sockets.get(number) else { return Err(closed(Stage::Handshake, id)) };
    if !matches!(socket.endpoint, Endpoint::Tcp(_) | Endpoint::Unix(_) | Endpoint::Tls(_)) {
        return refused(ErrorKind::Unsupported, "only a connection can go on in TLS", &socket.id);
    }
    // Whoever sits between could have put it there for us to take as said within TLS.
    if !socket.pending.is_empty() {
        return refused(ErrorKind::InvalidData, "it has sent data before TLS began", &socket.id);
    }
    vm.system.sockets.change(number, |endpoint| endpoint.secured(session));
    Ok(number)
}

impl StartTls {
    /// Whether the handshake is over.
    fn advance(&self, vm: &mut Vm, waiter: Waiter) -> Ready<bool> {
        let (sockets, reactor) = (&mut vm.system.sockets, &mut vm.reactor);
        let Some(socket) = sockets.get(self.number) else {
            return Err(NetError::new(Stage::Handshake, Cause::Closed, &*self.host));
        };
        match connect::advance(reactor, &mut socket.endpoint, socket.source, waiter) {
            Err(error) => Err(NetError::system(Stage::Handshake, error, &*self.host)),
            Ok(false) if self.until.is_some_and(|until| until <= Instant::now()) => {
                Err(NetError::new(Stage::Handshake, Cause::TimedOut, &*self.host))
            }
            Ok(finished) => Ok(finished),
        }
    }
}

impl Operation for StartTls {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        match self.advance(vm, waiter) {
            Ok(true) => Ok(Some(Value::TRUE)),
            Ok(false) => {
                self.until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
                Ok(None)
            }
            Err(error) => {
                self.abandon(vm, waiter);
                note(vm, waiter.fiber, FUNCTION, &error)?;
                Ok(Some(Value::FALSE))
            }
        }
    }

    /// A connection whose handshake breaks off is of no use.
    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        let (sockets, reactor) = (&mut vm.system.sockets, &mut vm.reactor);
        sockets.close(reactor, self.number);
    }
}
