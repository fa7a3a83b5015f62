//! What a request is to be, and how it is to be made.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use sentra_netlib::endpoint::tls::ClientSettings;
use sentra_netlib::url::Url;

use super::upload::Body;

/// Names and values of fields.
pub(crate) type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// A request.
#[derive(Clone)]
pub(crate) struct Request {
    pub method: Vec<u8>,
    /// In normal form.
    pub url: Url,
    pub fields: Fields,
    pub body: Body,
}

/// How to make it.
pub(crate) struct Settings {
    /// The whole exchange, redirects included.
    pub timeout: Option<Duration>,
    /// Until the request can be sent.
    pub connect_timeout: Option<Duration>,
    pub most_redirects: usize,
    pub follows: bool,
    pub tls: ClientSettings,
    pub most_body: Option<u64>,
    pub decompresses: bool,
    /// Nothing to ask the environment, an empty text for none.
    pub proxy: Option<String>,
    /// Whether the caller reads the body piece by piece.
    pub streams: bool,
    pub jar: Option<Jar>,
}

/// The cookies of a session.
pub(crate) type Jar = Rc<RefCell<sentra_netlib::wire::http::cookie::Jar>>;

impl Request {
    /// Whether making it twice does no more than making it once (RFC 9110, section 9.2.2).
    pub fn is_idempotent(&self) -> bool {
        matches!(&*self.method, b"GET" | b"HEAD" | b"PUT" | b"DELETE" | b"OPTIONS" | b"TRACE")
    }

    /// What messages call it. Credentials are no part of it.
    pub fn context(&self, builtin: &str) -> String {
        format!("{builtin} {}", shown(&self.url))
    }

    /// Leaves out the fields of that name.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|(other, _)| !other.eq_ignore_ascii_case(name.as_bytes()));
    }
}

/// A URL without user and password.
pub(crate) fn shown(url: &Url) -> String {
    Url { user: None, password: None, ..url.clone() }.to_string()
}
