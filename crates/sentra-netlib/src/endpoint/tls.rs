//! TLS 1.2 and 1.3 (RFC 5246, RFC 8446) over any stream endpoint, by rustls.
//!
//! A connection in TLS is an endpoint like others, with three differences: its handshake comes
//! first, what was sent may have to be flushed, and a short read does not say that nothing is
//! left.

mod client;
mod failure;
mod files;
pub mod judge;
mod server;
mod session;
mod stream;
mod trust;

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use super::{Endpoint, ListenOptions};

pub use client::{ClientSettings, TlsClient};
pub use failure::TlsError;
pub use files::Pair;
pub use server::{ServerSettings, TlsServer};
pub use session::{Session, Versions};
pub use stream::{Agreed, TlsListener, TlsStream};

/// Listens for TCP connections that begin with TLS.
pub fn listen(address: SocketAddr, options: &ListenOptions, server: &Rc<TlsServer>) -> io::Result<Endpoint> {
    let listener = super::open::listener(address, options)?;
    Ok(Endpoint::TlsListener(Box::new(TlsListener::new(listener, Rc::clone(server)))))
}

impl Endpoint {
    /// Begins TLS as the client of `host`.
    pub fn begin_tls_client(self, settings: &ClientSettings, host: &str) -> io::Result<Self> {
        TlsClient::new(settings)?.begin(self, host)
    }

    /// The same endpoint with a session over it, whose handshake comes next.
    pub fn secured(self, session: Session) -> Self {
        Self::Tls(Box::new(TlsStream::new(self, session)))
    }

    /// Its TLS, if it is in TLS.
    pub fn tls(&self) -> Option<&TlsStream> {
        match self {
            Self::Tls(stream) => Some(stream),
            _ => None,
        }
    }

    /// Goes on with the handshake: over, or `WouldBlock` while the peer has to send something
    /// or, if [`Endpoint::wants_write`], to take something. Without TLS there is none.
    pub fn handshake(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.handshake(),
            _ => Ok(()),
        }
    }

    /// Whether a handshake has to be finished first.
    pub fn is_handshaking(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.is_handshaking())
    }

    /// Sends what `send` took and could not send yet; without TLS that is nothing.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.flush(),
            _ => Ok(()),
        }
    }

    /// Whether something waits for `flush`.
    pub fn wants_write(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.wants_write())
    }

    /// Whether receiving less than asked for says that there is nothing more at the moment.
    /// Otherwise only `WouldBlock` says it.
    pub fn is_exhausted_by_short_read(&self) -> bool {
        !matches!(self, Self::Tls(_))
    }
}
