//! The server's side: certificates by name, certificates of clients, and files that are read
//! again when they change, while connections go on.

use std::cell::RefCell;
use std::fmt::{self, Debug, Formatter};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::server::{ClientHello, ProducesTickets, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{Connection, RootCertStore, ServerConfig, ServerConnection};

use super::files::{Stamp, certificates, provider};
use super::{Pair, Session, TlsError, Versions};
use crate::certificate::Certificate;
use crate::endpoint::Endpoint;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What a server is configured with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// Its certificates, at least one; the first is for clients that ask for another name or none.
    pub certificates: Vec<Pair>,
    /// Protocols that it speaks, the preferred one first.
    pub alpn: Vec<Vec<u8>>,
    /// The authorities of clients' certificates; if given, clients need one.
    pub client_ca: Option<PathBuf>,
    /// The versions to speak.
    pub versions: Versions,
}

/// Begins connections as a server.
pub struct TlsServer {
    settings: ServerSettings,
    state: RefCell<State>,
}

struct State {
    config: Arc<ServerConfig>,
    stamps: Vec<Option<Stamp>>,
    looked: Instant,
    /// Files that are broken: how they were, and whether that was said.
    broken: Option<(Vec<Option<Stamp>>, bool)>,
}

impl ServerSettings {
    fn stamps(&self) -> Vec<Option<Stamp>> {
        let own = self.certificates.iter().flat_map(Pair::stamps);
        own.chain(self.client_ca.as_deref().map(Stamp::of)).collect()
    }

    fn build(&self, ticketer: Arc<dyn ProducesTickets>) -> Result<ServerConfig, TlsError> {
        let loaded: Result<Vec<Named>, TlsError> = self.certificates.iter().map(Named::load).collect();
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(self.versions.list())?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(certificates(path)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| TlsError::certificate(error.to_string()))?)
            }
        };
        let mut config = builder.with_cert_resolver(Arc::new(ByName(loaded?)));
        config.alpn_protocols = self.alpn.clone();
        config.ticketer = ticketer;
        Ok(config)
    }
}

impl TlsServer {
    /// Reads the files.
    pub fn new(settings: ServerSettings) -> Result<Self, TlsError> {
        if settings.certificates.is_empty() {
            return Err(TlsError::certificate("a server needs a certificate"));
        }
        let stamps = settings.stamps();
        let ticketer = rustls::crypto::ring::Ticketer::new()?;
        let config = Arc::new(settings.build(ticketer)?);
        let state = RefCell::new(State { config, stamps, looked: Instant::now(), broken: None });
        Ok(Self { settings, state })
    }

    /// Reads the files again if they have changed, which it looks at once a second at most. If
    /// what is there now cannot be used, all stays as it was, and a text to show comes once;
    /// not at once, as the second of two files may be about to follow.
    pub fn refresh(&self, now: Instant) -> Option<String> {
        let mut state = self.state.borrow_mut();
        if now.saturating_duration_since(state.looked) < LOOK {
            return None;
        }
        state.looked = now;
        let stamps = self.settings.stamps();
        if stamps == state.stamps {
            state.broken = None;
            return None;
        }
        match self.ticketer(&state).and_then(|ticketer| self.settings.build(ticketer)) {
            Ok(config) => {
                (state.config, state.stamps, state.broken) = (Arc::new(config), stamps, None);
                None
            }
            Err(error) => match &mut state.broken {
                Some((before, said)) if *before == stamps => {
                    let first = !std::mem::replace(said, true);
                    first.then(|| format!("the new certificate is not used: {error}"))
                }
                broken => {
                    *broken = Some((stamps, false));
                    None
                }
            },
        }
    }

    /// What makes tickets from now on. Who holds a ticket is not asked for a certificate again, so tickets from before
    /// are void if what certificates are trusted may have changed.
    fn ticketer(&self, state: &State) -> Result<Arc<dyn ProducesTickets>, TlsError> {
        match self.settings.client_ca {
            Some(_) => Ok(rustls::crypto::ring::Ticketer::new()?),
            None => Ok(Arc::clone(&state.config.ticketer)),
        }
    }

    /// This side of a connection.
    pub fn session(&self) -> Result<Session, TlsError> {
        let config = Arc::clone(&self.state.borrow().config);
        Ok(Session::new(Connection::Server(ServerConnection::new(config)?)))
    }

    /// Begins TLS on a connection.
    pub fn begin(&self, carrier: Endpoint) -> io::Result<Endpoint> {
        Ok(carrier.secured(self.session()?))
    }
}

impl Debug for TlsServer {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("TlsServer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A certificate with the names that it is for.
#[derive(Debug)]
struct Named {
    names: Vec<String>,
    pair: Arc<CertifiedKey>,
}

impl Named {
    fn load(pair: &Pair) -> Result<Self, TlsError> {
        let pair = pair.load()?;
        let certificate = pair.cert.first().and_then(|der| Certificate::read(der));
        let names = certificate.map_or_else(Vec::new, |certificate| certificate.names);
        Ok(Self { names: names.iter().map(|name| name.to_ascii_lowercase()).collect(), pair: Arc::new(pair) })
    }
}

/// Chooses the certificate by the name that the client asks for.
#[derive(Debug)]
struct ByName(Vec<Named>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().filter(|_| self.0.len() > 1).map(str::to_ascii_lowercase);
        let wild = asked.as_deref().and_then(|name| name.split_once('.')).map(|(_, parent)| format!("*.{parent}"));
        let find = |wanted: &String| self.0.iter().find(|named| named.names.contains(wanted));
        let found = asked.as_ref().and_then(find).or_else(|| wild.as_ref().and_then(find));
        found.or(self.0.first()).map(|named| Arc::clone(&named.pair))
    }
}
