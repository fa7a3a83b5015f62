//! The client's side: what it asks for, and the configurations made of that. Connections with
//! the same settings share one, and with it the sessions that servers let them resume.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Connection};

use super::files::{Stamp, provider};
use super::{Pair, Session, TlsError, Versions, trust};
use crate::endpoint::Endpoint;

/// Configurations that are kept.
const KEPT: usize = 32;
/// Servers whose sessions one configuration keeps.
const SERVERS: usize = 256;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientSettings {
    /// Whether the server's certificate has to be good.
    pub verify: bool,
    /// Authorities to trust besides those that browsers trust and those of `SSL_CERT_FILE`.
    pub ca_file: Option<PathBuf>,
    /// The name to ask for and to find in the certificate, if it is not the host's.
    pub server_name: Option<String>,
    /// Protocols to offer, the preferred one first.
    pub alpn: Vec<Vec<u8>>,
    /// The client's own certificate.
    pub certificate: Option<Pair>,
    /// The versions to speak.
    pub versions: Versions,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            verify: true,
            ca_file: None,
            server_name: None,
            alpn: Vec::new(),
            certificate: None,
            versions: Versions::Both,
        }
    }
}

/// Begins connections with certain settings.
#[derive(Clone, Debug)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    server_name: Option<String>,
}

/// What a configuration was made of.
#[derive(PartialEq, Eq)]
struct Source {
    settings: ClientSettings,
    system: Option<PathBuf>,
    stamps: Vec<Option<Stamp>>,
}

thread_local! {
    /// The last ones, those used last at the end.
    static CONFIGS: RefCell<Vec<(Source, Arc<ClientConfig>)>> = const { RefCell::new(Vec::new()) };
}

impl Source {
    fn new(settings: &ClientSettings) -> Self {
        // The name is another matter of each connection.
        let settings = ClientSettings { server_name: None, ..settings.clone() };
        let system = settings.verify.then(trust::system_file).flatten();
        let trusted = settings.ca_file.iter().chain(&system).map(|path| Stamp::of(path));
        let own = settings.certificate.iter().flat_map(Pair::stamps);
        Self { stamps: trusted.chain(own).collect(), system, settings }
    }

    fn build(&self) -> Result<ClientConfig, TlsError> {
        let settings = &self.settings;
        let verifier = if settings.verify {
            trust::server_verifier(settings.ca_file.as_deref(), self.system.as_deref())?
        } else {
            trust::no_verifier()
        };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(settings.versions.list())?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &settings.certificate {
            Some(pair) => {
                builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(pair.load()?)))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = settings.alpn.clone();
        config.resumption = Resumption::in_memory_sessions(SERVERS);
        Ok(config)
    }
}

impl TlsClient {
    /// Gets ready: reads the files, unless that was done and they are as they were.
    pub fn new(settings: &ClientSettings) -> Result<Self, TlsError> {
        let source = Source::new(settings);
        let server_name = settings.server_name.clone();
        let kept = CONFIGS.with_borrow_mut(|configs| {
            let at = configs.iter().position(|(other, _)| *other == source)?;
            let found = configs.remove(at);
            configs.push(found);
            configs.last().map(|(_, config)| Arc::clone(config))
        });
        if let Some(config) = kept {
            return Ok(Self { config, server_name });
        }
        let config = Arc::new(source.build()?);
        CONFIGS.with_borrow_mut(|configs| {
            // Earlier states of the same settings' files are of no use any more.
            configs.retain(|(other, _)| other.settings != source.settings);
            if configs.len() == KEPT {
                configs.remove(0);
            }
            configs.push((source, Arc::clone(&config)));
        });
        Ok(Self { config, server_name })
    }

    /// This side of a connection to `host`, a name or an address.
    pub fn session(&self, host: &str) -> Result<Session, TlsError> {
        let host = self.server_name.as_deref().unwrap_or(host);
        let plain = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let plain = plain.split_once('%').map_or(plain, |(address, _)| address);
        let plain = plain.strip_suffix('.').unwrap_or(plain);
        let ascii = idna::domain_to_ascii(plain).unwrap_or_default();
        let name = ServerName::try_from(plain.to_string()).or_else(|_| ServerName::try_from(ascii));
        let name = name.map_err(|_| TlsError::protocol(format!("\"{}\" is no host name", host.escape_debug())))?;
        let connection = ClientConnection::new(Arc::clone(&self.config), name)?;
        Ok(Session::new(Connection::Client(connection)))
    }

    /// Begins TLS on a connection to `host`.
    pub fn begin(&self, carrier: Endpoint, host: &str) -> io::Result<Endpoint> {
        Ok(carrier.secured(self.session(host)?))
    }
}
