//! Which certificates of servers are good, and why the others are not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::TlsError;
use super::failure::{self, note_refusal};
use super::files::{certificates, provider};
use crate::certificate::{Certificate, Moment};

/// The file that the environment names.
pub fn system_file() -> Option<PathBuf> {
    std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Trusts the authorities that browsers trust and those in two files.
pub fn server_verifier(file: Option<&Path>, system: Option<&Path>) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let mut given = Vec::new();
    for path in [file, system].into_iter().flatten() {
        given.extend(certificates(path)?);
    }
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(&given)), provider()).build();
    let inner = inner.map_err(|error| TlsError::certificate(error.to_string()))?;
    Ok(Arc::new(Verifier { inner, given }))
}

/// The authorities that browsers trust, and others that are given.
pub fn roots(given: &[CertificateDer<'static>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    // Some bundles hold authorities in forms that nobody uses any more: they verify nothing.
    roots.add_parsable_certificates(given.iter().cloned());
    roots
}

/// Trusts everyone.
pub fn no_verifier() -> Arc<dyn ServerCertVerifier> {
    Arc::new(Anyone(provider().signature_verification_algorithms))
}

/// As rustls verifies, with two differences: a server may show a certificate that was itself
/// given as trusted, and a refusal says more.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// Whether a certificate that was itself given may stand for a name now.
    fn given_may_stand(&self, own: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<bool, Error> {
        if !self.given.iter().any(|given| given == own) {
            return Ok(false);
        }
        let certificate = Certificate::read(own).ok_or(CertificateError::BadEncoding)?;
        let moment = Moment(now.as_secs() as i64);
        let not_after =
            UnixTime::since_unix_epoch(std::time::Duration::from_secs(certificate.not_after.0.max(0) as u64));
        if moment > certificate.not_after {
            return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
        }
        if moment < certificate.not_before {
            return Err(CertificateError::NotValidYet.into());
        }
        rustls::client::verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
        Ok(true)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = match self.given_may_stand(own, name, now) {
            Ok(true) => Ok(ServerCertVerified::assertion()),
            Ok(false) => self.inner.verify_server_cert(own, others, name, ocsp, now),
            Err(error) => Err(error),
        };
        if let Err(Error::InvalidCertificate(reason)) = &verified {
            note_refusal(refusal(reason, own, others, name, now));
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, own, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, own, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Why a certificate is refused.
fn refusal(
    reason: &CertificateError,
    own: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    now: UnixTime,
) -> String {
    let Some(first) = Certificate::read(own) else { return failure::certificate(reason) };
    let rest = others.iter().filter_map(|der| Certificate::read(der));
    let chain: Vec<Certificate> = std::iter::once(first).chain(rest).collect();
    let now = Moment(now.as_secs() as i64);
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let late = chain.iter().find(|certificate| certificate.not_after < now).unwrap_or(&chain[0]);
            format!("the certificate{} is expired since {}", whose(late, &chain), late.not_after)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let early = chain.iter().find(|certificate| certificate.not_before > now).unwrap_or(&chain[0]);
            format!("the certificate{} is not valid before {}", whose(early, &chain), early.not_before)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = if chain[0].names.is_empty() { "no names".into() } else { chain[0].names.join(", ") };
            format!("the certificate's names do not match {}: it has {names}", name.to_str())
        }
        CertificateError::UnknownIssuer => unknown_issuer(&chain),
        CertificateError::Other(_) if chain[0].is_self_issued => unknown_issuer(&chain),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            format!("the certificate of {} is for another purpose than a server's", chain[0].subject)
        }
        CertificateError::BadSignature => {
            format!(
                "the certificate of {} has a bad signature: {} has not signed it",
                chain[0].subject, chain[0].issuer
            )
        }
        other => failure::certificate(other),
    }
}

/// Which certificate of several is meant.
fn whose(certificate: &Certificate, chain: &[Certificate]) -> String {
    if certificate == &chain[0] { String::new() } else { format!(" of {} in the chain", certificate.subject) }
}

fn unknown_issuer(chain: &[Certificate]) -> String {
    let last = chain.last().unwrap_or(&chain[0]);
    if chain[0].is_self_issued {
        format!("the certificate of {} is self-signed, and not among those trusted", chain[0].subject)
    } else if last.is_self_issued {
        format!("the certificate has an unknown issuer: {} is self-signed, and not among those trusted", last.subject)
    } else {
        format!("the certificate has an unknown issuer: {}", last.issuer)
    }
}

/// Trusts everyone who holds the key to the certificate that it shows.
#[derive(Debug)]
struct Anyone(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _own: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, own, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, own, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
