//! Opening a connection: to the host, TLS if it is wanted, the login.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use sentra_netlib::endpoint::ConnectOptions;
use sentra_netlib::exchange::postgres::{Event, Session, tls_request};
use sentra_netlib::{NetError, Stage};

use super::errors::refusal;
use super::link::Link;
use super::pool::Settings;
use crate::connect::{Connect, Connected, Handshake};
use crate::database::failure::Failure;
use crate::fiber::Waiter;
use crate::reactor::Direction;
use crate::vm::Vm;

/// Messages during the login are no longer.
const LONGEST: usize = 64 << 10;

enum Step {
    Connecting(Box<Connect>),
    /// The server is asked for TLS, and answers with one byte.
    Asking(Connected, usize),
    Securing(SocketAddr, Box<Handshake>),
    LoggingIn(Box<Link>),
    Over,
}

/// A connection in the making.
pub(super) struct Dial {
    settings: Rc<Settings>,
    step: Step,
    until: Instant,
}

fn unreachable(error: &NetError) -> Failure {
    Failure::new(error.kind(), format!("cannot connect to the database: {error}"))
}

impl Dial {
    pub fn new(settings: &Rc<Settings>) -> Self {
        let until = Instant::now() + settings.patience;
        let connect = Connect::new(&settings.host, settings.port, ConnectOptions::default(), Some(until));
        Self { settings: Rc::clone(settings), step: Step::Connecting(Box::new(connect)), until }
    }

    /// Goes on: the connection, or nothing if `waiter` will be woken. After a failure nothing is left.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Box<Link>>, Failure> {
        let polled = self.go_on(vm, waiter).and_then(|link| {
            if link.is_none() && Instant::now() >= self.until {
                return Err(Failure::new("timeout", "the database did not answer the login in time"));
            }
            Ok(link)
        });
        match &polled {
            Err(_) => self.abandon(vm),
            Ok(None) => vm.set_deadline(waiter, self.until),
            Ok(Some(_)) => {}
        }
        polled
    }

    fn go_on(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Box<Link>>, Failure> {
        loop {
            match &mut self.step {
                Step::Connecting(connect) => {
                    let polled = connect.poll(vm, waiter).map_err(|error| unreachable(&error))?;
                    let Some(connected) = polled else { return Ok(None) };
                    self.step = if self.settings.tls.is_some() {
                        Step::Asking(connected, 0)
                    } else {
                        Step::LoggingIn(self.greet(connected)?)
                    };
                }
                Step::Asking(connected, sent) => {
                    if !ask_for_tls(vm, waiter, connected, sent)? {
                        return Ok(None);
                    }
                    self.secure(vm)?;
                }
                Step::Securing(address, handshake) => {
                    let polled = handshake.poll(vm, waiter).map_err(|error| unreachable(&error))?;
                    let Some((endpoint, source)) = polled else { return Ok(None) };
                    let connected = Connected { address: *address, endpoint, source };
                    self.step = Step::LoggingIn(self.greet(connected)?);
                }
                Step::LoggingIn(link) => match link.next(vm, waiter)? {
                    None => return Ok(None),
                    Some(Event::Ready { .. }) => {
                        link.forget(vm, waiter);
                        let Step::LoggingIn(link) = std::mem::replace(&mut self.step, Step::Over) else {
                            return Ok(None);
                        };
                        return Ok(Some(link));
                    }
                    Some(Event::Failed(complaint)) => return Err(refusal(&complaint)),
                    Some(_) => {}
                },
                Step::Over => return Ok(None),
            }
        }
    }

    fn greet(&self, connected: Connected) -> Result<Box<Link>, Failure> {
        let session = Session::new(self.settings.login.clone(), LONGEST)?;
        Ok(Box::new(Link::new(connected.endpoint, connected.source, connected.address, session)))
    }

    /// TLS begins: the server has agreed, and has said nothing more that could be taken for its words in TLS.
    fn secure(&mut self, vm: &mut Vm) -> Result<(), Failure> {
        let Step::Asking(connected, _) = std::mem::replace(&mut self.step, Step::Over) else { return Ok(()) };
        let Connected { address, mut endpoint, source } = connected;
        let host = &self.settings.host;
        let session = self.settings.tls.as_ref().map(|client| client.session(host));
        match session {
            Some(Ok(session)) => {
                let peer = format!("{host} ({address})");
                let handshake = Handshake::new(endpoint.secured(session), source, peer, Some(self.until));
                self.step = Step::Securing(address, Box::new(handshake));
                Ok(())
            }
            Some(Err(error)) => {
                vm.reactor.remove(source, &mut endpoint);
                Err(unreachable(&NetError::system(Stage::Handshake, error.into(), &**host)))
            }
            None => Ok(()),
        }
    }

    /// Lets go of everything.
    pub fn abandon(&mut self, vm: &mut Vm) {
        match std::mem::replace(&mut self.step, Step::Over) {
            Step::Connecting(mut connect) => connect.abandon(vm),
            Step::Asking(mut connected, _) => vm.reactor.remove(connected.source, &mut connected.endpoint),
            Step::Securing(_, handshake) => handshake.abandon(vm),
            Step::LoggingIn(mut link) => link.close(vm),
            Step::Over => {}
        }
    }
}

/// Asks for TLS: whether the server has agreed; it has to.
fn ask_for_tls(vm: &mut Vm, waiter: Waiter, connected: &mut Connected, sent: &mut usize) -> Result<bool, Failure> {
    let request = tls_request();
    let Connected { endpoint, source, .. } = connected;
    let failed =
        |error: io::Error| Failure::new("connection", format!("the connection to the database was lost: {error}"));
    while *sent < request.len() {
        match endpoint.send(&request[*sent..]) {
            Ok(more) => *sent += more,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.reactor.exhausted(*source, Direction::Write);
                vm.reactor.keep_waiting(*source, Direction::Write, waiter);
                return Ok(false);
            }
            Err(error) => return Err(failed(error)),
        }
    }
    let mut answer = [0; 1];
    match endpoint.receive(&mut answer) {
        Ok((1, _)) if answer[0] == b'S' => {
            vm.reactor.forget(*source, Direction::Read, waiter);
            Ok(true)
        }
        Ok((1, _)) if answer[0] == b'N' => {
            Err(Failure::new("tls", "the server does not offer TLS; `?sslmode=disable` in the URL would do without"))
        }
        Ok(_) => Err(Failure::new("protocol", "the server does not answer like PostgreSQL when it is asked for TLS")),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            vm.reactor.exhausted(*source, Direction::Read);
            vm.reactor.keep_waiting(*source, Direction::Read, waiter);
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}
