//! Opening a connection: to the host or through a proxy, TLS, the request, and the answer.

mod talk;

use std::time::Instant;

use sentra_netlib::endpoint::tls::TlsClient;
use sentra_netlib::endpoint::{ConnectOptions, Endpoint};
use sentra_netlib::exchange::websocket::{Role, WebSocket};
use sentra_netlib::wire::websocket::handshake;
use sentra_netlib::{NetError, Stage};

use super::connection::{Beginning, Connection};
use super::failure::Failure;
use super::pulse::Pulse;
use super::{Kind, info};
use crate::connect::{Connect, Handshake};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::permission;
use crate::reactor::SourceId;
use crate::value::Value;
use crate::vm::Vm;
use talk::{Answer, Talk};

/// The builtin.
const CONNECT: &str = "ws_connect";

/// Where to connect to, and how.
pub(crate) struct Plan {
    /// The URL without its credentials, for messages and the map.
    pub url: String,
    pub host: String,
    pub port: u16,
    /// TLS, if it is wanted.
    pub tls: Option<TlsClient>,
    /// A proxy: its host and port, and the request for a way through.
    pub proxy: Option<(String, u16, Vec<u8>)>,
    /// The request and its key.
    pub request: Vec<u8>,
    pub key: String,
    pub protocols: Vec<String>,
    pub max_message: usize,
    pub pulse: Pulse,
    pub until: Option<Instant>,
}

enum Step {
    Connecting(Box<Connect>),
    /// Asks the proxy for a way through.
    Tunnel(Box<Talk>),
    Securing(Box<Handshake>),
    Asking(Box<Talk>),
    Over,
}

/// The operation that opens a connection.
pub(crate) struct Dial {
    plan: Plan,
    step: Step,
}

impl Dial {
    pub fn new(plan: Plan) -> Self {
        let (host, port) = plan.proxy.as_ref().map_or((&plan.host, plan.port), |(host, port, _)| (host, *port));
        let connect = Connect::new(host, port, ConnectOptions::default(), plan.until);
        Self { step: Step::Connecting(Box::new(connect)), plan }
    }

    /// Goes on: the connection's map, or nothing if `waiter` will be woken.
    fn go_on(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Failure> {
        loop {
            match &mut self.step {
                Step::Connecting(connect) => {
                    if self.plan.proxy.is_some() {
                        let permitted = vm.system.permissions.connect_by_proxy(&self.plan.host, self.plan.port);
                        permitted.map_err(|denied| Failure::new(permission::KIND, denied.to_string()))?;
                    }
                    let Some(connected) = connect.poll(vm, waiter)? else { return Ok(None) };
                    self.step = match self.plan.proxy.take() {
                        Some((.., request)) => {
                            Step::Tunnel(Box::new(Talk::new(connected.endpoint, connected.source, "CONNECT", request)))
                        }
                        None => self.secure(vm, connected.endpoint, connected.source)?,
                    };
                }
                Step::Tunnel(talk) => {
                    let Some(answer) = talk.poll(vm, waiter, self.plan.until)? else { return Ok(None) };
                    let status = answer.head.status;
                    if !(200..300).contains(&status) || !answer.rest.is_empty() {
                        return Err(Failure::new(
                            "proxy",
                            format!("the proxy does not let it through: status {status}"),
                        ));
                    }
                    let Some((endpoint, source)) = talk.take() else { return Ok(None) };
                    self.step = self.secure(vm, endpoint, source)?;
                }
                Step::Securing(handshake) => {
                    let Some((endpoint, source)) = handshake.poll(vm, waiter)? else { return Ok(None) };
                    self.step = self.ask(endpoint, source);
                }
                Step::Asking(talk) => {
                    let Some(answer) = talk.poll(vm, waiter, self.plan.until)? else { return Ok(None) };
                    let protocol = agreed(&self.plan, &answer)?;
                    let Some((endpoint, source)) = talk.take() else { return Ok(None) };
                    self.step = Step::Over;
                    let begun = self.begin(vm, endpoint, source, protocol.as_deref(), answer.rest);
                    return begun.map(Some).map_err(|_| Failure::new("memory", "out of memory"));
                }
                Step::Over => return Ok(None),
            }
        }
    }

    /// The step after the connection stands: TLS, or the request.
    fn secure(&mut self, vm: &mut Vm, mut endpoint: Endpoint, source: SourceId) -> Result<Step, Failure> {
        let Some(client) = &self.plan.tls else { return Ok(self.ask(endpoint, source)) };
        match client.session(&self.plan.host) {
            Ok(session) => {
                let endpoint = endpoint.secured(session);
                let handshake = Handshake::new(endpoint, source, self.plan.host.clone(), self.plan.until);
                Ok(Step::Securing(Box::new(handshake)))
            }
            Err(error) => {
                vm.reactor.remove(source, &mut endpoint);
                Err(NetError::system(Stage::Handshake, error.into(), &*self.plan.host).into())
            }
        }
    }

    fn ask(&mut self, endpoint: Endpoint, source: SourceId) -> Step {
        Step::Asking(Box::new(Talk::new(endpoint, source, "GET", std::mem::take(&mut self.plan.request))))
    }

    fn begin(
        &mut self,
        vm: &mut Vm,
        endpoint: Endpoint,
        source: SourceId,
        protocol: Option<&[u8]>,
        arrived: Vec<u8>,
    ) -> Result<Value, Box<Fault>> {
        let address = endpoint.remote_address().map_or_else(|| self.plan.host.clone(), |peer| peer.to_string());
        let (number, id) = vm.system.websockets.name(Kind::Connection, &address);
        let (id, info) = info::of_connection(vm, &id, &self.plan.url, protocol)?;
        let socket = WebSocket::new(Role::Client, self.plan.max_message);
        let (pulse, server) = (self.plan.pulse, None);
        let beginning = Beginning { endpoint, source, socket, pulse, number, id, info, server, arrived };
        Connection::begin(vm, beginning);
        Ok(info.value())
    }
}

/// The subprotocol that the server has chosen, if its answer makes it a WebSocket.
fn agreed(plan: &Plan, answer: &Answer) -> Result<Option<Vec<u8>>, Failure> {
    if answer.head.minor_version == 0 {
        return Err(Failure::new("handshake", format!("no WebSocket at {}: the answer is not HTTP/1.1", plan.url)));
    }
    let fields: Vec<_> = answer.head.fields().collect();
    let agreed = handshake::agreed(answer.head.status, fields.iter().copied(), &plan.key, &plan.protocols);
    agreed.map(|protocol| protocol.map(<[u8]>::to_vec)).map_err(|refusal| {
        let (status, reason) = (refusal.status, refusal.reason);
        Failure::new("handshake", format!("no WebSocket at {}: {reason} (status {status})", plan.url))
    })
}

impl Operation for Dial {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
        match self.go_on(vm, waiter) {
            Ok(result) => Ok(result),
            Err(failure) => {
                self.abandon(vm, waiter);
                failure.note(vm, waiter.fiber, CONNECT).map(|()| Some(Value::NIL))
            }
        }
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        match std::mem::replace(&mut self.step, Step::Over) {
            Step::Connecting(mut connect) => connect.abandon(vm),
            Step::Tunnel(mut talk) | Step::Asking(mut talk) => talk.drop_connection(vm),
            Step::Securing(handshake) => handshake.abandon(vm),
            Step::Over => {}
        }
    }
}
