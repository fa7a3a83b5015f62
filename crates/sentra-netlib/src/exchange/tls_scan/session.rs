//! A whole connection in TLS 1.2 or 1.3, for what is said only behind a handshake: the certificate
//! and the application protocol of TLS 1.3, tickets, resumption, and HSTS.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, Tls12Resumption};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, HandshakeKind, ProtocolVersion, SignatureScheme,
};

use crate::wire::tls::Protocol;

/// A response's head is shorter, or it is cut.
const MOST_HEAD: usize = 64 << 10;

/// Verifies nothing and keeps what it is shown.
#[derive(Debug, Default)]
struct Witness {
    staple: Mutex<Vec<u8>>,
    schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        _own: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        staple: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut kept) = self.staple.lock() {
            *kept = staple.to_vec();
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _own: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _own: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// How sessions are begun: those of one `Opening` may resume each other.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    config: Arc<ClientConfig>,
    witness: Arc<Witness>,
    name: ServerName<'static>,
}

impl Opening {
    /// Of a version, with the application protocols that are offered.
    pub fn new(protocol: Protocol, host: &str, alpn: &[Vec<u8>]) -> Option<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let schemes = provider.signature_verification_algorithms.supported_schemes();
        let witness = Arc::new(Witness { schemes, ..Witness::default() });
        let versions = if protocol == Protocol::Tls13 { &[&TLS13] } else { &[&TLS12] };
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).ok()?;
        let verifier = Arc::clone(&witness) as Arc<dyn ServerCertVerifier>;
        let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        config.alpn_protocols = alpn.to_vec();
        // Tickets show in the hello of TLS 1.2: what is left to find out are the sessions with a number.
        config.resumption = Resumption::in_memory_sessions(4).tls12_resumption(Tls12Resumption::SessionIdOnly);
        let name = ServerName::try_from(host.to_string()).ok()?;
        Some(Self { config: Arc::new(config), witness, name })
    }

    /// A session; `request` is sent once it stands.
    pub fn begin(&self, request: Option<Vec<u8>>) -> Option<Session> {
        let connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone()).ok()?;
        Some(Session {
            connection,
            witness: Arc::clone(&self.witness),
            request,
            head: Vec::new(),
            stood: false,
            failed: false,
        })
    }
}

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    connection: ClientConnection,
    witness: Arc<Witness>,
    request: Option<Vec<u8>>,
    /// What the server has answered to the request.
    pub head: Vec<u8>,
    /// Whether the handshake came to its end.
    pub stood: bool,
    failed: bool,
}

impl Session {
    /// What is to be sent first.
    pub fn begin(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.flush(&mut out);
        out
    }

    /// Takes what has arrived. True: it is over.
    pub fn receive(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> bool {
        while !bytes.is_empty() && !self.failed {
            let taken = self.connection.read_tls(&mut bytes).is_ok();
            let processed = self.connection.process_new_packets();
            self.failed |= !taken || processed.is_err();
            self.read();
            if !self.connection.is_handshaking() && !self.stood {
                self.stood = true;
                self.ask();
            }
        }
        self.flush(out);
        self.failed || self.is_answered()
    }

    /// Sends the request, or says that nothing will come: the server then ends the connection, and
    /// its tickets come before that.
    fn ask(&mut self) {
        match self.request.take() {
            // The buffer has room for a request.
            Some(request) => drop(self.connection.writer().write_all(&request)),
            None => self.connection.send_close_notify(),
        }
    }

    fn read(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(len @ 1..) = self.connection.reader().read(&mut buffer) {
            if self.head.len() < MOST_HEAD {
                self.head.extend(&buffer[..len]);
            }
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        while self.connection.wants_write() && self.connection.write_tls(out).is_ok() {}
    }

    fn is_answered(&self) -> bool {
        memchr::memmem::find(&self.head, b"\r\n\r\n").is_some() || self.head.len() >= MOST_HEAD
    }

    /// The certificates that the server has shown.
    pub fn certificates(&self) -> Vec<Vec<u8>> {
        let shown = self.connection.peer_certificates().unwrap_or_default();
        shown.iter().map(|der| der.to_vec()).collect()
    }

    /// The response of OCSP that came with them.
    pub fn staple(&self) -> Option<Vec<u8>> {
        self.witness.staple.lock().ok().map(|staple| staple.clone()).filter(|staple| !staple.is_empty())
    }

    /// The application protocol that was chosen.
    pub fn alpn(&self) -> Option<Vec<u8>> {
        self.connection.alpn_protocol().map(<[u8]>::to_vec)
    }

    /// Whether it went on with an earlier session.
    pub fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// How many tickets of TLS 1.3 the server has sent.
    pub fn tickets(&self) -> u32 {
        if self.connection.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            self.connection.tls13_tickets_received()
        } else {
            0
        }
    }
}
