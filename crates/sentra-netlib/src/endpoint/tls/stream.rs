//! A TLS connection over an endpoint, and a listener for such connections.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::rc::Rc;

use mio::net::TcpListener;
use rustls::{Connection, HandshakeKind, ProtocolVersion};

use super::{Session, TlsServer};
use crate::certificate::Certificate;
use crate::endpoint::Endpoint;

/// A connection in TLS.
#[derive(Debug)]
pub struct TlsStream {
    carrier: Endpoint,
    session: Session,
}

/// What both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// The cipher suite's name.
    pub cipher: String,
    /// The protocol chosen by ALPN.
    pub alpn: Option<Vec<u8>>,
    /// The name that the client asked for, if it did.
    pub server_name: Option<String>,
    /// Whether an earlier session was resumed.
    pub is_resumed: bool,
    /// The peer's certificates, its own first, as far as they can be read.
    pub chain: Vec<Certificate>,
}

/// The endpoint beneath, as rustls uses it.
struct Carrier<'a>(&'a mut Endpoint);

impl Read for Carrier<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer).map(|(len, _)| len)
    }
}

impl Write for Carrier<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.send(data)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut *self.0 {
            Endpoint::Tcp(stream) => stream.write_vectored(parts),
            Endpoint::Unix(stream) => stream.write_vectored(parts),
            other => parts.iter().find(|part| !part.is_empty()).map_or(Ok(0), |part| other.send(part)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TlsStream {
    pub(super) fn new(carrier: Endpoint, session: Session) -> Self {
        Self { carrier, session }
    }

    /// What it goes over.
    pub fn carrier(&self) -> &Endpoint {
        &self.carrier
    }

    /// Goes on with the handshake.
    pub fn handshake(&mut self) -> io::Result<()> {
        self.carrier.handshake()?;
        self.session.handshake(&mut Carrier(&mut self.carrier))
    }

    /// Whether the handshake still goes on.
    pub fn is_handshaking(&self) -> bool {
        self.session.is_handshaking()
    }

    /// Receives.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.session.receive(&mut Carrier(&mut self.carrier), buffer)
    }

    /// Whether `receive` would give something now, be it an end or an error.
    pub fn is_readable(&mut self) -> bool {
        self.session.is_readable(&mut Carrier(&mut self.carrier))
    }

    /// Sends.
    pub fn send(&mut self, data: &[u8]) -> io::Result<usize> {
        self.session.send(&mut Carrier(&mut self.carrier), data)
    }

    /// Sends what waits.
    pub fn flush(&mut self) -> io::Result<()> {
        self.session.flush(&mut Carrier(&mut self.carrier))?;
        self.carrier.flush()
    }

    /// Whether something waits to be sent.
    pub fn wants_write(&self) -> bool {
        self.session.wants_write() || self.carrier.wants_write()
    }

    /// Ends this direction, in TLS and beneath.
    pub fn shut_down(&mut self) -> io::Result<()> {
        self.session.close(&mut Carrier(&mut self.carrier))?;
        self.carrier.shut_down()
    }

    /// The protocol chosen by ALPN.
    pub fn alpn(&self) -> Option<&[u8]> {
        self.session.tls.alpn_protocol()
    }

    /// What was agreed on, once the handshake is over.
    pub fn agreed(&self) -> Option<Agreed> {
        let tls = &self.session.tls;
        let version = match tls.protocol_version()? {
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            _ => "TLSv1.3",
        };
        let suite = tls.negotiated_cipher_suite()?;
        let server_name = match tls {
            Connection::Server(server) => server.server_name().map(str::to_string),
            Connection::Client(_) => None,
        };
        let chain = tls.peer_certificates().unwrap_or_default();
        Some(Agreed {
            version,
            // `TLS13_AES_128_GCM_SHA256` is rustls's own spelling.
            cipher: format!("{:?}", suite.suite()).replace("TLS13_", "TLS_"),
            alpn: tls.alpn_protocol().map(<[u8]>::to_vec),
            server_name,
            is_resumed: tls.handshake_kind() == Some(HandshakeKind::Resumed),
            chain: chain.iter().filter_map(|der| Certificate::read(der)).collect(),
        })
    }
}

impl Drop for TlsStream {
    fn drop(&mut self) {
        // The peer shall know that nothing is missing, if it can be told at once.
        let _ = self.session.close(&mut Carrier(&mut self.carrier));
        // A server's tickets that nobody has read would make of the end a reset.
        let mut rest = [0; 4096];
        for _ in 0..if self.session.is_client() { 4 } else { 0 } {
            if !matches!(self.carrier.receive(&mut rest), Ok((1.., _))) {
                break;
            }
        }
    }
}

/// Takes connections that begin with TLS.
#[derive(Debug)]
pub struct TlsListener {
    listener: TcpListener,
    server: Rc<TlsServer>,
}

impl TlsListener {
    pub(super) fn new(listener: TcpListener, server: Rc<TlsServer>) -> Self {
        Self { listener, server }
    }

    /// The socket beneath.
    pub fn listener(&self) -> &TcpListener {
        &self.listener
    }

    /// Its side of handshakes.
    pub fn server(&self) -> &Rc<TlsServer> {
        &self.server
    }

    /// Takes a connection, whose handshake comes next, and says whose it is.
    pub fn accept(&self) -> io::Result<(Endpoint, String)> {
        let (stream, peer) = self.listener.accept()?;
        // It only makes small answers faster.
        let _ = stream.set_nodelay(true);
        let secured = self.server.begin(Endpoint::Tcp(stream));
        // What cannot begin concerns this connection only.
        secured.map(|endpoint| (endpoint, peer.to_string())).map_err(|_| ErrorKind::ConnectionAborted.into())
    }
}
