//! A connection for a request: one that is left in the pool, or a new one.

use std::io;
use std::time::Instant;

use sentra_netlib::code::base64::Alphabet;
use sentra_netlib::endpoint::ConnectOptions;
use sentra_netlib::endpoint::tls::TlsClient;
use sentra_netlib::exchange::http::client::{Exchange, host_of};
use sentra_netlib::exchange::http::proxy;
use sentra_netlib::url::Url;
use sentra_netlib::wire::http::response::ResponseHead;
use sentra_netlib::{NetError, Stage};

use super::failure::Failure;
use super::pool::{Connection, Place};
use super::request::Settings;
use super::transfer::{Moved, Transfer};
use super::upload::Body;
use crate::connect::{Connect, Handshake};
use crate::fiber::Waiter;
use crate::vm::Vm;

/// The way to a server.
pub(crate) struct Route {
    pub place: Place,
    /// Whether requests name the whole URL, for a proxy to pass on.
    pub via_proxy: bool,
    /// What the proxy is told about who asks.
    pub proxy_authorization: Option<String>,
    proxy: Option<Url>,
    /// The server as `CONNECT` names it.
    authority: String,
}

/// `Basic` and the credentials of a URL, if it has any (RFC 7617).
pub(crate) fn basic(url: &Url) -> Option<String> {
    let user = url.user.as_deref()?;
    let pair = [user, b":", url.password.as_deref().unwrap_or_default()].concat();
    let encoded = Alphabet::Standard.encode(&pair);
    Some(format!("Basic {}", String::from_utf8_lossy(&encoded)))
}

impl Route {
    /// The way to a URL's server.
    pub fn new(url: &Url, settings: &Settings) -> Result<Self, Failure> {
        let host = url.host.clone().unwrap_or_default();
        let port = url.effective_port().unwrap_or(80);
        let is_secure = url.scheme == "https";
        let chosen = match &settings.proxy {
            Some(proxy) => Some(proxy.clone()).filter(|proxy| !proxy.is_empty()),
            None => proxy::choose(&url.scheme, &host, port, |name| std::env::var(name).ok()),
        };
        let proxy = chosen.as_deref().map(proxy_url).transpose()?;
        Ok(Self {
            via_proxy: proxy.is_some() && !is_secure,
            proxy_authorization: proxy.as_ref().and_then(basic),
            authority: format!("{}:{port}", host_of(&Url { port: None, ..url.clone() })),
            place: Place { host, port, tls: is_secure.then(|| settings.tls.clone()), proxy: chosen },
            proxy,
        })
    }
}

fn proxy_url(text: &str) -> Result<Url, Failure> {
    let whole = if text.contains("://") { text.to_string() } else { format!("http://{text}") };
    let told = |why: String| Failure::Told("proxy", format!("the proxy {why}"));
    let url = Url::parse(whole.as_bytes()).map_err(|wrong| told(format!("has no proper URL: {wrong}")))?;
    match &*url.scheme {
        "http" => Ok(url),
        other => Err(told(format!("speaks `{other}`, which is not supported (only http)"))),
    }
}

/// Getting a connection.
pub(crate) struct Acquire {
    step: Step,
    until: Option<Instant>,
}

enum Step {
    Connecting(Box<Connect>),
    /// Asks a proxy for a way through.
    Tunnel(Box<Transfer>, TlsClient),
    Handshake(Box<Handshake>),
    Over,
}

impl Acquire {
    /// Begins to connect.
    pub fn new(route: &Route, until: Option<Instant>) -> Result<Self, Failure> {
        let place = &route.place;
        let connect = match &route.proxy {
            Some(proxy) => {
                let host = proxy.host.as_deref().unwrap_or_default();
                Connect::new(host, proxy.effective_port().unwrap_or(80), ConnectOptions::default(), until)
            }
            None => {
                let connect = Connect::new(&place.host, place.port, ConnectOptions::default(), until);
                match place.tls.is_some() {
                    true => connect.with_tls(client(place)?),
                    false => connect,
                }
            }
        };
        Ok(Self { step: Step::Connecting(Box::new(connect)), until })
    }

    /// Goes on: the connection, or nothing if `waiter` will be woken.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter, route: &Route) -> Result<Option<Connection>, Failure> {
        loop {
            match &mut self.step {
                Step::Connecting(connect) => {
                    let Some(connected) = connect.poll(vm, waiter)? else { return Ok(None) };
                    let connection = Connection { endpoint: connected.endpoint, source: connected.source, used: false };
                    if route.proxy.is_none() || route.via_proxy {
                        self.step = Step::Over;
                        return Ok(Some(connection));
                    }
                    self.step = Step::Tunnel(Box::new(tunnel(connection, route)), client(&route.place)?);
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
            Step::Connecting(mut connect) => connect.abandon(vm),
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

/// RFC 9110, section 9.3.6.
fn tunnel(connection: Connection, route: &Route) -> Transfer {
    let mut head = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", route.authority);
    if let Some(authorization) = &route.proxy_authorization {
        head += &format!("Proxy-Authorization: {authorization}\r\n");
    }
    head += "\r\n";
    Transfer::new(connection, head.into_bytes(), &Body::None, Exchange::new(b"CONNECT", false))
}
