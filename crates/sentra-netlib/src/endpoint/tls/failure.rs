//! What went wrong in TLS, in words.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// A failure of TLS. It travels inside of an [`io::Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    /// One word for programs.
    pub kind: &'static str,
    /// What went wrong.
    pub text: String,
    /// The peer's first bytes were no TLS at all.
    pub is_plaintext: bool,
}

thread_local! {
    /// Why a certificate was refused in the step that is being made: rustls has no place for it.
    static REFUSAL: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Leaves the words for the error that the step under way will end with.
pub(super) fn note_refusal(text: String) {
    REFUSAL.with(|refusal| *refusal.borrow_mut() = Some(text));
}

/// Forgets what an earlier step left.
pub(super) fn forget_refusal() {
    REFUSAL.with(|refusal| refusal.borrow_mut().take());
}

impl TlsError {
    /// A failure of the protocol.
    pub(super) fn protocol(text: impl Into<String>) -> Self {
        Self { kind: "tls", text: text.into(), is_plaintext: false }
    }

    /// Something wrong with a certificate.
    pub(super) fn certificate(text: impl Into<String>) -> Self {
        Self { kind: "certificate", ..Self::protocol(text) }
    }

    /// The connection has ended without the end of TLS.
    pub(super) fn truncated() -> io::Error {
        let text = "the peer ended the connection without ending TLS: something may be missing";
        io::Error::new(ErrorKind::UnexpectedEof, Self { kind: "closed", ..Self::protocol(text) })
    }

    /// The failure inside of an error.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl From<Error> for TlsError {
    fn from(error: Error) -> Self {
        let refusal = REFUSAL.with(|refusal| refusal.borrow_mut().take());
        match error {
            Error::InvalidCertificate(reason) => Self::certificate(refusal.unwrap_or_else(|| certificate(&reason))),
            Error::NoCertificatesPresented => Self::certificate("the peer has sent no certificate"),
            Error::AlertReceived(alert) => received(alert),
            Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
                Self { is_plaintext: true, ..Self::protocol("what the peer sends is no TLS") }
            }
            Error::InvalidMessage(what) => Self::protocol(format!("a malformed message: {}", words(&what))),
            Error::PeerIncompatible(what) => {
                Self::protocol(format!("nothing in common with the peer: {}", words(&what)))
            }
            Error::PeerMisbehaved(what) => Self::protocol(format!("the peer breaks the protocol: {}", words(&what))),
            Error::NoApplicationProtocol => Self::protocol("none of the protocols (ALPN) is known to both sides"),
            Error::DecryptError => Self::protocol("a record cannot be decrypted: it was changed on its way"),
            other => Self::protocol(other.to_string()),
        }
    }
}

/// `NoCipherSuitesInCommon` as `no cipher suites in common`.
fn words(what: &impl fmt::Debug) -> String {
    let mut out = String::new();
    let name = format!("{what:?}");
    let mut before = ' ';
    for character in name.chars() {
        if character.is_ascii_uppercase() && before.is_ascii_lowercase() {
            out.push(' ');
        }
        before = character;
        out.push(character.to_ascii_lowercase());
    }
    out
}

/// What a certificate is refused for, if nothing more is known.
pub(super) fn certificate(reason: &CertificateError) -> String {
    match reason {
        CertificateError::BadEncoding => "the certificate is malformed".into(),
        CertificateError::BadSignature => "the certificate is not signed by its issuer (bad signature)".into(),
        CertificateError::Revoked => "the certificate is revoked".into(),
        CertificateError::UnhandledCriticalExtension => {
            "the certificate has a critical extension that is unknown".into()
        }
        CertificateError::UnknownIssuer => "the certificate has an unknown issuer".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is for another purpose".into()
        }
        other => format!("the certificate is not accepted: {other}"),
    }
}

/// An alert of the peer (RFC 8446, 6).
fn received(alert: AlertDescription) -> TlsError {
    use AlertDescription as Alert;
    let text = match alert {
        Alert::CertificateRequired => "the peer requires a certificate of ours",
        Alert::UnknownCA => "the peer does not know the issuer of our certificate",
        Alert::BadCertificate => "the peer does not accept our certificate",
        Alert::CertificateExpired => "the peer finds our certificate expired",
        Alert::CertificateRevoked => "the peer finds our certificate revoked",
        Alert::CertificateUnknown | Alert::UnsupportedCertificate => "the peer does not accept our certificate",
        Alert::HandshakeFailure => "the peer refuses the handshake: no cipher in common, or it requires a certificate",
        Alert::ProtocolVersion => "the peer speaks no version of TLS that is allowed here",
        Alert::UnrecognisedName => "the peer has no certificate for this name",
        Alert::NoApplicationProtocol => "the peer speaks none of the protocols asked for (ALPN)",
        other => return TlsError::protocol(format!("the peer ended the handshake or connection: {}", words(&other))),
    };
    let concerns_us =
        text.contains("certificate") && alert != Alert::HandshakeFailure && alert != Alert::UnrecognisedName;
    if concerns_us { TlsError::certificate(text) } else { TlsError::protocol(text) }
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        Self::other(error)
    }
}

impl Display for TlsError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for TlsError {}
