//! What a scan has found out about a server.

use crate::wire::tls::Protocol;
use crate::wire::tls::alert::Alert;
use crate::wire::tls::key_exchange::Parameters;
use crate::wire::tls::suite::Suite;

/// A suite that the server takes.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Which one.
    pub suite: &'static Suite,
    /// What its keys are agreed with, where the server says it in the clear.
    pub parameters: Option<Parameters>,
}

/// A version that the server speaks.
#[derive(Clone, Debug)]
pub struct Support {
    /// Which one.
    pub protocol: Protocol,
    /// Its suites: in the server's order, or in ours if it has none.
    pub suites: Vec<Accepted>,
    /// Whether the order is the server's own; nothing where there is no choice.
    pub server_order: Option<bool>,
}

/// What was found. What could not be told is absent.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The versions that are spoken, the oldest first.
    pub protocols: Vec<Support>,
    /// Each chain that was shown, the server's own certificate first; the main one first.
    pub chains: Vec<Vec<Vec<u8>>>,
    /// The groups for key exchanges that are taken.
    pub groups: Vec<u16>,
    /// The application protocols that are chosen.
    pub alpn: Vec<Vec<u8>>,
    /// A response of OCSP.
    pub staple: Option<Vec<u8>>,
    /// Whether the server wants a certificate of the client.
    pub wants_certificate: bool,
    /// Whether compression is on (CRIME).
    pub compression: bool,
    /// Whether renegotiation is told from a new connection (RFC 5746).
    pub secure_renegotiation: Option<bool>,
    /// Whether a client may renegotiate in the way of RFC 5746.
    pub client_renegotiation: Option<bool>,
    /// Whether it may without that (CVE-2009-3555).
    pub insecure_renegotiation: Option<bool>,
    /// Whether the server sees that a client was talked into an older version.
    pub fallback_scsv: Option<bool>,
    /// Whether sessions are resumed by their number.
    pub session_ids: Option<bool>,
    /// Whether they are resumed by tickets.
    pub session_tickets: Option<bool>,
    /// Whether heartbeats are answered.
    pub heartbeat: bool,
    /// Whether they are answered where they must not be.
    pub heartbleed: Option<bool>,
    /// Whether the server says how it found the padding of secrets (ROBOT).
    pub robot: Option<bool>,
    /// Whether master secrets are bound to their handshake (RFC 7627).
    pub extended_master_secret: Option<bool>,
    /// Whether records are encrypted before they are authenticated no more (RFC 7366).
    pub encrypt_then_mac: Option<bool>,
    /// The status of the response to a request of HTTP.
    pub http_status: Option<u16>,
    /// Its field `Strict-Transport-Security`.
    pub hsts: Option<String>,
    /// Whether some connections did not come to an end, so that something may be missing.
    pub is_partial: bool,
    /// How many connections were made.
    pub connections: u32,
}

/// Why there is nothing to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server never answered.
    TimedOut,
    /// It closes every connection.
    Closed,
    /// It refuses everything that it is offered.
    Refused(Alert),
    /// It does not speak TLS there; what it speaks, as far as can be told.
    NotTls(String),
    /// It does not let TLS begin on a connection in the clear.
    NoStarttls,
}

impl Findings {
    /// The support of a version.
    pub fn support(&self, protocol: Protocol) -> Option<&Support> {
        self.protocols.iter().find(|support| support.protocol == protocol)
    }

    /// Whether a version is spoken.
    pub fn speaks(&self, protocol: Protocol) -> bool {
        self.support(protocol).is_some()
    }

    /// Every suite of every version.
    pub fn suites(&self) -> impl Iterator<Item = (Protocol, &Accepted)> {
        self.protocols.iter().flat_map(|support| support.suites.iter().map(|accepted| (support.protocol, accepted)))
    }

    /// The newest version that is spoken.
    pub fn best(&self) -> Option<&Support> {
        self.protocols.last()
    }
}
