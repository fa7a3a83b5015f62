//! A connection for a request: one that is left in the pool, or a new one.

use std::io;
use std::time::Instant;

use sentra_netlib::endpoint::ConnectOptions;
use sentra_netlib::endpoint::tls::TlsClient;
use sentra_netlib::exchange::http::client::Exchange;
use sentra_netlib::wire::http::response::ResponseHead;
use sentra_netlib::{NetError, Stage};

use super::failure::Failure;
use super::pool::{Connection, Place};
use super::request::{Request, Settings};
use super::transfer::{Moved, Transfer};
use super::upload::Body;
use crate::connect::{Connect, Handshake, Proxy};
use crate::fiber::Waiter;
use crate::permission;
use crate::vm::Vm;

/// The way to a server.
pub(crate) struct Route {
    pub place: Place,
    /// Whether requests name the whole URL, for a proxy to pass on.
    pub via_proxy: bool,
}

impl Route {
    /// The way to the server of a request. The script's `Proxy-Authorization` is for the proxy
    /// and wins over what the proxy's URL says.
    pub fn new(request: &Request, settings: &Settings) -> Result<Self, Failure> {
        let url = &request.url;
        let host = url.host.clone().unwrap_or_default();
        let port = url.effective_port().unwrap_or(80);
        let is_secure = url.scheme == "https";
        let chosen = Proxy::choose(settings.proxy.as_deref(), &url.scheme, &host, port);
        let mut proxy = chosen.map_err(|why| Failure::Told("proxy", format!("the proxy {why}")))?;
        let mut fields = request.fields.iter();
        let own = fields.find(|(name, _)| name.eq_ignore_ascii_case(b"proxy-authorization"));
        if let (Some(proxy), Some((_, own))) = (&mut proxy, own) {
            proxy.authorization = Some(own.clone());
        }
        let via_proxy = proxy.is_some() && !is_secure;
        Ok(Self { via_proxy, place: Place { host, port, tls: is_secure.then(|| settings.tls.clone()), proxy } })
    }
}

/// Getting a connection.
pub(crate) struct Acquire {
    step: Step,
    until: Option<Instant>,
}

enum Step {
    /// With what to ask a proxy for a way through, and who speaks TLS then.
    Connecting(Box<Connect>, Option<(Vec<u8>, TlsClient)>),
    /// Asks a proxy for a way through.
    Tunnel(Box<Transfer>, TlsClient),
    Handshake(Box<Handshake>),
    Over,
}

impl Acquire {
    /// Begins to connect.
    pub fn new(route: &Route, until: Option<Instant>) -> Result<Self, Failure> {
        let place = &route.place;
        // Files that cannot be read are found out before anyone is connected to.
        let client = if place.tls.is_some() { Some(client(place)?) } else { None };
        let (host, port) = place.proxy.as_ref().map_or((&place.host, place.port), |proxy| (&proxy.host, proxy.port));
        let mut connect = Connect::new(host, port, ConnectOptions::default(), until);
        let mut through = None;
        match (client, &place.proxy) {
            (Some(client), Some(proxy)) => {
                let request = proxy.tunnel(&place.host, place.port);
                let request = request.map_err(|wrong| Failure::Told("range", wrong.to_string()))?;
                through = Some((request, client));
            }
            (Some(client), None) => connect = connect.with_tls(client),
            (None, _) => {}
        }
        Ok(Self { step: Step::Connecting(Box::new(connect), through), until })
    }

    /// Goes on: the connection, or nothing if `waiter` will be woken.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter, route: &Route) -> Result<Option<Connection>, Failure> {
        loop {
            match &mut self.step {
                Step::Connecting(connect, through) => {
                    if route.place.proxy.is_some() {
                        let permitted = vm.system.permissions.connect_by_proxy(&route.place.host, route.place.port);
                        permitted.map_err(|denied| Failure::Told(permission::KIND, denied.to_string()))?;
                    }
                    let Some(connected) = connect.poll(vm, waiter)? else { return Ok(None) };
                    let connection = Connection { endpoint: connected.endpoint, source: connected.source, used: false };
                    let Some((request, client)) = through.take() else {
                        self.step = Step::Over;
                        return Ok(Some(connection));
                    };
                    self.step = Step::Tunnel(Box::new(tunnel(connection, request)), client);
                }
                Step::Tunnel(transfer, _) => {
                    if self.until.is_some_and(|until| until <= Instant::now()) {
                        return Err(Failure::timeout("waiting for the proxy"));
                    }
                    match transfer.poll_head(vm, waiter)? {
                        Moved::Head(head) => self.begin_handshake(vm, route, &head)?,
                        _ => {
                            self.until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
                            return Ok(None);
                        }
                    }
                }
                Step::Handshake(handshake) => {
                    let Some((endpoint, source)) = handshake.poll(vm, waiter)? else { return Ok(None) };
                    self.step = Step::Over;
                    return Ok(Some(Connection { endpoint, source, used: false }));
                }
                Step::Over => return Ok(None),
            }
        }
    }

    fn begin_handshake(&mut self, vm: &mut Vm, route: &Route, head: &ResponseHead) -> Result<(), Failure> {
        let Step::Tunnel(mut transfer, client) = std::mem::replace(&mut self.step, Step::Over) else { return Ok(()) };
        let Some(connection) = transfer.take_connection() else { return Ok(()) };
        if !(200..300).contains(&head.status) || transfer.has_unread() {
            connection.close(&mut vm.reactor);
            let (status, reason) = (head.status, String::from_utf8_lossy(head.reason()));
            return Err(Failure::Told("proxy", format!("the proxy refuses to connect ({status} {reason})")));
        }
        let host = &route.place.host;
        let refused = |error: io::Error| NetError::system(Stage::Handshake, error, host);
        match client.session(host) {
            Ok(session) => {
                let endpoint = connection.endpoint.secured(session);
                let peer = format!("{host} (through the proxy)");
                let handshake = Handshake::new(endpoint, connection.source, peer, self.until);
                self.step = Step::Handshake(Box::new(handshake));
                Ok(())
            }
            Err(error) => {
                connection.close(&mut vm.reactor);
                Err(refused(error.into()).into())
            }
        }
    }

    /// Lets go of everything.
    pub fn abandon(&mut self, vm: &mut Vm) {
        match std::mem::replace(&mut self.step, Step::Over) {
            Step::Connecting(mut connect, _) => connect.abandon(vm),
            Step::Tunnel(mut transfer, _) => transfer.abandon(vm),
            Step::Handshake(handshake) => handshake.abandon(vm),
            Step::Over => {}
        }
    }
}

fn client(place: &Place) -> Result<TlsClient, Failure> {
    let settings = place.tls.clone().unwrap_or_default();
    Ok(TlsClient::new(&settings).map_err(|error| NetError::system(Stage::Handshake, error.into(), &*place.host))?)
}

fn tunnel(connection: Connection, request: Vec<u8>) -> Transfer {
    Transfer::new(connection, request, &Body::None, Exchange::new(b"CONNECT", false))
}
