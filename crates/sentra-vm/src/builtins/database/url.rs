//! What the URL of a database says.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use sentra_netlib::code::percent;
use sentra_netlib::exchange::postgres::PORT;
use sentra_netlib::url::Url;

use super::CONNECT;
use crate::fault::Fault;

/// Where a database is.
#[derive(Debug, PartialEq)]
pub(super) enum Target {
    /// A file, or memory.
    Sqlite(Option<PathBuf>),
    /// A server.
    Postgres(Server),
}

/// A PostgreSQL server, and who connects.
#[derive(Debug, PartialEq)]
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: Option<String>,
    pub database: String,
    /// Whether TLS is wanted, and then whether the certificate has to be good. The default is good TLS, and none
    /// on the machine itself.
    pub tls: Tls,
}

/// The ways of `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tls {
    None,
    Unverified,
    Verified,
}

impl Target {
    /// Reads a URL.
    pub fn parse(url: &[u8]) -> Result<Self, Box<Fault>> {
        if let Some(path) = url.strip_prefix(b"sqlite:") {
            return sqlite(path.strip_prefix(b"//").unwrap_or(path)).ok_or_else(|| wrong(url));
        }
        if url.starts_with(b"postgres://") || url.starts_with(b"postgresql://") {
            return server(url).map(Self::Postgres);
        }
        Err(wrong(url))
    }
}

/// Nothing of the URL is told but its beginning: it may hold a password.
fn wrong(url: &[u8]) -> Box<Fault> {
    let shown = String::from_utf8_lossy(&url[..url.iter().position(|byte| *byte == b'@').unwrap_or(url.len()).min(40)]);
    let shown = if url.contains(&b'@') { shown.split(':').next().unwrap_or_default() } else { &*shown };
    let shown = shown.escape_debug();
    Fault::range(format!(
        "`{CONNECT}` expects a URL such as \"sqlite:data.db\" or \"postgres://user:password@host/name\", got \"{shown}\""
    ))
}

fn sqlite(path: &[u8]) -> Option<Target> {
    match path {
        b":memory:" => Some(Target::Sqlite(None)),
        b"" => None,
        _ if path.contains(&0) => None,
        _ => Some(Target::Sqlite(Some(Path::new(OsStr::from_bytes(path)).to_path_buf()))),
    }
}

fn server(url: &[u8]) -> Result<Server, Box<Fault>> {
    let read = Url::parse(url).map_err(|_| wrong(url))?;
    let host = read.host.filter(|host| !host.is_empty()).ok_or_else(|| wrong(url))?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let user = read.user.and_then(text).unwrap_or_else(|| "postgres".into());
    let password = read.password.and_then(text);
    let name = read.path.trim_start_matches('/').as_bytes();
    let name = percent::decode(name, false).ok().map(|name| name.to_vec()).and_then(text).ok_or_else(|| wrong(url))?;
    let database = if name.is_empty() { user.clone() } else { name };
    let local = matches!(&*host, "localhost" | "127.0.0.1" | "::1" | "[::1]");
    let mut tls = if local { Tls::None } else { Tls::Verified };
    for pair in read.query.iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty()) {
        tls = match pair {
            "sslmode=disable" => Tls::None,
            "sslmode=require" => Tls::Unverified,
            "sslmode=verify-full" => Tls::Verified,
            _ => {
                let pair = pair.escape_debug();
                return Err(Fault::range(format!(
                    "`{CONNECT}` knows `sslmode=disable`, `require` and `verify-full` in a URL, got `{pair}`"
                )));
            }
        };
    }
    let port = read.port.unwrap_or(PORT);
    Ok(Server { host, port, user, password, database, tls })
}
