//! Which proxy the way to a host leads through, for requests and WebSockets alike.

use sentra_netlib::exchange::http::client::{basic, connect};
use sentra_netlib::exchange::http::proxy;
use sentra_netlib::url::Url;
use sentra_netlib::wire::http::field::FieldError;

/// A proxy that is spoken to by HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Proxy {
    pub host: String,
    pub port: u16,
    /// What it is told about who asks.
    pub authorization: Option<Vec<u8>>,
}

impl Proxy {
    /// The proxy for a host: the `wanted` one, an empty text being none, or that of the
    /// environment. `scheme` is http or https. An error says what is wrong with the proxy.
    pub fn choose(wanted: Option<&str>, scheme: &str, host: &str, port: u16) -> Result<Option<Self>, String> {
        let of_environment = || proxy::choose(scheme, host, port, variable);
        let chosen = wanted.map(str::to_string).or_else(of_environment);
        chosen.filter(|text| !text.is_empty()).as_deref().map(Self::parse).transpose()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let whole = if text.contains("://") { text.to_string() } else { format!("http://{text}") };
        let url = Url::parse(whole.as_bytes()).map_err(|wrong| format!("has no proper URL: {wrong}"))?;
        if url.scheme != "http" {
            return Err(format!("speaks `{}`, which is not supported (only http)", url.scheme));
        }
        let port = url.effective_port().unwrap_or(80);
        let authorization = basic(&url).map(String::into_bytes);
        Ok(Self { host: url.host.unwrap_or_default(), port, authorization })
    }

    /// The request for a way through to a host.
    pub fn tunnel(&self, host: &str, port: u16) -> Result<Vec<u8>, FieldError> {
        connect(host, port, self.authorization.as_deref())
    }
}

/// A variable of the environment as scripts see it.
fn variable(name: &str) -> Option<String> {
    let environment = crate::builtins::environment();
    environment.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
}
