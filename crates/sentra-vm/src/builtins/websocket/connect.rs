//! Opening a connection: what a script asks for.

use sentra_netlib::endpoint::tls::TlsClient;
use sentra_netlib::exchange::http::client::{basic, host_of};
use sentra_netlib::url::Url;
use sentra_netlib::wire::websocket::handshake::{self, Request};

use super::Result;
use super::listen::{LARGEST, MESSAGE, ping_interval, protocols};
use crate::builtin::{Arguments, Types};
use crate::builtins::fibers::moment;
use crate::builtins::settings::Settings;
use crate::builtins::tls_options;
use crate::connect::Proxy;
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::dial::{Dial, Plan};
use crate::websocket::failure::Failure;
use crate::websocket::pulse::Pulse;

const CONNECT: &str = "ws_connect";
const OPTIONS: &[&str] = &[
    "headers",
    "subprotocols",
    "timeout",
    "max_message",
    "ping_interval",
    "proxy",
    "server_name",
    "verify",
    "ca_file",
    "cert",
    "key",
    "alpn",
    "min_version",
    "max_version",
];
/// Seconds that it may take, the handshakes included.
const TIMEOUT: f64 = 10.0;

type Fields = Vec<(Vec<u8>, Vec<u8>)>;
/// A proxy's host and port, and the request for a way through.
type Way = (String, u16, Vec<u8>);

pub(super) fn connect(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let settings = Settings::new(CONNECT, args.optional(1), OPTIONS)?;
    let url = Url::parse(args.bytes(0)).map_err(|wrong| Fault::range(format!("`{CONNECT}`: {wrong}")))?;
    match plan(vm, &settings, url)? {
        Ok(plan) => vm.start(Dial::new(plan)),
        Err(failure) => failure.of_call(vm, CONNECT, Value::NIL),
    }
}

/// What the URL and the options mean; a wrong certificate file is a failure like that of a peer.
fn plan(vm: &Vm, settings: &Settings, url: Url) -> Result<std::result::Result<Plan, Failure>> {
    let secure = match &*url.scheme {
        "ws" => false,
        "wss" => true,
        other => return Err(Fault::range(format!("`{CONNECT}` takes a URL of ws or wss, got `{other}`"))),
    };
    if url.fragment.is_some() {
        return Err(Fault::range(format!("`{CONNECT}`: a WebSocket's URL has no fragment")));
    }
    let (host, port) = (url.host.clone().unwrap_or_default(), url.effective_port().unwrap_or(80));
    let tls = if secure { Some(tls(vm, settings, &host)?) } else { None };
    let (key, protocols) = (handshake::key(), protocols(settings, CONNECT)?);
    let mut fields = fields(settings, &url)?;
    let proxy = proxy(settings, &url, &mut fields)?;
    let target = target(&url);
    let request = Request { host: &host_of(&url), target: &target, protocols: &protocols, fields: &fields };
    let request = request.write(&key).map_err(|wrong| Fault::range(format!("`{CONNECT}`: {wrong}")))?;
    let known = format!("{}://{}{target}", url.scheme, host_of(&url));
    let max_message = settings.integer("max_message", 1, LARGEST)?.map_or(MESSAGE, |most| most as usize);
    let pulse = Pulse::new(ping_interval(settings, CONNECT, 0.0)?);
    let until = moment(settings.number("timeout")?.unwrap_or(TIMEOUT));
    let (tls, proxy) = match (tls.transpose(), proxy) {
        (Ok(tls), Ok(proxy)) => (tls, proxy),
        (Err(failure), _) | (_, Err(failure)) => return Ok(Err(failure)),
    };
    Ok(Ok(Plan { url: known, host, port, tls, proxy, request, key, protocols, max_message, pulse, until }))
}

fn target(url: &Url) -> String {
    let path = if url.path.is_empty() { "/" } else { &url.path };
    url.query.as_ref().map_or_else(|| path.to_string(), |query| format!("{path}?{query}"))
}

fn tls(vm: &Vm, settings: &Settings, host: &str) -> Result<std::result::Result<TlsClient, Failure>> {
    let wanted = tls_options::client(vm, settings)?;
    Ok(tls_options::ready_client(&wanted, host).map_err(Failure::from))
}

/// The script's header fields, and the credentials of the URL.
fn fields(settings: &Settings, url: &Url) -> Result<Fields> {
    let mut fields = Fields::new();
    let map = settings.get("headers", Types::MAP)?.and_then(Value::as_map);
    for (name, value) in map.into_iter().flat_map(|map| map.iter()) {
        let name = name.as_bytes().unwrap_or_default();
        let shown = String::from_utf8_lossy(name);
        if handshake::is_own(name) {
            return Err(Fault::range(format!("`{CONNECT}` writes the header `{shown}` itself")));
        }
        let Some(value) = value.as_bytes() else {
            let got = value.type_name();
            return Err(Fault::type_error(format!("`{CONNECT}` expects a string as header `{shown}`, got {got}")));
        };
        fields.push((name.to_vec(), value.to_vec()));
    }
    let named = fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"authorization"));
    if let Some(basic) = basic(url).filter(|_| !named) {
        fields.push((b"Authorization".to_vec(), basic.into_bytes()));
    }
    Ok(fields)
}

/// The proxy that the option names or the environment, which has none of its own for WebSockets:
/// that for the requests which they begin with. With its host and port comes the request for a
/// way through, to which `Proxy-Authorization` belongs: no server gets to see that.
fn proxy(settings: &Settings, url: &Url, fields: &mut Fields) -> Result<std::result::Result<Option<Way>, Failure>> {
    let wanted = settings.text("proxy")?;
    let scheme = if url.scheme == "wss" { "https" } else { "http" };
    let host = url.host.as_deref().unwrap_or_default();
    let port = url.effective_port().unwrap_or(80);
    let is_for_proxy = |(name, _): &mut (Vec<u8>, Vec<u8>)| name.eq_ignore_ascii_case(b"proxy-authorization");
    let own = fields.extract_if(.., is_for_proxy).map(|(_, value)| value).last();
    let mut proxy = match Proxy::choose(wanted.as_deref(), scheme, host, port) {
        Ok(Some(proxy)) => proxy,
        Ok(None) => return Ok(Ok(None)),
        Err(why) if wanted.is_some() => return Err(Fault::range(format!("`{CONNECT}`: the proxy {why}"))),
        Err(why) => return Ok(Err(Failure::new("proxy", format!("the proxy {why}")))),
    };
    proxy.authorization = own.or(proxy.authorization);
    let request = proxy.tunnel(host, port).map_err(|wrong| Fault::range(format!("`{CONNECT}`: {wrong}")))?;
    Ok(Ok(Some((proxy.host, proxy.port, request))))
}
